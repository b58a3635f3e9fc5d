//! Orders and what goes back of them, whoever reports them.

use domain::attribution::Binding;
use domain::decide::{Buyer, Order, purchase, reported, unseen};
use domain::fact::{Fact, Refunded, Source, disputed_prefix, purchased_prefix, refunded_prefix};
use domain::fold::{left_of, measured_by};
use domain::json;
use domain::points::Points;
use domain::trust::{Marks, Rule};
use domain::webhook::{comes_again, event};
use domain::{Code, Contest, Currency, Email, EntryId, Money, Timestamp, id, text};
use futures_util::TryFutureExt;
use futures_util::future::try_join3;
use serde::Serialize;

use super::board::major;
use super::people::{Known, first_known, known, remember_payer};
use super::told::{announce, announce_plain, announce_taken};
use super::trust::Caller;
use super::{App, token};
use crate::body::Fields;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::Ledger;

/// An order as a browser or a server writes it.
pub(super) struct Sale {
    pub(super) order_id: String,
    pub(super) money: Money,
    pub(super) email: Email,
    pub(super) at: Timestamp,
}

impl Sale {
    pub(super) fn read(sent: &Fields<'_>, now: Timestamp) -> Result<Self, Error> {
        let event_id = sent.text("eventId")?;
        let event_id = token("eventId", event_id.as_deref())?;
        let order_id = order_id(sent)?;
        let money = money(sent)?;
        let email = Email::parse(&sent.text("email")?.unwrap_or_default())?;
        Ok(Self { order_id, money, email, at: Timestamp::of_event(event_id, now) })
    }
}

/// What something costs; dollars, where no currency is named.
pub(super) fn money(sent: &Fields<'_>) -> Result<Money, Error> {
    let currency = sent.text("currency")?.filter(|currency| !currency.trim().is_empty());
    let currency = Currency::parse(currency.as_deref().unwrap_or("USD"))?;
    let amount = amount(sent)?.ok_or_else(|| Error::field("amount", "amount is required"))?;
    Ok(Money::parse(amount, currency)?)
}

fn order_id(sent: &Fields<'_>) -> Result<String, Error> {
    Ok(text::ORDER_ID.check(&sent.text("orderId")?.unwrap_or_default())?.to_owned())
}

/// The text of a JSON number. (The script takes numeric strings and sends a number.)
fn amount<'a>(sent: &Fields<'a>) -> Result<Option<&'a str>, Error> {
    let amount = sent.raw("amount")?;
    let is_number = |amount: &str| amount.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    match amount {
        Some(amount) if !is_number(amount) => Err(Error::field("amount", "amount must be a number")),
        amount => Ok(amount),
    }
}

/// What became of a report.
#[derive(Debug)]
pub(super) struct Bought {
    /// The purchase's id.
    pub(super) purchase: String,
    /// Who bought; `None` where nobody referred them and nothing is kept.
    pub(super) entry: Option<EntryId>,
    /// What this report earns.
    pub(super) points: Points,
    /// It earns nothing until a source that is trusted reports it.
    pub(super) pending: bool,
    /// The order was reported before.
    pub(super) already_exists: bool,
}

/// An order, who bought, and what belongs to it.
pub(super) struct Told<'a> {
    pub(super) order: Order<'a>,
    pub(super) buyer: EntryId,
    pub(super) email: Option<&'a Email>,
    /// Who says so, if it is the buyer's browser.
    pub(super) caller: &'a Caller,
    /// What may be the code of whoever brought the buyer.
    pub(super) codes: &'a [Code],
    /// Which other numbers are this order.
    pub(super) links: &'a [Fact],
    /// Numbers to remember for who pays, hashed.
    pub(super) remember: &'a [String],
}

/// Records what somebody says of an order.
pub(super) async fn record<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    sale: &Sale,
    source: Source,
    code: Option<&Code>,
    caller: &Caller,
) -> Result<Bought, Error> {
    let secret = &app.secrets.ledger;
    let order = Order {
        purchase: id::purchase_id(secret, &contest.id, &sale.order_id),
        id: &sale.order_id,
        money: sale.money,
        charged: None,
        source,
        at: sale.at,
    };
    let buyer = EntryId::of(secret, &contest.id, &sale.email);
    let codes = code.map(core::slice::from_ref).unwrap_or_default();
    let email = Some(&sale.email);
    record_told(app, contest, &Told { order, buyer, email, caller, codes, links: &[], remember: &[] }).await
}

