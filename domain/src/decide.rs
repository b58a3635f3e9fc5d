//! What a signup or a purchase makes of what is known: which facts to write, what to answer.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::attribution::Binding;
use crate::contest::Contest;
use crate::fact::{Bound, Fact, Joined, Purchased, Source};
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
    let joined = Fact::Joined(Joined { at, entry: friend.clone(), code, by, points });
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
pub fn purchase(
    contest: &Contest,
    buyer: &Buyer,
    order: &Order,
    advocate: Option<&Advocate>,
) -> Option<Purchase> {
    let credited = contest.settings.rule().credited(buyer.bindings, order.at);
    let binding =
        if buyer.is_settled(contest, order.at) { None } else { new_binding(buyer.entry, advocate, order.at) };
    let referred = credited.is_some() || binding.is_some();
    if !referred && !buyer.joined {
        return None;
    }
    let pending =
        contest.settings.purchase_trust == PurchaseTrust::Confirmed && order.source == Source::Browser;
    let rates = contest.settings.points.purchase.earned(order.money);
    let fact = Fact::Purchased(Purchased {
        at: order.at,
        purchase: order.purchase.clone(),
        source: order.source,
        pending,
        order: order.id.to_owned(),
        friend: buyer.entry.clone(),
        by: by(binding.as_ref(), credited, order.at),
        minor: order.money.minor,
        currency: order.money.currency.code().to_owned(),
        points: rates,
    });
    let points = match (pending, referred) {
        (true, _) => Points::default(),
        (false, true) => rates,
        (false, false) => Points { advocate: 0, ..rates },
    };
    // The purchase comes last: a call that was cut off before it comes again as a new one.
    let facts = binding.map(Fact::Bound).into_iter().chain([fact]).collect();
    Some(Purchase { facts, points, pending })
}

/// Whose order was reported before, and whether it still waits to be confirmed; `None` for a new one.
pub fn reported(reports: &[Fact]) -> Option<(EntryId, bool)> {
    let purchased = |fact: &Fact| match fact {
        Fact::Purchased(purchased) => Some((purchased.friend.clone(), purchased.pending)),
        _ => None,
    };
    let (friend, _) = reports.iter().find_map(purchased)?;
    Some((friend, reports.iter().filter_map(purchased).all(|(_, pending)| pending)))
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
