//! From facts to standings: who has how many points, and why. The one place that adds them up.
//!
//! Facts are a set. In whatever order they come, however often, in whatever groups they are merged,
//! the same facts give the same standings; where two writers gave one id to different facts, the
//! lesser one stands, everywhere.

use alloc::collections::{BTreeMap, btree_map::Entry};
use alloc::string::String;
use alloc::vec::Vec;

use crate::attribution::{Binding, Rule};
use crate::fact::{Fact, Joined, Purchased};
use crate::{Code, EntryId, Timestamp};

/// A set of facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<String, Fact>);

impl Facts {
    /// Adds a fact; one that is there already changes nothing.
    pub fn insert(&mut self, fact: Fact) {
        match self.0.entry(fact.id()) {
            Entry::Vacant(place) => {
                place.insert(fact);
            }
            Entry::Occupied(mut place) => {
                if fact < *place.get() {
                    place.insert(fact);
                }
            }
        }
    }

    /// Adds all that another set holds.
    pub fn merge(&mut self, other: Self) {
        other.0.into_values().for_each(|fact| self.insert(fact));
    }

    fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.values()
    }
}

impl FromIterator<Fact> for Facts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut set = Self::default();
        facts.into_iter().for_each(|fact| set.insert(fact));
        set
    }
}

/// Why an entry has points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A friend they brought signed up.
    FriendSignedUp,
    /// They signed up through a friend's link.
    SignedUpReferred,
    /// A friend they brought bought something.
    FriendPurchased,
    /// They bought something.
    Purchased,
    /// Points were given or taken by hand, or brought along.
    Adjusted,
}

/// Points that an entry was given, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Award {
    /// To whom.
    pub entry: EntryId,
    /// What for.
    pub cause: Cause,
    /// The id of the fact behind it.
    pub fact: String,
    /// When.
    pub at: Timestamp,
    /// How many, up or down.
    pub points: i64,
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
    /// Purchases of the friends they brought.
    pub purchases: u32,
}

/// The contest at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    ranked: Vec<Standing>,
    owners: BTreeMap<Code, EntryId>,
}

impl Standings {
    /// All participants, the first first. Ties: who joined first.
    pub fn ranked(&self) -> &[Standing] {
        &self.ranked
    }

    /// Where the owner of a code stands, with the rank from 1.
    pub fn of_code(&self, code: &Code) -> Option<(usize, &Standing)> {
        let owner = self.owners.get(code)?;
        (1..).zip(&self.ranked).find(|(_, standing)| standing.entry == *owner)
    }
}

/// Adds up a set of facts by a contest's rule.
pub fn standings(facts: &Facts, rule: Rule) -> Standings {
    let book = Book::open(facts);
    let mut standings: BTreeMap<&EntryId, Standing> = book
        .joined
        .values()
        .map(|joined| {
            let standing = Standing {
                entry: joined.entry.clone(),
                code: joined.code.clone(),
                joined_at: joined.at,
                points: 0,
                signups: 0,
                visits: 0,
                purchases: 0,
            };
            (&joined.entry, standing)
        })
        .collect();
    for award in book.awards(facts, rule) {
        // Who bought through a link but never signed up holds points, and no place.
        let Some(standing) = standings.get_mut(&award.entry) else { continue };
        standing.points = standing.points.saturating_add(award.points);
        match award.cause {
            Cause::FriendSignedUp => standing.signups = standing.signups.saturating_add(1),
            Cause::FriendPurchased => standing.purchases = standing.purchases.saturating_add(1),
            _ => {}
        }
    }
    for fact in facts.iter() {
        if let Fact::Visited(visited) = fact
            && let Some(standing) = book.owners.get(&visited.code).and_then(|&owner| standings.get_mut(owner))
        {
            standing.visits = standing.visits.saturating_add(1);
        }
    }
    let mut ranked: Vec<Standing> = standings.into_values().collect();
    ranked.sort_by(|a, b| {
        b.points.cmp(&a.points).then(a.joined_at.cmp(&b.joined_at)).then_with(|| a.entry.cmp(&b.entry))
    });
    let owners = book.owners.into_iter().map(|(code, entry)| (code.clone(), entry.clone())).collect();
    Standings { ranked, owners }
}

