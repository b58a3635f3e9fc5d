//! Decides which Lighthouse judges the pages: the one that tests/lighthouse/package-lock.json names. It is as large as all other
//! packages together, so that a build does without it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::exec;

const HOME: &str = "tests/lighthouse";

/// Installs it, if another one is there or none.
pub fn ensure(root: &Path) -> Result<()> {
    let home = root.join(HOME);
    let wanted = fs::read(home.join("package-lock.json"))
        .with_context(|| format!("{HOME}/package-lock.json cannot be read"))?;
    let installed = home.join("node_modules/installed-lock.json");
    if fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("Lighthouse: installing (about half a minute) …");
    // None of its packages needs a script to be run.
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    exec::quiet(Command::new("npm").args(arguments).current_dir(&home))?;
    fs::write(&installed, &wanted)?;
    Ok(())
}
