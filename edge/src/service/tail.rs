//! What is told of what was stored, and what is done with it: a large contest's standings come from a snapshot, which is kept by
//! whoever takes these messages out of their queue.

use domain::json;
use domain::{EntryId, Fact, Timestamp};
use serde_json::Value;

use super::App;
use crate::error::Error;
use crate::ledger::{self, Ledger, News, Part, Task, Then};
use crate::outbox::{Lane, Queue};

/// Facts of a message: a queue takes no more than 128 KB at once.
const MOST: usize = 100;

/// Entries of a message.
const MOST_ENTRIES: usize = 1_000;

/// What is told, of which contest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    contest: String,
    task: Task,
}

impl Message {
    /// That somebody asked whether a snapshot has everything.
    pub(super) fn look(contest: &str, asked: Timestamp) -> Self {
        Self { contest: contest.to_owned(), task: Task::Look(asked) }
    }

    /// That all facts are to be read.
    pub(super) fn prove(contest: &str) -> Self {
        Self { contest: contest.to_owned(), task: Task::Prove(None) }
    }

    /// As it is queued.
    pub fn to_text(&self) -> String {
        let (name, task) = match &self.task {
            Task::Batch(facts) => {
                let fact = |fact: &Fact| ["[", &json::text(&fact.id()), ",", &fact.payload(), "]"].concat();
                let facts: Vec<String> = facts.iter().map(fact).collect();
                ("facts", ["[", &facts.join(","), "]"].concat())
            }
            Task::Check(batch) => ("batch", json::text(batch)),
            Task::Look(asked) => ("asked", json::text(asked)),
            Task::List => ("list", "{}".to_owned()),
            Task::Forget(entries) => ("forget", ids(entries)),
            Task::Compare(entries) => ("compare", ids(entries)),
            Task::Prove(None) => ("prove", "{}".to_owned()),
            Task::Prove(Some(Part { cursor, listed, changed })) => {
                let part = json!({"cursor": cursor, "listed": listed, "changed": changed});
                ("prove", json::text(&part))
            }
        };
        ["{\"contest\":", &json::text(&self.contest), ",\"", name, "\":", &task, "}"].concat()
    }

    /// Reads one; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let message: Value = serde_json::from_str(text).ok()?;
        let contest = message.get("contest")?.as_str()?.to_owned();
        let task = if let Some(facts) = message.get("facts") {
            let fact = |fact: &Value| Fact::read(fact.get(0)?.as_str()?, fact.get(1)?);
            Task::Batch(facts.as_array()?.iter().filter_map(fact).collect())
        } else if let Some(batch) = message.get("batch") {
            Task::Check(batch.as_str()?.to_owned())
        } else if let Some(asked) = message.get("asked") {
            Task::Look(Timestamp::from_millis(asked.as_i64()?))
        } else if let Some(entries) = message.get("forget") {
            Task::Forget(read_ids(entries)?)
        } else if let Some(entries) = message.get("compare") {
            Task::Compare(read_ids(entries)?)
        } else if message.get("list").is_some() {
            Task::List
        } else {
            let part = message.get("prove")?;
            let count = |name: &str| part.get(name)?.as_u64()?.try_into().ok();
            let cursor = part.get("cursor").and_then(Value::as_str).map(str::to_owned);
            let go_on = |listed| Part { cursor, listed, changed: count("changed").unwrap_or_default() };
            Task::Prove(count("listed").map(go_on))
        };
        Some(Self { contest, task })
    }
}

fn ids(entries: &[EntryId]) -> String {
    json::text(&entries.iter().map(EntryId::as_str).collect::<Vec<_>>())
}

fn read_ids(entries: &Value) -> Option<Vec<EntryId>> {
    Some(entries.as_array()?.iter().filter_map(|entry| EntryId::parse(entry.as_str()?)).collect())
}

/// What is to be told of what a request has stored.
pub fn messages(news: Vec<News>, now: Timestamp) -> Vec<String> {
    let tasks = news.into_iter().map(|News { contest, task }| {
        let task = if let Task::Look(_) = task { Task::Look(now) } else { task };
        Message { contest, task }
    });
    let mut messages = Vec::new();
    for Message { contest, task } in gathered(tasks) {
        let tasks = match &task {
            Task::Batch(facts) => facts.chunks(MOST).map(|facts| Task::Batch(facts.to_vec())).collect(),
            Task::Forget(all) => all.chunks(MOST_ENTRIES).map(|some| Task::Forget(some.to_vec())).collect(),
            _ => vec![task],
        };
        messages.extend(tasks.into_iter().map(|task| Message { contest: contest.clone(), task }.to_text()));
    }
    messages.dedup();
    messages
}

