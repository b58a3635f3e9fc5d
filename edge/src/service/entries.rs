//! Participants: how one joins, and how many are brought along from elsewhere.

use domain::decide;
use domain::fact::{Adjusted, Fact, joined_id};
use domain::points::Points;
use domain::{Code, Contest, Email, EntryId, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::people::{Identity, advocate, friend, given_code};
use super::{App, both};
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, Ledger, Referrer};

/// An entry, and what the call that asked for it made of it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: EntryId,
    pub(super) code: Code,
    pub(super) joined_at: Timestamp,
    pub(super) already_exists: bool,
    pub(super) is_referred: bool,
    pub(super) points: Points,
}

/// Makes somebody a participant with a code of their own, unless they are one.
pub(super) async fn join<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    identity: &Identity,
    code: Option<&Code>,
    at: Timestamp,
) -> Result<Entry, Error> {
    let id = identity.entry(&app.secrets.ledger, &contest.id);
    let (joined, bindings) = friend(app, &contest.id, &id).await?;
    if let Some(joined) = joined {
        return Ok(Entry {
            is_referred: contest.settings.rule().credited(&bindings, joined.at).is_some(),
            id,
            code: joined.code,
            joined_at: joined.at,
            already_exists: true,
            points: Points::default(),
        });
    }
    let advocate = match code {
        Some(code) => Some(advocate(app, &contest.id, code).await?.ok_or(Error::CODE)?),
        None => None,
    };
    let code = app.free_code(&contest.id, &id).await?;
    let signup = decide::signup(contest, &id, code.clone(), &bindings, advocate.as_ref(), at);
    store(app, contest, identity, &id, &code, &signup.facts).await?;
    Ok(Entry {
        id,
        code,
        joined_at: at,
        already_exists: false,
        is_referred: signup.is_referred,
        points: signup.points,
    })
}

/// What belongs to a participant comes first and the facts last: once an entry is seen, it is whole, and a
/// call that was cut off and comes again finds nothing half done that it does not finish.
async fn store<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    identity: &Identity,
    id: &EntryId,
    code: &Code,
    facts: &[Fact],
) -> Result<(), Error> {
    let (person, referrer) = (ledger::person(&contest.id, id), ledger::referrer(&contest.id, code));
    let (identity, owner) = (identity.clone().person(), Referrer { entry: id.as_str().to_owned() });
    both(app.ledger.put(&person, &identity), app.ledger.put(&referrer, &owner)).await?;
    for fact in facts {
        app.ledger.write(&contest.id, fact).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewEntry {
    email: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    referral_code: Option<String>,
}

impl NewEntry {
    fn identity(&self) -> Result<Identity, Error> {
        let email = self.email.as_deref().filter(|email| !email.trim().is_empty());
        Identity::read(email.map(Email::parse).transpose()?, self.name.as_deref(), self.phone.as_deref())
    }
}

/// `POST /api/v1/contests/:id/entries`: the owner adds a participant.
pub async fn create<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let contest = app.own_contest(contest, &key).await?;
    let new: NewEntry = call.read()?;
    let identity = new.identity()?;
    let code = given_code(new.referral_code.as_deref())?;
    let entry = join(app, &contest, &identity, code.as_ref(), app.now).await?;
    let person = if entry.already_exists {
        app.ledger.get(&ledger::person(&contest.id, &entry.id)).await?.unwrap_or_default()
    } else {
        identity.person()
    };
    let answer = json!({
        "id": entry.id.as_str(),
        "email": person.email,
        "name": person.name,
        "phone": person.phone,
        "referralCode": entry.code.as_str(),
        "createdAt": entry.joined_at.to_rfc3339(),
        "alreadyExists": entry.already_exists,
        "isReferred": entry.is_referred,
        "pointsAwarded": entry.points,
    });
    Ok(Reply::data(!entry.already_exists, answer))
}

#[derive(Deserialize)]
struct NewParticipants {
    participants: Option<Vec<NewParticipant>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewParticipant {
    #[serde(flatten)]
    entry: NewEntry,
    #[serde(default)]
    points: i64,
}

/// `POST /api/v1/contests/:id/import`: participants with the codes and points they have elsewhere, so that links
/// already shared keep working. Sent again, it changes nothing. One bad line does not stop the others.
pub async fn import<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let contest = app.own_contest(contest, &key).await?;
    let new: NewParticipants = call.read()?;
    let participants =
        new.participants.ok_or_else(|| Error::field("participants", "participants is required: a list"))?;
    let mut report: Vec<Value> = Vec::new();
    for (line, participant) in (1_u32..).zip(&participants) {
        report.push(match import_one(app, &contest, participant).await {
            Ok((entry, created)) => json!({
                "line": line, "status": if created { "created" } else { "exists" }, "entryId": entry.as_str(),
            }),
            Err(error @ (Error::Internal(_) | Error::Unavailable(_))) => return Err(error),
            Err(error) => json!({"line": line, "status": "error", "error": error.text("")}),
        });
    }
    Ok(Reply::data(false, json!({"report": report})))
}

async fn import_one<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    new: &NewParticipant,
) -> Result<(EntryId, bool), Error> {
    let identity = new.entry.identity()?;
    let id = identity.entry(&app.secrets.ledger, &contest.id);
    if new.points.unsigned_abs() > 1_000_000_000 {
        return Err(Error::field("points", "points must be from -1000000000 to 1000000000"));
    }
    if app.ledger.fact(&contest.id, &joined_id(&id)).await?.is_some() {
        return Ok((id, false));
    }
    let code = match given_code(new.entry.referral_code.as_deref())? {
        Some(code) => {
            let owner = advocate(app, &contest.id, &code).await?;
            if owner.is_some_and(|owner| owner.entry != id) {
                return Err(Error::field("referralCode", "referralCode belongs to another participant"));
            }
            code
        }
        None => app.free_code(&contest.id, &id).await?,
    };
    let mut facts = decide::signup(contest, &id, code.clone(), &[], None, app.now).facts;
    if new.points != 0 {
        let (entry, event, reason) = (id.clone(), "import".to_owned(), "Imported".to_owned());
        facts.insert(0, Fact::Adjusted(Adjusted { at: app.now, entry, event, points: new.points, reason }));
    }
    store(app, contest, &identity, &id, &code, &facts).await?;
    Ok((id, true))
}
