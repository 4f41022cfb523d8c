//! `solatium score`: predictions for a file of claims, of any length.

mod sink;
mod source;

use std::{
    fs,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    sync::mpsc,
    time::Instant,
};

use anyhow::Context;
use domain::Money;
use ml::{
    Bundle, Prediction,
    bundle::archive::sha256,
    data::{ParsedRow, RowProblem},
    features::Group,
};

use super::train::report;
use sink::{Sink, State};
use source::{Done, Source};

/// Predict what each claim of a file settles for.
///
/// Reads CSV or Parquet with the data set's column names, of any length in constant memory, and uses
/// every core. Writes one line a row in the order of the input: `row` (counted from 1),
/// `prediction`, the 90% interval `lower` to `upper`, and `base` with one `contribution:` column for
/// each thing that moves a prediction. Base and contributions add up to the prediction to the penny.
/// All are pounds. A settlement value in the input is not looked at. A cell that cannot be read
/// counts as unknown and is reported; only a row of which nothing is known is left without a
/// prediction.
#[derive(clap::Args)]
pub struct Args {
    /// The bundle to predict with.
    #[arg(long, value_name = "FILE.solm")]
    model: PathBuf,
    /// Claims, CSV or Parquet.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Where the predictions go; Parquet if the name ends so, else CSV.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Go on where an interrupted run into the same file stood.
    #[arg(long)]
    resume: bool,
    /// Leave out base and contributions: several times faster.
    #[arg(long)]
    amounts_only: bool,
}

/// Rows read, predicted and written together.
const BLOCK: usize = 8_192;

/// What a row gets.
enum Scored {
    Nothing { columns: usize },
    Amounts([Money; 3]),
    Explained { amounts: [Money; 4], contributions: Vec<Money> },
}

impl Scored {
    fn money(&self, column: usize) -> Option<Money> {
        match self {
            Scored::Nothing { .. } => None,
            Scored::Amounts(amounts) => amounts.get(column).copied(),
            Scored::Explained { amounts, contributions } => {
                amounts.get(column).or_else(|| contributions.get(column - amounts.len())).copied()
            }
        }
    }

    fn pounds(&self, column: usize) -> Option<f64> {
        self.money(column).map(Money::as_pounds)
    }

    /// All columns but the first, as text.
    fn cells(&self) -> impl Iterator<Item = String> {
        let columns = match self {
            Scored::Nothing { columns } => *columns,
            Scored::Amounts(amounts) => amounts.len(),
            Scored::Explained { amounts, contributions } => amounts.len() + contributions.len(),
        };
        (0..columns).map(|column| self.money(column).map_or_else(String::new, Money::plain))
    }
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = fs::read(&args.model).with_context(|| format!("reading {}", args.model.display()))?;
    let bundle = Bundle::read(&bytes).with_context(|| format!("{} is not a sound bundle", args.model.display()))?;
    let data_bytes = fs::metadata(&args.data).with_context(|| format!("reading {}", args.data.display()))?.len();
    let start = Instant::now();
    let state = State { model: sha256(&bytes), data_bytes, reasons: !args.amounts_only, rows: 0, bytes: 0 };
    let (mut sink, skip) = Sink::open(&args.out, state, args.resume, &names(!args.amounts_only))?;
    if skip > 0 {
        println!("Going on after row {skip}.");
    }
    let (rows, without) = score(&bundle, &args.data, skip, !args.amounts_only, &mut sink)?;
    sink.finish().with_context(|| format!("writing {}", args.out.display()))?;
    let seconds = start.elapsed().as_secs_f64();
    println!("Wrote {} predictions to {} in {seconds:.1} s.", rows - without, args.out.display());
    if without > 0 {
        println!("{without} rows have none: nothing is known of them.");
    }
    Ok(())
}

/// Names of the columns written.
fn names(reasons: bool) -> Vec<String> {
    let amounts = ["row", "prediction", "lower", "upper"].map(str::to_owned);
    let contributions = Group::all().map(|g| format!("contribution:{}", g.key()));
    let reasons = reasons.then(|| std::iter::once("base".to_owned()).chain(contributions));
    amounts.into_iter().chain(reasons.into_iter().flatten()).collect()
}

/// Reads, predicts and writes block after block; gives the rows written and those without a
/// prediction. One thread reads ahead by one block, all cores predict.
fn score(bundle: &Bundle, data: &Path, skip: u64, reasons: bool, sink: &mut Sink) -> anyhow::Result<(u64, u64)> {
    let (send, blocks) = mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        // The reader stops when nobody takes its blocks any more.
        scope.spawn(move || {
            if let Err(error) = read(data, skip, &send) {
                let _ = send.send(Err(error));
            }
        });
        let (mut rows, mut without) = (0u64, 0u64);
        for block in blocks {
            let (block, share): (Vec<ParsedRow>, f64) = block?;
            let scored = predict(bundle, &block, reasons);
            without += scored.iter().filter(|s| matches!(s, Scored::Nothing { .. })).count() as u64;
            sink.write(skip + rows + 1, &scored)?;
            rows += block.len() as u64;
            progress(skip + rows, share);
        }
        Ok((rows, without))
    })
}

