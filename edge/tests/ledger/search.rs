//! Who is found by a part of their name or address: whatever is asked, those whom all facts and all records say; and what the directory
//! of a large contest over KV costs.

use std::slice;

use domain::fact::{Fact, Joined, State, StateKind};
use domain::fold::{Snapshot, Terms};
use domain::points::Points;
use domain::trust::Doubts;
use domain::{Code, EntryId};
use edge::ledger::{
    Asked, KeyKind, Kv, KvLedger, Ledger, MemoryKv, News, Person, Places, Question, Sought, Task, Then,
    person,
};
use pollster::block_on;
use proptest::prelude::*;
use proptest::sample::select;

use crate::facts::NOW;
use crate::kept::{any_fact, any_terms};
use crate::objects::Objects;
use crate::snapshots::{TERMS, at, do_task, kv_from, write};

const DIRECTORY: &str = "snapshot/demo/directory";

fn entry(number: usize) -> EntryId {
    EntryId::parse(&format!("{number:032x}")).unwrap()
}

fn joined(number: usize, minute: i64) -> Fact {
    Fact::Joined(Joined {
        at: at(minute),
        entry: entry(number),
        code: Code::parse(&format!("F-{number}")).unwrap(),
        by: None,
        points: Points::default(),
        cap: None,
        doubts: Doubts::NONE,
    })
}

fn called(name: &str) -> Person {
    Person { name: Some(name.to_owned()), email: None, phone: None }
}

/// Somebody joins: their record, and the fact, which is told.
fn join(kv: &MemoryKv, number: usize, minute: i64) -> Vec<Fact> {
    block_on(KvLedger::new(kv).put(&person("demo", &entry(number)), &called(&format!("Friend {number}."))))
        .unwrap();
    write(kv, &[joined(number, minute)])
}

/// So many have joined, at once, and the directory knows them.
fn kv_of(participants: usize) -> MemoryKv {
    let kv = kv_from(0);
    for number in 0..participants {
        join(&kv, number, 0);
    }
    do_all(&kv, Task::Look(at(6)), 6);
    assert_eq!(lines(&kv).len(), participants);
    kv
}

/// Does a task, and what it asks for at once.
fn do_all(kv: &MemoryKv, task: Task, minute: i64) -> Then {
    let ledger = KvLedger::new(kv);
    let then = block_on(ledger.look_after("demo", TERMS, task, at(minute))).unwrap();
    for News { task, .. } in ledger.news() {
        assert_eq!(task, Task::List);
        do_task(kv, TERMS, task, minute);
    }
    then
}

fn directory(kv: &MemoryKv) -> Option<String> {
    block_on(kv.get(DIRECTORY)).unwrap().map(|stored| stored.value)
}

fn lines(kv: &MemoryKv) -> Vec<String> {
    directory(kv).unwrap().lines().skip(1).map(str::to_owned).collect()
}

fn search<K: Kv>(kv: K, text: &str) -> Option<Vec<EntryId>> {
    let sought = Sought { text, kind: KeyKind::Private, skip: 0, most: 1_000_000 };
    let found = block_on(KvLedger::new(kv).search("demo", TERMS, sought)).unwrap()?;
    assert_eq!(found.entries, found.places.len());
    Some(found.places.into_iter().map(|place| place.standing.entry).collect())
}

fn any_person() -> impl Strategy<Value = Option<Person>> {
    let names = select(&["Jane Doe", "JANE", "Åse Ünal", "\"a\", \\ \n b", "İpek", "", "doe"][..]);
    let emails = select(&["jane@doe.example", "j@ünal.example", "a.doe@x.example"][..]);
    let owned = |text: Option<&'static str>| text.map(str::to_owned);
    let some = (proptest::option::of(names), proptest::option::of(emails));
    proptest::option::of(some.prop_map(move |(name, email)| Person {
        name: owned(name),
        email: owned(email),
        phone: Some("+49 170 1234567 doe".to_owned()),
    }))
}

