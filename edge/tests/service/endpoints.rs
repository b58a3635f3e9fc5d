//! Where events go: made, changed, tried out and removed by the contest's owner.

use std::rc::Rc;
use std::time::Duration;

use edge::deliver::Settled;
use edge::ledger::Kv;
use serde_json::{Value, json};

use crate::town::{HOOKS, Town, URL, pass};
use crate::world::{World, call};

#[test]
fn endpoints_are_made_changed_and_removed_by_the_contests_owner() {
    let world = World::demo();
    let (status, made) = world.private(
        "POST",
        HOOKS,
        &json!({"url": URL, "events": ["visit.tracked"], "description": " CRM "}),
    );
    assert_eq!(status, 201);
    let id = made["data"]["id"].as_str().unwrap();
    let secret = made["data"]["secret"].as_str().unwrap();
    assert_eq!(secret.len(), "whsec_".len() + 32);
    let shown = |description: &str, enabled: bool, events: Value| {
        json!({
            "id": id, "url": URL, "events": events, "description": description, "enabled": enabled,
            "createdAt": "2026-05-28T20:26:40.000Z",
        })
    };
    let (_, listed) = world.private("GET", HOOKS, &Value::Null);
    assert_eq!(listed["data"], json!([shown("CRM", true, json!(["visit.tracked"]))]));
    assert_eq!(listed["pagination"]["total"], 1);

    let path = format!("{HOOKS}/{id}");
    let (_, changed) =
        world.private("PUT", &path, &json!({"enabled": false, "description": "", "events": []}));
    assert_eq!(changed["data"], shown("", false, json!([])), "and no secret");
    let (_, rotated) = world.private("PUT", &path, &json!({"enabled": true, "rotateSecret": true}));
    let second = rotated["data"]["secret"].as_str().unwrap();
    assert!(second.starts_with("whsec_") && second != secret);
    // The owner's other settings know nothing of it, and leave it alone.
    assert_eq!(world.private("PUT", "/api/v1/contests/demo", &json!({"title": "Other"})).0, 200);
    assert_eq!(world.private("GET", HOOKS, &Value::Null).1["pagination"]["total"], 1);
    let everything = [
        world.private("GET", HOOKS, &Value::Null).1.to_string(),
        world.private("GET", "/api/v1/contests/demo", &Value::Null).1.to_string(),
        world.export("json"),
        format!("{:?}", pollster::block_on((&world.kv).get(&format!("endpoint/demo/{id}"))).unwrap()),
    ];
    for secret in [&secret[6..], &second[6..]] {
        assert!(!everything.concat().contains(secret));
    }
    assert!(!everything[2].contains(URL) && !everything[1].contains(URL));

    assert_eq!(world.private("DELETE", &path, &Value::Null).1["data"], json!({"id": id, "deleted": true}));
    for (method, path) in [
        ("PUT", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/test")),
        ("GET", format!("{path}/deliveries")),
        ("POST", format!("{path}/deliveries/evt_1/replay")),
    ] {
        let (status, answer) = world.private(method, &path, &json!({}));
        assert_eq!(
            (status, &answer["error"]),
            (404, &json!("Webhook endpoint not found")),
            "{method} {path}"
        );
        let public = world.make_key("acme", "public");
        assert_eq!(world.with_key(&public, method, &path, &json!({})).0, 403, "{method} {path}");
        let other = world.make_key("other", "private");
        assert_eq!(world.with_key(&other, method, &path, &json!({})).0, 404, "{method} {path}");
        assert_eq!(world.ask(&call(method, &path, &json!({}))).0, 401, "{method} {path}");
    }
}

#[test]
fn an_endpoint_that_cannot_be_is_refused() {
    let world = World::demo();
    for (sent, field) in [
        (json!({}), "url"),
        (json!({"url": "http://shop.example/"}), "url"),
        (json!({"url": "https://127.0.0.1/"}), "url"),
        (json!({"url": "https://localhost/"}), "url"),
        (json!({"url": "https://169.254.169.254/latest"}), "url"),
        (json!({"url": "https://[::ffff:10.0.0.1]/"}), "url"),
        (json!({"url": "https://user:password@shop.example/"}), "url"),
        (json!({"url": 5}), "url"),
        (json!({"url": URL, "events": ["signup"]}), "events"),
        (json!({"url": URL, "events": "visit.tracked"}), "events"),
        (json!({"url": URL, "events": [5]}), "events"),
        (json!({"url": URL, "enabled": "yes"}), "enabled"),
        (json!({"url": URL, "description": "x".repeat(2_001)}), "description"),
    ] {
        let (status, answer) = world.private("POST", HOOKS, &sent);
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{sent}: {answer}");
    }
    let endpoint = |n: usize| json!({"url": format!("https://shop.example/{n}")});
    for n in 0..10 {
        assert_eq!(world.private("POST", HOOKS, &endpoint(n)).0, 201);
    }
    assert_eq!(
        world.private("POST", HOOKS, &endpoint(3)).0,
        409,
        "the answer was lost, and it is asked for again"
    );
    assert_eq!(world.private("POST", HOOKS, &endpoint(10)).0, 409, "too many");
    let first = world.private("GET", HOOKS, &Value::Null).1["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{HOOKS}/{first}");
    assert_eq!(world.private("PUT", &path, &json!({"url": "https://10.0.0.1/"})).0, 400);
    assert_eq!(world.private("PUT", &path, &endpoint(5)).0, 409);
    assert_eq!(world.private("GET", &format!("{path}/deliveries?status=lost"), &Value::Null).0, 400);
    assert_eq!(world.private("GET", &format!("{path}/deliveries?limit=101"), &Value::Null).0, 400);
    assert_eq!(world.private("GET", HOOKS, &Value::Null).1["data"][0]["url"], "https://shop.example/0");
}

#[test]
fn an_owner_sees_whether_an_endpoint_works() {
    let town = Town::new(&[json!({"url": URL, "events": ["visit.tracked"]})]);
    let path = format!("{HOOKS}/{}", town.endpoint(0));
    let test = || town.world.private("POST", &format!("{path}/test"), &Value::Null);
    let (status, answer) = test();
    assert_eq!(status, 201);
    let sent = town.run();
    assert_eq!((sent[0].kind(), &json!(sent[0].id())), ("endpoint.test", &answer["data"]["deliveryId"]));
    assert_eq!(sent[0].body["data"], json!({"contestId": "demo", "endpointId": town.endpoint(0)}));
    assert_eq!(town.deliveries(0, "")["data"][0]["type"], "endpoint.test");

    town.world.private("PUT", &path, &json!({"rotateSecret": true}));
    test();
    let sent = town.run();
    assert_eq!(
        sent[0].header("webhook-signature").split(' ').count(),
        2,
        "the old secret signs beside the new one"
    );
    pass(Duration::from_mins(1_441));
    test();
    assert_eq!(town.run()[0].header("webhook-signature").split(' ').count(), 1);

    test();
    town.world.private("PUT", &path, &json!({"enabled": false}));
    assert_eq!((test().0, test().1["error"].as_str()), (409, Some("This endpoint is disabled")));
    assert_eq!(town.run().len(), 0, "what was on its way is not sent");
    let listed = town.deliveries(0, "?status=failed");
    assert_eq!(listed["data"][0]["attempts"][0]["error"], "the endpoint is disabled");
    let delivery = listed["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(town.replay(0, &delivery), 409);
    town.world.private("PUT", &path, &json!({"enabled": true}));
    assert_eq!((town.replay(0, &delivery), town.run().len()), (200, 1));
    test();
    town.world.private("DELETE", &path, &Value::Null);
    assert_eq!(town.run().len(), 0);
}

#[test]
fn an_endpoint_that_kv_does_not_show_yet_is_looked_for_again() {
    let town = Town::new(&[]);
    town.world.private("POST", HOOKS, &json!({"url": URL}));
    let name = format!("endpoint/demo/{}", town.endpoint(0));
    let record = pollster::block_on((&town.world.kv).get(&name)).unwrap().unwrap().value;
    town.world.signup("joe@example.com", None);
    pollster::block_on((&town.world.kv).delete(&name)).unwrap();
    for _ in 0..2 {
        assert_eq!(town.step(), Some(Settled::Done));
        assert_eq!(town.receivers.sent.take().len(), 0);
    }
    pollster::block_on((&town.world.kv).put(&name, &record, None, None)).unwrap();
    assert_eq!(town.kinds(), ["signup.tracked"]);
}

/// As two people may do who look at a contest in two places, of which neither shows what the other has done.
#[test]
fn nobody_undoes_what_another_changes_at_the_same_time() {
    let town = Town::one();
    let read = |name: &str| pollster::block_on((&town.world.kv).get(name)).unwrap().unwrap().value;
    let first = town.endpoint(0);
    let contest = read("contest/demo");
    let (status, second) = town.world.private("POST", HOOKS, &json!({"url": "https://b.example/"}));
    assert_eq!(status, 201);
    assert_eq!(read("contest/demo"), contest, "no endpoint is a part of the contest");
    let second = second["data"]["id"].as_str().unwrap().to_owned();
    let other = read(&format!("endpoint/demo/{second}"));
    town.world.private(
        "PUT",
        &format!("{HOOKS}/{first}"),
        &json!({"description": "CRM", "rotateSecret": true}),
    );
    assert_eq!(read(&format!("endpoint/demo/{second}")), other, "nor a part of another");
    assert_eq!(town.world.private("DELETE", &format!("{HOOKS}/{first}"), &Value::Null).0, 200);
    assert_eq!(town.endpoint(0), second);
    for id in ["any", "wh_none", "wh_..%2F..", "demo"] {
        assert_eq!(town.world.private("DELETE", &format!("{HOOKS}/{id}"), &Value::Null).0, 404, "{id}");
    }
    town.world.signup("joe@example.com", None);
    assert_eq!(town.kinds(), ["signup.tracked"]);
}

/// Another Worker has looked, found none, and remembers that for half a minute.
#[test]
fn a_new_endpoint_is_heeded_elsewhere_within_half_a_minute() {
    let town = Town::new(&[]);
    let visit = |visitor: &str| {
        let body = json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": visitor});
        assert_eq!(town.world.ask(&call("POST", "/api/referral/track-visit", &body)).0, 201);
    };
    visit("v1");
    let here = town.world.go_to(Rc::default());
    town.world.private("POST", HOOKS, &json!({"url": URL}));
    visit("v2");
    assert_eq!(town.kinds(), ["visit.tracked"], "at once where it was made");
    town.world.go_to(here);
    visit("v3");
    assert_eq!(town.kinds(), [""; 0]);
    town.world.now.set(town.world.now.get() + 30_000);
    visit("v4");
    assert_eq!(town.kinds(), ["visit.tracked"]);
}

#[test]
fn nothing_is_sent_that_nobody_can_verify() {
    let town = Town::one();
    let name = format!("endpoint/demo/{}", town.endpoint(0));
    let mut record: Value =
        serde_json::from_str(&pollster::block_on((&town.world.kv).get(&name)).unwrap().unwrap().value)
            .unwrap();
    record["secrets"][0]["sealed"] = json!("damaged");
    town.world.signup("joe@example.com", None);
    pollster::block_on((&town.world.kv).put(&name, &record.to_string(), None, None)).unwrap();
    assert_eq!(town.run().len(), 0);
    let listed = town.deliveries(0, "?status=failed");
    assert_eq!(listed["data"][0]["attempts"][0]["error"], "its secret cannot be opened");
}

#[test]
fn a_deployment_without_queues_tracks_and_says_that_it_sends_nothing() {
    let town = Town::one();
    town.world.queue.is_missing.set(true);
    assert_eq!(town.world.signup("joe@example.com", Some("REF-XYZ789")).0, 201);
    assert!(town.world.queue.messages.borrow().is_empty());
    let (status, answer) = town.world.private("POST", HOOKS, &json!({"url": "https://b.example/"}));
    assert_eq!(
        (status, &answer["error"]),
        (501, &json!("This deployment has no queue, and sends no webhooks"))
    );
    let path = format!("{HOOKS}/{}", town.endpoint(0));
    assert_eq!(town.world.private("POST", &format!("{path}/test"), &Value::Null).0, 501);
    assert_eq!(town.world.private("DELETE", &path, &Value::Null).0, 200);
}
