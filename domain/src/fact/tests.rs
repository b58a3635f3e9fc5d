use serde_json::{Value, json};

use super::*;
use crate::trust::{Action, Rule};

/// If one of these changes, the facts in every store are lost: add a new form beside the old one.
#[test]
fn stored_facts_are_what_they_always_were() {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let entry = EntryId::parse("4528decec338e032675ca51a24054b91").unwrap();
    let code = Code::parse("REF-XYZ789").unwrap();
    let points = Points { advocate: 10, friend: 5 };
    for (fact, id, payload) in [
        (
            Fact::Joined(Joined {
                at,
                entry: entry.clone(),
                code: code.clone(),
                by: None,
                points,
                cap: None,
                doubts: Doubts::NONE,
            }),
            "joined/4528decec338e032675ca51a24054b91",
            json!({"t": 1_700_000_000_000_i64, "c": "REF-XYZ789", "p": [10, 5]}),
        ),
        (
            Fact::Joined(Joined {
                at,
                entry: entry.clone(),
                code: code.clone(),
                by: Code::parse("ann").ok(),
                points,
                cap: Some(500),
                doubts: Doubts::NONE,
            }),
            "joined/4528decec338e032675ca51a24054b91",
            json!({"t": 1_700_000_000_000_i64, "c": "REF-XYZ789", "p": [10, 5], "b": "ANN", "l": 500}),
        ),
        (
            Fact::Bound(Bound {
                at,
                friend: entry.clone(),
                code: code.clone(),
                doubts: Doubts::NONE,
                later: false,
            }),
            "bound/4528decec338e032675ca51a24054b91/REF-XYZ789/2023-11-14",
            json!({"t": 1_700_000_000_000_i64}),
        ),
        (
            Fact::Visited(Visited {
                at,
                code,
                day: at.day(),
                visitor: "v1".into(),
                page: "https://shop.example/".into(),
                doubts: Doubts::NONE,
            }),
            "visited/REF-XYZ789/2023-11-14/v1",
            json!({"t": 1_700_000_000_000_i64, "u": "https://shop.example/"}),
        ),
        (
            Fact::Purchased(Purchased {
                at,
                purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
                source: Source::Browser,
                pending: false,
                order: "#1001".into(),
                friend: entry.clone(),
                by: Code::parse("ann").ok(),
                minor: 7_999,
                charged: None,
                currency: "USD".into(),
                points: Points { advocate: 80, friend: 0 },
                cap: None,
                doubts: Doubts::NONE,
            }),
            "purchased/ec4578fc5b8aa59d0cefa43bb3c78eeb/browser",
            json!({
                "t": 1_700_000_000_000_i64, "o": "#1001", "f": "4528decec338e032675ca51a24054b91",
                "m": 7999, "c": "USD", "p": [80, 0], "w": 0, "b": "ANN",
            }),
        ),
        (
            Fact::Adjusted(Adjusted { at, entry, event: "import".into(), points: -3 }),
            "adjusted/4528decec338e032675ca51a24054b91/import",
            json!({"t": 1_700_000_000_000_i64, "n": -3}),
        ),
    ] {
        is_pinned(&fact, id, &payload);
    }
}

#[test]
fn what_goes_back_and_what_is_said_of_entries_is_stored_as_it_always_was() {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let entry = EntryId::parse("4528decec338e032675ca51a24054b91").unwrap();
    for (fact, id, payload) in [
        (
            Fact::Refunded(Refunded {
                at,
                purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
                source: Source::Stripe,
                cause: "ch_1".into(),
                minor: Some(2_000),
                currency: "USD".into(),
            }),
            "refunded/ec4578fc5b8aa59d0cefa43bb3c78eeb/stripe/ch_1/2000",
            json!({"t": 1_700_000_000_000_i64, "c": "USD"}),
        ),
        (
            Fact::Refunded(Refunded {
                at,
                purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
                source: Source::Api,
                cause: "r1".into(),
                minor: None,
                currency: "USD".into(),
            }),
            "refunded/ec4578fc5b8aa59d0cefa43bb3c78eeb/api/r1/all",
            json!({"t": 1_700_000_000_000_i64, "c": "USD"}),
        ),
        (
            Fact::Disputed(Disputed {
                at,
                purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
                cause: "dp_1".into(),
                stage: Stage::Won,
            }),
            "disputed/ec4578fc5b8aa59d0cefa43bb3c78eeb/dp_1/won",
            json!({"t": 1_700_000_000_000_i64}),
        ),
        (
            Fact::Bonus(Bonus { at, entry: entry.clone(), action: "follow".into(), points: 5 }),
            "bonus/4528decec338e032675ca51a24054b91/follow",
            json!({"t": 1_700_000_000_000_i64, "n": 5}),
        ),
        (
            Fact::State(State {
                at,
                entry: entry.clone(),
                kind: StateKind::Disqualified,
                event: "e1".into(),
                on: true,
            }),
            "state/4528decec338e032675ca51a24054b91/disqualified/e1",
            json!({"t": 1_700_000_000_000_i64, "w": 1}),
        ),
        (
            Fact::State(State {
                at,
                entry: entry.clone(),
                kind: StateKind::Confirmed,
                event: "e2".into(),
                on: false,
            }),
            "state/4528decec338e032675ca51a24054b91/confirmed/e2",
            json!({"t": 1_700_000_000_000_i64, "w": 0}),
        ),
        (
            Fact::State(State { at, entry, kind: StateKind::Erased, event: ERASURE.into(), on: true }),
            "state/4528decec338e032675ca51a24054b91/erased/once",
            json!({"t": 1_700_000_000_000_i64, "w": 1}),
        ),
    ] {
        is_pinned(&fact, id, &payload);
    }
}

