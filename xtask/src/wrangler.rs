//! Decides how wrangler is run, how all of it is stopped again, and which of its lines a person wants to read.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::tools::Tools;

const GRACE: Duration = Duration::from_secs(5);

/// Wrangler that asks nobody, reports nothing and needs no network.
pub fn command(root: &Path, tools: &Tools) -> Command {
    let mut command = tools.command(&tools.node);
    command
        .arg("--no-warnings")
        .arg(&tools.wrangler)
        .current_dir(root)
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_WRITE_LOGS", "false");
    command
}

/// A wrangler that runs with everything it started in a process group of its own, and goes with this value.
pub struct Server {
    child: Child,
    group: Pid,
}

impl Server {
    /// Starts it; every line it writes is handed to `hear`.
    pub fn start(mut command: Command, hear: impl Fn(String) + Clone + Send + 'static) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("wrangler cannot be started")?;
        let group = Pid::from_raw(i32::try_from(child.id())?);
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        for stream in streams.into_iter().flatten() {
            let hear = hear.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                    hear(String::from_utf8_lossy(&line).trim_end().to_owned());
                }
            });
        }
        Ok(Self { child, group })
    }

    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = killpg(self.group, Signal::SIGTERM);
        let asked = Instant::now();
        while self.ended().is_none() && asked.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(20));
        }
        // Whatever wrangler has left behind, also where it died by itself.
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// What a person wants to read of a line: a request, an error, the Worker's own log, the steps of a build; nothing where
/// wrangler talks about itself.
pub fn worth_reading(line: &str) -> Option<&str> {
    const CHATTER: &[&str] = &[
        "Ready on",
        "Running: cargo xtask build",
        "[1/4]",
        "[2/4]",
        "[3/4]",
        "[4/4]",
        "Using secrets defined in",
        "Your Worker has access to the following bindings",
        "Binding ",
        "env.",
        "⎔",
        "✨",
        "──",
        "╭",
        "│",
        "╰",
        "⛅",
    ];
    let line = ["[wrangler:info]", "[custom build]"]
        .iter()
        .find_map(|prefix| line.strip_prefix(prefix))
        .map_or(line, |rest| rest.strip_prefix(' ').unwrap_or(rest));
    let start = line.trim_start();
    (!start.is_empty() && !CHATTER.iter().any(|talk| start.starts_with(talk))).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::worth_reading;

    #[test]
    fn requests_and_errors_are_read_and_banners_are_not() {
        for (line, expected) in [
            ("[wrangler:info] GET /api/health 200 OK (3ms)", Some("GET /api/health 200 OK (3ms)")),
            ("✘ [ERROR] Uncaught Error: boom", Some("✘ [ERROR] Uncaught Error: boom")),
            ("[custom build] edge: cargo build", Some("edge: cargo build")),
            ("[custom build] [4/4] wasm-bindgen ... present (0.2.130)", None),
            ("[wrangler:info] Ready on http://127.0.0.1:8787", None),
            ("env.LEDGER                 KV Namespace      local", None),
            ("⎔ Starting local server...", None),
            ("   ", None),
        ] {
            assert_eq!(worth_reading(line), expected, "{line}");
        }
    }
}
