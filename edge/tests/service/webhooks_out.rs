//! What a contest's owner is told of by webhook, and whatever happens, is told.

use edge::http::Call;
use serde_json::{Value, json};

use crate::reports::{COMPLETED, checkout, disputed, event, permutations, refunded, stripe};
use crate::town::{HOOKS, Sent, Town, URL};
use crate::world::{DAY, LOG, NOW, call, event_id};

#[test]
fn a_friend_who_signs_up_and_buys_is_told_of() {
    let town = Town::one();
    let (_, signup) = town.world.signup("Joe@example.com", Some("REF-XYZ789"));
    let signup = &signup["data"];
    let sent = town.run();
    let (joe, jane) = (town.world.entry("joe@example.com"), town.world.entry("jane@example.com"));
    let person = |id: &str, email: &str, name: Value| json!({"entryId": id, "email": email, "name": name, "phone": null});
    let with = |mut object: Value, more: Value| {
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        object
    };
    let advocate =
        with(person(&jane, "jane@example.com", json!("Jane Doe")), json!({"referralCode": "REF-XYZ789"}));
    let fact = format!("joined/{joe}");
    assert_eq!(
        sent[0].body,
        json!({
            "type": "signup.tracked", "timestamp": "2026-05-28T20:26:40.000Z",
            "data": with(person(&joe, "joe@example.com", Value::Null), json!({
                "contestId": "demo", "referralCode": signup["referralCode"], "isReferred": true,
                "advocate": advocate, "pointsAwarded": {"advocate": 10, "friend": 5},
            })),
        })
    );
    assert_eq!(
        sent[1].body["data"],
        with(
            advocate.clone(),
            json!({"contestId": "demo", "points": 10, "cause": "friendSignedUp", "fact": fact})
        )
    );
    assert_eq!(
        sent[2].body["data"],
        with(
            person(&joe, "joe@example.com", Value::Null),
            json!({"contestId": "demo", "points": 5, "cause": "signedUpReferred", "fact": fact})
        )
    );

    let (_, bought) = town.world.purchase("1001", 53.4, "joe@example.com", None);
    let sent = town.run();
    assert_eq!(
        sent.iter().map(Sent::kind).collect::<Vec<_>>(),
        ["purchase.tracked", "points.awarded", "points.awarded"]
    );
    assert_eq!(
        sent[0].body["data"],
        with(
            person(&joe, "joe@example.com", Value::Null),
            json!({
                "contestId": "demo", "purchaseId": bought["data"]["purchaseId"], "orderId": "1001", "amount": 53.4,
                "currency": "USD", "status": "confirmed", "source": "browser", "advocate": advocate,
                "pointsAwarded": {"advocate": 53, "friend": 27},
            })
        )
    );
    assert_eq!(sent[2].body["data"]["cause"], "purchased");
    for sent in &sent {
        assert_eq!(sent.url, URL);
        assert_eq!(sent.header("content-type"), "application/json");
        assert!(sent.id().starts_with("evt_") && sent.header("webhook-signature").starts_with("v1,"));
        assert!(
            (1_780_000_000..1_780_000_010)
                .contains(&sent.header("webhook-timestamp").parse::<i64>().unwrap())
        );
    }
}

