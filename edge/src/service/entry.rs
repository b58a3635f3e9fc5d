//! One participant, by the id of the entry alone: shown, changed, disqualified, given points, explained, erased.

use domain::fact::{Adjusted, ERASURE, Fact, State, StateKind, adjusted_id, erased_id, joined_id, state_id};
use domain::fold::{Award, Cause, Facts, Standing, standings, why};
use domain::json;
use domain::text::REASON;
use domain::trust::{Doubts, Rule};
use domain::webhook::comes_again;
use domain::{Code, Contest, EntryId, Timestamp, id};
use futures_util::future::try_join;
use serde_json::Value;

use super::board::major;
use super::import::IMPORTED;
use super::people::phone_number;
use super::told::announce_plain;
use super::{App, all, both, entries, filled, token};
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, ApiKey, KeyKind, Ledger, Question, Referrer, Unavailable};

/// The most points that are given or taken at once.
pub(super) const MAX_ADJUSTMENT: u64 = 1_000_000_000;

/// The entry of an id and its contest, if that belongs to the key's team.
pub(super) async fn find<L: Ledger>(
    app: &App<L>,
    key: &ApiKey,
    id: &str,
) -> Result<(Contest, EntryId), Error> {
    let entry = EntryId::parse(id).ok_or(Error::ENTRY)?;
    let contests = app.ledger.names(&ledger::contests_of(&key.team)).await?;
    let contest = contests.iter().find(|contest| entry.is_of(&app.secrets.ledger, contest));
    match app.own_contest(contest.ok_or(Error::ENTRY)?, key).await {
        Err(Error::NotFound(_)) => Err(Error::ENTRY),
        found => Ok((found?, entry)),
    }
}

/// `GET /api/v1/entries/:id`: a public key sees e-mail and phone masked.
pub async fn show<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.any_key(call).await?;
    let (contest, entry) = find(app, &key, id).await?;
    let places = app.places(&contest, Question::Entry(&entry)).await?.places;
    let Some(place) = places.first() else {
        let erased = app.ledger.fact(&contest.id, &erased_id(&entry)).await?;
        return Err(if erased.is_some() { Error::Erased } else { Error::ENTRY });
    };
    Ok(Reply::data(false, shown(app, &contest, &place.standing, key.kind).await?))
}

async fn shown<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    standing: &Standing,
    kind: KeyKind,
) -> Result<Value, Error> {
    let person = app.ledger.get(&ledger::person(&contest.id, &standing.entry)).await?.unwrap_or_default();
    let mut shown = entries::shown(standing, &person, kind);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("contestId".to_owned(), json!(contest.id));
    }
    Ok(shown)
}

/// By facts of which one was written this moment: KV may not show it yet.
fn standing(contest: &Contest, facts: &Facts, entry: &EntryId) -> Option<Standing> {
    standings(facts, contest.settings.rule()).of_entry(entry).cloned()
}

/// An entry whose signup was cut off is none yet, and one that was erased is none any more.
fn is_there(facts: &Facts, entry: &EntryId) -> Result<(), Error> {
    if facts.get(&erased_id(entry)).is_some() {
        return Err(Error::Erased);
    }
    facts.get(&joined_id(entry)).map(drop).ok_or(Error::ENTRY)
}

/// `PUT /api/v1/entries/:id`: `name`, `phone` and `emailConfirmed`. What is left out stays, and what is empty is removed.
pub async fn change<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let (contest, entry) = find(app, &key, id).await?;
    let sent = call.fields()?;
    let (sent_email, name, phone) = (sent.text("email")?, sent.text("name")?, sent.text("phone")?);
    let confirmed = sent.flag("emailConfirmed")?;
    let mut facts = app.facts_for(&contest, &entry).await?;
    is_there(&facts, &entry)?;
    let place = ledger::person(&contest.id, &entry);
    let stored = app.ledger.get(&place).await?;
    // What is not seen yet may hold an address, which would be lost.
    if stored.is_none() && (sent_email.is_some() || name.is_some() || phone.is_some()) {
        return Err(Error::Unavailable("the person's record is not seen yet".to_owned()));
    }
    let known = stored.unwrap_or_default();
    let mut person = known.clone();
    let email = |text: &str| domain::Email::parse(text).map(|email| email.as_str().to_owned());
    if sent_email.as_deref().map(email).transpose()?.is_some_and(|email| Some(email) != known.email) {
        return Err(Error::field("email", "email cannot be changed: the entry is known by it"));
    }
    if name.is_some() {
        person.name = filled(name.as_deref(), domain::text::NAME)?;
    }
    if phone.is_some() {
        person.phone = phone_number(phone.as_deref())?;
        if known.email.is_none() && person.phone != known.phone {
            return Err(Error::field("phone", "phone cannot be changed: the entry is known by it"));
        }
    }
    if person != known {
        app.ledger.put(&place, &person).await?;
    }
    // Also where it was written by a call before that was cut off.
    if name.is_some() {
        app.ledger.rename(&contest.id, &entry);
    }
    if let Some(on) = confirmed {
        let state = State { on, ..state(&entry, StateKind::Confirmed, None, on, app.now) };
        say(app, &contest, &mut facts, state).await?;
    }
    let standing = standing(&contest, &facts, &entry).ok_or(Error::ENTRY)?;
    Ok(Reply::data(false, shown(app, &contest, &standing, key.kind).await?))
}

