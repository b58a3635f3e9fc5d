//! What Stripe and Shopify report: whether it is they who do, and what is written of it. What an event means is decided in
//! [`domain::stripe`] and [`domain::shopify`].
//!
//! An event may come twice, late and before the one that it belongs to. What goes back needs nothing to be looked up: it is written under the number that the event names, and the fold knows which numbers are one order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::decide::{Buyer, Order, brought};
use domain::fact::{Disputed, Fact, Linked, Refunded, Source};
use domain::json;
use domain::report::{Customer, Link, Report, Sale};
use domain::trust::Marks;
use domain::{Contest, Currency, Email, EntryId, Invalid, Money, Timestamp, id, shopify, stripe};
use serde_json::Value;

use super::people::{Identity, Known, first_known, known, remember_payer};
use super::purchases::{Told, record_told};
use super::secrets::{Field, opened};
use super::told::{announce_plain, announce_taken};
use super::trust::Caller;
use super::{App, entries};
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, Ledger};
use crate::seal::is_signed;

/// For how many seconds a renewal is kept that may have come before its Session.
const EARLY: u64 = 4 * 86_400;

/// By how many seconds a signature's time may differ from ours, either way.
const TOLERANCE: i64 = 300;

/// `POST /api/webhooks/stripe/:contestId`
pub async fn stripe<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let contest = app.contest(contest).await?;
    let header = call.webhook.stripe_signature.as_deref().unwrap_or_default();
    if !is_by_stripe(header, &call.body, &opened(app, &contest, Field::Stripe), app.now) {
        return Err(Error::NotAuthentic("Missing or invalid Stripe signature"));
    }
    let report = stripe::read(&call.json()?, contest.settings.stripe.test_mode);
    answer(app, &contest, Source::Stripe, report).await
}

/// `POST /api/webhooks/shopify/:contestId`
pub async fn shopify<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let contest = app.contest(contest).await?;
    let signature = call.webhook.shopify_hmac.as_deref().and_then(|sent| STANDARD.decode(sent.trim()).ok());
    let signature = signature.unwrap_or_default();
    let secrets = opened(app, &contest, Field::Shopify);
    if !secrets.iter().any(|secret| is_signed(secret.as_bytes(), &[&call.body], &signature)) {
        return Err(Error::NotAuthentic("Missing or invalid Shopify signature"));
    }
    let topic = call.webhook.shopify_topic.as_deref().unwrap_or_default();
    let report = shopify::read(topic, &call.json()?, contest.settings.shopify.test_mode, app.now);
    answer(app, &contest, Source::Shopify, report).await
}

/// `t=1700000000,v1=HEX[,v1=HEX]`: any signature by any secret will do, while the time is near.
fn is_by_stripe(header: &str, body: &[u8], secrets: &[String], now: Timestamp) -> bool {
    let pairs = || header.split(',').filter_map(|pair| pair.trim().split_once('='));
    let Some((_, time)) = pairs().find(|(name, _)| *name == "t") else { return false };
    let age = time.parse::<i64>().map(|seconds| now.millis().div_euclid(1_000).saturating_sub(seconds));
    if !age.is_ok_and(|age| (-TOLERANCE..=TOLERANCE).contains(&age)) {
        return false;
    }
    let signatures = || pairs().filter(|(name, _)| *name == "v1").filter_map(|(_, hex)| id::unhex(hex));
    let signed = |secret: &String, signature: &[u8]| {
        is_signed(secret.as_bytes(), &[time.as_bytes(), b".", body], signature)
    };
    signatures().any(|signature| secrets.iter().any(|secret| signed(secret, &signature)))
}

/// What cannot be stored is an error, so that it is sent again. What is of no use is not: it would be sent for days.
async fn answer<L: Ledger>(
    app: &App<L>,
    contest: &Contest,
    source: Source,
    report: Result<Report, Invalid>,
) -> Result<Reply, Error> {
    let told = Teller { app, contest, source }.write(report?).await;
    let (name, value) = match told {
        Ok(recorded) => recorded.map_or_else(|why| ("ignored", why), |what| ("recorded", what)),
        Err(Error::Closed(closed)) => ("ignored", closed.reason()),
        Err(Error::Erased) => ("ignored", "erased"),
        Err(error) => return Err(error),
    };
    let mut data = json!({});
    if let Some(data) = data.as_object_mut() {
        data.insert(name.to_owned(), Value::from(value));
    }
    Ok(Reply::data(false, data))
}

