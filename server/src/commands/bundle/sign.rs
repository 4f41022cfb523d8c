//! Keys, signatures of bundles, and whether one is right.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use ml::bundle::{PrivateKey, PublicKey, Trust, validate_from};

/// Make a key pair to sign bundles with.
///
/// The private key goes into the file, which only its owner may read; the public key is printed. Name
/// it in the setting `bundle_signers` of the servers that are to take your bundles.
#[derive(clap::Args)]
pub struct Keygen {
    /// Where the private key goes; a file that is there already is not touched.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Sign a bundle, in place or into another file.
#[derive(clap::Args)]
pub struct Sign {
    #[arg(value_name = "FILE.solm")]
    file: PathBuf,
    /// The private key of `bundle keygen`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the signed bundle goes [default: in place].
    #[arg(long, value_name = "FILE.solm")]
    out: Option<PathBuf>,
}

/// Say who signed a bundle, and whether it is unchanged since.
///
/// Ends with an error where the bundle is not sound, not signed, or not by one of the named keys.
#[derive(clap::Args)]
pub struct Verify {
    #[arg(value_name = "FILE.solm")]
    file: PathBuf,
    /// A public key that is trusted; may be given more than once [default: any].
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
}

pub fn keygen(args: &Keygen) -> anyhow::Result<()> {
    let key = PrivateKey::from_secret(service::random_secret());
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&args.out).with_context(|| format!("making {}", args.out.display()))?;
    writeln!(file, "{}", key.to_hex())?;
    println!("The private key is in {}: keep it away from the servers.", args.out.display());
    println!("Public key, for the setting bundle_signers:\n{}", key.public().to_hex());
    Ok(())
}

pub fn sign(args: &Sign) -> anyhow::Result<()> {
    let text = fs::read_to_string(&args.key).with_context(|| format!("reading {}", args.key.display()))?;
    let key = PrivateKey::from_hex(&text).with_context(|| format!("{}", args.key.display()))?;
    let bytes = read(&args.file)?;
    sound(&bytes, &Trust::Anyone, &args.file)?;
    let out = args.out.as_ref().unwrap_or(&args.file);
    fs::write(out, key.sign(&bytes)?).with_context(|| format!("writing {}", out.display()))?;
    println!("Signed {} as {}.", out.display(), key.public().to_hex());
    Ok(())
}

pub fn verify(args: &Verify) -> anyhow::Result<()> {
    let keys: Vec<PublicKey> =
        args.key.iter().map(|k| PublicKey::from_hex(k).with_context(|| k.clone())).collect::<Result<_, _>>()?;
    let trust = if keys.is_empty() { Trust::Anyone } else { Trust::Signers(keys) };
    let bundle = sound(&read(&args.file)?, &trust, &args.file)?;
    match bundle.signer() {
        Some(signer) => println!("{} is sound and signed by {}.", args.file.display(), signer.to_hex()),
        None => bail!("{} is sound, but not signed", args.file.display()),
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

fn sound(bytes: &[u8], trust: &Trust, path: &Path) -> anyhow::Result<ml::Bundle> {
    let validation = validate_from(bytes, trust);
    validation.bundle.ok_or_else(|| {
        let failed = validation.checks.iter().find(|c| !c.passed);
        let why = failed.map_or_else(String::new, |c| format!("{}: {}", c.name, c.detail));
        anyhow!("{} is not sound: {why}", path.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_signed_and_verified_at_the_shell() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let bundle = include_bytes!("../../../../crates/ml/tests/bundles/v1-ridge.solm");
        fs::write(path("m.solm"), bundle).unwrap();
        keygen(&Keygen { out: path("a.key") }).unwrap();
        keygen(&Keygen { out: path("b.key") }).unwrap();
        assert!(keygen(&Keygen { out: path("a.key") }).is_err(), "a key is never overwritten");
        let public =
            |name: &str| PrivateKey::from_hex(&fs::read_to_string(path(name)).unwrap()).unwrap().public().to_hex();
        let check =
            |keys: &[&str]| verify(&Verify { file: path("m.solm"), key: keys.iter().map(|k| public(k)).collect() });
        assert!(check(&[]).unwrap_err().to_string().contains("not signed"));
        sign(&Sign { file: path("m.solm"), key: path("a.key"), out: None }).unwrap();
        check(&[]).unwrap();
        check(&["b.key", "a.key"]).unwrap();
        assert!(check(&["b.key"]).unwrap_err().to_string().contains("not among the trusted"));
        assert!(sign(&Sign { file: path("a.key"), key: path("a.key"), out: None }).is_err());
    }
}
