//! How the dashboard is built: one script and one style, beside the page of `www/app` that asks for them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::pipeline::{ESBUILD, Stamp};
use crate::tools::Tools;
use crate::{dist, exec};

/// Makes them, and gives the directory in which they lie.
pub fn build(root: &Path, work: &Path, tools: &Tools) -> Result<PathBuf> {
    let (sources, output) = (root.join("app"), work.join("app"));
    let mut stamp = Stamp::begin(root)?;
    stamp.text(include_str!("app.rs"));
    stamp.file(&root.join("widget/dom.js"))?;
    for (name, file) in dist::files(&sources)? {
        stamp.text(&name.to_string_lossy());
        stamp.file(&file)?;
    }
    let stamp = stamp.end(work.join("app.stamp"));
    if stamp.is_current() && output.is_dir() {
        return Ok(output);
    }

    println!("dashboard: esbuild");
    let draft = work.join("app.draft");
    dist::empty(&draft)?;
    for (entry, format) in [("app.js", Some("--format=esm")), ("app.css", None)] {
        exec::quiet(
            tools
                .command(&tools.esbuild)
                .arg(sources.join(entry))
                .args(ESBUILD.split_whitespace())
                .arg("--target=es2022")
                .args(format)
                .arg(format!("--outfile={}", draft.join("app").join(entry).display())),
        )?;
    }
    dist::empty(&output)?;
    fs::rename(&draft, &output)?;
    stamp.set()?;
    Ok(output)
}
