//! A deployment in memory, with a contest.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::rc::Rc;
use std::slice;
use std::sync::atomic::AtomicBool;

use domain::Timestamp;
use edge::disposable::Files;
use edge::http::{Call, Reply, Sent};
use edge::ledger::{Kv, KvLedger, Ledger, MemoryKv};
use edge::outbox::{Lane, Outbox, Queue};
use edge::routes::{Trace, answer, both, named_when_asked};
use edge::service::{App, Recent, Secrets, tail};
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::call::body;
pub use crate::call::call;

pub const NOW: i64 = 1_780_000_000_000;
pub const DAY: i64 = 86_400_000;

pub struct World {
    pub kv: MemoryKv,
    pub now: Cell<i64>,
    pub key: String,
    recent: RefCell<Rc<Recent>>,
    pub is_list_broken: Cell<bool>,
    is_said: &'static AtomicBool,
    pub queue: MemoryQueue,
}

/// A queue that keeps what it is given, until it is told to take nothing.
#[derive(Default)]
pub struct MemoryQueue {
    pub messages: RefCell<Vec<(Lane, String, u32)>>,
    pub is_down: Cell<bool>,
    pub is_missing: Cell<bool>,
}

impl Queue for MemoryQueue {
    async fn send(&self, lane: Lane, messages: Vec<String>, delay: u32) -> Result<(), String> {
        if self.is_down.get() {
            return Err("Queue send failed: Too Many Requests".to_owned());
        }
        self.messages.borrow_mut().extend(messages.into_iter().map(|message| (lane, message, delay)));
        Ok(())
    }
}

