//! What Stripe's events say. Shapes of API versions before and after 2025-03-31 (basil) are read: it moved an invoice's
//! subscription, and took the payment away from invoices and the invoice away from charges.
//!
//! One sale has several numbers, and its events come in any order. Its order is the Checkout Session (or the Session's
//! `metadata.order_id`), else the invoice; every other number is linked to it.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use crate::fact::Stage;
use crate::report::{Dispute, Link, Refund, Report, Sale, codes, owned, required, text};
use crate::text::{ORDER_ID, is_token};
use crate::{Currency, Invalid, Money, Timestamp};

/// Currencies that Stripe counts in whole units.
const WHOLE: &str = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
/// Currencies that Stripe counts in thousandths. Every other one it counts in hundredths, also ISK and UGX, which have none.
const THOUSANDTHS: &str = "BHD JOD KWD OMR TND";

/// Reads an event. `test_mode` takes those that no money stands behind.
pub fn read(event: &Value, test_mode: bool) -> Result<Report, Invalid> {
    const NO_OBJECT: Invalid = Invalid::new("data.object", "data.object is required");
    const NO_TIME: Invalid = Invalid::new("created", "created is required: seconds since 1970");
    let kind = text(event, "/type").ok_or(Invalid::new("type", "type is required"))?;
    let read = match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => session,
        "checkout.session.async_payment_failed" => return Ok(Report::Nothing("payment failed")),
        "invoice.paid" => invoice,
        "invoice_payment.paid" => invoice_payment,
        "charge.refunded" => refund,
        "charge.dispute.created" | "charge.dispute.funds_withdrawn" | "charge.dispute.closed" => dispute,
        _ => return Ok(Report::Nothing("event type")),
    };
    if event.get("livemode").and_then(Value::as_bool) == Some(false) && !test_mode {
        return Ok(Report::Nothing("test mode"));
    }
    let object = event.pointer("/data/object").filter(|object| object.is_object()).ok_or(NO_OBJECT)?;
    let at = event.get("created").and_then(seconds).ok_or(NO_TIME)?;
    read(object, at, kind)
}

/// A Session that was completed, with the money or without, or whose money has come.
fn session(session: &Value, at: Timestamp, _: &str) -> Result<Report, Invalid> {
    let number = id(session, "/id").ok_or(NO_ID)?;
    match text(session, "/payment_status") {
        Some("unpaid") => return Ok(Report::Nothing("not paid yet")),
        _ if text(session, "/mode") == Some("setup") => return Ok(Report::Nothing("no sale")),
        _ => {}
    }
    let order = text(session, "/metadata/order_id").and_then(|order| ORDER_ID.check(order).ok());
    // What is stored of an order has to fit beside its key.
    let order = order.filter(|order| order.len() <= 200);
    let order = order.unwrap_or(number);
    let (subscription, invoice) = (id(session, "/subscription"), id(session, "/invoice"));
    let mut links: Vec<Link> = [id(session, "/payment_intent"), invoice]
        .into_iter()
        .flatten()
        .map(|id| Link::new(id, order))
        .collect();
    if let (Some(subscription), None) = (subscription, invoice) {
        links.push(Link::new(first_of(subscription), order));
    }
    let currency = currency(session)?;
    let total = amount(session, "/amount_total");
    let tax = amount(session, "/total_details/amount_tax");
    Ok(Report::Sale(Sale {
        at,
        order: order.into(),
        links,
        money: money(total.saturating_sub(tax), currency),
        charged: minor(total, currency),
        email: owned(text(session, "/customer_details/email").or_else(|| text(session, "/customer_email"))),
        codes: codes([text(session, "/client_reference_id"), text(session, "/metadata/referral_code")]),
        paid_by: Vec::new(),
        early: false,
        remember: [subscription, id(session, "/customer")].into_iter().flatten().map(String::from).collect(),
    }))
}

/// An invoice: a subscription's first one is the same money as the Session that began it, each that follows is an order.
fn invoice(invoice: &Value, at: Timestamp, _: &str) -> Result<Report, Invalid> {
    let order = id(invoice, "/id").ok_or(NO_ID)?;
    let subscription = id(invoice, "/parent/subscription_details/subscription")
        .or_else(|| id(invoice, "/subscription"))
        .filter(|_| text(invoice, "/billing_reason") != Some("manual"));
    let mut links: Vec<Link> = ["/payment_intent", "/charge"]
        .into_iter()
        .filter_map(|path| id(invoice, path))
        .map(|id| Link::new(id, order))
        .collect();
    if let (Some(subscription), Some("subscription_create")) =
        (subscription, text(invoice, "/billing_reason"))
    {
        links.push(Link::new(order, first_of(subscription)));
    }
    let currency = currency(invoice)?;
    let paid = amount(invoice, "/amount_paid");
    if paid <= 0 {
        return Ok(Report::Nothing("nothing was paid"));
    }
    Ok(Report::Sale(Sale {
        at,
        order: order.into(),
        links,
        money: money(paid.saturating_sub(invoice_tax(invoice)), currency),
        charged: minor(paid, currency),
        email: owned(text(invoice, "/customer_email")),
        codes: codes([
            text(invoice, "/parent/subscription_details/metadata/referral_code"),
            text(invoice, "/subscription_details/metadata/referral_code"),
            text(invoice, "/metadata/referral_code"),
        ]),
        remember: Vec::new(),
        early: subscription.is_some()
            && text(invoice, "/billing_reason") != Some("subscription_create")
            && is_soon(invoice, at),
        paid_by: [subscription, id(invoice, "/customer")].into_iter().flatten().map(String::from).collect(),
    }))
}

