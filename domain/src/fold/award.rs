//! Every point that was given or taken, and what for. The sum of an entry's awards is its points.

use alloc::string::String;
use alloc::vec::Vec;

use super::book::Referral;
use super::index::Index;
use super::order::Order;
use super::{Book, Facts, sorted};
use crate::attribution::Rule;
use crate::fact::{Disputed, Fact, Purchased, Refunded, purchased_id};
use crate::trust::{self, Doubts};
use crate::{EntryId, Timestamp};

/// Why an entry has points, or has them no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A friend they brought signed up.
    FriendSignedUp,
    /// They signed up through a friend's link.
    SignedUpReferred,
    /// A friend they brought bought something.
    FriendPurchased,
    /// They bought something.
    Purchased,
    /// A purchase that earns nothing until a source that is trusted reports it.
    Pending,
    /// Money of a purchase went back.
    Refunded,
    /// A purchase is disputed, or was, and the shop lost.
    Disputed,
    /// They did what the contest gives points for.
    Bonus,
    /// Points were given or taken by hand, or brought along.
    Adjusted,
    /// What friends earned them on one day was more than a day may earn.
    Capped,
    /// A referral that earns nothing, because it is too doubtful.
    Blocked,
}

impl Cause {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FriendSignedUp => "friendSignedUp",
            Self::SignedUpReferred => "signedUpReferred",
            Self::FriendPurchased => "friendPurchased",
            Self::Purchased => "purchased",
            Self::Pending => "pending",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
            Self::Bonus => "bonus",
            Self::Adjusted => "adjusted",
            Self::Capped => "capped",
            Self::Blocked => "blocked",
        }
    }

    /// The setting, or the rule that is no setting, by which it gives or takes.
    pub fn rule(self) -> &'static str {
        match self {
            Self::FriendSignedUp => "settings.points.signup.advocate, when it happened",
            Self::SignedUpReferred => "settings.points.signup.friend, when it happened",
            Self::FriendPurchased => "settings.points.purchase: the advocate's share, when it was reported",
            Self::Purchased => "settings.points.purchase: the friend's share, when it was reported",
            Self::Pending => "settings.purchaseTrust: nothing until a trusted source reports the order",
            Self::Refunded => "points go back in proportion to the money",
            Self::Disputed => "a dispute takes all while it is open, and if it is lost",
            Self::Bonus => "settings.bonusActions, when it was completed",
            Self::Adjusted => "by hand",
            Self::Capped => "settings.caps.perAdvocatePerDay",
            Self::Blocked => "settings.trust, when it happened",
        }
    }
}

/// Points that an entry was given, and what for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Award {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub entry: EntryId,
    /// What for.
    pub cause: Cause,
    /// The id of the fact behind it; a cap has none.
    pub fact: Option<String>,
    /// How many, up or down.
    pub points: i64,
    /// What is doubtful about the referral that it comes from.
    pub doubts: Doubts,
}

impl Award {
    /// The setting, or the rule that is no setting, by which it gives or takes.
    pub fn rule(&self) -> &'static str {
        let blocking = self.doubts.blocking().next().filter(|_| self.cause == Cause::Blocked);
        blocking.map_or_else(|| self.cause.rule(), trust::Rule::setting)
    }
}

/// Every award that the facts give by a contest's rule, also of nothing.
pub fn awards(facts: &Facts, rule: Rule) -> Vec<Award> {
    let mut awards = Vec::new();
    Book::open(facts).awards(rule, &mut |award| awards.push(award));
    awards
}

/// Every award that an entry holds or lost, the earliest first. Their sum is the entry's points.
pub fn why(facts: &Facts, rule: Rule, entry: &EntryId) -> Vec<Award> {
    sorted(awards(facts, rule).into_iter().filter(|award| award.entry == *entry))
}

/// What friends earned an advocate on one day.
struct CappedDay<'a> {
    advocate: &'a EntryId,
    number: i64,
    points: i64,
    cap: Option<u32>,
    at: Timestamp,
}

/// What a friend earned an advocate, towards the advocate's day.
pub(super) struct Counted<'a> {
    pub(super) advocate: &'a EntryId,
    pub(super) at: Timestamp,
    pub(super) points: i64,
    pub(super) cap: Option<u32>,
}

/// Gives every award but what caps take, which is known once a day is added up. They are given one by one: all of a large contest
/// at once take more room than its facts.
struct Given<'a, 'b> {
    to: &'b mut dyn FnMut(Award),
    counted: Vec<Counted<'a>>,
    /// About what is being given now.
    doubts: Doubts,
}

/// The cap of a day of which several were in force: the most generous, so that a new cap takes nothing that was given.
pub(super) fn wider(cap: Option<u32>, other: Option<u32>) -> Option<u32> {
    cap.zip(other).map(|(a, b)| a.max(b))
}

/// What a cap takes of a day's points: nothing, or less than that.
pub(super) fn taken(points: i64, cap: Option<u32>) -> i64 {
    cap.map_or(0, |cap| i64::from(cap).saturating_sub(points).min(0))
}

