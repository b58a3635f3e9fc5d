//! Orders that several report, and money that goes back.

use edge::http::Call;
use serde_json::{Value, json};

use crate::world::{NOW, World, call, event_id, named};

const PURCHASES: &str = "/api/v1/contests/demo/purchases";
const REFUNDS: &str = "/api/v1/contests/demo/refunds";

fn order(id: &str, amount: f64) -> Value {
    json!({"orderId": id, "amount": amount, "email": "joe@example.com"})
}

/// Jane has brought Joe.
fn friends(settings: &Value) -> World {
    let world = World::new(settings);
    world.signup("joe@example.com", Some("REF-XYZ789"));
    world
}

fn per_unit() -> Value {
    json!({"points": {"purchase": {"perUnit": {"advocate": 1, "friend": 0.5}}}})
}

#[test]
fn a_server_reports_an_order_of_an_entry_once() {
    let world = friends(&per_unit());
    let (status, bought) = world.private("POST", PURCHASES, &order("1", 80.0));
    let data = &bought["data"];
    assert_eq!((status, &data["status"], &data["alreadyExists"]), (201, &json!("confirmed"), &json!(false)));
    assert_eq!(data["pointsAwarded"], json!({"advocate": 80, "friend": 40}));
    let (status, again) = world.private("POST", PURCHASES, &order("1", 80.0));
    assert_eq!((status, &again["data"]["alreadyExists"]), (200, &json!(true)));
    assert_eq!(again["data"]["purchaseId"], data["purchaseId"]);
    assert_eq!(world.board(), named(&[("jane@example.com", 90), ("joe@example.com", 45)]));
    let stranger = json!({"orderId": "2", "amount": 1, "email": "new@example.com"});
    assert_eq!(world.private("POST", PURCHASES, &stranger).0, 404);
    world.private("PUT", "/api/v1/contests/demo", &json!({"status": "ended"}));
    assert_eq!(world.private("POST", PURCHASES, &order("3", 1.0)).0, 403);
}

#[test]
fn what_a_browser_reported_waits_for_a_source_that_is_trusted() {
    let mut settings = per_unit();
    settings["purchaseTrust"] = json!("confirmed");
    let world = friends(&settings);
    assert_eq!(world.purchase("1", 80.0, "joe@example.com", None).1["data"]["status"], "pending");
    // A stranger who came by a link is known by the order, and needs not be an entry.
    world.purchase("2", 10.0, "new@example.com", Some("REF-XYZ789"));
    assert_eq!(world.board(), named(&[("jane@example.com", 10), ("joe@example.com", 5)]));
    // The rates change and the contest ends; the order was placed before.
    let ended =
        json!({"status": "ended", "settings": {"points": {"purchase": {"perUnit": {"advocate": 9}}}}});
    world.private("PUT", "/api/v1/contests/demo", &ended);
    let (status, confirmed) = world.private("POST", PURCHASES, &order("1", 80.0));
    let data = &confirmed["data"];
    assert_eq!(
        (status, &data["status"], &data["message"]),
        (200, &json!("confirmed"), &json!("Purchase confirmed"))
    );
    assert_eq!(data["pointsAwarded"], json!({"advocate": 80, "friend": 40}));
    let second = json!({"orderId": "2", "amount": 10, "email": "new@example.com"});
    assert_eq!(world.private("POST", PURCHASES, &second).1["data"]["status"], "confirmed");
    assert_eq!(world.board(), named(&[("jane@example.com", 100), ("joe@example.com", 45)]));
    world.private("PUT", "/api/v1/contests/demo", &json!({"status": "active"}));
    let (_, again) = world.purchase("1", 80.0, "joe@example.com", None);
    assert_eq!(
        (&again["data"]["status"], &again["data"]["alreadyExists"]),
        (&json!("confirmed"), &json!(true))
    );
}

#[test]
fn a_server_knows_the_amount_better_than_a_browser() {
    for browser_first in [true, false] {
        let world = friends(&per_unit());
        if browser_first {
            world.purchase("1", 100.0, "joe@example.com", None);
        }
        world.private("POST", PURCHASES, &order("1", 60.0));
        if !browser_first {
            world.purchase("1", 100.0, "joe@example.com", None);
        }
        assert_eq!(world.board(), named(&[("jane@example.com", 70), ("joe@example.com", 35)]));
    }
}

#[test]
fn points_go_back_with_the_money() {
    let world = friends(&per_unit());
    world.purchase("1", 80.0, "joe@example.com", None);
    let refund = |body: Value| {
        let (status, answer) = world.private("POST", REFUNDS, &body);
        let data = &answer["data"];
        (
            status,
            data["pointsTakenBack"]["advocate"].clone(),
            data["left"].clone(),
            data["alreadyExists"].clone(),
        )
    };
    for (body, status, taken, left, known) in [
        (json!({"orderId": "1", "amount": 20, "eventId": "r1"}), 201, 20, 60.0, false),
        (json!({"orderId": "1", "amount": 20, "eventId": "r1"}), 200, 0, 60.0, true),
        (json!({"orderId": "1", "amount": 50, "eventId": "r1"}), 200, 0, 60.0, true),
        (json!({"orderId": "1", "amount": 20.5}), 201, 20, 39.5, false),
        (json!({"orderId": "1", "amount": 20.5}), 200, 0, 39.5, true),
        (json!({"orderId": "1"}), 201, 40, 0.0, false),
        (json!({"orderId": "1", "amount": null}), 200, 0, 0.0, true),
    ] {
        assert_eq!(refund(body.clone()), (status, json!(taken), json!(left), json!(known)), "{body}");
    }
    assert_eq!(world.board(), named(&[("jane@example.com", 10), ("joe@example.com", 5)]));
    let analytics = world.private("GET", "/api/v1/contests/demo/analytics", &Value::Null).1["data"].clone();
    assert_eq!(analytics["referrals"]["purchases"], 0);
    for (body, status, field) in [
        (json!({"orderId": "2"}), 404, Value::Null),
        (json!({}), 400, json!("orderId")),
        (json!({"orderId": "1", "amount": 80.01}), 400, json!("amount")),
        (json!({"orderId": "1", "amount": -1}), 400, json!("amount")),
        (json!({"orderId": "1", "amount": "all"}), 400, json!("amount")),
    ] {
        let (got, answer) = world.private("POST", REFUNDS, &body);
        assert_eq!((got, &answer["field"]), (status, &field), "{body}: {answer}");
    }
}

