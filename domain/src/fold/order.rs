//! One order: which of several reports counts, and how much of it was given back.

use alloc::vec::Vec;

use super::link::Links;
use crate::Timestamp;
use crate::fact::{Disputed, Fact, Purchased, Refunded, Source, Stage};
use crate::points::Points;

/// All that is known of an order, in whatever order it came.
#[derive(Default)]
pub(super) struct Order<'a> {
    pub(super) reports: Vec<&'a Purchased>,
    refunds: Vec<&'a Refunded>,
    pub(super) disputes: Vec<&'a Disputed>,
}

/// A part of a whole, neither below nothing nor above all.
#[derive(Clone, Copy)]
struct Part {
    of: i128,
    whole: i128,
}

impl Part {
    const NOTHING: Self = Self { of: 0, whole: 1 };
    const ALL: Self = Self { of: 1, whole: 1 };

    fn new(of: i128, whole: i128) -> Self {
        if whole <= 0 { Self::ALL } else { Self { of: of.clamp(0, whole), whole } }
    }

    fn larger(self, other: Self) -> Self {
        if other.of.saturating_mul(self.whole) > self.of.saturating_mul(other.whole) { other } else { self }
    }

    /// What is left of a number without this part, rounded half up: of everything, exactly nothing.
    fn rest(self, number: i64) -> i64 {
        let left = self.whole.saturating_sub(self.of).saturating_mul(number.into());
        let rest =
            left.saturating_mul(2).saturating_add(self.whole).checked_div(self.whole.saturating_mul(2));
        rest.and_then(|rest| i64::try_from(rest).ok()).unwrap_or(0)
    }
}

/// Of several reports of one order, the one that counts: a confirmed one before a pending one, then the more trusted
/// source's.
pub fn counted<'a>(reports: impl IntoIterator<Item = &'a Fact>) -> Option<&'a Purchased> {
    best(reports.into_iter().filter_map(|fact| match fact {
        Fact::Purchased(purchased) => Some(purchased),
        _ => None,
    }))
}

/// The report that a source's refund is a part of: its own, whose amount may be with tax and another's without; else the
/// one that counts.
pub fn measured_by<'a>(
    reports: impl IntoIterator<Item = &'a Fact, IntoIter: Clone>,
    source: Source,
) -> Option<&'a Purchased> {
    let reports = reports.into_iter();
    let own = |fact: &&Fact| matches!(fact, Fact::Purchased(purchased) if purchased.source == source);
    counted(reports.clone().filter(own)).or_else(|| counted(reports))
}

/// What is left of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Of its amount, in minor units.
    pub minor: i64,
    /// Of its points: the advocate's, if there is one who gets the credit, and the friend's.
    pub points: Points,
}

/// What is left of one order by all that is known of it.
pub fn left_of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Left {
    let mut order = Order::default();
    for fact in facts {
        match fact {
            Fact::Purchased(purchased) => order.reports.push(purchased),
            Fact::Refunded(refunded) => order.refund(refunded),
            Fact::Disputed(disputed) => order.disputes.push(disputed),
            _ => {}
        }
    }
    let Some(told) = order.counted().filter(|_| order.stands()) else { return Left::default() };
    let rest = |points: u32| order.given_back(&order.refunds).rest(points.into()).try_into().unwrap_or(0);
    let points = Points { advocate: rest(told.points.advocate), friend: rest(told.points.friend) };
    Left { minor: order.revenue(), points }
}

/// A source says one thing of an order, so that no two are alike; if they were, the lesser fact.
fn best<'a>(reports: impl Iterator<Item = &'a Purchased>) -> Option<&'a Purchased> {
    reports.min_by(|a, b| trust(b).cmp(&trust(a)).then_with(|| a.cmp(b)))
}

fn trust(report: &Purchased) -> (bool, Source) {
    (!report.pending, report.source)
}

