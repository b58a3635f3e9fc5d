//! Standings in numbers that add up. What each fact says goes into lines, and two sets of facts that have nothing to do with
//! each other have the sum of their lines: whoever keeps the lines need not fold everything again for one fact more, only
//! what that fact has to do with, without it and with it.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

use super::award::{taken, wider};
use super::book::Referral;
use super::{Book, Cause, Day, Facts, Standing, Totals};
use crate::Timestamp;
use crate::attribution::Rule;
use crate::trust::Doubts;

/// What a line counts. The spelling is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Points of an entry, before caps.
    Points,
    /// Friends who signed up through an entry's code.
    Signups,
    /// Purchases of friends that stand.
    Purchases,
    /// How often awards of an entry have these doubts about them: `a` is their bits.
    Doubts,
    /// Points that friends earned an entry on day `a`, under the cap `b`.
    Earned,
    /// How often they did.
    EarnedTimes,
    /// Visits through a code on day `a`, with the doubts `b`.
    Visits,
    /// Signups of friends in all the contest on day `a`.
    AllSignups,
    /// Their purchases, by currency.
    AllPurchases,
    /// What is left of those, by currency.
    Revenue,
    /// Bonus actions that were completed.
    Bonuses,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Points,
        Self::Signups,
        Self::Purchases,
        Self::Doubts,
        Self::Earned,
        Self::EarnedTimes,
        Self::Visits,
        Self::AllSignups,
        Self::AllPurchases,
        Self::Revenue,
        Self::Bonuses,
    ];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Signups => "signups",
            Self::Purchases => "purchases",
            Self::Doubts => "doubts",
            Self::Earned => "earned",
            Self::EarnedTimes => "earnedTimes",
            Self::Visits => "visits",
            Self::AllSignups => "allSignups",
            Self::AllPurchases => "allPurchases",
            Self::Revenue => "revenue",
            Self::Bonuses => "bonuses",
        }
    }
}

/// No cap, where a line has room for a number only.
const NO_CAP: i64 = -1;

/// What a number is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// An entry, a code or a currency; nothing where it is of the contest.
    pub name: String,
    /// What is counted.
    pub kind: Kind,
    /// As the kind says.
    pub a: i64,
    /// As the kind says.
    pub b: i64,
}

/// Numbers that add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Line, i64>);

impl Tally {
    /// Adds to a line.
    pub fn add(&mut self, line: Line, number: i64) {
        let sum = self.0.entry(line).or_default();
        *sum = sum.saturating_add(number);
    }

    fn count(&mut self, name: &str, kind: Kind, (a, b): (i64, i64), number: i64) {
        self.add(Line { name: name.to_owned(), kind, a, b }, number);
    }

    /// What has to be added to another one to get this.
    #[must_use]
    pub fn less(mut self, other: Self) -> Self {
        for (line, number) in other.0 {
            self.add(line, 0_i64.saturating_sub(number));
        }
        self.0.retain(|_, number| *number != 0);
        self
    }

    /// The lines, those of one name together.
    pub fn lines(&self) -> impl Iterator<Item = (&Line, i64)> {
        self.0.iter().map(|(line, number)| (line, *number))
    }

    /// The points that the lines of one entry come to, caps taken off.
    pub fn points(&self) -> i64 {
        let mut days: BTreeMap<i64, (i64, Option<u32>)> = BTreeMap::new();
        let mut points = 0_i64;
        for (line, number) in self.lines() {
            let cap = u32::try_from(line.b).ok();
            match line.kind {
                Kind::Points => points = points.saturating_add(number),
                Kind::EarnedTimes if number > 0 => {
                    let day = days.entry(line.a).or_insert((0, cap));
                    day.1 = wider(day.1, cap);
                }
                _ => {}
            }
        }
        for (line, number) in self.lines().filter(|(line, _)| line.kind == Kind::Earned) {
            if let Some(day) = days.get_mut(&line.a) {
                day.0 = day.0.saturating_add(number);
            }
        }
        days.into_values().fold(points, |sum, (points, cap)| sum.saturating_add(taken(points, cap)))
    }