#[test]
fn what_a_provider_reports_is_stored_as_it_always_was() {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let entry = EntryId::parse("4528decec338e032675ca51a24054b91").unwrap();
    for (fact, id, payload) in [
        (
            Fact::Linked(Linked {
                at,
                alias: "0f4578fc5b8aa59d0cefa43bb3c78eeb".into(),
                purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
            }),
            "linked/0f4578fc5b8aa59d0cefa43bb3c78eeb/ec4578fc5b8aa59d0cefa43bb3c78eeb",
            json!({"t": 1_700_000_000_000_i64}),
        ),
        (
            Fact::Purchased(Purchased {
                at,
                purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
                source: Source::Stripe,
                pending: false,
                order: "cs_1".into(),
                friend: entry,
                by: None,
                minor: 10_000,
                charged: Some(11_900),
                currency: "EUR".into(),
                points: Points { advocate: 100, friend: 0 },
                cap: None,
                doubts: Doubts::NONE,
            }),
            "purchased/ec4578fc5b8aa59d0cefa43bb3c78eeb/stripe",
            json!({
                "t": 1_700_000_000_000_i64, "o": "cs_1", "f": "4528decec338e032675ca51a24054b91",
                "m": 10_000, "g": 11_900, "c": "EUR", "p": [100, 0], "w": 0,
            }),
        ),
    ] {
        is_pinned(&fact, id, &payload);
    }
}

#[test]
fn doubts_are_stored_as_they_always_were() {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let friend = EntryId::parse("4528decec338e032675ca51a24054b91").unwrap();
    let code = Code::parse("REF-XYZ789").unwrap();
    let id = "bound/4528decec338e032675ca51a24054b91/REF-XYZ789/2023-11-14";
    for (rule, flagged, blocked) in [
        (Rule::SelfReferral, 1, 2),
        (Rule::SameBrowser, 4, 8),
        (Rule::Bots, 16, 32),
        (Rule::Disposable, 64, 128),
    ] {
        for (action, bits) in [(Action::Flag, flagged), (Action::Block, blocked)] {
            let doubts = Doubts::of(rule, action);
            let bound =
                Fact::Bound(Bound { at, friend: friend.clone(), code: code.clone(), doubts, later: false });
            is_pinned(&bound, id, &json!({"t": 1_700_000_000_000_i64, "d": bits}));
            let Fact::Bound(bound) = bound else { unreachable!() };
            let id = format!("bound/4528decec338e032675ca51a24054b91/REF-XYZ789/{bits}");
            let later = Fact::Bound(Bound { later: true, ..bound });
            is_pinned(&later, &id, &json!({"t": 1_700_000_000_000_i64, "d": bits}));
        }
    }
    let visited = Fact::Visited(Visited {
        at,
        code: code.clone(),
        day: at.day(),
        visitor: "v1".into(),
        page: "https://shop.example/".into(),
        doubts: Doubts::of(Rule::Bots, Action::Flag),
    });
    let payload = json!({"t": 1_700_000_000_000_i64, "u": "https://shop.example/", "d": 16});
    is_pinned(&visited, "visited/REF-XYZ789/2023-11-14/v1", &payload);
    let points = Points { advocate: 10, friend: 5 };
    let doubts = Doubts::of(Rule::SelfReferral, Action::Block).and(Doubts::of(Rule::Bots, Action::Flag));
    let by = Code::parse("ann").ok();
    let joined = Fact::Joined(Joined { at, entry: friend, code, by, points, cap: None, doubts });
    let payload = json!({"t": 1_700_000_000_000_i64, "c": "REF-XYZ789", "p": [10, 5], "b": "ANN", "d": 18});
    is_pinned(&joined, "joined/4528decec338e032675ca51a24054b91", &payload);
    for (pending, doubts, w) in [(false, doubts, 36), (true, doubts, 37), (true, Doubts::NONE, 1)] {
        let purchased = Fact::Purchased(Purchased {
            at,
            purchase: "p".into(),
            source: Source::Browser,
            pending,
            order: "1".into(),
            friend: EntryId::parse("4528decec338e032675ca51a24054b91").unwrap(),
            by: None,
            minor: 100,
            charged: None,
            currency: "EUR".into(),
            points,
            cap: None,
            doubts,
        });
        let payload = json!({
            "t": 1_700_000_000_000_i64, "o": "1", "f": "4528decec338e032675ca51a24054b91", "m": 100, "c": "EUR",
            "p": [10, 5], "w": w,
        });
        is_pinned(&purchased, "purchased/p/browser", &payload);
    }
    assert!(
        joined.binding().unwrap().1.doubts.block() && joined.binding().unwrap().1.doubts.rules().count() == 1
    );
}

