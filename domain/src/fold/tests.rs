//! What makes the fold right: stories with known ends, and that order, doubles and groups change nothing.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::attribution::Attribution;
use crate::fact::{
    Adjusted, Bonus, Bound, Disputed, Joined, Linked, Purchased, Refunded, Source, Stage, State, StateKind,
    Visited,
};
use crate::points::Points;
use crate::trust::{self, Action};

mod kept;
mod orders;
mod snapshot;
mod states;
mod trusted;

const DAY: i64 = 86_400_000;
/// Nothing is doubtful.
const NONE: Doubts = Doubts::NONE;
const RULE: Rule = Rule { attribution: Attribution::First, window_days: 60 };

fn entry(name: &str) -> EntryId {
    EntryId::of_email(b"secret", "demo", name)
}

fn code(name: &str) -> Code {
    Code::parse(name).unwrap()
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_millis(day * DAY)
}

fn joined(name: &str, day: i64) -> Fact {
    let points = Points { advocate: 10, friend: 5 };
    Fact::Joined(Joined {
        at: at(day),
        entry: entry(name),
        code: code(name),
        by: None,
        points,
        cap: None,
        doubts: NONE,
    })
}

fn bound(friend: &str, by: &str, day: i64) -> Fact {
    Fact::Bound(Bound { at: at(day), friend: entry(friend), code: code(by), doubts: NONE, later: false })
}

fn visited(by: &str, visitor: &str, day: i64) -> Fact {
    let visitor = visitor.into();
    let (day, at) = (at(day).day(), at(day));
    Fact::Visited(Visited { at, code: code(by), day, visitor, page: String::new(), doubts: NONE })
}

fn purchased(friend: &str, order: &str, points: u32, day: i64) -> Purchased {
    Purchased {
        at: at(day),
        purchase: order.into(),
        source: Source::Browser,
        pending: false,
        order: order.into(),
        friend: entry(friend),
        by: None,
        minor: i64::from(points) * 100,
        charged: None,
        currency: "USD".into(),
        points: Points { advocate: points, friend: 1 },
        cap: None,
        doubts: NONE,
    }
}

fn adjusted(name: &str, event: &str, points: i64) -> Fact {
    Fact::Adjusted(Adjusted { at: at(1), entry: entry(name), event: event.into(), points })
}

/// `minor` of nothing is all of it.
fn refunded(order: &str, cause: &str, minor: impl Into<Option<i64>>, day: i64) -> Refunded {
    Refunded {
        at: at(day),
        purchase: order.into(),
        source: Source::Browser,
        cause: cause.into(),
        minor: minor.into(),
        currency: "USD".into(),
    }
}

fn disputed(order: &str, cause: &str, stage: Stage, day: i64) -> Fact {
    Fact::Disputed(Disputed { at: at(day), purchase: order.into(), cause: cause.into(), stage })
}

fn linked(alias: &str, order: &str, day: i64) -> Fact {
    Fact::Linked(Linked { at: at(day), alias: alias.into(), purchase: order.into() })
}

fn bonus(name: &str, action: &str, points: u32, day: i64) -> Fact {
    Fact::Bonus(Bonus { at: at(day), entry: entry(name), action: action.into(), points })
}

fn state(name: &str, kind: StateKind, event: &str, on: bool, day: i64) -> Fact {
    let event = event.into();
    Fact::State(State { at: at(day), entry: entry(name), kind, event, on })
}

/// The same, as it is where there are doubts about it.
fn doubtful(mut fact: Fact, said: Doubts) -> Fact {
    match &mut fact {
        Fact::Joined(Joined { doubts, .. })
        | Fact::Bound(Bound { doubts, .. })
        | Fact::Visited(Visited { doubts, .. })
        | Fact::Purchased(Purchased { doubts, .. }) => *doubts = said,
        _ => {}
    }
    fact
}

/// The same binding, said once more because of doubts that were not known then.
fn later(bound: Fact, doubts: Doubts) -> Fact {
    let Fact::Bound(bound) = bound else { unreachable!() };
    Fact::Bound(Bound { doubts, later: true, ..bound })
}

