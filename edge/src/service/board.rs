//! How a contest stands: who leads, and what it has brought.

use domain::json;
use domain::{Contest, Currency};
use serde_json::{Map, Value};

use super::{App, all, entries};
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, ApiKey, Ledger, Place, Question, Summary};

/// `GET /api/v1/contests/:id/leaderboard?limit`: those who hold a place. A public key sees addresses masked.
pub async fn leaderboard<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let limit = match call.query("limit").map(str::parse::<usize>) {
        None => 25,
        Some(Ok(limit @ 1..=100)) => limit,
        Some(_) => return Err(Error::field("limit", "limit must be from 1 to 100")),
    };
    let contest = app.own_contest(id, &key).await?;
    let board = app.places(&contest, Question::Leaders(limit)).await?;
    let leaders = board.places.iter().map(async |place| leader(app, &contest, &key, place).await);
    Ok(Reply::data(false, Value::Array(all(leaders).await?)))
}

async fn leader<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    key: &ApiKey,
    Place { rank, standing }: &Place,
) -> Result<Value, Error> {
    let person = app.ledger.get(&ledger::person(&contest.id, &standing.entry)).await?.unwrap_or_default();
    let person = entries::visible(&person, key.kind);
    Ok(json!({
        "rank": rank,
        "id": standing.entry.as_str(),
        "email": person.email,
        "name": person.name,
        "points": standing.points,
        "referralCode": standing.code.as_str(),
        "referralsCount": standing.signups,
        "joinedAt": standing.joined_at.to_rfc3339(),
    }))
}

/// `GET /api/v1/contests/:id/analytics`
pub async fn analytics<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let contest = app.own_contest(id, &key).await?;
    let Summary { totals, entries, confirmed, disqualified, points, highest } =
        app.ledger.summary(&contest.id, contest.settings.terms()).await?;
    let mut revenue = Map::new();
    for (currency, minor) in &totals.revenue {
        revenue.insert(currency.clone(), json!(major(*minor, currency)));
    }
    let daily: Vec<Value> = totals
        .daily
        .iter()
        .map(|(date, day)| {
            json!({"date": date, "visits": day.visits, "signups": day.signups, "purchases": day.purchases})
        })
        .collect();
    Ok(Reply::data(
        false,
        json!({
            "totalEntries": entries,
            "confirmedEntries": confirmed,
            "disqualifiedEntries": disqualified,
            "totalViews": totals.visits,
            "totalBonusCompletions": totals.bonuses,
            "points": {
                "total": points,
                "average": average(points, entries),
                "highest": highest,
            },
            "referrals": {
                "visits": totals.visits,
                "signups": totals.signups,
                "purchases": totals.purchases,
                "revenue": revenue,
            },
            "daily": daily,
        }),
    ))
}

/// Minor units as the wire has money: a number in major units.
#[expect(
    clippy::cast_precision_loss,
    reason = "sums of money are far below 2^53, and this is where they leave"
)]
pub(super) fn major(minor: i64, currency: &str) -> f64 {
    let decimals = Currency::parse(currency).map_or(0, Currency::decimals);
    minor as f64 / 10_f64.powi(decimals.try_into().unwrap_or_default())
}

/// To two decimals.
#[expect(clippy::cast_precision_loss, reason = "it is shown, and nothing is counted with it")]
fn average(sum: i64, count: usize) -> f64 {
    if count == 0 { 0.0 } else { (sum as f64 / count as f64 * 100.0).round() / 100.0 }
}