#[test]
fn what_is_told_whoever_reports_it() {
    let town = Town::one();
    let world = &town.world;
    let told = |story: &str, expected: &[&str]| assert_eq!(town.kinds(), expected, "{story}");
    let private = |path: &str, body: Value| {
        let (status, answer) = world.private("POST", path, &body);
        assert!(status < 300, "{path}: {answer}");
        answer["data"].clone()
    };
    let points = "points.awarded";

    let visit = json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": "v1", "url": "https://shop.example/kites?x=y"});
    let (_, visited) = world.ask(&call("POST", "/api/referral/track-visit", &visit));
    let sent = town.run();
    assert_eq!((sent.len(), sent[0].kind()), (1, "visit.tracked"));
    assert_eq!(sent[0].body["data"]["visitId"], visited["data"]["visitId"]);
    assert_eq!(sent[0].body["data"]["page"], "https://shop.example/kites");
    assert_eq!(sent[0].body["data"]["advocate"]["email"], "jane@example.com");

    let joe = private(
        "/api/v1/contests/demo/entries",
        json!({"email": "joe@example.com", "referralCode": "REF-XYZ789"}),
    );
    told("an owner adds an entry", &["signup.tracked", points, points]);
    private(
        "/api/v1/contests/demo/purchases",
        json!({"email": "joe@example.com", "orderId": "1", "amount": 10}),
    );
    told("a server reports an order", &["purchase.tracked", points, points]);
    private("/api/v1/contests/demo/refunds", json!({"orderId": "1", "amount": 4, "eventId": "r1"}));
    let sent = town.run();
    assert_eq!(
        sent.iter().map(Sent::kind).collect::<Vec<_>>(),
        ["purchase.refunded", points, points],
        "and what it takes of both"
    );
    let refund = &sent[0].body["data"];
    assert_eq!(
        (&refund["orderId"], &refund["amount"], &refund["orderAmount"], &refund["reason"], &refund["email"]),
        (&json!("1"), &json!(4.0), &json!(10.0), &json!("refund"), &json!("joe@example.com"))
    );
    let id = joe["id"].as_str().unwrap();
    private(&format!("/api/v1/entries/{id}/points"), json!({"points": -5, "reason": "late"}));
    let sent = town.run();
    assert_eq!((sent[0].kind(), &sent[0].body["data"]["points"]), (points, &json!(-5)));
    assert_eq!(
        (&sent[0].body["data"]["cause"], &sent[0].body["data"]["reason"]),
        (&json!("adjusted"), &json!("late"))
    );
    private(&format!("/api/v1/entries/{id}/bonus-actions/follow/complete"), json!({}));
    told("a bonus", &[points]);
    private(
        "/api/v1/contests/demo/import",
        json!({"participants": [{"email": "ann@example.com", "points": 5}]}),
    );
    told("an import brings along what was", &[]);
    world.private("PUT", &format!("/api/v1/entries/{id}"), &json!({"emailConfirmed": true}));
    private(&format!("/api/v1/entries/{id}/disqualify"), json!({"disqualified": true}));
    told("a state", &[]);
    world.purchase("2", 5.0, "stranger@example.com", None);
    told("an order by a stranger", &[]);
}

#[test]
fn what_stripe_reports_is_told_with_the_shops_own_number() {
    let town = Town::one();
    let sale = event(0, COMPLETED, checkout(&json!({"metadata": {"order_id": "1001"}})));
    assert_eq!(stripe(&town.world, &sale).0, 200);
    assert_eq!(town.kinds(), ["purchase.tracked", "points.awarded", "points.awarded"]);
    // Stripe names the payment, and not the order.
    assert_eq!(stripe(&town.world, &refunded(10, 2_975)).0, 200);
    assert_eq!(stripe(&town.world, &disputed(20, "charge.dispute.created", "needs_response")).0, 200);
    let sent = town.run();
    let is_refund = |sent: &&Sent| sent.kind() == "purchase.refunded";
    let told: Vec<_> = sent.iter().filter(is_refund).map(|sent| &sent.body["data"]).collect();
    for (data, reason, amount) in [(told[0], "refund", json!(29.75)), (told[1], "disputeOpened", Value::Null)]
    {
        assert_eq!(
            (&data["reason"], &data["orderId"], &data["source"]),
            (&json!(reason), &json!("1001"), &json!("stripe"))
        );
        assert_eq!((data.get("amount").unwrap_or(&Value::Null), &data["currency"]), (&amount, &json!("USD")));
    }
}

