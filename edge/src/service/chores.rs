//! What is done once an hour without anybody asking: contests that have ended get their final standings, and what another place
//! may have written again of the erased is removed.

use domain::fact::{Fact, StateKind, joined_id};
use domain::{Contest, EntryId, Timestamp, json};

use super::App;
use super::entry::forget;
use super::moment::final_standings;
use crate::error::Error;
use crate::ledger::{self, Ledger};

/// For so long after an erasure, in milliseconds, what was erased is looked for: a signup that another place took without knowing of
/// the erasure writes the person again, within minutes.
const LOOKED_FOR: i64 = 2 * 86_400_000;

/// Does what there is to do in every contest; gives what went wrong, and in which contest. What failed is done an hour later.
pub async fn run<L: Ledger>(app: &App<L>) -> Vec<(Option<String>, Error)> {
    let mut failures = Vec::new();
    let contests = match app.ledger.names(&ledger::teams()).await {
        Ok(names) => names,
        Err(fault) => return vec![(None, fault.into())],
    };
    for id in contests.iter().filter_map(|name| ledger::contest_of_team(name)) {
        if let Err(error) = look_after(app, id).await {
            failures.push((Some(id.to_owned()), error));
        }
    }
    if failures.is_empty() {
        let ran = app.ledger.put(&ledger::chores(), &json!(app.now)).await;
        failures.extend(ran.err().map(|fault| (None, fault.into())));
    }
    failures
}

async fn look_after<L: Ledger>(app: &App<L>, id: &str) -> Result<(), Error> {
    let Some(contest) = app.ledger.get(&ledger::contest(id)).await? else { return Ok(()) };
    final_standings(app, &contest, None).await?;
    for fact in app.ledger.facts(id, "state/").await? {
        let Fact::State(state) = fact else { continue };
        if state.kind == StateKind::Erased && is_recent(app.now, state.at) {
            forget_again(app, &contest, &state.entry).await?;
        }
    }
    Ok(())
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
    if person.is_some() || owner.is_some_and(|owner| !owner.erased) {
        forget(app, contest, entry, &joined.code).await?;
    }
    Ok(())
}
