//! What an owner's dashboard asks beside the figures: what happened last, on which pages, and what settings would give.

use serde_json::{Value, json};

use crate::world::{NOW, World, call};

const ACTIVITY: &str = "/api/v1/contests/demo/activity";
const PREVIEW: &str = "/api/v1/contests/demo/preview";

fn activity(world: &World) -> Value {
    let (status, body) = world.private("GET", ACTIVITY, &Value::Null);
    assert_eq!(status, 200, "{body}");
    body["data"].clone()
}

fn types(activity: &Value) -> Vec<&str> {
    activity["latest"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect()
}

fn visit(world: &World, visitor: &str, url: &str, code: &str) {
    let body = json!({"contestId": "demo", "referralCode": code, "visitorId": visitor, "url": url});
    world.ask(&call("POST", "/api/referral/track-visit", &body));
}

#[test]
fn what_happened_last_comes_first_with_who_it_was() {
    let world = World::demo();
    for (n, act) in ["visit", "signup", "order", "refund", "points"].into_iter().enumerate() {
        world.now.set(NOW + 1_000 * i64::try_from(n + 1).unwrap());
        match act {
            "visit" => visit(&world, "v1", "https://shop.example/kites?mail=joe@example.com", "REF-XYZ789"),
            "signup" => drop(world.signup("joe@example.com", Some("REF-XYZ789"))),
            "order" => drop(world.purchase("<b>1</b>", 79.99, "joe@example.com", None)),
            "refund" => {
                let refund = json!({"orderId": "<b>1</b>", "amount": 9.99});
                assert_eq!(world.private("POST", "/api/v1/contests/demo/refunds", &refund).0, 201);
            }
            _ => {
                let points = json!({"points": -3, "reason": "Late"});
                let path = format!("/api/v1/entries/{}/points", world.entry("joe@example.com"));
                assert_eq!(world.private("POST", &path, &points).0, 201);
            }
        }
    }
    let seen = activity(&world);
    assert_eq!(types(&seen), ["points", "refund", "purchase", "signup", "visit", "signup"]);
    let order = &seen["latest"][2];
    assert!(order["at"].as_str() > seen["latest"][3]["at"].as_str(), "{seen}");
    for (field, expected) in [
        ("entryId", json!(world.entry("joe@example.com"))),
        ("email", json!("joe@example.com")),
        ("orderId", json!("<b>1</b>")),
        ("amount", json!(79.99)),
        ("currency", json!("USD")),
        ("source", json!("browser")),
        ("page", Value::Null),
    ] {
        assert_eq!(order[field], expected, "{field}");
    }
    assert_eq!(seen["latest"][1]["amount"], 9.99);
    assert_eq!((&seen["latest"][0]["points"], &seen["latest"][0]["name"]), (&json!(-3), &Value::Null));
    let visit = &seen["latest"][4];
    assert_eq!((&visit["name"], &visit["page"]), (&json!("Jane Doe"), &json!("https://shop.example/kites")));
    for n in 0..25 {
        world.now.set(NOW + 10_000 + n);
        self::visit(&world, &format!("later-{n}"), "https://shop.example/", "REF-XYZ789");
    }
    assert_eq!(types(&activity(&world)), ["visit"; 20], "twenty are enough");
}

#[test]
fn pages_are_counted_by_visits_through_a_code_that_somebody_has() {
    let world = World::demo();
    for (n, (page, code)) in [
        ("https://shop.example/", "REF-XYZ789"),
        ("https://shop.example/kites", "REF-XYZ789"),
        ("https://shop.example/kites?utm_source=x#top", "REF-XYZ789"),
        ("https://evil.example/", "REF-NOBODY"),
    ]
    .into_iter()
    .enumerate()
    {
        visit(&world, &format!("v{n}"), page, code);
    }
    let expected = json!([
        {"page": "https://shop.example/kites", "visits": 2}, {"page": "https://shop.example/", "visits": 1},
    ]);
    assert_eq!(activity(&world)["sources"], expected);
}

#[test]
fn of_who_was_erased_nothing_is_named() {
    let world = World::demo();
    world.signup("joe@example.com", Some("REF-XYZ789"));
    let joe = world.entry("joe@example.com");
    assert_eq!(world.private("DELETE", &format!("/api/v1/entries/{joe}"), &Value::Null).0, 200);
    assert!(!activity(&world).to_string().contains("joe@"));
}

#[test]
fn a_preview_is_what_is_then_given_and_stores_nothing() {
    for (points, amount, currency) in [
        (
            json!({"signup": {"advocate": 7, "friend": 3}, "purchase": {"perUnit": {"advocate": 1}}}),
            "79.99",
            "USD",
        ),
        (json!({"purchase": {"advocate": 5, "friend": 2, "minAmount": 20}}), "19.99", "EUR"),
        (json!({"purchase": {"perUnit": {"advocate": 0.5, "friend": 0.0125}}}), "3", "JPY"),
        (json!({"purchase": {"perUnit": {"advocate": 2}, "advocate": 1}}), "10.505", "KWD"),
    ] {
        let world = World::demo();
        let before = world.facts();
        let body: Value = serde_json::from_str(&format!(
            r#"{{"settings": {{"points": {points}}}, "amount": {amount}, "currency": "{currency}"}}"#
        ))
        .unwrap();
        let (status, preview) = world.private("POST", PREVIEW, &body);
        assert_eq!(status, 200, "{preview}");
        assert_eq!(world.facts(), before);
        let change = json!({"settings": {"points": points}});
        assert_eq!(world.private("PUT", "/api/v1/contests/demo", &change).0, 200);
        world.go_to(std::rc::Rc::default());
        let (_, signup) = world.signup("joe@example.com", Some("REF-XYZ789"));
        assert_eq!(preview["data"]["signup"], signup["data"]["pointsAwarded"], "{points}");
        let mut order = json!({"orderId": "1", "email": "joe@example.com"});
        order["amount"] = body["amount"].clone();
        order["currency"] = json!(currency);
        let (_, order) = world.private("POST", "/api/v1/contests/demo/purchases", &order);
        assert_eq!(preview["data"]["purchase"], order["data"]["pointsAwarded"], "{points}");
    }
}

#[test]
fn what_is_asked_wrongly_is_named_and_others_see_nothing() {
    let world = World::demo();
    let (public, other) = (world.make_key("acme", "public"), world.make_key("other", "private"));
    let order = json!({"amount": 1});
    for (key, method, path, body, status, field) in [
        (&public, "GET", ACTIVITY, &Value::Null, 403, None),
        (&other, "GET", ACTIVITY, &Value::Null, 404, None),
        (&public, "POST", PREVIEW, &order, 403, None),
        (&other, "POST", PREVIEW, &order, 404, None),
        (&world.key, "POST", PREVIEW, &json!({}), 400, Some("amount")),
        (&world.key, "POST", PREVIEW, &json!({"amount": 0.001}), 400, Some("amount")),
        (&world.key, "POST", PREVIEW, &json!({"amount": 1, "currency": "<b>"}), 400, Some("currency")),
        (
            &world.key,
            "POST",
            PREVIEW,
            &json!({"amount": 1, "settings": {"points": {"signup": {"advocate": -1}}}}),
            400,
            Some("settings.points.signup.advocate"),
        ),
    ] {
        let (got, answer) = world.with_key(key, method, path, body);
        assert_eq!((got, answer["field"].as_str()), (status, field), "{method} {path} {body}: {answer}");
    }
}
