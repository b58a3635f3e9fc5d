//! Contests as their owner sees them.

use domain::contest::{Contest, NewContest};
use domain::fact::{Fact, StateKind};
use domain::{id, json};
use serde_json::Value;

use super::secrets::{self, Change, are_same};
use super::{App, all, both, purchases};
use crate::error::Error;
use crate::http::{Call, Paging, Reply};
use crate::ledger::{self, KeyKind, Ledger, Mark};

/// `GET /api/v1/contests?page&limit`: the contests of the key's team, by their ids.
pub async fn list<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let paging = Paging::read(call)?;
    let ids = app.ledger.names(&ledger::contests_of(&key.team)).await?;
    let part = paging.of(&ids).iter().map(async |id| {
        let Some(contest) = app.ledger.get(&ledger::contest(id)).await? else { return Ok(Value::Null) };
        let entries = count_entries(app, id).await?;
        Ok::<_, Error>(shown(&contest, entries, KeyKind::Public))
    });
    let mut part = all(part).await?;
    part.retain(|contest| !contest.is_null());
    Ok(Reply::list(&part, paging, ids.len()))
}

/// `POST /api/v1/contests`
pub async fn create<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let mut sent = call.json()?;
    let secrets = Change::take(&mut sent)?;
    let random_id = id::hex(&(app.random)()).chars().take(20).collect();
    let mut contest = NewContest::read(&sent)?.complete(&key.team, random_id, app.now)?;
    contest.secrets = secrets.apply(app, &contest.id, &[])?;
    let place = ledger::contest(&contest.id);
    let known = app.ledger.get(&place).await?;
    let created = known.is_none();
    match known {
        // The owner asks again because the answer was lost.
        Some(known) if is_same(app, &known, &contest) => {}
        Some(_) => return Err(Error::Conflict("A contest with this id exists already")),
        None => app.ledger.put(&place, &contest).await?,
    }
    app.ledger.put(&ledger::team_contest(&key.team, &contest.id), &Mark {}).await?;
    let entries = if created { 0 } else { count_entries(app, &contest.id).await? };
    Ok(Reply::data(created, shown(&contest, entries, KeyKind::Private)))
}

/// Do they say the same, but for when they were made and sealed?
fn is_same<L>(app: &App<L>, known: &Contest, new: &Contest) -> bool {
    let known = Contest { created_at: new.created_at, ended_at: new.ended_at, ..known.clone() };
    are_same(app, &known, new) && Contest { secrets: new.secrets.clone(), ..known } == *new
}

/// `GET /api/v1/contests/:id`
pub async fn show<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let contest = app.own_contest(id, &key).await?;
    let entries = count_entries(app, &contest.id).await?;
    Ok(Reply::data(false, shown(&contest, entries, key.kind)))
}

/// `PUT /api/v1/contests/:id`: what is left out stays as it is. The points that were given stay as well: the rates and caps
/// in force are in each fact.
///
/// `POST /api/v1/contests/:id/preview`: what a signup and an order would earn if it were changed like this. Nothing is stored.
pub async fn change<L: Ledger>(
    app: &App<L>,
    call: &Call,
    id: &str,
    is_preview: bool,
) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let known = app.own_contest(id, &key).await?;
    let mut sent = call.json()?;
    let secrets = Change::take(&mut sent)?;
    let mut contest = NewContest::change(&known, &sent, app.now)?;
    if is_preview {
        let points = contest.settings.points;
        let order = points.purchase.earned(purchases::money(&call.fields()?)?);
        return Ok(Reply::data(false, json!({"signup": points.signup, "purchase": order})));
    }
    contest.secrets = secrets.apply(app, &contest.id, &known.secrets)?;
    app.save(&contest).await?;
    let entries = count_entries(app, &contest.id).await?;
    Ok(Reply::data(false, shown(&contest, entries, KeyKind::Private)))
}

/// How many participate, the erased left out.
async fn count_entries<L: Ledger>(app: &App<L>, contest: &str) -> Result<usize, Error> {
    let (joined, states) =
        both(app.ledger.facts(contest, "joined/"), app.ledger.facts(contest, "state/")).await?;
    let is_erasure = |fact: &&Fact| matches!(fact, Fact::State(state) if state.kind == StateKind::Erased);
    Ok(joined.len().saturating_sub(states.iter().filter(is_erasure).count()))
}

/// A contest as the API shows it; to a private key, with its settings.
pub(super) fn shown(contest: &Contest, entries: usize, kind: KeyKind) -> Value {
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
        "entriesCount": entries,
    });
    if let (KeyKind::Private, Some(shown)) = (kind, shown.as_object_mut()) {
        let mut settings = json!(contest.settings);
        secrets::show(contest, &mut settings);
        shown.insert("settings".to_owned(), settings);
    }
    shown
}
