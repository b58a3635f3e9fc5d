//! What is asked of Durable Objects in the place of KV: of which object, and in which words ([`super::object`] answers them).

use domain::json;
use serde_json::Value;

use super::kv::{KvFault, Page, Stored};

/// The object of what belongs to no contest: keys and teams.
const TEAMS: &str = "teams";

/// A question, behind the name of the object that it is for.
pub type Asked = (String, Value);

/// Everything of a contest is in one object: its name is the second part of every key.
fn object(name: &str) -> String {
    let mut parts = name.split('/');
    match (parts.next(), parts.next()) {
        (Some("contest" | "fact" | "code" | "person" | "payer" | "delivery"), Some(contest)) => {
            of_contest(contest)
        }
        _ => TEAMS.to_owned(),
    }
}

fn of_contest(contest: &str) -> String {
    ["contest/", contest].concat()
}

/// A key's value and metadata.
pub fn get(name: &str, now: i64) -> Asked {
    (object(name), json!(("get", name, now)))
}

/// Writes a key, for a number of seconds or for good.
pub fn put(name: &str, value: &str, metadata: Option<&Value>, seconds: Option<u64>, now: i64) -> Asked {
    let millis = seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000));
    let expires = millis.map(|millis| now.saturating_add(millis));
    (object(name), json!(("put", name, value, metadata, expires, now)))
}

/// Removes a key.
pub fn delete(name: &str) -> Asked {
    (object(name), json!(("delete", name)))
}

/// A page of the keys that begin with a prefix.
pub fn list(prefix: &str, cursor: Option<String>, now: i64) -> Asked {
    (object(prefix), json!(("list", prefix, cursor, now)))
}

/// What a contest's object keeps.
pub fn standings(contest: &str, question: &Value) -> Asked {
    (of_contest(contest), json!(("standings", contest, question)))
}

/// The answer to [`get`].
pub fn stored(answer: Value) -> Option<Stored> {
    let (value, metadata): (String, Option<Value>) = serde_json::from_value(answer).ok()?;
    Some(Stored { value, metadata })
}

/// The answer to [`list`].
pub fn page(answer: Value) -> Result<Page, KvFault> {
    let (cursor, keys) = serde_json::from_value(answer).map_err(|error| KvFault(error.to_string()))?;
    Ok(Page { keys, cursor })
}
