//! Contests as their owner sees them.

use domain::contest::{Contest, NewContest};
use domain::fold::{Facts, Standings, standings};
use domain::id;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::App;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, KeyKind, Ledger};

/// `POST /api/v1/contests`
pub async fn create<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let sent: Value = call.read()?;
    let random_id = id::hex(&(app.random)()).chars().take(20).collect();
    let contest = NewContest::read(&sent)?.complete(&key.team, random_id, app.now)?;
    let place = ledger::contest(&contest.id);
    let known = app.ledger.get(&place).await?;
    let created = known.is_none();
    match known {
        // The owner asks again because the answer was lost.
        Some(known) if Contest { created_at: contest.created_at, ..known.clone() } == contest => {}
        Some(_) => return Err(Error::Conflict("A contest with this id exists already")),
        None => app.ledger.put(&place, &contest).await?,
    }
    Ok(Reply::data(created, shown(&contest, &Standings::default(), KeyKind::Private)))
}

/// `GET /api/v1/contests/:id`
pub async fn show<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let contest = app.own_contest(id, &key).await?;
    let standings = standings_of(app, &contest).await?;
    Ok(Reply::data(false, shown(&contest, &standings, key.kind)))
}

/// `GET /api/v1/contests/:id/leaderboard?limit`: a public key sees addresses masked.
pub async fn leaderboard<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let limit = match call.query("limit").map(str::parse::<usize>) {
        None => 25,
        Some(Ok(limit @ 1..=100)) => limit,
        Some(_) => return Err(Error::field("limit", "limit must be from 1 to 100")),
    };
    let contest = app.own_contest(id, &key).await?;
    let standings = standings_of(app, &contest).await?;
    let leaders = (1_u32..).zip(standings.ranked()).take(limit).map(async |(rank, standing)| {
        let person = app.ledger.get(&ledger::person(&contest.id, &standing.entry)).await?.unwrap_or_default();
        let masked = person.masked_email();
        let email = if key.kind == KeyKind::Private { person.email } else { masked };
        Ok::<_, Error>(json!({
            "rank": rank,
            "id": standing.entry.as_str(),
            "email": email,
            "name": person.name,
            "points": standing.points,
            "referralCode": standing.code.as_str(),
            "referralsCount": standing.signups,
            "joinedAt": standing.joined_at.to_rfc3339(),
        }))
    });
    Ok(Reply::data(false, Value::Array(try_join_all(leaders).await?)))
}

/// How all participants of a contest stand.
pub(super) async fn standings_of<L: Ledger>(app: &App<L>, contest: &Contest) -> Result<Standings, Error> {
    let facts: Facts = app.ledger.facts(&contest.id, "").await?.into_iter().collect();
    Ok(standings(&facts, contest.settings.rule()))
}

fn shown(contest: &Contest, standings: &Standings, kind: KeyKind) -> Value {
    let mut shown = json!({
        "id": contest.id,
        "title": contest.title,
        "description": contest.description,
        "status": contest.status,
        "startDate": contest.start_date.map(domain::Timestamp::to_rfc3339),
        "endDate": contest.end_date.map(domain::Timestamp::to_rfc3339),
        "isEvergreen": contest.is_evergreen,
        "mode": contest.mode,
        "slug": contest.slug,
        "entriesCount": standings.ranked().len(),
    });
    if let (KeyKind::Private, Some(shown)) = (kind, shown.as_object_mut()) {
        shown.insert("settings".to_owned(), json!(contest.settings));
    }
    shown
}
