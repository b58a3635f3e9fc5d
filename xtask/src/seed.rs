//! Decides what a local server holds at the start: a private key, the demo contest, and Jane, whose link everybody clicks.
//!
//! It goes through the public API like everybody else, and may be done again at every start.

use std::time::{Duration, Instant};
use std::{sync, thread};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;

pub const CODE: &str = "REF-XYZ789";

const PATIENCE: Duration = Duration::from_mins(1);

/// The way to a server on this machine.
#[derive(Clone)]
pub struct Api {
    agent: Agent,
    base: String,
}

/// Who calls: the deployment's owner, or a team by its key.
enum Caller<'a> {
    Owner(&'a str),
    Key(&'a str),
}

impl Api {
    pub fn new(base: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        Self { agent, base: base.to_owned() }
    }

    /// Waits until the server answers anything at all, or `gone` says that it never will.
    pub fn wait(&self, gone: &sync::atomic::AtomicBool) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE && !gone.load(sync::atomic::Ordering::Relaxed) {
            if self.agent.get(format!("{}/api/health", self.base)).call().is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("{} has not answered within {} s", self.base, PATIENCE.as_secs())
    }

    fn call(&self, method: &str, path: &str, caller: &Caller, body: Option<&Value>) -> Result<(u16, Value)> {
        let (header, value) = match caller {
            Caller::Owner(token) => ("authorization", format!("Bearer {token}")),
            Caller::Key(key) => ("x-api-key", (*key).to_owned()),
        };
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(header, value)
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())?;
        let mut response =
            self.agent.run(request).with_context(|| format!("{method} {path} has no answer"))?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string().unwrap_or_default();
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    fn create(&self, path: &str, caller: &Caller, body: &Value) -> Result<Value> {
        let (status, answer) = self.call("POST", path, caller, Some(body))?;
        if !(200..300).contains(&status) {
            return refused("POST", path, status, &answer);
        }
        Ok(answer)
    }
}

/// Brings the demo in; gives the private key that works.
pub fn seed(api: &Api, admin_token: &str, private_key: Option<String>) -> Result<String> {
    let key = match private_key {
        Some(key) => key,
        None => new_key(api, admin_token)?,
    };
    let caller = Caller::Key(&key);
    match api.call("GET", "/api/v1/contests/demo", &caller, None)? {
        (200, _) => {}
        (404, _) => {
            api.create("/api/v1/contests", &caller, &demo(&api.base))?;
        }
        (status, answer) => return refused("GET", "/api/v1/contests/demo", status, &answer),
    }
    let jane = json!({"email": "jane@example.com", "name": "Jane Doe", "referralCode": CODE, "points": 0});
    api.create("/api/v1/contests/demo/import", &caller, &json!({ "participants": [jane] }))?;
    Ok(key)
}

fn new_key(api: &Api, admin_token: &str) -> Result<String> {
    let body = json!({"team": "demo", "kind": "private", "name": "cargo xtask dev"});
    let answer = api.create("/api/v1/keys", &Caller::Owner(admin_token), &body)?;
    answer
        .pointer("/data/key")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .context("POST /api/v1/keys answered without a key")
}

fn demo(base: &str) -> Value {
    json!({
        "id": "demo",
        "title": "Demo contest",
        "description": "Bring friends to the demo shop and earn points when they sign up and buy.",
        "status": "active",
        "mode": "leaderboard",
        "slug": "demo",
        "isEvergreen": true,
        "settings": {
            "referralTracking": true,
            "siteUrl": format!("{base}/demo/"),
            "points": {
                "signup": {"advocate": 10, "friend": 5},
                "purchase": {
                    "advocate": 0,
                    "friend": 0,
                    "perUnit": {"advocate": 1, "friend": 0},
                    "minAmount": 0
                }
            }
        }
    })
}

fn refused<T>(method: &str, path: &str, status: u16, answer: &Value) -> Result<T> {
    let text = answer.get("error").and_then(Value::as_str).map_or_else(|| answer.to_string(), str::to_owned);
    let short: String = text.chars().take(300).collect();
    bail!("{method} {path} was answered {status}: {short}")
}
