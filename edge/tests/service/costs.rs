//! What the calls of a shopper's browser ask of KV, which is what a deployment is billed for, and what they need not ask again.

use std::rc::Rc;

use edge::ledger::Asked;
use serde_json::{Value, json};

use crate::world::{World, call};

#[test]
fn what_a_call_asks_of_kv() {
    let world = World::demo();
    let validate = || {
        let path = "/api/referral/validate-code?code=REF-XYZ789&contestId=demo";
        world.ask(&call("GET", path, &Value::Null)).0
    };
    let visit = |visitor| {
        let body = json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": visitor});
        world.ask(&call("POST", "/api/referral/track-visit", &body)).0
    };
    let signup = |email, code| world.signup(email, code).0;
    let buy = |order, email, code| world.purchase(order, 10.0, email, code).0;
    let jane = Some("REF-XYZ789");
    let cost = |reads, lists, writes| Asked { reads, lists, writes };
    let read = |path: &str| world.ask(&call("GET", path, &Value::Null)).0;
    let contest = || read("/api/referral/contest?contestId=demo");
    let leaders = || read("/api/referral/leaderboard?contestId=demo");
    let page = || read("/c/demo");
    let first_visit = || visit("v0");
    let shown = |order| {
        let body = json!({
            "contestId": "demo", "orderId": order, "amount": 10, "email": "joe@example.com", "visitorId": "v9",
        });
        world.ask(&call("POST", "/api/referral/track-purchase", &body)).0
    };
    let calls: [(&str, &dyn Fn() -> u16, u16, Asked); 17] = [
        ("the first call to a contest", &validate, 200, cost(3, 0, 0)),
        ("whose a code is, and what they are called", &validate, 200, cost(2, 0, 0)),
        ("the first in half a minute that somebody may want to know of", &first_visit, 201, cost(3, 0, 1)),
        ("a visit", &|| visit("v1"), 201, cost(2, 0, 1)),
        ("the same visit", &|| visit("v1"), 200, cost(2, 0, 0)),
        ("a friend signs up", &|| signup("joe@example.com", jane), 201, cost(3, 1, 4)),
        ("the same signup", &|| signup("joe@example.com", jane), 200, cost(2, 1, 0)),
        ("nobody brought them", &|| signup("sue@example.com", None), 201, cost(2, 1, 3)),
        ("the friend buys", &|| buy("1", "joe@example.com", None), 201, cost(2, 2, 1)),
        ("the same order", &|| buy("1", "joe@example.com", None), 200, cost(2, 2, 0)),
        ("in a browser, within a day of when they came", &|| shown("1b"), 201, cost(3, 2, 1)),
        ("who did not sign up buys", &|| buy("2", "kim@example.com", jane), 201, cost(2, 2, 2)),
        ("a stranger buys", &|| buy("3", "lee@example.com", None), 200, cost(1, 2, 0)),
        ("what a contest is", &contest, 200, cost(0, 0, 0)),
        ("its page", &page, 200, cost(0, 0, 0)),
        (
            "how a code fares",
            &|| read("/api/referral/stats?code=REF-XYZ789&contestId=demo"),
            200,
            cost(0, 1, 0),
        ),
        ("who leads, each by name", &leaders, 200, cost(3, 1, 0)),
    ];
    world.kv.asked();
    for (story, ask, status, expected) in calls {
        assert_eq!(ask(), status, "{story}");
        assert_eq!(world.kv.asked(), expected, "{story}");
    }
}

/// An endpoint costs a list and a read of its own every half a minute, for each Worker, and no visit anything.
#[test]
fn what_endpoints_ask_of_kv() {
    let world = World::demo();
    for n in 0..3 {
        let endpoint = json!({"url": format!("https://shop.example/{n}"), "events": ["signup.tracked"]});
        assert_eq!(world.private("POST", "/api/v1/contests/demo/webhooks", &endpoint).0, 201);
    }
    let visit = |visitor: &str| {
        let body = json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": visitor});
        assert_eq!(world.ask(&call("POST", "/api/referral/track-visit", &body)).0, 201);
        world.kv.asked()
    };
    let cost = |reads, lists, writes| Asked { reads, lists, writes };
    world.now.set(world.now.get() + 30_000);
    world.kv.asked();
    assert_eq!(visit("v1"), cost(3 + 4, 1, 1), "the first, which also reads the contest");
    assert_eq!(visit("v2"), cost(2, 0, 1));
    world.now.set(world.now.get() + 29_999);
    assert_eq!(visit("v3"), cost(2, 0, 1));
    world.now.set(world.now.get() + 1);
    assert_eq!(visit("v4"), cost(3 + 4, 1, 1));
}

#[test]
fn a_change_is_seen_at_once_where_it_is_made_and_elsewhere_after_half_a_minute() {
    let world = World::demo();
    let signup = |email: &str| world.signup(email, None).0;
    let title = || world.private("GET", "/api/v1/contests/demo", &Value::Null).1["data"]["title"].clone();
    assert_eq!(signup("a@example.com"), 201);
    let here = world.go_to(Rc::default());
    assert_eq!(signup("b@example.com"), 201);
    let there = world.go_to(here);
    let change = json!({"status": "paused", "title": "New"});
    assert_eq!(world.private("PUT", "/api/v1/contests/demo", &change).0, 200);
    assert_eq!((signup("c@example.com"), title()), (403, json!("New")));
    world.go_to(there);
    assert_eq!((signup("d@example.com"), title()), (201, json!("New")), "an owner sees a contest as it is");
    world.now.set(world.now.get() + 30_000);
    assert_eq!(signup("e@example.com"), 403);
}
