//! Participants looked for by a part of their name or address: the same answers whatever the contest is kept in, and over KV without
//! reading everybody.

#![allow(clippy::arithmetic_side_effects)]

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use domain::fact::{Fact, Joined};
use domain::points::Points;
use domain::trust::Doubts;
use domain::{Code, EntryId, Timestamp};
use edge::disposable::Files;
use edge::http::{Call, Sent};
use edge::ledger::{Asked, Kv, KvLedger, Ledger, Person, person};
use edge::outbox::Outbox;
use edge::routes::{Trace, answer, both, named_when_asked};
use edge::service::{App, Secrets};
use futures_util::FutureExt;
use pollster::block_on;
use serde_json::{Value, json};

use crate::call::body;
use crate::objects::Objects;
use crate::world::{MemoryQueue, NOW, World, call};

const MINUTE: i64 = 60_000;
const DIRECTORY: &str = "snapshot/demo/directory";

trait Deployment {
    fn send(&self, call: &Call) -> (u16, Value);

    /// Until what was stored is where it belongs, and seen everywhere.
    fn settle(&self);

    /// Until the next morning.
    fn night(&self) {
        self.settle();
    }

    /// All that is kept.
    fn kept(&self) -> String;

    fn owner(&self, key: &str, method: &str, path: &str, body: &Value) -> Value {
        let (status, body) = self.send(&Call { api_key: Some(key.to_owned()), ..call(method, path, body) });
        assert!(status < 300, "{method} {path}: {body}");
        body
    }

    fn key(&self, kind: &str) -> String {
        let make = call("POST", "/api/v1/keys", &json!({"team": "acme", "kind": kind}));
        let (_, made) = self.send(&Call { authorization: Some("Bearer admin".to_owned()), ..make });
        made["data"]["key"].as_str().unwrap().to_owned()
    }
}

impl Deployment for World {
    fn send(&self, call: &Call) -> (u16, Value) {
        self.ask(call)
    }

    fn settle(&self) {
        self.now.set(self.now.get() + 10 * MINUTE);
        self.keep_snapshots();
    }

    fn night(&self) {
        self.now.set(self.now.get() + 24 * 60 * MINUTE);
        // KV does it by itself.
        for batch in self.kv.names().iter().filter(|name| name.starts_with("tail/")) {
            block_on((&self.kv).delete(batch)).unwrap();
        }
        crate::moment::do_chores(self);
        self.settle();
    }

    fn kept(&self) -> String {
        let records = self.kv.names().into_iter().map(|name| {
            let record = block_on((&self.kv).get(&name)).unwrap().unwrap();
            format!("{name} {} {:?}\n", record.value, record.metadata)
        });
        records.collect()
    }
}

/// Over Durable Objects.
struct Durable {
    objects: Objects,
    now: Cell<i64>,
}

impl Deployment for Durable {
    fn send(&self, call: &Call) -> (u16, Value) {
        static IS_SAID: AtomicBool = AtomicBool::new(true);
        let app = App {
            ledger: KvLedger::new(&self.objects),
            secrets: Rc::new(Secrets { ledger: b"secret".to_vec(), admin_token: Some("admin".to_owned()) }),
            now: Timestamp::from_millis(self.now.get()),
            random: crate::world::counted,
            recent: Rc::default(),
            is_bot: |_| false,
            files: Files {
                read: Rc::new(|_| ready(Ok(String::new())).boxed_local()),
                is_said: &IS_SAID,
                log: |_| {},
            },
            outbox: Outbox::new(true, false),
        };
        let trace = Trace {
            request_id: named_when_asked(|| "r".to_owned()),
            started: NOW,
            clock: || NOW,
            log: |_| {},
        };
        let reply = block_on(answer(&app, &MemoryQueue::default(), &Sent::of(call), &trace, both));
        (reply.status, body(&reply))
    }

    fn settle(&self) {
        self.now.set(self.now.get() + 10 * MINUTE);
    }

    fn kept(&self) -> String {
        self.objects.all("contest/demo")
    }
}

fn small() -> World {
    World::demo()
}

/// Read from a snapshot, with a directory.
fn large() -> World {
    let world = World::demo();
    world.kv.snapshots_from.set(Some(0));
    world.private("GET", "/api/v1/contests/demo/leaderboard", &Value::Null);
    world.settle();
    world
}

