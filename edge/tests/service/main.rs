//! The routes over the KV ledger, with KV in memory: what is stored, and what happens when KV refuses.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

mod activity;
#[path = "../support/call.rs"]
mod call;
mod costs;
mod deliveries;
mod endpoints;
mod entries;
mod limits;
mod moment;
#[path = "../support/objects.rs"]
mod objects;
mod orders;
mod owner;
mod public;
mod reports;
mod search;
mod snapshots;
mod town;
mod trust;
mod webhooks;
mod webhooks_out;
mod world;

use edge::http::Call;
use edge::ledger::Kv;
use serde_json::{Value, json};

use call::body;
use world::{DAY, NOW, World, call, event_id, named};

#[test]
fn a_friend_signs_up_and_buys_and_both_get_their_points() {
    let world = World::demo();
    let (status, signup) = world.signup(" Joe@Example.com ", Some(" ref-xyz789 "));
    assert_eq!(status, 201);
    assert_eq!(signup["data"]["email"], "joe@example.com");
    assert_eq!(signup["data"]["isReferred"], true);
    assert_eq!(signup["data"]["pointsAwarded"], json!({"advocate": 10, "friend": 5}));
    assert_ne!(signup["data"]["referralCode"], "REF-XYZ789", "the friend has a code of their own");

    let (status, again) = world.signup("joe@example.com", Some("REF-XYZ789"));
    assert_eq!((status, &again["data"]["alreadyExists"]), (200, &json!(true)));
    assert_eq!(again["data"]["entryId"], signup["data"]["entryId"]);
    assert_eq!(again["data"]["referralCode"], signup["data"]["referralCode"]);
    assert_eq!(again["data"]["pointsAwarded"], json!({"advocate": 0, "friend": 0}));

    let (status, bought) = world.purchase("1001", 79.99, "joe@example.com", None);
    assert_eq!(status, 201);
    assert_eq!(bought["data"]["pointsAwarded"], json!({"advocate": 80, "friend": 0}));
    assert_eq!(bought["data"]["status"], "confirmed");
    let (status, again) = world.purchase("1001", 79.99, "joe@example.com", None);
    assert_eq!((status, &again["data"]["alreadyExists"]), (200, &json!(true)));
    assert_eq!(again["data"]["purchaseId"], bought["data"]["purchaseId"]);

    assert_eq!(world.board(), named(&[("jane@example.com", 90), ("joe@example.com", 5)]));
}

#[test]
fn whom_a_purchase_credits() {
    let world = World::demo();
    let ann = json!({"participants": [{"email": "ann@example.com", "referralCode": "ANN"}]});
    world.private("POST", "/api/v1/contests/demo/import", &ann);
    for (story, order, email, code, status, advocate, entry) in [
        ("a stranger without a code", "1", "new@example.com", None, 200, 0, false),
        ("a stranger with a code", "2", "new@example.com", Some("ANN"), 201, 10, true),
        ("bound by it, whatever the next code", "3", "new@example.com", Some("REF-XYZ789"), 201, 10, true),
        ("even if nobody has that code", "4", "new@example.com", Some("NOBODY"), 201, 10, true),
        ("a participant whom nobody brought", "5", "jane@example.com", Some("ANN"), 201, 0, true),
    ] {
        let (got, body) = world.purchase(order, 10.0, email, code);
        assert_eq!(got, status, "{story}: {body}");
        assert_eq!(body["data"]["pointsAwarded"]["advocate"], advocate, "{story}");
        assert_eq!(body["data"]["entryId"].is_string(), entry, "{story}");
    }
    let (status, body) = world.purchase("6", 10.0, "other@example.com", Some("NOBODY"));
    assert_eq!((status, &body["error"]), (404, &json!("Referral code not found")));
    assert_eq!(world.board(), named(&[("ann@example.com", 30), ("jane@example.com", 0)]));
    let stranger = world.kv.names().iter().filter(|name| name.contains("/purchased/")).count();
    assert_eq!(stranger, 4, "nothing is kept of a stranger's order");
}

