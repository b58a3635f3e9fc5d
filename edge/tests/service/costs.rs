//! What the calls of a shopper's browser ask of KV, which is what a deployment is billed for, and what they need not ask again.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use domain::Timestamp;
use edge::http::{Call, Sent};
use edge::ledger::{Asked, Kv, KvFault, KvLedger, MemoryKv, Page, Stored};
use edge::routes;
use edge::service::{App, entry};
use serde_json::{Value, json};

use crate::call::body;
use crate::world::{World, call};

#[test]
fn what_a_call_asks_of_kv() {
    let world = World::demo();
    let participants = json!({"participants": [{"email": "ann@example.com", "referralCode": "REF-ANN"}]});
    assert_eq!(world.private("POST", "/api/v1/contests/demo/import", &participants).0, 200);
    let ask = |code| {
        let path = format!("/api/referral/validate-code?code={code}&contestId=demo");
        world.ask(&call("GET", &path, &Value::Null)).0
    };
    let validate = || ask("REF-XYZ789");
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
    let calls: [(&str, &dyn Fn() -> u16, u16, Asked); 20] = [
        ("the first call to a contest", &validate, 200, cost(3, 0, 0)),
        ("whose a code is, which was told a moment ago", &validate, 200, cost(0, 0, 0)),
        ("whose another is, and what they are called", &|| ask("REF-ANN"), 200, cost(2, 0, 0)),
        ("what is nobody's", &|| ask("REF-NOBODY"), 200, cost(1, 0, 0)),
        ("the same, which somebody may have by now", &|| ask("REF-NOBODY"), 200, cost(1, 0, 0)),
        ("the first in half a minute that somebody may want to know of", &first_visit, 201, cost(3, 0, 1)),
        ("a visit", &|| visit("v1"), 201, cost(2, 0, 1)),
        ("the same visit", &|| visit("v1"), 200, cost(2, 0, 0)),
        ("a friend signs up", &|| signup("joe@example.com", jane), 201, cost(3, 1, 4)),
        ("the same signup", &|| signup("joe@example.com", jane), 200, cost(4, 1, 0)),
        ("nobody brought them", &|| signup("sue@example.com", None), 201, cost(2, 1, 3)),
        ("the friend buys", &|| buy("1", "joe@example.com", jane), 201, cost(3, 2, 1)),
        ("the same order", &|| buy("1", "joe@example.com", jane), 200, cost(3, 2, 0)),
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
        ("who leads, each by name", &leaders, 200, cost(4, 1, 0)),
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

#[test]
fn whose_a_code_is_is_remembered_as_long_as_the_contest() {
    let world = World::demo();
    let ask = || {
        world.ask(&call("GET", "/api/referral/validate-code?code=REF-XYZ789&contestId=demo", &Value::Null)).1
    };
    let told = |valid: bool, email: Value| {
        let told = ask();
        assert_eq!((&told["valid"], &told["referrerEmail"]), (&json!(valid), &email), "{told}");
    };
    let expose = |what: &str| {
        let change = json!({"settings": {"exposeReferrer": what}});
        assert_eq!(world.private("PUT", "/api/v1/contests/demo", &change).0, 200);
    };
    told(true, json!("j***@example.com"));
    expose("email");
    told(true, json!("jane@example.com"));
    expose("none");
    told(true, Value::Null);
    let end = |at: Option<i64>| {
        let change = json!({"isEvergreen": at.is_none(), "endDate": at.map(|at| Timestamp::from_millis(at).to_rfc3339())});
        assert_eq!(world.private("PUT", "/api/v1/contests/demo", &change).0, 200);
    };
    end(Some(world.now.get() + 1_000));
    told(true, Value::Null);
    world.now.set(world.now.get() + 1_001);
    assert_eq!(ask()["error"], "This contest has ended");
    end(None);
    expose("masked");
    told(true, json!("j***@example.com"));
    let here = world.go_to(Rc::default());
    let jane = world.entry("jane@example.com");
    assert_eq!(world.private("DELETE", &format!("/api/v1/entries/{jane}"), &Value::Null).0, 200);
    told(false, Value::Null);
    world.go_to(here);
    world.now.set(world.now.get() + 29_999);
    told(true, json!("j***@example.com"));
    world.now.set(world.now.get() + 1);
    told(false, Value::Null);
}

/// A store that is so far away that one who asks for something else meanwhile has asked before the answer is there.
struct Far<'a> {
    kv: &'a MemoryKv,
    asked: Cell<u32>,
    most: Cell<u32>,
}

impl<'a> Far<'a> {
    fn of(world: &'a World) -> Self {
        Self { kv: &world.kv, asked: Cell::new(0), most: Cell::new(0) }
    }

    /// Until the answer is there.
    async fn wait(&self) {
        self.asked.set(self.asked.get().saturating_add(1));
        self.most.set(self.most.get().max(self.asked.get()));
        let mut is_there = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut is_there, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.asked.set(self.asked.get().saturating_sub(1));
    }
}

impl Kv for &Far<'_> {
    async fn get(&self, name: &str) -> Result<Option<Stored>, KvFault> {
        self.wait().await;
        self.kv.get(name).await
    }

    async fn put(
        &self,
        name: &str,
        value: &str,
        metadata: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<(), KvFault> {
        self.wait().await;
        self.kv.put(name, value, metadata, seconds).await
    }

    async fn delete(&self, name: &str) -> Result<(), KvFault> {
        self.wait().await;
        self.kv.delete(name).await
    }

    async fn list(&self, prefix: &str, cursor: Option<String>) -> Result<Page, KvFault> {
        self.wait().await;
        self.kv.list(prefix, cursor).await
    }

    async fn pause(&self, attempt: u32) {
        self.kv.pause(attempt).await;
    }
}

/// The same world, over a store that is far away.
fn far_app<'a>(world: &'a World, far: &'a Far<'a>) -> App<KvLedger<&'a Far<'a>>> {
    let app = world.app();
    App {
        ledger: KvLedger::new(far),
        secrets: app.secrets,
        now: app.now,
        random: app.random,
        recent: app.recent,
        is_bot: app.is_bot,
        files: app.files,
        outbox: app.outbox,
    }
}