/// `name: points`, the first first.
fn board(facts: &[Fact]) -> Vec<(String, i64)> {
    let set: Facts = facts.iter().cloned().collect();
    standings(&set, RULE).ranked().iter().map(|s| (s.code.as_str().to_owned(), s.points)).collect()
}

#[test]
fn stories_end_as_people_expect() {
    let jane = joined("JANE", 0);
    let joe = [joined("JOE", 1), bound("JOE", "JANE", 1)];
    let buys = Fact::Purchased(purchased("JOE", "1001", 80, 2));
    let pending = Fact::Purchased(Purchased { pending: true, ..purchased("JOE", "1001", 80, 2) });
    let confirmed = Fact::Purchased(Purchased { source: Source::Api, ..purchased("JOE", "1001", 70, 3) });
    for (story, facts, expected) in [
        ("alone", vec![jane.clone()], vec![("JANE", 0)]),
        ("a friend signs up", [vec![jane.clone()], joe.to_vec()].concat(), vec![("JANE", 10), ("JOE", 5)]),
        (
            "and buys",
            [vec![jane.clone()], joe.to_vec(), vec![buys.clone()]].concat(),
            vec![("JANE", 90), ("JOE", 6)],
        ),
        (
            "a purchase that waits to be confirmed earns nothing",
            [vec![jane.clone()], joe.to_vec(), vec![pending.clone()]].concat(),
            vec![("JANE", 10), ("JOE", 5)],
        ),
        (
            "confirmed, it counts once, with the trusted amount",
            [vec![jane.clone()], joe.to_vec(), vec![pending, confirmed.clone()]].concat(),
            vec![("JANE", 80), ("JOE", 6)],
        ),
        (
            "two sources report one order",
            [vec![jane.clone()], joe.to_vec(), vec![buys.clone(), confirmed]].concat(),
            vec![("JANE", 80), ("JOE", 6)],
        ),
        (
            "a friend who only bought holds a place once they sign up",
            vec![jane.clone(), bound("JOE", "JANE", 2), buys.clone()],
            vec![("JANE", 80)],
        ),
        // Two purchases at once, by a friend who was new: of the two bindings under one id, the later one's time
        // was written last, and the earlier purchase would fall before it.
        (
            "a purchase stands by the code that came with it",
            vec![
                jane.clone(),
                bound("JOE", "JANE", 3),
                Fact::Purchased(Purchased { by: Some(code("JANE")), ..purchased("JOE", "1001", 80, 2) }),
                Fact::Purchased(Purchased { by: Some(code("JANE")), ..purchased("JOE", "1002", 20, 3) }),
            ],
            vec![("JANE", 100)],
        ),
        ("nobody refers themself", vec![jane.clone(), bound("JANE", "JANE", 0)], vec![("JANE", 0)]),
        (
            "the first of two advocates",
            vec![
                jane.clone(),
                joined("ANN", 0),
                joined("JOE", 3),
                bound("JOE", "ANN", 2),
                bound("JOE", "JANE", 3),
            ],
            vec![("ANN", 10), ("JOE", 5), ("JANE", 0)],
        ),
        (
            "after the window an advocate gets no credit",
            vec![jane.clone(), bound("JOE", "JANE", 2), Fact::Purchased(purchased("JOE", "1", 80, 63))],
            vec![("JANE", 0)],
        ),
        (
            "a code that nobody owns",
            vec![jane.clone(), joined("JOE", 1), bound("JOE", "GONE", 1)],
            vec![("JANE", 0), ("JOE", 0)],
        ),
        ("points brought along", vec![jane.clone(), adjusted("JANE", "import", 40)], vec![("JANE", 40)]),
        ("ties: who joined first", vec![joined("B", 2), joined("A", 1)], vec![("A", 0), ("B", 0)]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(name, points)| (name.to_owned(), points)).collect();
        assert_eq!(board(&facts), expected, "{story}");
    }
}

