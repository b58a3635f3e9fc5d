//! Decides what wrangler is told of the two Workers: what wrangler.toml and wrangler.back.toml say, and what follows from where they run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml_edit::{DocumentMut, Item, value};

/// Their files, the one that everybody reaches first.
pub const FILES: [&str; 2] = ["wrangler.toml", "wrangler.back.toml"];

/// By how much more is allowed on this machine: a test or a demonstration would be stopped sooner than a shop is.
const GENEROSITY: i64 = 100;

/// Seconds for which messages are gathered on this machine, where nobody wants to wait for them.
const GATHERED: i64 = 1;

/// What both Workers are told, all of it, or what is said of one environment.
pub struct Workers {
    documents: [DocumentMut; 2],
    environment: Option<String>,
}

impl Workers {
    pub fn read(root: &Path, environment: Option<&str>) -> Result<Self> {
        let texts = FILES.map(|file| {
            fs::read_to_string(root.join(file)).with_context(|| format!("{file} cannot be read"))
        });
        let [front, back] = texts;
        Self::parse(root, [&front?, &back?], environment)
    }

    /// Wrangler takes paths to be relative to the file in which they are, and these are to be written elsewhere.
    fn parse(root: &Path, texts: [&str; 2], environment: Option<&str>) -> Result<Self> {
        let [front, back] = texts;
        let mut documents: [DocumentMut; 2] = [
            front.parse().with_context(|| format!("{} is not TOML", FILES[0]))?,
            back.parse().with_context(|| format!("{} is not TOML", FILES[1]))?,
        ];
        for document in &mut documents {
            let absolute = |path: &str| root.join(path).to_string_lossy().into_owned();
            for path in [&["main"][..], &["assets", "directory"]] {
                let item = find(document.as_item_mut(), path)?;
                let relative = item.as_str().with_context(|| format!("{} is no path", path.join(".")))?;
                *item = value(absolute(relative));
            }
            let build = find(document.as_item_mut(), &["build"])?;
            for path in build
                .get_mut("watch_dir")
                .and_then(Item::as_array_mut)
                .into_iter()
                .flat_map(|all| all.iter_mut())
            {
                if let Some(relative) = path.as_str() {
                    *path = absolute(relative).into();
                }
            }
            if let Some(build) = build.as_table_like_mut() {
                build.insert("cwd", value(absolute("")));
            }
        }
        let mut workers = Self { documents, environment: environment.map(str::to_owned) };
        if let Some(ledger) = workers.ledger() {
            workers.set_variable("LEDGER", &ledger)?;
        }
        Ok(workers)
    }

    /// Where all is kept: wrangler.toml says it for both.
    fn ledger(&self) -> Option<String> {
        let [front, _] = self.scopes();
        Some(front?.get("vars")?.get("LEDGER")?.as_str()?.to_owned())
    }

    pub fn set_variable(&mut self, name: &str, text: &str) -> Result<()> {
        for scope in self.scopes_mut() {
            let variables = scope?.as_table_like_mut().context("no table")?.entry("vars");
            let variables = variables.or_insert(toml_edit::table());
            variables.as_table_like_mut().context("vars is no table")?.insert(name, value(text));
        }
        Ok(())
    }

    /// All queues that the Workers write to and read from, and those where the dead lie. An environment inherits none.
    pub fn queues(&self) -> BTreeSet<String> {
        let all = self.scopes().into_iter().flatten().filter_map(|scope| scope.get("queues"));
        let lists = all.flat_map(|all| ["producers", "consumers"].map(|kind| all.get(kind)));
        let tables = lists.flatten().filter_map(Item::as_array_of_tables).flatten();
        let named = tables.flat_map(|table| ["queue", "dead_letter_queue"].map(|field| table.get(field)));
        named.flatten().filter_map(Item::as_str).map(str::to_owned).collect()
    }

    /// What the KV namespace is called that both keep all in, where neither says by its id which one it is.
    pub fn namespace(&self) -> Option<String> {
        let [front, back] = self.scopes();
        let is_known =
            [front, back].into_iter().flatten().flat_map(bindings).all(|id| {
                id.is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
            });
        let environment = self.environment.as_ref().map(|name| format!("-{name}")).unwrap_or_default();
        let [front, _] = &self.documents;
        let name = front.get("name")?.as_str()?;
        (!is_known).then(|| format!("{name}{environment}-ledger"))
    }

    pub fn set_namespace(&mut self, id: &str) -> Result<()> {
        for scope in self.scopes_mut() {
            let all = scope?.get_mut("kv_namespaces").and_then(Item::as_array_of_tables_mut);
            for namespace in all.into_iter().flat_map(|all| all.iter_mut()) {
                namespace.insert("id", value(id));
            }
        }
        Ok(())
    }

