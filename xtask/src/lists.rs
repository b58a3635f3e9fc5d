//! Decides in which files the Worker finds the domains of throw-away addresses: one for each character with which the last two
//! labels of a domain begin, so that a domain is in one file with all above it (`edge/src/disposable.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::dist;

/// The list of disposable-email-domains, which people review, as a package that follows it by itself. Longer lists take the
/// relay addresses of browsers and search engines for throw-away ones, behind which are people.
const LIST: &str = "node_modules/disposable-email-domains-js/dist/dict/disposable_email_blocklist.json";

/// Fewer would be another file than the list.
const AT_LEAST: usize = 5_000;

/// Leaves the files below `work`, and says where.
pub fn disposable(root: &Path, work: &Path) -> Result<PathBuf> {
    let text = fs::read_to_string(root.join(LIST)).with_context(|| format!("{LIST} cannot be read"))?;
    let domains: Vec<String> =
        serde_json::from_str(&text).with_context(|| format!("{LIST} is no list of domains"))?;
    if domains.len() < AT_LEAST {
        bail!("{LIST} has {} domains, of which there were thousands", domains.len());
    }
    let output = work.join("lists");
    let draft = work.join("lists.draft");
    dist::empty(&draft)?;
    fs::create_dir_all(draft.join("disposable"))?;
    for (first, domains) in parts(&domains) {
        let text = domains.into_iter().collect::<Vec<_>>().join("\n");
        fs::write(draft.join(format!("disposable/{first}.txt")), text + "\n")?;
    }
    dist::empty(&output)?;
    fs::rename(&draft, &output)?;
    Ok(output)
}

/// Every character has a file, so that one that is missing is a fault.
fn parts(domains: &[String]) -> BTreeMap<char, BTreeSet<&str>> {
    let mut parts: BTreeMap<char, BTreeSet<&str>> =
        ('a'..='z').chain('0'..='9').map(|first| (first, BTreeSet::new())).collect();
    for domain in domains {
        let last_two = domain.rsplit('.').nth(1).and_then(|label| label.chars().next());
        if let Some(part) = last_two.and_then(|first| parts.get_mut(&first)) {
            part.insert(domain);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_domain_is_in_the_file_of_what_it_is_a_part_of() {
        let domains =
            ["mailinator.com", "a.mailinator.com", "x.co.uk", "0-mail.com", "localhost"].map(str::to_owned);
        let parts = parts(&domains);
        let of = |first| parts[&first].iter().copied().collect::<Vec<_>>();
        assert_eq!(parts.len(), 36);
        assert_eq!(of('m'), ["a.mailinator.com", "mailinator.com"]);
        assert_eq!((of('c'), of('0'), of('l')), (vec!["x.co.uk"], vec!["0-mail.com"], vec![]));
    }
}