#[test]
fn nobody_refers_themself() {
    let world = World::demo();
    let (status, body) = world.signup("JANE@example.com", Some("REF-XYZ789"));
    assert_eq!((status, &body["data"]["isReferred"]), (200, &json!(false)));
    let (_, body) = world.purchase("1", 50.0, "jane@example.com", Some("REF-XYZ789"));
    assert_eq!(body["data"]["pointsAwarded"], json!({"advocate": 0, "friend": 0}));
    assert_eq!(world.board(), named(&[("jane@example.com", 0)]));
}

#[test]
fn a_browsers_word_is_pending_where_purchases_must_be_confirmed() {
    let world = World::new(&json!({
        "purchaseTrust": "confirmed", "points": {"purchase": {"perUnit": {"advocate": 1}}},
    }));
    world.signup("joe@example.com", Some("REF-XYZ789"));
    let (_, bought) = world.purchase("1", 50.0, "joe@example.com", None);
    assert_eq!(bought["data"]["status"], "pending");
    assert_eq!(bought["data"]["pointsAwarded"], json!({"advocate": 0, "friend": 0}));
    let (_, again) = world.purchase("1", 50.0, "joe@example.com", None);
    assert_eq!(
        (&again["data"]["status"], &again["data"]["alreadyExists"]),
        (&json!("pending"), &json!(true))
    );
    assert_eq!(world.board(), named(&[("jane@example.com", 10), ("joe@example.com", 5)]));
}

#[test]
fn a_visit_counts_once_a_code_browser_and_day() {
    let world = World::demo();
    let visit = |code: &str, visitor: &str| {
        let body = json!({
            "contestId": "demo", "referralCode": code, "visitorId": visitor,
            "url": "https://shop.example/kites?email=joe@example.com#top",
        });
        let (status, body) = world.ask(&call("POST", "/api/referral/track-visit", &body));
        (status, body["data"]["alreadyExists"].as_bool().unwrap())
    };
    assert_eq!(visit("REF-XYZ789", "v1"), (201, false));
    assert_eq!(visit("ref-xyz789", "v1"), (200, true));
    assert_eq!(visit("REF-XYZ789", "v2"), (201, false));
    world.now.set(NOW + DAY);
    assert_eq!(visit("REF-XYZ789", "v1"), (201, false));
    let stats = call("GET", "/api/referral/stats?code=REF-XYZ789&contestId=demo", &Value::Null);
    assert_eq!(world.ask(&stats).1["data"]["visits"], 3);
    // Whoever names only the event may send it again after midnight.
    let event = json!({"contestId": "demo", "referralCode": "REF-XYZ789", "eventId": "visit-17"});
    let event = call("POST", "/api/referral/track-visit", &event);
    assert_eq!(world.ask(&event).0, 201);
    world.now.set(NOW + 2 * DAY);
    assert_eq!(world.ask(&event).0, 200);
    assert_eq!(world.ask(&stats).1["data"]["visits"], 4);
}

#[test]
fn a_stranger_who_holds_a_code_learns_what_the_contest_allows() {
    for (exposed, email, name) in [
        ("masked", json!("j***@example.com"), json!("Jane Doe")),
        ("email", json!("jane@example.com"), json!("Jane Doe")),
        ("none", Value::Null, Value::Null),
    ] {
        let world = World::new(&json!({"exposeReferrer": exposed}));
        let ask = |code: &str| {
            let path = format!("/api/referral/validate-code?code={code}&contestId=demo");
            world.ask(&call("GET", &path, &Value::Null))
        };
        let (status, body) = ask("ref-xyz789");
        assert_eq!((status, &body["valid"], &body["contestId"]), (200, &json!(true), &json!("demo")));
        assert_eq!((&body["referrerEmail"], &body["referrerName"]), (&email, &name), "{exposed}");
        assert_eq!(ask("REF-AAAAAA"), (200, json!({"valid": false})));
        assert_eq!(ask("<script>"), (200, json!({"valid": false})));
    }
}

