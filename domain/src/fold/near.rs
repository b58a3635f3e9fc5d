//! Which facts one fact has to do with: all that has to be folded again when it is new.
//!
//! Facts name entries and purchases, and those that are named together hang together: a friend, the friend's orders, what was
//! given back of them. Advocates are not drawn in by their codes, or a contest would be one heap: of them it is enough to know
//! that they own a code, which is the same before and after.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::Facts;
use crate::fact::Fact;
use crate::{Code, EntryId};

const ENTRY: &str = "e/";
const PURCHASE: &str = "p/";
const OWNED: &str = "o/";
const USED: &str = "u/";

/// By what a fact is looked for. A visit has to do with nothing: whose it is follows from who owns its code.
pub fn names(fact: &Fact) -> Vec<String> {
    let entry = |entry: &EntryId| [ENTRY, entry.as_str()].concat();
    let purchase = |purchase: &str| [PURCHASE, purchase].concat();
    let code = |how: &str, code: &Code| [how, code.as_str()].concat();
    let mut names = match fact {
        Fact::Joined(f) => [entry(&f.entry), code(OWNED, &f.code)].into(),
        Fact::Purchased(f) => [purchase(&f.purchase), entry(&f.friend)].into(),
        Fact::Linked(f) => [purchase(&f.alias), purchase(&f.purchase)].into(),
        Fact::Refunded(f) => [purchase(&f.purchase)].into(),
        Fact::Disputed(f) => [purchase(&f.purchase)].into(),
        Fact::Bound(f) => [entry(&f.friend)].into(),
        Fact::Bonus(f) => [entry(&f.entry)].into(),
        Fact::Adjusted(f) => [entry(&f.entry)].into(),
        Fact::State(f) => [entry(&f.entry)].into(),
        Fact::Visited(_) => Vec::new(),
    };
    names.extend(fact.binding().map(|(_, binding)| code(USED, &binding.code)));
    names
}

/// What a fact has to do with.
#[derive(Debug)]
pub struct Near {
    /// The facts, without the one itself.
    pub facts: Facts,
    /// The entries of which all is in there.
    pub entries: BTreeSet<String>,
}

/// All that a new fact has to do with, by what is known under a name.
pub fn near<E>(new: &Fact, mut known: impl FnMut(&str) -> Result<Vec<Fact>, E>) -> Result<Near, E> {
    let mut facts = Facts::default();
    let mut seen = BTreeSet::new();
    let mut open = names(new);
    // Whoever came by a code that now has an owner, or another one.
    for owned in open.clone().iter().filter_map(|name| name.strip_prefix(OWNED)) {
        for user in known(&[USED, owned].concat())? {
            open.extend(names(&user));
        }
    }
    while let Some(name) = open.pop() {
        if seen.contains(&name) {
            continue;
        }
        if name.starts_with(ENTRY) || name.starts_with(PURCHASE) {
            for fact in known(&name)? {
                open.extend(names(&fact));
                facts.insert(fact);
            }
        }
        seen.insert(name);
    }
    for code in seen.iter().filter_map(|name| name.strip_prefix(OWNED).or_else(|| name.strip_prefix(USED))) {
        for owner in known(&[OWNED, code].concat())? {
            facts.insert(owner);
        }
    }
    let entries = seen.iter().filter_map(|name| name.strip_prefix(ENTRY)).map(Into::into).collect();
    Ok(Near { facts, entries })
}
