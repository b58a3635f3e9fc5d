//! The endpoints that a shopper's browser calls. They need no key, and tell a stranger nothing.

use std::rc::Rc;

use domain::attribution::Attribution;
use domain::contest::Contest;
use domain::email::Email;
use domain::fact::{ANY_DAY, Fact, Source, Visited, visited_id};
use domain::json;
use domain::points::Points;
use domain::settings::ExposeReferrer;
use domain::webhook::comes_again;
use domain::{Code, Timestamp, id, site, text};
use serde::Serialize;

use super::people::{Identity, advocate, given_code};
use super::purchases::{self, Sale};
use super::told::announce_plain;
use super::trust::Caller;
use super::{App, both, entries, token};
use crate::error::Error;
use crate::http::{Call, Reply, Sent};
use crate::ledger::{self, Ledger, Place, Places, Question};

/// `GET /api/referral/validate-code?code&contestId`: whose a code is, as far as the contest lets a stranger know. Most ask for a code
/// that somebody has asked for a moment ago.
pub async fn validate_code<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let (contest, code) = contest_and_code(app, call).await?;
    contest.open(app.now)?;
    let Ok(code) = code else { return Ok(Reply::flat(200, NOT_VALID.to_owned())) };
    if let Some(told) = app.recent.owner(&contest, &code, app.now) {
        return Ok(Reply::flat(200, told));
    }
    let Some(advocate) = advocate(app, &contest.id, &code).await? else {
        return Ok(Reply::flat(200, NOT_VALID.to_owned()));
    };
    let mut answer = json!({"valid": true, "contestId": contest.id});
    if contest.settings.expose_referrer != ExposeReferrer::None {
        let person = app.ledger.get(&ledger::person(&contest.id, &advocate.entry)).await?.unwrap_or_default();
        let email = match contest.settings.expose_referrer {
            ExposeReferrer::Email => person.email,
            _ => person.masked_email(),
        };
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("referrerEmail".to_owned(), json!(email));
            answer.insert("referrerName".to_owned(), json!(person.name));
        }
    }
    let answer = json::text(&answer);
    app.recent.keep_owner(&contest, code, &answer, app.now);
    Ok(Reply::flat(200, answer))
}

const NOT_VALID: &str = "{\"valid\":false}";

/// `GET /api/referral/stats?code&contestId`: what a participant's widget shows.
pub async fn stats<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let (contest, code) = contest_and_code(app, call).await?;
    let code = code?;
    let Places { places, of, .. } = app.places(&contest, Question::Code(&code)).await?;
    let Place { rank, standing } = places.first().ok_or(Error::CODE)?;
    Ok(Reply::data(
        false,
        json!({
            "visits": standing.visits,
            "signups": standing.signups,
            "purchases": standing.purchases,
            "points": standing.points,
            "rank": rank,
            "of": of,
            "link": contest.settings.link(&code),
        }),
    ))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VisitAnswer {
    visit_id: String,
    already_exists: bool,
    contest: Window,
}

/// The script keeps to these where its tag says nothing else.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Window {
    window_days: u16,
    attribution: Attribution,
}

/// `POST /api/referral/track-visit`: somebody opened a link; once a code, browser and day.
pub async fn track_visit<L: Ledger>(app: &App<L>, sent: &Sent<'_>) -> Result<Reply, Error> {
    let (call, sent) = (sent.call, sent.fields()?);
    let (event_id, visitor, url) = (sent.text("eventId")?, sent.text("visitorId")?, sent.text("url")?);
    let event_id = token("eventId", event_id.as_deref())?;
    let visitor = token("visitorId", visitor.as_deref())?;
    let url =
        url.as_deref().filter(|url| !url.trim().is_empty()).map(|url| text::URL.check(url)).transpose()?;
    let code = Code::parse(&sent.text("referralCode")?.unwrap_or_default())?;
    let contest = open_contest(app, call, sent.text("contestId")?.as_deref()).await?;
    let at = Timestamp::of_event(event_id, app.now);
    // Whoever says nothing of the browser has every event counted, or every call.
    let day = if visitor.is_some() { at.day() } else { ANY_DAY.to_owned() };
    let visitor = visitor.or(event_id).map_or_else(|| id::hex(&(app.random)()), str::to_owned);
    let fact = visited_id(&code, &day, &visitor);

    let (owner, known) =
        both(app.ledger.get(&ledger::referrer(&contest.id, &code)), app.ledger.fact(&contest.id, &fact))
            .await?;
    owner.filter(|owner| !owner.erased).ok_or(Error::CODE)?;
    let doubts = Caller::of(app, &contest, call, sent).doubts(&contest);
    if let Some(known) = &known {
        if comes_again(known.at(), at, app.now) {
            announce_plain(app, &contest, known);
        }
    // One that does not count is answered like any other: its id follows from what it would have been.
    } else if !doubts.block() {
        let page = text::page(url.unwrap_or_default());
        let visited = Fact::Visited(Visited { at, code, day, visitor, page, doubts });
        app.ledger.write(&contest.id, &visited).await?;
        announce_plain(app, &contest, &visited);
    }
    Ok(Reply::data(
        known.is_none(),
        VisitAnswer {
            visit_id: id::visit_id(&app.secrets.ledger, &contest.id, &fact),
            already_exists: known.is_some(),
            contest: Window {
                window_days: contest.settings.window_days,
                attribution: contest.settings.attribution,
            },
        },
    ))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignupAnswer<'a> {
    entry_id: &'a str,
    email: &'a str,
    referral_code: &'a str,
    already_exists: bool,
    is_referred: bool,
    points_awarded: Points,
}

