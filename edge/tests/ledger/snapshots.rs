//! What is read from a snapshot is what all facts fold to, whatever came in which batches; and how little is asked of KV for it.

use std::slice;

use domain::attribution::{Attribution, Rule};
use domain::fact::Fact;
use domain::fold::Terms;
use domain::{Code, Timestamp};
use edge::ledger::{Asked, KvLedger, Ledger, MemoryKv, News, Part, Question, Task, Then};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::Value;

use crate::facts::{NOW, facts};
use crate::kept::{any_fact, any_terms, said};

const MINUTE: i64 = 60_000;
pub const TERMS: Terms =
    Terms { rule: Rule { attribution: Attribution::First, window_days: 60 }, require_confirmation: false };

pub fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(NOW + minutes * MINUTE)
}

/// KV in which contests with more than so many facts have a snapshot.
pub fn kv_from(few: usize) -> MemoryKv {
    let kv = MemoryKv::default();
    kv.snapshots_from.set(Some(few));
    kv
}

pub fn do_task(kv: &MemoryKv, terms: Terms, task: Task, minute: i64) -> Then {
    block_on(KvLedger::new(kv).look_after("demo", terms, task, at(minute))).unwrap()
}

/// Writes facts, and gives what is told of them.
pub fn write(kv: &MemoryKv, facts: &[Fact]) -> Vec<Fact> {
    let ledger = KvLedger::new(kv);
    for fact in facts {
        block_on(ledger.write("demo", fact)).unwrap();
    }
    let batch = |news: News| if let Task::Batch(facts) = news.task { facts } else { Vec::new() };
    ledger.news().into_iter().flat_map(batch).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_is_read_from_a_snapshot_is_the_fold_of_all_facts(
        before in proptest::collection::vec(any_fact(), 1..30),
        batches in proptest::collection::vec(proptest::collection::vec(any_fact(), 1..8), 0..6),
        gaps in proptest::collection::vec(0_i64..2, 6),
        (first, last) in (any_terms(), any_terms()),
    ) {
        let kv = kv_from(0);
        write(&kv, &before);
        prop_assert_eq!(do_task(&kv, first, Task::Look(at(0)), 0), Then::Look(300));
        said(&kv, first)?;
        let mut minute = 0;
        for (facts, gap) in batches.iter().zip(gaps) {
            // What is known already is not written again.
            let ledger = KvLedger::new(&kv);
            let is_new = |fact: &&Fact| block_on(ledger.fact("demo", &fact.id())).unwrap().is_none();
            let news = facts.iter().filter(is_new).flat_map(|fact| write(&kv, slice::from_ref(fact)));
            let news: Vec<Fact> = news.collect();
            minute += gap;
            if !news.is_empty() {
                do_task(&kv, first, Task::Batch(news), minute);
            }
        }
        do_task(&kv, first, Task::Look(at(minute + 1)), minute + 1);
        prop_assert_eq!(do_task(&kv, first, Task::Look(at(minute + 2)), minute + 2), Then::Done);
        said(&kv, first)?;
        // The owner changes the rules.
        said(&kv, last)?;
        do_task(&kv, last, Task::Look(at(0)), minute + 3);
        said(&kv, last)?;
        prop_assert!(block_on(KvLedger::new(&kv).proof("demo")).unwrap().is_some());
    }
}

#[test]
fn a_contest_with_few_facts_has_no_snapshot_and_one_with_many_gets_one_when_it_is_read() {
    let kv = kv_from(5);
    let read = || {
        let ledger = KvLedger::new(&kv);
        block_on(ledger.places("demo", TERMS, Question::Leaders(10))).unwrap();
        ledger.news()
    };
    let all: Vec<Fact> = facts(6).collect();
    write(&kv, &all[..5]);
    assert_eq!(read(), []);
    assert_eq!(do_task(&kv, TERMS, Task::Look(at(0)), 0), Then::Done);
    assert_eq!(do_task(&kv, TERMS, Task::Batch(all[..5].to_vec()), 0), Then::Done);
    assert!(kv.names().iter().all(|name| name.starts_with("fact/")), "{:?}", kv.names());
    write(&kv, &all[5..]);
    let asked = read();
    assert_eq!(asked, [News { contest: "demo".to_owned(), task: Task::Look(Timestamp::default()) }]);
    do_task(&kv, TERMS, Task::Look(at(0)), 0);
    assert_eq!(read(), []);
    assert!(kv.names().contains(&"snapshot/demo/board".to_owned()));
}

