//! What is told of a fact by webhook: to which endpoints, and about whom.

use std::rc::Rc;

use domain::fact::{
    Fact, Purchased, Source, Stage, disputed_prefix, erased_id, linked_prefix, purchased_prefix,
    refunded_prefix,
};
use domain::fold::{counted, left_of};
use domain::json;
use domain::webhook::event::{Told, events, taken};
use domain::webhook::{Endpoint, EventType, event_id};
use domain::{Code, Contest, EntryId, id, text};
use serde_json::{Map, Value};

use super::board::major;
use super::entry::reason_of;
use super::people::known;
use super::purchases::gives;
use super::{App, both};
use crate::error::Error;
use crate::ledger::{self, Ledger, Mark, Unavailable};
use crate::outbox::{Message, Queue};

/// Over how many numbers of one order it is looked for.
const MOST_NUMBERS: usize = 5;

/// Tells the endpoints of a contest what follows from a fact that is stored.
pub(super) fn announce<L>(app: &App<L>, contest: &Contest, fact: &Fact, told: Told) {
    if !app.outbox.has_queue {
        return;
    }
    for mut event in events(fact, told) {
        if let (Fact::Visited(_), Some(data)) = (fact, event.data.as_object_mut()) {
            let visit = id::visit_id(&app.secrets.ledger, &contest.id, &fact.id());
            data.insert("visitId".to_owned(), json!(visit));
        }
        app.outbox.tell(&contest.id, event);
    }
}

/// Tells which points go with what goes back of an order, or come again: those that are gone and were not told yet. Of an order, and
/// of a number that is found to be one, what was waiting for it. That takes some reading, so it is looked for only where somebody
/// wants to know.
///
/// What was told is kept with the order: it is told the same again, and once where two report one refund under numbers of which one
/// does not lead to the other.
pub(super) async fn announce_taken<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    links: &[Fact],
    fact: &Fact,
) -> Result<(), Unavailable> {
    let is_wanted = |endpoint: &Endpoint| endpoint.takes(EventType::PointsAwarded);
    if !app.outbox.has_queue || !recent_endpoints(app, &contest.id).await?.iter().any(is_wanted) {
        return Ok(());
    }
    let mut back = Vec::new();
    for fact in links.iter().chain([fact]) {
        let number = match fact {
            Fact::Linked(link) => &link.alias,
            // A browser knows first, and need not wait for what is looked for.
            Fact::Purchased(order) if order.source != Source::Browser => &order.purchase,
            fact => {
                back.push(fact.clone());
                continue;
            }
        };
        for mark in app.ledger.names(&ledger::taken_of(&contest.id, number)).await? {
            back.extend(app.ledger.fact(&contest.id, told(&mark).0).await?);
        }
    }
    for fact in back {
        tell_taken(app, contest, fact).await?;
    }
    Ok(())
}

/// What is kept of what was told: of which fact, and how many points, if any.
fn told(mark: &str) -> (&str, Option<(i64, i64)>) {
    let (rest, friend) = mark.rsplit_once('/').unwrap_or_default();
    let (id, advocate) = rest.rsplit_once('/').unwrap_or_default();
    (id, advocate.parse().ok().zip(friend.parse().ok()))
}