impl<'a> Given<'a, '_> {
    fn give(&mut self, entry: &EntryId, cause: Cause, (fact, at): (String, Timestamp), points: i64) {
        let doubts = self.doubts;
        (self.to)(Award { at, entry: entry.clone(), cause, fact: Some(fact), points, doubts });
    }

    /// Says to both that a referral earns nothing.
    fn block(&mut self, advocate: &EntryId, friend: &EntryId, fact: (String, Timestamp)) {
        self.give(advocate, Cause::Blocked, fact.clone(), 0);
        self.give(friend, Cause::Blocked, fact, 0);
    }

    fn count(&mut self, advocate: &'a EntryId, at: Timestamp, points: i64, cap: Option<u32>) {
        self.counted.push(Counted { advocate, at, points, cap });
    }

    /// Gives an order's points and takes back what was refunded and is disputed; says what is left.
    fn give_order(
        &mut self,
        entry: &EntryId,
        cause: Cause,
        order: &Order,
        told: &Purchased,
        points: u32,
    ) -> i64 {
        let fact = purchased_id(&told.purchase, told.source);
        if told.pending {
            self.give(entry, Cause::Pending, (fact, order.at()), 0);
            return 0;
        }
        let mut left = i64::from(points);
        self.give(entry, cause, (fact, order.at()), left);
        for (refund, rest) in order.after_refunds(points) {
            self.take(entry, Cause::Refunded, refund_source(refund), &mut left, rest);
        }
        if let Some(dispute) = order.dispute() {
            self.take(entry, Cause::Disputed, dispute_source(dispute), &mut left, 0);
        }
        left
    }

    fn take(&mut self, entry: &EntryId, cause: Cause, fact: (String, Timestamp), left: &mut i64, rest: i64) {
        if rest != *left {
            self.give(entry, cause, fact, rest.saturating_sub(*left));
            *left = rest;
        }
    }
}

fn refund_source(refund: &Refunded) -> (String, Timestamp) {
    (Fact::Refunded(refund.clone()).id(), refund.at)
}

fn dispute_source(dispute: &Disputed) -> (String, Timestamp) {
    (Fact::Disputed(dispute.clone()).id(), dispute.at)
}

/// What friends earned each advocate on each day.
fn days(counted: Vec<Counted>) -> Vec<CappedDay> {
    let mut days: Index<Vec<CappedDay>> = Index::default();
    for Counted { advocate, at, points, cap } in counted {
        let number = at.day_number();
        days.change(advocate.as_str(), Vec::new(), |days| {
            match days.iter_mut().find(|day| day.number == number) {
                Some(day) => {
                    day.points = day.points.saturating_add(points);
                    day.cap = wider(day.cap, cap);
                    day.at = day.at.max(at);
                }
                None => days.push(CappedDay { advocate, number, points, cap, at }),
            }
        });
    }
    days.into_items().into_iter().flatten().collect()
}

impl<'a> Book<'a> {
    pub(super) fn awards(&self, rule: Rule, to: &mut dyn FnMut(Award)) {
        for day in days(self.given(rule, to)) {
            let points = taken(day.points, day.cap);
            if points < 0 {
                let (at, entry, cause, fact) = (day.at, day.advocate.clone(), Cause::Capped, None);
                to(Award { at, entry, cause, fact, points, doubts: Doubts::default() });
            }
        }
    }

    /// Gives every award but what caps take, and says what counts towards those.
    pub(super) fn given(&self, rule: Rule, to: &mut dyn FnMut(Award)) -> Vec<Counted<'a>> {
        let mut given = Given { to, counted: Vec::new(), doubts: Doubts::default() };
        for joined in self.joined.values() {
            let Some(referral) = self.of_signup(joined, rule) else { continue };
            let Referral { advocate, doubts } = referral;
            let fact = (crate::fact::joined_id(&joined.entry), joined.at);
            given.doubts = doubts;
            if !referral.earns() {
                given.block(advocate, &joined.entry, fact);
                continue;
            }
            let points = joined.points.advocate.into();
            given.give(advocate, Cause::FriendSignedUp, fact.clone(), points);
            given.count(advocate, joined.at, points, joined.cap);
            given.give(&joined.entry, Cause::SignedUpReferred, fact, joined.points.friend.into());
        }
        for order in self.orders.values() {
            let Some(told) = order.counted() else { continue };
            let referral = self.of_order(order, told, rule);
            given.doubts = referral.map(|referral| referral.doubts).unwrap_or_default();
            if let Some(referral) = referral.filter(|referral| !referral.earns()) {
                let fact = (purchased_id(&told.purchase, told.source), order.at());
                given.block(referral.advocate, &told.friend, fact);
                continue;
            }
            if let Some(Referral { advocate, .. }) = referral {
                let left =
                    given.give_order(advocate, Cause::FriendPurchased, order, told, told.points.advocate);
                given.count(advocate, order.at(), left, told.cap);
            }
            given.give_order(&told.friend, Cause::Purchased, order, told, told.points.friend);
        }
        given.doubts = Doubts::default();
        for bonus in self.bonuses() {
            let fact = (crate::fact::bonus_id(&bonus.entry, &bonus.action), bonus.at);
            given.give(&bonus.entry, Cause::Bonus, fact, bonus.points.into());
        }
        for adjusted in self.adjustments() {
            let fact = (crate::fact::adjusted_id(&adjusted.entry, &adjusted.event), adjusted.at);
            given.give(&adjusted.entry, Cause::Adjusted, fact, adjusted.points);
        }
        given.counted
    }
}
