//! Delivers what is queued: each message by itself, signed as Standard Webhooks has it. Who took part is looked up now, so
//! that of somebody who was erased in between nothing is sent.
//!
//! A receiver that keeps us waiting delays nobody else: it is waited for a few seconds, and from then on in a queue of its
//! like. What fails is queued again under the same id, rather than left to the queue's own retries: these would be a day old
//! at the last, which is as long as a queue of the free plan keeps anything.

use core::cell::RefCell;
use core::future::Future;
use core::time::Duration;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::json;
use domain::webhook::schedule::delay_after;
use domain::webhook::{Endpoint, address};
use domain::{Contest, Timestamp};

use crate::ledger::{self, Attempt, Delivery, Ledger, Unavailable};
use crate::outbox::{Lane, Message, Queue};
use crate::seal;
use crate::service::{App, endpoints, told};

/// For how many seconds an attempt is listed. All for as long: what became of a delivery is what became of its last one.
const KEPT: u64 = 30 * 86_400;

/// How often an endpoint is looked for that is not there: two and a half minutes, since KV may hide for a minute what was just written.
const LOOKS: u32 = 3;

/// For how long a receiver that was too slow goes to the second queue at once.
const SLOW: i64 = 600_000;

/// How many slow receivers are remembered.
const MOST_SLOW: usize = 1_000;

/// The answer that says that a receiver is gone for good.
const GONE: u16 = 410;

/// Why a request was not answered.
#[derive(Debug)]
pub enum PostFault {
    /// Not in time.
    TooSlow,
    /// It did not get there; why, as the platform put it.
    Failed(String),
}

/// What posts a message.
pub trait Post {
    /// The status of the answer. Redirects are not followed, and what the answer holds is not read.
    fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
        patience: Duration,
    ) -> impl Future<Output = Result<u16, PostFault>>;
}

/// What becomes of a queued message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It may go.
    Done,
    /// It could not be worked on: the queue is to bring it again and, if that does not help, to lay it aside.
    Again,
}

/// Receivers that kept this isolate waiting, and until when that is held against them.
#[derive(Debug, Default)]
pub struct SlowOnes(RefCell<BTreeMap<String, i64>>);

impl SlowOnes {
    fn has(&self, url: &str, now: i64) -> bool {
        self.0.borrow().get(url).is_some_and(|until| now < *until)
    }

    fn add(&self, url: &str, now: i64) {
        let mut slow = self.0.borrow_mut();
        if slow.len() >= MOST_SLOW {
            slow.clear();
        }
        slow.insert(url.to_owned(), now.saturating_add(SLOW));
    }
}

/// What delivers the messages of a batch.
#[derive(Debug)]
pub struct Courier<'a, L, Q, P> {
    /// The deployment.
    pub app: &'a App<L>,
    /// Where it goes that is to be tried again.
    pub queue: &'a Q,
    /// How it gets there.
    pub post: &'a P,
    /// Who is known to be slow.
    pub slow: &'a SlowOnes,
    /// The moment of now, in milliseconds.
    pub clock: fn() -> i64,
    /// Takes one line of JSON.
    pub log: fn(&str),
}

/// An attempt that came to nothing: what was answered, or why nothing was.
struct Failure {
    status: Option<u16>,
    error: Option<String>,
    /// It would fail the next time as well.
    is_final: bool,
}

impl Failure {
    fn for_good(error: &str) -> Self {
        Self { status: None, error: Some(error.to_owned()), is_final: true }
    }
}

