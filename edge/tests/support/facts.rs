//! A contest of so many facts.

use domain::fact::{Bound, Fact, Joined, Purchased, Source, Visited};
use domain::points::Points;
use domain::trust::Doubts;
use domain::{Code, EntryId, Timestamp};

pub const NOW: i64 = 1_780_000_000_000;

/// Of a hundred facts 88 are visits; five are people who joined, five that they were brought, and two that they bought. An advocate
/// brings ten.
pub fn facts(count: usize) -> impl Iterator<Item = Fact> {
    let code = |number: usize| Code::parse(&format!("C-{number}")).unwrap();
    let points = Points { advocate: 10, friend: 5 };
    (0..count).map(move |number| {
        let time = Timestamp::from_millis(NOW + i64::try_from(number).unwrap() * 2_592);
        let doubts = Doubts::NONE;
        let person = number / 100 * 5 + number % 5;
        let entry = EntryId::parse(&format!("{person:032x}")).unwrap();
        let by = code(person / 10);
        match number % 100 {
            0..5 => Fact::Joined(Joined {
                at: time,
                entry,
                code: code(person),
                by: Some(by),
                points,
                cap: None,
                doubts,
            }),
            5..10 => Fact::Bound(Bound { at: time, friend: entry, code: by, doubts, later: false }),
            10 | 11 => Fact::Purchased(Purchased {
                at: time,
                purchase: number.to_string(),
                source: Source::Stripe,
                pending: false,
                order: number.to_string(),
                friend: entry,
                by: None,
                minor: 2_000,
                charged: None,
                currency: "USD".to_owned(),
                points,
                cap: None,
                doubts,
            }),
            _ => {
                let (page, visitor) = ("https://shop.example/kites".to_owned(), format!("v-{number}"));
                Fact::Visited(Visited { at: time, code: by, day: time.day(), visitor, page, doubts })
            }
        }
    })
}
