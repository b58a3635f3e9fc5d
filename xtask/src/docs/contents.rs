//! Decides which pages there are, in which order, at which address, and where a link between Markdown files leads on the site.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, parse_document};

use super::outline::options;

/// The page at /docs/ itself, and the list of all others.
const LIST: &str = "README.md";

/// The page that is of another name than its file, whose own address has the viewer of the API's document.
const RENAMED: (&str, &str) = ("api", "api-reference");

pub struct Contents {
    pub groups: Vec<Group>,
    index: Entry,
    /// Pages that the list does not name: they come last.
    pub unlisted: Vec<String>,
}

pub struct Group {
    pub title: String,
    pub entries: Vec<Entry>,
}

pub struct Entry {
    /// Of its Markdown, in `docs/`.
    pub path: String,
    /// How the list calls it.
    pub name: String,
    /// What the list says of it.
    pub description: String,
}

/// Where a link leads.
pub enum Link {
    /// To this address; with what is behind `#`.
    To(String),
    /// To this address, which is a page of this name.
    Page(String, String),
    /// To a file of the repository, which is not served.
    Source(String),
}

impl Entry {
    /// The directory of the page, in that of the site.
    pub fn place(&self) -> String {
        match self.path.trim_end_matches(".md") {
            "README" => String::new(),
            stem if stem == RENAMED.0 => RENAMED.1.to_owned(),
            stem => stem.to_owned(),
        }
    }

    pub fn url(&self) -> String {
        match self.place() {
            place if place.is_empty() => "/docs/".to_owned(),
            place => format!("/docs/{place}/"),
        }
    }
}

impl Contents {
    /// From the Markdown of all pages, by their paths.
    pub fn read(texts: &BTreeMap<String, String>) -> Result<Self> {
        let list = texts.get(LIST).context("docs/README.md lists the pages, and is not there")?;
        let mut groups = listed(list);
        let mut named = BTreeSet::from([LIST.to_owned()]);
        for entry in groups.iter().flat_map(|group| &group.entries) {
            if !texts.contains_key(&entry.path) {
                bail!("docs/README.md names docs/{}, which is not there", entry.path);
            }
            if !named.insert(entry.path.clone()) {
                bail!("docs/README.md names docs/{} twice", entry.path);
            }
        }
        let unlisted: Vec<String> = texts.keys().filter(|path| !named.contains(*path)).cloned().collect();
        if !unlisted.is_empty() {
            let entry = |path: &String| Entry {
                path: path.clone(),
                name: super::outline::Outline::of(texts.get(path).map_or("", String::as_str)).title,
                description: String::new(),
            };
            groups.push(Group { title: "More".to_owned(), entries: unlisted.iter().map(entry).collect() });
        }
        let index = Entry {
            path: LIST.to_owned(),
            name: "Overview".to_owned(),
            description: "How to put RocketTracker on a site, run it on Cloudflare, and call its API."
                .to_owned(),
        };
        Ok(Self { groups, index, unlisted })
    }

    /// All pages, the overview first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        std::iter::once(&self.index).chain(self.groups.iter().flat_map(|group| &group.entries))
    }

    /// Where `url`, in the Markdown at `from`, leads.
    pub fn link(&self, root: &Path, from: &str, url: &str) -> Result<Link> {
        if url.starts_with('#') || url.contains("://") || url.starts_with("mailto:") {
            return Ok(Link::To(url.to_owned()));
        }
        let (file, anchor) = url.split_at(url.find('#').unwrap_or(url.len()));
        let path = normal(&format!("docs/{from}"), file)
            .with_context(|| format!("the link {url} leads out of the repository"))?;
        if let Some(inside) = path.strip_prefix("docs/") {
            if let Some(entry) = self.entries().find(|entry| entry.path == inside) {
                return Ok(Link::Page(format!("{}{anchor}", entry.url()), entry.name.clone()));
            }
            if inside.starts_with("images/") && root.join(&path).is_file() {
                return Ok(Link::To(format!("/docs/{inside}")));
            }
        }
        // What is served may be named by what it is served from, which is there on a code-hosting site, too.
        if path == "openapi/document.mjs" {
            return Ok(Link::To("/api/openapi.json".to_owned()));
        }
        if let Some(page) = path.strip_prefix("www/").and_then(|page| page.strip_suffix("index.html")) {
            return Ok(Link::To(format!("/{page}{anchor}")));
        }
        if !root.join(&path).exists() {
            bail!("the link {url} leads to {path}, which is not there");
        }
        Ok(Link::Source(path))
    }
}

