//! Decides what goes to Cloudflare: the queues that wrangler.toml names and that are not there yet, then what a build made, by
//! wrangler, with the caller's own arguments; and says which secrets are still to be set.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use toml_edit::{DocumentMut, Item};

use crate::{exec, pipeline, tools, wrangler};

/// What the Worker cannot do without, and what for.
const SECRETS: [(&str, &str); 2] = [
    ("LEDGER_SECRET", "ids and codes follow from it: keep a copy, and never change it"),
    ("ADMIN_TOKEN", "who holds it makes the first API key"),
];

pub fn run(root: &Path, arguments: &[OsString]) -> Result<()> {
    let config = fs::read_to_string(root.join("wrangler.toml")).context("wrangler.toml cannot be read")?;
    let environment = environment(arguments);
    let queues = queues(&config, environment.as_deref())?;
    let tools = tools::ensure(root)?;
    let account = Account { wrangler: &|| wrangler::command(root, &tools) };
    // Before a build of minutes, whatever would stop a deployment.
    if !arguments.iter().any(|argument| argument == "--dry-run") {
        account.prepare(&queues)?;
    }
    let tools = pipeline::build(root)?;
    exec::run(wrangler::command(root, &tools).arg("deploy").args(arguments))?;
    if !arguments.iter().any(|argument| argument == "--dry-run") {
        println!("{}", account.secrets(environment.as_deref())?);
    }
    Ok(())
}

/// Which of the environments of wrangler.toml is deployed.
fn environment(arguments: &[OsString]) -> Option<String> {
    let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let separate = arguments.windows(2).find(|pair| matches!(pair, ["--env" | "-e", _]));
    let joined = || arguments.iter().find_map(|argument| argument.strip_prefix("--env="));
    separate.and_then(|pair| pair.last().copied()).or_else(joined).map(str::to_owned)
}

/// All queues that the Worker writes to and reads from, and those where the dead lie. An environment inherits none.
fn queues(config: &str, environment: Option<&str>) -> Result<BTreeSet<String>> {
    let config: DocumentMut = config.parse().context("wrangler.toml is not TOML")?;
    let root = match environment {
        Some(name) => config.get("env").and_then(|environments| environments.get(name)),
        None => Some(config.as_item()),
    };
    let all = root.and_then(|root| root.get("queues"));
    let list = |kind| all.and_then(|all| all.get(kind)).and_then(Item::as_array_of_tables);
    let tables = ["producers", "consumers"].into_iter().filter_map(list).flatten();
    let named = tables.flat_map(|table| ["queue", "dead_letter_queue"].map(|field| table.get(field)));
    Ok(named.flatten().filter_map(Item::as_str).map(str::to_owned).collect())
}

/// What is asked of Cloudflare's account beside the deployment itself.
struct Account<'a> {
    wrangler: &'a dyn Fn() -> Command,
}

impl Account<'_> {
    /// Makes the queues that are missing. What is there stays as it is.
    fn prepare(&self, queues: &BTreeSet<String>) -> Result<()> {
        if !self.ask(&["whoami", "--json"])?.status.success() {
            bail!("wrangler is not logged in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN");
        }
        for queue in queues {
            let known = self.ask(&["queues", "info", queue])?;
            if known.status.success() {
                println!("queue {queue} ... present");
                continue;
            }
            if !said(&known).contains("does not exist") {
                bail!("wrangler cannot say whether there is a queue {queue}:\n{}", said(&known));
            }
            let made = self.ask(&["queues", "create", queue])?;
            if !made.status.success() {
                bail!("the queue {queue} cannot be made:\n{}", said(&made));
            }
            println!("queue {queue} ... made");
        }
        Ok(())
    }

    /// What is still to be said of the Worker's secrets. Before its first deployment there is no Worker to ask for them.
    fn secrets(&self, environment: Option<&str>) -> Result<String> {
        let mut arguments = vec!["secret", "list", "--format", "json"];
        arguments.extend(environment.into_iter().flat_map(|name| ["--env", name]));
        let listed = self.ask(&arguments)?;
        if !listed.status.success() {
            bail!("it is deployed, but wrangler does not list its secrets:\n{}", said(&listed));
        }
        let listed: Value =
            serde_json::from_slice(&listed.stdout).context("wrangler's list of secrets is no JSON")?;
        let is_set = |name| listed.as_array().is_some_and(|all| all.iter().any(|one| one["name"] == name));
        let of = environment.map(|name| format!(" --env {name}")).unwrap_or_default();
        let missing: Vec<String> = SECRETS
            .into_iter()
            .filter(|(name, _)| !is_set(*name))
            .map(|(name, why)| format!("  npx wrangler secret put {name}{of}     ({why})"))
            .collect();
        if missing.is_empty() {
            return Ok("both secrets are set".to_owned());
        }
        Ok(["", "These secrets are still to be set:", &missing.join("\n")].join("\n"))
    }

    fn ask(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = (self.wrangler)();
        command.args(arguments).stdin(Stdio::null()).output().context("wrangler cannot be run")
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).trim().to_owned()).join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A wrangler that keeps its account in a directory: it writes down every call, has the queues that it made, and is broken
    /// where a file says so.
    const FAKE: &str = r#"
