//! Decides what is measured: the script beside published trackers, all in one run. The numbers are for docs/benchmarks.md.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{browsers, exec, pipeline};

/// `arguments` go to bench/trackers/bench.mjs: `--tries N`, `--runs N`.
pub fn run(root: &Path, arguments: &[OsString]) -> Result<()> {
    let tools = pipeline::build(root)?;
    let browser = browsers::chromium(false)?;
    let trackers = root.join("bench/trackers");
    println!("published trackers, as bench/trackers/package-lock.json names them: npm ci");
    exec::quiet(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"])
            .current_dir(&trackers),
    )?;
    exec::run(
        tools
            .command(&tools.node)
            .arg(trackers.join("bench.mjs"))
            .args(arguments)
            .envs(browser)
            .current_dir(root),
    )
}
