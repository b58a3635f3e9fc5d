use serde_json::json;

use super::*;
use crate::Code;

fn event(kind: &str, object: &Value) -> Value {
    json!({"id": "evt_1", "type": kind, "created": 1_700_000_000, "livemode": true, "data": {"object": object}})
}

fn said(kind: &str, object: &Value) -> Report {
    read(&event(kind, object), false).unwrap()
}

fn sale(kind: &str, object: &Value) -> Sale {
    match said(kind, object) {
        Report::Sale(sale) => sale,
        other => panic!("{other:?}"),
    }
}

fn with(mut object: Value, more: &Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

/// A guest's one-time payment.
fn checkout(more: &Value) -> Value {
    let paid = json!({
        "id": "cs_1", "object": "checkout.session", "mode": "payment", "payment_status": "paid",
        "amount_total": 11_900, "currency": "eur", "total_details": {"amount_tax": 1_900, "amount_discount": 0},
        "customer": null, "customer_details": {"email": "joe@example.com"}, "customer_email": null,
        "client_reference_id": "REF-XYZ789", "metadata": {}, "payment_intent": "pi_1",
        "invoice": null, "subscription": null,
    });
    with(paid, more)
}

/// As since API version 2025-03-31.
fn bill(more: &Value) -> Value {
    let paid = json!({
        "id": "in_2", "object": "invoice", "billing_reason": "subscription_cycle", "amount_paid": 1_190, "currency": "eur",
        "customer": "cus_1", "customer_email": "joe@example.com", "total": 1_190, "total_excluding_tax": 1_000,
        "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1", "metadata": {}}},
    });
    with(paid, more)
}

fn links(links: &[(&str, &str)]) -> Vec<Link> {
    links.iter().map(|(alias, order)| Link::new(*alias, *order)).collect()
}

const COMPLETED: &str = "checkout.session.completed";
const PAID: &str = "invoice.paid";

#[test]
fn a_session_says_who_bought_for_how_much_and_under_which_numbers() {
    let once = sale(COMPLETED, &checkout(&json!({})));
    assert_eq!((once.at.millis(), once.order.as_str()), (1_700_000_000_000, "cs_1"));
    assert_eq!(once.money.map(|m| (m.minor, m.currency.code())), Some((10_000, "EUR")), "without tax");
    assert_eq!(once.charged, 11_900);
    assert_eq!(once.email.as_deref(), Some("joe@example.com"));
    assert_eq!(once.codes, [Code::parse("REF-XYZ789").unwrap()]);
    assert_eq!(once.links, links(&[("pi_1", "cs_1")]));
    assert_eq!(sale("checkout.session.async_payment_succeeded", &checkout(&json!({}))), once);

    let subscribed = json!({
        "mode": "subscription", "payment_intent": null, "subscription": "sub_1", "customer": "cus_1", "invoice": "in_1",
    });
    let subscribed = sale(COMPLETED, &checkout(&subscribed));
    assert_eq!(subscribed.links, links(&[("in_1", "cs_1")]));
    assert_eq!(subscribed.remember, ["sub_1", "cus_1"]);
    let old = json!({"mode": "subscription", "payment_intent": null, "subscription": {"id": "sub_1"}});
    assert_eq!(sale(COMPLETED, &checkout(&old)).links, links(&[("sub_1/first", "cs_1")]));

    let own = sale(COMPLETED, &checkout(&json!({"metadata": {"order_id": "1001", "referral_code": "ann"}})));
    assert_eq!((own.order.as_str(), own.links), ("1001", links(&[("pi_1", "1001")])));
    assert_eq!(own.codes.iter().map(Code::as_str).collect::<Vec<_>>(), ["REF-XYZ789", "ANN"]);
    let trial = sale(
        COMPLETED,
        &checkout(
            &json!({"payment_status": "no_payment_required", "amount_total": 0, "total_details": null}),
        ),
    );
    assert_eq!(trial.money, None);
}