#[test]
fn a_referral_link_leads_to_the_contests_own_site_with_the_code() {
    let world =
        World::new(&json!({"siteUrl": "https://www.shop.example/start?lang=en#top", "windowDays": 2}));
    let cookie = |domain: &str| {
        Some(format!(
            "rocket_ref=REF-XYZ789.demo.{NOW}; Path=/; Max-Age=172800; SameSite=Lax; Secure{domain}"
        ))
    };
    for (path, host, status, location, set_cookie) in [
        (
            "/r/demo/ref-xyz789",
            "go.shop.example",
            302,
            "https://www.shop.example/start?lang=en&ref=REF-XYZ789#top",
            cookie("; Domain=shop.example"),
        ),
        (
            "/r/demo/REF-XYZ789?to=/kites",
            "tracker.workers.dev",
            302,
            "https://www.shop.example/kites?ref=REF-XYZ789",
            None,
        ),
        ("/r/demo/REF-NOBODY?to=/kites", "go.shop.example", 302, "https://www.shop.example/kites", None),
        ("/r/demo/%3Cscript%3E", "go.shop.example", 302, "https://www.shop.example/start?lang=en#top", None),
        ("/r/demo/REF-XYZ789?to=//evil.example", "go.shop.example", 400, "", None),
        ("/r/demo/REF-XYZ789?to=https://evil.example", "go.shop.example", 400, "", None),
        ("/r/nowhere/REF-XYZ789", "go.shop.example", 404, "", None),
    ] {
        let reply =
            world.send(&Call { host: host.to_owned(), is_https: true, ..call("GET", path, &Value::Null) });
        let header = |name: &str| {
            reply.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
        };
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(header("Location").unwrap_or_default(), location, "{path}");
        assert_eq!(header("Set-Cookie"), set_cookie, "{path} on {host}");
    }
}

#[test]
fn keys_open_what_is_theirs() {
    let world = World::demo();
    let make = |team: &str, kind: &str| {
        let call = call("POST", "/api/v1/keys", &json!({"team": team, "kind": kind}));
        let (status, body) = world.ask(&Call { authorization: Some("Bearer admin".to_owned()), ..call });
        assert_eq!(status, 201);
        body["data"]["key"].as_str().unwrap().to_owned()
    };
    let (public, other) = (make("acme", "public"), make("other", "private"));
    let entry = json!({"email": "a@example.com"});
    for (key, method, path, body, status) in [
        ("", "GET", "/api/v1/contests/demo", &Value::Null, 401),
        ("rk_priv_guess", "GET", "/api/v1/contests/demo", &Value::Null, 401),
        (public.as_str(), "GET", "/api/v1/contests/demo", &Value::Null, 200),
        (public.as_str(), "GET", "/api/v1/contests/demo/leaderboard", &Value::Null, 200),
        (public.as_str(), "POST", "/api/v1/contests/demo/entries", &entry, 403),
        (public.as_str(), "POST", "/api/v1/keys", &json!({"kind": "private"}), 403),
        (other.as_str(), "GET", "/api/v1/contests/demo", &Value::Null, 404),
        (other.as_str(), "POST", "/api/v1/contests/demo/entries", &entry, 404),
        (world.key.as_str(), "POST", "/api/v1/contests/demo/entries", &entry, 201),
        (world.key.as_str(), "POST", "/api/v1/keys", &json!({"kind": "public", "team": "other"}), 400),
    ] {
        let (got, answer) = world.ask(&Call { api_key: Some(key.to_owned()), ..call(method, path, body) });
        assert_eq!(got, status, "{method} {path} with {key:?}: {answer}");
    }
    let path = format!("/api/v1/contests/demo/leaderboard?apiKey={public}");
    let (_, board) = world.ask(&call("GET", &path, &Value::Null));
    let masked = |leader: &Value| leader["email"].as_str().unwrap().contains("***@");
    assert!(board["data"].as_array().unwrap().iter().all(masked), "{board}");
    for name in world.kv.names() {
        assert!(!name.contains(&public[7..]) && !name.contains('@'), "{name}");
    }
}