/// A path without `..`, seen from a file; none where it leads out.
fn normal(from: &str, to: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Each heading of the list with what is listed below it.
fn listed(list: &str) -> Vec<Group> {
    let arena = Arena::new();
    let mut groups: Vec<Group> = Vec::new();
    for node in parse_document(&arena, list, &options()).children() {
        match node.data().value {
            NodeValue::Heading(heading) if heading.level == 2 => {
                groups.push(Group { title: node.collect_text(), entries: Vec::new() });
            }
            NodeValue::List(_) => {
                if let Some(group) = groups.last_mut() {
                    group.entries.extend(node.children().filter_map(item));
                }
            }
            _ => {}
        }
    }
    groups
}

/// `[Name](path.md): what is said of it`.
fn item(node: Node<'_>) -> Option<Entry> {
    let (link, path) = node.descendants().find_map(|node| match &node.data().value {
        NodeValue::Link(link) => Some((node, link.url.clone())),
        _ => None,
    })?;
    let name = link.collect_text();
    let said = node.collect_text();
    let description = said.strip_prefix(&name).unwrap_or_default().trim_start_matches([':', ' ']).to_owned();
    let is_page = Path::new(&path).extension().is_some_and(|extension| extension == "md");
    is_page.then_some(Entry { path, name, description })
}

#[cfg(test)]
mod tests {
    use super::{Contents, Link};
    use std::collections::BTreeMap;
    use std::path::Path;

    fn contents(files: &[(&str, &str)]) -> anyhow::Result<Contents> {
        Contents::read(
            &files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect::<BTreeMap<_, _>>(),
        )
    }

    const LIST: &str = "# Docs\n\n## Sites\n\n* [Quick start](quick.md): in five minutes\n* [The API](api.md): for servers\n";

    #[test]
    fn pages_come_in_the_order_of_the_list_and_those_it_does_not_name_last() -> anyhow::Result<()> {
        let contents = contents(&[
            ("README.md", LIST),
            ("api.md", "# The API"),
            ("extra.md", "# Extra"),
            ("quick.md", "# Quick"),
        ])?;
        let urls: Vec<String> = contents.entries().map(super::Entry::url).collect();
        assert_eq!(urls, ["/docs/", "/docs/quick/", "/docs/api-reference/", "/docs/extra/"]);
        assert_eq!(contents.unlisted, ["extra.md"]);
        assert_eq!(contents.groups[0].entries[0].description, "in five minutes");
        assert_eq!(contents.groups[1].entries[0].name, "Extra");
        Ok(())
    }

    #[test]
    fn a_list_that_names_what_is_not_there_is_an_error() {
        assert!(contents(&[("README.md", LIST), ("api.md", "# The API")]).is_err());
    }

    #[test]
    fn links_between_files_lead_to_pages_and_those_to_sources_say_so() -> anyhow::Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let contents = contents(&[
            ("README.md", LIST),
            ("api.md", "# The API"),
            ("quick.md", "# Quick"),
            ("decisions/x.md", "# X"),
        ])?;
        let leads = |from: &str, url: &str| contents.link(&root, from, url);
        for (from, url, expected) in [
            ("quick.md", "api.md#keys", "/docs/api-reference/#keys"),
            ("decisions/x.md", "../quick.md", "/docs/quick/"),
            ("quick.md", "decisions/x.md", "/docs/decisions/x/"),
            ("quick.md", "#here", "#here"),
            ("quick.md", "https://example.com/a.md", "https://example.com/a.md"),
            ("quick.md", "../openapi/document.mjs", "/api/openapi.json"),
            ("quick.md", "../www/doctor/index.html", "/doctor/"),
        ] {
            assert!(matches!(leads(from, url)?, Link::To(to) | Link::Page(to, _) if to == expected), "{url}");
        }
        assert!(
            matches!(leads("quick.md", "../wrangler.toml")?, Link::Source(path) if path == "wrangler.toml")
        );
        assert!(leads("quick.md", "nowhere.md").is_err());
        assert!(leads("quick.md", "../../etc/passwd").is_err());
        Ok(())
    }
}