/// As it was before there was a directory: all standings, and of each what a key may see.
fn expected(facts: &Snapshot, terms: Terms, persons: &[Option<Person>], sought: Sought<'_>) -> Places {
    let mut all = Places::fold(facts, terms, Question::Joined(0, 100));
    all.places.retain(|place| {
        let number = "abcde".find(&place.standing.entry.as_str()[..1]).unwrap();
        let Some(Person { name, email, .. }) = &persons[number] else { return false };
        let masked = |email: &String| {
            let (local, host) = email.split_once('@').unwrap();
            format!("{}***@{host}", &local[..1])
        };
        let email = if sought.kind == KeyKind::Public { email.as_ref().map(masked) } else { email.clone() };
        [name.clone(), email].into_iter().flatten().any(|text| text.to_lowercase().contains(sought.text))
    });
    let entries = all.places.len();
    let places = all.places.into_iter().skip(sought.skip).take(sought.most).collect();
    Places { places, entries, ..all }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn who_is_found_is_whose_record_says_so(
        facts in proptest::collection::vec(any_fact(), 1..40),
        persons in proptest::collection::vec(any_person(), 5),
        more in proptest::collection::vec(any_fact(), 0..10),
        terms in any_terms(),
        text in select(&["jane", "doe", "@", "ünal", "***", "example", "j***@doe", "a.doe@", "i", "\\", "\",\"", "1234", "null"][..]),
        kind in select(&[KeyKind::Private, KeyKind::Public][..]),
        (skip, most) in (0_usize..3, 1_usize..4),
    ) {
        let (kv, objects) = (kv_from(0), Objects::at(NOW));
        let entries = ["a", "b", "c", "d", "e"].map(|name| EntryId::parse(&name.repeat(32)).unwrap());
        for (entry, record) in entries.iter().zip(&persons) {
            if let Some(record) = record {
                block_on(KvLedger::new(&kv).put(&person("demo", entry), record)).unwrap();
                block_on(KvLedger::new(&objects).put(&person("demo", entry), record)).unwrap();
            }
        }
        // Some of them have joined by the time that the directory is made, days later.
        let days = 100 * 1_440;
        write(&kv, &facts);
        do_task(&kv, terms, Task::Look(at(days)), days);
        do_task(&kv, terms, Task::List, days);
        // What is known already is not written again.
        let ledger = KvLedger::new(&kv);
        let is_new = |fact: &&Fact| block_on(ledger.fact("demo", &fact.id())).unwrap().is_none();
        let news = more.iter().filter(is_new).flat_map(|fact| write(&kv, slice::from_ref(fact)));
        let news: Vec<Fact> = news.collect();
        if !news.is_empty() {
            do_task(&kv, terms, Task::Batch(news), days + 1);
        }
        for fact in facts.iter().chain(&more) {
            block_on(KvLedger::new(&objects).write("demo", fact)).unwrap();
        }
        let sought = Sought { text, kind, skip, most };
        let all: Snapshot = block_on(KvLedger::new(&objects).facts("demo", "")).unwrap().into_iter().collect();
        let expected = expected(&all, terms, &persons, sought);
        let of_objects = block_on(KvLedger::new(&objects).search("demo", terms, sought)).unwrap();
        prop_assert_eq!(of_objects.as_ref(), Some(&expected));
        let all: Snapshot = block_on(KvLedger::new(&kv).facts("demo", "")).unwrap().into_iter().collect();
        let expected = self::expected(&all, terms, &persons, sought);
        let of_kv = block_on(KvLedger::new(&kv).search("demo", terms, sought)).unwrap();
        prop_assert_eq!(of_kv.as_ref(), Some(&expected));
    }
}

/// More than a page of them, in the object and over KV.
#[test]
fn many_are_searched() {
    let (kv, objects) = (kv_of(5_500), Objects::at(NOW));
    let ledger = KvLedger::new(&objects);
    for number in 0..5_500 {
        block_on(ledger.put(&person("demo", &entry(number)), &called(&format!("Friend {number}.")))).unwrap();
        block_on(ledger.write("demo", &joined(number, 0))).unwrap();
    }
    for text in ["friend 999.", "friend 5499.", "friend 5000.", "friend 7000."] {
        let number = text.trim_matches(|sign: char| !sign.is_ascii_digit()).parse().unwrap();
        let expected = if number < 5_500 { vec![entry(number)] } else { Vec::new() };
        assert_eq!(search(&objects, text).as_ref(), Some(&expected), "{text}");
        assert_eq!(search(&kv, text).as_ref(), Some(&expected), "{text}");
    }
    assert_eq!(search(&kv, "friend").map(|found| found.len()), Some(5_500));
    assert_eq!(search(&objects, "friend"), search(&kv, "friend"));
}

