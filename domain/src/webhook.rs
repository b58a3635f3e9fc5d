//! What a contest's owner is told of by webhook: where to, which events follow from which facts, and how long it is tried.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::keyed;

pub mod address;
pub mod event;
pub mod schedule;

pub use event::Event;

/// The most endpoints of a contest: each gets a message of its own for every event.
pub const MAX_ENDPOINTS: usize = 10;

/// For how long a secret that was replaced still signs beside the new one.
const ROTATION: i64 = 86_400_000;

/// What an endpoint can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// Somebody opened a link.
    #[serde(rename = "visit.tracked")]
    VisitTracked,
    /// Somebody became a participant.
    #[serde(rename = "signup.tracked")]
    SignupTracked,
    /// Somebody reported an order.
    #[serde(rename = "purchase.tracked")]
    PurchaseTracked,
    /// Money of an order went back, or is asked back.
    #[serde(rename = "purchase.refunded")]
    PurchaseRefunded,
    /// A participant was given points, or lost some.
    #[serde(rename = "points.awarded")]
    PointsAwarded,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::VisitTracked,
        Self::SignupTracked,
        Self::PurchaseTracked,
        Self::PurchaseRefunded,
        Self::PointsAwarded,
    ];

    /// `visit.tracked`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VisitTracked => "visit.tracked",
            Self::SignupTracked => "signup.tracked",
            Self::PurchaseTracked => "purchase.tracked",
            Self::PurchaseRefunded => "purchase.refunded",
            Self::PointsAwarded => "points.awarded",
        }
    }

    /// The type of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What an owner asks to be sent to see whether an endpoint works. It needs no subscription.
pub const TEST: &str = "endpoint.test";

/// Where events of a contest go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Made by us, once a contest.
    pub id: String,
    /// Where to; checked by [`address::check`].
    pub url: String,
    /// Which events; none are all.
    pub events: Vec<EventType>,
    /// For its owner.
    pub description: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// What its messages are signed with, sealed, the newest first.
    pub secrets: Vec<Secret>,
}

/// What messages are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Only the deployment can open it.
    pub sealed: String,
    /// Until when it signs, once another has replaced it.
    pub until: Option<Timestamp>,
}

impl Endpoint {
    /// Does it get events of this type?
    pub fn takes(&self, kind: EventType) -> bool {
        self.enabled && (self.events.is_empty() || self.events.contains(&kind))
    }

    /// Signs with a new secret, and for a day with the one before as well, so that its receiver can change over.
    pub fn rotate(&mut self, sealed: String, now: Timestamp) {
        self.secrets.truncate(1);
        if let Some(before) = self.secrets.first_mut() {
            before.until = Some(Timestamp::from_millis(now.millis().saturating_add(ROTATION)));
        }
        self.secrets.insert(0, Secret { sealed, until: None });
    }

    /// The secrets that sign at a moment.
    pub fn signing(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let signs = move |secret: &&Secret| secret.until.is_none_or(|until| now <= until);
        self.secrets.iter().filter(signs).map(|secret| secret.sealed.as_str())
    }
}

/// The id of an event for one endpoint, and so of its delivery: the same fact gives the same, however often it is reported
/// and sent, so that whoever keeps the ids of what they have seen takes nothing twice.
pub fn event_id(secret: &[u8], contest: &str, endpoint: &str, key: &str) -> String {
    ["evt_", &keyed(secret, &["event", contest, endpoint, key])].concat()
}

/// Is a call that finds its fact there the one that wrote it, made again because it was not answered? Then its events may not
/// have been sent, and are sent again.
///
/// One that says the same moment is the same call, whenever it comes: the browser's queue waits for weeks. Of one that
/// cannot say it, a day will do, either way: the clock by which it was written may be ahead. Whoever signs up again or opens an
/// old receipt later is no news.
pub fn comes_again(written: Timestamp, at: Timestamp, now: Timestamp) -> bool {
    written == at || written.is_within(1, now) || now.is_within(1, written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(events: &[EventType], enabled: bool) -> Endpoint {
        Endpoint {
            id: "h".into(),
            url: "https://shop.example/".into(),
            events: events.to_vec(),
            description: String::new(),
            enabled,
            created_at: Timestamp::default(),
            secrets: Vec::new(),
        }
    }

    #[test]
    fn an_endpoint_takes_what_it_asked_for_or_all() {
        use EventType::{PurchaseTracked, VisitTracked};
        for (events, enabled, expected) in [
            (&[][..], true, true),
            (&[VisitTracked], true, true),
            (&[PurchaseTracked], true, false),
            (&[], false, false),
        ] {
            assert_eq!(endpoint(events, enabled).takes(VisitTracked), expected, "{events:?} {enabled}");
        }
        for kind in EventType::ALL {
            assert_eq!(EventType::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str(), "stored as it is called");
        }
        assert_eq!(EventType::parse(TEST), None);
    }

    #[test]
    fn a_replaced_secret_signs_for_another_day() {
        let mut endpoint = endpoint(&[], true);
        let at = Timestamp::from_millis;
        endpoint.rotate("one".into(), at(0));
        endpoint.rotate("two".into(), at(1_000));
        let signing = |endpoint: &Endpoint, now| endpoint.signing(at(now)).collect::<Vec<_>>().join(" ");
        assert_eq!(signing(&endpoint, 1_000), "two one");
        assert_eq!(signing(&endpoint, 1_000 + ROTATION), "two one");
        assert_eq!(signing(&endpoint, 1_001 + ROTATION), "two");
        endpoint.rotate("three".into(), at(2_000));
        assert_eq!(signing(&endpoint, 2_000), "three two", "of three only the last two");
    }

    /// Another id means that every receiver takes what comes again for something new.
    #[test]
    fn an_events_id_is_what_it_always_was_and_another_for_another_endpoint() {
        let id = |contest, endpoint, key| event_id(b"secret", contest, endpoint, key);
        let one = id("demo", "h1", "joined/1");
        assert_eq!(one.len(), 36);
        assert_eq!(one, id("demo", "h1", "joined/1"));
        for (contest, endpoint, key) in
            [("demo", "h2", "joined/1"), ("demo", "h1", "joined/2"), ("demo2", "h1", "joined/1")]
        {
            assert_ne!(id(contest, endpoint, key), one);
        }
    }

    #[test]
    fn a_call_comes_again_at_its_own_moment_or_within_a_day() {
        let day = 86_400_000;
        for (written, at, now, expected) in [
            (5, 5, 5 + 20 * day, true),
            (5, 6, 5 + day, true),
            (5, 6 + day, 6 + day, false),
            (5, 2 * day, 2 * day, false),
            // Written by a browser or in a place whose clock is ahead of this one's.
            (65_000, 5, 5, true),
            (6 + day, 5, 5, false),
        ] {
            let [written, at, now] = [written, at, now].map(Timestamp::from_millis);
            assert_eq!(comes_again(written, at, now), expected, "{written:?} {at:?} {now:?}");
        }
    }
}