#[test]
fn how_often_a_shopper_waits_for_kv() {
    let world = World::demo();
    assert_eq!(world.signup("kim@example.com", None).0, 201);
    let far = Far::of(&world);
    let post = |name: &str, body: Value| call("POST", &format!("/api/referral/track-{name}"), &body);
    let visit =
        || post("visit", json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": "v1"}));
    let signup =
        |email| post("signup", json!({"contestId": "demo", "email": email, "referralCode": "REF-XYZ789"}));
    let buy = |order, email| {
        let order = json!({"contestId": "demo", "orderId": order, "amount": 10, "email": email, "referralCode": "REF-XYZ789"});
        post("purchase", order)
    };
    let validate = call("GET", "/api/referral/validate-code?code=REF-XYZ789&contestId=demo", &Value::Null);
    for (story, call, expected) in [
        ("whose a code is, then what they are called", validate, 2),
        ("a visit: what is known, then the fact", visit(), 2),
        ("the same visit", visit(), 1),
        (
            "a signup: what is known, then what belongs to it, then that they joined",
            signup("joe@example.com"),
            3,
        ),
        ("the same signup: who has joined may have been erased", signup("joe@example.com"), 2),
        (
            "an order: what is known, then who brought them, and that they bought",
            buy("1", "lee@example.com"),
            2,
        ),
        ("the same order", buy("1", "lee@example.com"), 1),
        ("an order of a participant, the same, then that they bought", buy("2", "joe@example.com"), 3),
    ] {
        let app = far_app(&world, &far);
        let route = routes::called(&call).unwrap();
        let sent = Sent::of(&call);
        let mut answer = pin!(routes::front(&app, &sent, route));
        let mut context = Context::from_waker(Waker::noop());
        let mut waited = 0;
        while answer.as_mut().poll(&mut context).is_pending() {
            waited += 1;
        }
        assert_eq!(waited, expected, "{story}");
    }
}

#[test]
fn what_an_owner_wrote_is_read_at_once() {
    let world = World::demo();
    let jane = world.entry("jane@example.com");
    let path = |rest: &str| format!("/api/v1/entries/{jane}/{rest}");
    for n in 0..8 {
        let points = json!({"points": n + 1, "reason": format!("reason {n}"), "eventId": format!("e{n}")});
        assert_eq!(world.private("POST", &path("points"), &points).0, 201);
        let said =
            json!({"disqualified": n % 2 == 0, "reason": format!("said {n}"), "eventId": format!("e{n}")});
        assert_eq!(world.private("POST", &path("disqualify"), &said).0, 200);
    }
    world.private("POST", &path("points"), &json!({"points": 100}));
    let far = Far::of(&world);
    let app = far_app(&world, &far);
    let call = Call { api_key: Some(world.key.clone()), ..call("GET", &path("why"), &Value::Null) };
    let why = body(&pollster::block_on(entry::explain(&app, &call, &jane)).ok().unwrap());
    for grant in why["data"]["grants"].as_array().unwrap() {
        let points = grant["points"].as_i64().unwrap();
        let expected = if points == 100 { Value::Null } else { json!(format!("reason {}", points - 1)) };
        assert_eq!(grant["reason"], expected);
    }
    let said = why["data"]["disqualifications"].as_array().unwrap();
    let said: Vec<Value> = said.iter().map(|said| said["reason"].clone()).collect();
    assert_eq!(said, (0..8).map(|n| json!(format!("said {n}"))).collect::<Vec<_>>());
    assert_eq!(far.most.get(), 17);
}