/// Every award that the facts give by a contest's rule, also of nothing.
pub fn awards(facts: &Facts, rule: Rule) -> Vec<Award> {
    Book::open(facts).awards(facts, rule)
}

/// The facts, by what is asked of them.
struct Book<'a> {
    joined: BTreeMap<&'a EntryId, &'a Joined>,
    owners: BTreeMap<&'a Code, &'a EntryId>,
    bindings: BTreeMap<&'a EntryId, Vec<Binding>>,
    purchases: BTreeMap<&'a str, &'a Purchased>,
}

impl<'a> Book<'a> {
    fn open(facts: &'a Facts) -> Self {
        let mut book = Self {
            joined: BTreeMap::new(),
            owners: BTreeMap::new(),
            bindings: BTreeMap::new(),
            purchases: BTreeMap::new(),
        };
        for fact in facts.iter() {
            if let Some((friend, binding)) = fact.binding() {
                book.bindings.entry(friend).or_default().push(binding);
            }
            match fact {
                Fact::Joined(joined) => {
                    book.joined.insert(&joined.entry, joined);
                }
                Fact::Purchased(purchased) => {
                    let best = book.purchases.entry(&purchased.purchase).or_insert(purchased);
                    if trust(purchased) > trust(best) {
                        *best = purchased;
                    }
                }
                Fact::Bound(_) | Fact::Visited(_) | Fact::Adjusted(_) => {}
            }
        }
        // Two entries can only have come by one code at once, in two places: it is whose was first.
        let mut joined: Vec<&Joined> = book.joined.values().copied().collect();
        joined.sort();
        for joined in joined {
            book.owners.entry(&joined.code).or_insert(&joined.entry);
        }
        for (friend, bindings) in &mut book.bindings {
            bindings.retain(|binding| book.owners.get(&binding.code).is_some_and(|owner| owner != friend));
        }
        book
    }

    /// Whoever gets the credit for what a friend did at a moment.
    fn advocate(&self, friend: &EntryId, rule: Rule, at: Timestamp) -> Option<&'a EntryId> {
        let binding = rule.credited(self.bindings.get(friend)?, at)?;
        self.owners.get(&binding.code).copied()
    }

    fn awards(&self, facts: &Facts, rule: Rule) -> Vec<Award> {
        let mut awards = Vec::new();
        let mut award = |entry: &EntryId, cause, fact: &Fact, points: i64| {
            awards.push(Award { entry: entry.clone(), cause, fact: fact.id(), at: fact.at(), points });
        };
        for fact in facts.iter() {
            match fact {
                Fact::Joined(joined) => {
                    if let Some(advocate) = self.advocate(&joined.entry, rule, joined.at) {
                        award(advocate, Cause::FriendSignedUp, fact, joined.points.advocate.into());
                        award(&joined.entry, Cause::SignedUpReferred, fact, joined.points.friend.into());
                    }
                }
                Fact::Purchased(purchased) => {
                    let told = self.purchases.get(purchased.purchase.as_str());
                    if purchased.pending || told.is_none_or(|told| *told != purchased) {
                        continue;
                    }
                    if let Some(advocate) = self.advocate(&purchased.friend, rule, purchased.at) {
                        award(advocate, Cause::FriendPurchased, fact, purchased.points.advocate.into());
                    }
                    award(&purchased.friend, Cause::Purchased, fact, purchased.points.friend.into());
                }
                Fact::Adjusted(adjusted) => award(&adjusted.entry, Cause::Adjusted, fact, adjusted.points),
                Fact::Bound(_) | Fact::Visited(_) => {}
            }
        }
        awards
    }
}

/// Several sources may report one order: a confirmed report beats a pending one, then the more trusted source.
fn trust(purchased: &Purchased) -> (bool, crate::fact::Source) {
    (!purchased.pending, purchased.source)
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
