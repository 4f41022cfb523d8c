mod alarms;
mod reports;
mod vectors;
