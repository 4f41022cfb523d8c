//! `solatium score`: predictions for a file of claims.

use std::{fs, io::Write, path::PathBuf};

use anyhow::Context;
use domain::Money;
use ml::{
    Bundle,
    data::{ParsedFile, parse_claims},
    features::Group,
};

use super::train::report_problems;

/// Predict what each claim of a file settles for.
///
/// Writes one line a row in the order of the input: `row` (counted from 1), `prediction`, the 90%
/// interval `lower` to `upper`, and `base` with one `contribution:` column for each thing that
/// moves a prediction. Base and contributions add up to the prediction to the penny. All are
/// pounds. A settlement value in the input is not looked at. A cell that cannot be read counts as
/// unknown and is reported; only a row of which nothing is known is left without a prediction.
#[derive(clap::Args)]
pub struct Args {
    /// The bundle to predict with.
    #[arg(long, value_name = "FILE.solm")]
    model: PathBuf,
    /// Claims, CSV with the data set's column names.
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
    /// Where the predictions go.
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = fs::read(&args.model).with_context(|| format!("reading {}", args.model.display()))?;
    let bundle = Bundle::read(&bytes).with_context(|| format!("{} is not a sound bundle", args.model.display()))?;
    let data = fs::File::open(&args.data).with_context(|| format!("reading {}", args.data.display()))?;
    let file = parse_claims(data);
    report_problems(&file);
    let out = fs::File::create(&args.out).with_context(|| format!("writing {}", args.out.display()))?;
    let without = write_predictions(&bundle, &file, out).with_context(|| format!("writing {}", args.out.display()))?;
    println!("Wrote {} predictions to {}.", file.rows.len() - without, args.out.display());
    if without > 0 {
        println!("{without} rows have none: nothing is known of them.");
    }
    Ok(())
}

/// Writes the table; gives the number of rows without a prediction.
fn write_predictions(bundle: &Bundle, file: &ParsedFile, out: impl Write) -> anyhow::Result<usize> {
    let groups: Vec<Group> = Group::all().collect();
    let mut csv = csv::Writer::from_writer(out);
    let names = ["row", "prediction", "lower", "upper", "base"].map(str::to_owned);
    csv.write_record(names.into_iter().chain(groups.iter().map(|g| format!("contribution:{}", g.key()))))?;
    let mut without = 0;
    for (i, row) in file.rows.iter().enumerate() {
        let mut cells = vec![(i + 1).to_string()];
        match bundle.predict(&row.facts) {
            Ok(p) => {
                cells.extend([p.amount, p.lower, p.upper, p.base].map(Money::plain));
                let part =
                    |g: &Group| p.contributions.iter().find(|c| c.feature == g.key()).map_or(Money::ZERO, |c| c.amount);
                cells.extend(groups.iter().map(|g| part(g).plain()));
            }
            Err(error) => {
                eprintln!("line {}: {error}", row.line);
                without += 1;
                cells.resize(5 + groups.len(), String::new());
            }
        }
        csv.write_record(&cells)?;
    }
    csv.flush()?;
    Ok(without)
}

#[cfg(test)]
mod tests {
    use ml::{
        families::Family,
        generate::{Plan, write},
        train::{Order, Sample, train},
    };

    use super::*;

    fn bundle() -> Bundle {
        let mut claims = Vec::new();
        let until = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
        write(Plan { claims: 300, seed: 1, until }, &mut claims).unwrap();
        let text = String::new;
        let order = Order {
            family: Family::Ridge,
            explanation: ml::explain::Game::default(),
            name: "test".into(),
            author: text(),
            release_notes: text(),
            created: text(),
            data_sha256: text(),
            seed: 1,
        };
        Bundle::read(&train(&Sample::of(&parse_claims(claims.as_slice())), &order, &|_, _| ()).unwrap().bundle).unwrap()
    }

    #[test]
    fn every_row_has_its_line_and_its_parts_add_up() {
        let claims = "GeneralFixed,SpecialTherapy,SettlementValue,Whiplash\n\
                      520,400,870,Yes\n\
                      ,,,\n\
                      520,four hundred,1,No\n\
                      520,400,99999,Yes\n";
        let mut table = Vec::new();
        assert_eq!(write_predictions(&bundle(), &parse_claims(claims.as_bytes()), &mut table).unwrap(), 1);
        let mut csv = csv::Reader::from_reader(table.as_slice());
        assert_eq!(
            csv.headers().unwrap().iter().take(5).collect::<Vec<_>>(),
            ["row", "prediction", "lower", "upper", "base"]
        );
        let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
        assert_eq!(rows.iter().map(|r| &r[0]).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
        assert!(rows[1].iter().skip(1).all(str::is_empty), "nothing is known of the second row");
        for row in [&rows[0], &rows[2]] {
            let pence = |i: usize| Money::parse_pounds(&row[i]).unwrap().pence();
            assert_eq!(pence(4) + (5..row.len()).map(pence).sum::<i64>(), pence(1));
            assert!(pence(2) <= pence(1) && pence(1) <= pence(3));
        }
        // The settlement is not looked at.
        assert_eq!(rows[0].iter().skip(1).collect::<Vec<_>>(), rows[3].iter().skip(1).collect::<Vec<_>>());
    }
}