type Block = anyhow::Result<(Vec<ParsedRow>, f64)>;

/// Sends block after block after the first `skip` rows, each with the share of the file read.
fn read(data: &Path, skip: u64, send: &mpsc::SyncSender<Block>) -> anyhow::Result<()> {
    let mut problems: Vec<RowProblem> = Vec::new();
    let mut source = Source::open(data, &mut problems)?;
    let done = source.done();
    let mut reported = report(&mut problems, 0);
    let mut skipped = 0u64;
    while skipped < skip {
        let most = usize::try_from(skip - skipped).unwrap_or(BLOCK).min(BLOCK);
        let block = source.next(most, &mut Vec::new())?;
        if block.is_empty() {
            anyhow::bail!("the file has only {skipped} rows, fewer than were predicted before");
        }
        skipped += block.len() as u64;
    }
    loop {
        let block = source.next(BLOCK, &mut problems)?;
        reported = report(&mut problems, reported);
        if block.is_empty() || send.send(Ok((block, Done::share(&done)))).is_err() {
            return Ok(());
        }
    }
}

/// Predicts a block on all cores, in order.
fn predict(bundle: &Bundle, block: &[ParsedRow], reasons: bool) -> Vec<Scored> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = block.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let work = |rows: &'_ [ParsedRow]| rows.iter().map(|row| one(bundle, row, reasons)).collect::<Vec<_>>();
        let handles: Vec<_> = block.chunks(part).map(|rows| scope.spawn(move || work(rows))).collect();
        handles.into_iter().flat_map(|h| h.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

fn one(bundle: &Bundle, row: &ParsedRow, reasons: bool) -> Scored {
    let columns = names(reasons).len() - 1;
    let scored = if reasons {
        bundle.predict(&row.facts).map(explained)
    } else {
        bundle.value(&row.facts).map(|v| Scored::Amounts([v.amount, v.lower, v.upper]))
    };
    scored.unwrap_or_else(|error| {
        eprintln!("line {}: {error}", row.line);
        Scored::Nothing { columns }
    })
}

fn explained(p: Prediction) -> Scored {
    let part = |g: Group| p.contributions.iter().find(|c| c.feature == g.key()).map_or(Money::ZERO, |c| c.amount);
    Scored::Explained { contributions: Group::all().map(part).collect(), amounts: [p.amount, p.lower, p.upper, p.base] }
}

/// A line that counts in place on a terminal; nothing elsewhere.
fn progress(rows: u64, share: f64) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let end = if share >= 1.0 { "\n" } else { "" };
        // Progress that cannot be written is no reason to stop.
        let _ = write!(err, "\r{rows} rows, {:.0}% of the file{end}", 100.0 * share).and_then(|()| err.flush());
    }
}

#[cfg(test)]
mod tests {
    use ml::{
        data::parse_claims,
        families::Family,
        generate::{Plan, write},
        train::{Order, Sample, train},
    };

    use super::*;

    fn claims(n: usize) -> Vec<u8> {
        let mut claims = Vec::new();
        let until = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
        write(Plan { claims: n, seed: 1, until }, &mut claims).unwrap();
        claims
    }

    /// A folder with a model, and what `score` is told to do in it.
    struct Setup {
        folder: tempfile::TempDir,
    }

    impl Setup {
        fn new(data: &[u8]) -> Setup {
            let text = String::new;
            let order = Order {
                family: Family::Ridge,
                explanation: ml::explain::Game::default(),
                method: ml::interval::Method::default(),
                name: "test".into(),
                author: text(),
                release_notes: text(),
                created: text(),
                data_sha256: text(),
                seed: 1,
            };
            let sample = Sample::of(&parse_claims(claims(300).as_slice()));
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("m.solm"), train(&sample, &order, &|_, _| ()).unwrap().bundle).unwrap();
            fs::write(folder.path().join("claims.csv"), data).unwrap();
            Setup { folder }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn args(&self, data: &str, out: &str, resume: bool) -> Args {
            let (model, data, out) = (self.path("m.solm"), self.path(data), self.path(out));
            Args { model, data, out, resume, amounts_only: false }
        }

        fn rows(&self, name: &str) -> Vec<csv::StringRecord> {
            csv::Reader::from_path(self.path(name)).unwrap().records().map(Result::unwrap).collect()
        }
    }

