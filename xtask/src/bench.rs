//! Decides what a benchmark needs before it is run. What it measures is bench/bench.mjs's business; the numbers are for
//! docs/benchmarks.md.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{browsers, exec, pipeline, sizes};

/// `arguments` go to bench/bench.mjs: parts, then `--tries N`, `--runs N`, `--write`.
pub fn run(root: &Path, arguments: &[OsString]) -> Result<()> {
    let tools = pipeline::build(root)?;
    let needs_none = |argument: &OsString| argument == "edge" || argument == "ledger";
    let mut parts = arguments.iter().take_while(|argument| !argument.to_string_lossy().starts_with('-'));
    let without_browser = arguments.first().is_some_and(needs_none) && parts.all(needs_none);
    let browser = if without_browser { None } else { Some(browsers::chromium(false)?) };
    let bytes = sizes::budgets(root, &tools)?;
    for others in ["bench/trackers", "bench/edge"] {
        println!("what is measured beside it, as {others}/package-lock.json names it: npm ci");
        exec::quiet(
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"])
                .current_dir(root.join(others)),
        )?;
    }
    exec::run(
        tools
            .command(&tools.node)
            .arg(root.join("bench/bench.mjs"))
            .args(arguments)
            .envs(browser.into_iter().flatten())
            .env("BYTE_BUDGETS", bytes.join("\n"))
            .current_dir(root),
    )
}
