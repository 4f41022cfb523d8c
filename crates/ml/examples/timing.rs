//! How long a bundle takes to load, to predict and to explain.
//!
//! `cargo run --release -p ml --example timing -- BUNDLE.solm CLAIMS.csv`

use std::{error::Error, fs, hint::black_box, time::Instant};

use ml::{Bundle, data::parse_claims};

const ROUNDS: u32 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(bundle), Some(claims)) = (args.next(), args.next()) else {
        return Err("usage: timing BUNDLE.solm CLAIMS.csv".into());
    };
    let bytes = fs::read(bundle)?;
    let start = Instant::now();
    let bundle = Bundle::read(&bytes)?;
    println!("load and validate: {:.0} ms", start.elapsed().as_secs_f64() * 1e3);

    let rows = parse_claims(fs::File::open(claims)?).rows;
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for row in &rows {
            black_box(bundle.predict(&row.facts)?);
        }
    }
    let each = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / (rows.len() as f64 * f64::from(ROUNDS));
    println!("predict and explain: {:.0} µs a claim", each(start));

    let model = bundle.model();
    let vectors: Vec<Vec<f64>> =
        rows.iter().map(|r| model.schema.row(&ml::features::Recovered::of(&r.facts))).collect();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for row in &vectors {
            black_box(model.point.predict(row));
        }
    }
    println!("point model alone: {:.0} µs a claim", each(start));
    Ok(())
}