impl<L: Ledger, Q: Queue, P: Post> Courier<'_, L, Q, P> {
    /// Delivers a message, or sees to it that it is tried again.
    pub async fn carry(&self, lane: Lane, text: &str) -> Settled {
        let Some(message) = Message::parse(text) else {
            self.say(None, "no message", "it cannot be read");
            return Settled::Again;
        };
        match self.deliver(lane, &message).await {
            Ok(()) => Settled::Done,
            Err(Unavailable(cause)) => {
                self.say(Some(&message), "unavailable", &cause);
                Settled::Again
            }
        }
    }

    async fn deliver(&self, lane: Lane, message: &Message) -> Result<(), Unavailable> {
        let contest = self.app.ledger.get(&ledger::contest(&message.contest)).await?;
        let endpoint = self.app.ledger.get(&ledger::endpoint(&message.contest, &message.endpoint)).await?;
        let (Some(contest), Some(endpoint)) = (&contest, &endpoint) else {
            // Its owner has removed it, or has just made it.
            return match self.delay(message).filter(|_| message.attempt <= LOOKS) {
                Some(delay) => self.queue_next(message, delay).await,
                None => Ok(()),
            };
        };
        if lane == Lane::First && self.slow.has(&endpoint.url, (self.clock)()) {
            return self.queue_again(message, 0).await;
        }
        let body = json!({
            "type": message.kind,
            "timestamp": message.at.to_rfc3339(),
            "data": told::complete(self.app, contest, message).await?,
        });
        let began = (self.clock)();
        let answered = self.attempt(lane, contest, endpoint, message, &body.to_string()).await;
        let ms = (self.clock)().saturating_sub(began);
        self.settle(message, began, ms, answered).await
    }

    async fn attempt(
        &self,
        lane: Lane,
        contest: &Contest,
        endpoint: &Endpoint,
        message: &Message,
        body: &str,
    ) -> Result<u16, Failure> {
        if !endpoint.enabled {
            return Err(Failure::for_good("the endpoint is disabled"));
        }
        if let Err(invalid) = address::check(&endpoint.url, self.app.outbox.allows_private) {
            return Err(Failure::for_good(invalid.reason));
        }
        let now = (self.clock)();
        let timestamp = now.div_euclid(1_000).to_string();
        let secrets =
            endpoints::signing_secrets(self.app, &contest.id, endpoint, Timestamp::from_millis(now));
        if secrets.is_empty() {
            return Err(Failure::for_good("its secret cannot be opened"));
        }
        let signature = sign(&secrets, &message.id, &timestamp, body);
        let headers = [
            ("content-type", "application/json"),
            ("user-agent", "RocketTracker-Webhooks/1"),
            ("webhook-id", &message.id),
            ("webhook-timestamp", &timestamp),
            ("webhook-signature", &signature),
        ];
        let patience = Duration::from_secs(match lane {
            Lane::Retries => 15,
            _ => 5,
        });
        let failure = |status, error, is_final| Err(Failure { status, error, is_final });
        match self.post.post(&endpoint.url, &headers, body, patience).await {
            Ok(status @ 200..=299) => Ok(status),
            Ok(status) => failure(Some(status), None, status == GONE),
            Err(PostFault::TooSlow) => {
                self.slow.add(&endpoint.url, (self.clock)());
                failure(None, Some(format!("no answer within {} s", patience.as_secs())), false)
            }
            Err(PostFault::Failed(why)) => failure(None, Some(why.chars().take(100).collect()), false),
        }
    }

    /// Keeps what was answered. What failed is queued for its next attempt before the queue is told that this one is over.
    async fn settle(
        &self,
        message: &Message,
        began: i64,
        ms: i64,
        answered: Result<u16, Failure>,
    ) -> Result<(), Unavailable> {
        let (status, error, delay) = match answered {
            Ok(status) => (Some(status), None, None),
            Err(failure) => {
                let delay = self.delay(message).filter(|_| !failure.is_final);
                (failure.status, failure.error, delay)
            }
        };
        if let Some(delay) = delay {
            self.queue_next(message, delay).await?;
        }
        let next = delay.map(|delay| {
            let delay = i64::from(delay).saturating_mul(1_000);
            Timestamp::from_millis(began.saturating_add(ms).saturating_add(delay))
        });
        let (at, number, kind) = (Timestamp::from_millis(began), message.attempt, message.kind.clone());
        let attempt = Attempt { at, number, kind, status, error, ms, next };
        let (contest, endpoint, event) = (&message.contest, &message.endpoint, &message.id);
        let delivery = Delivery { contest, endpoint, event };
        // It is delivered, or queued again, whether or not anybody can read of it.
        if let Err(Unavailable(cause)) =
            self.app.ledger.keep(&delivery, &attempt, &message.to_text(), KEPT).await
        {
            self.say(Some(message), "not listed", &cause);
        }
        Ok(())
    }

    fn delay(&self, message: &Message) -> Option<u32> {
        let jitter = (self.app.random)().first().copied().unwrap_or_default();
        delay_after(message.attempt, jitter)
    }

    async fn queue_next(&self, message: &Message, delay: u32) -> Result<(), Unavailable> {
        let next = Message { attempt: message.attempt.saturating_add(1), ..message.clone() };
        self.queue_again(&next, delay).await
    }

    async fn queue_again(&self, message: &Message, delay: u32) -> Result<(), Unavailable> {
        self.queue.send(Lane::Retries, vec![message.to_text()], delay).await.map_err(Unavailable)
    }

    fn say(&self, message: Option<&Message>, outcome: &str, cause: &str) {
        let line = json!({
            "webhook": message.map(|message| &message.id),
            "contest": message.map(|message| &message.contest),
            "outcome": outcome,
            "cause": cause,
        });
        (self.log)(&line.to_string());
    }
}

/// `v1,BASE64` for each secret, as <https://www.standardwebhooks.com> has it.
fn sign(secrets: &[Vec<u8>], id: &str, timestamp: &str, body: &str) -> String {
    let content: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body.as_bytes()];
    let signature = |key: &Vec<u8>| ["v1,", &STANDARD.encode(seal::sign(key, &content))].concat();
    secrets.iter().map(signature).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        assert_eq!(
            sign(core::slice::from_ref(&secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        let two = sign(&[secret, b"another".to_vec()], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert!(two.starts_with("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,"));
    }

    #[test]
    fn who_was_slow_is_forgotten_after_a_while() {
        let slow = SlowOnes::default();
        slow.add("https://a.example/", 0);
        assert!(slow.has("https://a.example/", SLOW - 1) && !slow.has("https://a.example/", SLOW));
        assert!(!slow.has("https://b.example/", 0));
        (0..MOST_SLOW).for_each(|n| slow.add(&n.to_string(), 0));
        assert!(slow.0.borrow().len() <= MOST_SLOW);
    }
}