#[test]
fn counts_are_kept_beside_the_points() {
    let facts: Facts = [
        joined("JANE", 0),
        visited("JANE", "v1", 1),
        visited("JANE", "v1", 2),
        visited("JANE", "v2", 1),
        visited("NOBODY", "v2", 1),
        joined("JOE", 1),
        bound("JOE", "JANE", 1),
        Fact::Purchased(purchased("JOE", "1", 3, 1)),
        Fact::Purchased(purchased("JOE", "2", 4, 1)),
    ]
    .into_iter()
    .collect();
    let standings = standings(&facts, RULE);
    let (rank, jane) = standings.of_code(&code("JANE")).unwrap();
    assert_eq!((rank, jane.visits, jane.signups, jane.purchases, jane.points), (1, 3, 1, 2, 17));
    assert_eq!(standings.of_code(&code("NOBODY")), None);
    let given: i64 = awards(&facts, RULE).iter().filter(|a| a.entry == jane.entry).map(|a| a.points).sum();
    assert_eq!(given, jane.points, "the awards explain every point");
}

#[test]
fn a_code_that_two_came_by_at_once_is_whose_was_first() {
    let points = Points::default();
    let twin = |name: &str, day| Joined {
        at: at(day),
        entry: entry(name),
        code: code("TWIN"),
        by: None,
        points,
        cap: None,
        doubts: NONE,
    };
    let facts: Facts = [
        Fact::Joined(twin("LATER", 2)),
        Fact::Joined(twin("FIRST", 1)),
        adjusted("LATER", "import", 40),
        joined("JOE", 3),
        bound("JOE", "TWIN", 3),
    ]
    .into_iter()
    .collect();
    let standings = standings(&facts, RULE);
    let (rank, owner) = standings.of_code(&code("TWIN")).unwrap();
    assert_eq!((rank, &owner.entry, owner.signups), (2, &entry("FIRST"), 1));
}

/// Few names, so that facts meet: same ids with other contents, unknown codes, self-referrals, cycles.
fn any_fact() -> impl Strategy<Value = Fact> {
    let name = || select(&["A", "B", "C", "D", "E"][..]);
    let day = || 0_i64..90;
    let cap = || proptest::option::of(0_u32..20);
    prop_oneof![
        (name(), name(), day(), cap(), any_doubts()).prop_map(|(a, by, d, cap, doubts)| match joined(a, d) {
            Fact::Joined(joined) if d % 2 == 0 =>
                Fact::Joined(Joined { by: Some(code(by)), cap, doubts, ..joined }),
            fact => fact,
        }),
        (name(), name(), day(), any_doubts()).prop_map(|(a, b, d, doubts)| doubtful(bound(a, b, d), doubts)),
        (name(), name(), day(), any_doubts()).prop_map(|(a, b, d, doubts)| later(bound(a, b, d), doubts)),
        (name(), name(), day(), any_doubts())
            .prop_map(|(a, v, d, doubts)| doubtful(visited(a, v, d), doubts)),
        (name(), name(), 0_u32..9, day(), any::<bool>(), any_source(), cap(), any_doubts()).prop_map(
            |(a, order, points, d, pending, source, cap, doubts)| {
                Fact::Purchased(Purchased {
                    source,
                    by: (d % 2 == 0).then(|| code(order)),
                    pending: pending && source == Source::Browser,
                    cap,
                    doubts,
                    ..purchased(a, order, points, d)
                })
            }
        ),
        any_takeback(),
        any_takeback(),
        (name(), name(), day()).prop_map(|(alias, order, d)| linked(alias, order, d)),
        (name(), name(), -9_i64..9).prop_map(|(a, event, points)| adjusted(a, event, points)),
        (name(), name(), 0_u32..9, day()).prop_map(|(a, action, points, d)| bonus(a, action, points, d)),
        (name(), select(&StateKind::ALL[..]), name(), any::<bool>(), day())
            .prop_map(|(a, kind, event, on, d)| state(a, kind, event, on, d)),
    ]
}

fn any_doubts() -> impl Strategy<Value = Doubts> {
    let action = select(&[Action::Off, Action::Off, Action::Off, Action::Flag, Action::Block][..]);
    (select(&trust::Rule::ALL[..]), action).prop_map(|(rule, action)| Doubts::of(rule, action))
}