/// `POST /api/referral/track-signup`: the friend becomes a participant with a code of their own.
pub async fn track_signup<L: Ledger>(app: &App<L>, sent: &Sent<'_>) -> Result<Reply, Error> {
    let (call, sent) = (sent.call, sent.fields()?);
    let (event_id, name, phone) = (sent.text("eventId")?, sent.text("name")?, sent.text("phone")?);
    let event_id = token("eventId", event_id.as_deref())?;
    let email = Email::parse(&sent.text("email")?.unwrap_or_default())?;
    let identity = Identity::read(Some(email.clone()), name.as_deref(), phone.as_deref())?;
    let code = given_code(sent.text("referralCode")?.as_deref())?;
    let contest = open_contest(app, call, sent.text("contestId")?.as_deref()).await?;
    let at = Timestamp::of_event(event_id, app.now);

    let caller = Caller::of(app, &contest, call, sent);
    let entry = entries::join(app, &contest, &identity, code.as_ref(), &caller, at).await?;
    Ok(Reply::data(
        !entry.already_exists,
        SignupAnswer {
            entry_id: entry.id.as_str(),
            email: email.as_str(),
            referral_code: entry.code.as_str(),
            already_exists: entry.already_exists,
            is_referred: entry.is_referred,
            points_awarded: entry.points,
        },
    ))
}

/// `POST /api/referral/track-purchase`: credits whom the buyer is bound to, once an order.
pub async fn track_purchase<L: Ledger>(app: &App<L>, sent: &Sent<'_>) -> Result<Reply, Error> {
    let (call, sent) = (sent.call, sent.fields()?);
    let sale = Sale::read(sent, app.now)?;
    let code = given_code(sent.text("referralCode")?.as_deref())?;
    let contest = open_contest(app, call, sent.text("contestId")?.as_deref()).await?;
    let caller = Caller::of(app, &contest, call, sent);
    let bought = purchases::record(app, &contest, &sale, Source::Browser, code.as_ref(), &caller).await?;
    Ok(purchases::reply(&bought))
}

/// A contest that takes visits, signups and purchases now.
async fn open_contest<L: Ledger>(app: &App<L>, call: &Call, id: Option<&str>) -> Result<Rc<Contest>, Error> {
    let contest = called_contest(app, call, id).await?;
    contest.open(app.now)?;
    Ok(contest)
}

/// A code in a query is called `code`, not `referralCode`.
fn query_code(text: &str) -> Result<Code, Error> {
    Code::parse(text)
        .map_err(|invalid| Error::field("code", invalid.reason.replacen("referralCode", "code", 1)))
}

/// The code may be malformed, which is for the caller to judge.
async fn contest_and_code<L: Ledger>(
    app: &App<L>,
    call: &Call,
) -> Result<(Rc<Contest>, Result<Code, Error>), Error> {
    let sent = call.query("code").unwrap_or_default();
    if sent.trim().is_empty() {
        return Err(Error::field("code", "code is required"));
    }
    let code = query_code(sent);
    Ok((called_contest(app, call, call.query("contestId")).await?, code))
}

/// The contest of an id, if pages like the caller's may call it. The deployment's own page may.
pub(super) async fn called_contest<L: Ledger>(
    app: &App<L>,
    call: &Call,
    id: Option<&str>,
) -> Result<Rc<Contest>, Error> {
    let contest = app.recent_contest(required_contest(id)?).await?;
    match call.origin.as_deref() {
        Some(origin)
            if !contest.settings.allows(Some(origin)) && site::host(origin) != Some(call.host.as_str()) =>
        {
            Err(Error::Origin(origin.to_owned()))
        }
        _ => Ok(contest),
    }
}

fn required_contest(id: Option<&str>) -> Result<&str, Error> {
    let id = id.map(str::trim).filter(|id| !id.is_empty());
    id.ok_or_else(|| Error::field("contestId", "contestId is required"))
}
