//! What participants may do for points, once each.

use domain::fact::{Bonus, Fact, bonus_id, erased_id, joined_id};
use domain::json;
use domain::webhook::comes_again;
use domain::{Contest, Email, EntryId};
use serde_json::Value;

use super::told::announce_plain;
use super::{App, entry};
use crate::body::Fields;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{ApiKey, Ledger};

/// In the place of an entry's id: whoever the e-mail is of.
const LOOKUP: &str = "lookup";

/// `GET /api/v1/entries/:id/bonus-actions`
pub async fn list<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let (contest, entry) = participant(app, call, &key, id).await?;
    let done = app.ledger.facts(&contest.id, &bonus_id(&entry, "")).await?;
    let done = |id: &str| done.iter().find(|fact| matches!(fact, Fact::Bonus(bonus) if bonus.action == id));
    let actions = contest.settings.bonus_actions.iter().map(|action| {
        let done = done(&action.id);
        json!({
            "id": action.id,
            "action": action.action,
            "description": action.description,
            "points": action.points,
            "completed": done.is_some(),
            "completedAt": done.map(|fact| fact.at().to_rfc3339()),
        })
    });
    Ok(Reply::data(false, Value::Array(actions.collect())))
}

/// `POST /api/v1/entries/:id/bonus-actions/:actionId/complete`: at the points of now, once.
pub async fn complete<L: Ledger>(app: &App<L>, call: &Call, id: &str, action: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let (contest, entry) = participant(app, call, &key, id).await?;
    let known = app.ledger.fact(&contest.id, &bonus_id(&entry, action)).await?;
    let points = if let Some(Fact::Bonus(bonus)) = &known {
        if comes_again(bonus.at, app.now, app.now) {
            announce_plain(app, &contest, &Fact::Bonus(bonus.clone()));
        }
        bonus.points
    } else {
        contest.running(app.now)?;
        let action = contest.settings.bonus_action(action);
        let action = action.ok_or(Error::NotFound("Bonus action not found"))?;
        let (points, action) = (action.points, action.id.clone());
        let bonus = Bonus { at: app.now, entry: entry.clone(), action, points };
        let bonus = Fact::Bonus(bonus);
        app.ledger.write(&contest.id, &bonus).await?;
        announce_plain(app, &contest, &bonus);
        points
    };
    Ok(Reply::data(
        known.is_none(),
        json!({
            "entryId": entry.as_str(), "actionId": action, "points": points, "alreadyExists": known.is_some(),
        }),
    ))
}

/// The entry of an id, or of `email` and `contestId` in the query or the body.
async fn participant<L: Ledger>(
    app: &App<L>,
    call: &Call,
    key: &ApiKey,
    id: &str,
) -> Result<(Contest, EntryId), Error> {
    let (contest, entry) = if id == LOOKUP {
        let sent = if call.body.is_empty() { Fields::default() } else { call.fields()? };
        let given = |name| Ok::<_, Error>(sent.text(name)?.or_else(|| call.query(name).map(str::to_owned)));
        let id = given("contestId")?.filter(|id| !id.trim().is_empty());
        let id = id.ok_or_else(|| Error::field("contestId", "contestId is required"))?;
        let email = Email::parse(&given("email")?.unwrap_or_default())?;
        let contest = app.own_contest(id.trim(), key).await?;
        let entry = EntryId::of(&app.secrets.ledger, &contest.id, &email);
        (contest, entry)
    } else {
        entry::find(app, key, id).await?
    };
    let (joined, erased) = super::both(
        app.ledger.fact(&contest.id, &joined_id(&entry)),
        app.ledger.fact(&contest.id, &erased_id(&entry)),
    )
    .await?;
    if erased.is_some() {
        return Err(Error::Erased);
    }
    joined.ok_or(Error::ENTRY)?;
    Ok((contest, entry))
}
