//! From facts to standings: who has how many points, and why. The one place that adds them up.
//!
//! Facts are a set. In whatever order they come, however often, in whatever groups they are merged,
//! the same facts give the same standings; where two writers gave one id to different facts, the
//! lesser one stands, everywhere.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BinaryHeap, btree_map::Entry};
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::attribution::Rule;
use crate::fact::Fact;
use crate::trust::Doubts;
use crate::{Code, EntryId, Timestamp};

mod activity;
mod award;
mod book;
mod index;
mod link;
#[cfg(feature = "serde")]
mod moment;
mod near;
mod order;
#[cfg(feature = "serde")]
mod snapshot;
mod tally;
#[cfg(test)]
mod tests;
mod totals;

pub use activity::{Happened, activity};
pub use award::{Award, Cause, awards, why};
use book::{Book, Referral};
use index::Index;
#[cfg(feature = "serde")]
pub use moment::{Terms, moment};
pub use near::{Near, names, near};
pub use order::{Left, counted, left_of, measured_by};
#[cfg(feature = "serde")]
pub use snapshot::{Of, Snapshot};
pub use tally::{Kind, Line, Tally, tally};
pub use totals::{Day, Totals, totals};

/// A set of facts. (A map keeps almost as much room free as it fills: none of it is as large as a fact.)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<String, Box<Fact>>);

impl Facts {
    /// Adds a fact; one that is there already changes nothing.
    pub fn insert(&mut self, fact: Fact) {
        match self.0.entry(fact.id()) {
            Entry::Vacant(place) => {
                place.insert(Box::new(fact));
            }
            Entry::Occupied(mut place) => {
                if fact < **place.get() {
                    place.insert(Box::new(fact));
                }
            }
        }
    }

    /// Adds all that another set holds.
    pub fn merge(&mut self, other: Self) {
        other.0.into_values().for_each(|fact| self.insert(*fact));
    }

    /// The facts, by their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.values().map(AsRef::as_ref)
    }

    /// The fact of an id.
    pub fn get(&self, id: &str) -> Option<&Fact> {
        self.0.get(id).map(AsRef::as_ref)
    }
}

impl FromIterator<Fact> for Facts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut set = Self::default();
        facts.into_iter().for_each(|fact| set.insert(fact));
        set
    }
}

/// Where one participant stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub entry: EntryId,
    /// The code they share.
    pub code: Code,
    /// When they joined.
    pub joined_at: Timestamp,
    /// Their points.
    pub points: i64,
    /// Friends who signed up through their code.
    pub signups: u32,
    /// Visits through their code.
    pub visits: u32,
    /// Purchases of the friends they brought, without those that were given back whole.
    pub purchases: u32,
    /// Their address is theirs.
    pub confirmed: bool,
    /// They broke the rules.
    pub disqualified: bool,
    /// What was doubtful about their signup, about friends they brought, and about what those did.
    pub doubts: Doubts,
}

impl Standing {
    /// Nobody who is disqualified holds a place, and where the contest wants addresses confirmed, nobody whose address is not.
    pub fn is_placed(&self, require_confirmation: bool) -> bool {
        !self.disqualified && (self.confirmed || !require_confirmation)
    }
}

/// As on the board: more points first. Ties: who joined first.
impl Ord for Standing {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .points
            .cmp(&self.points)
            .then(self.joined_at.cmp(&other.joined_at))
            .then_with(|| self.entry.cmp(&other.entry))
    }
}

impl PartialOrd for Standing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The contest at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    ranked: Vec<Standing>,
    owners: Vec<(Code, EntryId)>,
}

impl Standings {
    /// All participants but the erased, the first first. Ties: who joined first.
    pub fn ranked(&self) -> &[Standing] {
        &self.ranked
    }