    /// As they run on this machine: one build for both, with a clock that is rung by hand, and with generous limits unless those of the
    /// deployment are asked for.
    pub fn stay_here(&mut self, root: &Path, is_generous: bool) -> Result<()> {
        let [front, back] = &mut self.documents;
        back.remove("build");
        for (document, script) in [(&mut *front, "front.js"), (back, "back.js")] {
            document.insert("main", value(root.join("edge/dev").join(script).to_string_lossy().into_owned()));
        }
        let services = find(front.as_item_mut(), &["services"])?.as_array_of_tables_mut();
        let services = services.context("services is no list")?;
        let mut clock = services.get(0).context("there is no service")?.clone();
        clock.insert("binding", value("CLOCK"));
        clock.insert("entrypoint", value("Clock"));
        services.push(clock);
        if !is_generous {
            return Ok(());
        }
        for document in &mut self.documents {
            let limits = find(document.as_item_mut(), &["ratelimits"])?.as_array_of_tables_mut();
            for limiter in limits.context("ratelimits is no list")?.iter_mut() {
                let simple = limiter.get_mut("simple").context("a limiter has no `simple`")?;
                let limit = find(simple, &["limit"])?;
                let most = limit.as_integer().context("a limit is no number")?;
                *limit = value(most.saturating_mul(GENEROSITY));
            }
            let consumers = document.get_mut("queues").and_then(|queues| queues.get_mut("consumers"));
            let consumers = consumers.and_then(Item::as_array_of_tables_mut);
            for consumer in consumers.into_iter().flat_map(|all| all.iter_mut()) {
                consumer.insert("max_batch_timeout", value(GATHERED));
            }
        }
        Ok(())
    }

    /// Writes both into a directory, and gives the files.
    pub fn write(&self, directory: &Path) -> Result<[PathBuf; 2]> {
        let files = FILES.map(|file| directory.join(file));
        for (file, document) in files.iter().zip(&self.documents) {
            fs::write(file, document.to_string())
                .with_context(|| format!("{} cannot be written", file.display()))?;
        }
        Ok(files)
    }

    fn scopes(&self) -> [Option<&Item>; 2] {
        self.documents.each_ref().map(|document| match &self.environment {
            Some(name) => document.get("env").and_then(|environments| environments.get(name)),
            None => Some(document.as_item()),
        })
    }

    fn scopes_mut(&mut self) -> [Result<&mut Item>; 2] {
        let environment = self.environment.as_deref();
        self.documents.each_mut().map(|document| match environment {
            Some(name) => find(document.as_item_mut(), &["env", name]),
            None => Ok(document.as_item_mut()),
        })
    }
}

/// The ids of the namespaces that are bound.
fn bindings(scope: &Item) -> impl Iterator<Item = Option<&str>> {
    let all = scope.get("kv_namespaces").and_then(Item::as_array_of_tables);
    all.into_iter().flatten().map(|namespace| namespace.get("id").and_then(Item::as_str))
}

