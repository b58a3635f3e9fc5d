//! Decides which Schemathesis asks the API what its document allows, and what it does not: the one that
//! tests/schemathesis/requirements.txt names, down to the last package, in an environment of its own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::browsers::Missing;
use crate::{dist, exec, tools};

/// The environment in which its tests find it.
pub fn ensure(root: &Path, install: bool) -> Result<[(&'static str, OsString); 1]> {
    let home = root.join(".tools/schemathesis");
    let wanted = fs::read(root.join("tests/schemathesis/requirements.txt"))
        .context("tests/schemathesis/requirements.txt cannot be read")?;
    let installed = home.join("requirements.txt");
    let program = home.join("bin/schemathesis");
    if !fs::read(&installed).is_ok_and(|found| found == wanted) || exec::version(&program).is_none() {
        println!("Schemathesis: installing (about half a minute) …");
        dist::empty(&home)?;
        let python = python(install)?;
        exec::quiet(Command::new(python).args(["-m", "venv"]).arg(&home))?;
        exec::quiet(
            Command::new(home.join("bin/pip"))
                .args(["install", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "-r"])
                .arg(root.join("tests/schemathesis/requirements.txt")),
        )?;
        fs::write(&installed, &wanted)?;
    }
    Ok([("SCHEMATHESIS", program.into())])
}

/// One that is new enough, and that makes environments: Debian has that in a package of its own.
fn python(install: bool) -> Result<PathBuf> {
    const CAN: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
    let find = || {
        let python = tools::on_path("python3")?;
        exec::quiet(Command::new(&python).args(["-c", CAN])).ok().map(|()| python)
    };
    let missing = Missing {
        name: "Python 3.11 or later with venv",
        packages: &["python3", "python3-venv"],
        instead: String::new(),
    };
    missing.found_or_installed(find, install)
}
