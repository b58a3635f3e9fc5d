//! Whose credit it is what a friend did. Of several who may have it, which one does, is the ledger's to say; it has to be one of them,
//! and the same for all that the friend did.

use std::collections::{BTreeMap, BTreeSet};

use domain::id;

use crate::deed::{By, Deed, Happening, Try, binding};
use crate::model::{Item, Paper, entry_of, who_is};
use crate::oracle::{Oracle, Seen, text};
use crate::places::{CONTEST, SECRET};
use crate::simulator::STALE;

impl Oracle<'_> {
    /// Who got the credit for what, by the ledger; checked to be somebody who may have it, and one for all that a friend did.
    pub fn credits(&mut self, seen: &Seen, paper: &Paper) -> BTreeMap<Item, String> {
        let mut items: BTreeMap<String, (Item, String)> = BTreeMap::new();
        for who in paper.participants() {
            items.insert(
                format!("joined/{}", entry_of(who).as_str()),
                (Item::SignUp(who.clone()), who.clone()),
            );
        }
        for (order, buyer) in paper.orders() {
            let purchase = format!("purchased/{}", id::purchase_id(SECRET, CONTEST, order));
            items.insert(purchase, (Item::Order(order.clone()), buyer.clone()));
        }
        let mut credits: BTreeMap<Item, String> = BTreeMap::new();
        // Of whom the erased brought, nobody but the friend can tell.
        let mut referred = BTreeSet::new();
        for (entry, grants) in &seen.why {
            let advocate = who_is(entry).unwrap_or_default().to_owned();
            for grant in grants.as_array().into_iter().flatten() {
                let fact = text(&grant["fact"]);
                let fact =
                    if fact.starts_with("purchased/") { fact.rsplit_once('/').unwrap().0 } else { &fact };
                let Some((item, _)) = items.get(fact) else { continue };
                self.earned(item, &text(&grant["cause"]), grant["points"].as_i64());
                match text(&grant["cause"]).as_str() {
                    "friendSignedUp" | "friendPurchased" => {
                        if let Some(other) = credits.insert(item.clone(), advocate.clone()) {
                            self.fault(format!("{item:?} is counted twice: for {other} and for {advocate}"));
                        }
                    }
                    "signedUpReferred" => {
                        referred.insert(item.clone());
                    }
                    _ => {}
                }
            }
        }
        for (item, friend) in items.values() {
            let (may, may_be_nobodys) = self.may_bring(friend, paper);
            let erased = may.iter().find(|advocate| paper.erased().contains(*advocate));
            match (credits.get(item), erased) {
                (Some(advocate), _) if may.contains(advocate) => {}
                (Some(advocate), _) => self.fault(format!("{item:?} is credited to {advocate}, of {may:?}")),
                (None, Some(erased)) if referred.contains(item) => {
                    credits.insert(item.clone(), erased.clone());
                }
                (None, None) if referred.contains(item) => {
                    self.fault(format!("{item:?} is credited to nobody, and says it is referred"));
                }
                (None, Some(_)) => {}
                (None, None) if may_be_nobodys || self.is_pending(item) => {}
                (None, None) => self.fault(format!("{item:?} is credited to nobody, of {may:?}")),
            }
        }
        if !self.rules.is_last {
            self.one_for_all(&items, &credits, paper);
        }
        credits
    }

    fn is_pending(&self, item: &Item) -> bool {
        let Item::Order(order) = item else { return false };
        let purchase = id::purchase_id(SECRET, CONTEST, order);
        let reports = self.facts.iter().filter(|fact| fact.starts_with(&format!("purchased/{purchase}/")));
        self.rules.is_confirmed && reports.into_iter().all(|fact| fact.ends_with("/browser"))
    }

    fn one_for_all(
        &mut self,
        items: &BTreeMap<String, (Item, String)>,
        credits: &BTreeMap<Item, String>,
        paper: &Paper,
    ) {
        let mut of: BTreeMap<&str, BTreeSet<Option<&String>>> = BTreeMap::new();
        for (item, friend) in items.values().filter(|(item, _)| !self.is_pending(item)) {
            let credit = credits.get(item);
            // The erased show nothing of what they hold.
            let is_hidden = credit.is_none()
                && self.may_bring(friend, paper).0.iter().any(|advocate| paper.erased().contains(advocate));
            if !is_hidden {
                of.entry(friend).or_default().insert(credit);
            }
        }
        let torn: Vec<String> = of
            .iter()
            .filter(|(_, credits)| credits.len() > 1)
            .map(|(friend, credits)| format!("{friend} is credited to {credits:?}"))
            .collect();
        for fault in torn {
            self.fault(fault);
        }
    }

    /// Who may have brought a friend, and whether it may have been nobody: whoever was told of before the first that was kept
    /// could be seen everywhere.
    fn may_bring(&self, friend: &str, paper: &Paper) -> (BTreeSet<String>, bool) {
        let settled = self.known_at(friend).map_or(u64::MAX, |at| at + STALE);
        let in_time = |happening: &Happening| {
            let mut tries = happening.tries.iter().filter(|tried| !tried.is_refused());
            tries.any(|tried| tried.began < settled)
        };
        let codes = self.of(friend).filter(|(happening, _)| in_time(happening)).filter_map(|(_, code)| code);
        let owners = codes.filter_map(|code| self.codes.get(code));
        let may = owners.filter(|owner| paper.participants().contains(*owner) && *owner != friend).cloned();
        let with_a_code = self.of(friend).filter_map(|(happening, _)| self.binds_at(happening)).min();
        let without = self.of(friend).any(|(happening, _)| {
            let mut tries = happening.tries.iter();
            tries.any(|tried| {
                self.joins_unbound(&happening.deed, tried)
                    && !tried.is_refused()
                    && with_a_code.is_none_or(|at| tried.began < at)
            })
        });
        (may.collect(), without || with_a_code.is_none())
    }

    /// When it was first said that something with a code is kept, by somebody who saw whose the code is.
    fn binds_at(&self, happening: &Happening) -> Option<u64> {
        let binds = |tried: &&Try| tried.is_kept() && !self.joins_unbound(&happening.deed, tried);
        let (_, code) = binding(&happening.deed)?;
        code?;
        happening.tries.iter().filter(binds).map(|tried| tried.ended).min()
    }

    /// A signup that may make somebody a participant whom nobody brought: without a code or, by Shopify, with one that was not seen.
    fn joins_unbound(&self, deed: &Deed, tried: &Try) -> bool {
        match deed {
            Deed::SignUp { code: None, .. } => true,
            Deed::SignUp { code: Some(code), by: By::Shop, .. } => self.may_not_see(code, tried),
            _ => false,
        }
    }
}
