//! Decides what a benchmark needs before it is run. What it measures is bench/bench.mjs's business; the numbers are for
//! docs/benchmarks.md.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{browsers, exec, pipeline, sizes};

/// `arguments` go to bench/bench.mjs: `--tries N`, `--runs N`, `--only PART`, `--write`.
pub fn run(root: &Path, arguments: &[OsString]) -> Result<()> {
    let tools = pipeline::build(root)?;
    let browser = browsers::chromium(false)?;
    let bytes = sizes::budgets(root, &tools)?;
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
            .arg(root.join("bench/bench.mjs"))
            .args(arguments)
            .envs(browser)
            .env("BYTE_BUDGETS", bytes.join("\n"))
            .current_dir(root),
    )
}
