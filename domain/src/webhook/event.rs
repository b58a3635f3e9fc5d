//! Which events follow from a fact, and what they say of it. They hold no more than the fact does: ids, and nobody's name
//! or address, which are looked up when an event is delivered.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::json;
use serde_json::Value;

use super::EventType;
use crate::fact::{Fact, Purchased, Stage};
use crate::fold::Cause;
use crate::points::Points;
use crate::{Code, EntryId, Timestamp};

/// Something that an owner is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What kind of thing.
    pub kind: EventType,
    /// What makes it this event and no other: its id follows from it.
    pub key: String,
    /// When it happened.
    pub at: Timestamp,
    /// What happened. Whoever took part is named by `entryId`, or by `referralCode` where only that is known, in the object
    /// itself and in `advocate`. Money is in minor units, `minor`.
    pub data: Value,
}

/// What the caller knows beside the fact.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The code of the advocate who gets the credit.
    pub by: Option<&'a Code>,
    /// Whether it gives points now. What another source has reported before gives none.
    pub gives: bool,
}

/// What follows from a fact that is written. From what only prepares another, nothing.
pub fn events(fact: &Fact, told: Told) -> Vec<Event> {
    let advocate = told.by.map(|code| json!({"referralCode": code.as_str()}));
    let event = |kind: EventType, data| Event { kind, key: key(kind, &fact.id()), at: fact.at(), data };
    match fact {
        Fact::Visited(f) => {
            let advocate = json!({"referralCode": f.code.as_str()});
            vec![event(EventType::VisitTracked, json!({"page": f.page, "advocate": advocate}))]
        }
        Fact::Joined(f) => {
            let earns = told.by.is_some() && !f.doubts.block();
            let points = if earns { f.points } else { Points::default() };
            let signup = json!({
                "entryId": f.entry.as_str(),
                "referralCode": f.code.as_str(),
                "isReferred": told.by.is_some(),
                "advocate": advocate,
                "pointsAwarded": points,
            });
            let mut events = vec![event(EventType::SignupTracked, signup)];
            let causes = (Cause::FriendSignedUp, Cause::SignedUpReferred);
            events.extend(shares(fact, &fact.id(), told.by, &f.entry, causes, points));
            events
        }
        Fact::Purchased(f) => purchased(fact, f, told),
        Fact::Refunded(f) => {
            let refund = json!({
                "purchaseId": f.purchase, "reason": "refund", "source": f.source, "cause": f.cause,
                "minor": f.minor, "currency": f.currency,
            });
            vec![event(EventType::PurchaseRefunded, refund)]
        }
        Fact::Disputed(f) => {
            let reason = match f.stage {
                Stage::Opened => "disputeOpened",
                Stage::Won => "disputeWon",
                Stage::Lost => "disputeLost",
            };
            let dispute =
                json!({"purchaseId": f.purchase, "reason": reason, "source": "stripe", "cause": f.cause});
            vec![event(EventType::PurchaseRefunded, dispute)]
        }
        Fact::Bonus(f) => awarded(fact, &fact.id(), Who::Entry(&f.entry), Cause::Bonus, f.points.into()),
        Fact::Adjusted(f) => awarded(fact, &fact.id(), Who::Entry(&f.entry), Cause::Adjusted, f.points),
        Fact::Bound(_) | Fact::State(_) | Fact::Linked(_) => Vec::new(),
    }
}

fn purchased(fact: &Fact, f: &Purchased, told: Told) -> Vec<Event> {
    // As the fold has it: a doubt takes what comes by a referral, and is nothing to whom nobody brought.
    let is_blocked = f.doubts.block() && (told.by.is_some() || f.by.is_some());
    let earned = if f.pending || is_blocked { Points::default() } else { f.points };
    let points = Points { advocate: if told.by.is_some() { earned.advocate } else { 0 }, ..earned };
    let purchase = json!({
        "purchaseId": f.purchase,
        "orderId": f.order,
        "minor": f.minor,
        "currency": f.currency,
        "status": if f.pending { "pending" } else { "confirmed" },
        "source": f.source,
        "entryId": f.friend.as_str(),
        "advocate": told.by.map(|code| json!({"referralCode": code.as_str()})),
        "pointsAwarded": if told.gives { points } else { Points::default() },
    });
    let kind = EventType::PurchaseTracked;
    let mut events = vec![Event { kind, key: key(kind, &fact.id()), at: f.at, data: purchase }];
    if told.gives {
        // By the purchase, not by who reports it: its points are given once, whoever of several was the first.
        let causes = (Cause::FriendPurchased, Cause::Purchased);
        events.extend(shares(
            fact,
            &["purchased", &f.purchase].join("/"),
            told.by,
            &f.friend,
            causes,
            points,
        ));
    }
    events
}