/// Two who add to one snapshot do not see each other: the last overwrites, and says itself what it lacks.
#[test]
fn a_batch_that_was_overwritten_is_added_by_whoever_looks_next() {
    let kv = kv_from(0);
    let all: Vec<Fact> = facts(300).collect();
    write(&kv, &all[..200]);
    do_task(&kv, TERMS, Task::Look(at(0)), 0);
    let old: Vec<(String, Value)> = taken(&kv, "snapshot/");
    let news = write(&kv, &all[200..250]);
    let Then::Check(first, _) = do_task(&kv, TERMS, Task::Batch(news), 1) else {
        panic!("it is checked later")
    };
    assert_eq!(do_task(&kv, TERMS, Task::Check(first.clone()), 1), Then::Done);
    for (name, value) in old {
        block_on(edge::ledger::Kv::put(&&kv, &name, value.as_str().unwrap(), None, None)).unwrap();
    }
    let news = write(&kv, &all[250..]);
    let Then::Check(second, _) = do_task(&kv, TERMS, Task::Batch(news), 2) else { panic!("so is this") };
    let proof = || block_on(KvLedger::new(&kv).proof("demo")).unwrap().unwrap();
    assert_eq!(proof().facts, 250, "the second batch is in it, and the first is not");
    assert_eq!(do_task(&kv, TERMS, Task::Check(second), 3), Then::Done);
    assert_eq!(do_task(&kv, TERMS, Task::Check(first.clone()), 3), Then::Check(first.clone(), 300));
    assert_eq!(proof().facts, 300);
    said(&kv, TERMS).unwrap();
    kv.asked();
    assert_eq!(do_task(&kv, TERMS, Task::Check(first), 8), Then::Done);
    assert_eq!(kv.asked().lists, 0, "no list is asked for");
}

#[test]
fn a_batch_that_came_while_the_snapshot_rested_is_added_later() {
    let kv = kv_from(0);
    let all: Vec<Fact> = facts(200).collect();
    write(&kv, &all[..100]);
    do_task(&kv, TERMS, Task::Look(at(0)), 0);
    let news = write(&kv, &all[100..]);
    let Then::Check(batch, 30) = do_task(&kv, TERMS, Task::Batch(news), 0) else { panic!("it rests") };
    let proof = || block_on(KvLedger::new(&kv).proof("demo")).unwrap().unwrap();
    assert_eq!(proof().facts, 100);
    assert_eq!(do_task(&kv, TERMS, Task::Check(batch.clone()), 1), Then::Check(batch, 300));
    assert_eq!(proof().facts, 200);
    // One that nobody can find any more is left alone; one that may only not be seen yet is asked for again.
    let batch = |minute: i64| format!("{:015}-00", NOW + minute * 60_000);
    assert_eq!(do_task(&kv, TERMS, Task::Check(batch(0)), 400), Then::Done);
    assert_eq!(do_task(&kv, TERMS, Task::Check(batch(400)), 400), Then::Check(batch(400), 30));
}

fn taken(kv: &MemoryKv, prefix: &str) -> Vec<(String, Value)> {
    let part = block_on(edge::ledger::Kv::part(&kv, prefix, None, 100)).unwrap();
    let entries = part[1].as_array().unwrap().iter();
    entries.map(|entry| (entry[0].as_str().unwrap().to_owned(), entry[1].clone())).collect()
}

