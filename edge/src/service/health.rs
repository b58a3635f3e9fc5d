//! Whether the deployment is well, for whoever watches it.

use domain::Timestamp;
use domain::json;
use serde_json::Value;

use super::App;
use crate::error::Error;
use crate::http::Reply;
use crate::ledger::{self, Ledger};

/// The chores are done once an hour; one that was missed is no alarm yet.
const LATE: i64 = 150 * 60 * 1_000;

/// Snapshots are held against all facts once a night, the largest every other.
const UNREAD: i64 = 54 * 3_600_000;

/// `GET /api/health`: reads from the store, and says when the chores were last done, and how the snapshots were found
/// then. A store that gives nothing is a 503.
pub async fn health<L: Ledger>(app: &App<L>) -> Result<Reply, Error> {
    let last = app.ledger.get(&ledger::chores()).await?;
    let said = |name: &str| last.as_ref()?.get(name);
    let moment = |name: &str| said(name).and_then(Value::as_i64).map(Timestamp::from_millis);
    let count = |name: &str| said(name).and_then(Value::as_u64).unwrap_or_default();
    let read = moment("read");
    let is_unread = read.is_some_and(|read| app.now.millis().saturating_sub(read.millis()) > UNREAD);
    let last = moment("at");
    let cron = match last {
        None => "never",
        Some(last) if app.now.millis().saturating_sub(last.millis()) > LATE => "late",
        Some(_) => "ok",
    };
    let status = if cron == "late" || is_unread { "degraded" } else { "ok" };
    Ok(Reply::data(
        false,
        json!({
            "status": status, "store": "ok",
            "cron": {"status": cron, "lastRun": last.map(Timestamp::to_rfc3339)},
            "snapshots": {
                "status": if is_unread { "late" } else { "ok" }, "count": count("snapshots"),
                "proven": read.map(Timestamp::to_rfc3339), "repaired": count("repaired"),
            },
        }),
    ))
}
