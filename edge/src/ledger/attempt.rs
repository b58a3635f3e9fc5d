//! What became of an attempt to deliver an event. It is written once, and what became of the delivery follows from all of
//! its attempts.

use domain::Timestamp;
use domain::json;
use serde_json::Value;

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// Which it was, from 1.
    pub number: u32,
    /// What was to be delivered: `visit.tracked`.
    pub kind: String,
    /// What was answered, if anything was. Never the answer's body: it may repeat what it was sent.
    pub status: Option<u16>,
    /// Why nothing was.
    pub error: Option<String>,
    /// Milliseconds until then.
    pub ms: i64,
    /// When it is tried again.
    pub next: Option<Timestamp>,
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered 2xx.
    Delivered,
    /// It is tried again.
    Retrying,
    /// It is not tried again by itself.
    Failed,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Delivered, Self::Retrying, Self::Failed];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
        }
    }
}

impl Attempt {
    /// What follows from this attempt, if none comes after it.
    pub fn outcome(&self) -> Outcome {
        match (self.status, self.next) {
            (Some(200..=299), _) => Outcome::Delivered,
            (_, Some(_)) => Outcome::Retrying,
            _ => Outcome::Failed,
        }
    }

    /// Two attempts at one event may begin at one moment, if it is queued twice.
    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.at.millis(), self.number)
    }

    pub(super) fn metadata(&self) -> Value {
        json!({
            "t": self.at, "n": self.number, "e": self.kind, "s": self.status, "x": self.error, "d": self.ms, "r": self.next,
        })
    }

    pub(super) fn read(metadata: &Value) -> Option<Self> {
        let text = |name: &str| metadata.get(name)?.as_str().map(str::to_owned);
        let integer = |name: &str| metadata.get(name)?.as_i64();
        Some(Self {
            at: Timestamp::from_millis(integer("t")?),
            number: integer("n")?.try_into().ok()?,
            kind: text("e")?,
            status: integer("s").and_then(|status| status.try_into().ok()),
            error: text("x"),
            ms: integer("d")?,
            next: integer("r").map(Timestamp::from_millis),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is kept for weeks must be understood by the next version.
    #[test]
    fn an_attempt_is_stored_as_it_always_was() {
        let attempt = Attempt {
            at: Timestamp::from_millis(5),
            number: 2,
            kind: "visit.tracked".to_owned(),
            status: Some(503),
            error: None,
            ms: 17,
            next: Some(Timestamp::from_millis(30_005)),
        };
        let metadata =
            json!({"t": 5, "n": 2, "e": "visit.tracked", "s": 503, "x": null, "d": 17, "r": 30_005});
        assert_eq!((attempt.metadata(), attempt.name().as_str()), (metadata.clone(), "5-2"));
        assert_eq!(Attempt::read(&metadata), Some(attempt.clone()));
        let unanswered =
            Attempt { status: None, error: Some("no answer".to_owned()), next: None, ..attempt.clone() };
        assert_eq!(Attempt::read(&unanswered.metadata()), Some(unanswered.clone()));
        let delivered = Attempt { status: Some(204), next: None, ..attempt.clone() };
        for (attempt, expected) in [
            (attempt.clone(), Outcome::Retrying),
            (delivered, Outcome::Delivered),
            (unanswered, Outcome::Failed),
            (Attempt { status: Some(410), next: None, ..attempt }, Outcome::Failed),
        ] {
            assert_eq!(attempt.outcome(), expected, "{attempt:?}");
        }
    }
}
