//! What Stripe and Shopify report, in every order, twice, late, and by somebody else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge::http::{Call, WebhookHeaders};
use edge::ledger::Kv;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::world::{DAY, NOW, World, call, named};

const SECRET: &str = "whsec_live";

pub fn settings(more: &Value) -> Value {
    let mut settings = json!({
        "points": {"purchase": {"perUnit": {"advocate": 1, "friend": 0.5}}},
        "stripe": {"signingSecrets": [SECRET]}, "shopify": {"secret": "shpss_secret"}, "webhookSecret": "site-secret",
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

fn hmac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    domain::id::hex(bytes)
}

fn signed_at(event: &Value, seconds: i64, secret: &str) -> Call {
    let call = call("POST", "/api/webhooks/stripe/demo", event);
    let signature = hex(&hmac(secret, &[seconds.to_string().as_bytes(), b".", &call.body]));
    let header = format!("t={seconds},v1={signature},v0={}", "0".repeat(64));
    Call { webhook: WebhookHeaders { stripe_signature: Some(header), ..WebhookHeaders::default() }, ..call }
}

pub fn stripe(world: &World, event: &Value) -> (u16, Value) {
    let (status, body) = world.ask(&signed_at(event, world.now.get().div_euclid(1_000), SECRET));
    (status, body.get("data").cloned().unwrap_or(body))
}

pub fn shopify(world: &World, topic: &str, sent: &Value) -> (u16, Value) {
    let call = call("POST", "/api/webhooks/shopify/demo", sent);
    let signature = STANDARD.encode(hmac("shpss_secret", &[&call.body]));
    let webhook = WebhookHeaders {
        shopify_hmac: Some(signature),
        shopify_topic: Some(topic.to_owned()),
        ..WebhookHeaders::default()
    };
    let (status, body) = world.ask(&Call { webhook, ..call });
    (status, body.get("data").cloned().unwrap_or(body))
}

/// `seconds` after the sale began, as Stripe counts.
fn at(seconds: i64) -> i64 {
    NOW.div_euclid(1_000).saturating_add(seconds)
}

pub fn event(seconds: i64, kind: &str, object: impl Into<Value>) -> Value {
    let (id, created, object) = (format!("evt_{seconds}"), at(seconds), object.into());
    json!({"id": id, "type": kind, "created": created, "livemode": true, "data": {"object": object}})
}

fn with(mut object: Value, more: &Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

pub fn checkout(more: &Value) -> Value {
    let paid = json!({
        "id": "cs_1", "mode": "payment", "payment_status": "paid", "amount_total": 11_900, "currency": "usd",
        "total_details": {"amount_tax": 1_900}, "customer": null, "customer_details": {"email": "joe@example.com"},
        "client_reference_id": "REF-XYZ789", "metadata": {}, "payment_intent": "pi_1", "invoice": null, "subscription": null,
    });
    with(paid, more)
}

fn bill(more: &Value) -> Value {
    let paid = json!({
        "id": "in_1", "billing_reason": "subscription_create", "amount_paid": 11_900, "total": 11_900, "total_excluding_tax": 10_000,
        "currency": "usd", "customer": "cus_1", "customer_email": "joe@example.com",
        "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {}}},
    });
    with(paid, more)
}

pub fn refunded(seconds: i64, amount: i64) -> Value {
    let charge = json!({"id": "ch_1", "payment_intent": "pi_1", "amount": 11_900, "amount_refunded": amount, "currency": "usd"});
    event(seconds, "charge.refunded", charge)
}

pub fn disputed(seconds: i64, kind: &str, status: &str) -> Value {
    let dispute = json!({
        "id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1", "status": status, "created": at(50),
    });
    event(seconds, kind, dispute)
}

pub const COMPLETED: &str = "checkout.session.completed";
const SUCCEEDED: &str = "checkout.session.async_payment_succeeded";
const PAID: &str = "invoice.paid";

/// Every order of so many things.
pub fn permutations(of: usize) -> Vec<Vec<usize>> {
    let Some(last) = of.checked_sub(1) else { return vec![vec![]] };
    let put = |order: Vec<usize>| {
        (0..=order.len()).map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    };
    permutations(last).into_iter().flat_map(put).collect()
}

fn subscribed() -> Value {
    json!({"mode": "subscription", "payment_intent": null, "subscription": "sub_1", "customer": "cus_1", "invoice": "in_1"})
}

/// However the events of a sale come, and each of them twice, the advocate and the friend have these points of it.
fn ends(story: &str, events: &[Value], jane: i64, joe: i64) {
    for joined in [false, true] {
        for order in permutations(events.len()) {
            let world = World::new(&settings(&json!({})));
            if joined {
                world.signup("joe@example.com", Some("REF-XYZ789"));
            }
            // A day later, so that all the events are past.
            world.now.set(NOW + DAY);
            for &at in order.iter().chain(&order) {
                let (status, said) = stripe(&world, &events[at]);
                assert_eq!(status, 200, "{story}: {said}");
            }
            // Whoever bought is bound and signs up as a friend; who never paid came by no link.
            world.signup("joe@example.com", None);
            let (signup, friend) = if joined || story != "never paid" { (10, 5) } else { (0, 0) };
            let board = [
                ("jane@example.com", jane.saturating_add(signup)),
                ("joe@example.com", joe.saturating_add(friend)),
            ];
            assert_eq!(world.board(), named(&board), "{story}, joined: {joined}, {order:?}");
        }
    }
}

fn once() -> Value {
    event(0, COMPLETED, checkout(&json!({})))
}

#[test]
fn a_payment_counts_once_it_is_there_in_whatever_order_and_twice() {
    let unpaid = json!({"payment_status": "unpaid"});
    for (story, events, jane, joe) in [
        ("paid at once", vec![once()], 100, 50),
        (
            "paid later",
            vec![event(0, COMPLETED, checkout(&unpaid)), event(90, SUCCEEDED, checkout(&json!({})))],
            100,
            50,
        ),
        (
            "never paid",
            vec![
                event(0, COMPLETED, checkout(&unpaid)),
                event(90, "checkout.session.async_payment_failed", checkout(&unpaid)),
            ],
            0,
            0,
        ),
    ] {
        ends(story, &events, jane, joe);
    }
}

#[test]
fn what_goes_back_is_taken_in_whatever_order_and_twice() {
    for (story, events, jane, joe) in [
        (
            "refunded in parts",
            vec![once(), refunded(10, 2_975), refunded(20, 5_950), refunded(30, 8_925)],
            25,
            13,
        ),
        (
            "refunded in parts and whole",
            vec![once(), refunded(10, 2_975), refunded(20, 5_950), refunded(30, 11_900)],
            0,
            0,
        ),
        (
            "disputed, and won",
            vec![
                once(),
                disputed(50, "charge.dispute.created", "needs_response"),
                disputed(50, "charge.dispute.funds_withdrawn", "needs_response"),
                disputed(60, "charge.dispute.closed", "won"),
            ],
            100,
            50,
        ),
        ("disputed", vec![once(), disputed(50, "charge.dispute.created", "needs_response")], 0, 0),
        (
            "disputed, and lost",
            vec![
                once(),
                disputed(50, "charge.dispute.created", "needs_response"),
                disputed(60, "charge.dispute.closed", "lost"),
            ],
            0,
            0,
        ),
        (
            "asked about",
            vec![once(), disputed(50, "charge.dispute.created", "warning_needs_response")],
            100,
            50,
        ),
    ] {
        ends(story, &events, jane, joe);
    }
}

#[test]
fn a_sale_with_an_invoice_counts_once_in_whatever_order_and_twice() {
    let link = json!({"id": "inpay_1", "invoice": "in_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}});
    let old_session = json!({"mode": "subscription", "payment_intent": null, "subscription": "sub_1"});
    let old_bill =
        json!({"parent": null, "subscription": "sub_1", "payment_intent": "pi_1", "charge": "ch_1"});
    for (story, events, jane, joe) in [
        (
            "a subscription's first invoice, which says less than the Session, half of it refunded",
            vec![
                event(0, COMPLETED, checkout(&subscribed())),
                event(-86_400, PAID, bill(&json!({"amount_paid": 5_000}))),
                event(-2, "invoice_payment.paid", link.clone()),
                refunded(70, 5_950),
            ],
            50,
            25,
        ),
        (
            "the same, as older versions say it",
            vec![
                event(0, COMPLETED, checkout(&old_session)),
                event(-1, PAID, bill(&old_bill)),
                refunded(10, 2_975),
                refunded(70, 5_950),
            ],
            50,
            25,
        ),
        (
            "a one-time payment that makes an invoice",
            vec![
                event(0, COMPLETED, checkout(&json!({"invoice": "in_1"}))),
                event(3, PAID, bill(&json!({"billing_reason": "manual", "parent": null}))),
                event(4, "invoice_payment.paid", link),
                refunded(70, 5_950),
            ],
            50,
            25,
        ),
        (
            "a subscription without a Session, with the code in its metadata",
            vec![event(
                0,
                PAID,
                bill(
                    &json!({"parent": {"subscription_details": {"subscription": "sub_1", "metadata": {"referral_code": "REF-XYZ789"}}}}),
                ),
            )],
            100,
            50,
        ),
    ] {
        ends(story, &events, jane, joe);
    }
}

#[test]
fn every_renewal_is_an_order_and_finds_its_buyer_by_the_subscription() {
    let world = World::new(&settings(&json!({})));
    let began = event(0, COMPLETED, checkout(&subscribed()));
    assert_eq!(stripe(&world, &began), (200, json!({"recorded": "purchase"})));
    stripe(&world, &event(1, PAID, bill(&json!({}))));
    for (n, reason) in [(2, "subscription_cycle"), (3, "subscription_cycle"), (4, "subscription_update")] {
        let renewed = json!({"id": format!("in_{n}"), "billing_reason": reason, "customer_email": "new-address@example.com"});
        let renewed = event(30 * n, PAID, bill(&renewed));
        for _ in 0..2 {
            assert_eq!(stripe(&world, &renewed), (200, json!({"recorded": "purchase"})));
        }
    }
    world.signup("joe@example.com", None);
    assert_eq!(world.board(), named(&[("jane@example.com", 410), ("joe@example.com", 205)]));
}

/// Each once: nobody says it again after the Session.
#[test]
fn a_renewal_finds_its_buyer_whichever_comes_first() {
    let update = |more: Value| {
        let update = json!({"id": "in_2", "billing_reason": "subscription_update", "customer_email": "new@example.com"});
        event(60, PAID, with(bill(&update), &more))
    };
    let cycle = json!({"id": "in_3", "billing_reason": "subscription_cycle", "customer_email": null, "period_start": at(0)});
    let trial = json!({"payment_status": "no_payment_required", "amount_total": 0, "total_details": {"amount_tax": 0}});
    let began = checkout(&subscribed());
    for (story, session, paid) in [("paid", began.clone(), 300), ("a trial", with(began, &trial), 200)] {
        let events = [
            event(0, COMPLETED, session),
            update(json!({"payment_intent": "pi_1"})),
            event(86_400, PAID, bill(&cycle)),
            refunded(86_500, 5_950),
        ];
        for order in permutations(events.len()) {
            let world = World::new(&settings(&json!({})));
            world.now.set(NOW + 2 * DAY);
            for place in &order {
                assert_eq!(stripe(&world, &events[*place]).0, 200, "{story}");
            }
            let jane = paid - 50;
            assert_eq!(world.board(), named(&[("jane@example.com", jane)]), "{story}, {order:?}");
            let kept = world.kv.names().into_iter().filter(|name| name.starts_with("early/demo/"));
            for name in kept {
                let seconds = world.kv.seconds.borrow().get(&name).copied();
                assert_eq!(seconds, Some(4 * 86_400), "{story}, {order:?}");
                let kept = pollster::block_on((&world.kv).get(&name)).unwrap().unwrap().value;
                assert!(!kept.contains('@') && !name.contains("sub_"), "{kept}");
            }
        }
    }
}

/// A month later the Session has come, or never will: of strangers nothing is kept.
#[test]
fn of_renewals_that_cannot_be_early_nothing_is_kept() {
    let world = World::new(&settings(&json!({})));
    let before = world.kv.names();
    let cycle =
        json!({"id": "in_3", "billing_reason": "subscription_cycle", "period_start": at(-30 * 86_400)});
    for bill in [bill(&cycle), bill(&json!({"billing_reason": "manual"})), bill(&json!({}))] {
        assert_eq!(
            stripe(&world, &event(0, PAID, bill)),
            (200, json!({"ignored": "nobody referred this buyer"}))
        );
    }
    assert_eq!(world.kv.names(), before);
}

#[test]
fn a_trial_keeps_who_brought_the_buyer_until_there_is_something_to_pay() {
    let world = World::new(&settings(&json!({})));
    let trial = json!({"payment_status": "no_payment_required", "amount_total": 0, "total_details": {"amount_tax": 0}});
    let trial = event(0, COMPLETED, with(checkout(&subscribed()), &trial));
    assert_eq!(stripe(&world, &trial), (200, json!({"recorded": "buyer"})));
    let free = bill(&json!({"amount_paid": 0, "total": 0, "total_excluding_tax": 0}));
    assert_eq!(stripe(&world, &event(1, PAID, free)), (200, json!({"ignored": "nothing was paid"})));
    let renewed = bill(&json!({"id": "in_2", "billing_reason": "subscription_cycle"}));
    assert_eq!(stripe(&world, &event(2, PAID, renewed)), (200, json!({"recorded": "purchase"})));
    assert_eq!(world.board(), named(&[("jane@example.com", 100)]));
}

#[test]
fn of_whom_nobody_referred_nothing_is_stored() {
    let world = World::new(&settings(&json!({})));
    let before = world.kv.names();
    let nobody = json!({"client_reference_id": "cart-17", "metadata": {"referral_code": "<script>"}});
    for (event, ignored) in [
        (event(0, COMPLETED, checkout(&nobody)), "nobody referred this buyer"),
        (event(0, COMPLETED, with(checkout(&nobody), &subscribed())), "nobody referred this buyer"),
        (
            event(
                0,
                COMPLETED,
                with(checkout(&nobody), &json!({"payment_status": "no_payment_required", "amount_total": 0})),
            ),
            "nobody referred this buyer",
        ),
        (event(0, PAID, bill(&json!({}))), "nobody referred this buyer"),
        (event(0, COMPLETED, checkout(&json!({"customer_details": null}))), "no e-mail address"),
        (event(0, "customer.created", json!({"id": "cus_1"})), "event type"),
        (with(event(0, COMPLETED, checkout(&json!({}))), &json!({"livemode": false})), "test mode"),
    ] {
        assert_eq!(stripe(&world, &event), (200, json!({"ignored": ignored})), "{event}");
    }
    assert_eq!(world.kv.names(), before);
    // Jane's own code brings her nobody.
    let own = checkout(&json!({"customer_details": {"email": "jane@example.com"}}));
    assert_eq!(stripe(&world, &event(0, COMPLETED, own)), (200, json!({"recorded": "purchase"})));
    assert_eq!(world.board(), named(&[("jane@example.com", 50)]));
}

#[test]
fn who_was_erased_is_not_brought_back() {
    let world = World::new(&settings(&json!({})));
    world.signup("joe@example.com", Some("REF-XYZ789"));
    let path = format!("/api/v1/entries/{}", world.entry("joe@example.com"));
    assert_eq!(world.private("DELETE", &path, &Value::Null).0, 200);
    let before = world.kv.names();
    for sale in
        [checkout(&json!({})), checkout(&json!({"payment_status": "no_payment_required", "amount_total": 0}))]
    {
        assert_eq!(
            stripe(&world, &event(0, COMPLETED, sale)),
            (200, json!({"ignored": "nobody referred this buyer"}))
        );
    }
    let customer = json!({"email": "joe@example.com"});
    assert_eq!(shopify(&world, "customers/create", &customer), (200, json!({"ignored": "erased"})));
    assert_eq!(world.kv.names(), before);
}

#[test]
fn what_could_not_be_stored_is_503_and_comes_again() {
    let whole = World::new(&settings(&json!({})));
    let sale = event(0, COMPLETED, checkout(&json!({"customer": "cus_1"})));
    stripe(&whole, &sale);
    for before in 0..20 {
        let world = World::new(&settings(&json!({})));
        world.kv.refuse_after(before);
        let (status, _) = stripe(&world, &sale);
        world.kv.refuse(0);
        assert!(status == 503 || world.facts() == whole.facts(), "answered {status} after {before} calls");
        // Three days later Stripe still tries, with a new signature.
        world.now.set(NOW + 3 * DAY);
        assert_eq!(stripe(&world, &sale).0, 200);
        assert_eq!(world.facts(), whole.facts(), "after {before} calls");
    }
}

#[test]
fn a_contest_that_is_over_takes_what_happened_before() {
    let world = World::new(&settings(&json!({})));
    let ends = json!({"endDate": domain::Timestamp::from_millis(NOW + DAY).to_rfc3339()});
    world.private("PUT", "/api/v1/contests/demo", &ends);
    world.now.set(NOW + 3 * DAY);
    let late = event(3 * 86_400, COMPLETED, checkout(&json!({"id": "cs_2", "payment_intent": "pi_2"})));
    assert_eq!(stripe(&world, &late), (200, json!({"ignored": "This contest has ended"})));
    assert_eq!(
        stripe(&world, &event(0, COMPLETED, checkout(&json!({})))),
        (200, json!({"recorded": "purchase"}))
    );
    assert_eq!(stripe(&world, &refunded(2 * 86_400, 5_950)), (200, json!({"recorded": "refund"})));
    assert_eq!(world.board(), named(&[("jane@example.com", 50)]));
}

#[test]
fn only_stripe_speaks_for_stripe() {
    let world = World::new(&settings(&json!({"stripe": {"signingSecrets": ["whsec_old", "whsec_new"]}})));
    let sale = event(0, COMPLETED, checkout(&json!({})));
    let now = at(0);
    let good = |secret: &str| signed_at(&sale, now, secret);
    let header = |header: &str| {
        let webhook =
            WebhookHeaders { stripe_signature: Some(header.to_owned()), ..WebhookHeaders::default() };
        Call { webhook, ..good("whsec_new") }
    };
    let sent = |call: &Call| call.webhook.stripe_signature.clone().unwrap();
    let signature = sent(&good("whsec_new")).split(",v0").next().unwrap().to_owned();
    let v1 = signature.split("v1=").nth(1).unwrap().to_owned();
    let before = world.kv.names();
    for (what, call) in [
        ("another secret", good("whsec_other")),
        ("an empty secret", good("")),
        ("301 s old", signed_at(&sale, now - 301, "whsec_new")),
        ("301 s ahead", signed_at(&sale, now + 301, "whsec_new")),
        ("no header", call("POST", "/api/webhooks/stripe/demo", &sale)),
        ("an empty header", header("")),
        ("no time", header(&format!("v1={v1}"))),
        ("another time", header(&format!("t={},v1={v1}", now - 1))),
        ("a time that is none", header(&format!("t=now,v1={v1}"))),
        ("another scheme", header(&format!("t={now},v0={v1}"))),
        ("half a signature", header(&format!("t={now},v1={}", &v1[..32]))),
        ("no hexadecimal", header(&format!("t={now},v1=é"))),
        ("another body", Call { body: b"{}".to_vec(), ..header(&signature) }),
        ("a space more", Call { body: [&good("whsec_new").body[..], b" "].concat(), ..header(&signature) }),
    ] {
        let (status, body) = world.ask(&call);
        assert_eq!((status, &body["error"]), (401, &json!("Missing or invalid Stripe signature")), "{what}");
    }
    assert_eq!(world.kv.names(), before, "nothing of it is kept");
    for (what, call) in [
        ("the old secret", good("whsec_old")),
        ("the new secret", good("whsec_new")),
        ("300 s old", signed_at(&sale, now - 300, "whsec_new")),
        ("300 s ahead", signed_at(&sale, now + 300, "whsec_new")),
        ("any of several", header(&format!("t={now},v1={},v1={v1}", "0".repeat(64)))),
    ] {
        assert_eq!(world.ask(&call).0, 200, "{what}");
    }
    let bare = World::demo();
    assert_eq!(bare.ask(&good("")).0, 401, "a contest without a secret trusts nobody");
    assert_eq!(world.ask(&Call { path: "/api/webhooks/stripe/nowhere".into(), ..good("whsec_new") }).0, 404);
    let (status, body) = world.ask(&signed_at(&json!({"type": COMPLETED}), now, "whsec_new"));
    assert_eq!((status, &body["field"]), (400, &json!("data.object")));
}

#[test]
fn shopify_reports_customers_orders_and_refunds() {
    let world = World::new(&settings(&json!({})));
    let customer =
        json!({"email": "joe@example.com", "first_name": "Joe", "note": "referral_code: REF-XYZ789"});
    let order = json!({
        "id": 1001, "email": "joe@example.com", "currency": "USD", "total_price": "119.00", "total_tax": "19.00",
        "landing_site": "/?ref=REF-XYZ789", "processed_at": domain::Timestamp::from_millis(NOW).to_rfc3339(),
    });
    let refund = |id: u32, amount: &str| {
        let done = json!({"kind": "refund", "status": "success", "amount": amount, "currency": "USD"});
        json!({"id": id, "order_id": 1001, "transactions": [done], "created_at": "2026-06-01T00:00:00Z"})
    };
    let deliveries = [
        ("customers/create", customer, "signup"),
        ("orders/paid", order, "purchase"),
        ("refunds/create", refund(1, "29.75"), "refund"),
        ("refunds/create", refund(2, "29.75"), "refund"),
    ];
    for order in permutations(deliveries.len()) {
        let world = World::new(&settings(&json!({})));
        for &at in order.iter().chain(&order) {
            let (topic, sent, recorded) = &deliveries[at];
            assert_eq!(shopify(&world, topic, sent), (200, json!({"recorded": recorded})));
        }
        assert_eq!(world.board(), named(&[("jane@example.com", 60), ("joe@example.com", 30)]), "{order:?}");
    }
    let before = world.kv.names();
    assert_eq!(shopify(&world, "orders/create", &json!({})), (200, json!({"ignored": "topic"})));
    let forged = Call {
        webhook: WebhookHeaders {
            shopify_hmac: Some(STANDARD.encode(hmac("other", &[b"{}"]))),
            shopify_topic: Some("orders/paid".into()),
            ..WebhookHeaders::default()
        },
        ..call("POST", "/api/webhooks/shopify/demo", &json!({}))
    };
    for hmac in [forged.webhook.shopify_hmac.clone(), Some("!".into()), None] {
        let webhook = WebhookHeaders { shopify_hmac: hmac, ..WebhookHeaders::default() };
        let (status, body) =
            world.ask(&Call { webhook, ..call("POST", "/api/webhooks/shopify/demo", &json!({})) });
        assert_eq!((status, &body["error"]), (401, &json!("Missing or invalid Shopify signature")));
    }
    assert_eq!(world.kv.names(), before);
}