/// May the subscription be as young as the event of the Session that began it may be late? Stripe sends that for three days.
fn is_soon(invoice: &Value, at: Timestamp) -> bool {
    let began = invoice.get("period_start").and_then(seconds);
    began.is_none_or(|began| at.millis().saturating_sub(began.millis()) <= 4 * 86_400_000)
}

/// What an invoice holds of tax, in each form that it was said in.
fn invoice_tax(invoice: &Value) -> i64 {
    if let Some(net) = invoice.get("total_excluding_tax").and_then(Value::as_i64) {
        return amount(invoice, "/total").saturating_sub(net);
    }
    let taxes =
        ["total_taxes", "total_tax_amounts"].into_iter().find_map(|name| invoice.get(name)?.as_array());
    taxes.map_or_else(
        || amount(invoice, "/tax"),
        |taxes| taxes.iter().fold(0_i64, |sum, tax| sum.saturating_add(amount(tax, "/amount"))),
    )
}

/// Which payment an invoice was paid with: since basil, the one place that says so.
fn invoice_payment(payment: &Value, at: Timestamp, _: &str) -> Result<Report, Invalid> {
    let order = id(payment, "/invoice")
        .ok_or(Invalid::new("data.object.invoice", "data.object.invoice is required"))?;
    let paid_with = id(payment, "/payment/payment_intent").or_else(|| id(payment, "/payment/charge"));
    Ok(paid_with
        .map_or(Report::Nothing("paid outside of Stripe"), |alias| Report::Link(at, Link::new(alias, order))))
}

/// `amount_refunded` is all of the charge that went back so far.
fn refund(charge: &Value, at: Timestamp, _: &str) -> Result<Report, Invalid> {
    let cause = id(charge, "/id").ok_or(NO_ID)?;
    let Some(money) = money(amount(charge, "/amount_refunded"), currency(charge)?) else {
        return Ok(Report::Nothing("nothing went back"));
    };
    let order = id(charge, "/payment_intent").unwrap_or(cause);
    Ok(Report::Refund(Refund { at, order: order.into(), cause: cause.into(), money }))
}

/// A bank that only asks (`warning_…`) takes nothing yet; where it goes on to take the money, the funds are withdrawn.
fn dispute(dispute: &Value, at: Timestamp, kind: &str) -> Result<Report, Invalid> {
    let cause = id(dispute, "/id").ok_or(NO_ID)?;
    let order = id(dispute, "/payment_intent").or_else(|| id(dispute, "/charge"));
    let order = order.ok_or(Invalid::new("data.object.charge", "data.object.charge is required"))?;
    let stage = match (kind, text(dispute, "/status").unwrap_or_default()) {
        ("charge.dispute.closed", "won" | "warning_closed") => Stage::Won,
        ("charge.dispute.closed", _) => Stage::Lost,
        (_, status) if status.starts_with("warning_") => return Ok(Report::Nothing("inquiry")),
        _ => Stage::Opened,
    };
    // Whether it was created or the funds were withdrawn, it is one thing and says one time.
    let opened = dispute.get("created").and_then(seconds).filter(|_| stage == Stage::Opened);
    Ok(Report::Dispute(Dispute { at: opened.unwrap_or(at), order: order.into(), cause: cause.into(), stage }))
}

const NO_ID: Invalid = Invalid::new("data.object.id", "data.object.id is required");

/// In the place of the first invoice of a subscription, whose number a Session of an old version does not say.
fn first_of(subscription: &str) -> String {
    [subscription, "/first"].concat()
}

/// An id, or the id of an object in its place.
fn id<'a>(from: &'a Value, path: &str) -> Option<&'a str> {
    let value = from.pointer(path)?;
    let id = value.as_str().or_else(|| value.get("id")?.as_str());
    id.filter(|id| is_token(id) || (id.starts_with("cs_") && id.len() <= 200))
}

fn seconds(value: &Value) -> Option<Timestamp> {
    value.as_i64()?.checked_mul(1_000).map(Timestamp::from_millis)
}

fn amount(from: &Value, path: &str) -> i64 {
    from.pointer(path).and_then(Value::as_i64).unwrap_or_default()
}

fn currency(object: &Value) -> Result<Currency, Invalid> {
    let fault = Invalid::new("data.object.currency", "data.object.currency must be an ISO 4217 code");
    Currency::parse(required(object, "/currency", fault)?).map_err(|_| fault)
}

fn money(amount: i64, currency: Currency) -> Option<Money> {
    Money::of_minor(minor(amount, currency), currency)
}

/// Stripe's amount in the minor unit of ISO 4217; a fraction of it, which cannot be paid, is rounded down.
fn minor(amount: i64, currency: Currency) -> i64 {
    let is_one_of = |codes: &str| codes.split(' ').any(|code| code == currency.code());
    let decimals = if is_one_of(WHOLE) {
        0
    } else if is_one_of(THOUSANDTHS) {
        3
    } else {
        2_u32
    };
    let power = |by: u32| 10_i64.saturating_pow(by);
    let more = power(currency.decimals().saturating_sub(decimals));
    let less = power(decimals.saturating_sub(currency.decimals()));
    amount.saturating_mul(more).checked_div(less).unwrap_or_default()
}

#[cfg(test)]
mod tests;
