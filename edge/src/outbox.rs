//! What is to be sent by webhook: collected while a request is served, and in the queue before that is answered.

use core::cell::RefCell;
use core::future::Future;

use domain::Timestamp;
use domain::json;
use domain::webhook::Event;
use serde_json::Value;

/// Which queue. A receiver that has to be waited for is waited for in the second one, where it delays only its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// What was never tried.
    First,
    /// What failed, and what goes to a receiver that was too slow lately.
    Retries,
    /// What was stored, for the snapshots of large contests.
    Snapshots,
}

impl Lane {
    /// The name of its binding.
    pub fn binding(self) -> &'static str {
        match self {
            Self::First => "WEBHOOKS",
            Self::Retries => "WEBHOOK_RETRIES",
            Self::Snapshots => "SNAPSHOTS",
        }
    }
}

/// What carries messages to whoever delivers them.
pub trait Queue {
    /// Takes all of the messages, or none, to be delivered after so many seconds. An error says why not.
    fn send(&self, lane: Lane, messages: Vec<String>, delay: u32)
    -> impl Future<Output = Result<(), String>>;
}

/// An event on its way to one endpoint. It holds nothing personal: that is looked up where it is delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Of which contest.
    pub contest: String,
    /// To which endpoint.
    pub endpoint: String,
    /// The event's id.
    pub id: String,
    /// `visit.tracked`
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// Which attempt is next, from 1.
    pub attempt: u32,
    /// What happened.
    pub data: Value,
}

impl Message {
    /// As it is queued, and kept beside each attempt.
    pub fn to_text(&self) -> String {
        json!({
            "contest": self.contest, "endpoint": self.endpoint, "id": self.id, "type": self.kind, "at": self.at,
            "attempt": self.attempt, "data": self.data,
        })
        .to_string()
    }

    /// Reads one; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let message: Value = serde_json::from_str(text).ok()?;
        let text = |name: &str| message.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            contest: text("contest")?,
            endpoint: text("endpoint")?,
            id: text("id")?,
            kind: text("type")?,
            at: Timestamp::from_millis(message.get("at")?.as_i64()?),
            attempt: u32::try_from(message.get("attempt")?.as_u64()?).ok()?,
            data: message.get("data").filter(|data| data.is_object())?.clone(),
        })
    }
}

/// What one request has to tell, and what may be told at all.
#[derive(Debug, Default)]
pub struct Outbox {
    /// A deployment may be without queues: then it sends nothing.
    pub has_queue: bool,
    /// A developer's machine may send to itself.
    pub allows_private: bool,
    messages: RefCell<Vec<Message>>,
    news: RefCell<Vec<(String, Event)>>,
}

impl Outbox {
    /// An empty one.
    pub fn new(has_queue: bool, allows_private: bool) -> Self {
        Self { has_queue, allows_private, messages: RefCell::default(), news: RefCell::default() }
    }

    /// Something happened in a contest, whoever is to be told of it; once, however often it was come upon.
    pub(crate) fn tell(&self, contest: &str, event: Event) {
        let mut news = self.news.borrow_mut();
        if !news.iter().any(|(_, known)| known.key == event.key) {
            news.push((contest.to_owned(), event));
        }
    }

    pub(crate) fn take_news(&self) -> Vec<(String, Event)> {
        self.news.take()
    }

    pub(crate) fn put(&self, message: Message) {
        self.messages.borrow_mut().push(message);
    }

    /// Puts what was collected into the queue. Before that, nobody is answered: who gets no answer comes again, and what is in
    /// the queue twice has one id.
    pub(crate) async fn send(&self, queue: &impl Queue) -> Result<(), String> {
        let messages: Vec<String> = self.messages.take().iter().map(Message::to_text).collect();
        if messages.is_empty() { Ok(()) } else { queue.send(Lane::First, messages, 0).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is queued when a new version is deployed must be understood by it.
    #[test]
    fn a_message_is_what_it_always_was() {
        let message = Message {
            contest: "demo".to_owned(),
            endpoint: "wh_1".to_owned(),
            id: "evt_1".to_owned(),
            kind: "visit.tracked".to_owned(),
            at: Timestamp::from_millis(5),
            attempt: 2,
            data: json!({"page": "https://shop.example/"}),
        };
        let text = r#"{"at":5,"attempt":2,"contest":"demo","data":{"page":"https://shop.example/"},"endpoint":"wh_1","id":"evt_1","type":"visit.tracked"}"#;
        assert_eq!(message.to_text(), text);
        assert_eq!(Message::parse(text), Some(message));
        for text in
            ["", "{}", "5", &text.replace("\"attempt\":2", "\"attempt\":-2"), &text.replace("\"at\":5,", "")]
        {
            assert_eq!(Message::parse(text), None, "{text}");
        }
    }
}