/// The facts of a contest, whichever message they came by, are one task, and so are those who were renamed or erased.
fn gathered(messages: impl Iterator<Item = Message>) -> Vec<Message> {
    let mut tasks: Vec<Message> = Vec::new();
    for Message { contest, mut task } in messages {
        let mut known = tasks.iter_mut().filter(|known| known.contest == contest);
        let is_added = known.any(|known| match (&mut known.task, &mut task) {
            (Task::Batch(known), Task::Batch(facts)) => {
                known.append(facts);
                true
            }
            (Task::Forget(known), Task::Forget(entries)) | (Task::Compare(known), Task::Compare(entries)) => {
                known.append(entries);
                true
            }
            _ => false,
        });
        if !is_added {
            tasks.push(Message { contest, task });
        }
    }
    tasks
}

/// Does what a batch of messages asks for, and says of each whether it may go: what failed comes again. `log` is told why.
pub async fn take<L: Ledger>(
    app: &App<L>,
    queue: &impl Queue,
    messages: &[String],
    log: fn(&str),
) -> Vec<bool> {
    let read: Vec<Option<Message>> = messages.iter().map(|text| Message::parse(text)).collect();
    let mut failed: Vec<String> = Vec::new();
    for Message { contest, task } in gathered(read.iter().flatten().cloned()) {
        if let Err(error) = look_after(app, queue, &contest, task).await {
            log(&json!({"outcome": "snapshot", "contest": contest, "cause": format!("{error:?}")})
                .to_string());
            failed.push(contest);
        }
    }
    let is_done = |message: &Message| !failed.contains(&message.contest);
    read.iter().map(|message| message.as_ref().is_none_or(is_done)).collect()
}

async fn look_after<L: Ledger>(
    app: &App<L>,
    queue: &impl Queue,
    contest: &str,
    task: Task,
) -> Result<(), Error> {
    let Some(known) = app.ledger.get(&ledger::contest(contest)).await? else { return Ok(()) };
    let terms = known.settings.terms();
    let then = app.ledger.look_after(contest, terms, task, app.now).await?;
    // What a task finds that there is to do besides.
    let besides = messages(app.ledger.news(), app.now);
    if !besides.is_empty() {
        send(queue, besides, 0).await?;
    }
    let (next, delay) = match then {
        Then::Done => return Ok(()),
        Then::Compare(entries, delay) => {
            let some = entries.chunks(MOST_ENTRIES).map(|some| Task::Compare(some.to_vec()));
            let message = |task| Message { contest: contest.to_owned(), task }.to_text();
            return send(queue, some.map(message).collect(), delay).await;
        }
        Then::Check(batch, delay) => (Task::Check(batch), delay),
        Then::Look(delay) => (Task::Look(app.now), delay),
        Then::GoOn(part) => (Task::Prove(Some(part)), 0),
    };
    let next = Message { contest: contest.to_owned(), task: next };
    send(queue, vec![next.to_text()], delay).await
}

/// Queues messages for whoever keeps snapshots.
pub(super) async fn send(queue: &impl Queue, messages: Vec<String>, delay: u32) -> Result<(), Error> {
    let sent = queue.send(Lane::Snapshots, messages, delay).await;
    sent.map_err(|cause| Error::Unavailable(format!("queue: {cause}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is queued when a new version is deployed must be understood by it.
    #[test]
    fn a_message_is_what_it_always_was() {
        let fact = r#"["joined/0123456789abcdef0123456789abcdef",{"c":"JANE","p":[10,5],"t":5}]"#;
        for text in [
            &[r#"{"contest":"demo","facts":["#, fact, "]}"].concat(),
            r#"{"asked":5,"contest":"demo"}"#,
            r#"{"batch":"000001780000000-ab","contest":"demo"}"#,
            r#"{"contest":"demo","prove":{}}"#,
            r#"{"contest":"demo","list":{}}"#,
            r#"{"contest":"demo","forget":["0123456789abcdef0123456789abcdef"]}"#,
            r#"{"compare":["0123456789abcdef0123456789abcdef"],"contest":"demo"}"#,
            r#"{"contest":"demo","prove":{"changed":1,"cursor":"abc","listed":800000}}"#,
        ] {
            let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(json(&Message::parse(text).unwrap().to_text()), json(text));
        }
        for text in ["", "5", "{}", r#"{"contest":"demo"}"#, r#"{"contest":"demo","asked":"now"}"#] {
            assert_eq!(Message::parse(text), None, "{text}");
        }
    }
}