/// What a refund or a dispute takes of the points that an order gave, or gives again: below zero, or above.
pub fn taken(
    fact: &Fact,
    by: Option<&Code>,
    friend: &EntryId,
    (advocates, friends): (i64, i64),
) -> Vec<Event> {
    let cause = if matches!(fact, Fact::Disputed(_)) { Cause::Disputed } else { Cause::Refunded };
    let of = |who: &str| [&fact.id(), "/", who].concat();
    let advocate = by.map(|code| awarded(fact, &of("advocate"), Who::Owner(code), cause, advocates));
    let friend = awarded(fact, &of("friend"), Who::Entry(friend), cause, friends);
    advocate.into_iter().flatten().chain(friend).collect()
}

#[derive(Clone, Copy)]
enum Who<'a> {
    Entry(&'a EntryId),
    Owner(&'a Code),
}

fn shares(
    fact: &Fact,
    of: &str,
    by: Option<&Code>,
    friend: &EntryId,
    causes: (Cause, Cause),
    points: Points,
) -> Vec<Event> {
    let advocate = by.map(|code| awarded(fact, of, Who::Owner(code), causes.0, points.advocate.into()));
    let friend = awarded(fact, of, Who::Entry(friend), causes.1, points.friend.into());
    advocate.into_iter().flatten().chain(friend).collect()
}

/// Nothing is told of nothing.
fn awarded(fact: &Fact, of: &str, who: Who, cause: Cause, points: i64) -> Vec<Event> {
    if points == 0 {
        return Vec::new();
    }
    let mut data = json!({"points": points, "cause": cause.as_str(), "fact": fact.id()});
    let (name, value) = match who {
        Who::Entry(entry) => ("entryId", entry.as_str()),
        Who::Owner(code) => ("referralCode", code.as_str()),
    };
    if let Some(data) = data.as_object_mut() {
        data.insert(name.to_owned(), json!(value));
    }
    let kind = EventType::PointsAwarded;
    vec![Event { kind, key: key(kind, &[of, cause.as_str()].join("/")), at: fact.at(), data }]
}

fn key(kind: EventType, of: &str) -> String {
    [kind.as_str(), of].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Adjusted, Bonus, Bound, Disputed, Joined, Refunded, Source, Visited};
    use crate::trust::{Action, Doubts, Rule};

    const AT: Timestamp = Timestamp::from_millis(1_780_000_000_000);

    fn entry() -> EntryId {
        EntryId::of_email(b"secret", "demo", "joe@example.com")
    }

    fn code(text: &str) -> Code {
        Code::parse(text).unwrap()
    }

    fn joined(doubts: Doubts) -> Fact {
        let points = Points { advocate: 10, friend: 5 };
        Fact::Joined(Joined {
            at: AT,
            entry: entry(),
            code: code("REF-JOE"),
            by: None,
            points,
            cap: None,
            doubts,
        })
    }

    fn purchased(source: Source, pending: bool, points: Points) -> Fact {
        doubted(source, pending, points, Doubts::NONE)
    }

    fn doubted(source: Source, pending: bool, points: Points, doubts: Doubts) -> Fact {
        Fact::Purchased(Purchased {
            at: AT,
            purchase: "p".into(),
            source,
            pending,
            order: "1001".into(),
            friend: entry(),
            by: None,
            minor: 7_999,
            charged: None,
            currency: "USD".into(),
            points,
            cap: None,
            doubts,
        })
    }

    /// Type and points of each event.
    fn told(fact: &Fact, by: Option<&Code>, gives: bool) -> Vec<(&'static str, i64)> {
        let points = |data: &Value| data["points"].as_i64().unwrap_or_default();
        events(fact, Told { by, gives }).iter().map(|e| (e.kind.as_str(), points(&e.data))).collect()
    }

    #[test]
    fn which_events_follow_from_a_fact() {
        let jane = code("REF-JANE");
        let by = Some(&jane);
        let blocked = Doubts::of(Rule::Bots, Action::Block);
        let (bought, shared) = (Points { advocate: 80, friend: 0 }, Points { advocate: 80, friend: 20 });
        let visit = Visited {
            at: AT,
            code: jane.clone(),
            day: "d".into(),
            visitor: "v".into(),
            page: String::new(),
            doubts: Doubts::NONE,
        };
        let refund = Refunded {
            at: AT,
            purchase: "p".into(),
            source: Source::Api,
            cause: "whole".into(),
            minor: None,
            currency: "USD".into(),
        };
        let dispute = Disputed { at: AT, purchase: "p".into(), cause: "dp_1".into(), stage: Stage::Lost };
        let adjusted =
            |points| Fact::Adjusted(Adjusted { at: AT, entry: entry(), event: "e".into(), points });
        let bonus = |points| Fact::Bonus(Bonus { at: AT, entry: entry(), action: "follow".into(), points });
        let browser = |pending, points| purchased(Source::Browser, pending, points);
        for (story, fact, by, gives, expected) in [
            ("a visit", Fact::Visited(visit), None, true, &[("visit.tracked", 0)][..]),
            (
                "a friend",
                joined(Doubts::NONE),
                by,
                true,
                &[("signup.tracked", 0), ("points.awarded", 10), ("points.awarded", 5)],
            ),
            ("nobody's friend", joined(Doubts::NONE), None, true, &[("signup.tracked", 0)]),
            ("a doubtful friend", joined(blocked), by, true, &[("signup.tracked", 0)]),
            (
                "a doubtful order",
                doubted(Source::Browser, false, shared, blocked),
                by,
                true,
                &[("purchase.tracked", 0)],
            ),
            (
                "a doubtful buyer whom nobody brought",
                doubted(Source::Browser, false, shared, blocked),
                None,
                true,
                &[("purchase.tracked", 0), ("points.awarded", 20)],
            ),
            (
                "an order",
                browser(false, bought),
                by,
                true,
                &[("purchase.tracked", 0), ("points.awarded", 80)],
            ),
            (
                "with something for both",
                browser(false, shared),
                by,
                true,
                &[("purchase.tracked", 0), ("points.awarded", 80), ("points.awarded", 20)],
            ),
            (
                "whom nobody brought",
                browser(false, shared),
                None,
                true,
                &[("purchase.tracked", 0), ("points.awarded", 20)],
            ),
            ("pending", browser(true, shared), by, true, &[("purchase.tracked", 0)]),
            ("counted before", browser(false, shared), by, false, &[("purchase.tracked", 0)]),
            ("a refund", Fact::Refunded(refund), None, true, &[("purchase.refunded", 0)]),
            ("a dispute", Fact::Disputed(dispute), None, true, &[("purchase.refunded", 0)]),
            ("a bonus", bonus(3), None, true, &[("points.awarded", 3)]),
            ("a bonus of nothing", bonus(0), None, true, &[]),
            ("points by hand", adjusted(-5), None, true, &[("points.awarded", -5)]),
            (
                "a binding",
                Fact::Bound(Bound {
                    at: AT,
                    friend: entry(),
                    code: code("X"),
                    doubts: Doubts::NONE,
                    later: false,
                }),
                by,
                true,
                &[],
            ),
        ] {
            assert_eq!(told(&fact, by, gives), expected, "{story}");
        }
    }

    #[test]
    fn an_event_says_what_happened_and_nothing_personal() {
        let jane = code("REF-JANE");
        let told = Told { by: Some(&jane), gives: true };
        let points = Points { advocate: 80, friend: 0 };
        let bought = events(&purchased(Source::Stripe, false, points), told);
        assert_eq!(
            bought[0].data,
            json!({
                "purchaseId": "p", "orderId": "1001", "minor": 7_999, "currency": "USD", "status": "confirmed",
                "source": "stripe", "entryId": entry().as_str(), "advocate": {"referralCode": "REF-JANE"},
                "pointsAwarded": {"advocate": 80, "friend": 0},
            })
        );
        assert_eq!(
            bought[1].data,
            json!({"referralCode": "REF-JANE", "points": 80, "cause": "friendPurchased", "fact": "purchased/p/stripe"})
        );
        assert_eq!(
            events(&joined(Doubts::NONE), told)[0].data,
            json!({
                "entryId": entry().as_str(), "referralCode": "REF-JOE", "isReferred": true,
                "advocate": {"referralCode": "REF-JANE"}, "pointsAwarded": {"advocate": 10, "friend": 5},
            })
        );
        assert!(bought.iter().all(|event| event.at == AT));
    }

    #[test]
    fn each_report_of_an_order_is_an_event_and_its_points_are_one() {
        let jane = code("REF-JANE");
        let keys = |source| {
            let points = Points { advocate: 80, friend: 20 };
            let told = Told { by: Some(&jane), gives: true };
            events(&purchased(source, false, points), told)
                .into_iter()
                .map(|event| event.key)
                .collect::<Vec<_>>()
        };
        let (browser, stripe) = (keys(Source::Browser), keys(Source::Stripe));
        assert_eq!(
            browser,
            [
                "purchase.tracked/purchased/p/browser",
                "points.awarded/purchased/p/friendPurchased",
                "points.awarded/purchased/p/purchased",
            ]
        );
        assert_ne!(browser[0], stripe[0]);
        assert_eq!(browser[1..], stripe[1..]);
    }
}