#[test]
fn an_invoice_is_an_order_whichever_version_writes_it() {
    let cycle = sale(PAID, &bill(&json!({})));
    assert_eq!((cycle.order.as_str(), cycle.links.len()), ("in_2", 0));
    assert_eq!((cycle.money.unwrap().minor, cycle.charged), (1_000, 1_190));
    assert_eq!(cycle.paid_by, ["sub_1", "cus_1"]);
    let early = |more: Value| sale(PAID, &bill(&more)).early;
    let began = |days: i64| 1_700_000_000 - days * 86_400;
    assert!(early(json!({})) && early(json!({"period_start": began(4)})));
    assert!(early(json!({"billing_reason": "subscription_update", "period_start": began(0)})));
    assert!(
        !early(json!({"period_start": began(5)})) && !early(json!({"billing_reason": "subscription_create"}))
    );
    assert!(!early(json!({"billing_reason": "manual"})) && !early(json!({"parent": null})));
    let old = bill(&json!({
        "parent": null, "subscription": "sub_1", "payment_intent": "pi_2", "charge": "ch_2", "total_excluding_tax": null, "tax": 190,
    }));
    let old_sale = sale(PAID, &old);
    assert_eq!(old_sale.links, links(&[("pi_2", "in_2"), ("ch_2", "in_2")]));
    assert_eq!(old_sale.money.unwrap().minor, 1_000);
    let first = sale(PAID, &bill(&json!({"billing_reason": "subscription_create"})));
    assert_eq!(first.links, links(&[("in_2", "sub_1/first")]));
    for (tax, net) in [
        (json!({"total_taxes": [{"amount": 100}, {"amount": 90}]}), 1_000),
        (json!({"total_tax_amounts": [{"amount": 190}]}), 1_000),
        (json!({"tax": 190}), 1_000),
        (json!({}), 1_190),
    ] {
        let mut object = bill(&tax);
        object.as_object_mut().unwrap().remove("total_excluding_tax");
        assert_eq!(sale(PAID, &object).money.unwrap().minor, net, "{tax}");
    }
    for (place, metadata) in [
        (
            "parent",
            json!({"subscription_details": {"subscription": "sub_1", "metadata": {"referral_code": "ann"}}}),
        ),
        ("subscription_details", json!({"metadata": {"referral_code": "ann"}})),
        ("metadata", json!({"referral_code": "ann"})),
    ] {
        let mut more = json!({});
        more[place] = metadata;
        assert_eq!(sale(PAID, &bill(&more)).codes, [Code::parse("ANN").unwrap()], "{place}");
    }
}

#[test]
fn an_amount_is_in_the_minor_unit_that_stripe_sends() {
    for (amount, currency, expected) in [
        (7_999, "usd", 7_999),
        (1_200, "jpy", 1_200),
        (10_500, "kwd", 10_500),
        (150_000, "isk", 1_500),
        (150_000, "ugx", 1_500),
        (500, "mga", 50_000),
        (1_234, "lyd", 12_340),
    ] {
        let paid = json!({"amount_total": amount, "currency": currency, "total_details": null});
        let sale = sale(COMPLETED, &checkout(&paid));
        assert_eq!((sale.money.unwrap().minor, sale.charged), (expected, expected), "{amount} {currency}");
        let back =
            json!({"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": amount, "currency": currency});
        let Report::Refund(refund) = said("charge.refunded", &back) else { panic!("{currency}") };
        assert_eq!(refund.money.minor, expected, "{currency} back");
    }
}

