//! The same stories for each ledger.

use domain::fact::{Adjusted, Fact, State, StateKind, Visited};
use domain::{Code, EntryId, Timestamp};
use edge::ledger::{
    Attempt, Delivery, KvLedger, Ledger, Mark, MemoryKv, Person, Referrer, contests_of, keys_of, payer,
    person, reason, referrer, team_contest, team_key,
};
use pollster::block_on;
use serde_json::Value;

use crate::objects::Objects;

const NOW: i64 = 1_780_000_000_000;

/// Tells each story to each ledger, in a test of its own.
macro_rules! stories {
    ($($story:ident)*) => {
        mod kv {
            use super::*;
            $(#[test]
            fn $story() {
                block_on(super::$story(KvLedger::new(&MemoryKv::default())));
            })*
        }

        mod durable {
            use super::*;
            $(#[test]
            fn $story() {
                block_on(super::$story(KvLedger::new(&Objects::at(NOW))));
            })*
        }
    };
}

stories! {
    a_record_is_what_was_written_last_until_it_is_removed
    names_are_those_of_one_team_in_order
    persons_come_whole_however_long_their_names_are
    a_fact_is_written_once_and_found_by_its_id_and_by_the_beginning_of_it
    a_contests_facts_are_its_own
    there_are_as_many_facts_as_were_written
    attempts_follow_one_another_and_their_message_is_the_first
}

fn entry(digit: char) -> EntryId {
    EntryId::parse(&String::from(digit).repeat(32)).unwrap()
}

fn adjusted(who: char, event: &str, points: i64) -> Fact {
    let at = Timestamp::from_millis(NOW);
    Fact::Adjusted(Adjusted { at, entry: entry(who), event: event.to_owned(), points })
}

fn ids(facts: &[Fact]) -> Vec<String> {
    facts.iter().map(Fact::id).collect()
}

async fn a_record_is_what_was_written_last_until_it_is_removed<L: Ledger>(ledger: L) {
    let code = Code::parse("REF-XYZ789").unwrap();
    for key in [referrer("demo", &code), payer("demo", "abc")] {
        assert_eq!(ledger.get(&key).await.unwrap(), None);
        for owner in ['a', 'b'] {
            let record = Referrer { mailbox: Some("m".to_owned()), ..Referrer::of(&entry(owner)) };
            ledger.put(&key, &record).await.unwrap();
            assert_eq!(ledger.get(&key).await.unwrap(), Some(record));
        }
        ledger.remove(&key).await.unwrap();
        ledger.remove(&key).await.unwrap();
        assert_eq!(ledger.get(&key).await.unwrap(), None);
    }
}

async fn names_are_those_of_one_team_in_order<L: Ledger>(ledger: L) {
    for (team, contest) in [("acme", "b"), ("acme", "a_2"), ("acme", "a-1"), ("acme2", "c"), ("acm", "d")] {
        ledger.put(&team_contest(team, contest), &Mark {}).await.unwrap();
    }
    ledger.put(&team_key("acme", "0f"), &Mark {}).await.unwrap();
    assert_eq!(ledger.names(&contests_of("acme")).await.unwrap(), ["a-1", "a_2", "b"]);
    assert_eq!(ledger.names(&keys_of("acme")).await.unwrap(), ["0f"]);
    assert_eq!(ledger.names(&contests_of("nobody")).await.unwrap(), Vec::<String>::new());
}

async fn persons_come_whole_however_long_their_names_are<L: Ledger>(ledger: L) {
    let mut expected = Vec::new();
    for (who, name) in [('a', "Jane \"J\" Doe".to_owned()), ('b', "й".repeat(900)), ('c', String::new())] {
        let jane = Person { name: Some(name), email: Some("jane@example.com".to_owned()), phone: None };
        ledger.put(&person("demo", &entry(who)), &jane).await.unwrap();
        expected.push((entry(who), jane));
    }
    ledger.put(&person("demo2", &entry('d')), &Person::default()).await.unwrap();
    let page = ledger.persons("demo", None).await.unwrap();
    assert_eq!((page.persons, page.cursor), (expected, None));
}

