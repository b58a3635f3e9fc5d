//! Decides how all that a deployment keeps is taken along, brought, and moved from one kind of ledger to the other: through the
//! deployment itself, a part at a time. What is brought twice is there once.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;

pub enum Task {
    Export(PathBuf),
    Import(PathBuf),
    Move,
}

pub struct Options {
    pub task: Task,
    pub host: String,
    /// `kv` or `durable`: which one is meant, or moved to. Without it, the one in use.
    pub ledger: Option<String>,
}

/// What the first line of a file says; a later version may read an earlier one's, never the other way round.
const VERSION: u64 = 1;

/// Of what is sent at once: the deployment takes 800 entries and a megabyte.
const ENTRIES: usize = 800;
const BYTES: usize = 700_000;

/// What belongs to a contest has its id behind one of these.
const OF_CONTEST: [&str; 10] =
    ["fact", "code", "person", "reason", "payer", "early", "taken", "endpoint", "final", "delivery"];

pub fn run(options: &Options) -> Result<()> {
    let token = env::var("ADMIN_TOKEN").ok().filter(|token| !token.is_empty()).context(
        "ADMIN_TOKEN is not set: it is what `wrangler secret put ADMIN_TOKEN` was given, or, for `cargo xtask dev`, \
        what .dev/.dev.vars says",
    )?;
    let host =
        Host { agent: agent(&options.host), base: options.host.trim_end_matches('/').to_owned(), token };
    let wanted = options.ledger.as_deref();
    match &options.task {
        Task::Export(file) => export(&host, wanted, file),
        Task::Import(file) => import(&host, wanted, file),
        Task::Move => {
            let to = wanted.context("--to kv or --to durable is missing")?;
            transfer(&host, to)
        }
    }
}

fn agent(host: &str) -> Agent {
    let agent =
        Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_mins(2)));
    let here = host.contains("//127.0.0.1") || host.contains("//localhost");
    if here { agent.proxy(None).build().into() } else { agent.build().into() }
}

struct Host {
    agent: Agent,
    base: String,
    token: String,
}

