//! `solatium extract`: what a document says of a claim. Also the process that the server starts for each document.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::Context;
use extract::sandbox::{Bounds, enter, enter_inside};
use extract::{Extraction, Fail, Kind, Limits, Place, Portion, Tools, Value, picture, portion, preview, read, sound};

/// Read a document: what it says of a claim, and where it says so.
///
/// It shuts itself in before it opens the file: it can read nothing else, write nothing and reach no network.
#[derive(clap::Args)]
pub struct Args {
    /// A PDF, a Word document (.docx), plain text, an e-mail (.eml), a scan or photo (PNG, JPEG), or a recording.
    file: PathBuf,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
    /// Draw this page instead, as a PNG on the standard output.
    #[arg(long, value_name = "NUMBER", conflicts_with = "json")]
    picture: Option<u32>,
    /// Take the sound of a recording out instead, as an MP3 on the standard output.
    #[arg(long, conflicts_with_all = ["json", "picture"])]
    sound: bool,
    /// Make a small MP4 of a video instead, on the standard output.
    #[arg(long, conflicts_with_all = ["json", "picture", "sound"])]
    preview: bool,
    /// Read the pages from this one on, up to the first whose words must be recognised, and print what each says.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["json", "picture", "sound", "preview"])]
    from: Option<u32>,
    /// Bubblewrap has shut this process in: what is left to do is done.
    #[arg(long, hide = true)]
    inside: bool,
    /// However large the file is: whoever sent it was told before.
    #[arg(long, hide = true)]
    any_size: bool,
    /// Say whether this process can be shut in, and read nothing.
    #[arg(long, hide = true)]
    check: bool,
    /// The password of a locked PDF comes on the standard input.
    #[arg(long)]
    password: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let file = args.file.canonicalize().with_context(|| format!("{} cannot be found", args.file.display()))?;
    std::fs::File::open(&file).with_context(|| format!("{} cannot be opened", file.display()))?;
    // Looked for before the doors are shut.
    let mut tools = Tools::find();
    if args.password {
        let mut password = String::new();
        std::io::stdin().take(1_024).read_to_string(&mut password)?;
        tools.password = Some(password.trim_end_matches('\n').to_owned());
    }
    let mut limits = Limits::default();
    if args.any_size {
        (limits.bytes, limits.audio, limits.video) = (u64::MAX, u64::MAX, u64::MAX);
    }
    let bounds = Bounds::default();
    let entered = if args.inside { enter_inside(bounds) } else { enter(&file, bounds) };
    if args.check {
        return Ok(entered?);
    }
    if args.sound || args.preview || args.picture.is_some() {
        entered?;
        let made = match args.picture {
            Some(page) => picture(&file, page, &tools, &limits),
            None if args.preview => preview(&file, &tools, &limits),
            None => sound(&file, &tools, &limits),
        };
        return Ok(std::io::stdout().write_all(&made.map_err(|fail| anyhow::anyhow!(fail.words()))?)?);
    }
    if let Some(from) = args.from {
        let read = match entered {
            Ok(()) => portion(&file, &tools, &limits, from.max(1)),
            Err(_) => Portion::failed(Kind::Unknown, Fail::NoSandbox),
        };
        println!("{}", serde_json::to_string(&read)?);
        return Ok(());
    }
    let found = match entered {
        Ok(()) => read(&file, &tools, &limits),
        Err(_) => Extraction::failed(Kind::Unknown, Fail::NoSandbox),
    };
    if args.json {
        println!("{}", serde_json::to_string(&found)?);
    } else {
        print(&found);
    }
    Ok(())
}

fn print(found: &Extraction) {
    if let Some(fail) = found.fail_code {
        println!("{}", fail.words());
    }
    for c in &found.candidates {
        let value = match &c.value {
            Value::Flag(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
            Value::Whole(pence) if c.field.ends_with("_pence") => domain::Money::from_pence(*pence).to_string(),
            Value::Whole(number) => number.to_string(),
            Value::Date(day) => day.to_string(),
            Value::Text(text) => text.clone(),
        };
        let place = match &c.place {
            Place::Quad(_) => format!("page {}", c.page),
            Place::Range([from, to]) => format!("characters {from} to {to}"),
            Place::Span([from, to]) => format!("{from:.1} to {to:.1} s"),
        };
        println!("{:<32} {value:<24} “{}”, {place}", c.field, c.raw);
    }
    if let Some(sums) = found.sums {
        let [found, stated] = [sums.found, sums.stated].map(domain::Money::from_pence);
        let words = if sums.agree { "as the document says" } else { "the document says otherwise" };
        println!("The heads come to {found}; {words}: {stated}.");
    }
}
