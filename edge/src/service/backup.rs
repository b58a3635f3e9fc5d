//! Everything that a deployment keeps, to take along and to bring: for its owner, whoever holds `ADMIN_TOKEN`. What goes through
//! here holds personal data, and hashes of keys.

use domain::json;
use serde_json::Value;

use super::App;
use super::keys::is_admin;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::Ledger;

/// In one part of it: KV takes a thousand calls of one request.
const PART: u32 = 800;

/// `GET /api/v1/ledger?in&prefix&cursor`: a part of what is kept, and where it goes on.
pub async fn part<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    owner(app, call)?;
    let prefix = call.query("prefix").unwrap_or_default();
    let part = app.ledger.part(prefix, call.query("cursor").map(str::to_owned), PART).await?;
    let field = |place: usize| part.get(place).cloned().unwrap_or_default();
    Ok(Reply::data(false, json!({"in": app.ledger.kind(), "cursor": field(0), "entries": field(1)})))
}

/// `PUT /api/v1/ledger?in&missing`: brings what was taken along. A fact that is there already stays, and so does everything
/// else if only what is `missing` is to be brought.
pub async fn bring<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    owner(app, call)?;
    let entries = call.json()?.get("entries").cloned().unwrap_or_default();
    let all = entries.as_array().filter(|entries| entries.iter().all(is_entry));
    let all =
        all.ok_or_else(|| Error::field("entries", "entries must be [[name, value, metadata, expires], …]"))?;
    let count = all.len();
    if count > PART as usize {
        return Err(Error::field("entries", "entries must be 800 at most"));
    }
    app.ledger.bring(&entries, call.query("missing") == Some("true")).await?;
    Ok(Reply::data(false, json!({"in": app.ledger.kind(), "brought": count})))
}

fn is_entry(entry: &Value) -> bool {
    let Some([name, value, _, expires]) = entry.as_array().map(Vec::as_slice) else { return false };
    let name = name.as_str().is_some_and(|name| name.contains('/') && name.len() <= 512);
    name && value.is_string() && (expires.is_null() || expires.is_i64())
}

fn owner<L>(app: &App<L>, call: &Call) -> Result<(), Error> {
    if is_admin(app, call) { Ok(()) } else { Err(Error::Unauthorized) }
}
