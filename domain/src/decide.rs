//! What a signup or a purchase makes of what is known: which facts to write, what to answer.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::attribution::Binding;
use crate::contest::Contest;
use crate::fact::{Bound, Fact, Joined, Purchased, Source};
use crate::fold::counted;
use crate::points::Points;
use crate::settings::PurchaseTrust;
use crate::{Code, EntryId, Money, Timestamp};

/// Whom a code belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advocate {
    /// The code.
    pub code: Code,
    /// Its owner.
    pub entry: EntryId,
}

/// What came of a signup by somebody who was no participant.
#[derive(Debug)]
pub struct Signup {
    /// To be written before anybody is answered.
    pub facts: Vec<Fact>,
    /// What it earns now.
    pub points: Points,
    /// Whether an advocate brought the friend.
    pub is_referred: bool,
}

/// A new participant, who gets a code, brought by the owner of the code in the call if that is another
/// person, or by whom an earlier purchase bound them to.
pub fn signup(
    contest: &Contest,
    friend: &EntryId,
    code: Code,
    bindings: &[Binding],
    advocate: Option<&Advocate>,
    at: Timestamp,
) -> Signup {
    let points = contest.settings.points.signup;
    let credited = contest.settings.rule().credited(bindings, at);
    let binding = if credited.is_some() { None } else { new_binding(friend, advocate, at) };
    let is_referred = credited.is_some() || binding.is_some();
    let by = by(binding.as_ref(), credited, at);
    // That they joined comes last: a call that was cut off before it comes again as a new one.
    let cap = contest.settings.caps.per_advocate_per_day;
    let joined = Fact::Joined(Joined { at, entry: friend.clone(), code, by, points, cap });
    let facts = binding.map(Fact::Bound).into_iter().chain([joined]).collect();
    Signup { facts, points: if is_referred { points } else { Points::default() }, is_referred }
}

/// What is known of a buyer.
#[derive(Debug)]
pub struct Buyer<'a> {
    /// Who it is.
    pub entry: &'a EntryId,
    /// Whether they are a participant.
    pub joined: bool,
    /// Which codes brought them.
    pub bindings: &'a [Binding],
}

impl Buyer<'_> {
    /// Is it decided whom a purchase credits, whatever code comes with it?
    pub fn is_settled(&self, contest: &Contest, at: Timestamp) -> bool {
        self.joined || contest.settings.rule().credited(self.bindings, at).is_some()
    }
}

/// What a shop says of an order.
#[derive(Debug)]
pub struct Order<'a> {
    /// The purchase's id, which follows from contest and order.
    pub purchase: String,
    /// The shop's own number.
    pub id: &'a str,
    /// What it cost.
    pub money: Money,
    /// What was charged for it, if that is more: with tax; in minor units.
    pub charged: Option<i64>,
    /// Who says so.
    pub source: Source,
    /// When.
    pub at: Timestamp,
}

/// What came of a purchase.
#[derive(Debug)]
pub struct Purchase {
    /// To be written before anybody is answered.
    pub facts: Vec<Fact>,
    /// What it earns now.
    pub points: Points,
    /// It earns nothing until a source that is trusted reports the same order.
    pub pending: bool,
}

/// A purchase credits the advocate whom the buyer is already bound to. Only where the buyer is new does
/// the code in the call count. `None`: nobody brought the buyer, who is no participant either: nothing
/// is kept of a stranger.
///
/// `reports` is what others said of the same order. The points that one of them gave for the same amount stay: a change
/// of the rates between an order and its confirmation changes nothing.
pub fn purchase(
    contest: &Contest,
    buyer: &Buyer,
    order: &Order,
    advocate: Option<&Advocate>,
    reports: &[Fact],
) -> Option<Purchase> {
    let credited = contest.settings.rule().credited(buyer.bindings, order.at);
    let binding =
        if buyer.is_settled(contest, order.at) { None } else { new_binding(buyer.entry, advocate, order.at) };
    let referred = credited.is_some() || binding.is_some();
    if !referred && !buyer.joined {
        return None;
    }
    let pending = order.is_pending(contest);
    let same = counted(reports).filter(|known| known.money() == Some(order.money));
    let points =
        same.map_or_else(|| contest.settings.points.purchase.earned(order.money), |known| known.points);
    let fact = Fact::Purchased(Purchased {
        at: order.at,
        purchase: order.purchase.clone(),
        source: order.source,
        pending,
        order: order.id.to_owned(),
        friend: buyer.entry.clone(),
        by: by(binding.as_ref(), credited, order.at),
        minor: order.money.minor,
        charged: order.charged,
        currency: order.money.currency.code().to_owned(),
        points,
        cap: contest.settings.caps.per_advocate_per_day,
    });
    let points = match (pending, referred) {
        (true, _) => Points::default(),
        (false, true) => points,
        (false, false) => Points { advocate: 0, ..points },
    };
    // The purchase comes last: a call that was cut off before it comes again as a new one.
    let facts = binding.map(Fact::Bound).into_iter().chain([fact]).collect();
    Some(Purchase { facts, points, pending })
}