/// Where the caller does not say which event it is, the moment does: said again it is said once more, and means the same.
fn state(entry: &EntryId, kind: StateKind, event: Option<&str>, on: bool, now: Timestamp) -> State {
    let moment = || format!("{}-{}", now.millis(), if on { "on" } else { "off" });
    State {
        at: Timestamp::of_event(event, now),
        entry: entry.clone(),
        kind,
        event: event.map_or_else(moment, str::to_owned),
        on,
    }
}

/// Writes what is said of an entry, unless it was said before.
async fn say<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    facts: &mut Facts,
    state: State,
) -> Result<(), Error> {
    if facts.get(&state_id(&state.entry, state.kind, &state.event)).is_none() {
        let fact = Fact::State(state);
        app.ledger.write(&contest.id, &fact).await?;
        facts.insert(fact);
    }
    Ok(())
}

/// `POST /api/v1/entries/:id/disqualify`: takes the place and leaves the points, or gives it back.
pub async fn disqualify<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let (contest, entry) = find(app, &key, id).await?;
    let sent = call.fields()?;
    let on = sent
        .flag("disqualified")?
        .ok_or_else(|| Error::field("disqualified", "disqualified is required: true or false"))?;
    let event_id = sent.text("eventId")?;
    let event = token("eventId", event_id.as_deref())?;
    let reason = filled(sent.text("reason")?.as_deref(), REASON)?;
    let mut facts = app.facts_for(&contest, &entry).await?;
    is_there(&facts, &entry)?;
    let state = state(&entry, StateKind::Disqualified, event, on, app.now);
    let fact = state_id(&entry, state.kind, &state.event);
    if facts.get(&fact).is_none() {
        keep_reason(app, &contest, &entry, &fact, reason).await?;
    }
    say(app, &contest, &mut facts, state).await?;
    let standing = standing(&contest, &facts, &entry).ok_or(Error::ENTRY)?;
    Ok(Reply::data(false, shown(app, &contest, &standing, key.kind).await?))
}

/// `POST /api/v1/entries/:id/points`: gives or takes points by hand; with an `eventId`, once.
pub async fn adjust<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let (contest, entry) = find(app, &key, id).await?;
    let sent = call.fields()?;
    let points = sent.integer("points")?;
    let points = points.ok_or_else(|| Error::field("points", "points is required: a whole number"))?;
    if points == 0 || points.unsigned_abs() > MAX_ADJUSTMENT {
        return Err(Error::field("points", "points must be from -1000000000 to 1000000000, and not 0"));
    }
    let event_id = sent.text("eventId")?;
    let event_id = token("eventId", event_id.as_deref())?;
    let reason = filled(sent.text("reason")?.as_deref(), REASON)?;
    let mut facts = app.facts_for(&contest, &entry).await?;
    is_there(&facts, &entry)?;
    // An import's is called `import`.
    let event = event_id.map_or_else(|| id::hex(&(app.random)()), |event| format!("api-{event}"));
    let known = facts.get(&adjusted_id(&entry, &event)).cloned();
    let at = Timestamp::of_event(event_id, app.now);
    let adjusted = if let Some(Fact::Adjusted(known)) = &known {
        if comes_again(known.at, at, app.now) {
            announce_plain(app, &contest, &Fact::Adjusted(known.clone()));
        }
        known.points
    } else {
        keep_reason(app, &contest, &entry, &adjusted_id(&entry, &event), reason).await?;
        let fact = Fact::Adjusted(Adjusted { at, entry: entry.clone(), event, points });
        app.ledger.write(&contest.id, &fact).await?;
        announce_plain(app, &contest, &fact);
        facts.insert(fact);
        points
    };
    let total = standing(&contest, &facts, &entry).map(|standing| standing.points);
    Ok(Reply::data(
        known.is_none(),
        json!({"id": id, "adjusted": adjusted, "points": total, "alreadyExists": known.is_some()}),
    ))
}

/// Before the fact that it is of, so that whoever sees that finds it.
async fn keep_reason<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    entry: &EntryId,
    fact: &str,
    reason: Option<String>,
) -> Result<(), Error> {
    if let Some(reason) = reason {
        app.ledger.put(&ledger::reason(&contest.id, entry, fact), &json!(reason)).await?;
    }
    Ok(())
}

/// What the owner wrote beside a fact about an entry.
pub(super) async fn reason_of<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    entry: &EntryId,
    fact: &str,
) -> Result<Option<Value>, Unavailable> {
    app.ledger.get(&ledger::reason(&contest.id, entry, fact)).await
}