fn any_source() -> impl Strategy<Value = Source> {
    select(&Source::ALL[..])
}

fn any_takeback() -> impl Strategy<Value = Fact> {
    let name = || select(&["A", "B", "C", "D", "E"][..]);
    prop_oneof![
        (name(), name(), proptest::option::weighted(0.9, 0_i64..900), any_source(), 0_i64..90).prop_map(
            |(order, cause, minor, source, d)| {
                Fact::Refunded(Refunded { source, ..refunded(order, cause, minor, d) })
            }
        ),
        (name(), name(), select(&Stage::ALL[..]), 0_i64..90)
            .prop_map(|(order, cause, stage, d)| disputed(order, cause, stage, d)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_order_duplication_or_grouping_gives_the_same_standings(
        facts in proptest::collection::vec(any_fact(), 0..60),
        shuffle in proptest::collection::vec(any::<Index>(), 0..120),
        cut in any::<Index>(),
        last in any::<bool>(),
    ) {
        let rule = Rule { attribution: if last { Attribution::Last } else { Attribution::First }, window_days: 30 };
        let plain: Facts = facts.iter().cloned().collect();

        // Every fact once and some again, in another order, in two groups that are merged late.
        let mut again = facts.clone();
        if !facts.is_empty() {
            again.extend(shuffle.iter().map(|index| index.get(&facts).clone()));
            for index in &shuffle {
                let swap = index.index(again.len());
                again.swap(0, swap);
            }
        }
        let (one, two) = again.split_at(if again.is_empty() { 0 } else { cut.index(again.len()) });
        let mut merged: Facts = two.iter().cloned().collect();
        merged.merge(one.iter().cloned().collect());

        prop_assert_eq!(&plain, &merged);
        prop_assert_eq!(standings(&plain, rule), standings(&merged, rule));
        prop_assert_eq!(totals(&plain, rule), totals(&merged, rule));
        let mut twice = merged.clone();
        twice.merge(merged);
        prop_assert_eq!(&plain, &twice);
    }

    #[test]
    fn every_point_on_the_board_was_awarded(facts in proptest::collection::vec(any_fact(), 0..60)) {
        let facts: Facts = facts.into_iter().collect();
        let awards = awards(&facts, RULE);
        for standing in standings(&facts, RULE).ranked() {
            let sum: i64 = awards.iter().filter(|a| a.entry == standing.entry).map(|a| a.points).sum();
            prop_assert_eq!(sum, standing.points);
            let why = why(&facts, RULE, &standing.entry);
            prop_assert_eq!(why.iter().map(|award| award.points).sum::<i64>(), standing.points);
            prop_assert!(why.is_sorted_by_key(|award| award.at));
        }
    }

    /// An erased entry is gone, and everybody else's points are what they were.
    #[test]
    fn who_is_erased_takes_nothing_from_anybody(facts in proptest::collection::vec(any_fact(), 0..60)) {
        let mut facts: Facts = facts.into_iter().collect();
        let before = standings(&facts, RULE);
        facts.insert(state("A", StateKind::Erased, "once", true, 80));
        let after = standings(&facts, RULE);
        let expected: Vec<_> = before.ranked().iter().filter(|s| s.entry != entry("A")).cloned().collect();
        prop_assert_eq!(after.ranked(), expected);
    }
}

/// Anybody may add up an export years later: what is hashed must stay what it was.
#[cfg(feature = "serde")]
#[test]
fn the_digest_of_facts_is_what_it_always_was() {
    assert_eq!(
        Facts::default().digest(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "of nothing"
    );
    let payload = serde_json::json!({"t": 1_700_000_000_000_i64, "p": [10, 5], "c": "REF-XYZ789"});
    let fact = Fact::read("joined/4528decec338e032675ca51a24054b91", &payload).unwrap();
    // printf 'joined/4528decec338e032675ca51a24054b91\n{"c":"REF-XYZ789","p":[10,5],"t":1700000000000}\n' | sha256sum
    let facts: Facts = [fact].into_iter().collect();
    assert_eq!(facts.digest(), "15b6a38f47069d90a76c67d532270cb813c1f62ba47766e5385359466dd13e0e");
}
