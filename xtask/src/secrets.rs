//! Decides what a local store's secrets are: made once, kept beside the store and readable by their owner only.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::dist;
use crate::pipeline::hex;

/// The directory that a local server keeps everything in.
pub struct Home {
    directory: PathBuf,
    pub admin_token: String,
    pub ledger_secret: String,
    pub private_key: Option<String>,
}

impl Home {
    /// Opens a home, or makes one; `fresh` empties it first.
    pub fn open(directory: &Path, fresh: bool) -> Result<Self> {
        if fresh {
            clear(directory)?;
        }
        fs::create_dir_all(directory).with_context(|| format!("{} cannot be made", directory.display()))?;
        let home = match fs::read_to_string(kept(directory)) {
            Ok(text) => Self::read(directory, &text).with_context(|| {
                format!("{} cannot be understood; --fresh starts anew", kept(directory).display())
            })?,
            Err(_) => Self {
                directory: directory.to_path_buf(),
                admin_token: random()?,
                ledger_secret: random()?,
                private_key: None,
            },
        };
        home.save()?;
        Ok(home)
    }

    fn read(directory: &Path, text: &str) -> Result<Self> {
        let kept: Value = serde_json::from_str(text)?;
        let field = |name: &str| kept.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            directory: directory.to_path_buf(),
            admin_token: field("adminToken").context("it names no adminToken")?,
            ledger_secret: field("ledgerSecret").context("it names no ledgerSecret")?,
            private_key: field("privateKey"),
        })
    }

    pub fn save(&self) -> Result<()> {
        let text = json!({
            "adminToken": self.admin_token,
            "ledgerSecret": self.ledger_secret,
            "privateKey": self.private_key,
        });
        write(&kept(&self.directory), &format!("{text:#}\n"))
    }

    /// Where `wrangler dev` looks for them, beside its configuration: arguments can be read by everybody who may list processes.
    pub fn write_secrets(&self) -> Result<()> {
        let text = format!("ADMIN_TOKEN={}\nLEDGER_SECRET={}\n", self.admin_token, self.ledger_secret);
        write(&self.directory.join(".dev.vars"), &text)
    }
}

/// Deletes a home, and refuses to delete anything that was not made by [`Home::open`].
fn clear(directory: &Path) -> Result<()> {
    let holds_something = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if holds_something && !kept(directory).is_file() {
        bail!(
            "{} has not been made by `cargo xtask dev`, so --fresh does not delete it",
            directory.display()
        );
    }
    dist::empty(directory)
}

fn kept(directory: &Path) -> PathBuf {
    directory.join("dev.json")
}

fn write(file: &Path, text: &str) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut open| open.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", file.display()))
}

fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("this machine has no random numbers")?;
    Ok(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::Home;
    use crate::dist;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn secrets_stay_until_a_fresh_start_and_foreign_directories_stay_whole() -> anyhow::Result<()> {
        let base = std::env::temp_dir().join(format!("xtask-home-{}", std::process::id()));
        let first = Home::open(&base, false)?.admin_token;
        assert_eq!(first.len(), 64);
        assert_eq!(Home::open(&base, false)?.admin_token, first);
        assert_ne!(Home::open(&base, true)?.admin_token, first);
        let mode = fs::metadata(base.join("dev.json"))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        fs::remove_file(base.join("dev.json"))?;
        fs::write(base.join("thesis.txt"), "years of work")?;
        assert!(Home::open(&base, true).is_err());
        assert!(base.join("thesis.txt").is_file());
        dist::empty(&base)
    }
}
