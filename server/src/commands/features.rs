//! `solatium features`: claims as the numbers models see.

use std::{fs, io::Write, path::PathBuf};

use anyhow::Context;
use ml::{
    data::{ParsedFile, parse_claims},
    features::{Feature, Recovered, Schema},
    import::column_name,
};

use super::train::report_problems;

/// Write claims as the features the service computes, for training in another language.
///
/// Writes one line a row in the order of the input. First come `line` (of the input), `settlement`,
/// `total` (the sum of the heads) and `group` (the settlement to the pound: rows of one group may be
/// copies of one claim and must not be split between training and test); settlement and group are
/// blank where the settlement is not known. Then come the features. `total` is a feature too and
/// stands once. Names have `_` where a bundle's manifest has `:`, which LightGBM does not take.
#[derive(clap::Args)]
pub struct Args {
    /// Claims, CSV with the data set's column names.
    #[arg(long, value_name = "FILE.csv")]
    data: PathBuf,
    /// Where the features go.
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
    /// Leave unknown values blank rather than replacing them as the manifest of a bundle says.
    #[arg(long)]
    keep_unknown: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let data = fs::File::open(&args.data).with_context(|| format!("reading {}", args.data.display()))?;
    let file = parse_claims(data);
    report_problems(&file);
    let out = fs::File::create(&args.out).with_context(|| format!("writing {}", args.out.display()))?;
    write_features(&file, args.keep_unknown, out).with_context(|| format!("writing {}", args.out.display()))?;
    let settled = file.rows.iter().filter(|row| row.settlement.is_some()).count();
    println!("Wrote {} rows, {settled} of them settled, to {}.", file.rows.len(), args.out.display());
    Ok(())
}

fn write_features(file: &ParsedFile, keep_unknown: bool, out: impl Write) -> anyhow::Result<()> {
    let mut schema = Schema::of(&Feature::all());
    // The sum of the heads stands in front already.
    schema.columns.retain(|column| column.feature != Feature::Total);
    schema.columns.iter_mut().for_each(|column| column.keeps_unknown = keep_unknown);
    let mut csv = csv::Writer::from_writer(out);
    let names = ["line", "settlement", "total", "group"].map(str::to_owned);
    csv.write_record(names.into_iter().chain(schema.columns.iter().map(|c| column_name(c.feature))))?;
    for row in &file.rows {
        let claim = Recovered::of(&row.facts);
        let settlement = row.settlement.map(|money| money.as_pounds());
        let mut cells = vec![
            row.line.to_string(),
            settlement.map_or_else(String::new, |pounds| pounds.to_string()),
            claim.total().to_string(),
            settlement.map_or_else(String::new, |pounds| pounds.round().to_string()),
        ];
        // The shortest text that reads back as the same number; blank where unknown.
        cells.extend(schema.row(&claim).into_iter().map(|x| if x.is_nan() { String::new() } else { x.to_string() }));
        csv.write_record(&cells)?;
    }
    Ok(csv.flush()?)
}

#[cfg(test)]
mod tests {
    use ml::features::Figures;

    use super::*;

    fn table(keep_unknown: bool) -> (csv::StringRecord, Vec<csv::StringRecord>) {
        let claims = "GeneralFixed,GeneralRest,SpecialTherapy,SettlementValue\n520,,400.10,870.49\n260,100,0,\n";
        let mut bytes = Vec::new();
        write_features(&parse_claims(claims.as_bytes()), keep_unknown, &mut bytes).unwrap();
        let mut csv = csv::Reader::from_reader(bytes.as_slice());
        (csv.headers().unwrap().clone(), csv.records().map(Result::unwrap).collect())
    }

    #[test]
    fn every_feature_stands_once_with_the_value_of_the_service() {
        let (header, rows) = table(false);
        assert_eq!(header.len(), Feature::all().len() + 3);
        assert_eq!(rows[0].iter().take(4).collect::<Vec<_>>(), ["2", "870.49", "920.1", "870"]);
        assert_eq!(rows[1].iter().take(4).collect::<Vec<_>>(), ["3", "", "360", ""]);
        for (row, parsed) in rows
            .iter()
            .zip(parse_claims("GeneralFixed,GeneralRest,SpecialTherapy\n520,,400.10\n260,100,0\n".as_bytes()).rows)
        {
            let claim = Recovered::of(&parsed.facts);
            for feature in Feature::all() {
                let at = header.iter().position(|name| name == column_name(feature)).unwrap();
                assert_eq!(row[at].parse::<f64>().unwrap(), feature.value(&claim, &Figures::default()), "{feature:?}");
            }
        }
    }

    #[test]
    fn unknown_values_may_stay_blank() {
        let (header, rows) = table(true);
        let at =
            header.iter().position(|name| name == column_name(Feature::Amount(domain::Head::GeneralRest))).unwrap();
        assert_eq!((&rows[0][at], &rows[1][at]), ("", "100"));
    }
}
