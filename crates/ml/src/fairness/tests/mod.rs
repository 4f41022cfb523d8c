mod bias;
mod proxies;
mod tables;
mod vectors;
