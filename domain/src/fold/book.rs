//! The facts of a contest, by what is asked of them.

use alloc::vec::Vec;

use super::Facts;
use super::index::Index;
use super::link::Links;
use super::order::Order;
use crate::attribution::{Binding, Rule, add};
use crate::fact::{Adjusted, Bonus, Fact, Joined, Purchased, State, StateKind, Visited};
use crate::trust::Doubts;
use crate::{Code, EntryId, Timestamp};

pub(super) struct Book<'a> {
    facts: &'a Facts,
    pub(super) joined: Index<'a, &'a Joined>,
    /// Also of those who were erased: their friends are still theirs and nobody else's.
    pub(super) owners: Index<'a, &'a Joined>,
    pub(super) orders: Index<'a, Order<'a>>,
    bindings: Index<'a, Vec<Binding>>,
    states: Index<'a, Vec<&'a State>>,
}

/// That an advocate brought a friend, for one thing that the friend did.
#[derive(Clone, Copy)]
pub(super) struct Referral<'a> {
    pub(super) advocate: &'a EntryId,
    /// About the two of them, and about what the friend did.
    pub(super) doubts: Doubts,
}

impl Referral<'_> {
    /// Is it worth anything?
    pub(super) fn earns(&self) -> bool {
        !self.doubts.block()
    }
}

/// What holds of an entry now.
pub(super) struct EntryState {
    pub(super) confirmed: bool,
    pub(super) disqualified: bool,
    pub(super) erased: bool,
}

impl<'a> Book<'a> {
    pub(super) fn open(facts: &'a Facts) -> Self {
        let mut book = Self {
            facts,
            joined: Index::default(),
            owners: Index::default(),
            orders: Index::default(),
            bindings: Index::default(),
            states: Index::default(),
        };
        let links = Links::of(facts);
        for fact in facts.iter() {
            match fact {
                Fact::Joined(joined) => {
                    book.joined.insert(joined.entry.as_str(), joined);
                    // Two entries can only have come by one code at once, in two places: it is whose was first.
                    book.owners.change(joined.code.as_str(), joined, |owner| *owner = joined.min(*owner));
                }
                Fact::Purchased(f) => book.order(&links, &f.purchase, |order| order.reports.push(f)),
                Fact::Refunded(f) => book.order(&links, &f.purchase, |order| order.refund(f)),
                Fact::Disputed(f) => book.order(&links, &f.purchase, |order| order.disputes.push(f)),
                Fact::State(state) => {
                    book.states.change(state.entry.as_str(), Vec::new(), |states| states.push(state));
                }
                Fact::Bound(_) | Fact::Visited(_) | Fact::Bonus(_) | Fact::Adjusted(_) | Fact::Linked(_) => {}
            }
        }
        book.orders.items_mut().iter_mut().for_each(|order| order.set_aside(&links));
        for (friend, binding) in facts.iter().filter_map(Fact::binding) {
            let owner = book.owners.get(binding.code.as_str());
            if owner.is_some_and(|owner| owner.entry != *friend) {
                book.bindings.change(friend.as_str(), Vec::new(), |bindings| add(bindings, binding));
            }
        }
        book
    }

    fn order(&mut self, links: &Links<'a>, purchase: &'a str, change: impl FnOnce(&mut Order<'a>)) {
        self.orders.change(links.one_of(purchase), Order::default(), change);
    }

    /// Whoever brought somebody who signed up.
    pub(super) fn of_signup(&self, joined: &Joined, rule: Rule) -> Option<Referral<'a>> {
        let said = (joined.by.as_ref(), joined.at, joined.doubts);
        self.referral(&joined.entry, said, rule, joined.at)
    }

    /// Whoever brought the buyer of an order, by the report of it that counts.
    pub(super) fn of_order(&self, order: &Order, told: &Purchased, rule: Rule) -> Option<Referral<'a>> {
        let said = (told.by.as_ref(), told.at, told.doubts);
        self.referral(&told.friend, said, rule, order.at())
    }

    /// Whoever gets the credit for what a friend did at a moment; where nobody does because that was blocked, whoever would have.
    fn referral(
        &self,
        friend: &EntryId,
        (by, said_at, doubts): (Option<&Code>, Timestamp, Doubts),
        rule: Rule,
        at: Timestamp,
    ) -> Option<Referral<'a>> {
        let bindings = self.bindings.get(friend.as_str()).map(Vec::as_slice).unwrap_or_default();
        let credited = rule.credited(bindings, at);
        let own = || bindings.iter().find(|binding| binding.at == said_at && by == Some(&binding.code));
        let binding = credited.or_else(own)?;
        let advocate = &self.owners.get(binding.code.as_str())?.entry;
        let referral = Referral { advocate, doubts: doubts.and(binding.doubts) };
        (credited.is_some() || !referral.earns()).then_some(referral)
    }

    pub(super) fn state(&self, entry: &EntryId) -> EntryState {
        let states = self.states.get(entry.as_str()).map(Vec::as_slice).unwrap_or_default();
        // Of two at one moment, the one that holds.
        let is = |kind| {
            let of_kind = states.iter().filter(|state| state.kind == kind);
            of_kind.max_by_key(|state| (state.at, state.on))
        };
        EntryState {
            confirmed: is(StateKind::Confirmed).is_some_and(|state| state.on),
            disqualified: is(StateKind::Disqualified).is_some_and(|state| state.on),
            erased: is(StateKind::Erased).is_some(),
        }
    }

    /// Every visit through a code that somebody has.
    pub(super) fn visits(&self) -> impl Iterator<Item = &'a Visited> {
        self.facts.iter().filter_map(|fact| match fact {
            Fact::Visited(visited) if self.owners.get(visited.code.as_str()).is_some() => Some(visited),
            _ => None,
        })
    }

    pub(super) fn bonuses(&self) -> impl Iterator<Item = &'a Bonus> {
        self.facts.iter().filter_map(|fact| if let Fact::Bonus(bonus) = fact { Some(bonus) } else { None })
    }

    pub(super) fn adjustments(&self) -> impl Iterator<Item = &'a Adjusted> {
        self.facts.iter().filter_map(|fact| match fact {
            Fact::Adjusted(adjusted) => Some(adjusted),
            _ => None,
        })
    }
}
