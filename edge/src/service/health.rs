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

/// `GET /api/health`: reads from the store, and says when the chores were last done. A store that gives nothing is a 503.
pub async fn health<L: Ledger>(app: &App<L>) -> Result<Reply, Error> {
    let last = app.ledger.get(&ledger::chores()).await?;
    let last = last.as_ref().and_then(Value::as_i64).map(Timestamp::from_millis);
    let cron = match last {
        None => "never",
        Some(last) if app.now.millis().saturating_sub(last.millis()) > LATE => "late",
        Some(_) => "ok",
    };
    let status = if cron == "late" { "degraded" } else { "ok" };
    Ok(Reply::data(
        false,
        json!({
            "status": status, "store": "ok",
            "cron": {"status": cron, "lastRun": last.map(Timestamp::to_rfc3339)},
        }),
    ))
}
