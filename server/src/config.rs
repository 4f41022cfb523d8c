//! Settings: the commented defaults of `Leptos.toml`, a file, the environment, in this order.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use figment::Figment;
use figment::Provider;
use figment::providers::{Env, Format, Toml};
use serde::{Deserialize, Deserializer};
use store::MasterKey;

/// Variables that are no settings of the program: where its file of settings is, and what the tests set.
const OURS: [&str; 4] = ["config", "test_postgres", "test_peers", "bin"];

const DEFAULTS: &str = include_str!("../../Leptos.toml");

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub addr: SocketAddr,
    pub data_dir: PathBuf,
    pub migrate: bool,
    pub work: bool,
    #[serde(deserialize_with = "text")]
    pub smtp_url: String,
    #[serde(deserialize_with = "text")]
    pub mail_from: String,
    #[serde(deserialize_with = "text")]
    pub public_url: String,
    #[serde(deserialize_with = "text")]
    pub files_url: String,
    #[serde(deserialize_with = "text")]
    pub clamav_url: String,
    #[serde(deserialize_with = "text")]
    pub billing_service: String,
    #[serde(deserialize_with = "text")]
    pub stripe_key: String,
    #[serde(deserialize_with = "text")]
    pub stripe_webhook_secret: String,
    #[serde(deserialize_with = "text")]
    pub stripe_url: String,
    pub document_mb: u64,
    pub audio_mb: u64,
    pub video_mb: u64,
    #[serde(deserialize_with = "text")]
    database_url: String,
    #[serde(deserialize_with = "text")]
    site_root: String,
    #[serde(deserialize_with = "text")]
    master_key: String,
    #[serde(deserialize_with = "text")]
    master_key_old: String,
    pub secure_cookies: bool,
    pub trust_proxy: bool,
    pub session_idle_minutes: i64,
    pub session_hours: i64,
    pub import_rows: usize,
    #[serde(deserialize_with = "text")]
    bundle_signers: String,
    #[serde(deserialize_with = "text")]
    pub metrics_token: String,
    pub log: String,
    pub log_format: String,
}

/// The environment's values are typed by their looks: a key of digits would come as a number.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Loose {
        Text(String),
        Whole(u64),
    }
    Ok(match Loose::deserialize(deserializer)? {
        Loose::Text(text) => text,
        Loose::Whole(number) => number.to_string(),
    })
}

/// Secrets are never printed.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("addr", &self.addr).field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}

