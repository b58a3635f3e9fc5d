//! A snapshot says what the facts say that are in it, however they came.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{any_fact, joined, visited};
use crate::attribution::{Attribution, Rule};
use crate::fact::Fact;
use crate::fold::{Facts, Of, Snapshot, activity, standings, totals};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_follows_from_a_snapshot_follows_from_its_facts(
        facts in proptest::collection::vec(any_fact(), 0..60),
        cut in any::<proptest::sample::Index>(),
        last in any::<bool>(),
    ) {
        let attribution = if last { Attribution::Last } else { Attribution::First };
        let rule = Rule { attribution, window_days: 30 };
        let all: Facts = facts.into_iter().collect();
        let mut facts: Vec<Fact> = all.iter().cloned().collect();
        facts.reverse();
        let (some, others) = facts.split_at(cut.index(facts.len() + 1).min(facts.len()));
        let mut snapshot = Snapshot::default();
        prop_assert_eq!(snapshot.extend(some.to_vec(), Of::News), some.len());
        let mut snapshot = Snapshot::read(snapshot.write(String::new()));
        prop_assert_eq!(snapshot.extend(facts.clone(), Of::News), others.len());
        prop_assert_eq!(snapshot.extend(some.to_vec(), Of::News), 0);
        prop_assert_eq!(snapshot.extend(facts.clone(), Of::Store), 0);

        prop_assert_eq!(snapshot.write(String::new()), all.iter().cloned().collect::<Snapshot>().write(String::new()));
        prop_assert_eq!(&Snapshot::read(snapshot.write(String::new())), &snapshot);
        prop_assert_eq!(snapshot.count(), all.count());
        prop_assert_eq!(snapshot.standings(rule), standings(&all, rule));
        prop_assert_eq!(snapshot.totals(rule), totals(&all, rule));
        prop_assert_eq!(snapshot.activity().0, activity(&all).0);
    }

    #[test]
    fn of_two_facts_with_one_id_the_same_stands_in_any_order(facts in proptest::collection::vec(any_fact(), 0..30)) {
        let mut there = Snapshot::default();
        there.extend(facts.clone(), Of::News);
        let mut back = Snapshot::default();
        for fact in facts.into_iter().rev() {
            back.extend([fact], Of::News);
        }
        prop_assert_eq!(there.write(String::new()), back.write(String::new()));
    }
}

#[test]
fn what_is_stored_stands_against_what_was_heard() {
    let heard = joined("jane", 1);
    let stored = joined("jane", 2);
    let mut snapshot = Snapshot::default();
    snapshot.extend([heard.clone(), visited("jane", "v", 1)], Of::News);
    assert_eq!(snapshot.extend([stored.clone()], Of::News), 0, "the lesser stands");
    assert_eq!(snapshot.extend([stored.clone()], Of::Store), 1);
    assert_eq!(snapshot.facts().iter().next(), Some(&stored));
}

#[test]
fn pages_are_told_by_their_visits_and_not_without_end() {
    let on = |page: usize, visitor: usize| {
        let Fact::Visited(visited) = visited("jane", &format!("v{page}-{visitor}"), 1) else {
            unreachable!()
        };
        Fact::Visited(crate::fact::Visited { page: format!("https://shop.example/{page}"), ..visited })
    };
    let mut snapshot = Snapshot::default();
    snapshot.extend((0..3).map(|visitor| on(7, visitor)), Of::News);
    snapshot.extend((0..3).map(|visitor| on(7, visitor)), Of::News);
    snapshot.extend([on(8, 0), on(8, 1)], Of::News);
    snapshot.extend((10..5_000).map(|page| on(page, 0)), Of::News);
    let (latest, pages) = snapshot.activity();
    assert_eq!(latest, []);
    assert_eq!(pages.first(), Some(&("https://shop.example/7", 3)));
    assert_eq!(pages.get(1), Some(&("https://shop.example/8", 2)));
    assert_eq!(snapshot.count(), 4_995);
    assert!(snapshot.write(String::new()).lines().filter(|line| line.starts_with('p')).count() <= 2_000);
}
