//! One call too many, and what is said where nothing counts; what is logged of a failure.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use edge::error::Error;
use edge::http::{Call, Sent};
use edge::limit::{Budget, Limiter, check};
use serde_json::{Value, json};

use crate::world::{LOG, World, call};

/// As the platform counts within one window, with two for everybody.
#[derive(Default)]
struct Counter {
    calls: RefCell<BTreeMap<String, u32>>,
    is_broken: bool,
}

impl Limiter for Counter {
    async fn take(&self, budget: Budget, by: &str) -> Result<bool, String> {
        if self.is_broken {
            return Err(format!("Binding `{}` is undefined.", budget.binding()));
        }
        let mut calls = self.calls.borrow_mut();
        let count = calls.entry(format!("{budget:?} {by}")).or_default();
        *count = count.saturating_add(1);
        Ok(*count <= 2)
    }
}

fn note(line: &str) {
    LOG.with_borrow_mut(|log| log.push(line.to_owned()));
}

fn logged() -> Vec<Value> {
    LOG.take().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn signup(contest: &str, address: &str) -> Call {
    let body = json!({"contestId": contest, "email": "joe@example.com"});
    Call { address: Some(address.to_owned()), ..call("POST", "/api/referral/track-signup", &body) }
}

#[test]
fn one_call_too_many_is_refused_and_nobody_elses() {
    let counter = Counter::default();
    let is_said = AtomicBool::new(false);
    let passes = |call: &Call| match pollster::block_on(check(&counter, &Sent::of(call), &is_said, note)) {
        Ok(()) => true,
        Err(Error::TooMany) => false,
        Err(other) => panic!("{other:?}"),
    };
    let with_key =
        |key: &str| Call { api_key: Some(key.to_owned()), ..call("GET", "/api/v1/contests", &Value::Null) };
    for (story, call, expected) in [
        ("the first", signup("demo", "192.0.2.1"), true),
        ("the second", signup("demo", "192.0.2.1"), true),
        ("one too many", signup("demo", "192.0.2.1"), false),
        ("another contest", signup("autumn", "192.0.2.1"), true),
        ("another address", signup("demo", "192.0.2.2"), true),
        ("a question", call("GET", "/api/referral/stats?contestId=demo", &Value::Null), true),
        ("a key", with_key("rk_priv_1"), true),
        ("again", with_key("rk_priv_1"), true),
        ("a third time", with_key("rk_priv_1"), false),
        ("another key", with_key("rk_priv_2"), true),
        ("a preflight", call("OPTIONS", "/api/referral/track-signup", &Value::Null), true),
    ] {
        assert_eq!(passes(&call), expected, "{story}");
    }
    assert_eq!(logged(), Vec::<Value>::new(), "a refusal is no failure");
    let known = format!("{:?}", counter.calls.borrow());
    assert!(!known.contains("rk_priv") && !known.contains("example.com"), "{known}");
}

#[test]
fn where_nothing_counts_everybody_is_let_through_and_it_is_said_once() {
    let counter = Counter { is_broken: true, ..Counter::default() };
    let is_said = AtomicBool::new(false);
    for _ in 0..3 {
        let let_through =
            pollster::block_on(check(&counter, &Sent::of(&signup("demo", "192.0.2.1")), &is_said, note));
        assert!(let_through.is_ok());
    }
    let cause = "Binding `PUBLIC_WRITES_LIMIT` is undefined.";
    let line = json!({"limit": "PUBLIC_WRITES_LIMIT", "outcome": "not counted", "cause": cause});
    assert_eq!(logged(), [line]);
}

#[test]
fn a_failure_is_one_line_and_tells_nothing_that_was_sent() {
    let world = World::demo();
    let joe = "joe@example.com";
    let entry = world.entry("jane@example.com");
    let path = |rest: &str| format!("/api/v1/{rest}");
    for (method, path, body, route, contest) in [
        (
            "POST",
            "/api/referral/track-signup".to_owned(),
            json!({"contestId": "demo", "email": joe, "referralCode": "REF-XYZ789"}),
            "/api/referral/track-signup",
            Some("demo"),
        ),
        (
            "GET",
            "/api/referral/validate-code?code=REF-XYZ789&contestId=demo".to_owned(),
            Value::Null,
            "/api/referral/validate-code",
            Some("demo"),
        ),
        ("GET", "/r/demo/REF-XYZ789".to_owned(), Value::Null, "/r/:contestId/:code", Some("demo")),
        (
            "GET",
            path("contests/demo/entries?search=joe@example.com"),
            Value::Null,
            "/api/v1/contests/:id/entries",
            Some("demo"),
        ),
        ("PUT", path(&format!("entries/{entry}")), json!({"name": "Joe"}), "/api/v1/entries/:id", None),
        (
            "GET",
            path("entries/lookup/bonus-actions?email=joe@example.com&contestId=demo"),
            Value::Null,
            "/api/v1/entries/:id/bonus-actions",
            None,
        ),
        ("GET", path("contests/joe@example.com"), Value::Null, "/api/v1/contests/:id", None),
    ] {
        LOG.take();
        world.kv.refuse(u32::MAX);
        let mut call = call(method, &path, &body);
        call.address = Some("192.0.2.1".to_owned());
        if path.starts_with("/api/v1") {
            call.api_key = Some(world.key.clone());
        }
        let (status, answer) = world.ask(&call);
        world.kv.refuse(0);
        assert_eq!(
            (status, answer),
            (503, json!({"success": false, "error": "Temporarily unavailable. Request r-1"}))
        );
        let lines = LOG.take();
        let told = lines.join("\n");
        for secret in ["joe", "rk_priv", "192.0.2", "REF-XYZ789", &entry, "?"] {
            assert!(!told.contains(secret), "{path}: {told}");
        }
        let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = json!({
            "request": "r-1", "method": method, "route": route, "contest": contest, "outcome": "unavailable", "ms": 17,
            "cause": "KV PUT failed: 429 Too Many Requests",
        });
        assert_eq!(lines, [expected], "{path}");
    }
}

#[test]
fn what_a_client_did_wrong_is_not_logged() {
    let world = World::demo();
    LOG.take();
    for (method, path, body, status) in [
        ("POST", "/api/referral/track-signup", json!({"contestId": "demo", "email": "joe"}), 400),
        ("GET", "/api/v1/contests", Value::Null, 401),
        ("GET", "/api/nothing", Value::Null, 404),
        ("GET", "/api/referral/track-visit", Value::Null, 405),
    ] {
        assert_eq!(world.ask(&call(method, path, &body)).0, status);
    }
    assert_eq!(logged(), Vec::<Value>::new());
}

#[test]
fn a_record_that_cannot_be_read_is_not_quoted_in_the_log() {
    use edge::ledger::Kv;
    let world = World::demo();
    LOG.take();
    pollster::block_on((&world.kv).put(
        "contest/demo",
        r#"{"id": 5, "title": "joe@example.com"}"#,
        None,
        None,
    ))
    .unwrap();
    let (status, _) = world.private("GET", "/api/v1/contests/demo", &Value::Null);
    assert_eq!(status, 503);
    let told = LOG.take().join("\n");
    assert!(told.contains("contest/demo: no record, at id") && !told.contains("joe"), "{told}");
}