fn durable() -> Durable {
    let durable = Durable { objects: Objects::at(NOW), now: Cell::new(NOW) };
    let key = durable.key("private");
    let contest = json!({"id": "demo", "title": "Demo", "status": "active"});
    durable.owner(&key, "POST", "/api/v1/contests", &contest);
    let jane = json!({"email": "jane@example.com", "name": "Jane Doe", "referralCode": "REF-XYZ789"});
    durable.owner(&key, "POST", "/api/v1/contests/demo/import", &json!({"participants": [jane]}));
    durable
}

/// Who is found, page by page, with how many there are.
fn found(deployment: &impl Deployment, key: &str, text: &str, limit: usize) -> (Vec<String>, u64) {
    let (mut all, mut page) = (Vec::new(), 1);
    loop {
        let path = format!("/api/v1/contests/demo/entries?limit={limit}&page={page}&search={text}");
        let body = deployment.owner(key, "GET", &path, &Value::Null);
        let shown = body["data"].as_array().unwrap();
        let name = |entry: &Value| entry["name"].as_str().unwrap_or("nobody").to_owned();
        all.extend(shown.iter().map(name));
        let total = body["pagination"]["total"].as_u64().unwrap();
        if shown.len() < limit {
            return (all, total);
        }
        page += 1;
    }
}

/// The same story for each.
fn tell(deployment: &impl Deployment) {
    let (private, public) = (deployment.key("private"), deployment.key("public"));
    let at = |rest: &str| format!("/api/v1/contests/demo/{rest}");
    let join = |person: &Value| {
        deployment.settle();
        let made = deployment.owner(&private, "POST", &at("entries"), person);
        made["data"]["id"].as_str().unwrap().to_owned()
    };
    let jorg = join(&json!({"email": "j.uenal@mail.example", "name": "Jörg ÜNAL"}));
    join(&json!({"email": "ann@example.com", "name": "Ann \"Kite\" O'Neil\\"}));
    join(&json!({"phone": "+49 170 1234567", "name": "Max Doe"}));
    let sue = join(&json!({"email": "sue@mail.example"}));
    deployment.night();

    let expect = |key: &str, text: &str, expected: &[&str]| {
        for limit in [1, 2, 100] {
            let (names, total) = found(deployment, key, text, limit);
            assert_eq!(names, expected, "{text:?}, {limit} a page");
            assert_eq!(total, expected.len() as u64, "{text:?}");
        }
    };
    for key in [&private, &public] {
        expect(key, "doe", &["Jane Doe", "Max Doe"]);
        expect(key, "  JANE ", &["Jane Doe"]);
        expect(key, "üna", &["Jörg ÜNAL"]);
        expect(key, "Örg ünal", &["Jörg ÜNAL"]);
        expect(key, "\"kite\"", &["Ann \"Kite\" O'Neil\\"]);
        expect(key, "neil\\", &["Ann \"Kite\" O'Neil\\"]);
        expect(key, "@example.com", &["Jane Doe", "Ann \"Kite\" O'Neil\\"]);
        expect(key, "mail.EXAMPLE", &["Jörg ÜNAL", "nobody"]);
        expect(key, "nobody is called that", &[]);
        expect(key, "1234567", &[]);
        // What a line of the directory is made of is nobody's name.
        expect(key, "\",\"", &[]);
        expect(key, &jorg[..12], &[]);
    }
    // Of a masked address, what is seen; of a whole one, nothing.
    for (text, by_private, by_public) in [
        ("j***@", 0, 2),
        ("uenal", 1, 0),
        ("sue@mail", 1, 0),
        ("s***@mail", 0, 1),
        ("ann@example.com", 1, 0),
        ("ANN@EXAMPLE.COM", 1, 0),
        ("nobody@example.com", 0, 0),
    ] {
        let total = |key: &str| found(deployment, key, text, 20).1;
        assert_eq!((total(&private), total(&public)), (by_private, by_public), "{text}");
    }

    // Renamed: at once not found by what they were called, and soon by what they are.
    let change = json!({"name": "Susan Roe"});
    deployment.owner(&private, "PUT", &format!("/api/v1/entries/{sue}"), &change);
    deployment.owner(&private, "PUT", &format!("/api/v1/entries/{jorg}"), &json!({"name": ""}));
    expect(&private, "ünal", &[]);
    deployment.settle();
    expect(&private, "ünal", &[]);
    expect(&private, "susan", &["Susan Roe"]);
    expect(&private, "mail.example", &["nobody", "Susan Roe"]);
    assert!(!deployment.kept().contains("ÜNAL"));

    // Erased.
    deployment.owner(&private, "DELETE", &format!("/api/v1/entries/{sue}"), &Value::Null);
    expect(&private, "susan", &[]);
    deployment.settle();
    expect(&private, "susan", &[]);
    expect(&private, "mail.example", &["nobody"]);
    assert!(!deployment.kept().contains("Susan") && !deployment.kept().contains("sue@"));

    // Just joined.
    let join = json!({"contestId": "demo", "email": "tim@mail.example", "name": "Tim"});
    assert_eq!(deployment.send(&call("POST", "/api/referral/track-signup", &join)).0, 201);
    deployment.settle();
    expect(&private, "mail.example", &["nobody", "Tim"]);
    expect(&public, "tim", &["Tim"]);
}

