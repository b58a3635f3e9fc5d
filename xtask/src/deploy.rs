//! Decides what goes to Cloudflare: the queues and the KV namespace that are not there yet, then what a build made, by wrangler, with the
//! caller's own arguments; and says which secrets are still to be set.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::config::{FILES, Workers};
use crate::{exec, pipeline, tools, wrangler};

/// What the Workers cannot do without: of which of [`FILES`], and what for.
const SECRETS: [(usize, &str, &str); 3] = [
    (0, "LEDGER_SECRET", "ids and codes follow from it: keep a copy, and never change it"),
    (1, "LEDGER_SECRET", "the same"),
    (1, "ADMIN_TOKEN", "who holds it makes the first API key"),
];

pub fn run(root: &Path, arguments: &[OsString]) -> Result<()> {
    let environment = environment(arguments);
    let mut workers = Workers::read(root, environment.as_deref())?;
    let tools = tools::ensure(root)?;
    let account = Account { wrangler: &|| wrangler::command(root, &tools) };
    let is_dry = arguments.iter().any(|argument| argument == "--dry-run");
    // Before a build of minutes, whatever would stop a deployment.
    if !is_dry {
        account.prepare(&workers.queues())?;
        if let Some(name) = workers.namespace() {
            workers.set_namespace(&account.namespace(&name)?)?;
        }
    }
    let tools = pipeline::build(root)?;
    let directory = root.join("target/xtask/deploy");
    fs::create_dir_all(&directory)?;
    let [front, back] = workers.write(&directory)?;
    // The front one is bound to the other, which has to be there.
    for config in [&back, &front] {
        let mut command = wrangler::command(root, &tools);
        exec::run(command.arg("deploy").arg("--config").arg(config).args(arguments))?;
    }
    if !is_dry {
        println!("{}", account.secrets(environment.as_deref())?);
    }
    Ok(())
}

/// Which of the environments of wrangler's configuration is deployed.
fn environment(arguments: &[OsString]) -> Option<String> {
    let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let separate = arguments.windows(2).find(|pair| matches!(pair, ["--env" | "-e", _]));
    let joined = || arguments.iter().find_map(|argument| argument.strip_prefix("--env="));
    separate.and_then(|pair| pair.last().copied()).or_else(joined).map(str::to_owned)
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

    /// The id of the KV namespace of a name, which is made where there is none.
    fn namespace(&self, name: &str) -> Result<String> {
        if let Some(id) = self.known_namespace(name)? {
            println!("KV namespace {name} ... present");
            return Ok(id);
        }
        let made = self.ask(&["kv", "namespace", "create", name])?;
        if !made.status.success() {
            bail!("the KV namespace {name} cannot be made:\n{}", said(&made));
        }
        println!("KV namespace {name} ... made");
        self.known_namespace(name)?.with_context(|| format!("wrangler does not list the KV namespace {name}"))
    }

    fn known_namespace(&self, name: &str) -> Result<Option<String>> {
        let listed = self.ask(&["kv", "namespace", "list"])?;
        if !listed.status.success() {
            bail!("wrangler does not list KV namespaces:\n{}", said(&listed));
        }
        let listed: Vec<Value> =
            serde_json::from_slice(&listed.stdout).context("wrangler's list of KV namespaces is no JSON")?;
        let found = listed.iter().find(|namespace| namespace["title"] == name);
        Ok(found.and_then(|namespace| namespace["id"].as_str()).map(str::to_owned))
    }

    /// What is still to be said of the Workers' secrets. Before its first deployment there is no Worker to ask for them.
    fn secrets(&self, environment: Option<&str>) -> Result<String> {
        let of = environment.map(|name| format!(" --env {name}")).unwrap_or_default();
        let mut missing = Vec::new();
        for (worker, file) in FILES.into_iter().enumerate() {
            let mut arguments = vec!["secret", "list", "--format", "json", "--config", file];
            arguments.extend(environment.into_iter().flat_map(|name| ["--env", name]));
            let listed = self.ask(&arguments)?;
            if !listed.status.success() {
                bail!("it is deployed, but wrangler does not list the secrets of {file}:\n{}", said(&listed));
            }
            let listed: Vec<Value> =
                serde_json::from_slice(&listed.stdout).context("wrangler's list of secrets is no JSON")?;
            let is_set = |name| listed.iter().any(|one| one["name"] == name);
            let unset = SECRETS.into_iter().filter(|(of, name, _)| *of == worker && !is_set(*name));
            missing.extend(unset.map(|(_, name, why)| {
                format!("  npx wrangler secret put {name} --config {file}{of}     ({why})")
            }));
        }
        if missing.is_empty() {
            return Ok("all secrets are set".to_owned());
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
  'kv namespace') case "$3" in
    list) printf '[{"id": "0", "title": "other"}'; for it in kv-*; do test ! -f "$it" || printf ', {"id": "%s", "title": "%s"}' "of-$it" "${it#kv-}"; done; echo ']' ;;
    create) test ! -f full || { echo 'too many namespaces' >&2; exit 1; }
      touch "kv-$4" ;;
  esac ;;
  'secret list') test -f "$6" && cat "$6" ;;
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
    fn the_namespace_is_made_once_and_found_by_its_name() -> Result<()> {
        let fake = Fake::new("namespace", &[])?;
        let ask = || Account { wrangler: &|| fake.command() }.namespace("ledger");
        assert_eq!(ask()?, "of-kv-ledger");
        assert_eq!(fake.calls(), "kv namespace list\nkv namespace create ledger\nkv namespace list\n");
        assert_eq!(ask()?, "of-kv-ledger");
        assert_eq!(fake.calls(), "kv namespace list\n");
        let full = Fake::new("no-namespace", &[("full", "")])?;
        let error = Account { wrangler: &|| full.command() }.namespace("ledger").err();
        assert!(error.is_some_and(|error| format!("{error:#}").contains("too many namespaces")));
        Ok(())
    }

    #[test]
    fn secrets_that_are_not_set_are_named() -> Result<()> {
        let (front, back) = ("wrangler.toml", "wrangler.back.toml");
        let one = r#"[{"name": "LEDGER_SECRET", "type": "secret_text"}]"#;
        let said = Fake::new("one", &[(front, one), (back, one)])?.secrets(Some("staging"))?;
        assert!(said.contains("secret put ADMIN_TOKEN --config wrangler.back.toml --env staging"), "{said}");
        assert!(!said.contains("LEDGER_SECRET"), "{said}");
        let both = r#"[{"name": "LEDGER_SECRET"}, {"name": "ADMIN_TOKEN"}]"#;
        assert_eq!(Fake::new("all", &[(front, one), (back, both)])?.secrets(None)?, "all secrets are set");
        let said = Fake::new("none", &[(front, "[]"), (back, both)])?.secrets(None)?;
        assert!(
            said.contains("put LEDGER_SECRET --config wrangler.toml") && !said.contains("back"),
            "{said}"
        );
        assert!(Fake::new("refused", &[(front, one)])?.secrets(None).is_err());
        Ok(())
    }
}