/// What brings a buyer who pays nothing yet, such as at the beginning of a trial: the owner of the code, if nobody did.
pub fn brought(
    contest: &Contest,
    buyer: &Buyer,
    advocate: Option<&Advocate>,
    at: Timestamp,
) -> Option<Bound> {
    if buyer.is_settled(contest, at) { None } else { new_binding(buyer.entry, advocate, at) }
}

/// What is known already of an order that is reported now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Who bought.
    pub friend: EntryId,
    /// It still waits for a source that is trusted.
    pub pending: bool,
    /// What is said now adds nothing: the same source said it before, or one that is trusted further did.
    pub settled: bool,
}

/// What others, or this very source, said of an order before; `None` where it is new.
pub fn reported(contest: &Contest, order: &Order, reports: &[Fact]) -> Option<Reported> {
    let known = counted(reports)?;
    let said_before = |fact: &Fact| matches!(fact, Fact::Purchased(p) if p.source == order.source);
    let settled = (!known.pending, known.source) > (!order.is_pending(contest), order.source)
        || reports.iter().any(said_before);
    Some(Reported { friend: known.friend.clone(), pending: known.pending, settled })
}

impl Order<'_> {
    /// Does it have to wait for a source that is trusted?
    fn is_pending(&self, contest: &Contest) -> bool {
        contest.settings.purchase_trust == PurchaseTrust::Confirmed && self.source == Source::Browser
    }
}

/// Nobody refers themself.
fn new_binding(friend: &EntryId, advocate: Option<&Advocate>, at: Timestamp) -> Option<Bound> {
    let advocate = advocate.filter(|advocate| advocate.entry != *friend)?;
    Some(Bound { at, friend: friend.clone(), code: advocate.code.clone() })
}

/// The code that this very call bound the friend to. A call that was cut off behind the binding and comes again
/// finds it with its own time: it writes what it would have written.
fn by(new: Option<&Bound>, credited: Option<&Binding>, at: Timestamp) -> Option<Code> {
    let own = credited.filter(|binding| binding.at == at).map(|binding| &binding.code);
    new.map(|bound| &bound.code).or(own).cloned()
}

#[cfg(test)]
#[cfg(feature = "serde")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Currency;
    use crate::contest::NewContest;

    fn contest(settings: &Value) -> Contest {
        let sent = json!({"title": "x", "settings": settings});
        NewContest::read(&sent).unwrap().complete("team", "demo".into(), Timestamp::default()).unwrap()
    }

    fn order(source: Source, amount: &str) -> Order<'_> {
        let money = Money::parse(amount, Currency::parse("USD").unwrap()).unwrap();
        Order {
            purchase: "p".into(),
            id: "1001",
            money,
            charged: None,
            source,
            at: Timestamp::from_millis(5),
        }
    }

    #[test]
    fn a_report_is_worth_writing_if_it_is_trusted_further_than_those_before() {
        use Source::{Api, Browser, Stripe, Webhook};
        let friend = EntryId::of_email(b"secret", "demo", "joe@example.com");
        let buyer = Buyer { entry: &friend, joined: true, bindings: &[] };
        for (trust, before, now, expected) in [
            ("browser", vec![], Browser, None),
            ("browser", vec![Browser], Browser, Some((false, true))),
            ("browser", vec![Browser], Api, Some((false, false))),
            ("browser", vec![Api], Browser, Some((false, true))),
            ("browser", vec![Browser, Stripe], Webhook, Some((false, true))),
            ("confirmed", vec![Browser], Browser, Some((true, true))),
            ("confirmed", vec![Browser], Webhook, Some((true, false))),
            ("confirmed", vec![Browser, Webhook], Webhook, Some((false, true))),
        ] {
            let contest = contest(&json!({"purchaseTrust": trust}));
            let reports: Vec<Fact> = before
                .iter()
                .flat_map(|&source| {
                    purchase(&contest, &buyer, &order(source, "10"), None, &[]).unwrap().facts
                })
                .collect();
            let known = reported(&contest, &order(now, "10"), &reports);
            let known = known.map(|known| (known.pending, known.settled));
            assert_eq!(known, expected, "{trust}: {before:?}, then {now:?}");
        }
    }

    #[test]
    fn an_order_keeps_the_points_of_the_day_it_was_placed() {
        let friend = EntryId::of_email(b"secret", "demo", "joe@example.com");
        let buyer = Buyer { entry: &friend, joined: true, bindings: &[] };
        let rate = |n: u32| contest(&json!({"points": {"purchase": {"perUnit": {"friend": n}}}}));
        let placed = purchase(&rate(1), &buyer, &order(Source::Browser, "10"), None, &[]).unwrap();
        let confirm = |amount| {
            let order = order(Source::Api, amount);
            purchase(&rate(3), &buyer, &order, None, &placed.facts).unwrap().points.friend
        };
        assert_eq!((confirm("10"), confirm("20")), (10, 60), "another amount earns by the rates of now");
    }
}