cd "$0"; echo "$*" >> calls
case "$1 $2" in
  'whoami --json') test -f login ;;
  'queues info') test ! -f down || { echo 'fetch failed' >&2; exit 1; }
    test -f "queue-$3" || { echo "X [ERROR] Queue \"$3\" does not exist. To create it, run: …" >&2; exit 1; } ;;
  'queues create') test ! -f full || { echo 'too many queues' >&2; exit 1; }
    touch "queue-$3" ;;
  'secret list') test -f secrets && cat secrets ;;
esac"#;

    struct Fake(PathBuf);

    impl Fake {
        fn new(name: &str, files: &[(&str, &str)]) -> Result<Self> {
            let directory = std::env::temp_dir().join(format!("xtask-deploy-{name}-{}", std::process::id()));
            fs::create_dir_all(&directory)?;
            for (file, text) in files {
                fs::write(directory.join(file), text)?;
            }
            Ok(Self(directory))
        }

        fn command(&self) -> Command {
            let mut command = Command::new("sh");
            command.args(["-c", FAKE]).arg(&self.0);
            command
        }

        fn prepare(&self, queues: &[&str]) -> Result<()> {
            let queues = queues.iter().map(|queue| (*queue).to_owned()).collect();
            Account { wrangler: &|| self.command() }.prepare(&queues)
        }

        fn secrets(&self, environment: Option<&str>) -> Result<String> {
            Account { wrangler: &|| self.command() }.secrets(environment)
        }

        fn calls(&self) -> String {
            let calls = fs::read_to_string(self.0.join("calls")).unwrap_or_default();
            let _ = fs::remove_file(self.0.join("calls"));
            calls
        }
    }

    impl Drop for Fake {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_queues_are_those_that_wrangler_toml_names() -> Result<()> {
        let deployed = queues(include_str!("../../wrangler.toml"), None)?;
        for queue in
            ["rockettracker-webhooks", "rockettracker-webhooks-retries", "rockettracker-webhooks-dead"]
        {
            assert!(deployed.contains(queue), "{queue}");
        }
        let two = "[[queues.producers]]\nqueue = 'a'\n[[env.staging.queues.consumers]]\nqueue = 'b'\ndead_letter_queue = 'c'";
        let of =
            |environment| Ok::<_, anyhow::Error>(queues(two, environment)?.into_iter().collect::<Vec<_>>());
        assert_eq!(of(None)?, ["a"]);
        assert_eq!(of(Some("staging"))?, ["b", "c"]);
        assert_eq!(of(Some("other"))?, [""; 0]);
        assert_eq!(queues("name = 'without'", None)?.len(), 0);
        Ok(())
    }

    #[test]
    fn an_environment_is_found_however_it_is_written() {
        for (arguments, expected) in [
            (&["--env", "staging"][..], Some("staging")),
            (&["--minify", "-e", "staging"], Some("staging")),
            (&["--env=staging"], Some("staging")),
            (&["--dry-run"], None),
            (&["--env"], None),
        ] {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            assert_eq!(environment(&arguments).as_deref(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn only_queues_that_are_missing_are_made_and_only_once() -> Result<()> {
        let fake = Fake::new("made", &[("login", ""), ("queue-one", "")])?;
        fake.prepare(&["one", "two"])?;
        assert_eq!(fake.calls(), "whoami --json\nqueues info one\nqueues info two\nqueues create two\n");
        fake.prepare(&["one", "two"])?;
        assert_eq!(fake.calls(), "whoami --json\nqueues info one\nqueues info two\n");
        Ok(())
    }

    #[test]
    fn what_stops_it_is_said_and_nothing_more_is_tried() -> Result<()> {
        for (name, files, text, calls) in [
            ("login", &[][..], "wrangler login", "whoami --json\n"),
            ("down", &[("login", ""), ("down", "")], "fetch failed", "whoami --json\nqueues info one\n"),
            (
                "full",
                &[("login", ""), ("full", "")],
                "too many queues",
                "whoami --json\nqueues info one\nqueues create one\n",
            ),
        ] {
            let fake = Fake::new(name, files)?;
            let error = fake.prepare(&["one", "two"]).err().map(|error| format!("{error:#}"));
            assert!(error.as_ref().is_some_and(|error| error.contains(text)), "{name}: {error:?}");
            assert_eq!(fake.calls(), calls, "{name}");
        }
        Ok(())
    }

    #[test]
    fn secrets_that_are_not_set_are_named() -> Result<()> {
        let one = r#"[{"name": "LEDGER_SECRET", "type": "secret_text"}]"#;
        let said = Fake::new("one", &[("secrets", one)])?.secrets(Some("staging"))?;
        assert!(said.contains("secret put ADMIN_TOKEN --env staging"), "{said}");
        assert!(!said.contains("LEDGER_SECRET"), "{said}");
        let both = r#"[{"name": "LEDGER_SECRET"}, {"name": "ADMIN_TOKEN"}]"#;
        assert_eq!(Fake::new("both", &[("secrets", both)])?.secrets(None)?, "both secrets are set");
        assert!(Fake::new("none", &[("secrets", "[]")])?.secrets(None)?.contains("put LEDGER_SECRET"));
        assert!(Fake::new("refused", &[])?.secrets(None).is_err());
        Ok(())
    }
}
