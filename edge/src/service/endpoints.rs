//! Where the owner of a contest is told of what happens. Each endpoint has a record of its own, so that nobody undoes what another
//! changes; what a shopper's request asks of them is in [`super::told`].

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::json;
use domain::webhook::{Endpoint, EventType, MAX_ENDPOINTS, TEST, address};
use domain::{Contest, Timestamp, id, text};
use serde_json::Value;

use super::App;
use super::told::{endpoints, is_endpoint};
use crate::body::Fields;
use crate::error::Error;
use crate::http::{Call, Paging, Reply};
use crate::ledger::{self, Ledger, Mark};
use crate::outbox::Message;
use crate::seal;

/// What a secret begins with, by Standard Webhooks.
const PREFIX: &str = "whsec_";

/// `GET /api/v1/contests/:id/webhooks`: the endpoints of a contest, without their secrets.
pub async fn list<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let paging = Paging::read(call)?;
    let contest = owned(app, call, contest).await?;
    let endpoints = endpoints(app, &contest.id).await?;
    let part: Vec<Value> = paging.of(&endpoints).iter().map(shown).collect();
    Ok(Reply::list(&part, paging, endpoints.len()))
}

/// `POST /api/v1/contests/:id/webhooks`: adds one. Its secret is in the answer and is not shown again.
pub async fn create<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let contest = owned(app, call, contest).await?;
    if !app.outbox.has_queue {
        return Err(Error::NoQueue);
    }
    let sent = call.fields()?;
    let mut endpoint = Endpoint {
        id: ["wh_", &id::hex(&(app.random)()).chars().take(16).collect::<String>()].concat(),
        url: String::new(),
        events: Vec::new(),
        description: String::new(),
        enabled: true,
        created_at: app.now,
        secrets: Vec::new(),
    };
    if sent.text("url")?.is_none() {
        return Err(Error::field("url", "url is required: where to send events"));
    }
    read_into(app, &sent, &mut endpoint)?;
    let others = endpoints(app, &contest.id).await?;
    is_new(&others, &endpoint)?;
    if others.len() >= MAX_ENDPOINTS {
        return Err(Error::Conflict("A contest has at most 10 endpoints"));
    }
    let secret = new_secret(app, &contest.id, &mut endpoint)?;
    let answer = with_secret(shown(&endpoint), &secret);
    // First: an endpoint that nobody looks for would be told nothing.
    app.ledger.put(&ledger::has_endpoints(&contest.id), &Mark {}).await?;
    save(app, &contest, &endpoint).await?;
    Ok(Reply::data(true, answer))
}

/// `PUT …/webhooks/:endpointId`: what is left out stays. With `rotateSecret`, the answer has a new secret, and the old one
/// signs for another day.
pub async fn change<L: Ledger>(
    app: &App<L>,
    call: &Call,
    contest: &str,
    endpoint: &str,
) -> Result<Reply, Error> {
    let contest = owned(app, call, contest).await?;
    let mut endpoint = known(app, &contest, endpoint).await?;
    let sent = call.fields()?;
    read_into(app, &sent, &mut endpoint)?;
    is_new(&endpoints(app, &contest.id).await?, &endpoint)?;
    let secret = match sent.flag("rotateSecret")? {
        Some(true) => Some(new_secret(app, &contest.id, &mut endpoint)?),
        _ => None,
    };
    let mut answer = shown(&endpoint);
    if let Some(secret) = &secret {
        answer = with_secret(answer, secret);
    }
    save(app, &contest, &endpoint).await?;
    Ok(Reply::data(false, answer))
}

/// `DELETE …/webhooks/:endpointId`: what is on its way to it is dropped.
pub async fn delete<L: Ledger>(
    app: &App<L>,
    call: &Call,
    contest: &str,
    endpoint: &str,
) -> Result<Reply, Error> {
    let contest = owned(app, call, contest).await?;
    known(app, &contest, endpoint).await?;
    app.ledger.remove(&ledger::endpoint(&contest.id, endpoint)).await?;
    app.recent.forget(&contest.id);
    Ok(Reply::data(false, json!({"id": endpoint, "deleted": true})))
}

/// `POST …/webhooks/:endpointId/test`: sends an event that says nothing, the way that every other goes.
pub async fn test<L: Ledger>(
    app: &App<L>,
    call: &Call,
    contest: &str,
    endpoint: &str,
) -> Result<Reply, Error> {
    let contest = owned(app, call, contest).await?;
    let endpoint = sending(app, &contest, endpoint).await?;
    let delivery = ["evt_", &id::hex(&(app.random)()).chars().take(32).collect::<String>()].concat();
    app.outbox.put(Message {
        contest: contest.id.clone(),
        endpoint: endpoint.id.clone(),
        id: delivery.clone(),
        kind: TEST.to_owned(),
        at: app.now,
        attempt: 1,
        data: json!({"endpointId": endpoint.id}),
    });
    Ok(Reply::data(true, json!({"deliveryId": delivery})))
}

