//! Which numbers name one purchase.

use super::Facts;
use super::index::Index;
use crate::fact::Fact;

/// The links between purchases' ids, whichever way and in whatever order they were reported.
#[derive(Default)]
pub(super) struct Links<'a> {
    /// From an id to a lesser one of the same purchase.
    lesser: Index<'a, &'a str>,
    aliases: Index<'a, ()>,
}

impl<'a> Links<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let mut links = Self::default();
        for fact in facts.iter() {
            let Fact::Linked(linked) = fact else { continue };
            links.aliases.insert(&linked.alias, ());
            let (one, other) = (links.one_of(&linked.alias), links.one_of(&linked.purchase));
            if one != other {
                links.lesser.insert(one.max(other), one.min(other));
            }
        }
        links
    }

    /// The same one of all the ids that name this purchase: the least.
    pub(super) fn one_of(&self, mut purchase: &'a str) -> &'a str {
        while let Some(lesser) = self.lesser.get(purchase) {
            purchase = lesser;
        }
        purchase
    }

    /// Does it stand for another?
    pub(super) fn is_alias(&self, purchase: &str) -> bool {
        self.aliases.get(purchase).is_some()
    }
}