async fn tell_taken<L: Ledger>(app: &App<L>, contest: &Contest, fact: Fact) -> Result<(), Unavailable> {
    let (number, comes_again) = match &fact {
        Fact::Refunded(refund) => (&refund.purchase, false),
        Fact::Disputed(dispute) => (&dispute.purchase, dispute.stage == Stage::Won),
        _ => return Ok(()),
    };
    let (numbers, mut facts) = reports(app, contest, number).await?;
    let order = counted(&facts).cloned();
    let placed = facts.iter().map(Fact::at).min().unwrap_or(fact.at());
    let mut marks = Vec::new();
    for number in &numbers {
        let (refunds, disputes) = both(
            app.ledger.facts(&contest.id, &refunded_prefix(number)),
            app.ledger.facts(&contest.id, &disputed_prefix(number)),
        )
        .await?;
        facts.extend(refunds.into_iter().chain(disputes));
        marks.append(&mut app.ledger.names(&ledger::taken_of(&contest.id, number)).await?);
    }
    let bindings = match &order {
        Some(order) => known(app, &contest.id, &order.friend).await?.bindings,
        None => Vec::new(),
    };
    let by = contest.settings.rule().credited(&bindings, placed).map(|binding| &binding.code);
    let gave = |order: &Purchased| gives(&Fact::Purchased(order.clone()), by.is_some() || order.by.is_some());
    let id = fact.id();
    let (under, mark) = if let Some(order) = order.filter(gave) {
        let (mut own, mut gone) = (None, (0_i64, 0_i64));
        for (of, points) in marks.iter().map(|mark| told(mark)) {
            let (advocate, friend) = points.unwrap_or_default();
            gone = (gone.0.saturating_add(advocate), gone.1.saturating_add(friend));
            own = own.or(points.filter(|_| of == id));
        }
        // It may not be seen yet.
        if facts.iter().all(|known| known.id() != id) {
            facts.push(fact.clone());
        }
        let left = left_of(&facts).points;
        let due = |left: u32, gave: u32, told: i64| {
            let due = i64::from(left).saturating_sub(gave.into()).saturating_sub(told);
            if comes_again { due.max(0) } else { due.min(0) }
        };
        let (advocate, friend) = own.unwrap_or_else(|| {
            (due(left.advocate, order.points.advocate, gone.0), due(left.friend, order.points.friend, gone.1))
        });
        for event in taken(&fact, by, &order.friend, (advocate, friend)) {
            app.outbox.tell(&contest.id, event);
        }
        if own.is_some() {
            return Ok(());
        }
        (vec![order.purchase], [&id, "/", &advocate.to_string(), "/", &friend.to_string()].concat())
    } else {
        (numbers, [&id, "//"].concat())
    };
    for number in under {
        app.ledger.put(&ledger::taken_of(&contest.id, &number).key(&mark), &Mark {}).await?;
    }
    Ok(())
}

/// Sends what a request has to tell, to the endpoints that take it.
pub(crate) async fn send<L: Ledger>(app: &App<L>, queue: &impl Queue) -> Result<(), Error> {
    for (contest, event) in app.outbox.take_news() {
        let endpoints = recent_endpoints(app, &contest).await?;
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.takes(event.kind)) {
            app.outbox.put(Message {
                contest: contest.clone(),
                endpoint: endpoint.id.clone(),
                id: event_id(&app.secrets.ledger, &contest, &endpoint.id, &event.key),
                kind: event.kind.as_str().to_owned(),
                at: event.at,
                attempt: 1,
                data: event.data.clone(),
            });
        }
    }
    app.outbox.send(queue).await.map_err(|cause| Error::Unavailable(["queue: ", &cause].concat()))
}

/// The endpoints of a contest as they are, or were half a minute ago. Of a contest that never had one, that is a single read.
async fn recent_endpoints<L: Ledger>(app: &App<L>, contest: &str) -> Result<Rc<Vec<Endpoint>>, Unavailable> {
    if let Some(endpoints) = app.recent.endpoints(contest, app.now) {
        return Ok(endpoints);
    }
    let endpoints = match app.ledger.get(&ledger::has_endpoints(contest)).await? {
        Some(_) => endpoints(app, contest).await?,
        None => Vec::new(),
    };
    let endpoints = Rc::new(endpoints);
    app.recent.keep_endpoints(contest, &endpoints, app.now);
    Ok(endpoints)
}

/// The endpoints of a contest, the oldest first.
pub(super) async fn endpoints<L: Ledger>(app: &App<L>, contest: &str) -> Result<Vec<Endpoint>, Unavailable> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for id in app.ledger.names(&ledger::endpoints_of(contest)).await?.iter().filter(|id| is_endpoint(id)) {
        // One that was just removed may still be listed.
        if let Some(endpoint) = app.ledger.get(&ledger::endpoint(contest, id)).await? {
            let place = endpoints.partition_point(|known| known.created_at <= endpoint.created_at);
            endpoints.insert(place, endpoint);
        }
    }
    Ok(endpoints)
}

/// May it be the id of one?
pub(super) fn is_endpoint(id: &str) -> bool {
    id.starts_with("wh_") && text::is_token(id)
}

/// The same of a fact that gives nobody credit but whom it names.
pub(super) fn announce_plain<L>(app: &App<L>, contest: &Contest, fact: &Fact) {
    announce(app, contest, fact, Told { by: None, gives: true });
}

