//! What Shopify's webhooks say. An order goes by its `id`, which is the number in the address of its status page.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use crate::decimal::Decimal;
use crate::report::{Customer, Refund, Report, Sale, codes, owned, text};
use crate::{Code, Currency, Invalid, Money, Timestamp};

/// Reads a webhook of a topic that came at a moment. `test_mode` takes orders that no money stands behind.
pub fn read(topic: &str, sent: &Value, test_mode: bool, now: Timestamp) -> Result<Report, Invalid> {
    let at = |path| text(sent, path).and_then(Timestamp::parse).unwrap_or(now);
    match topic {
        "orders/paid" if sent.get("test").and_then(Value::as_bool) == Some(true) && !test_mode => {
            Ok(Report::Nothing("test order"))
        }
        "orders/paid" => order(sent, at("/processed_at")),
        "refunds/create" => refund(sent, at("/created_at")),
        "customers/create" => Ok(customer(sent, at("/created_at"))),
        _ => Ok(Report::Nothing("topic")),
    }
}

fn order(order: &Value, at: Timestamp) -> Result<Report, Invalid> {
    let currency = currency(order, "/currency")?;
    let total = minor(order, "/total_price", currency);
    let tax = minor(order, "/total_tax", currency);
    Ok(Report::Sale(Sale {
        at,
        order: number(order, "/id")?,
        links: Vec::new(),
        money: Money::of_minor(total.saturating_sub(tax), currency),
        charged: total,
        email: owned(
            text(order, "/email")
                .or_else(|| text(order, "/contact_email"))
                .or_else(|| text(order, "/customer/email")),
        ),
        codes: order_codes(order),
        paid_by: Vec::new(),
        early: false,
        remember: Vec::new(),
    }))
}

/// From a note attribute, which the shop wrote; from the page on which the visit began; from a discount.
fn order_codes(order: &Value) -> Vec<Code> {
    let list = |name| order.get(name).and_then(Value::as_array).into_iter().flatten();
    let is_ours = |note: &&Value| text(note, "/name").is_some_and(is_parameter);
    let notes = list("note_attributes").filter(is_ours).map(|note| text(note, "/value"));
    let landing = text(order, "/landing_site").and_then(|page| page.split_once('?'));
    let query = landing.map(|(_, query)| query.split('#').next().unwrap_or_default()).unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let landing = pairs.filter(|(name, _)| is_parameter(name)).map(|(_, value)| Some(value));
    let discounts = list("discount_codes").map(|discount| text(discount, "/code"));
    codes(notes.chain(landing).chain(discounts))
}

/// `ref` is the link's, `referral_code` the one of a form or cart.
fn is_parameter(name: &str) -> bool {
    matches!(name.trim(), "ref" | "referral_code")
}

/// Each refund is a cause of its own; together they are what went back.
fn refund(refund: &Value, at: Timestamp) -> Result<Report, Invalid> {
    let cause = number(refund, "/id")?;
    let transactions = refund.get("transactions").and_then(Value::as_array).into_iter().flatten();
    let done = transactions.filter(|transaction| {
        text(transaction, "/kind") == Some("refund") && text(transaction, "/status") == Some("success")
    });
    let mut sum = 0_i64;
    let mut in_currency = None;
    for transaction in done {
        let currency = currency(transaction, "/currency")?;
        sum = sum.saturating_add(minor(transaction, "/amount", currency));
        in_currency = Some(currency);
    }
    let Some(money) = in_currency.and_then(|currency| Money::of_minor(sum, currency)) else {
        return Ok(Report::Nothing("nothing went back"));
    };
    Ok(Report::Refund(Refund { at, order: number(refund, "/order_id")?, cause, money }))
}

/// A form that makes a customer may write `referral_code: REF-XYZ789` into the note.
fn customer(customer: &Value, at: Timestamp) -> Report {
    let name: Vec<&str> =
        ["/first_name", "/last_name"].iter().filter_map(|path| text(customer, path)).collect();
    let note = text(customer, "/note").unwrap_or_default().lines().filter_map(|line| line.split_once(':'));
    Report::Customer(Customer {
        at,
        email: owned(text(customer, "/email")),
        name: Some(name.join(" ")).filter(|name| !name.is_empty()),
        phone: owned(text(customer, "/phone")),
        codes: codes(note.filter(|(name, _)| is_parameter(name)).map(|(_, value)| Some(value))),
    })
}

fn number(from: &Value, path: &'static str) -> Result<String, Invalid> {
    let field = path.trim_start_matches('/');
    let number = from.pointer(path).and_then(Value::as_u64).map(|number| number.to_string());
    number.ok_or(Invalid::new(field, "id and order_id must be numbers"))
}

fn currency(from: &Value, path: &str) -> Result<Currency, Invalid> {
    Currency::parse(text(from, path).unwrap_or_default())
}

fn minor(from: &Value, path: &str, currency: Currency) -> i64 {
    let amount = text(from, path).and_then(Decimal::parse);
    amount.and_then(|amount| amount.scaled(currency.decimals()).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