thread_local! {
    static COUNT: Cell<u8> = const { Cell::new(0) };
    /// What was logged in this thread, which is one test's.
    pub static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

pub fn counted() -> [u8; 24] {
    COUNT.set(COUNT.get().wrapping_add(1));
    [COUNT.get(); 24]
}

impl World {
    /// With the contest `demo`, whose advocate Jane has the code `REF-XYZ789`.
    pub fn new(settings: &Value) -> Self {
        let mut world = Self {
            kv: MemoryKv::default(),
            now: Cell::new(NOW),
            key: String::new(),
            recent: RefCell::default(),
            is_list_broken: Cell::new(false),
            is_said: Box::leak(Box::default()),
            queue: MemoryQueue::default(),
        };
        let made = world.send(&Call {
            authorization: Some("Bearer admin".to_owned()),
            ..call("POST", "/api/v1/keys", &json!({"team": "acme", "kind": "private"}))
        });
        assert_eq!(made.status, 201);
        body(&made)["data"]["key"].as_str().unwrap().clone_into(&mut world.key);
        let contest = json!({"id": "demo", "title": "Demo", "status": "active", "settings": settings});
        assert_eq!(world.private("POST", "/api/v1/contests", &contest).0, 201);
        let jane = json!({"email": "jane@example.com", "name": "Jane Doe", "referralCode": "REF-XYZ789"});
        let import = json!({"participants": [jane]});
        assert_eq!(world.private("POST", "/api/v1/contests/demo/import", &import).0, 200);
        world
    }

    pub fn demo() -> Self {
        Self::new(&json!({"points": {"purchase": {"perUnit": {"advocate": 1}}}}))
    }

    /// Goes on in another Worker over the same store; gives what the one before remembers.
    pub fn go_to(&self, recent: Rc<Recent>) -> Rc<Recent> {
        self.recent.replace(recent)
    }

    pub fn app(&self) -> App<KvLedger<&MemoryKv>> {
        App {
            ledger: KvLedger::new(&self.kv),
            secrets: Rc::new(Secrets { ledger: b"secret".to_vec(), admin_token: Some("admin".to_owned()) }),
            now: Timestamp::from_millis(self.now.get()),
            random: counted,
            recent: Rc::clone(&self.recent.borrow()),
            is_bot: |agent| agent.contains("bot") || agent.starts_with("curl"),
            files: self.files(),
            outbox: Outbox::new(!self.queue.is_missing.get(), false),
        }
    }

    pub fn send(&self, call: &Call) -> Reply {
        let app = self.app();
        let started = app.now.millis();
        let trace = Trace {
            request_id: named_when_asked(|| "r-1".to_owned()),
            started,
            clock: || NOW + 17,
            log: |line| LOG.with_borrow_mut(|log| log.push(line.to_owned())),
        };
        let reply = pollster::block_on(answer(&app, &self.queue, &Sent::of(call), &trace, both));
        let messages = tail::messages(app.ledger.news(), app.now);
        if !messages.is_empty() {
            pollster::block_on(self.queue.send(Lane::Snapshots, messages, 0)).unwrap();
        }
        reply
    }

    /// Does what is queued for the snapshots, later ones at their time as well; says what was done.
    pub fn keep_snapshots(&self) -> Vec<String> {
        let mut done = Vec::new();
        while !self.queue.messages.borrow().is_empty() {
            let (lane, text, delay) = self.queue.messages.borrow_mut().remove(0);
            assert_eq!(lane, Lane::Snapshots);
            self.now.set(self.now.get().saturating_add(i64::from(delay).saturating_mul(1_000)));
            let log = |line: &str| LOG.with_borrow_mut(|log| log.push(line.to_owned()));
            let app = self.app();
            let taken = tail::take(&app, &self.queue, slice::from_ref(&text), log);
            assert_eq!(pollster::block_on(taken), [true], "{text}");
            done.push(text);
        }
        done
    }

    /// With a list that has one domain, unless it cannot be read.
    fn files(&self) -> Files {
        let is_broken = self.is_list_broken.get();
        let read = move |path: String| {
            let text =
                if path == "/disposable/m.txt" { "mailinator.com\nmvrht.net\n" } else { "other.example\n" };
            let read = if is_broken { Err(format!("{path}: status 500")) } else { Ok(text.to_owned()) };
            ready(read).boxed_local()
        };
        let log = |line: &str| LOG.with_borrow_mut(|log| log.push(line.to_owned()));
        Files { read: Rc::new(read), is_said: self.is_said, log }
    }

    pub fn ask(&self, call: &Call) -> (u16, Value) {
        let reply = self.send(call);
        (reply.status, body(&reply))
    }

    pub fn private(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.ask(&Call { api_key: Some(self.key.clone()), ..call(method, path, body) })
    }

    /// With another key than the owner's.
    pub fn with_key(&self, key: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.ask(&Call { api_key: Some(key.to_owned()), ..call(method, path, body) })
    }

    /// A key that the deployment's owner makes.
    pub fn make_key(&self, team: &str, kind: &str) -> String {
        let call = call("POST", "/api/v1/keys", &json!({"team": team, "kind": kind}));
        let (status, body) = self.ask(&Call { authorization: Some("Bearer admin".to_owned()), ..call });
        assert_eq!(status, 201);
        body["data"]["key"].as_str().unwrap().to_owned()
    }

    /// The id of the entry of an address.
    pub fn entry(&self, email: &str) -> String {
        let (status, body) = self.private("GET", "/api/v1/contests/demo/entries?limit=100", &Value::Null);
        assert_eq!(status, 200);
        let mut entries = body["data"].as_array().unwrap().iter();
        let entry = entries.find(|entry| entry["email"] == email).unwrap();
        entry["id"].as_str().unwrap().to_owned()
    }

    /// All of an export, as it is sent.
    pub fn export(&self, format: &str) -> String {
        let path = format!("/api/v1/contests/demo/export?format={format}");
        let reply = self.send(&Call { api_key: Some(self.key.clone()), ..call("GET", &path, &Value::Null) });
        assert_eq!(reply.status, 200);
        let mut export = reply.export.unwrap();
        let ledger = KvLedger::new(&self.kv);
        let mut text = String::new();
        while let Some(piece) = pollster::block_on(export.next(&ledger)).unwrap() {
            text.push_str(&piece);
        }
        text
    }

    pub fn signup(&self, email: &str, code: Option<&str>) -> (u16, Value) {
        let body = json!({"contestId": "demo", "email": email, "referralCode": code});
        self.ask(&call("POST", "/api/referral/track-signup", &body))
    }

    pub fn purchase(&self, order: &str, amount: f64, email: &str, code: Option<&str>) -> (u16, Value) {
        let body = json!({
            "contestId": "demo", "orderId": order, "amount": amount, "email": email, "referralCode": code,
        });
        self.ask(&call("POST", "/api/referral/track-purchase", &body))
    }

    /// Every fact that is stored: its key and its payload.
    pub fn facts(&self) -> Vec<(String, Value)> {
        let names = self.kv.names().into_iter().filter(|name| name.starts_with("fact/"));
        let payload = |name: &str| pollster::block_on((&self.kv).get(name)).unwrap()?.metadata;
        names.map(|name| (name.clone(), payload(&name).unwrap_or_default())).collect()
    }

    /// Takes away the first fact with that in its key, as if it had never been written.
    pub fn lose(&self, part: &str) {
        let facts = self.facts();
        let (name, _) = facts.iter().find(|(name, _)| name.contains(part)).unwrap();
        pollster::block_on((&self.kv).delete(name)).unwrap();
    }

    /// `name or e-mail: points`
    pub fn board(&self) -> Vec<(String, i64)> {
        let (status, body) = self.private("GET", "/api/v1/contests/demo/leaderboard", &Value::Null);
        assert_eq!(status, 200);
        let leaders = body["data"].as_array().unwrap().iter();
        leaders.map(|l| (l["email"].as_str().unwrap().to_owned(), l["points"].as_i64().unwrap())).collect()
    }
}

/// As the script makes one: a UUID of version 7, which begins with the time of the event by the shopper's clock.
pub fn event_id(millis: i64) -> String {
    format!("{:08x}-{:04x}-7000-8000-000000000001", millis >> 16, millis & 0xffff)
}

pub fn named(board: &[(&str, i64)]) -> Vec<(String, i64)> {
    board.iter().map(|(name, points)| ((*name).to_owned(), *points)).collect()
}
