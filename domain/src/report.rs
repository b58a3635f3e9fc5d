//! What an event of a payment provider or a shop says, without that one's wording. What it is worth is decided elsewhere.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use crate::fact::Stage;
use crate::{Code, Invalid, Money, Timestamp};

/// What an event says. Orders go by the sender's own numbers, such as `cs_1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Somebody bought something, or began a trial.
    Sale(Sale),
    /// Money went back.
    Refund(Refund),
    /// A buyer's bank asks for the money, or has decided.
    Dispute(Dispute),
    /// Two numbers name one order.
    Link(Timestamp, Link),
    /// Somebody became a customer.
    Customer(Customer),
    /// Nothing that matters here, and why not.
    Nothing(&'static str),
}

/// That two numbers name one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The number that stands for the other.
    pub alias: String,
    /// The number whose own report counts, if there is one.
    pub order: String,
}

impl Link {
    pub(crate) fn new(alias: impl Into<String>, order: impl Into<String>) -> Self {
        Self { alias: alias.into(), order: order.into() }
    }
}

/// What somebody bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// When.
    pub at: Timestamp,
    /// The order's number.
    pub order: String,
    /// What other numbers are the same order.
    pub links: Vec<Link>,
    /// What it cost, without tax; `None` where nothing is paid yet.
    pub money: Option<Money>,
    /// What was charged for it, in minor units, with tax.
    pub charged: i64,
    /// Who pays, if it is said.
    pub email: Option<String>,
    /// What may be a referral code, the likelier first.
    pub codes: Vec<Code>,
    /// Numbers that may have been remembered for who pays, the likelier first: their address may have changed.
    pub paid_by: Vec<String>,
    /// Numbers to remember for who pays.
    pub remember: Vec<String>,
    /// It may have come before what says who pays.
    pub early: bool,
}

/// How much went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// When.
    pub at: Timestamp,
    /// The order's number, or an alias.
    pub order: String,
    /// What grows: of one cause the largest amount counts, and causes add up.
    pub cause: String,
    /// All that this cause has taken back so far.
    pub money: Money,
}

/// How far a dispute has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// When.
    pub at: Timestamp,
    /// The order's number, or an alias.
    pub order: String,
    /// The dispute's own number.
    pub cause: String,
    /// How far.
    pub stage: Stage,
}

/// Who became a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// When.
    pub at: Timestamp,
    /// Their address.
    pub email: Option<String>,
    /// What they are called.
    pub name: Option<String>,
    /// Their telephone number.
    pub phone: Option<String>,
    /// What may be a referral code.
    pub codes: Vec<Code>,
}

/// A text that is there and not empty.
pub(crate) fn text<'a>(from: &'a Value, path: &str) -> Option<&'a str> {
    from.pointer(path)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The same, of what cannot be read without it.
pub(crate) fn required<'a>(from: &'a Value, path: &str, missing: Invalid) -> Result<&'a str, Invalid> {
    text(from, path).ok_or(missing)
}

/// Those of several texts that may be referral codes.
pub(crate) fn codes<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Vec<Code> {
    let mut codes = Vec::new();
    for code in texts.into_iter().flatten().filter_map(|text| Code::parse(text).ok()) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// Texts that are owned.
pub(crate) fn owned(text: Option<&str>) -> Option<String> {
    text.map(ToOwned::to_owned)
}
