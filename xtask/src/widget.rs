//! How the widget is built: one script that sites paste, and beside it what only some of their visitors need.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::pipeline::{ESBUILD, Stamp, keep};
use crate::tools::Tools;
use crate::{dist, exec};

/// The language that the script itself brings.
const ENGLISH: &str = "en";

/// Where it was built, and whether it has changed.
pub fn build(root: &Path, work: &Path, tools: &Tools) -> Result<(PathBuf, bool)> {
    let (sources, output) = (root.join("widget"), work.join("widget"));
    let mut stamp = Stamp::begin(root)?;
    stamp.text(include_str!("widget.rs"));
    for (name, file) in dist::files(&sources)? {
        stamp.text(&name.to_string_lossy());
        stamp.file(&file)?;
    }
    let stamp = stamp.end(work.join("widget.stamp"));
    if stamp.is_current() && output.is_dir() {
        return Ok((output, false));
    }

    println!("widget: esbuild");
    let (draft, parts) = (work.join("widget.draft"), work.join("widget.parts"));
    for directory in [&draft, &parts] {
        dist::empty(directory)?;
    }
    fs::create_dir_all(draft.join("core"))?;
    let esbuild = |entry: &Path, to: &Path, more: &[String]| -> Result<()> {
        exec::quiet(
            tools
                .command(&tools.esbuild)
                .arg(entry)
                .args(ESBUILD.split_whitespace())
                // `light-dark()` and nesting stay as they are: each has what older browsers take beside it.
                .arg("--target=es2022")
                .args(more)
                .arg(format!("--outfile={}", to.display())),
        )
    };
    let mut chunks = Map::new();
    let mut chunk = |name: &str, entry: &Path| -> Result<()> {
        let built = parts.join(format!("{name}.js"));
        esbuild(entry, &built, &["--format=esm".to_owned()])?;
        let kept = keep(&draft, &format!("widget-{name}"), &built)?;
        chunks.insert(name.to_owned(), Value::String(kept));
        Ok(())
    };
    chunk("qr", &sources.join("qr.js"))?;
    for (file, path) in dist::files(&sources.join("words"))? {
        let name = file.file_stem().context("a language without a name")?.to_string_lossy().into_owned();
        if name != ENGLISH {
            chunk(&name, &path)?;
        }
    }
    let style = parts.join("style.css");
    esbuild(&sources.join("style.css"), &style, &[])?;
    let script = [
        "--format=iife".to_owned(),
        "--loader:.css=text".to_owned(),
        format!("--alias:widget-style={}", style.display()),
        format!("--define:CHUNKS={}", Value::Object(chunks)),
    ];
    esbuild(&sources.join("widget.js"), &draft.join("referral-widget.js"), &script)?;

    dist::empty(&output)?;
    fs::rename(&draft, &output)?;
    stamp.set()?;
    Ok((output, true))
}