/// Whoever adds up what they were told has what the board says.
#[test]
fn points_that_go_back_are_told_and_so_are_those_that_come_again() {
    let created = |at| disputed(at, "charge.dispute.created", "needs_response");
    let won = disputed(60, "charge.dispute.closed", "won");
    for (story, events, expected) in [
        ("in parts", vec![refunded(10, 2_975), refunded(20, 11_900)], vec![-25, -12, -75, -38]),
        ("the later part first", vec![refunded(20, 5_950), refunded(10, 2_975)], vec![-50, -25]),
        ("a dispute of what is left", vec![refunded(10, 2_975), created(50)], vec![-25, -12, -75, -38]),
        ("one that is won", vec![created(50), won.clone()], vec![-100, -50, 100, 50]),
        ("one that is known to be won", vec![won, created(50)], vec![]),
        ("twice", vec![created(50), created(50)], vec![-100, -50, -100, -50]),
    ] {
        let town = Town::one();
        town.world.signup("joe@example.com", Some("REF-XYZ789"));
        stripe(&town.world, &event(0, COMPLETED, checkout(&json!({}))));
        town.run();
        for event in &events {
            assert_eq!(stripe(&town.world, event).0, 200, "{story}");
        }
        let sent: Vec<Sent> = town.run().into_iter().filter(|sent| sent.kind() == "points.awarded").collect();
        let points: Vec<i64> = sent.iter().filter_map(|sent| sent.body["data"]["points"].as_i64()).collect();
        assert_eq!(points, expected, "{story}");
        let mut ids = std::collections::BTreeSet::new();
        let taken: Vec<i64> = sent
            .iter()
            .filter(|sent| ids.insert(sent.id().to_owned()))
            .filter_map(|sent| sent.body["data"]["points"].as_i64())
            .collect();
        let left = 10 + 5 + 100 + 50 + taken.iter().sum::<i64>();
        assert_eq!(town.world.board().iter().map(|(_, points)| points).sum::<i64>(), left, "{story}");
        for sent in &sent {
            let data = &sent.body["data"];
            let whose = (data["email"].as_str(), data["referralCode"].as_str());
            assert!(
                matches!(
                    whose,
                    (Some("jane@example.com"), Some("REF-XYZ789")) | (Some("joe@example.com"), None)
                ),
                "{story}: {data}"
            );
            let cause = data["cause"].as_str().unwrap_or_default();
            assert!(data["fact"].as_str().is_some_and(|fact| fact.starts_with(cause)), "{story}: {data}");
        }
    }
}

