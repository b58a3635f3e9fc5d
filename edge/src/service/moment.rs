//! How a contest stood at a moment, and its final standings, which are kept once it has ended.

use domain::fold::{Facts, moment};
use domain::json;
use domain::{Contest, Timestamp};
use serde_json::Value;

use super::App;
use crate::error::Error;
use crate::http::{Call, Paging, Reply};
use crate::ledger::{self, Ledger};

/// For so long after its end, in milliseconds, a contest's standings may change: what happened before is still on its way.
pub const SETTLING: i64 = 60 * 60 * 1_000;

/// `GET /api/v1/contests/:id/standings?at&page&limit`: as of now, or of an earlier moment. Of a contest that has ended, `at` is its
/// end if it is left out.
pub async fn standings<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let paging = Paging::read(call)?;
    let asked = call.query("at").map(|text| {
        let at = Timestamp::parse(text)
            .ok_or_else(|| Error::field("at", "at must be a time such as 2026-12-31T23:59:59Z"))?;
        if at > app.now { Err(Error::field("at", "at must not be in the future")) } else { Ok(at) }
    });
    let asked = asked.transpose()?;
    let contest = app.own_contest(id, &key).await?;
    let ended = contest.ended(app.now);
    let at = asked.or(ended).unwrap_or(app.now);
    let kept = if ended == Some(at) { final_standings(app, &contest, None).await? } else { None };
    let is_final = kept.is_some();
    let mut told = match kept {
        Some(kept) => kept,
        None => moment(&app.facts(&contest).await?.until(at), contest.settings.terms(), at),
    };
    let all = told.get_mut("standings").map(Value::take).unwrap_or_default();
    let all = all.as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(told) = told.as_object_mut() {
        told.insert("standings".to_owned(), json!(paging.of(all)));
        told.insert("isFinal".to_owned(), json!(is_final));
    }
    Ok(Reply::part(&told, paging, all.len()))
}

/// What is kept of a contest's end; kept now, if it is time and nobody has. `None` while it runs and an hour longer. `facts` are all
/// that happened, for whoever has them at hand.
///
/// Two places that keep it at once know the same facts by then, and write the same.
pub(super) async fn final_standings<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    facts: Option<&Facts>,
) -> Result<Option<Value>, Error> {
    let Some(end) = contest.ended(app.now) else { return Ok(None) };
    let place = ledger::final_standings(&contest.id, end);
    let kept = app.ledger.get(&place).await?;
    if kept.is_some() || app.now.millis() < end.millis().saturating_add(SETTLING) {
        return Ok(kept);
    }
    let facts = match facts {
        Some(facts) => facts.until(end),
        None => app.facts(contest).await?.until(end),
    };
    let told = moment(&facts, contest.settings.terms(), end);
    app.ledger.put(&place, &told).await?;
    Ok(Some(told))
}