#[test]
fn what_goes_back_goes_by_the_payment() {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let charge = json!({"id": "ch_1", "payment_intent": "pi_1", "amount": 5_000, "amount_refunded": 2_000, "currency": "usd"});
    let money = Money::of_minor(2_000, Currency::parse("USD").unwrap()).unwrap();
    let refund = Refund { at, order: "pi_1".into(), cause: "ch_1".into(), money };
    assert_eq!(said("charge.refunded", &charge), Report::Refund(refund.clone()));
    let no_intent = with(charge, &json!({"payment_intent": null}));
    assert_eq!(
        said("charge.refunded", &no_intent),
        Report::Refund(Refund { order: "ch_1".into(), ..refund })
    );

    let opened = Timestamp::from_millis(1_699_000_000_000);
    let dispute = |status: &str| json!({"id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1", "status": status, "created": 1_699_000_000});
    for (kind, status, expected) in [
        ("charge.dispute.created", "needs_response", Some((Stage::Opened, opened))),
        ("charge.dispute.created", "warning_needs_response", None),
        ("charge.dispute.funds_withdrawn", "needs_response", Some((Stage::Opened, opened))),
        ("charge.dispute.closed", "won", Some((Stage::Won, at))),
        ("charge.dispute.closed", "warning_closed", Some((Stage::Won, at))),
        ("charge.dispute.closed", "lost", Some((Stage::Lost, at))),
    ] {
        let expected = expected.map_or(Report::Nothing("inquiry"), |(stage, at)| {
            Report::Dispute(Dispute { at, order: "pi_1".into(), cause: "dp_1".into(), stage })
        });
        assert_eq!(said(kind, &dispute(status)), expected, "{kind} {status}");
    }
    let paid = json!({"id": "inpay_1", "invoice": "in_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}});
    assert_eq!(said("invoice_payment.paid", &paid), Report::Link(at, Link::new("pi_1", "in_1")));
}

#[test]
fn what_is_of_no_use_is_said_and_what_cannot_be_read_is_named() {
    let none = json!({});
    for (kind, object, why) in [
        ("customer.created", none.clone(), "event type"),
        ("invoice.payment_succeeded", bill(&none), "event type"),
        ("checkout.session.async_payment_failed", checkout(&none), "payment failed"),
        (COMPLETED, checkout(&json!({"payment_status": "unpaid"})), "not paid yet"),
        (COMPLETED, checkout(&json!({"mode": "setup", "payment_status": "no_payment_required"})), "no sale"),
        (PAID, bill(&json!({"amount_paid": 0})), "nothing was paid"),
        (
            "charge.refunded",
            json!({"id": "ch_1", "amount_refunded": 0, "currency": "usd"}),
            "nothing went back",
        ),
        ("invoice_payment.paid", json!({"id": "inpay_1", "invoice": "in_1"}), "paid outside of Stripe"),
    ] {
        assert_eq!(said(kind, &object), Report::Nothing(why), "{kind}");
    }
    let mut test = event(COMPLETED, &checkout(&none));
    test["livemode"] = json!(false);
    assert_eq!(read(&test, false), Ok(Report::Nothing("test mode")));
    assert!(matches!(read(&test, true), Ok(Report::Sale(_))));
    for (kind, object, field) in [
        (COMPLETED, json!([]), "data.object"),
        (COMPLETED, none.clone(), "data.object.id"),
        (COMPLETED, checkout(&json!({"currency": "xxx"})), "data.object.currency"),
        (PAID, json!({"id": "in_1/../x"}), "data.object.id"),
        ("charge.dispute.closed", json!({"id": "dp_1"}), "data.object.charge"),
        ("invoice_payment.paid", none.clone(), "data.object.invoice"),
    ] {
        assert_eq!(read(&event(kind, &object), false).map_err(|e| e.field), Err(field), "{kind}");
    }
    for (event, field) in [
        (json!({}), "type"),
        (json!({"type": COMPLETED, "data": {"object": {}}}), "created"),
        (json!({"type": COMPLETED, "created": i64::MAX, "data": {"object": {}}}), "created"),
    ] {
        assert_eq!(read(&event, false).map_err(|e| e.field), Err(field), "{event}");
    }
}