/// What is kept of a renewal until it is known who pays.
fn kept(sale: &Sale) -> Value {
    let aliases: Vec<&str> = sale.links.iter().map(|link| link.alias.as_str()).collect();
    json!({
        "at": sale.at,
        "order": sale.order,
        "aliases": aliases,
        "minor": sale.money.map(|money| money.minor),
        "currency": sale.money.map(|money| money.currency.code()),
        "charged": sale.charged,
    })
}

/// The renewal that was kept, by whoever the Session says.
fn renewal(kept: &Value, began: &Sale) -> Option<Sale> {
    let number = |name: &str| kept.get(name)?.as_i64();
    let order = kept.get("order")?.as_str()?;
    let currency = Currency::parse(kept.get("currency")?.as_str()?).ok()?;
    let link = |alias: &Value| Some(Link { alias: alias.as_str()?.to_owned(), order: order.to_owned() });
    Some(Sale {
        at: Timestamp::from_millis(number("at")?),
        order: order.to_owned(),
        links: kept.get("aliases")?.as_array()?.iter().filter_map(link).collect(),
        money: Money::of_minor(number("minor")?, currency),
        charged: number("charged")?,
        email: None,
        codes: began.codes.clone(),
        paid_by: Vec::new(),
        remember: Vec::new(),
        early: false,
    })
}

/// What was recorded, or why nothing was.
type Outcome = Result<&'static str, &'static str>;

struct Teller<'a, L> {
    app: &'a App<L>,
    contest: &'a Contest,
    source: Source,
}

