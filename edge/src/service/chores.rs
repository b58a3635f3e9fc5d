//! What is done once an hour without anybody asking: contests that have ended get their final standings, what another place
//! may have written again of the erased is removed, and snapshots are held against all facts once a night.

use domain::fact::{Fact, StateKind, joined_id};
use domain::{Contest, EntryId, Timestamp, json};

use super::App;
use super::entry::forget;
use super::moment::final_standings;
use super::tail::{self, Message};
use crate::error::Error;
use crate::ledger::{self, Ledger};
use crate::outbox::Queue;

/// For so long after an erasure, in milliseconds, what was erased is looked for: a signup that another place took without knowing of
/// the erasure writes the person again, within minutes.
const LOOKED_FOR: i64 = 2 * 86_400_000;

/// A snapshot for which all facts were not read for so long, in milliseconds, is due.
const NIGHT: i64 = 20 * 3_600_000;

/// Where reading them takes hundreds of lists, every other night has to do.
const MANY: usize = 200_000;
const TWO_NIGHTS: i64 = 44 * 3_600_000;

/// For so long after a snapshot was made it may lack what was stored meanwhile, in milliseconds.
const MAKING: i64 = 600_000;

/// What was found of the snapshots, for whoever asks how the deployment is.
#[derive(Debug, Default)]
struct Found {
    snapshots: usize,
    /// For which all facts were read the longest ago, and when.
    read: Option<Timestamp>,
    repaired: usize,
}

/// Does what there is to do in every contest; gives what went wrong, and in which contest. What failed is done an hour later.
pub async fn run<L: Ledger>(app: &App<L>, queue: &impl Queue) -> Vec<(Option<String>, Error)> {
    let mut failures = Vec::new();
    let contests = match app.ledger.names(&ledger::teams()).await {
        Ok(names) => names,
        Err(fault) => return vec![(None, fault.into())],
    };
    let mut found = Found::default();
    for id in contests.iter().filter_map(|name| ledger::contest_of_team(name)) {
        if let Err(error) = look_after(app, queue, id, &mut found).await {
            failures.push((Some(id.to_owned()), error));
        }
    }
    if failures.is_empty() {
        let Found { snapshots, read, repaired } = found;
        let ran = json!({"at": app.now, "snapshots": snapshots, "read": read, "repaired": repaired});
        let ran = app.ledger.put(&ledger::chores(), &ran).await;
        failures.extend(ran.err().map(|fault| (None, fault.into())));
    }
    failures
}

async fn look_after<L: Ledger>(
    app: &App<L>,
    queue: &impl Queue,
    id: &str,
    found: &mut Found,
) -> Result<(), Error> {
    let Some(contest) = app.ledger.get(&ledger::contest(id)).await? else { return Ok(()) };
    final_standings(app, &contest, None).await?;
    for fact in app.ledger.facts(id, "state/").await? {
        let Fact::State(state) = fact else { continue };
        if state.kind == StateKind::Erased && is_recent(app.now, state.at) {
            forget_again(app, &contest, &state.entry).await?;
        }
    }
    let Some(proof) = app.ledger.proof(id).await? else { return Ok(()) };
    found.snapshots = found.snapshots.saturating_add(1);
    found.read = Some(found.read.map_or(proof.read, |read| read.min(proof.read)));
    found.repaired = found.repaired.saturating_add(proof.repaired);
    let read = proof.read.millis();
    let is_new = read.saturating_sub(proof.made.millis()) < MAKING;
    let night = if proof.facts > MANY { TWO_NIGHTS } else { NIGHT };
    let is_due = is_new || app.now.millis().saturating_sub(read) > night;
    let message = if is_due { Message::prove(id) } else { Message::look(id, app.now) };
    let mut messages = tail::messages(app.ledger.news(), app.now);
    messages.push(message.to_text());
    tail::send(queue, messages, 0).await
}

fn is_recent(now: Timestamp, at: Timestamp) -> bool {
    now.millis().saturating_sub(at.millis()) < LOOKED_FOR
}

/// Reads first: a write costs ten times as much, and there is hardly ever anything to remove.
async fn forget_again<L: Ledger>(app: &App<L>, contest: &Contest, entry: &EntryId) -> Result<(), Error> {
    let Some(Fact::Joined(joined)) = app.ledger.fact(&contest.id, &joined_id(entry)).await? else {
        return Ok(());
    };
    let person = app.ledger.get(&ledger::person(&contest.id, entry)).await?;
    let owner = app.ledger.get(&ledger::referrer(&contest.id, &joined.code)).await?;
    let reasons = app.ledger.names(&ledger::reasons_of(&contest.id, entry)).await?;
    if person.is_some() || !reasons.is_empty() || owner.is_some_and(|owner| !owner.erased) {
        forget(app, contest, entry, &joined.code).await?;
    }
    Ok(())
}
