//! Decides in what the Worker on this machine differs from the deployed one: its limits, by which a test or a demonstration
//! would be stopped sooner than a shop is, and for how long messages are gathered, for which nobody here wants to wait.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml_edit::{DocumentMut, Item, value};

/// By how much more is allowed here.
const GENEROSITY: i64 = 100;

/// Seconds.
const GATHERED: i64 = 1;

/// Writes wrangler's configuration for this machine into `directory`, and gives the file.
pub fn write(root: &Path, directory: &Path) -> Result<PathBuf> {
    let text = fs::read_to_string(root.join("wrangler.toml")).context("wrangler.toml cannot be read")?;
    let file = directory.join("wrangler.toml");
    fs::write(&file, generous(root, &text)?)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(file)
}

/// The same with other limits. Wrangler takes paths to be relative to the file in which they are.
fn generous(root: &Path, text: &str) -> Result<String> {
    let mut config: DocumentMut = text.parse().context("wrangler.toml is not TOML")?;
    for path in [&["main"][..], &["assets", "directory"]] {
        let item = find(config.as_item_mut(), path)?;
        let relative = item.as_str().with_context(|| format!("{} is no path", path.join(".")))?.to_owned();
        *item = value(root.join(relative).to_string_lossy().into_owned());
    }
    let build = find(config.as_item_mut(), &["build"])?;
    if let Some(watched) = build.get_mut("watch_dir").and_then(Item::as_array_mut) {
        for path in watched.iter_mut() {
            if let Some(relative) = path.as_str() {
                *path = root.join(relative).to_string_lossy().into_owned().into();
            }
        }
    }
    if let Some(build) = build.as_table_like_mut() {
        build.insert("cwd", value(root.to_string_lossy().into_owned()));
    }
    let limits = find(config.as_item_mut(), &["ratelimits"])?.as_array_of_tables_mut();
    for limiter in limits.context("ratelimits is no list")?.iter_mut() {
        let limit = find(limiter.get_mut("simple").context("a limiter has no `simple`")?, &["limit"])?;
        let most = limit.as_integer().context("a limit is no number")?;
        *limit = value(most.saturating_mul(GENEROSITY));
    }
    let consumers = find(config.as_item_mut(), &["queues", "consumers"])?.as_array_of_tables_mut();
    for consumer in consumers.context("queues.consumers is no list")?.iter_mut() {
        *consumer.get_mut("max_batch_timeout").context("a consumer has no `max_batch_timeout`")? =
            value(GATHERED);
    }
    Ok(config.to_string())
}

fn find<'a>(item: &'a mut Item, path: &[&str]) -> Result<&'a mut Item> {
    path.iter()
        .try_fold(item, |item, name| item.get_mut(name))
        .with_context(|| format!("wrangler.toml has no {}", path.join(".")))
}

#[cfg(test)]
mod tests {
    use super::generous;
    use std::path::Path;
    use toml_edit::DocumentMut;

    #[test]
    fn only_paths_and_limits_differ_from_what_is_deployed() -> anyhow::Result<()> {
        let deployed = include_str!("../../wrangler.toml");
        let here: DocumentMut = generous(Path::new("/src"), deployed)?.parse()?;
        let limits = |config: &DocumentMut| -> Vec<Option<i64>> {
            let limiters = config["ratelimits"].as_array_of_tables();
            limiters.into_iter().flatten().map(|limiter| limiter["simple"]["limit"].as_integer()).collect()
        };
        assert_eq!(limits(&deployed.parse()?), [100, 60, 120].map(Some));
        assert_eq!(limits(&here), [10_000, 6_000, 12_000].map(Some));
        let timeouts = here["queues"]["consumers"].as_array_of_tables();
        let timeouts: Vec<_> = timeouts
            .into_iter()
            .flatten()
            .map(|consumer| consumer["max_batch_timeout"].as_integer())
            .collect();
        assert_eq!(timeouts, [Some(1); 3]);
        assert_eq!(here["main"].as_str(), Some("/src/edge/build/index.js"));
        assert_eq!(here["assets"]["directory"].as_str(), Some("/src/./dist"));
        assert_eq!(here["build"]["cwd"].as_str(), Some("/src"));
        assert_eq!(here["build"]["watch_dir"][0].as_str(), Some("/src/domain/src"));
        assert_eq!(here["build"]["command"].as_str(), Some("cargo xtask build"));
        assert_eq!(
            here["compatibility_date"].as_str(),
            deployed.parse::<DocumentMut>()?["compatibility_date"].as_str()
        );
        // What keeps webhooks out of this account's own origins, which an address does not tell.
        assert_eq!(here["compatibility_flags"][0].as_str(), Some("global_fetch_strictly_public"));
        Ok(())
    }
}