impl Host {
    /// Asks until it is answered: a limit passes, and a store that took nothing may take it the next time.
    fn ask(&self, method: &str, query: &[(&str, &str)], body: &str) -> Result<Value> {
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let url = format!("{}/api/v1/ledger?{}", self.base, query.join("&"));
        for attempt in 1_u64.. {
            let request = ureq::http::Request::builder()
                .method(method)
                .uri(&url)
                .header("authorization", format!("Bearer {}", self.token))
                .header("content-type", "application/json")
                .body(body.to_owned())?;
            let mut response =
                self.agent.run(request).with_context(|| format!("{} does not answer", self.base))?;
            let status = response.status().as_u16();
            let wait =
                response.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse().ok());
            let text = response.body_mut().with_config().limit(64 << 20).read_to_string()?;
            match status {
                200 => return Ok(field(&serde_json::from_str(&text)?, "data").clone()),
                429 | 503 if attempt < 10 => {
                    let wait: u64 = wait.unwrap_or(5);
                    eprintln!("{status}: again in {wait} s");
                    thread::sleep(Duration::from_secs(wait));
                }
                401 => bail!("ADMIN_TOKEN is not that of {}", self.base),
                404 => bail!("{} knows no such thing: deploy this version there first", self.base),
                _ => bail!("{method} {url} was answered {status}: {text}"),
            }
        }
        bail!("{} takes nothing", self.base)
    }

    fn kind(&self, wanted: Option<&str>) -> Result<String> {
        let mut query = vec![("prefix", "key/")];
        query.extend(wanted.map(|wanted| ("in", wanted)));
        let kind = field(&self.ask("GET", &query, "")?, "in").as_str().map(str::to_owned);
        kind.context("what answers is no ledger")
    }

    /// Everything that is kept, a part at a time. What says that an entry was erased comes before the persons.
    fn all(&self, kind: &str, mut take: impl FnMut(&[Value]) -> Result<()>) -> Result<()> {
        if kind == "kv" {
            return self.under(kind, "", &mut take);
        }
        self.under(kind, "key/", &mut take)?;
        let mut contests = BTreeSet::new();
        self.under(kind, "team/", &mut |entries| {
            let names = entries.iter().filter_map(|entry| entry.get(0).and_then(Value::as_str));
            contests.extend(names.filter_map(|name| Some(name.split_once("/contest/")?.1.to_owned())));
            take(entries)
        })?;
        for contest in contests {
            self.under(kind, &format!("contest/{contest}"), &mut take)?;
            for of in OF_CONTEST {
                self.under(kind, &format!("{of}/{contest}/"), &mut take)?;
            }
        }
        Ok(())
    }

    fn under(&self, kind: &str, prefix: &str, take: &mut impl FnMut(&[Value]) -> Result<()>) -> Result<()> {
        let mut cursor: Option<String> = None;
        loop {
            let mut query = vec![("in", kind), ("prefix", prefix)];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let part = self.ask("GET", &query, "")?;
            take(field(&part, "entries").as_array().context("a part without entries")?)?;
            cursor = field(&part, "cursor").as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

fn export(host: &Host, wanted: Option<&str>, file: &Path) -> Result<()> {
    let kind = host.kind(wanted)?;
    let draft = file.with_extension("part");
    let mut out = BufWriter::new(File::create(&draft).with_context(|| draft.display().to_string())?);
    writeln!(out, "{}", json!({"rockettracker": VERSION, "in": kind}))?;
    let mut count = 0_usize;
    host.all(&kind, |entries| {
        for entry in entries {
            writeln!(out, "{entry}")?;
        }
        count = count.saturating_add(entries.len());
        progress("taken", count);
        Ok(())
    })?;
    writeln!(out, "{}", json!({ "entries": count }))?;
    out.into_inner()?.sync_all()?;
    std::fs::rename(&draft, file)?;
    println!(
        "{}: {count} entries of {kind}. It holds names and addresses: keep it as you keep those.",
        file.display()
    );
    Ok(())
}

fn import(host: &Host, wanted: Option<&str>, file: &Path) -> Result<()> {
    let kind = host.kind(wanted)?;
    whole(file)?;
    let mut bringing = Bringing::new(host, &kind, false);
    for line in BufReader::new(File::open(file)?).lines().skip(1) {
        let entry: Value = serde_json::from_str(&line?)?;
        if entry.is_array() {
            bringing.add(entry)?;
        }
    }
    let count = bringing.end()?;
    println!("{count} entries are in {kind}");
    Ok(())
}

/// Is it one of ours, and all of it? Nothing is brought before that is known.
fn whole(file: &Path) -> Result<()> {
    let lines = BufReader::new(File::open(file).with_context(|| file.display().to_string())?).lines();
    let (mut entries, mut end) = (0_u64, None);
    for (number, line) in (1_usize..).zip(lines) {
        let line: Value = serde_json::from_str(&line?)
            .with_context(|| format!("{}: line {number} is no JSON", file.display()))?;
        match (number, &line) {
            (1, header) => match field(header, "rockettracker").as_u64() {
                Some(VERSION) => {}
                Some(other) => bail!("{}: version {other}, and this reads {VERSION}", file.display()),
                None => bail!("{} is no export of a ledger", file.display()),
            },
            (_, Value::Array(entry)) if entry.len() == 4 && end.is_none() => {
                entries = entries.saturating_add(1);
            }
            (_, Value::Object(last)) if end.is_none() => end = last.get("entries").and_then(Value::as_u64),
            _ => bail!("{}: line {number} is no entry", file.display()),
        }
    }
    if end == Some(entries) { Ok(()) } else { bail!("{} is cut off: export again", file.display()) }
}

fn transfer(host: &Host, to: &str) -> Result<()> {
    let from = match to {
        "kv" => "durable",
        "durable" => "kv",
        other => bail!("--to {other}: there are kv and durable"),
    };
    // What is in use already is newer than what comes.
    let in_use = host.kind(None)? == to;
    let mut bringing = Bringing::new(host, to, in_use);
    host.all(from, |entries| entries.iter().try_for_each(|entry| bringing.add(entry.clone())))?;
    let count = bringing.end()?;
    println!("{count} entries of {from} are in {to}");
    if in_use {
        println!("{to} is in use: what was there has stayed as it is");
    } else {
        println!(
            "Now set LEDGER = \"{to}\" in wrangler.toml, deploy, and run this once more for what happened meanwhile."
        );
    }
    Ok(())
}

/// What is sent in parts.
struct Bringing<'a> {
    host: &'a Host,
    kind: &'a str,
    missing: &'static str,
    entries: Vec<Value>,
    bytes: usize,
    brought: usize,
}

impl<'a> Bringing<'a> {
    fn new(host: &'a Host, kind: &'a str, only_missing: bool) -> Self {
        let missing = if only_missing { "true" } else { "false" };
        Self { host, kind, missing, entries: Vec::new(), bytes: 0, brought: 0 }
    }

    fn add(&mut self, entry: Value) -> Result<()> {
        let bytes = entry.to_string().len();
        if self.entries.len() >= ENTRIES || self.bytes.saturating_add(bytes) > BYTES {
            self.send()?;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.entries.push(entry);
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        let entries = std::mem::take(&mut self.entries);
        let query = [("in", self.kind), ("missing", self.missing)];
        self.host.ask("PUT", &query, &json!({ "entries": entries }).to_string())?;
        self.brought = self.brought.saturating_add(entries.len());
        self.bytes = 0;
        progress("brought", self.brought);
        Ok(())
    }

    fn end(mut self) -> Result<usize> {
        self.send()?;
        Ok(self.brought)
    }
}

/// What is not there is null.
fn field<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer.get(name).unwrap_or(&Value::Null)
}

fn progress(what: &str, count: usize) {
    eprintln!("{what}: {count}");
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    let part = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn a_file_is_brought_whole_or_not_at_all() -> anyhow::Result<()> {
        let directory = std::env::temp_dir().join(format!("rockettracker-ledger-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let file = directory.join("ledger.jsonl");
        let header = r#"{"in":"kv","rockettracker":1}"#;
        let entry = r#"["key/0f","{}",null,null]"#;
        for (lines, error) in [
            (vec![header, entry, r#"{"entries":1}"#], None),
            (vec![header, r#"{"entries":0}"#], None),
            (vec![header, entry], Some("cut off")),
            (vec![header, entry, r#"{"entries":2}"#], Some("cut off")),
            (vec![header, r#"{"entries":0}"#, entry], Some("line 3 is no entry")),
            (vec![header, r#"["key/0f"]"#, r#"{"entries":1}"#], Some("line 2 is no entry")),
            (vec![header, r#"["key/0"#], Some("line 2 is no JSON")),
            (vec![r#"{"rockettracker":2}"#], Some("version 2")),
            (vec![entry], Some("no export")),
            (vec![], Some("cut off")),
        ] {
            std::fs::write(&file, lines.join("\n"))?;
            let said = whole(&file).err().map(|said| format!("{said:#}"));
            match error {
                None => assert_eq!(said, None, "{lines:?}"),
                Some(error) => {
                    assert!(said.as_deref().is_some_and(|said| said.contains(error)), "{lines:?}: {said:?}");
                }
            }
        }
        std::fs::remove_dir_all(directory)?;
        Ok(())
    }
}