    /// Fills in what the lines of an entry, and those of the code if it is the owner of that, say of it beside its points.
    pub fn tell(&self, standing: &mut Standing) {
        let more = |count: u32, number: i64| count.saturating_add(u32::try_from(number).unwrap_or_default());
        let bits = |bits: i64| u8::try_from(bits).map(Doubts::from_bits).unwrap_or_default();
        for (line, number) in self.lines().filter(|(_, number)| *number > 0) {
            match line.kind {
                Kind::Signups => standing.signups = more(standing.signups, number),
                Kind::Purchases => standing.purchases = more(standing.purchases, number),
                Kind::Doubts => standing.doubts = standing.doubts.and(bits(line.a)),
                Kind::Visits => {
                    standing.visits = more(standing.visits, number);
                    standing.doubts = standing.doubts.and(bits(line.b));
                }
                _ => {}
            }
        }
    }

    /// What the lines of all codes that somebody has, and those of the contest, come to.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (line, number) in self.lines().filter(|(_, number)| *number != 0) {
            let count = u32::try_from(number).unwrap_or_default();
            let add = |to: &mut u32| *to = to.saturating_add(count);
            let by_day = |totals: &mut Totals, of: fn(&mut Day) -> &mut u32| {
                let day = Timestamp::from_millis(line.a.saturating_mul(DAY)).day();
                add(of(totals.daily.entry(day).or_default()));
            };
            match line.kind {
                Kind::Visits => {
                    add(&mut totals.visits);
                    by_day(&mut totals, |day| &mut day.visits);
                }
                Kind::AllSignups => {
                    add(&mut totals.signups);
                    by_day(&mut totals, |day| &mut day.signups);
                }
                Kind::AllPurchases => {
                    add(&mut totals.purchases);
                    by_day(&mut totals, |day| &mut day.purchases);
                    totals.revenue.entry(line.name.clone()).or_default();
                }
                Kind::Revenue => {
                    totals.revenue.insert(line.name.clone(), number);
                }
                Kind::Bonuses => add(&mut totals.bonuses),
                _ => {}
            }
        }
        totals
    }
}

/// Milliseconds.
const DAY: i64 = 86_400_000;

impl FromIterator<(Line, i64)> for Tally {
    fn from_iter<I: IntoIterator<Item = (Line, i64)>>(lines: I) -> Self {
        let mut tally = Self::default();
        lines.into_iter().for_each(|(line, number)| tally.add(line, number));
        tally
    }
}

/// The lines of a set of facts by a contest's rule. A visit is a line whether or not somebody has its code: that may come.
pub fn tally(facts: &Facts, rule: Rule) -> Tally {
    let book = Book::open(facts);
    let mut tally = Tally::default();
    let counted = book.given(rule, &mut |award| {
        let entry = award.entry.as_str();
        tally.count(entry, Kind::Points, (0, 0), award.points);
        if award.doubts != Doubts::NONE {
            tally.count(entry, Kind::Doubts, (award.doubts.bits().into(), 0), 1);
        }
        if award.cause == Cause::FriendSignedUp {
            tally.count(entry, Kind::Signups, (0, 0), 1);
            tally.count("", Kind::AllSignups, (award.at.day_number(), 0), 1);
        }
    });
    for counted in counted {
        let place = (counted.at.day_number(), counted.cap.map_or(NO_CAP, i64::from));
        tally.count(counted.advocate.as_str(), Kind::Earned, place, counted.points);
        tally.count(counted.advocate.as_str(), Kind::EarnedTimes, place, 1);
    }
    for order in book.orders.values().filter(|order| order.stands()) {
        let Some(told) = order.counted() else { continue };
        let Some(referral) = book.of_order(order, told, rule).filter(Referral::earns) else { continue };
        tally.count(referral.advocate.as_str(), Kind::Purchases, (0, 0), 1);
        tally.count(&told.currency, Kind::AllPurchases, (order.at().day_number(), 0), 1);
        tally.count(&told.currency, Kind::Revenue, (0, 0), order.revenue());
    }
    tally.count("", Kind::Bonuses, (0, 0), i64::try_from(book.bonuses().count()).unwrap_or(i64::MAX));
    for fact in facts.iter() {
        if let crate::Fact::Visited(visited) = fact {
            let place = (visited.at.day_number(), visited.doubts.bits().into());
            tally.count(visited.code.as_str(), Kind::Visits, place, 1);
        }
    }
    tally
}
