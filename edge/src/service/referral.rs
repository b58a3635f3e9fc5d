//! The endpoints that a shopper's browser calls. They need no key, and tell a stranger nothing.

use domain::contest::Contest;
use domain::decide::{Buyer, Order, purchase, reported};
use domain::email::Email;
use domain::fact::{ANY_DAY, Fact, Source, Visited, purchased_prefix, visited_id};
use domain::points::Points;
use domain::settings::ExposeReferrer;
use domain::{Code, Currency, EntryId, Money, Timestamp, id, text};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::contests::standings_of;
use super::people::{Identity, advocate, friend, given_code};
use super::{App, both, entries};
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, Ledger};

/// `GET /api/referral/validate-code?code&contestId`: whose a code is, as far as the contest lets a stranger know.
pub async fn validate_code<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let (contest, code) = contest_and_code(app, call).await?;
    contest.open(app.now)?;
    let Ok(code) = code else { return Ok(Reply::flat(200, json!({"valid": false}))) };
    let Some(advocate) = advocate(app, &contest.id, &code).await? else {
        return Ok(Reply::flat(200, json!({"valid": false})));
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
    Ok(Reply::flat(200, answer))
}

/// `GET /api/referral/stats?code&contestId`: what a participant's widget shows.
pub async fn stats<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let (contest, code) = contest_and_code(app, call).await?;
    let code = code?;
    let standings = standings_of(app, &contest).await?;
    let (rank, standing) = standings.of_code(&code).ok_or(Error::CODE)?;
    Ok(Reply::data(
        false,
        json!({
            "visits": standing.visits,
            "signups": standing.signups,
            "purchases": standing.purchases,
            "points": standing.points,
            "rank": rank,
            "of": standings.ranked().len(),
            "link": contest.settings.link(&code),
        }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewVisit {
    contest_id: Option<String>,
    referral_code: Option<String>,
    url: Option<String>,
    visitor_id: Option<String>,
    event_id: Option<String>,
}

/// `POST /api/referral/track-visit`: somebody opened a link; once a code, browser and day.
pub async fn track_visit<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let new: NewVisit = call.read()?;
    let event_id = token("eventId", new.event_id.as_deref())?;
    let visitor = token("visitorId", new.visitor_id.as_deref())?;
    let url = new
        .url
        .as_deref()
        .filter(|url| !url.trim().is_empty())
        .map(|url| text::URL.check(url))
        .transpose()?;
    let code = Code::parse(new.referral_code.as_deref().unwrap_or_default())?;
    let contest = open_contest(app, new.contest_id.as_deref()).await?;
    let at = Timestamp::of_event(event_id, app.now);
    // Whoever says nothing of the browser has every event counted, or every call.
    let day = if visitor.is_some() { at.day() } else { ANY_DAY.to_owned() };
    let visitor = visitor.or(event_id).map_or_else(|| id::hex(&(app.random)()), str::to_owned);
    let fact = visited_id(&code, &day, &visitor);

    let (owner, known) =
        both(app.ledger.get(&ledger::referrer(&contest.id, &code)), app.ledger.fact(&contest.id, &fact))
            .await?;
    owner.ok_or(Error::CODE)?;
    if known.is_none() {
        let page = text::page(url.unwrap_or_default());
        app.ledger.write(&contest.id, &Fact::Visited(Visited { at, code, day, visitor, page })).await?;
    }
    Ok(Reply::data(
        known.is_none(),
        json!({
            "visitId": id::visit_id(&app.secrets.ledger, &contest.id, &fact),
            "alreadyExists": known.is_some(),
            // The script keeps to these where its tag says nothing else.
            "contest": {"windowDays": contest.settings.window_days, "attribution": contest.settings.attribution},
        }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewSignup {
    contest_id: Option<String>,
    email: Option<String>,
    referral_code: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    event_id: Option<String>,
}

/// `POST /api/referral/track-signup`: the friend becomes a participant with a code of their own.
pub async fn track_signup<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let new: NewSignup = call.read()?;
    let event_id = token("eventId", new.event_id.as_deref())?;
    let email = Email::parse(new.email.as_deref().unwrap_or_default())?;
    let identity = Identity::read(Some(email.clone()), new.name.as_deref(), new.phone.as_deref())?;
    let code = given_code(new.referral_code.as_deref())?;
    let contest = open_contest(app, new.contest_id.as_deref()).await?;
    let at = Timestamp::of_event(event_id, app.now);

    let entry = entries::join(app, &contest, &identity, code.as_ref(), at).await?;
    Ok(Reply::data(
        !entry.already_exists,
        json!({
            "entryId": entry.id.as_str(),
            "email": email.as_str(),
            "referralCode": entry.code.as_str(),
            "alreadyExists": entry.already_exists,
            "isReferred": entry.is_referred,
            "pointsAwarded": entry.points,
        }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPurchase<'a> {
    contest_id: Option<String>,
    order_id: Option<String>,
    /// As it was written: a float would have rounded it.
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    currency: Option<String>,
    email: Option<String>,
    referral_code: Option<String>,
    event_id: Option<String>,
}

/// `POST /api/referral/track-purchase`: credits whom the buyer is bound to, once an order.
pub async fn track_purchase<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let new: NewPurchase = call.read()?;
    let event_id = token("eventId", new.event_id.as_deref())?;
    let order_id = text::ORDER_ID.check(new.order_id.as_deref().unwrap_or_default())?;
    let currency = new.currency.as_deref().filter(|currency| !currency.trim().is_empty()).unwrap_or("USD");
    let money = Money::parse(amount(new.amount)?, Currency::parse(currency)?)?;
    let email = Email::parse(new.email.as_deref().unwrap_or_default())?;
    let code = given_code(new.referral_code.as_deref())?;
    let contest = open_contest(app, new.contest_id.as_deref()).await?;

    let secret = &app.secrets.ledger;
    let buyer = EntryId::of(secret, &contest.id, &email);
    let order = Order {
        purchase: id::purchase_id(secret, &contest.id, order_id),
        id: order_id,
        money,
        source: Source::Browser,
        at: Timestamp::of_event(event_id, app.now),
    };
    let (reports, (joined, bindings)) = both(
        app.ledger.facts(&contest.id, &purchased_prefix(&order.purchase)),
        friend(app, &contest.id, &buyer),
    )
    .await?;
    if let Some(known) = reported(&contest, &order, &reports).filter(|known| known.settled) {
        return Ok(purchase_reply(&order, Some(&known.friend), Points::default(), known.pending, true));
    }
    let buyer = Buyer { entry: &buyer, joined: joined.is_some(), bindings: &bindings };
    let advocate = match code {
        Some(code) if !buyer.is_settled(&contest, order.at) => {
            Some(advocate(app, &contest.id, &code).await?.ok_or(Error::CODE)?)
        }
        _ => None,
    };
    let Some(purchase) = purchase(&contest, &buyer, &order, advocate.as_ref(), &reports) else {
        return Ok(purchase_reply(&order, None, Points::default(), false, false));
    };
    for fact in &purchase.facts {
        app.ledger.write(&contest.id, fact).await?;
    }
    Ok(purchase_reply(&order, Some(buyer.entry), purchase.points, purchase.pending, false))
}

fn purchase_reply(
    order: &Order,
    entry: Option<&EntryId>,
    points: Points,
    pending: bool,
    already_exists: bool,
) -> Reply {
    let message = match (already_exists, entry, pending) {
        (true, ..) => "Purchase was recorded before",
        (_, None, _) => "Nobody referred this buyer: nothing was recorded",
        (_, _, true) => "Purchase recorded; it earns points once it is confirmed",
        _ => "Purchase recorded successfully",
    };
    Reply::data(
        entry.is_some() && !already_exists,
        json!({
            "purchaseId": order.purchase,
            "entryId": entry.map(EntryId::as_str),
            "pointsAwarded": points,
            "status": if pending { "pending" } else { "confirmed" },
            "alreadyExists": already_exists,
            "message": message,
        }),
    )
}

/// The text of a JSON number. (The script takes numeric strings and sends a number.)
fn amount(amount: Option<&RawValue>) -> Result<&str, Error> {
    match amount.map_or("null", RawValue::get) {
        "null" => Err(Error::field("amount", "amount is required")),
        number if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => Ok(number),
        _ => Err(Error::field("amount", "amount must be a number")),
    }
}

/// A contest that takes visits, signups and purchases now.
async fn open_contest<L: Ledger>(app: &App<L>, id: Option<&str>) -> Result<Contest, Error> {
    let contest = app.contest(required_contest(id)?).await?;
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
) -> Result<(Contest, Result<Code, Error>), Error> {
    let sent = call.query("code").unwrap_or_default();
    if sent.trim().is_empty() {
        return Err(Error::field("code", "code is required"));
    }
    let code = query_code(sent);
    Ok((app.contest(required_contest(call.query("contestId"))?).await?, code))
}

fn required_contest(id: Option<&str>) -> Result<&str, Error> {
    let id = id.map(str::trim).filter(|id| !id.is_empty());
    id.ok_or_else(|| Error::field("contestId", "contestId is required"))
}

fn token<'a>(field: &'static str, value: Option<&'a str>) -> Result<Option<&'a str>, Error> {
    match value {
        Some(value) if !text::is_token(value) => {
            Err(Error::field(field, format!("{field} must be 1 to 64 letters, digits, '-' and '_'")))
        }
        value => Ok(value),
    }
}