fn find<'a>(item: &'a mut Item, path: &[&str]) -> Result<&'a mut Item> {
    path.iter()
        .try_fold(item, |item, name| item.get_mut(name))
        .with_context(|| format!("wrangler's configuration has no {}", path.join(".")))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use anyhow::Result;
    use toml_edit::DocumentMut;

    use super::Workers;

    const DEPLOYED: [&str; 2] =
        [include_str!("../../wrangler.toml"), include_str!("../../wrangler.back.toml")];

    fn deployed() -> Result<Workers> {
        Workers::parse(Path::new("/src"), DEPLOYED, None)
    }

    fn limits(config: &DocumentMut) -> Vec<Option<i64>> {
        let limiters = config["ratelimits"].as_array_of_tables();
        limiters.into_iter().flatten().map(|limiter| limiter["simple"]["limit"].as_integer()).collect()
    }

    #[test]
    fn only_paths_clock_and_limits_differ_from_what_is_deployed() -> Result<()> {
        let mut here = deployed()?;
        let mains = here.documents.each_ref().map(|document| document["main"].as_str());
        assert_eq!(mains, ["/src/edge/build/front/index.js", "/src/edge/build/back/index.js"].map(Some));
        assert_eq!(
            here.documents.each_ref().map(limits),
            [vec![Some(60), Some(120)], vec![Some(100), Some(120)]]
        );
        here.stay_here(Path::new("/src"), false)?;
        assert_eq!(
            here.documents.each_ref().map(limits),
            [vec![Some(60), Some(120)], vec![Some(100), Some(120)]]
        );
        let mut here = deployed()?;
        here.stay_here(Path::new("/src"), true)?;
        let [front, back] = &here.documents;
        assert_eq!(limits(front), [6_000, 12_000].map(Some));
        assert_eq!(limits(back), [10_000, 12_000].map(Some));
        let timeouts = back["queues"]["consumers"].as_array_of_tables();
        let timeouts: Vec<_> = timeouts
            .into_iter()
            .flatten()
            .map(|consumer| consumer["max_batch_timeout"].as_integer())
            .collect();
        assert_eq!(timeouts, [Some(1); 3]);
        assert_eq!(front["main"].as_str(), Some("/src/edge/dev/front.js"));
        assert_eq!(back["main"].as_str(), Some("/src/edge/dev/back.js"));
        let services = front["services"].as_array_of_tables();
        let services: Vec<_> =
            services.into_iter().flatten().map(|service| service["binding"].as_str()).collect();
        assert_eq!(services, [Some("BACK"), Some("CLOCK")]);
        assert_eq!(front["build"]["cwd"].as_str(), Some("/src/"));
        assert_eq!(front["build"]["watch_dir"][0].as_str(), Some("/src/domain/src"));
        assert_eq!(front["build"]["command"].as_str(), Some("cargo xtask build"));
        assert!(back.get("build").is_none());
        for config in [front, back] {
            assert_eq!(config["assets"]["directory"].as_str(), Some("/src/./dist"));
            // What keeps webhooks out of this account's own origins, which an address does not tell.
            assert_eq!(config["compatibility_flags"][0].as_str(), Some("global_fetch_strictly_public"));
        }
        Ok(())
    }

    #[test]
    fn both_workers_have_the_same_date_and_what_they_share_has_one_name() -> Result<()> {
        let Workers { documents: [front, back], .. } = deployed()?;
        for field in ["compatibility_date", "compatibility_flags", "kv_namespaces", "vars"] {
            assert_eq!(front[field].to_string(), back[field].to_string(), "{field}");
        }
        assert_eq!(front["services"][0]["service"].as_str(), back["name"].as_str());
        let script = front["durable_objects"]["bindings"][0]["script_name"].as_str();
        assert_eq!(script, back["name"].as_str());
        Ok(())
    }

    #[test]
    fn the_queues_are_those_that_the_files_name() -> Result<()> {
        let queues = deployed()?.queues();
        for queue in [
            "rockettracker-webhooks",
            "rockettracker-webhooks-retries",
            "rockettracker-webhooks-dead",
            "rockettracker-snapshots",
        ] {
            assert!(queues.contains(queue), "{queue}");
        }
        Ok(())
    }

    #[test]
    fn an_environment_inherits_nothing() -> Result<()> {
        let both = |environment| {
            let more = |queue| {
                format!(
                    "main = 'a'\nname = 'n'\n[assets]\ndirectory = 'd'\n[build]\n[vars]\nLEDGER = 'kv'\n[[queues.producers]]\nqueue = 'a'\n[[kv_namespaces]]\nid = 'x'\n[env.staging.vars]\nLEDGER = 'durable'\n[[env.staging.queues.consumers]]\nqueue = '{queue}'\ndead_letter_queue = 'c'\n[[env.staging.kv_namespaces]]\nid = '{}'",
                    "0123456789abcdef".repeat(2)
                )
            };
            let (front, back) = (more("b"), more("d").replace("LEDGER = 'durable'", "LEDGER = 'other'"));
            Workers::parse(Path::new("/src"), [&front, &back], environment)
        };
        let queues =
            |environment| Ok::<_, anyhow::Error>(both(environment)?.queues().into_iter().collect::<Vec<_>>());
        assert_eq!(queues(None)?, ["a"]);
        assert_eq!(queues(Some("staging"))?, ["b", "c", "d"]);
        assert_eq!(both(None)?.namespace().as_deref(), Some("n-ledger"));
        assert_eq!(both(Some("staging"))?.namespace(), None);
        assert!(both(Some("other")).is_ok_and(|workers| workers.queues().is_empty()));
        let without = "main = 'a'\nname = 'n'\n[assets]\ndirectory = 'd'\n[build]";
        assert!(Workers::parse(Path::new("/src"), [without; 2], None)?.queues().is_empty());
        let staging = both(Some("staging"))?;
        assert_eq!(staging.documents[1]["env"]["staging"]["vars"]["LEDGER"].as_str(), Some("durable"));
        assert_eq!(staging.documents[1]["vars"]["LEDGER"].as_str(), Some("kv"));
        Ok(())
    }

    #[test]
    fn one_namespace_is_given_to_both() -> Result<()> {
        let mut workers = deployed()?;
        assert_eq!(workers.namespace().as_deref(), Some("rockettracker-ledger"));
        let id = "0123456789abcdef".repeat(2);
        workers.set_namespace(&id)?;
        assert_eq!(workers.namespace(), None);
        for document in &workers.documents {
            assert_eq!(document["kv_namespaces"][0]["id"].as_str(), Some(id.as_str()));
        }
        Ok(())
    }
}