/// What is sent: the event with who took part as they are called now, and with money in major units.
pub(crate) async fn complete<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    message: &Message,
) -> Result<Value, Unavailable> {
    let mut data = message.data.as_object().cloned().unwrap_or_default();
    if message.kind == EventType::PurchaseRefunded.as_str() {
        of_order(app, contest, &mut data).await?;
    }
    if let Some(minor) = data.remove("minor") {
        data.insert("amount".to_owned(), amount(&minor, data.get("currency")));
    }
    participant(app, contest, &mut data).await?;
    if let Some(advocate) = data.get_mut("advocate").and_then(Value::as_object_mut) {
        participant(app, contest, advocate).await?;
    }
    data.insert("contestId".to_owned(), json!(contest.id));
    Ok(Value::Object(data))
}

fn amount(minor: &Value, currency: Option<&Value>) -> Value {
    minor.as_i64().zip(currency.and_then(Value::as_str)).map_or(Value::Null, |(m, c)| json!(major(m, c)))
}

/// Whom an object names, by their entry or by their code.
async fn participant<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    object: &mut Map<String, Value>,
) -> Result<(), Unavailable> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let entry = match (text("entryId"), text("referralCode").and_then(|code| Code::parse(code).ok())) {
        (Some(entry), _) => EntryId::parse(entry),
        (None, Some(code)) => {
            let owner = app.ledger.get(&ledger::referrer(&contest.id, &code)).await?;
            owner.and_then(|owner| EntryId::parse(&owner.entry))
        }
        // Of what comes before its order, nobody knows yet whose it is.
        (None, None) if object.contains_key("entryId") => None,
        (None, None) => return Ok(()),
    };
    let mut person = None;
    if let Some(entry) = &entry {
        let (known, erased) = both(
            app.ledger.get(&ledger::person(&contest.id, entry)),
            app.ledger.fact(&contest.id, &erased_id(entry)),
        )
        .await?;
        // An erasure that was cut off has not removed the person yet.
        person = known.filter(|_| erased.is_none());
        let adjusted =
            object.get("fact").and_then(Value::as_str).filter(|fact| fact.starts_with("adjusted/"));
        if let (Some(fact), None) = (adjusted, erased) {
            let reason = reason_of(app, contest, entry, fact).await?;
            object.insert("reason".to_owned(), reason.unwrap_or_else(|| "".into()));
        }
    }
    let person = person.unwrap_or_default();
    object.insert("entryId".to_owned(), json!(entry.as_ref().map(EntryId::as_str)));
    object.insert("email".to_owned(), json!(person.email));
    object.insert("name".to_owned(), json!(person.name));
    object.insert("phone".to_owned(), json!(person.phone));
    Ok(())
}

/// All numbers that a number leads to, and what was reported of an order under them.
async fn reports<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    number: &str,
) -> Result<(Vec<String>, Vec<Fact>), Unavailable> {
    let mut numbers = vec![number.to_owned()];
    let mut reports = Vec::new();
    let mut next = 0;
    while let Some(number) = numbers.get(next).cloned().filter(|_| next < MOST_NUMBERS) {
        let (links, told) = both(
            app.ledger.facts(&contest.id, &linked_prefix(&number)),
            app.ledger.facts(&contest.id, &purchased_prefix(&number)),
        )
        .await?;
        for link in links {
            match link {
                Fact::Linked(link) if !numbers.contains(&link.purchase) => numbers.push(link.purchase),
                _ => {}
            }
        }
        reports.extend(told);
        next = next.saturating_add(1);
    }
    Ok((numbers, reports))
}

/// Of what goes back, whose order it is: a provider names it by another number than the order's.
async fn of_order<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    data: &mut Map<String, Value>,
) -> Result<(), Unavailable> {
    let named = data.get("purchaseId").and_then(Value::as_str).unwrap_or_default();
    let (_, reports) = reports(app, contest, named).await?;
    let order = counted(&reports);
    let currency = order.map(|order| &order.currency);
    // A refund without an amount is of all of it.
    if data.get("minor").is_some_and(Value::is_null) {
        data.insert("minor".to_owned(), json!(order.map(Purchased::charged)));
    }
    if data.get("currency").is_none() {
        data.insert("currency".to_owned(), json!(currency));
    }
    if let Some(order) = order {
        data.insert("purchaseId".to_owned(), json!(order.purchase));
    }
    data.insert("orderId".to_owned(), json!(order.map(|order| &order.order)));
    data.insert("entryId".to_owned(), json!(order.map(|order| order.friend.as_str())));
    data.insert("orderAmount".to_owned(), json!(order.map(|order| major(order.minor, &order.currency))));
    Ok(())
}