fn is_pinned(fact: &Fact, id: &str, payload: &Value) {
    assert_eq!(fact.id(), id);
    assert_eq!(fact.payload(), payload.to_string(), "{id}");
    assert_eq!(Fact::read(id, payload).as_ref(), Some(fact), "{id}");
}

#[test]
fn what_is_no_fact_is_not_read() {
    let payload = json!({"t": 1});
    for id in [
        "",
        "joined",
        "joined/x",
        "bound/4528decec338e032675ca51a24054b91",
        "future/1/2",
        "visited/A/b",
        "refunded/1/api/r1/some",
        "refunded/1/nobody/r1/1",
        "disputed/1/d/closed",
        "bonus/x/follow",
        "state/4528decec338e032675ca51a24054b91/happy/1",
    ] {
        assert_eq!(Fact::read(id, &payload), None, "{id}");
    }
}

#[test]
fn the_largest_payload_fits_the_metadata_of_a_key() {
    // Only who signs what it says tells what was charged, and numbers an order in at most 200 bytes.
    for (order, charged) in
        [("\"𝕏".repeat(100), None), ("𝕏".repeat(200), None), ("\"".repeat(200), Some(i64::MAX))]
    {
        assert!(crate::text::ORDER_ID.check(&order).is_ok());
        let fact = Fact::Purchased(Purchased {
            at: Timestamp::from_millis(1_700_000_000_000),
            purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
            source: Source::Browser,
            pending: true,
            order,
            friend: EntryId::parse("4528decec338e032675ca51a24054b91").unwrap(),
            by: Code::parse(&"A".repeat(64)).ok(),
            minor: i64::MAX,
            charged,
            currency: "USD".into(),
            points: Points { advocate: u32::MAX, friend: u32::MAX },
            cap: Some(u32::MAX),
            doubts: Doubts::from_bits(u8::MAX),
        });
        assert!(fact.payload().len() <= 1_024);
    }
    for path in ["\"".repeat(2_000), "\\".repeat(2_000), "𝕏".repeat(2_000)] {
        let url = ["https://shop.example/", &path].concat();
        assert!(crate::text::URL.check(&url).is_ok());
        let fact = Fact::Visited(Visited {
            at: Timestamp::from_millis(1_700_000_000_000),
            code: Code::parse("A").unwrap(),
            day: ANY_DAY.into(),
            visitor: "v1".into(),
            page: crate::text::page(&url),
            doubts: Doubts::from_bits(u8::MAX),
        });
        assert!(fact.payload().len() <= 1_024);
    }
}

/// KV takes keys of 512 bytes at most.
#[test]
fn the_longest_id_fits_a_key() {
    let token = "a".repeat(64);
    let at = Timestamp::from_millis(1_700_000_000_000);
    let entry = EntryId::parse("4528decec338e032675ca51a24054b91").unwrap();
    for fact in [
        Fact::Refunded(Refunded {
            at,
            purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
            source: Source::Browser,
            cause: token.clone(),
            minor: Some(i64::MAX),
            currency: "USD".into(),
        }),
        Fact::Bound(Bound {
            at,
            friend: entry.clone(),
            code: Code::parse(&token).unwrap(),
            doubts: Doubts::NONE,
            later: false,
        }),
        Fact::State(State { at, entry, kind: StateKind::Disqualified, event: token.clone(), on: true }),
    ] {
        assert!(["fact", &token, &fact.id()].join("/").len() <= 512);
    }
}