async fn a_fact_is_written_once_and_found_by_its_id_and_by_the_beginning_of_it<L: Ledger>(ledger: L) {
    let (one, two) = (adjusted('a', "x", 5), adjusted('a', "y", -7));
    assert_eq!(ledger.fact("demo", &one.id()).await.unwrap(), None);
    for fact in [&two, &one, &one, &adjusted('b', "x", 1)] {
        ledger.write("demo", fact).await.unwrap();
    }
    assert_eq!(ledger.fact("demo", &one.id()).await.unwrap(), Some(one.clone()));
    let prefix = format!("adjusted/{}/", entry('a').as_str());
    assert_eq!(ledger.facts("demo", &prefix).await.unwrap(), [one, two]);
    assert_eq!(ledger.facts("demo", "").await.unwrap().len(), 3);
    assert_eq!(ledger.facts("demo", "bonus/").await.unwrap(), []);
}

async fn a_contests_facts_are_its_own<L: Ledger>(ledger: L) {
    for contest in ["a", "aa", "a-"] {
        ledger.write(contest, &adjusted('a', contest, 1)).await.unwrap();
    }
    for contest in ["a", "aa", "a-"] {
        assert_eq!(ids(&ledger.facts(contest, "").await.unwrap()), [adjusted('a', contest, 1).id()]);
    }
}

/// More than a page of either.
async fn there_are_as_many_facts_as_were_written<L: Ledger>(ledger: L) {
    let visit = |number: i64| {
        Fact::Visited(Visited {
            at: Timestamp::from_millis(NOW),
            code: Code::parse("REF-XYZ789").unwrap(),
            day: "2026-11-25".to_owned(),
            visitor: format!("v-{number:05}"),
            page: "https://shop.example/".to_owned(),
            doubts: domain::trust::Doubts::NONE,
        })
    };
    let written: Vec<Fact> = (0..5_001).map(visit).collect();
    for fact in &written {
        ledger.write("demo", fact).await.unwrap();
    }
    assert!(ledger.facts("demo", "").await.unwrap() == written, "all of them, in order");
}

async fn attempts_follow_one_another_and_their_message_is_the_first<L: Ledger>(ledger: L) {
    let delivery = |event| Delivery { contest: "demo", endpoint: "e1", event };
    let attempt = |number: u32, seconds: i64| Attempt {
        at: Timestamp::from_millis(NOW + seconds * 1_000),
        number,
        kind: "visit.tracked".to_owned(),
        status: Some(503),
        error: None,
        ms: 3,
        next: None,
    };
    for (event, number, message) in [("m1", 1, "first"), ("m1", 2, "second"), ("m2", 1, "other")] {
        let attempt = attempt(number, number.into());
        ledger.keep(&delivery(event), &attempt, message, 2_592_000).await.unwrap();
    }
    let expected =
        [("m1", 1), ("m1", 2), ("m2", 1)].map(|(event, n)| (event.to_owned(), attempt(n, n.into())));
    assert_eq!(ledger.attempts("demo", "e1").await.unwrap(), expected);
    assert_eq!(ledger.attempts("demo", "e").await.unwrap(), []);
    assert_eq!(ledger.message(&delivery("m1")).await.unwrap().as_deref(), Some("first"));
    assert_eq!(ledger.message(&delivery("m")).await.unwrap(), None);
}

/// KV does it by itself.
#[test]
fn a_delivery_is_gone_after_its_time_and_its_row_with_the_next_one() {
    let objects = Objects::at(NOW);
    let ledger = KvLedger::new(&objects);
    let delivery = |event| Delivery { contest: "demo", endpoint: "e1", event };
    let attempt = Attempt {
        at: Timestamp::from_millis(NOW),
        number: 1,
        kind: "visit.tracked".to_owned(),
        status: None,
        error: Some("no answer".to_owned()),
        ms: 3,
        next: None,
    };
    let kept = || block_on(ledger.attempts("demo", "e1")).unwrap().len();
    block_on(ledger.keep(&delivery("m1"), &attempt, "first", 60)).unwrap();
    objects.now.set(NOW + 59_999);
    assert_eq!((kept(), objects.records("contest/demo")), (1, 1));
    objects.now.set(NOW + 60_000);
    assert_eq!((kept(), block_on(ledger.message(&delivery("m1"))).unwrap()), (0, None));
    block_on(ledger.keep(&delivery("m2"), &attempt, "next", 60)).unwrap();
    assert_eq!((kept(), objects.records("contest/demo")), (1, 1));
}

