//! The owner changes the contest while things happen in it. A change is heeded everywhere once KV shows it and nobody remembers the
//! contest as it was; until then, here and there. What an end refuses is not kept; rates are those of the moment, and stay with what
//! they were given for; who gets the credit, and so the standings, goes by the rule of now, whatever happened before.

use std::collections::BTreeMap;

use domain::fact::Source;
use edge::http::Call;
use serde_json::json;

use crate::deed::{By, Change, Changed, Deed, Happening, Try};
use crate::model::{Item, Paper, Rates, Rules};
use crate::oracle::Oracle;
use crate::places::{CONTEST, Over, call};
use crate::simulator::STALE;
use crate::town::{Town, brief, is_again};

/// What is answered once it is over.
pub const OVER: &str = "This contest has ended";

/// For how long a place goes on by a contest as it was, in milliseconds: what KV shows it, it remembers for half a minute.
const HEEDED: u64 = STALE + 30_000;

impl<O: Over> Town<O> {
    /// Sends the change until it is kept.
    pub async fn changes(self, mut rng: fastrand::Rng, rules: Rules) {
        self.sleep(brief(&mut rng)).await;
        let what = [Change::End, Change::Rates, Change::Attribution][rng.usize(..3)];
        let other = Rules { is_last: !rules.is_last, ..rules };
        let (words, change) = match what {
            Change::End => ("ends the contest", json!({"status": "ended"})),
            Change::Rates => ("gives more points", json!({"settings": {"points": Rates::AFTER.points()}})),
            Change::Attribution => {
                ("changes the attribution", json!({"settings": {"attribution": other.attribution()}}))
            }
        };
        let path = format!("/api/v1/contests/{CONTEST}");
        let began = self.world.executor().now();
        self.changed.set(Some(Changed { what, began, kept: u64::MAX }));
        loop {
            let ask = Call { api_key: Some(self.world.key()), ..call("PUT", &path, &change) };
            let place = rng.usize(..self.world.places());
            let answer = self.world.send::<O>(place, &format!("the owner {words}"), ask).await;
            if !is_again(answer.as_ref()) {
                let is_kept = answer.is_some_and(|answer| answer.status == 200);
                assert!(is_kept, "a change that is refused is none");
                let kept = self.world.executor().now();
                return self.changed.set(Some(Changed { what, began, kept }));
            }
            self.sleep(rng.u64(500..5_000)).await;
        }
    }
}

impl Oracle<'_> {
    fn is_changed(&self, what: Change) -> Option<Changed> {
        self.changed.filter(|changed| changed.what == what)
    }

    /// May it be refused because the contest is over? What its owner does is not.
    pub fn may_be_over(&self, deed: &Deed, tried: &Try) -> bool {
        let is_refused = match deed {
            Deed::SignUp { by, .. } => matches!(by, By::Form | By::Shop),
            _ => matches!(deed, Deed::Visit { .. } | Deed::Buy { .. } | Deed::Complete { .. }),
        };
        is_refused && self.is_changed(Change::End).is_some_and(|end| end.began <= tried.ended)
    }

    /// Is it over, and known to be everywhere?
    pub fn is_over(&self, tried: &Try) -> bool {
        let end = self.is_changed(Change::End);
        end.is_some_and(|end| tried.began > end.kept.saturating_add(HEEDED))
    }

    /// Of what is taken in a contest that is over: what is confirmed, said again, or done by its owner.
    pub fn was_there(&self, deed: &Deed, tried: &Try) -> bool {
        let is_same = |other: &Deed| match (deed, other) {
            (Deed::Buy { order, .. }, Deed::Buy { order: other, .. }) => order == other,
            (deed, other) => deed == other,
        };
        let is_before =
            |other: &Try| !other.is_refused() && !self.is_over(other) && other.began < tried.began;
        let was_said = || {
            let mut same = self.happenings.iter().filter(|happening| is_same(&happening.deed));
            same.any(|happening| happening.tries.iter().any(is_before))
        };
        match deed {
            // A browser is told that it is over, whatever it says.
            Deed::Visit { .. } | Deed::Buy { source: Source::Browser, .. } => false,
            Deed::Buy { .. } | Deed::Complete { .. } => was_said(),
            Deed::SignUp { by, .. } => !matches!(by, By::Form | By::Shop),
            _ => true,
        }
    }

    /// Takes down what the ledger says that somebody earned by something.
    pub fn earned(&mut self, item: &Item, cause: &str, points: Option<i64>) {
        let share = match cause {
            "friendSignedUp" | "friendPurchased" => 0,
            "signedUpReferred" | "purchased" => 1,
            _ => return,
        };
        self.earned.entry(item.clone()).or_default()[share] = points;
    }

    /// By which rates each thing earned: both shares by the same, and by those that were in force when somebody reported it.
    pub fn rates(&mut self, paper: &Paper) -> BTreeMap<Item, Rates> {
        let mut all = BTreeMap::new();
        for (item, shares) in self.earned.clone() {
            let is_by = |rates: &Rates| {
                let (advocate, friend) = match &item {
                    Item::SignUp(_) => rates.signup,
                    Item::Order(number) => rates.of_order(paper.cents(number)),
                };
                let is = |share: Option<i64>, points| share.is_none_or(|share| share == points);
                is(shares[0], advocate) && is(shares[1], friend)
            };
            let (may_be_old, may_be_new) = self.which_rates(&item);
            let may_be = [(Rates::BEFORE, may_be_old), (Rates::AFTER, may_be_new)];
            let rates = may_be.into_iter().filter(|(_, may_be)| *may_be).map(|(rates, _)| rates).find(is_by);
            match rates {
                Some(rates) => drop(all.insert(item, rates)),
                None => self
                    .fault(format!("{item:?} earned {shares:?}, old rates {may_be_old}, new {may_be_new}")),
            }
        }
        all
    }

    /// May it be by the rates before the change, and by those after it? What the first report gave stays, once that can be seen.
    fn which_rates(&self, item: &Item) -> (bool, bool) {
        let Some(change) = self.is_changed(Change::Rates) else { return (true, false) };
        let is_of = |happening: &&Happening| match (&happening.deed, item) {
            (Deed::SignUp { who, .. }, Item::SignUp(by)) => who == by,
            (Deed::Buy { order, .. }, Item::Order(number)) => order == number,
            _ => false,
        };
        let tries: Vec<&Try> =
            self.happenings.iter().filter(is_of).flat_map(|happening| &happening.tries).collect();
        let mut tries = tries.into_iter().filter(|tried| !tried.is_refused()).peekable();
        let heeded = change.kept.saturating_add(HEEDED);
        let (mut old, mut new) = (tries.peek().is_none(), false);
        let mut was_seen = false;
        for tried in tries {
            old |= tried.began <= heeded;
            new |= tried.ended >= change.began;
            was_seen |= tried.is_kept() && tried.ended + STALE <= change.began;
        }
        (old, new && !was_seen)
    }
}