#[test]
fn a_refund_that_was_cut_off_takes_once_when_it_comes_again() {
    for (before, lost) in (0..12).flat_map(|before| [(before, false), (before, true)]) {
        let world = friends(&per_unit());
        world.purchase("1", 80.0, "joe@example.com", None);
        world.kv.lose_answers.set(lost);
        world.kv.refuse_after(before);
        let (status, _) = world.private("POST", REFUNDS, &json!({"orderId": "1", "amount": 20}));
        world.kv.refuse(0);
        let board =
            |points| named(&[("jane@example.com", points), ("joe@example.com", (points - 10) / 2 + 5)]);
        if status < 300 {
            assert_eq!(world.board(), board(70), "answered before it was stored");
        }
        world.private("POST", REFUNDS, &json!({"orderId": "1", "amount": 20}));
        assert_eq!(world.board(), board(70), "after {before}, lost: {lost}");
    }
}

#[test]
fn a_cap_holds_for_a_day_and_takes_nothing_that_was_given() {
    let world = friends(&per_unit());
    world.purchase("1", 80.0, "joe@example.com", None);
    let capped = json!({"settings": {"caps": {"perAdvocatePerDay": 30}}});
    world.private("PUT", "/api/v1/contests/demo", &capped);
    world.now.set(NOW + 86_400_000);
    for order in ["2", "3"] {
        world.purchase(order, 20.0, "joe@example.com", None);
    }
    assert_eq!(world.board(), named(&[("jane@example.com", 90 + 30), ("joe@example.com", 45 + 20)]));
    world.private("PUT", "/api/v1/contests/demo", &json!({"settings": {"caps": {"perAdvocatePerDay": 1}}}));
    assert_eq!(world.board(), named(&[("jane@example.com", 90 + 30), ("joe@example.com", 45 + 20)]));
}

#[test]
fn analytics_add_up_what_links_have_brought() {
    let world = friends(&per_unit());
    let visit = json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": "v1", "eventId": event_id(NOW)});
    world.ask(&call("POST", "/api/referral/track-visit", &visit));
    world.purchase("1", 79.99, "joe@example.com", None);
    world.private(
        "POST",
        PURCHASES,
        &json!({
            "orderId": "2", "amount": 1200, "currency": "JPY", "email": "joe@example.com",
        }),
    );
    world.private("POST", REFUNDS, &json!({"orderId": "1", "amount": 9.99}));
    let public = world.make_key("acme", "public");
    let (status, body) = world.with_key(&public, "GET", "/api/v1/contests/demo/analytics", &Value::Null);
    assert_eq!(status, 200);
    assert_eq!(
        body["data"],
        json!({
            "totalEntries": 2, "confirmedEntries": 0, "disqualifiedEntries": 0, "totalViews": 1,
            "totalBonusCompletions": 0, "points": {"total": 1920, "average": 960.0, "highest": 1280},
            "referrals": {"visits": 1, "signups": 1, "purchases": 2, "revenue": {"USD": 70.0, "JPY": 1200.0}},
            "daily": [{"date": "2026-05-28", "visits": 1, "signups": 1, "purchases": 2}],
        })
    );
}

#[test]
fn only_pages_of_its_origins_call_a_contest_that_names_some() {
    let world = World::new(&json!({"allowedOrigins": ["https://shop.example"]}));
    let body = |more: Value| {
        let mut body = json!({"contestId": "demo", "referralCode": "REF-XYZ789"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (method, path, body) in [
        ("GET", "/api/referral/validate-code?code=REF-XYZ789&contestId=demo", Value::Null),
        ("GET", "/api/referral/stats?code=REF-XYZ789&contestId=demo", Value::Null),
        ("POST", "/api/referral/track-visit", body(json!({"visitorId": "v"}))),
        ("POST", "/api/referral/track-signup", body(json!({"email": "a@example.com"}))),
        (
            "POST",
            "/api/referral/track-purchase",
            body(json!({"email": "a@example.com", "orderId": "1", "amount": 1})),
        ),
    ] {
        let from = |origin: Option<&str>| {
            let origin = origin.map(str::to_owned);
            world.ask(&Call { origin, ..call(method, path, &body) })
        };
        let refused = || {
            let (status, answer) = from(Some("https://evil.example"));
            let text = "This contest takes no calls from pages of https://evil.example";
            assert_eq!((status, &answer["error"]), (403, &json!(text)), "{path}");
        };
        refused();
        for origin in [Some("https://shop.example"), None] {
            let (status, answer) = from(origin);
            assert!(status < 300, "{path} from {origin:?}: {answer}");
        }
        // Also what others were told a moment ago.
        refused();
    }
}
