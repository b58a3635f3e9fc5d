//! Colours samples while they are built: highlight.js marks what is what by classes, so that a page needs neither script nor inline style.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use comrak::html::escape;

use crate::exec;
use crate::tools::Tools;

/// Language and text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Sample(String, String);

impl Sample {
    pub fn new(language: &str, text: &str) -> Self {
        Self(language.to_owned(), text.to_owned())
    }
}

/// The HTML of each sample.
#[derive(Default)]
pub struct Colours(BTreeMap<Sample, String>);

impl Colours {
    /// One that nobody has coloured is text.
    pub fn of(&self, language: &str, text: &str) -> String {
        self.0.get(&Sample::new(language, text)).cloned().unwrap_or_else(|| {
            let mut html = String::new();
            let _ = escape(&mut html, text);
            html
        })
    }
}

/// All of them at once.
pub fn all<'a>(
    root: &Path,
    work: &Path,
    tools: &Tools,
    samples: impl Iterator<Item = &'a Sample>,
) -> Result<Colours> {
    let samples: Vec<&Sample> = samples.collect();
    let asked = work.join("samples.json");
    fs::write(&asked, serde_json::to_string(&samples)?)?;
    let mut command: Command = tools.command(&tools.node);
    command.arg(root.join("docs/site/highlight.mjs")).arg(asked).current_dir(root);
    let html: Vec<String> = serde_json::from_str(&exec::capture(&mut command)?)
        .context("docs/site/highlight.mjs writes no list")?;
    Ok(Colours(samples.into_iter().cloned().zip(html).collect()))
}
