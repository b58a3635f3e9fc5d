//! What anybody may read of a contest: what it is about, what earns how much, who leads. No key, no id, no address.

use domain::json;
use serde_json::Value;

use super::referral::called_contest;
use super::{App, all};
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, Ledger, Place, Question};

/// `GET /api/referral/contest?contestId`: what a widget shows of a contest. One that is being prepared is nobody's business yet.
pub async fn contest<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let contest = called_contest(app, call, call.query("contestId")).await?;
    let status = contest.public_status(app.now)?;
    Ok(Reply::data(
        false,
        json!({
            "id": contest.id,
            "title": contest.title,
            "description": contest.description,
            "status": status,
            "startDate": contest.start_date.map(domain::Timestamp::to_rfc3339),
            "endDate": contest.end_date.filter(|_| !contest.is_evergreen).map(domain::Timestamp::to_rfc3339),
            "mode": contest.mode,
            "points": contest.settings.points,
            "bonusActions": contest.settings.bonus_actions,
        }),
    ))
}

/// `GET /api/referral/leaderboard?contestId&limit`: who leads, called as the contest says. Each name is one look-up in KV, so
/// there are few.
pub async fn leaderboard<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let limit = match call.query("limit").map(str::parse::<usize>) {
        None => 10,
        Some(Ok(limit @ 1..=25)) => limit,
        Some(_) => return Err(Error::field("limit", "limit must be from 1 to 25")),
    };
    let contest = called_contest(app, call, call.query("contestId")).await?;
    contest.public_status(app.now)?;
    let board = app.places(&contest, Question::Leaders(limit)).await?;
    let names = contest.settings.leaderboard_names;
    let leaders = board.places.iter().map(async |Place { rank, standing }| {
        let person = app.ledger.get(&ledger::person(&contest.id, &standing.entry)).await?.unwrap_or_default();
        let name = domain::name::shown(person.name.as_deref().unwrap_or_default(), names);
        Ok::<_, Error>(json!({"rank": rank, "name": name, "points": standing.points}))
    });
    let leaders = Value::Array(all(leaders).await?);
    Ok(Reply::data(false, json!({"leaders": leaders, "of": board.of})))
}
