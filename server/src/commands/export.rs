//! `solatium export`: predictions, outcomes or overrides as a file, without personal data.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::ValueEnum;
use service::exports::{self, Format, Narrowed, What};

use super::{acting, refused, with_app};

/// Write predictions, outcomes or overrides to a file, as the pages of these names offer them.
///
/// No names, free texts, references, ages or genders. Written as it is read, in constant memory. The last line of output
/// says how many rows there are and what the file hashes to; both are in the audit log.
#[derive(clap::Args)]
pub struct Args {
    #[arg(long, value_enum)]
    what: Of,
    #[arg(long, value_enum, default_value_t = In::Csv)]
    format: In,
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// One insurer's alone; else everybody's.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    Predictions,
    Outcomes,
    Overrides,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum In {
    Csv,
    Parquet,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let what = match args.what {
        Of::Predictions => What::Predictions,
        Of::Outcomes => What::Outcomes,
        Of::Overrides => What::Overrides,
    };
    let format = match args.format {
        In::Csv => Format::Csv,
        In::Parquet => Format::Parquet,
    };
    let (out, company) = (args.out.clone(), args.company.clone());
    with_app(|app| async move {
        let ctx = acting(&app, company.as_deref()).await?;
        let begun = Instant::now();
        let mut export = exports::start(&ctx, what, format, Narrowed::default()).await.map_err(refused)?;
        // Beside its place until it is whole: nobody takes a part for it.
        let part = out.with_extension("part");
        let writing = || format!("writing {}", part.display());
        let mut file = BufWriter::new(File::create(&part).with_context(writing)?);
        while let Some(piece) = export.next().await.map_err(refused)? {
            file.write_all(&piece).with_context(writing)?;
        }
        file.flush().with_context(writing)?;
        fs::rename(&part, &out).with_context(|| format!("writing {}", out.display()))?;
        let whole = export.whole();
        println!("{} in {:.1} s", out.display(), begun.elapsed().as_secs_f64());
        println!("{} rows, SHA-256 {}", whole.rows, whole.sha256);
        Ok(())
    })
}