#[test]
fn what_never_came_by_the_queue_is_found_when_all_facts_are_read() {
    let kv = kv_from(0);
    let all: Vec<Fact> = facts(400).collect();
    write(&kv, &all[..100]);
    do_task(&kv, TERMS, Task::Look(at(0)), 0);
    write(&kv, &all[100..]);
    assert_eq!(do_task(&kv, TERMS, Task::Prove(None), 60), Then::Look(300));
    let proof = block_on(KvLedger::new(&kv).proof("demo")).unwrap().unwrap();
    assert_eq!((proof.facts, proof.repaired, proof.surplus, proof.read), (400, 300, 0, at(60)));
    said(&kv, TERMS).unwrap();
    do_task(&kv, TERMS, Task::Prove(None), 120);
    let proof = block_on(KvLedger::new(&kv).proof("demo")).unwrap().unwrap();
    assert_eq!((proof.repaired, proof.read), (0, at(120)));
}

#[test]
fn what_nobody_stored_is_gone_after_the_second_night() {
    let kv = kv_from(0);
    let all: Vec<Fact> = facts(200).collect();
    write(&kv, &all[..150]);
    do_task(&kv, TERMS, Task::Look(at(0)), 0);
    do_task(&kv, TERMS, Task::Batch(all[150..].to_vec()), 1);
    let proof = || block_on(KvLedger::new(&kv).proof("demo")).unwrap().unwrap();
    for (minute, surplus, facts) in [(60, 50, 200), (120, 0, 150)] {
        do_task(&kv, TERMS, Task::Prove(None), minute);
        assert_eq!((proof().surplus, proof().facts), (surplus, facts));
    }
    said(&kv, TERMS).unwrap();
}

#[test]
fn what_is_brought_from_elsewhere_is_seen_at_once() {
    let kv = kv_from(0);
    let all: Vec<Fact> = facts(200).collect();
    write(&kv, &all[..100]);
    do_task(&kv, TERMS, Task::Look(at(0)), 0);
    let other = MemoryKv::default();
    write(&other, &all);
    let entries = block_on(KvLedger::new(&other).part("", None, 1_000)).unwrap()[1].clone();
    block_on(KvLedger::new(&kv).bring(&entries, false)).unwrap();
    said(&kv, TERMS).unwrap();
    let exported = block_on(KvLedger::new(&kv).part("", None, 1_000)).unwrap();
    let names = exported[1].as_array().unwrap().iter().map(|entry| entry[0].as_str().unwrap().to_owned());
    assert!(
        names.into_iter().all(|name| name.starts_with("fact/")),
        "what follows from facts is not taken along"
    );
}

/// What is billed: see docs/benchmarks.md.
#[test]
fn a_read_asks_no_more_of_kv_of_a_large_contest_than_of_a_small_one() {
    let ask = |count: usize| {
        let kv = kv_from(2_000);
        write(&kv, &facts(count).collect::<Vec<_>>());
        do_task(&kv, TERMS, Task::Look(at(0)), 0);
        kv.asked();
        let code = Code::parse("C-3").unwrap();
        let ledger = KvLedger::new(&kv);
        let questions = [Question::Leaders(25), Question::Code(&code), Question::Joined(40, 20)];
        let mut asked: Vec<Asked> = Vec::new();
        for question in questions {
            let places = block_on(ledger.places("demo", TERMS, question)).unwrap();
            assert!(!places.places.is_empty(), "{question:?}");
            asked.push(kv.asked());
        }
        block_on(ledger.summary("demo", TERMS)).unwrap();
        asked.push(kv.asked());
        asked
    };
    let cost = |reads, lists| Asked { reads, lists, writes: 0 };
    assert_eq!(ask(1_000), [cost(1, 1); 4]);
    assert_eq!(ask(30_000), [cost(1, 0), cost(2, 0), cost(2, 0), cost(1, 0)]);
}

#[test]
fn reading_all_facts_goes_on_where_it_left_off() {
    let kv = kv_from(10);
    write(&kv, &facts(500).collect::<Vec<_>>());
    let part = Part { cursor: None, listed: 0, changed: 0 };
    assert_eq!(do_task(&kv, TERMS, Task::Prove(Some(part)), 0), Then::Look(300));
    said(&kv, TERMS).unwrap();
}
