//! What is asked of Durable Objects in the place of KV: of which object, and in which words ([`super::object`] answers them).

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
        (
            Some(
                "contest" | "fact" | "code" | "person" | "reason" | "payer" | "early" | "taken" | "endpoint"
                | "delivery" | "final" | "alias",
            ),
            Some(contest),
        ) => of_contest(contest),
        _ => TEAMS.to_owned(),
    }
}

fn of_contest(contest: &str) -> String {
    ["contest/", contest].concat()
}

/// A key's value and metadata.
pub fn get(name: &str, now: i64) -> Asked {
    (object(name), list!["get", name, now].to_vec().into())
}

/// Writes a key, for a number of seconds or for good.
pub fn put(name: &str, value: &str, metadata: Option<&str>, seconds: Option<u64>, now: i64) -> Asked {
    let millis = seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000));
    let expires = millis.map(|millis| now.saturating_add(millis));
    let metadata: Option<Value> = metadata.and_then(|metadata| serde_json::from_str(metadata).ok());
    (object(name), list!["put", name, value, metadata, expires, now].to_vec().into())
}

/// Removes a key.
pub fn delete(name: &str) -> Asked {
    (object(name), list!["delete", name].to_vec().into())
}

/// A page of the keys that begin with a prefix.
pub fn list(prefix: &str, cursor: Option<&str>, now: i64) -> Asked {
    (object(prefix), list!["list", prefix, cursor, now].to_vec().into())
}

/// What a contest's object keeps.
pub fn standings(contest: &str, question: &Value) -> Asked {
    (of_contest(contest), list!["standings", contest, question].to_vec().into())
}

/// A part of what the object keeps that a prefix leads to.
pub fn part(prefix: &str, cursor: Option<&str>, most: u32, now: i64) -> Asked {
    (object(prefix), list!["part", prefix, cursor, most, now].to_vec().into())
}

/// Brings entries, each to the object that it belongs to.
pub fn bring(entries: &Value, only_missing: bool, now: i64) -> Vec<Asked> {
    let mut objects: Vec<(String, Vec<&Value>)> = Vec::new();
    for entry in entries.as_array().into_iter().flatten() {
        let of = object(entry.get(0).and_then(Value::as_str).unwrap_or_default());
        match objects.iter_mut().find(|(known, _)| *known == of) {
            Some((_, entries)) => entries.push(entry),
            None => objects.push((of, vec![entry])),
        }
    }
    let asked = |(object, entries)| (object, list!["bring", "", entries, only_missing, now].to_vec().into());
    objects.into_iter().map(asked).collect()
}

/// The answer to [`get`].
pub fn stored(answer: Value) -> Option<Stored> {
    let Value::Array(answer) = answer else { return None };
    let [Value::String(value), metadata] = answer.as_slice() else { return None };
    let metadata = Some(metadata.clone()).filter(|metadata| !metadata.is_null());
    Some(Stored { value: value.clone(), metadata })
}

/// The answer to [`list`].
pub fn page(answer: Value) -> Result<Page, KvFault> {
    let (cursor, keys) = serde_json::from_value(answer).map_err(|error| KvFault(error.to_string()))?;
    Ok(Page { keys, cursor })
}
