//! Puts the inside of a page into `docs/site/page.html`: its name, its place among the others, what is on it.

use anyhow::Result;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::contents::{Contents, Entry};
use super::outline::Outline;

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    url: String,
    current: bool,
}

#[derive(Serialize)]
struct Part<'a> {
    title: &'a str,
    pages: Vec<Named<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    text: &'a str,
    id: &'a str,
    level: u8,
}

#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    description: String,
    url: String,
    /// Where its Markdown is served.
    source: String,
    is_overview: bool,
    groups: Vec<Part<'a>>,
    places: Vec<Place<'a>>,
    previous: Option<Named<'a>>,
    next: Option<Named<'a>>,
    html: &'a str,
}

/// The whole page.
pub fn page(
    template: &str,
    contents: &Contents,
    entry: &Entry,
    outline: &Outline,
    html: &str,
) -> Result<String> {
    let mut environment = Environment::new();
    environment.add_template("page.html", template)?;
    let named = |other| name(other, entry);
    let groups: Vec<Part> = contents
        .groups
        .iter()
        .map(|group| Part { title: &group.title, pages: group.entries.iter().map(named).collect() })
        .collect();
    let all: Vec<&Entry> = contents.entries().collect();
    let at = all.iter().position(|other| other.path == entry.path).unwrap_or_default();
    let neighbour = |n: Option<usize>| n.and_then(|n| all.get(n)).map(|other| named(other));
    let places: Vec<Place> = outline
        .headings
        .iter()
        .filter(|heading| heading.level == 2 || heading.level == 3)
        .map(|heading| Place { text: &heading.text, id: &heading.id, level: heading.level })
        .collect();
    let page = Page {
        title: &outline.title,
        description: description(entry, outline),
        url: entry.url(),
        source: format!("/docs/{}", entry.path),
        is_overview: entry.url() == "/docs/",
        groups,
        places,
        previous: neighbour(at.checked_sub(1)),
        next: neighbour(at.checked_add(1)),
        html,
    };
    Ok(environment.get_template("page.html")?.render(Serde(&page))?)
}

fn name<'a>(other: &'a Entry, current: &Entry) -> Named<'a> {
    Named { name: &other.name, url: other.url(), current: other.path == current.path }
}

/// For search engines: what the list says of the page, else how the page begins.
fn description(entry: &Entry, outline: &Outline) -> String {
    if !entry.description.is_empty() {
        return entry.description.clone();
    }
    let begin = outline.headings.first().map_or("", |heading| heading.below.trim());
    let line = begin.lines().next().unwrap_or(&outline.title);
    line.chars().take(160).collect()
}