impl<L: Ledger> Teller<'_, L> {
    async fn write(&self, report: Report) -> Result<Outcome, Error> {
        let source = self.source;
        let (what, fact) = match report {
            Report::Nothing(why) => return Ok(Err(why)),
            Report::Sale(sale) => return self.sale(&sale).await,
            Report::Customer(customer) => return self.customer(customer).await,
            Report::Link(at, link) => ("link", self.linked(at, &link)),
            Report::Refund(refund) => (
                "refund",
                Fact::Refunded(Refunded {
                    at: refund.at,
                    purchase: self.purchase(&refund.order),
                    source,
                    cause: refund.cause,
                    minor: Some(refund.money.minor),
                    currency: refund.money.currency.code().to_owned(),
                }),
            ),
            Report::Dispute(dispute) => (
                "dispute",
                Fact::Disputed(Disputed {
                    at: dispute.at,
                    purchase: self.purchase(&dispute.order),
                    cause: dispute.cause,
                    stage: dispute.stage,
                }),
            ),
        };
        self.app.ledger.write(&self.contest.id, &fact).await?;
        announce_plain(self.app, self.contest, &fact);
        announce_taken(self.app, self.contest, &[], &fact).await?;
        Ok(Ok(what))
    }

    fn purchase(&self, order: &str) -> String {
        id::purchase_id(&self.app.secrets.ledger, &self.contest.id, order)
    }

    fn linked(&self, at: Timestamp, link: &Link) -> Fact {
        let (alias, purchase) = (self.purchase(&link.alias), self.purchase(&link.order));
        Fact::Linked(Linked { at, alias, purchase })
    }

    /// A renewal may come before the Session, which alone says who pays, and by whose code they came. It is kept for as long as
    /// that may be late, without anything of a person; whichever of the two comes second finds the other.
    async fn sale(&self, sale: &Sale) -> Result<Outcome, Error> {
        let Self { app, contest, .. } = *self;
        let email = sale.email.as_deref().and_then(|email| Email::parse(email).ok());
        let buyer = self.buyer(sale, email.as_ref()).await?;
        let outcome = self.told(sale, buyer.as_ref(), email.as_ref()).await?;
        if let (Err(_), true, Some(number)) = (outcome, sale.early, sale.paid_by.first()) {
            let place = ledger::early(&contest.id, &self.purchase(number), &self.purchase(&sale.order));
            app.ledger.put_for(&place, &kept(sale), EARLY).await?;
            if let Some(buyer) = self.payer(sale).await? {
                return self.told(sale, Some(&buyer), None).await;
            }
        }
        if let (Ok(_), Some(buyer)) = (outcome, &buyer) {
            for number in &sale.remember {
                let number = self.purchase(number);
                for order in app.ledger.names(&ledger::early_of(&contest.id, &number)).await? {
                    let early = app.ledger.get(&ledger::early(&contest.id, &number, &order)).await?;
                    if let Some(renewal) = early.and_then(|early| renewal(&early, sale)) {
                        // Of somebody who was erased nothing is recorded, which is as it should be.
                        let _ = self.told(&renewal, Some(buyer), email.as_ref()).await?;
                    }
                }
            }
        }
        Ok(outcome)
    }

    async fn told(
        &self,
        sale: &Sale,
        buyer: Option<&EntryId>,
        email: Option<&Email>,
    ) -> Result<Outcome, Error> {
        let Self { app, contest, source } = *self;
        let Some(buyer) = buyer.cloned() else {
            return Ok(Err("no e-mail address"));
        };
        let remember: Vec<String> = sale.remember.iter().map(|number| self.purchase(number)).collect();
        let Some(money) = sale.money else {
            return self.brought(sale, &buyer, email, &remember).await;
        };
        let links: Vec<Fact> = sale.links.iter().map(|link| self.linked(sale.at, link)).collect();
        let told = Told {
            order: Order {
                purchase: self.purchase(&sale.order),
                id: &sale.order,
                money,
                charged: Some(sale.charged).filter(|charged| *charged > money.minor),
                source,
                at: sale.at,
            },
            buyer,
            email,
            caller: &Caller::default(),
            codes: &sale.codes,
            links: &links,
            remember: &remember,
        };
        let bought = record_told(app, contest, &told).await?;
        Ok(bought.entry.map_or(Err("nobody referred this buyer"), |_| Ok("purchase")))
    }

    /// Whom a number stands for that was remembered, else the owner of the address.
    async fn buyer(&self, sale: &Sale, email: Option<&Email>) -> Result<Option<EntryId>, Error> {
        let Self { app, contest, .. } = *self;
        let of_address = || email.map(|email| EntryId::of(&app.secrets.ledger, &contest.id, email));
        Ok(self.payer(sale).await?.or_else(of_address))
    }

    async fn payer(&self, sale: &Sale) -> Result<Option<EntryId>, Error> {
        let Self { app, contest, .. } = *self;
        for number in &sale.paid_by {
            let payer = app.ledger.get(&ledger::payer(&contest.id, &self.purchase(number))).await?;
            if let Some(entry) = payer.and_then(|payer| EntryId::parse(&payer.entry)) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Nothing is paid yet, as in a trial; who brought the buyer is known now, and the code does not come again.
    async fn brought(
        &self,
        sale: &Sale,
        entry: &EntryId,
        email: Option<&Email>,
        remember: &[String],
    ) -> Result<Outcome, Error> {
        let Self { app, contest, .. } = *self;
        let Known { joined, bindings, erased } = known(app, &contest.id, entry).await?;
        contest.open(sale.at)?;
        let mut buyer =
            Buyer { entry, joined: joined.is_some(), bindings: &bindings, marks: Marks::default() };
        let settled = buyer.is_settled(contest, sale.at);
        let advocate = if settled { None } else { first_known(app, &contest.id, &sale.codes).await? };
        if advocate.is_some() {
            buyer.marks = Caller::default().marks(app, contest, email).await;
        }
        let bound = brought(contest, &buyer, advocate.as_ref(), sale.at);
        if erased || (!settled && bound.is_none()) {
            return Ok(Err("nobody referred this buyer"));
        }
        remember_payer(app, &contest.id, remember, entry).await?;
        if let Some(bound) = bound {
            app.ledger.write(&contest.id, &Fact::Bound(bound)).await?;
        }
        Ok(Ok("buyer"))
    }

    async fn customer(&self, customer: Customer) -> Result<Outcome, Error> {
        let Self { app, contest, .. } = *self;
        let email = customer.email.as_deref().map(Email::parse).transpose()?;
        let phone = customer.phone.filter(|_| email.is_none());
        if email.is_none() && phone.is_none() {
            return Ok(Err("neither e-mail nor phone"));
        }
        let identity = Identity::read(email, customer.name.as_deref(), phone.as_deref())?;
        contest.open(customer.at)?;
        let advocate = first_known(app, &contest.id, &customer.codes).await?;
        let code = advocate.map(|advocate| advocate.code);
        entries::join(app, contest, &identity, code.as_ref(), &Caller::default(), customer.at).await?;
        Ok(Ok("signup"))
    }
}