/// Records what a source says of an order, once. A code counts only where it is not settled whom the buyer is bound to.
///
/// An order that is known is taken in a contest that is over, too: it is confirmed late. Of those who sign what they say, the
/// time is believed as well: they may come three days late.
pub(super) async fn record_told<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    told: &Told<'_>,
) -> Result<Bought, Error> {
    let Told { order, buyer, email, caller, codes, links, remember } = told;
    let is_signed = matches!(order.source, Source::Shopify | Source::Stripe);
    // A browser waits for what is looked for. Nobody does where there may be many codes, of which mostly none is needed.
    let early = if is_signed { Default::default() } else { *codes };
    let (reports, mut who, advocate) = try_join3(
        app.ledger.facts(&contest.id, &purchased_prefix(&order.purchase)).map_err(Error::from),
        known(app, &contest.id, buyer).map_err(Error::from),
        first_known(app, &contest.id, early),
    )
    .await?;
    let known = reported(contest, order, &reports);
    let unseen = unseen(buyer, &mut who.bindings, &reports);
    // Nothing new is kept of somebody who asked to be forgotten.
    if !who.erased {
        app.write_all(&contest.id, &unseen).await?;
    }
    caller.look_back(app, contest, buyer, &mut who, (Some(&reports), order.at)).await?;
    let Known { joined, bindings, erased } = who;
    let bought = |entry: Option<&EntryId>, points, pending| Bought {
        purchase: order.purchase.clone(),
        entry: entry.cloned(),
        points,
        pending,
        already_exists: known.is_some(),
    };
    if let Some(known) = known.as_ref().filter(|known| known.settled) {
        if let Some(own) = tell_again(app, contest, order, &reports, &bindings) {
            announce_taken(app, contest, links, own).await?;
        }
        return Ok(bought(Some(&known.friend), Points::default(), known.pending));
    }
    if known.is_none() {
        contest.open(if is_signed { order.at } else { app.now })?;
        if erased {
            return Ok(bought(None, Points::default(), false));
        }
    }
    let mut buyer =
        Buyer { entry: buyer, joined: joined.is_some(), bindings: &bindings, marks: Marks::default() };
    let settled = buyer.is_settled(contest, order.at);
    let advocate = match advocate {
        _ if settled => None,
        None if is_signed => first_known(app, &contest.id, codes).await?,
        advocate => advocate,
    };
    // What a provider passes on may be no code at all.
    if advocate.is_none() && !settled && !codes.is_empty() && !is_signed {
        return Err(Error::CODE);
    }
    // Who the buyer is matters where they are new, and a rule looks at it.
    let trust = contest.settings.trust;
    let is_looked_at = trust.looks_at(Rule::SelfReferral) || trust.looks_at(Rule::Disposable);
    let email = email.filter(|_| is_looked_at && advocate.is_some());
    buyer.marks = caller.marks(app, contest, email).await;
    let Some(purchase) = purchase(contest, &buyer, order, advocate.as_ref(), &reports) else {
        return Ok(bought(None, Points::default(), false));
    };
    remember_payer(app, &contest.id, remember, buyer.entry).await?;
    for link in *links {
        app.ledger.write(&contest.id, link).await?;
    }
    app.write_all(&contest.id, &purchase.facts).await?;
    // What was given before is not given again.
    let given = reports.iter().any(|report| gives(report, purchase.by.is_some()));
    for fact in &purchase.facts {
        announce(app, contest, fact, event::Told { by: purchase.by.as_ref(), gives: !given });
    }
    if let Some(fact) = purchase.facts.last() {
        announce_taken(app, contest, links, fact).await?;
    }
    let points = if given { Points::default() } else { purchase.points };
    Ok(bought(Some(buyer.entry), points, purchase.pending))
}

/// Does a report by itself give the points of its order? A doubt takes what comes by a referral.
pub(super) fn gives(report: &Fact, referred: bool) -> bool {
    matches!(report, Fact::Purchased(told) if !(told.pending || referred && told.doubts.block()))
}

/// Tells once more of a report that is there already, if it is the very one that is made now.
fn tell_again<'a, L>(
    app: &App<L>,
    contest: &Contest,
    order: &Order<'_>,
    reports: &'a [Fact],
    bindings: &[Binding],
) -> Option<&'a Fact> {
    let is_own = |fact: &&Fact| matches!(fact, Fact::Purchased(told) if told.source == order.source);
    let own = reports.iter().find(is_own).filter(|own| comes_again(own.at(), order.at, app.now))?;
    let credited = contest.settings.rule().credited(bindings, own.at());
    let gave = |other: &Fact| gives(other, credited.is_some()) && other.at() < own.at();
    let told = event::Told { by: credited.map(|binding| &binding.code), gives: !reports.iter().any(gave) };
    announce(app, contest, own, told);
    Some(own)
}

