//! Standings that an object keeps are those that all its facts fold to: whatever comes, in whatever order, however often, and
//! whatever rule holds when somebody asks.

use domain::attribution::{Attribution, Rule};
use domain::fact::{
    Adjusted, Bonus, Bound, Disputed, Fact, Joined, Linked, Purchased, Refunded, Source, Stage, State,
    StateKind, Visited,
};
use domain::fold::{Snapshot, Terms};
use domain::points::Points;
use domain::trust::{self, Action, Doubts};
use domain::{Code, EntryId, Timestamp};
use edge::ledger::{Kv, KvLedger, Ledger, Places, Question, Summary};
use pollster::block_on;
use proptest::prelude::*;
use proptest::sample::select;

use crate::objects::Objects;

const DAY: i64 = 86_400_000;
const NAMES: [char; 5] = ['a', 'b', 'c', 'd', 'e'];

fn at(day: i64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000 + day * DAY)
}

fn entry(name: char) -> EntryId {
    EntryId::parse(&String::from(name).repeat(32)).unwrap()
}

fn code(name: char) -> Code {
    Code::parse(&format!("CODE-{name}")).unwrap()
}

/// Few names, so that facts meet. A code may have two owners, a friend many advocates, an order many numbers and buyers.
pub fn any_fact() -> impl Strategy<Value = Fact> {
    let name = || select(&NAMES[..]);
    let anything = (name(), name(), name(), -3_i64..60, 0_u32..20, proptest::option::of(0_u32..20));
    let action = select(&[Action::Off, Action::Off, Action::Off, Action::Flag, Action::Block][..]);
    let doubts = (select(&trust::Rule::ALL[..]), action).prop_map(|(rule, action)| Doubts::of(rule, action));
    let kinds = (0_usize..13, select(&Source::ALL[..]), select(&Stage::ALL[..]), select(&StateKind::ALL[..]));
    (anything, kinds, doubts).prop_map(
        |((one, two, three, day, n, cap), (which, source, stage, kind), doubts)| {
            let (at, by) = (at(day), (n % 2 == 0).then(|| code(two)));
            let points = Points { advocate: n, friend: 1 };
            let named = |name: char| name.to_string();
            match which {
                0 | 1 => {
                    let owned = code(if n == 0 { two } else { one });
                    Fact::Joined(Joined { at, entry: entry(one), code: owned, by, points, cap, doubts })
                }
                2 | 3 => {
                    Fact::Bound(Bound { at, friend: entry(one), code: code(two), doubts, later: n % 3 == 0 })
                }
                4 => {
                    let (day, page) = (at.day(), String::new());
                    Fact::Visited(Visited { at, code: code(one), day, visitor: named(two), page, doubts })
                }
                5 | 6 => Fact::Purchased(Purchased {
                    at,
                    purchase: named(three),
                    source,
                    pending: source == Source::Browser && n % 3 == 0,
                    order: String::new(),
                    friend: entry(one),
                    by,
                    minor: i64::from(n) * 100,
                    charged: None,
                    currency: if day % 9 == 0 { "EUR" } else { "USD" }.to_owned(),
                    points,
                    cap,
                    doubts,
                }),
                7 => Fact::Refunded(Refunded {
                    at,
                    purchase: named(three),
                    source,
                    cause: named(two),
                    minor: (n != 0).then(|| i64::from(n) * 70),
                    currency: "USD".to_owned(),
                }),
                8 => Fact::Disputed(Disputed { at, purchase: named(three), cause: named(two), stage }),
                9 => Fact::Linked(Linked { at, alias: named(two), purchase: named(three) }),
                10 => Fact::Bonus(Bonus { at, entry: entry(one), action: named(two), points: n }),
                11 => {
                    let (event, points) = (named(two), day - 20);
                    Fact::Adjusted(Adjusted { at, entry: entry(one), event, points })
                }
                _ => {
                    let (event, on) = (named(two), n % 2 == 0);
                    Fact::State(State { at, entry: entry(one), kind, event, on })
                }
            }
        },
    )
}

pub fn any_terms() -> impl Strategy<Value = Terms> {
    (any::<bool>(), select(&[5_u16, 30][..]), any::<bool>()).prop_map(
        |(last, window_days, require_confirmation)| {
            let attribution = if last { Attribution::Last } else { Attribution::First };
            Terms { rule: Rule { attribution, window_days }, require_confirmation }
        },
    )
}

/// What a ledger says beside what its facts say.
pub fn said<K: Kv>(kv: K, terms: Terms) -> Result<(), TestCaseError> {
    let ledger = KvLedger::new(kv);
    let facts: Snapshot = block_on(ledger.facts("demo", "")).unwrap().into_iter().collect();
    let summary = block_on(ledger.summary("demo", terms)).unwrap();
    prop_assert_eq!(summary, Summary::fold(&facts, terms.rule));
    let (codes, entries) = (NAMES.map(code), NAMES.map(entry));
    let mut questions =
        vec![Question::Leaders(2), Question::Leaders(9), Question::Joined(1, 2), Question::Joined(0, 9)];
    questions.extend(codes.iter().map(Question::Code));
    questions.extend(entries.iter().map(Question::Entry));
    for question in questions {
        let places = block_on(ledger.places("demo", terms, question)).unwrap();
        prop_assert_eq!(places, Places::fold(&facts, terms, question), "{:?}", question);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_an_object_keeps_is_the_fold_of_its_facts(
        facts in proptest::collection::vec(any_fact(), 0..50),
        asked in proptest::collection::vec((0_usize..50, any_terms()), 1..4),
        last in any_terms(),
    ) {
        let objects = Objects::at(0);
        let ledger = KvLedger::new(&objects);
        for (place, fact) in facts.iter().enumerate() {
            for (_, terms) in asked.iter().filter(|(when, _)| *when == place) {
                said(&objects, *terms)?;
            }
            block_on(ledger.write("demo", fact)).unwrap();
        }
        for fact in &facts {
            block_on(ledger.write("demo", fact)).unwrap();
        }
        said(&objects, last)?;
    }
}
