//! What a contest has brought its owner, in all and by day.

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::{Book, Facts};
use crate::Timestamp;
use crate::attribution::Rule;

/// What referral links brought, and what participants did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Visits through a participant's link.
    pub visits: u32,
    /// Friends who signed up.
    pub signups: u32,
    /// Purchases by friends, without those that were given back whole or wait to be confirmed.
    pub purchases: u32,
    /// Bonus actions that were completed.
    pub bonuses: u32,
    /// What those purchases cost less what was refunded, in minor units by currency.
    pub revenue: BTreeMap<String, i64>,
    /// The days in UTC on which something happened.
    pub daily: BTreeMap<String, Day>,
}

/// A day in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Visits through a participant's link.
    pub visits: u32,
    /// Friends who signed up.
    pub signups: u32,
    /// Purchases by friends.
    pub purchases: u32,
}

/// Adds up a set of facts by a contest's rule.
pub fn totals(facts: &Facts, rule: Rule) -> Totals {
    let book = Book::open(facts);
    all(&book, rule, &mut book.visits().map(|visited| visited.at))
}

/// By what is asked of the facts, and when each visit was that counts.
pub(super) fn all(book: &Book, rule: Rule, visits: &mut dyn Iterator<Item = Timestamp>) -> Totals {
    let mut totals = Totals::default();
    let one_more = |count: &mut u32| *count = count.saturating_add(1);
    for at in visits {
        one_more(&mut totals.visits);
        one_more(&mut totals.daily.entry(at.day()).or_default().visits);
    }
    for joined in book.joined.values() {
        if book.of_signup(joined, rule).is_some_and(|referral| referral.earns()) {
            one_more(&mut totals.signups);
            one_more(&mut totals.daily.entry(joined.at.day()).or_default().signups);
        }
    }
    for order in book.orders.values().filter(|order| order.stands()) {
        let Some(told) = order.counted() else { continue };
        if book.of_order(order, told, rule).is_some_and(|referral| referral.earns()) {
            one_more(&mut totals.purchases);
            one_more(&mut totals.daily.entry(order.at().day()).or_default().purchases);
            let revenue = totals.revenue.entry(told.currency.clone()).or_default();
            *revenue = revenue.saturating_add(order.revenue());
        }
    }
    book.bonuses().for_each(|_| one_more(&mut totals.bonuses));
    totals
}