/// What is said to a person of a report.
pub(super) fn message(bought: &Bought) -> &'static str {
    match (bought.already_exists, &bought.entry, bought.pending) {
        (true, Some(_), false) if bought.points != Points::default() => "Purchase confirmed",
        (true, Some(_), _) => "Purchase was recorded before",
        (_, None, _) => "Nobody referred this buyer: nothing was recorded",
        (_, _, true) => "Purchase recorded; it earns points once it is confirmed",
        _ => "Purchase recorded successfully",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PurchaseAnswer<'a> {
    purchase_id: &'a str,
    entry_id: Option<&'a str>,
    points_awarded: Points,
    status: &'a str,
    already_exists: bool,
    message: &'a str,
}

/// The answer to a report.
pub(super) fn reply(bought: &Bought) -> Reply {
    Reply::data(
        bought.entry.is_some() && !bought.already_exists,
        PurchaseAnswer {
            purchase_id: &bought.purchase,
            entry_id: bought.entry.as_ref().map(EntryId::as_str),
            points_awarded: bought.points,
            status: if bought.pending { "pending" } else { "confirmed" },
            already_exists: bought.already_exists,
            message: message(bought),
        },
    )
}

/// `POST /api/v1/contests/:id/purchases`: the site's own server reports an order, or confirms what a browser reported.
pub async fn create<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let contest = app.own_contest(contest, &key).await?;
    let sale = Sale::read(&call.fields()?, app.now)?;
    let bought = record(app, &contest, &sale, Source::Api, None, &Caller::default()).await?;
    if bought.entry.is_none() {
        return Err(Error::ENTRY);
    }
    Ok(reply(&bought))
}

/// `POST /api/v1/contests/:id/refunds`: money went back to a buyer, and so do the points for it; without an amount, all of it.
///
/// Refunds of one order add up. The same `eventId` is the same refund; where none is given, the same amount is.
pub async fn refund<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let contest = app.own_contest(contest, &key).await?;
    let sent = call.fields()?;
    let event_id = sent.text("eventId")?;
    let event_id = token("eventId", event_id.as_deref())?;
    let purchase = id::purchase_id(&app.secrets.ledger, &contest.id, &order_id(&sent)?);
    let (mut facts, refunds, disputes) = try_join3(
        app.ledger.facts(&contest.id, &purchased_prefix(&purchase)),
        app.ledger.facts(&contest.id, &refunded_prefix(&purchase)),
        app.ledger.facts(&contest.id, &disputed_prefix(&purchase)),
    )
    .await?;
    let order = measured_by(&facts, Source::Api).ok_or(Error::NotFound("Purchase not found"))?.clone();
    facts.extend(refunds.into_iter().chain(disputes));
    let currency = Currency::parse(&order.currency)?;
    let minor = amount(&sent)?.map(|amount| Money::parse(amount, currency)).transpose()?.map(|m| m.minor);
    if minor.is_some_and(|minor| minor > order.minor) {
        return Err(Error::field("amount", "amount is more than the order cost"));
    }
    let cause = match (event_id, minor) {
        (Some(event), _) => format!("event-{event}"),
        (None, Some(minor)) => format!("amount-{minor}"),
        (None, None) => "whole".to_owned(),
    };
    let refund = Fact::Refunded(Refunded {
        at: Timestamp::of_event(event_id, app.now),
        purchase: purchase.clone(),
        source: Source::Api,
        cause: cause.clone(),
        minor,
        currency: order.currency.clone(),
    });
    // One event is one refund, also if it comes again with another amount.
    let known = facts.iter().any(
        |fact| matches!(fact, Fact::Refunded(known) if known.cause == cause && known.source == Source::Api),
    );
    let before = left_of(&facts);
    if !known {
        app.ledger.write(&contest.id, &refund).await?;
        facts.push(refund.clone());
    }
    let said = facts.iter().find(|fact| fact.id() == refund.id());
    if let Some(said) = said.filter(|said| comes_again(said.at(), refund.at(), app.now)) {
        announce_plain(app, &contest, said);
        announce_taken(app, &contest, &[], said).await?;
    }
    let (after, Known { bindings, .. }) =
        (left_of(&facts), self::known(app, &contest.id, &order.friend).await?);
    let referred = contest.settings.rule().credited(&bindings, order.at).is_some();
    let taken = Points {
        advocate: if referred { before.points.advocate.saturating_sub(after.points.advocate) } else { 0 },
        friend: before.points.friend.saturating_sub(after.points.friend),
    };
    Ok(Reply::data(
        !known,
        json!({
            "purchaseId": purchase,
            "pointsTakenBack": taken,
            "left": major(after.minor, &order.currency),
            "currency": order.currency,
            "alreadyExists": known,
        }),
    ))
}