/// Whoever adds up what they were told, each id once, has what the board says, in whatever order it comes, and twice.
#[test]
fn what_is_told_of_a_sale_adds_up_to_the_board_in_whatever_order_it_comes() {
    let once = event(0, COMPLETED, checkout(&json!({"metadata": {"order_id": "1001"}})));
    let subscribed = event(
        0,
        COMPLETED,
        checkout(
            &json!({"mode": "subscription", "payment_intent": null, "subscription": "sub_1", "invoice": "in_1"}),
        ),
    );
    let paid_with = json!({"id": "inpay_1", "invoice": "in_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}});
    let paid_with = event(1, "invoice_payment.paid", paid_with);
    let (part, more) = (refunded(10, 2_975), refunded(20, 5_950));
    let created = disputed(50, "charge.dispute.created", "needs_response");
    let won = disputed(60, "charge.dispute.closed", "won");
    for (story, events) in [
        ("refunds", vec![once.clone(), part.clone(), more]),
        ("a refund and a dispute that is won", vec![once, part.clone(), created.clone(), won]),
        ("of a subscription", vec![subscribed, paid_with, part, created]),
    ] {
        for joined in [true, false] {
            for order in permutations(events.len()) {
                let story = format!("{story}: {order:?}, joined: {joined}");
                let town = Town::one();
                if joined {
                    town.world.signup("joe@example.com", Some("REF-XYZ789"));
                }
                for &at in order.iter().chain(&order) {
                    assert_eq!(stripe(&town.world, &events[at]).0, 200, "{story}");
                }
                let mut ids = std::collections::BTreeSet::new();
                let mut told = std::collections::BTreeMap::from([("jane@example.com".to_owned(), 0)]);
                for sent in town.run().iter().filter(|sent| ids.insert(sent.id().to_owned())) {
                    let data = &sent.body["data"];
                    if let (Some(points), Some(email)) = (data["points"].as_i64(), data["email"].as_str()) {
                        *told.entry(email.to_owned()).or_insert(0) += points;
                    }
                }
                let board: std::collections::BTreeMap<_, _> = town.world.board().into_iter().collect();
                assert_eq!(told, board, "{story}");
            }
        }
    }
}

#[test]
fn a_refund_that_two_report_takes_its_points_once() {
    let taken = |refunds: &[&str]| {
        let town = Town::one();
        town.world.signup("joe@example.com", Some("REF-XYZ789"));
        stripe(&town.world, &event(0, COMPLETED, checkout(&json!({"metadata": {"order_id": "1001"}}))));
        town.run();
        for refund in refunds {
            let by_shop = |amount: f64| {
                let refund = json!({"orderId": "1001", "amount": amount});
                town.world.private("POST", "/api/v1/contests/demo/refunds", &refund).0
            };
            let status = match *refund {
                "stripe 25" => stripe(&town.world, &refunded(10, 2_975)).0,
                "shop 25" => by_shop(29.75),
                _ => by_shop(59.5),
            };
            assert!([200, 201].contains(&status), "{refunds:?}");
        }
        let sent = town.run();
        let refunds = sent.iter().filter(|sent| sent.kind() == "purchase.refunded").count();
        (refunds, sent.iter().filter_map(|sent| sent.body["data"]["points"].as_i64()).collect::<Vec<_>>())
    };
    assert_eq!(taken(&["stripe 25", "shop 25"]), (2, vec![-25, -12]));
    assert_eq!(taken(&["shop 25", "stripe 25"]), (2, vec![-25, -12]));
    // The shop's two add up.
    assert_eq!(taken(&["stripe 25", "shop 50"]), (2, vec![-25, -12, -25, -13]));
    assert_eq!(taken(&["stripe 25", "shop 50", "shop 25"]), (3, vec![-25, -12, -25, -13, -25, -12]));
}

#[test]
fn what_was_waiting_for_its_order_is_not_lost_where_the_queue_fails() {
    let town = Town::one();
    stripe(&town.world, &refunded(10, 2_975));
    assert_eq!(town.kinds(), ["purchase.refunded"]);
    let order = event(0, COMPLETED, checkout(&json!({})));
    town.world.queue.is_down.set(true);
    assert_eq!(stripe(&town.world, &order).0, 503);
    town.world.queue.is_down.set(false);
    assert_eq!(stripe(&town.world, &order).0, 200);
    let told = town.run();
    let points: Vec<i64> = told.iter().filter_map(|sent| sent.body["data"]["points"].as_i64()).collect();
    assert_eq!(points, [100, 50, -25, -12]);
}

#[test]
fn of_what_gave_no_points_none_are_taken() {
    let town = Town::one();
    town.world.private(
        "PUT",
        "/api/v1/contests/demo",
        &json!({"settings": {"trust": {"disposable": "block"}}}),
    );
    let sale = checkout(&json!({"customer_details": {"email": "joe@mailinator.com"}}));
    stripe(&town.world, &event(0, COMPLETED, sale));
    stripe(&town.world, &refunded(10, 2_975));
    assert_eq!(town.kinds(), ["purchase.tracked", "purchase.refunded"]);
    // Nobody wants to know: nothing is looked for.
    let deaf = Town::new(&[json!({"url": URL, "events": ["purchase.refunded"]})]);
    stripe(&deaf.world, &event(0, COMPLETED, checkout(&json!({}))));
    deaf.world.kv.asked();
    stripe(&deaf.world, &refunded(10, 2_975));
    assert_eq!((deaf.world.kv.asked().lists, deaf.kinds().len()), (0, 1));
}

#[test]
fn a_refund_that_comes_before_its_order_is_told_without_it() {
    let town = Town::one();
    assert_eq!(stripe(&town.world, &refunded(10, 2_975)).0, 200);
    let sent = town.run();
    let refund = &sent[0].body["data"];
    let purchase = &refund["purchaseId"];
    assert!(purchase.is_string());
    assert_eq!(
        *refund,
        json!({
            "contestId": "demo", "purchaseId": purchase, "orderId": null, "orderAmount": null, "currency": "USD",
            "source": "stripe", "reason": "refund", "cause": refund["cause"], "amount": 29.75,
            "entryId": null, "email": null, "name": null, "phone": null,
        })
    );
}

#[test]
fn an_order_that_two_report_gives_its_points_once() {
    let town = Town::one();
    town.world.signup("joe@example.com", Some("REF-XYZ789"));
    town.run();
    town.world.purchase("1", 10.0, "joe@example.com", None);
    let first = town.run();
    let order = json!({"email": "joe@example.com", "orderId": "1", "amount": 10});
    town.world.private("POST", "/api/v1/contests/demo/purchases", &order);
    let second = town.run();
    assert_eq!(second.iter().map(Sent::kind).collect::<Vec<_>>(), ["purchase.tracked"]);
    assert_ne!(first[0].id(), second[0].id());
    assert_eq!(
        (&first[0].body["data"]["purchaseId"], &second[0].body["data"]["source"]),
        (&second[0].body["data"]["purchaseId"], &json!("api"))
    );
    assert_eq!(second[0].body["data"]["pointsAwarded"], json!({"advocate": 0, "friend": 0}));
}

#[test]
fn what_a_bot_reports_and_a_server_confirms_gives_its_points_and_tells_of_them() {
    let town = Town::one();
    town.world.signup("joe@example.com", Some("REF-XYZ789"));
    town.run();
    let order = json!({"contestId": "demo", "email": "joe@example.com", "orderId": "1", "amount": 10});
    let bot = Call {
        user_agent: Some("Somebot/1.0".to_owned()),
        origin: Some("https://shop.example".to_owned()),
        ..call("POST", "/api/referral/track-purchase", &order)
    };
    assert_eq!(town.world.ask(&bot).1["data"]["pointsAwarded"], json!({"advocate": 0, "friend": 0}));
    assert_eq!(town.kinds(), ["purchase.tracked"]);
    let (_, confirmed) = town.world.private("POST", "/api/v1/contests/demo/purchases", &order);
    let awarded = &confirmed["data"]["pointsAwarded"];
    assert!(awarded["advocate"].as_i64() > Some(0), "{confirmed}");
    let sent = town.run();
    let points = |n: usize| sent[n].body["data"]["points"].clone();
    assert_eq!(sent[0].body["data"]["pointsAwarded"], *awarded);
    assert_eq!(json!({"advocate": points(1), "friend": points(2)}), *awarded);
    assert_eq!(sent.len(), 3);
}

#[test]
fn points_of_an_order_that_waits_are_told_once_it_is_confirmed() {
    let town = Town::one();
    town.world.private("PUT", "/api/v1/contests/demo", &json!({"settings": {"purchaseTrust": "confirmed"}}));
    town.world.signup("joe@example.com", Some("REF-XYZ789"));
    town.run();
    town.world.purchase("1", 10.0, "joe@example.com", None);
    let sent = town.run();
    assert_eq!((sent.len(), &sent[0].body["data"]["status"]), (1, &json!("pending")));
    let order = json!({"email": "joe@example.com", "orderId": "1", "amount": 10});
    town.world.private("POST", "/api/v1/contests/demo/purchases", &order);
    assert_eq!(town.kinds(), ["purchase.tracked", "points.awarded", "points.awarded"]);
}

#[test]
fn an_endpoint_gets_what_it_asked_for() {
    let town = Town::new(&[
        json!({"url": "https://a.example/", "events": ["purchase.tracked"]}),
        json!({"url": "https://b.example/", "events": []}),
        json!({"url": "https://c.example/", "enabled": false}),
    ]);
    town.world.signup("joe@example.com", Some("REF-XYZ789"));
    town.world.purchase("1", 10.0, "joe@example.com", None);
    let sent = town.run();
    let to = |url: &str| sent.iter().filter(|sent| sent.url == url).map(Sent::kind).collect::<Vec<_>>();
    assert_eq!(to("https://a.example/"), ["purchase.tracked"]);
    assert_eq!(to("https://b.example/").len(), 6);
    assert_eq!(to("https://c.example/").len(), 0);
    let ids: std::collections::BTreeSet<_> = sent.iter().map(Sent::id).collect();
    assert_eq!(ids.len(), sent.len(), "each delivery has an id of its own");
}

#[test]
fn what_could_not_be_queued_is_not_answered_and_queued_when_the_call_comes_again() {
    let id = event_id(NOW);
    let bodies = [
        (
            "track-visit",
            json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": "v", "eventId": id}),
        ),
        (
            "track-signup",
            json!({"contestId": "demo", "email": "joe@example.com", "referralCode": "REF-XYZ789", "eventId": id}),
        ),
        (
            "track-purchase",
            json!({"contestId": "demo", "orderId": "1", "amount": 7, "email": "ann@example.com", "referralCode": "REF-XYZ789", "eventId": id}),
        ),
    ];
    for (path, body) in bodies {
        let ask = call("POST", &format!("/api/referral/{path}"), &body);
        let ids = |town: &Town| town.run().iter().map(|sent| sent.id().to_owned()).collect::<Vec<_>>();
        let whole = Town::one();
        assert_eq!(whole.world.send(&ask).status, 201);
        let expected = ids(&whole);
        assert!(!expected.is_empty());

        let town = Town::one();
        // Its endpoint has another random id than the one above.
        let endpoint = town.endpoint(0);
        let contest = town.world.private("GET", HOOKS, &Value::Null).1;
        assert_eq!(contest["data"][0]["id"], json!(endpoint));
        town.world.queue.is_down.set(true);
        let refused = town.world.send(&ask);
        assert_eq!(refused.status, 503, "{path}");
        assert!(refused.headers.iter().any(|(name, _)| *name == "Retry-After"));
        assert!(LOG.with_borrow(|log| log.last().unwrap().contains("queue: Queue send failed")));
        let facts = town.world.facts();
        town.world.queue.is_down.set(false);
        // Three weeks later, when somebody opens the laptop again.
        town.world.now.set(NOW + 21 * DAY);
        assert_eq!(town.world.ask(&ask).0, 200, "{path}: it is there already");
        assert_eq!(town.world.facts(), facts);
        let sent = ids(&town);
        assert_eq!(sent.len(), expected.len(), "{path}");
        assert_eq!(town.world.ask(&ask).0, 200);
        assert_eq!(ids(&town), sent, "{path}: twice, with the same ids");
    }
}

#[test]
fn whoever_does_it_again_later_is_no_news() {
    let town = Town::one();
    town.world.signup("joe@example.com", Some("REF-XYZ789"));
    town.world.purchase("1", 10.0, "joe@example.com", None);
    assert_eq!(town.run().len(), 6);
    town.world.now.set(NOW + DAY / 2);
    town.world.purchase("1", 10.0, "joe@example.com", None);
    assert_eq!(town.run().len(), 3, "it may be the call that was not answered");
    town.world.now.set(NOW + DAY + 1);
    town.world.signup("joe@example.com", None);
    town.world.purchase("1", 10.0, "joe@example.com", None);
    assert_eq!(town.run().len(), 0);
}

#[test]
fn what_is_told_is_not_lost_where_a_form_reports_it() {
    let joe = json!({"email": "joe@example.com", "referralCode": "REF-XYZ789", "secret": "site-secret"});
    // At once, and in a place whose clock is behind the other's.
    for again in [NOW, NOW - 5_000] {
        let town = Town::one();
        town.world.queue.is_down.set(true);
        let ask = || town.world.ask(&Call { ..call("POST", "/api/webhooks/signup/demo", &joe) }).0;
        assert_eq!(ask(), 503);
        town.world.queue.is_down.set(false);
        town.world.now.set(again);
        assert_eq!((ask(), town.kinds().len()), (200, 3), "{}", again - NOW);
    }
}

#[test]
fn endpoints_cost_a_shopper_no_call_to_the_store_once_they_are_known() {
    let another = json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": "another"});
    let visit = json!({"contestId": "demo", "referralCode": "REF-XYZ789", "visitorId": "v"});
    let signup = json!({"contestId": "demo", "email": "joe@example.com", "referralCode": "REF-XYZ789"});
    let purchase = json!({"contestId": "demo", "orderId": "1", "amount": 7, "email": "joe@example.com", "referralCode": "REF-XYZ789"});
    for (path, body) in [("track-visit", visit), ("track-signup", signup), ("track-purchase", purchase)] {
        let ask = call("POST", &format!("/api/referral/{path}"), &body);
        let calls = |endpoints: &[Value]| {
            (0..30).find(|calls| {
                let town = Town::new(endpoints);
                let before = call("POST", "/api/referral/track-visit", &another);
                assert_eq!(town.world.send(&before).status, 201);
                town.world.kv.refuse_after(*calls);
                town.world.send(&ask).status == 201
            })
        };
        let all: Vec<Value> = (0..3).map(|n| json!({"url": format!("https://shop.example/{n}")})).collect();
        let without = calls(&[]);
        assert!(without.is_some());
        assert_eq!(calls(&all), without, "{path}");
    }
}