/// `GET /api/v1/entries/:id/why`: every grant that the entry holds or lost. Their sum is its points. And why it was disqualified.
pub async fn explain<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let (contest, entry) = find(app, &key, id).await?;
    let facts = app.facts_for(&contest, &entry).await?;
    is_there(&facts, &entry)?;
    let awards = why(&facts, contest.settings.rule(), &entry);
    let points = awards.iter().fold(0_i64, |sum, award| sum.saturating_add(award.points));
    let imported = adjusted_id(&entry, IMPORTED);
    let grants = awards.iter().map(async |award| {
        let reason = match award.fact.as_deref().filter(|_| award.cause == Cause::Adjusted) {
            Some(fact) if fact == imported => json!("Imported"),
            Some(fact) => json!(reason_of(app, &contest, &entry, fact).await?),
            None => json!(doubt(award)),
        };
        Ok(json!({
            "cause": award.cause.as_str(),
            "rule": award.rule(),
            "at": award.at.to_rfc3339(),
            "points": award.points,
            "reason": reason,
            "order": award.fact.as_deref().and_then(|fact| facts.get(fact)).and_then(order),
            "friend": friend(&facts, award),
            "flags": entries::flags(award.doubts),
            "fact": award.fact,
        }))
    });
    let is_said = |fact: &&Fact| matches!(fact, Fact::State(State { entry: of, kind: StateKind::Disqualified, .. }) if *of == entry);
    let said = facts.iter().filter(is_said).map(async |fact| {
        let reason = reason_of(app, &contest, &entry, &fact.id()).await?;
        let is_on = matches!(fact, Fact::State(State { on: true, .. }));
        Ok(json!({"at": fact.at().to_rfc3339(), "disqualified": is_on, "reason": reason}))
    });
    let (grants, said) = try_join(all(grants), all(said)).await?;
    Ok(Reply::data(false, json!({"id": id, "points": points, "grants": grants, "disqualifications": said})))
}

/// The order that a grant is for.
fn order(fact: &Fact) -> Option<Value> {
    let Fact::Purchased(told) = fact else { return None };
    Some(json!({
        "orderId": told.order.as_str(),
        "amount": major(told.minor, &told.currency),
        "currency": told.currency.as_str(),
    }))
}

/// Who else signed up or bought, if they still take part.
fn friend<'a>(facts: &'a Facts, award: &Award) -> Option<&'a str> {
    let friend = match facts.get(award.fact.as_deref()?)? {
        Fact::Joined(joined) => &joined.entry,
        Fact::Purchased(told) => &told.friend,
        _ => return None,
    };
    (*friend != award.entry && is_there(facts, friend).is_ok()).then(|| friend.as_str())
}

/// What is doubtful, and whether that is why it earned nothing.
fn doubt(award: &Award) -> Option<String> {
    let said = |rules: &mut dyn Iterator<Item = Rule>| rules.map(Rule::reason).collect::<Vec<_>>().join("; ");
    match award.cause {
        Cause::Blocked => Some(format!("Earned nothing: {}", said(&mut award.doubts.blocking()))),
        _ if award.doubts == Doubts::NONE => None,
        _ => Some(format!("Doubtful: {}", said(&mut award.doubts.rules()))),
    }
}

/// `DELETE /api/v1/entries/:id`: forgets the person. The facts stay, which name nobody: the totals of others follow from them.
///
/// That the entry is erased is written first. Whoever comes in between finds it; what was cut off is done by the next call.
pub async fn erase<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let (contest, entry) = find(app, &key, id).await?;
    let (joined, erased) = both(
        app.ledger.fact(&contest.id, &joined_id(&entry)),
        app.ledger.fact(&contest.id, &erased_id(&entry)),
    )
    .await?;
    let Some(Fact::Joined(joined)) = joined else { return Err(Error::ENTRY) };
    if erased.is_none() {
        let tombstone = state(&entry, StateKind::Erased, Some(ERASURE), true, app.now);
        app.ledger.write(&contest.id, &Fact::State(tombstone)).await?;
    }
    forget(app, &contest, &entry, &joined.code).await?;
    Ok(Reply::data(false, json!({"id": id, "erased": true, "alreadyExists": erased.is_some()})))
}

/// Removes all that is personal; the code leads to nobody, and nobody else gets it.
pub(super) async fn forget<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    entry: &EntryId,
    code: &Code,
) -> Result<(), Error> {
    let nobody = Referrer { erased: true, ..Referrer::of(entry) };
    both(
        app.ledger.put(&ledger::referrer(&contest.id, code), &nobody),
        app.ledger.remove(&ledger::person(&contest.id, entry)),
    )
    .await?;
    app.ledger.rename(&contest.id, entry);
    let reasons = ledger::reasons_of(&contest.id, entry);
    for reason in app.ledger.names(&reasons).await? {
        app.ledger.remove(&reasons.key(&reason)).await?;
    }
    Ok(())
}