/// Of a fact that cannot be kept whole, nothing is kept; whoever writes it hears of it.
#[test]
fn what_fails_half_way_leaves_nothing() {
    let objects = Objects::at(NOW);
    let ledger = KvLedger::new(&objects);
    block_on(ledger.write("demo", &adjusted('a', "x", 1))).unwrap();
    objects.execute("contest/demo", "DROP TABLE named");
    assert!(block_on(ledger.write("demo", &adjusted('a', "y", 1))).is_err());
    assert_eq!(block_on(ledger.facts("demo", "")).unwrap(), [adjusted('a', "x", 1)]);
}

/// All that is kept under the prefixes that lead to an object, three entries at a time.
fn taken<L: Ledger>(ledger: &L, prefixes: &[&str]) -> Vec<Value> {
    let mut all = Vec::new();
    for prefix in prefixes {
        let mut cursor = None;
        loop {
            let part = block_on(ledger.part(prefix, cursor, 3)).unwrap();
            let entries = part[1].as_array().unwrap();
            assert!(entries.len() <= 3);
            all.extend(entries.iter().cloned());
            cursor = part[0].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
    }
    all
}

#[test]
fn what_is_brought_from_kv_is_taken_from_an_object_as_it_was() {
    let memory = MemoryKv::default();
    let kv = KvLedger::new(&memory);
    for (number, digit) in (0..).zip('0'..'7') {
        block_on(kv.write("demo", &adjusted('a', &number.to_string(), number))).unwrap();
        let somebody = Person { name: Some(format!("\"{number}\" ✓")), ..Person::default() };
        block_on(kv.put(&person("demo", &entry(digit)), &somebody)).unwrap();
    }
    block_on(kv.put(&team_contest("acme", "demo"), &Mark {})).unwrap();
    let prefixes = ["team/", "fact/demo/", "person/demo/"];
    let entries = taken(&kv, &prefixes);
    assert_eq!(entries.len(), 15);

    let objects = Objects::at(NOW);
    let durable = KvLedger::new(&objects);
    for _ in 0..2 {
        block_on(durable.bring(&Value::from(entries.clone()), false)).unwrap();
        assert_eq!(taken(&durable, &prefixes), entries);
    }
    let newer = Person { name: Some("newer".to_owned()), ..Person::default() };
    block_on(durable.put(&person("demo", &entry('1')), &newer)).unwrap();
    block_on(durable.bring(&Value::from(entries.clone()), true)).unwrap();
    assert_eq!(block_on(durable.get(&person("demo", &entry('1')))).unwrap(), Some(newer));
}

/// Their signup was brought before, with their name; that they were erased comes later.
#[test]
fn who_is_erased_is_not_left_behind() {
    let objects = Objects::at(NOW);
    let ledger = KvLedger::new(&objects);
    block_on(ledger.put(&person("demo", &entry('a')), &Person::default())).unwrap();
    let why = |who: char| reason("demo", &entry(who), "adjusted/x");
    for who in ['a', 'b'] {
        block_on(ledger.put(&why(who), &Value::from("why"))).unwrap();
    }
    let (at, event) = (Timestamp::from_millis(NOW), "once".to_owned());
    let erased = State { at, entry: entry('a'), kind: StateKind::Erased, event, on: true };
    let erased = Fact::State(erased);
    let name = ["fact/demo/", &erased.id()].concat();
    let payload: Value = serde_json::from_str(&erased.payload()).unwrap();
    block_on(ledger.bring(&serde_json::json!([[name, "", payload, null]]), true)).unwrap();
    assert_eq!(block_on(ledger.get(&person("demo", &entry('a')))).unwrap(), None);
    assert_eq!(block_on(ledger.get(&why('a'))).unwrap(), None);
    assert_eq!(block_on(ledger.get(&why('b'))).unwrap(), Some(Value::from("why")));
    assert_eq!(block_on(ledger.facts("demo", "")).unwrap(), [erased]);
}

#[test]
fn what_is_over_is_not_brought() {
    let objects = Objects::at(NOW);
    let ledger = KvLedger::new(&objects);
    let entries = serde_json::json!([
        ["key/a", "{}", null, NOW],
        ["key/b", "{}", null, NOW + 1],
        ["key/c", "{}", {}, null]
    ]);
    block_on(ledger.bring(&entries, false)).unwrap();
    let expected =
        [serde_json::json!(["key/b", "{}", null, NOW + 1]), serde_json::json!(["key/c", "{}", {}, null])];
    assert_eq!(taken(&ledger, &["key/"]), expected);
}