/// Of whoever joined a moment ago, KV may not show the record yet: it is looked for when somebody searches, and for long enough.
#[test]
fn whose_record_is_late_is_found_as_soon_as_it_is_there() {
    let kv = kv_of(3);
    // The fact is seen before the record, and all persons are read meanwhile.
    let news = write(&kv, &[joined(7, 10)]);
    do_all(&kv, Task::Batch(news), 10);
    do_task(&kv, TERMS, Task::List, 11);
    do_all(&kv, Task::Look(at(12)), 12);
    assert_eq!(search(&kv, "friend 7."), Some(Vec::new()));
    join(&kv, 7, 10);
    assert_eq!(search(&kv, "friend 7."), Some(vec![entry(7)]));
    do_task(&kv, TERMS, Task::List, 14);
    assert_eq!(lines(&kv).len(), 3, "what is read of them now may be written again");
    do_task(&kv, TERMS, Task::List, 16);
    assert_eq!((lines(&kv).len(), search(&kv, "friend 7.")), (4, Some(vec![entry(7)])));
}

/// Facts without persons, as somebody may bring them: the directory is not made again for each of their batches.
#[test]
fn who_has_no_record_is_looked_for_once() {
    let kv = kv_from(0);
    let all: Vec<Fact> = (0..400).map(|number| joined(number, 0)).collect();
    write(&kv, &all);
    do_all(&kv, Task::Look(at(10)), 10);
    assert_eq!(directory(&kv).as_deref(), Some("400"));
    let news = join(&kv, 500, 11);
    let ledger = KvLedger::new(&kv);
    block_on(ledger.look_after("demo", TERMS, Task::Batch(news), at(20))).unwrap();
    assert_eq!((ledger.news(), directory(&kv).as_deref()), (Vec::new(), Some("400")));
    assert_eq!(search(&kv, "friend"), None, "all persons are read, which costs less");
}

#[test]
fn who_was_renamed_is_not_called_as_before_whoever_had_not_seen_it() {
    let kv = kv_of(5);
    let old = directory(&kv).unwrap();
    let ledger = KvLedger::new(&kv);
    block_on(ledger.put(&person("demo", &entry(3)), &called("Renamed"))).unwrap();
    ledger.rename("demo", &entry(3));
    let forget = Task::Forget(vec![entry(3)]);
    assert_eq!(ledger.news(), [News { contest: "demo".to_owned(), task: forget.clone() }]);
    let compare = Then::Compare(vec![entry(3)], 300);
    assert_eq!(do_task(&kv, TERMS, forget, 10), compare);
    assert!(!directory(&kv).unwrap().contains("Friend 3."));
    assert_eq!(search(&kv, "renamed"), Some(vec![entry(3)]));
    // Somebody who had read it before writes it again.
    block_on((&kv).put(DIRECTORY, &old, None, None)).unwrap();
    assert_eq!(do_task(&kv, TERMS, Task::Compare(vec![entry(3), entry(4)]), 15), compare);
    assert!(!directory(&kv).unwrap().contains("Friend 3."));
    assert!(directory(&kv).unwrap().contains("Friend 4."));
    do_task(&kv, TERMS, Task::List, 16);
    assert_eq!(do_task(&kv, TERMS, Task::Compare(vec![entry(3)]), 20), Then::Done);
    assert_eq!((lines(&kv).len(), search(&kv, "renamed")), (5, Some(vec![entry(3)])));
}