impl<'a> Order<'a> {
    /// Of what one source says of several numbers of one order, what it says of an alias does not count beside what it
    /// says of what that stands for: nothing may depend on whether the former was reported at all.
    pub(super) fn set_aside(&mut self, links: &Links) {
        let own = |report: &&Purchased| !links.is_alias(&report.purchase);
        let own: Vec<Source> = self.reports.iter().copied().filter(own).map(|report| report.source).collect();
        self.reports.retain(|report| !links.is_alias(&report.purchase) || !own.contains(&report.source));
    }

    /// Adds a refund where it belongs in time.
    pub(super) fn refund(&mut self, refund: &'a Refunded) {
        let place = self.refunds.partition_point(|known| *known < refund);
        self.refunds.insert(place, refund);
    }

    /// The report that counts; `None` where something was given back of an order that nobody has reported yet.
    pub(super) fn counted(&self) -> Option<&'a Purchased> {
        best(self.reports.iter().copied())
    }

    /// When it happened: when the first source says so. One that confirms it comes later.
    pub(super) fn at(&self) -> Timestamp {
        self.reports.iter().map(|report| report.at).min().unwrap_or_default()
    }

    /// Is it worth anything: confirmed, and not given back whole?
    pub(super) fn stands(&self) -> bool {
        let given_back = self.given_back(&self.refunds);
        self.dispute().is_none()
            && given_back.of < given_back.whole
            && self.counted().is_some_and(|told| !told.pending)
    }

    /// What is left of its amount, in minor units.
    pub(super) fn revenue(&self) -> i64 {
        self.counted()
            .filter(|_| self.stands())
            .map_or(0, |told| self.given_back(&self.refunds).rest(told.minor))
    }

    /// What is left of a number of points after each refund, as they came.
    pub(super) fn after_refunds(&self, points: u32) -> Vec<(&'a Refunded, i64)> {
        let upto = |end: usize| self.given_back(self.refunds.get(..=end).unwrap_or_default());
        self.refunds
            .iter()
            .enumerate()
            .map(|(end, refund)| (*refund, upto(end).rest(points.into())))
            .collect()
    }

    /// A dispute that is open or lost. Of one that was closed twice, the later closing.
    pub(super) fn dispute(&self) -> Option<&'a Disputed> {
        let rank = |d: &Disputed| (d.stage != Stage::Opened, d.at, d.stage);
        let is_last = |dispute: &&Disputed| {
            let same = self.disputes.iter().filter(|other| other.cause == dispute.cause);
            same.map(|other| rank(other)).max() == Some(rank(dispute))
        };
        let last = self.disputes.iter().copied().filter(is_last);
        last.filter(|dispute| dispute.stage != Stage::Won).min()
    }

    /// The most that any one source says was given back: two that report the same refund are not added up.
    fn given_back(&self, refunds: &[&Refunded]) -> Part {
        let of_source = |source| self.given_back_by(source, refunds);
        Source::ALL.into_iter().map(of_source).fold(Part::NOTHING, Part::larger)
    }

    /// The sum over a source's causes, of each of which the largest amount so far counts.
    fn given_back_by(&self, source: Source, refunds: &[&Refunded]) -> Part {
        let mut sum = 0_i128;
        let mut whole = None;
        for refund in refunds.iter().filter(|refund| refund.source == source) {
            let Some(minor) = refund.minor else { return Part::ALL };
            let Some(report) = self.measure(refund) else { continue };
            whole = Some(report.charged());
            let is_larger = |other: &Refunded| {
                let same = (other.source, other.cause.as_str()) == (source, refund.cause.as_str());
                same && other.currency == refund.currency && other.minor > refund.minor
            };
            // The amount is in the id: no two of a cause are alike.
            if !refunds.iter().any(|other| is_larger(other)) {
                sum = sum.saturating_add(minor.max(0).into());
            }
        }
        whole.map_or(Part::NOTHING, |whole| Part::new(sum, whole.into()))
    }

    /// The report that a refund is a part of ([`measured_by`]). A refund in another currency than the order cannot be measured, and takes nothing.
    fn measure(&self, refund: &Refunded) -> Option<&'a Purchased> {
        let own = self.reports.iter().find(|report| report.source == refund.source).copied();
        own.or_else(|| self.counted()).filter(|report| report.currency == refund.currency)
    }
}
