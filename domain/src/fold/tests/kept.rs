//! Standings that are kept from fact to fact are those that all facts fold to.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::convert::Infallible;

use proptest::prelude::*;

use super::any_fact;
use crate::attribution::{Attribution, Rule};
use crate::fact::Fact;
use crate::fold::{Facts, Kind, Line, Standing, Tally, names, near, standings, tally, totals};

/// What keeps lines, and folds again only what a fact has to do with.
#[derive(Default)]
struct Kept {
    facts: Facts,
    by_name: BTreeMap<String, Vec<Fact>>,
    lines: Tally,
}

impl Kept {
    /// The first fact of an id stands.
    fn insert(&mut self, fact: &Fact, rule: Rule) {
        if self.facts.get(&fact.id()).is_some() {
            return;
        }
        let known = |name: &str| Ok::<_, Infallible>(self.by_name.get(name).cloned().unwrap_or_default());
        let Ok(before) = near(fact, known);
        let mut after = before.facts.clone();
        after.insert(fact.clone());
        for (line, number) in tally(&after, rule).less(tally(&before.facts, rule)).lines() {
            self.lines.add(line.clone(), number);
        }
        for name in names(fact) {
            self.by_name.entry(name).or_default().push(fact.clone());
        }
        self.facts.insert(fact.clone());
    }

    fn of(&self, is: impl Fn(&Line) -> bool) -> Tally {
        self.lines.lines().filter(|(line, _)| is(line)).map(|(line, number)| (line.clone(), number)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn lines_that_are_kept_are_the_fold(facts in proptest::collection::vec(any_fact(), 0..60), last in any::<bool>()) {
        let attribution = if last { Attribution::Last } else { Attribution::First };
        let rule = Rule { attribution, window_days: 30 };
        let mut kept = Kept::default();
        for fact in &facts {
            kept.insert(fact, rule);
        }
        let folded = standings(&kept.facts, rule);
        for standing in folded.ranked() {
            let of_entry = kept.of(|line| line.name == standing.entry.as_str());
            prop_assert_eq!(of_entry.points(), standing.points, "{}", standing.code.as_str());
            let owns = folded.of_code(&standing.code).is_some_and(|(_, owner)| owner.entry == standing.entry);
            let is_own = |line: &Line| {
                let visits = line.kind == Kind::Visits;
                if visits { owns && line.name == standing.code.as_str() } else { line.name == standing.entry.as_str() }
            };
            let joined = kept.facts.get(&["joined/", standing.entry.as_str()].concat()).unwrap();
            let mut told = Standing { signups: 0, visits: 0, purchases: 0, doubts: joined.doubts(), ..standing.clone() };
            kept.of(is_own).tell(&mut told);
            prop_assert_eq!(&told, standing);
        }
        let owned = kept.facts.iter().filter_map(|fact| match fact {
            Fact::Joined(joined) => Some(joined.code.as_str().to_string()),
            _ => None,
        });
        let owned: Vec<String> = owned.collect();
        let counted = kept.of(|line| line.kind != Kind::Visits || owned.contains(&line.name));
        prop_assert_eq!(counted.totals(), totals(&kept.facts, rule));
    }
}