    /// The same, who joined first at the front, each with its place among [`Self::ranked`].
    pub fn by_joining(&self) -> Vec<(usize, &Standing)> {
        let joined = |standing: &&Standing| (standing.joined_at, standing.entry.clone());
        sorted((0..).zip(&self.ranked).map(|(place, standing)| (joined(&standing), place)))
            .into_iter()
            .filter_map(|(_, place): (_, usize)| Some((place, self.ranked.get(place)?)))
            .collect()
    }

    /// Those who hold a place, with the rank from 1.
    pub fn board(&self, require_confirmation: bool) -> impl Iterator<Item = (usize, &Standing)> {
        (1..).zip(self.ranked.iter().filter(move |standing| standing.is_placed(require_confirmation)))
    }

    /// Where an entry stands.
    pub fn of_entry(&self, entry: &EntryId) -> Option<&Standing> {
        self.ranked.iter().find(|standing| standing.entry == *entry)
    }

    /// Who has a code.
    pub fn owner(&self, code: &Code) -> Option<&EntryId> {
        let place = self.owners.binary_search_by(|(owned, _)| owned.cmp(code)).ok()?;
        self.owners.get(place).map(|(_, owner)| owner)
    }

    /// Where the owner of a code stands, with the rank from 1 among all.
    pub fn of_code(&self, code: &Code) -> Option<(usize, &Standing)> {
        let owner = self.owner(code)?;
        (1..).zip(&self.ranked).find(|(_, standing)| standing.entry == *owner)
    }
}

/// Adds up a set of facts by a contest's rule.
pub fn standings(facts: &Facts, rule: Rule) -> Standings {
    let book = Book::open(facts);
    let mut visits = book.visits().map(|visited| (visited.code.as_str(), visited.doubts));
    add_up(&book, rule, &mut visits)
}

/// By what is asked of the facts, and the visits: through which code, and what was doubtful about each.
fn add_up(book: &Book, rule: Rule, visits: &mut dyn Iterator<Item = (&str, Doubts)>) -> Standings {
    let mut standings = Index::default();
    for joined in book.joined.values() {
        let state = book.state(&joined.entry);
        // What others were given through an erased entry stays theirs; it holds no place itself.
        if state.erased {
            continue;
        }
        let standing = Standing {
            entry: joined.entry.clone(),
            code: joined.code.clone(),
            joined_at: joined.at,
            points: 0,
            signups: 0,
            visits: 0,
            purchases: 0,
            confirmed: state.confirmed,
            disqualified: state.disqualified,
            doubts: joined.doubts,
        };
        standings.insert(joined.entry.as_str(), standing);
    }
    book.awards(rule, &mut |award| {
        // Who bought through a link but never signed up holds points, and no place.
        let Some(standing) = standings.get_mut(award.entry.as_str()) else { return };
        standing.points = standing.points.saturating_add(award.points);
        standing.doubts = standing.doubts.and(award.doubts);
        if award.cause == Cause::FriendSignedUp {
            standing.signups = standing.signups.saturating_add(1);
        }
    });
    for order in book.orders.values().filter(|order| order.stands()) {
        let referral = order.counted().and_then(|told| book.of_order(order, told, rule));
        let advocate = referral.filter(Referral::earns).map(|referral| referral.advocate);
        if let Some(standing) = advocate.and_then(|advocate| standings.get_mut(advocate.as_str())) {
            standing.purchases = standing.purchases.saturating_add(1);
        }
    }
    for (code, doubts) in visits {
        let owner = book.owners.get(code);
        if let Some(standing) = owner.and_then(|owner| standings.get_mut(owner.entry.as_str())) {
            standing.visits = standing.visits.saturating_add(1);
            standing.doubts = standing.doubts.and(doubts);
        }
    }
    let owners = book.owners.values().map(|joined| (joined.code.clone(), joined.entry.clone())).collect();
    Standings { ranked: sorted(standings.into_items()), owners }
}

/// In order. A heap sorts in a tenth of the code that a stable sort, or a map that is collected, takes in wasm.
fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    items.into_iter().collect::<BinaryHeap<T>>().into_sorted_vec()
}
