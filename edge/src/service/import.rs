//! Participants who are brought along from elsewhere, with the codes and points they have there.

use domain::decide::{self, Newcomer};
use domain::fact::{Adjusted, Fact, erased_id, joined_id};
use domain::json;
use domain::trust::Marks;
use domain::{Contest, EntryId, id};
use serde_json::Value;
use serde_json::value::RawValue;

use super::entries::{NewEntry, owner, store};
use super::entry::MAX_ADJUSTMENT;
use super::people::{advocate, given_code};
use super::{App, both};
use crate::body::{Fields, whole};
use crate::csv;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::Ledger;

/// How many participants one call brings along: each takes up to eight operations on KV, of which a call has a thousand.
const MOST: usize = 100;

/// More lines than a body of 1 MiB has.
const MOST_LINES: usize = 1_000_000;

/// What makes points that were brought along another adjustment than those by hand.
pub(super) const IMPORTED: &str = "import";

struct NewParticipant {
    entry: NewEntry,
    points: i64,
}

/// `POST /api/v1/contests/:id/import?from`: participants with the codes and points they have elsewhere, so that links
/// already shared keep working. Sent again, it changes nothing. One bad line does not stop the others.
pub async fn import<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let contest = app.own_contest(contest, &key).await?;
    let from = match call.query("from").map(str::parse::<usize>) {
        None => 1,
        Some(Ok(from @ 1..=MOST_LINES)) => from,
        Some(_) => return Err(Error::field("from", "from must be from 1 to 1000000")),
    };
    let participants = if call.is_of("text/csv") { read_csv(call.text()?)? } else { read_json(call)? };
    let mut report: Vec<Value> = Vec::new();
    let mut lines = (1_usize..).zip(participants).skip(from.saturating_sub(1));
    for (line, participant) in lines.by_ref().take(MOST) {
        let imported = match participant {
            Ok(participant) => import_one(app, &contest, &participant).await,
            Err(error) => Err(error),
        };
        report.push(match imported {
            Ok((entry, created)) => json!({
                "line": line, "status": if created { "created" } else { "exists" }, "entryId": entry.as_str(),
            }),
            Err(error @ (Error::Internal(_) | Error::Unavailable(_))) => return Err(error),
            Err(error) => json!({"line": line, "status": "error", "error": error.text("")}),
        });
    }
    let next = lines.next().map(|(line, _)| line);
    Ok(Reply::data(false, json!({"report": report, "next": next})))
}

/// A line that cannot be read stops no other.
type Line = Result<NewParticipant, Error>;

fn read_json(call: &Call) -> Result<Vec<Line>, Error> {
    let participants = call.fields()?.list("participants")?;
    let participants =
        participants.ok_or_else(|| Error::field("participants", "participants is required: a list"))?;
    let line = |sent: &RawValue| {
        let sent = Fields::parse(sent.get())?;
        Ok(NewParticipant { entry: NewEntry::read(&sent)?, points: sent.integer("points")?.unwrap_or(0) })
    };
    Ok(participants.into_iter().map(line).collect())
}

/// The first line names the columns, in any order and case; those that are none of ours are left out, so that an export
/// can be imported.
fn read_csv(text: &str) -> Result<Vec<Line>, Error> {
    let mut records = csv::read(text).into_iter();
    let header = records.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
    let [email, name, phone, code, points] = ["email", "name", "phone", "referralCode", "points"].map(column);
    if email.is_none() && phone.is_none() {
        return Err(Error::body(
            "The first line must name the columns: email or phone, and of name, referralCode and points those there are",
        ));
    }
    let line = |record: Vec<String>| {
        let cell = |column: Option<usize>| Some(csv::plain(record.get(column?)?).to_owned());
        let points = cell(points).map(|points| points.trim().to_owned()).filter(|points| !points.is_empty());
        Ok(NewParticipant {
            entry: NewEntry {
                email: cell(email),
                name: cell(name),
                phone: cell(phone),
                referral_code: cell(code),
            },
            points: points
                .map_or(Some(0), |points| whole(&points))
                .ok_or_else(|| Error::field("points", "points must be a whole number"))?,
        })
    };
    Ok(records.map(line).collect())
}

async fn import_one<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    new: &NewParticipant,
) -> Result<(EntryId, bool), Error> {
    let identity = new.entry.identity()?;
    let entry = identity.entry(&app.secrets.ledger, &contest.id);
    if new.points.unsigned_abs() > MAX_ADJUSTMENT {
        return Err(Error::field("points", "points must be from -1000000000 to 1000000000"));
    }
    let (joined, erased) = both(
        app.ledger.fact(&contest.id, &joined_id(&entry)),
        app.ledger.fact(&contest.id, &erased_id(&entry)),
    )
    .await?;
    if erased.is_some() {
        return Err(Error::Erased);
    }
    if joined.is_some() {
        return Ok((entry, false));
    }
    let code = match given_code(new.entry.referral_code.as_deref())? {
        Some(code) => {
            let owner = advocate(app, &contest.id, &code).await?;
            if owner.is_some_and(|owner| owner.entry != entry) {
                return Err(Error::field("referralCode", "referralCode belongs to another participant"));
            }
            code
        }
        None => app.free_code(&contest.id, &entry).await?,
    };
    // Nobody brought them, and nobody looks at who they are; friends of theirs will be compared with them.
    let mailbox = identity.email().map(|email| id::mailbox_id(&app.secrets.ledger, &contest.id, email));
    let owner = owner(contest, &entry, &Marks { mailbox, ..Marks::default() });
    let newcomer = Newcomer { entry: &entry, code: code.clone(), bindings: &[], marks: Marks::default() };
    let mut facts = decide::signup(contest, newcomer, None, app.now).facts;
    if new.points != 0 {
        let (entry, event) = (entry.clone(), IMPORTED.to_owned());
        facts.insert(0, Fact::Adjusted(Adjusted { at: app.now, entry, event, points: new.points }));
    }
    store(app, contest, &identity, &entry, (&code, &owner), &facts).await?;
    Ok((entry, true))
}
