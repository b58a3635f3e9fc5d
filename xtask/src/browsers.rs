//! Decides which browsers the tests run in, and where allowed brings in those that are missing.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{exec, tools};

/// A browser that can be had, as the environment in which its tests find it.
pub type Browser = Vec<(&'static str, OsString)>;

pub fn chromium(install: bool) -> Result<Browser> {
    let commands = ["chromium", "chromium-browser", "google-chrome"];
    let chromium = browser("Chromium", "CHROMIUM", &commands, "chromium", install)?;
    Ok(vec![("CHROMIUM", chromium.into())])
}

pub fn firefox(root: &Path, install: bool) -> Result<Browser> {
    let firefox = browser("Firefox", "FIREFOX", &["firefox-esr", "firefox"], "firefox-esr", install)?;
    let driver =
        tools::geckodriver(root).context("geckodriver, which drives Firefox, cannot be installed")?;
    Ok(vec![("ENGINE", "firefox".into()), ("FIREFOX", firefox.into()), ("GECKODRIVER", driver.into())])
}

/// The driver knows where its browser is; that one needs a screen.
pub fn webkit(install: bool) -> Result<Browser> {
    let find = || tools::on_path("WebKitWebDriver").zip(tools::on_path("Xvfb"));
    let missing = Missing {
        name: "WebKitGTK with its WebKitWebDriver and Xvfb",
        packages: &["webkit2gtk-driver", "xvfb"],
        instead: String::new(),
    };
    let (driver, screen) = missing.found_or_installed(find, install)?;
    Ok(vec![("ENGINE", "webkit".into()), ("WEBKIT_DRIVER", driver.into()), ("XVFB", screen.into())])
}

/// The browser that `variable` names, else the first of `commands` that runs.
fn browser(name: &str, variable: &str, commands: &[&str], package: &str, install: bool) -> Result<PathBuf> {
    let runs = |program: &PathBuf| exec::version(program).is_some();
    if let Some(named) = env::var_os(variable).map(PathBuf::from) {
        if !runs(&named) {
            bail!("${variable} names {}, which does not run", named.display());
        }
        return Ok(named);
    }
    let find = || commands.iter().filter_map(|command| tools::on_path(command)).find(runs);
    let instead = format!(", or set {variable} to the path of one");
    Missing { name, packages: &[package], instead }.found_or_installed(find, install)
}

/// What may have to be installed, and what to do where that is not wanted.
pub struct Missing<'a> {
    pub name: &'a str,
    pub packages: &'a [&'a str],
    pub instead: String,
}

impl Missing<'_> {
    pub fn found_or_installed<T>(&self, find: impl Fn() -> Option<T>, install: bool) -> Result<T> {
        if let Some(found) = find() {
            return Ok(found);
        }
        let Self { name, packages, instead } = self;
        let listed = packages.join(" and ");
        if !install {
            bail!(
                "no {name}: `cargo xtask test --install-browser` installs {listed} with apt-get (as root){instead}"
            );
        }
        println!("{listed}: installing with apt-get …");
        let apt = |arguments: &[&str]| {
            exec::quiet(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
        };
        apt(&["update"])
            .and_then(|()| apt(&[&["install", "--yes", "--no-install-recommends"], *packages].concat()))
            .with_context(|| format!("{listed} cannot be installed with apt-get (as root){instead}"))?;
        find().with_context(|| format!("apt-get has installed {listed}, but nothing that runs"))
    }
}