#[test]
fn every_origin_may_call_and_is_told_what_it_may_send_where_that_is_read() {
    let world = World::demo();
    let (signup, v1) = ("/api/referral/track-signup", "/api/v1/contests/demo");
    let (expose, origin) = (Some("Retry-After"), Some("*"));
    for (method, path, status, methods, headers, age) in [
        ("OPTIONS", signup, 204, Some("GET, POST, OPTIONS"), Some("Content-Type"), Some("86400")),
        ("POST", signup, 400, None, None, None),
        (
            "OPTIONS",
            v1,
            204,
            Some("GET, POST, PUT, DELETE, OPTIONS"),
            Some("Content-Type, x-api-key"),
            Some("86400"),
        ),
        ("GET", v1, 401, Some("GET, POST, PUT, DELETE, OPTIONS"), Some("Content-Type, x-api-key"), None),
    ] {
        let reply = world.send(&call(method, path, &json!({})));
        let header = |name: &str| {
            reply
                .headers
                .iter()
                .find(|(key, _)| *key == ["Access-Control-", name].concat())
                .map(|(_, value)| value.as_ref())
        };
        let allowed = [header("Allow-Methods"), header("Allow-Headers"), header("Max-Age")];
        assert_eq!((reply.status, allowed), (status, [methods, headers, age]), "{method} {path}");
        assert_eq!((header("Allow-Origin"), header("Expose-Headers")), (origin, expose), "{method} {path}");
    }
}

#[test]
fn an_owner_who_asks_again_for_the_same_contest_gets_it() {
    let world = World::demo();
    let contest = json!({"id": "summer", "title": "Summer", "status": "active"});
    let made = world.private("POST", "/api/v1/contests", &contest);
    world.now.set(NOW + 5_000);
    let again = world.private("POST", "/api/v1/contests", &contest);
    assert_eq!((made.0, again.0, &made.1), (201, 200, &again.1));
    let other = json!({"id": "summer", "title": "Another", "status": "active"});
    assert_eq!(world.private("POST", "/api/v1/contests", &other).0, 409);
}

#[test]
fn a_refused_write_is_tried_again_and_a_lost_answer_counts_once() {
    for lost in [false, true] {
        let world = World::demo();
        world.kv.lose_answers.set(lost);
        world.kv.refuse(2);
        assert_eq!(world.signup("joe@example.com", Some("REF-XYZ789")).0, 201);
        world.kv.refuse(1);
        assert!(matches!(world.purchase("1", 7.0, "joe@example.com", None).0, 200 | 201));
        assert_eq!(world.board(), named(&[("jane@example.com", 17), ("joe@example.com", 5)]), "lost: {lost}");
    }
}

#[test]
fn what_could_not_be_stored_is_never_answered_2xx() {
    // However many calls succeed before KV goes down, in the middle of a signup or a purchase.
    for before in 0..12 {
        let world = World::demo();
        world.kv.refuse_after(before);
        let reply = world.send(&call(
            "POST",
            "/api/referral/track-signup",
            &json!({"contestId": "demo", "email": "joe@example.com", "referralCode": "REF-XYZ789"}),
        ));
        let stored = reply.status;
        if stored >= 300 {
            assert_eq!(stored, 503);
            assert!(reply.headers.iter().any(|(name, _)| *name == "Retry-After"));
            let error = body(&reply)["error"].as_str().unwrap().to_owned();
            assert_eq!(error, "Temporarily unavailable. Request r-1");
        }
        world.kv.refuse(0);
        let board = world.board();
        assert!(stored == 503 || board.len() == 2, "answered {stored}, stored {board:?}");
        // The tracker comes again, and it is as if nothing had happened.
        world.signup("joe@example.com", Some("REF-XYZ789"));
        assert_eq!(
            world.board(),
            named(&[("jane@example.com", 10), ("joe@example.com", 5)]),
            "after {before}"
        );
    }
}

#[test]
fn a_call_that_was_cut_off_writes_the_same_facts_when_it_comes_again() {
    let id = event_id(NOW);
    let signup = json!({
        "contestId": "demo", "email": "joe@example.com", "referralCode": "REF-XYZ789", "eventId": id,
    });
    let purchase = json!({
        "contestId": "demo", "orderId": "1", "amount": 7, "email": "joe@example.com", "referralCode": "REF-XYZ789",
        "eventId": id,
    });
    for (path, body) in [("track-signup", signup), ("track-purchase", purchase)] {
        let track = |world: &World| world.send(&call("POST", &format!("/api/referral/{path}"), &body)).status;
        let whole = World::demo();
        assert_eq!(track(&whole), 201);
        for before in 0..12 {
            let world = World::demo();
            world.kv.refuse_after(before);
            track(&world);
            world.kv.refuse(0);
            world.now.set(NOW + 60_000);
            track(&world);
            assert_eq!(world.facts(), whole.facts(), "{path}, cut off after {before} calls");
        }
    }
}