impl Config {
    /// Reads all settings at once; a wrong one is named.
    pub fn load() -> anyhow::Result<Config> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Ok(file) = std::env::var("SOLATIUM_CONFIG") {
            figment = figment.merge(Toml::file_exact(&file));
        }
        // Others set variables with our prefix too: Kubernetes names a service's address so. One that
        // is no setting is said and not used; in a file of settings it is refused.
        let known: Vec<String> = Figment::from(Toml::string(DEFAULTS))
            .data()
            .map(|profiles| profiles.into_values().flat_map(|values| values.into_keys()).collect())?;
        let environment = Env::prefixed("SOLATIUM_").filter(move |name| {
            let name = name.as_str().to_lowercase();
            let setting = known.contains(&name);
            if !setting && !OURS.contains(&name.as_str()) {
                eprintln!(
                    "SOLATIUM_{} is no setting and is not used: see Leptos.toml for what there is",
                    name.to_uppercase()
                );
            }
            setting
        });
        figment.merge(environment).extract().context("reading the settings (see Leptos.toml for what there is)")
    }

    pub fn database_url(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite://{}?mode=rwc", self.data_dir.join("solatium.db").display())
        } else {
            self.database_url.clone()
        }
    }

    /// The largest files that are taken, in bytes.
    pub fn documents(&self) -> extract::Limits {
        let bytes = |mb: u64| mb.clamp(1, 100_000) << 20;
        extract::Limits {
            bytes: bytes(self.document_mb),
            audio: bytes(self.audio_mb),
            video: bytes(self.video_mb),
            ..extract::Limits::default()
        }
    }

    pub fn on_postgres(&self) -> bool {
        self.database_url.starts_with("postgres")
    }

    /// How people reach the site, without a slash at the end.
    pub fn public_url(&self) -> String {
        if self.public_url.is_empty() {
            format!("http://{}", self.addr)
        } else {
            self.public_url.trim_end_matches('/').to_owned()
        }
    }

    /// Where files are kept: by default in the data directory.
    pub fn files_url(&self) -> anyhow::Result<String> {
        if !self.files_url.is_empty() {
            return Ok(self.files_url.clone());
        }
        let dir = std::path::absolute(self.data_dir.join("files")).context("the data directory")?;
        let url = url::Url::from_directory_path(&dir).map_err(|()| anyhow::anyhow!("{} is no path", dir.display()))?;
        Ok(url.into())
    }

    /// The master key: given, or read from the data directory; `None` where there is none yet.
    pub fn master_key(&self) -> anyhow::Result<Option<MasterKey>> {
        if !self.master_key.is_empty() {
            let key = MasterKey::from_hex(&self.master_key);
            return key.context("SOLATIUM_MASTER_KEY must be 64 hexadecimal digits").map(Some);
        }
        let path = self.key_file();
        if path.exists() {
            let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            return MasterKey::from_hex(&text)
                .with_context(|| format!("{} must hold 64 hexadecimal digits", path.display()))
                .map(Some);
        }
        Ok(None)
    }

    /// The master key before the one in force, while keys are wrapped anew.
    pub fn old_master_key(&self) -> anyhow::Result<Option<MasterKey>> {
        match self.master_key_old.as_str() {
            "" => Ok(None),
            text => {
                let key = MasterKey::from_hex(text);
                key.context("SOLATIUM_MASTER_KEY_OLD must be 64 hexadecimal digits").map(Some)
            }
        }
    }

    /// Where the master key is kept when it is not given.
    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join("keys").join("master.key")
    }

    /// Makes a master key in the data directory, for a database that holds nothing yet.
    pub fn new_master_key(&self) -> anyhow::Result<MasterKey> {
        let (key, path) = (MasterKey::random(), self.key_file());
        write_private(&path, &key.to_hex()).with_context(|| format!("writing {}", path.display()))?;
        Ok(key)
    }

    /// The key that signs the audit log's heads: read from the data directory, or made there. It is not
    /// derived from the master key: whoever has that one cannot sign another past.
    pub fn audit_key(&self) -> anyhow::Result<ed25519_dalek::SigningKey> {
        let path = self.data_dir.join("keys").join("audit.key");
        if !path.exists() {
            let fresh = MasterKey::random().to_hex();
            write_private(&path, &fresh).with_context(|| format!("writing {}", path.display()))?;
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let text = text.trim();
        let byte = |i: usize| text.get(2 * i..2 * i + 2).and_then(|b| u8::from_str_radix(b, 16).ok());
        let seed: Option<Vec<u8>> = (0..32).map(byte).collect();
        let seed: Option<[u8; 32]> = seed.and_then(|s| s.try_into().ok());
        let seed = seed.with_context(|| format!("{} must hold 64 hexadecimal digits", path.display()))?;
        Ok(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Whose model bundles are taken: anyone's where no signer is named.
    pub fn bundle_trust(&self) -> anyhow::Result<ml::bundle::Trust> {
        let keys: Vec<&str> = self.bundle_signers.split([',', ' ']).filter(|k| !k.is_empty()).collect();
        if keys.is_empty() {
            return Ok(ml::bundle::Trust::Anyone);
        }
        let key = |text: &&str| {
            ml::bundle::PublicKey::from_hex(text).with_context(|| format!("SOLATIUM_BUNDLE_SIGNERS: {text:?}"))
        };
        Ok(ml::bundle::Trust::Signers(keys.iter().map(key).collect::<Result<_, _>>()?))
    }

    /// Where the built site is.
    pub fn site_root(&self) -> PathBuf {
        if !self.site_root.is_empty() {
            return PathBuf::from(&self.site_root);
        }
        // target/release/solatium → target/site
        let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("site")));
        beside.filter(|p| p.is_dir()).unwrap_or_else(|| PathBuf::from("target/site"))
    }
}

/// Only the owner may read it.
fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{text}")
}