/// The contest of an id, for a private key of its team.
pub(super) async fn owned<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Contest, Error> {
    let key = app.private_key(call).await?;
    app.own_contest(contest, &key).await
}

/// No other endpoint of the contest has its url.
fn is_new(endpoints: &[Endpoint], endpoint: &Endpoint) -> Result<(), Error> {
    if endpoints.iter().any(|known| known.url == endpoint.url && known.id != endpoint.id) {
        return Err(Error::Conflict("An endpoint with this url exists already"));
    }
    Ok(())
}

/// An endpoint, if something can be sent to it now.
pub(super) async fn sending<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    endpoint: &str,
) -> Result<Endpoint, Error> {
    let endpoint = known(app, contest, endpoint).await?;
    match (app.outbox.has_queue, endpoint.enabled) {
        (false, _) => Err(Error::NoQueue),
        (_, false) => Err(Error::Conflict("This endpoint is disabled")),
        _ => Ok(endpoint),
    }
}

/// An endpoint as it is now.
pub(super) async fn known<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    endpoint: &str,
) -> Result<Endpoint, Error> {
    if !is_endpoint(endpoint) {
        return Err(Error::ENDPOINT);
    }
    app.ledger.get(&ledger::endpoint(&contest.id, endpoint)).await?.ok_or(Error::ENDPOINT)
}

/// Writes an endpoint that was made or changed. What was read of the contest's a moment ago is forgotten.
async fn save<L: Ledger>(app: &App<L>, contest: &Contest, endpoint: &Endpoint) -> Result<(), Error> {
    app.ledger.put(&ledger::endpoint(&contest.id, &endpoint.id), endpoint).await?;
    app.recent.forget(&contest.id);
    Ok(())
}

/// Takes what was sent of an endpoint.
fn read_into<L>(app: &App<L>, sent: &Fields<'_>, endpoint: &mut Endpoint) -> Result<(), Error> {
    if let Some(url) = sent.text("url")? {
        let url = url.trim();
        address::check(url, app.outbox.allows_private)?;
        url.clone_into(&mut endpoint.url);
    }
    if let Some(events) = sent.list("events")? {
        let one = |sent: &serde_json::value::RawValue| {
            serde_json::from_str::<String>(sent.get()).ok().and_then(|name| EventType::parse(&name))
        };
        let events: Option<Vec<EventType>> = events.into_iter().map(one).collect();
        let names = || EventType::ALL.map(EventType::as_str).join(", ");
        let events =
            events.ok_or_else(|| Error::field("events", format!("events must be a list of: {}", names())))?;
        endpoint.events = EventType::ALL.into_iter().filter(|kind| events.contains(kind)).collect();
    }
    if let Some(description) = sent.text("description")? {
        endpoint.description = match description.trim() {
            "" => String::new(),
            description => text::DESCRIPTION.check(description)?.to_owned(),
        };
    }
    if let Some(enabled) = sent.flag("enabled")? {
        endpoint.enabled = enabled;
    }
    Ok(())
}

/// Makes a secret, and gives it to the endpoint sealed.
fn new_secret<L>(app: &App<L>, contest: &str, endpoint: &mut Endpoint) -> Result<String, Error> {
    let secret = [PREFIX, &STANDARD.encode((app.random)())].concat();
    let place = [contest, "webhooks", &endpoint.id];
    let sealed = seal::seal(&app.secrets.ledger, &place, (app.random)(), &secret);
    let sealed = sealed.ok_or_else(|| Error::Internal("cannot seal a webhook's secret".to_owned()))?;
    endpoint.rotate(sealed, app.now);
    Ok(secret)
}

/// The keys that sign for an endpoint at a moment.
pub(crate) fn signing_secrets<L>(
    app: &App<L>,
    contest: &str,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Vec<Vec<u8>> {
    let place = [contest, "webhooks", endpoint.id.as_str()];
    let open = |sealed: &str| {
        let secret = seal::open(&app.secrets.ledger, &place, sealed)?;
        STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()
    };
    endpoint.signing(now).filter_map(open).collect()
}

fn shown(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "description": endpoint.description,
        "enabled": endpoint.enabled,
        "createdAt": endpoint.created_at.to_rfc3339(),
    })
}

fn with_secret(mut shown: Value, secret: &str) -> Value {
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("secret".to_owned(), json!(secret));
    }
    shown
}