#[test]
fn a_small_contest_over_kv_is_searched() {
    tell(&small());
}

#[test]
fn a_large_contest_over_kv_is_searched() {
    let world = large();
    tell(&world);
    let lines = block_on((&world.kv).get(DIRECTORY)).unwrap().unwrap().value;
    // All but who was renamed, who was erased, and who has joined since.
    assert_eq!(lines.matches('@').count() + lines.matches("Max").count(), 3, "{lines}");
}

#[test]
fn a_contest_in_an_object_is_searched() {
    tell(&durable());
}

/// Where there is no directory yet, or it cannot be read, all persons are.
#[test]
fn a_large_contest_without_a_directory_is_searched() {
    let world = World::demo();
    world.kv.snapshots_from.set(Some(0));
    world.private("GET", "/api/v1/contests/demo/leaderboard", &Value::Null);
    world.now.set(world.now.get() + 10 * MINUTE);
    world.keep_snapshots();
    let key = world.key.clone();
    for text in ["-", "", "5", "no directory", "\u{0}\n\n\n\"\n[]"] {
        block_on((&world.kv).put(DIRECTORY, text, None, None)).unwrap();
        assert_eq!(found(&world, &key, "jane", 20), (vec!["Jane Doe".to_owned()], 1), "{text:?}");
    }
    block_on((&world.kv).delete(DIRECTORY)).unwrap();
    assert_eq!(found(&world, &key, "jane", 20), (vec!["Jane Doe".to_owned()], 1));
}

/// What is billed: see docs/benchmarks.md.
#[test]
fn a_search_asks_no_more_of_kv_however_many_take_part() {
    let ask = |participants: u32| {
        let world = World::demo();
        world.kv.snapshots_from.set(Some(2_000));
        let ledger = KvLedger::new(&world.kv);
        for number in 0..participants {
            let entry = EntryId::parse(&format!("{number:032x}")).unwrap();
            let somebody = Person {
                name: Some(format!("Friend {number}.")),
                email: Some(format!("f{number}@example.com")),
                phone: None,
            };
            block_on(ledger.put(&person("demo", &entry), &somebody)).unwrap();
            let joined = Joined {
                at: Timestamp::from_millis(NOW + i64::from(number)),
                entry,
                code: Code::parse(&format!("F-{number}")).unwrap(),
                by: None,
                points: Points::default(),
                cap: None,
                doubts: Doubts::NONE,
            };
            block_on(ledger.write("demo", &Fact::Joined(joined))).unwrap();
        }
        world.now.set(NOW + 60 * MINUTE);
        world.private("GET", "/api/v1/contests/demo/leaderboard", &Value::Null);
        world.keep_snapshots();
        let (public, mut asked) = (world.make_key("acme", "public"), Vec::new());
        world.kv.asked();
        for (key, text, expected) in [
            (&world.key, "friend 4321.", 1),
            (&world.key, "F4321@example", 1),
            (&world.key, "nobody", 0),
            (&world.key, "friend", u64::from(participants)),
            (&public, "friend 4321.", 1),
            (&public, "f4321@", 0),
        ] {
            let path = format!("/api/v1/contests/demo/entries?limit=10&search={text}");
            let body = world.owner(key, "GET", &path, &Value::Null);
            assert_eq!(body["pagination"]["total"], expected, "{text}");
            asked.push(world.kv.asked());
        }
        asked
    };
    // The key, the contest, how it stands in general, the directory and the rows; and the records of those who are shown.
    let cost = |shown: u32| Asked { reads: 5 + shown, lists: 0, writes: 0 };
    let expected = [cost(1), cost(1), cost(0), cost(10), cost(1), cost(0)];
    assert_eq!(ask(5_000), expected);
    assert_eq!(ask(20_000), expected);
}