#[test]
fn a_friend_is_referred_also_while_the_binding_is_not_seen() {
    let world = World::demo();
    world.signup("joe@example.com", Some("REF-XYZ789"));
    // A list may be a minute behind: the signup is seen, and who brought the friend is not.
    for (name, _) in world.facts().iter().filter(|(name, _)| name.contains("/bound/")) {
        pollster::block_on((&world.kv).put(name, "", None, None)).unwrap();
    }
    assert_eq!(world.signup("joe@example.com", None).1["data"]["isReferred"], true);
    let (_, bought) = world.purchase("1", 50.0, "joe@example.com", None);
    assert_eq!(bought["data"]["pointsAwarded"]["advocate"], 50);
    assert_eq!(world.board(), named(&[("jane@example.com", 60), ("joe@example.com", 5)]));
}

#[test]
fn an_order_of_which_only_one_half_was_written_is_whole_again() {
    let of_joe = json!({
        "contestId": "demo", "orderId": "1", "amount": 7, "email": "joe@example.com", "referralCode": "REF-XYZ789",
        "eventId": event_id(NOW),
    });
    let track = |world: &World| world.send(&call("POST", "/api/referral/track-purchase", &of_joe)).status;
    let whole = World::demo();
    assert_eq!(track(&whole), 201);
    for (lost, expected) in [("/bound/", 200), ("/purchased/", 201)] {
        let half = || {
            let world = World::demo();
            track(&world);
            world.lose(lost);
            world
        };
        let world = half();
        world.now.set(NOW + 60_000);
        track(&world);
        assert_eq!(world.facts(), whole.facts(), "{lost}, by the same call");
        // The shop's server, which knows of no code.
        let world = half();
        let sale = json!({"orderId": "1", "amount": 7, "email": "joe@example.com"});
        assert_eq!(world.private("POST", "/api/v1/contests/demo/purchases", &sale).0, expected, "{lost}");
        let bound = |(name, _): &(String, Value)| name.contains("/bound/");
        assert_eq!(world.facts().iter().filter(|fact| bound(fact)).count(), 1, "{lost}, by the shop");
        assert_eq!(
            world.purchase("2", 50.0, "joe@example.com", None).1["data"]["pointsAwarded"]["advocate"],
            50
        );
        assert_eq!(world.board(), named(&[("jane@example.com", 57)]), "{lost}");
        // Nothing is written of somebody who was erased.
        let world = half();
        world.signup("joe@example.com", None);
        let entry = format!("/api/v1/entries/{}", world.entry("joe@example.com"));
        assert_eq!(world.private("DELETE", &entry, &Value::Null).0, 200);
        let before = world.facts();
        track(&world);
        assert_eq!(world.facts(), before, "{lost}, of one who was erased");
    }
}

#[test]
fn a_shopper_whose_clock_is_slow_still_buys_as_a_friend() {
    let world = World::demo();
    let entry = json!({"email": "joe@example.com", "referralCode": "REF-XYZ789"});
    assert_eq!(world.private("POST", "/api/v1/contests/demo/entries", &entry).0, 201);
    let body = json!({
        "contestId": "demo", "orderId": "1", "amount": 50, "email": "joe@example.com",
        "eventId": event_id(NOW - 2 * 60_000),
    });
    let (_, bought) = world.ask(&call("POST", "/api/referral/track-purchase", &body));
    assert_eq!(bought["data"]["pointsAwarded"]["advocate"], 50);
    assert_eq!(world.board(), named(&[("jane@example.com", 60), ("joe@example.com", 5)]));
}

#[test]
fn an_event_id_may_be_written_with_escapes() {
    let world = World::demo();
    let visit = |id: &str| {
        let body = format!(r#"{{"contestId":"demo","referralCode":"REF-XYZ789","eventId":"{id}"}}"#);
        let call =
            Call { body: body.into_bytes(), ..call("POST", "/api/referral/track-visit", &Value::Null) };
        world.ask(&call).0
    };
    assert_eq!((visit("a-1"), visit(r"a\u002d1")), (201, 200));
}
