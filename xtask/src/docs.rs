//! Decides what is served at /docs: each Markdown file of `docs/` as a page, an index to search them by, and the Markdown itself.
//!
//! What it looks like and what its scripts do is in `docs/site/`; the order of the pages is that of the links in `docs/README.md`.

mod contents;
mod highlight;
mod html;
mod outline;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::pipeline::{ESBUILD, Stamp};
use crate::tools::Tools;
use crate::{dist, exec};
use contents::{Contents, Entry};
use outline::Outline;

/// What a search finds: one heading and the text below it.
#[derive(Serialize)]
struct Section<'a> {
    url: String,
    page: &'a str,
    heading: &'a str,
    text: &'a str,
}

/// Makes them, unless nothing has changed, and gives the directory in which they lie.
pub fn build(root: &Path, work: &Path, tools: &Tools) -> Result<PathBuf> {
    let (sources, output) = (root.join("docs"), work.join("docs"));
    let mut stamp = Stamp::begin(root)?;
    for text in [
        include_str!("docs.rs"),
        include_str!("docs/contents.rs"),
        include_str!("docs/highlight.rs"),
        include_str!("docs/html.rs"),
        include_str!("docs/outline.rs"),
        include_str!("docs/page.rs"),
    ] {
        stamp.text(text);
    }
    let files = dist::files(&sources)?;
    for (name, file) in &files {
        stamp.text(&name.to_string_lossy());
        stamp.file(file)?;
    }
    let stamp = stamp.end(work.join("docs.stamp"));
    if stamp.is_current() && output.is_dir() {
        return Ok(output);
    }

    println!("docs: comrak, highlight.js, esbuild");
    let draft = work.join("docs.draft");
    dist::empty(&draft)?;
    let served = draft.join("docs");
    fs::create_dir_all(&served)?;

    let texts = markdown_files(&files)?;
    let contents = Contents::read(&texts)?;
    for path in &contents.unlisted {
        println!("docs/{path} is in no list: name it in docs/README.md, in the place where it should come");
    }
    let outlines: BTreeMap<&str, Outline> =
        texts.iter().map(|(path, text)| (path.as_str(), Outline::of(text))).collect();
    if let Some((path, _)) = outlines.iter().find(|(_, outline)| outline.title.is_empty()) {
        bail!("docs/{path} has no heading: a page begins with `# Its title`");
    }
    let samples = outlines.values().flat_map(|outline| &outline.samples);
    let colours = highlight::all(root, work, tools, samples)?;

    let template = fs::read_to_string(sources.join("site/page.html"))?;
    let mut sections = Vec::new();
    for entry in contents.entries() {
        let (Some(text), Some(outline)) = (texts.get(&entry.path), outlines.get(entry.path.as_str())) else {
            continue;
        };
        let html = html::inside(text, outline, &colours, &|url| contents.link(root, &entry.path, url))
            .with_context(|| format!("in docs/{}", entry.path))?;
        let place = served.join(entry.place());
        fs::create_dir_all(&place)?;
        fs::write(place.join("index.html"), page::page(&template, &contents, entry, outline, &html)?)?;
        let source = served.join(&entry.path);
        if let Some(directory) = source.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(source, text)?;
        sections.extend(found_in(entry, outline));
    }
    fs::write(served.join("search.json"), serde_json::to_string(&sections)?)?;
    copy_pictures(&files, &texts, &served)?;
    assets(&sources.join("site"), &served, tools)?;

    dist::empty(&output)?;
    fs::rename(&draft, &output)?;
    stamp.set()?;
    Ok(output)
}

/// By their path in `docs/`.
fn markdown_files(files: &BTreeMap<PathBuf, PathBuf>) -> Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for (name, file) in files {
        if name.extension().is_some_and(|extension| extension == "md") {
            texts.insert(name.to_string_lossy().replace('\\', "/"), fs::read_to_string(file)?);
        }
    }
    Ok(texts)
}

fn found_in<'a>(entry: &'a Entry, outline: &'a Outline) -> impl Iterator<Item = Section<'a>> {
    outline.headings.iter().enumerate().map(|(n, heading)| Section {
        // The title is the top of its page.
        url: if n == 0 { entry.url() } else { format!("{}#{}", entry.url(), heading.id) },
        page: &outline.title,
        heading: &heading.text,
        text: &heading.below,
    })
}

/// Those that a page shows.
fn copy_pictures(
    files: &BTreeMap<PathBuf, PathBuf>,
    texts: &BTreeMap<String, String>,
    served: &Path,
) -> Result<()> {
    for (name, file) in files.iter().filter(|(name, _)| name.starts_with("images")) {
        let shown = name.to_string_lossy().replace('\\', "/");
        if texts.values().any(|text| text.contains(&shown)) {
            let to = served.join(name);
            fs::create_dir_all(to.parent().unwrap_or(served))?;
            fs::copy(file, to)?;
        }
    }
    Ok(())
}

/// The style, the script of every page, and what that loads once somebody searches.
fn assets(site: &Path, served: &Path, tools: &Tools) -> Result<()> {
    for file in ["docs.css", "docs.js", "search.js"] {
        exec::quiet(
            tools
                .command(&tools.esbuild)
                .arg(site.join(file))
                .args(ESBUILD.split_whitespace())
                .args(["--format=esm", "--target=es2022", "--external:/docs/*"])
                .arg(format!("--outfile={}", served.join(file).display())),
        )?;
    }
    Ok(())
}
