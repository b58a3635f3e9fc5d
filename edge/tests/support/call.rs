//! What a caller asks for, as the service is handed it, and what it is answered.

use edge::http::{Call, Reply};
use serde_json::Value;

pub fn call(method: &str, path: &str, body: &Value) -> Call {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Call {
        method: method.to_owned(),
        path: path.to_owned(),
        query: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        ..Call::default()
    }
}

/// Nothing is null.
pub fn body(reply: &Reply) -> Value {
    reply.body.as_ref().map(|body| serde_json::from_str(body).unwrap()).unwrap_or_default()
}
