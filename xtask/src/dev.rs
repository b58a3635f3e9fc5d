//! Decides what "it runs on this machine" means: built, served, holding the demo, and gone without a trace on Ctrl-C.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::config::Workers;
use crate::pipeline;
use crate::secrets::Home;
use crate::seed::{self, Api};
use crate::wrangler::{self, Server};

/// Set for the builds that wrangler starts when a source changes. One that fails must not look so to wrangler, which would
/// hold back every request until one succeeds; the build before is whole and can be served on.
pub const REBUILDING: &str = "ROCKETTRACKER_REBUILDING";

pub struct Options {
    pub port: u16,
    pub persist: Option<PathBuf>,
    pub fresh: bool,
    /// Those of the deployment.
    pub limits: bool,
    /// Another than wrangler.toml says.
    pub ledger: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 8787, persist: None, fresh: false, limits: false, ledger: None }
    }
}

enum Event {
    Line(String),
    Seeded(Result<String>),
    Stop,
}

pub fn run(root: &Path, options: &Options) -> Result<()> {
    free(options.port)?;
    let directory = match &options.persist {
        Some(directory) => std::path::absolute(directory)?,
        None => root.join(".dev"),
    };
    let mut home = Home::open(&directory, options.fresh)?;
    let tools = pipeline::build(root)?;

    let (sender, events) = mpsc::channel();
    let stop = sender.clone();
    ctrlc::set_handler(move || {
        let _ = stop.send(Event::Stop);
    })
    .context("Ctrl-C cannot be caught")?;

    let mut workers = Workers::read(root, None)?;
    workers.stay_here(root, !options.limits)?;
    // A receiver of webhooks that is tried out runs on this machine.
    workers.set_variable("ALLOW_PRIVATE_WEBHOOKS", "1")?;
    if let Some(ledger) = &options.ledger {
        workers.set_variable("LEDGER", ledger)?;
    }
    let [front, back] = workers.write(&directory)?;
    home.write_secrets()?;
    let mut command = wrangler::command(root, &tools);
    command
        .arg("dev")
        .arg("--config")
        .arg(front)
        .arg("--config")
        .arg(back)
        .args(["--ip", "127.0.0.1", "--show-interactive-dev-session=false"])
        .args(["--port", &options.port.to_string(), "--inspector-port", "0"])
        .arg("--persist-to")
        .arg(&directory)
        .env(REBUILDING, "1")
        // Two of these on one machine are not to find each other's Worker.
        .env("WRANGLER_REGISTRY_PATH", directory.join("registry"));
    let lines = sender.clone();
    let server = Server::start(command, move |line| {
        let _ = lines.send(Event::Line(line));
    })?;

    let base = format!("http://127.0.0.1:{}", options.port);
    let gone = Arc::new(AtomicBool::new(false));
    prepare(Api::new(&base), &home, Arc::clone(&gone), sender);
    let outcome = watch(server, &events, |seeded| {
        match seeded {
            Ok(key) => {
                home.private_key = Some(key);
                if let Err(error) = home.save() {
                    say(&format!("error: {error:#}"));
                }
            }
            Err(error) => {
                say(&format!("\nerror: the demo could not be brought in: {error:#}"));
                say(&format!("not ready: {base} runs, but without its demo contest"));
                return;
            }
        }
        say(&summary(&base, &home, &directory));
    });
    gone.store(true, Ordering::Relaxed);
    outcome
}

fn free(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {port} is taken by another program: stop that, or try --port {}",
            port.checked_add(1).unwrap_or(8787)
        ),
        Err(error) => Err(error).with_context(|| format!("port {port} cannot be opened")),
    }
}

/// Waits for the server and seeds it, beside the loop that shows its lines.
fn prepare(api: Api, home: &Home, gone: Arc<AtomicBool>, sender: Sender<Event>) {
    let (token, key) = (home.admin_token.clone(), home.private_key.clone());
    thread::spawn(move || {
        let seeded = api.wait(&gone).and_then(|()| seed::seed(&api, &token, key));
        let _ = sender.send(Event::Seeded(seeded));
    });
}

/// Until somebody stops it (fine) or wrangler ends (not).
fn watch(
    mut server: Server,
    events: &Receiver<Event>,
    mut when_seeded: impl FnMut(Result<String>),
) -> Result<()> {
    const KEPT: usize = 40;
    let mut last = VecDeque::with_capacity(KEPT);
    let mut settled = false;
    loop {
        match events.recv_timeout(Duration::from_millis(200)) {
            Ok(Event::Stop) => {
                say("\nstopping …");
                return Ok(());
            }
            Ok(Event::Seeded(outcome)) => {
                settled = true;
                when_seeded(outcome);
            }
            Ok(Event::Line(line)) => {
                // Until the demo is in, the requests and the second build are ours, not the reader's.
                let ours = !settled && line.starts_with('[');
                if let Some(text) = wrangler::worth_reading(&line).filter(|_| !ours) {
                    say(text);
                }
                if last.len() == KEPT {
                    last.pop_front();
                }
                last.push_back(line);
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some(status) = server.ended() {
                    say("\nthe last that wrangler said:");
                    for line in last {
                        say(&format!("  {line}"));
                    }
                    bail!("wrangler has ended by itself ({status})");
                }
            }
            Err(RecvTimeoutError::Disconnected) => bail!("nothing listens to wrangler any more"),
        }
    }
}

fn summary(base: &str, home: &Home, directory: &Path) -> String {
    let key = home.private_key.as_deref().unwrap_or_default();
    format!(
        "
  RocketTracker runs on this machine.

  Click      {base}/demo/?ref={code}
             (Jane's link: sign up and buy as her friend, and she gets points)
  Dashboard  {base}/app/  (sign in with the key)
  Read       {base}/docs/
  Key        {key}  (private, team demo)
  API        {base}/api/v1
  Standings  curl -H 'x-api-key: {key}' {base}/api/v1/contests/demo/leaderboard
  Store      {}  (--fresh empties it)

  Ctrl-C stops it; a change to the sources builds anew.

ready: {base}",
        directory.display(),
        code = seed::CODE,
    )
}

/// Writes a line, and does not mind when nobody reads any more: a closed terminal must still end in a clean stop.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