    #[test]
    fn every_row_has_its_line_and_its_parts_add_up() {
        let setup = Setup::new(
            b"GeneralFixed,SpecialTherapy,SettlementValue,Whiplash\n520,400,870,Yes\n,,,\n520,four hundred,1,No\n520,400,99999,Yes\n",
        );
        run(&setup.args("claims.csv", "out.csv", false)).unwrap();
        let rows = setup.rows("out.csv");
        assert_eq!(rows.iter().map(|r| &r[0]).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
        assert!(rows[1].iter().skip(1).all(str::is_empty), "nothing is known of the second row");
        for row in [&rows[0], &rows[2]] {
            let pence = |i: usize| Money::parse_pounds(&row[i]).unwrap().pence();
            assert_eq!(pence(4) + (5..row.len()).map(pence).sum::<i64>(), pence(1));
            assert!(pence(2) <= pence(1) && pence(1) <= pence(3));
        }
        // The settlement is not looked at.
        assert_eq!(rows[0].iter().skip(1).collect::<Vec<_>>(), rows[3].iter().skip(1).collect::<Vec<_>>());
        assert!(!setup.path("out.csv.state").exists());
        let amounts = Args { amounts_only: true, ..setup.args("claims.csv", "amounts.csv", false) };
        run(&amounts).unwrap();
        for (amounts, full) in setup.rows("amounts.csv").iter().zip(&rows) {
            assert_eq!(amounts.iter().collect::<Vec<_>>(), full.iter().take(4).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_interrupted_run_is_gone_on_with_and_gives_the_same_file() {
        let setup = Setup::new(&claims(2 * BLOCK + 100));
        run(&setup.args("claims.csv", "whole.csv", false)).unwrap();
        let whole = fs::read(setup.path("whole.csv")).unwrap();
        // As a cut after the first block and some of the second leaves it.
        let at = whole.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(BLOCK).unwrap().0 + 1;
        fs::write(setup.path("part.csv"), &whole[..at + 1_000]).unwrap();
        let state = State {
            model: sha256(&fs::read(setup.path("m.solm")).unwrap()),
            data_bytes: fs::metadata(setup.path("claims.csv")).unwrap().len(),
            reasons: true,
            rows: BLOCK as u64,
            bytes: at as u64,
        };
        let save = |state: &State| fs::write(setup.path("part.csv.state"), serde_json::to_vec(state).unwrap()).unwrap();
        save(&state);
        let refused = run(&setup.args("claims.csv", "part.csv", false)).unwrap_err().to_string();
        assert!(refused.contains("--resume"), "{refused}");
        save(&State { model: "another".into(), ..state.clone() });
        let refused = run(&setup.args("claims.csv", "part.csv", true)).unwrap_err().to_string();
        assert!(refused.contains("another model"), "{refused}");
        save(&state);
        run(&setup.args("claims.csv", "part.csv", true)).unwrap();
        assert!(fs::read(setup.path("part.csv")).unwrap() == whole, "the two files differ");
        let refused = run(&setup.args("claims.csv", "part.csv", true)).unwrap_err().to_string();
        assert!(refused.contains("no interrupted run"), "{refused}");
    }

    #[test]
    fn parquet_goes_in_and_out_with_the_same_predictions() {
        use parquet::{
            file::reader::{FileReader, SerializedFileReader},
            record::RowAccessor,
        };
        let setup = Setup::new(&claims(500));
        run(&setup.args("claims.csv", "out.csv", false)).unwrap();
        run(&setup.args("claims.csv", "out.parquet", false)).unwrap();
        let reader = SerializedFileReader::new(fs::File::open(setup.path("out.parquet")).unwrap()).unwrap();
        let rows = setup.rows("out.csv");
        for (row, expected) in reader.get_row_iter(None).unwrap().zip(&rows) {
            let row = row.unwrap();
            assert_eq!(row.get_long(0).unwrap().to_string(), expected[0]);
            assert_eq!(Money::from_model_pounds(row.get_double(1).unwrap()).unwrap().plain(), expected[1]);
        }
        // A claims file as pandas writes it: made by scripts/peer/claims_parquet.py from these rows.
        fs::write(setup.path("claims.parquet"), include_bytes!("../../../tests/data/claims.parquet")).unwrap();
        fs::write(setup.path("same.csv"), include_bytes!("../../../tests/data/claims.csv")).unwrap();
        run(&setup.args("claims.parquet", "a.csv", false)).unwrap();
        run(&setup.args("same.csv", "b.csv", false)).unwrap();
        assert_eq!(setup.rows("a.csv"), setup.rows("b.csv"));
        assert_eq!(setup.rows("a.csv").len(), 60);
    }

    #[test]
    fn a_file_that_is_no_parquet_within_is_refused_with_words() {
        let setup = Setup::new(b"PAR1 but nothing else of it");
        let refused = format!("{:#}", run(&setup.args("claims.csv", "out.csv", false)).unwrap_err());
        assert!(refused.contains("Parquet"), "{refused}");
    }
}
