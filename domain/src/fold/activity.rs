//! What happened last in a contest, whom it is about, and which pages links led to.

use alloc::vec::Vec;

use super::{Book, Facts, Index};
use crate::EntryId;
use crate::fact::Fact;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened<'a> {
    /// What.
    pub fact: &'a Fact,
    /// Whom it is about: of a visit, whose link it was. Of a refund, nobody is known.
    pub entry: Option<&'a EntryId>,
    /// Of whom nothing is to be known.
    pub erased: bool,
}

/// How much of each is told.
pub(super) const LATEST: usize = 20;
const PAGES: usize = 10;

/// The last visits through somebody's code, signups, orders, refunds and points that are no part of those, the last first; and the
/// pages with the most visits, by origin and path.
pub fn activity(facts: &Facts) -> (Vec<Happened<'_>>, Vec<(&str, usize)>) {
    let book = Book::open(facts);
    let mut counts = Index::<'_, (&str, usize)>::default();
    for visited in book.visits() {
        counts.change(&visited.page, (&visited.page, 0), |(_, count)| *count = count.saturating_add(1));
    }
    (latest(&book, &mut facts.iter()), most(&mut counts.values().copied()))
}

pub(super) fn latest<'a>(book: &Book<'a>, facts: &mut dyn Iterator<Item = &'a Fact>) -> Vec<Happened<'a>> {
    let mut latest = Vec::<Happened<'_>>::new();
    for fact in facts {
        let entry = match fact {
            Fact::Visited(f) => {
                let Some(owner) = book.owners.get(f.code.as_str()) else { continue };
                Some(&owner.entry)
            }
            Fact::Joined(f) => Some(&f.entry),
            Fact::Purchased(f) => Some(&f.friend),
            Fact::Bonus(f) => Some(&f.entry),
            Fact::Adjusted(f) => Some(&f.entry),
            Fact::Refunded(_) => None,
            _ => continue,
        };
        let place = latest.iter().position(|known| known.fact.at() < fact.at()).unwrap_or(latest.len());
        if place < LATEST {
            latest.truncate(LATEST.saturating_sub(1));
            let erased = entry.is_some_and(|entry| book.state(entry).erased);
            latest.insert(place, Happened { fact, entry, erased });
        }
    }
    latest
}

pub(super) fn most<'a>(counts: &mut dyn Iterator<Item = (&'a str, usize)>) -> Vec<(&'a str, usize)> {
    let mut pages = Vec::<(&str, usize)>::new();
    for page in counts {
        let place = pages.iter().position(|known| known.1 < page.1).unwrap_or(pages.len());
        if place < PAGES {
            pages.truncate(PAGES.saturating_sub(1));
            pages.insert(place, page);
        }
    }
    pages
}