#[test]
fn who_was_erased_is_in_the_directory_no_more() {
    let event = "once".to_owned();
    let erased = State { at: at(9), entry: entry(3), kind: StateKind::Erased, event, on: true };
    let erased = [Fact::State(erased)];
    // By what is told of the person, or of the fact alone.
    for is_told in [true, false] {
        let kv = kv_of(5);
        let old = directory(&kv).unwrap();
        let news = write(&kv, &erased);
        block_on(KvLedger::new(&kv).remove(&person("demo", &entry(3)))).unwrap();
        if is_told {
            do_task(&kv, TERMS, Task::Forget(vec![entry(3)]), 10);
            assert!(!directory(&kv).unwrap().contains("Friend 3."));
        }
        do_all(&kv, Task::Batch(news), 11);
        assert!(!directory(&kv).unwrap().contains("Friend 3."));
        assert_eq!(lines(&kv).len(), 4);
        block_on((&kv).put(DIRECTORY, &old, None, None)).unwrap();
        assert_eq!(search(&kv, "friend 3."), Some(Vec::new()));
        do_task(&kv, TERMS, Task::Compare(vec![entry(3)]), 15);
        assert_eq!(lines(&kv).len(), 4);
        // Nor where a signup that had not seen it writes the person again.
        block_on(KvLedger::new(&kv).put(&person("demo", &entry(3)), &called("Friend 3."))).unwrap();
        do_task(&kv, TERMS, Task::List, 20);
        assert_eq!((lines(&kv).len(), search(&kv, "friend 3.")), (4, Some(Vec::new())));
    }
}

/// Nobody's name stays where nobody keeps the directory any more.
#[test]
fn a_directory_is_gone_unless_it_is_written_again() {
    let kv = kv_of(3);
    assert_eq!(kv.seconds.borrow().get(DIRECTORY), Some(&(4 * 86_400)));
    let other = kv_of(3);
    let entries = block_on(KvLedger::new(&other).part("person/", None, 100)).unwrap()[1].clone();
    block_on(KvLedger::new(&kv).bring(&entries, false)).unwrap();
    assert_eq!(directory(&kv), None, "what is brought may be called otherwise");
}

/// KV takes no more than 25 MB a value.
#[test]
fn a_directory_that_is_too_large_is_not_kept() {
    let kv = kv_of(3);
    for number in 10..36 {
        join(&kv, number, 0);
        let name = format!("{number} {}", "x".repeat(1 << 20));
        block_on(KvLedger::new(&kv).put(&person("demo", &entry(number)), &called(&name))).unwrap();
    }
    do_all(&kv, Task::Look(at(6)), 30);
    do_all(&kv, Task::Prove(None), 30);
    assert_eq!((directory(&kv).as_deref(), search(&kv, "friend")), (Some("-"), None));
    let news = join(&kv, 50, 31);
    kv.asked();
    let ledger = KvLedger::new(&kv);
    block_on(ledger.look_after("demo", TERMS, Task::Batch(news), at(40))).unwrap();
    assert_eq!(ledger.news(), [], "nor is it tried again before the night");
    assert_eq!(do_task(&kv, TERMS, Task::Forget(vec![entry(3)]), 41), Then::Compare(vec![entry(3)], 300));
    assert_eq!(do_task(&kv, TERMS, Task::Compare(vec![entry(3)]), 46), Then::Done);
    assert_eq!(directory(&kv).as_deref(), Some("-"));
}

/// What is billed: see docs/benchmarks.md.
#[test]
fn a_directory_is_written_when_more_than_a_few_have_joined() {
    let kv = kv_of(1_000);
    let (mut number, mut written, mut seen) = (1_000, 0_u32, 1_000);
    kv.asked();
    for minute in 10..160 {
        let news: Vec<Fact> = (0..2).flat_map(|more| join(&kv, number + more, minute)).collect();
        number += 2;
        assert_eq!(kv.asked().writes, 4);
        do_all(&kv, Task::Batch(news), minute);
        let Asked { reads, lists, writes } = kv.asked();
        let is_written = lines(&kv).len() > seen;
        seen = lines(&kv).len();
        assert_eq!((lists, writes), (0, 4 + u32::from(is_written)));
        // How it stands, the facts, the directory; and the records of those whom it takes in.
        assert!(if is_written { reads <= 3 + 22 } else { reads == 3 }, "{reads}");
        written += u32::from(is_written);
        // Those who joined last are found as well, each by a read, as long as that costs less than a list.
        kv.asked();
        let is_cheap = number - seen <= 20;
        let text = format!("friend {}.", number - 1);
        assert_eq!(search(&kv, &text), is_cheap.then(|| vec![entry(number - 1)]));
        let missing = if is_cheap { u32::try_from(number - seen).unwrap() } else { 0 };
        kv.asked();
        search(&kv, &text);
        assert_eq!(kv.asked(), Asked { reads: 3 + missing, lists: 0, writes: 0 });
    }
    assert!((300 / 25..=300 / 20).contains(&written), "{written} times for 300");
}
