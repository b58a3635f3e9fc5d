//! What happened in a contest last, with who it was, and which pages its links led to.

use domain::fact::Fact;
use domain::fold::Happened;
use domain::{Code, EntryId, json};
use serde_json::Value;

use super::board::major;
use super::{App, all, endpoints};
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, Ledger, Person};

/// `GET /api/v1/contests/:id/activity`
pub async fn show<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let contest = endpoints::owned(app, call, id).await?;
    let facts = app.ledger.snapshot(&contest.id).await?.facts;
    let (latest, pages) = facts.activity();
    let named = latest.into_iter().map(async |happened| {
        let person = match happened.entry.filter(|_| !happened.erased) {
            Some(entry) => app.ledger.get(&ledger::person(&contest.id, entry)).await?.unwrap_or_default(),
            None => Person::default(),
        };
        Ok(shown(&happened, &person))
    });
    let named = Value::Array(all(named).await?);
    let pages = pages.into_iter().map(|(page, visits)| json!({"page": page, "visits": visits}));
    let sources = Value::Array(pages.collect());
    Ok(Reply::data(false, json!({"latest": named, "sources": sources})))
}

fn shown(Happened { fact, entry, .. }: &Happened<'_>, person: &Person) -> Value {
    let (mut code, mut page, mut order, mut source, mut points) = (None, None, None, None, None);
    let mut sum = None;
    let kind = match fact {
        Fact::Visited(f) => {
            (code, page) = (Some(&f.code), Some(f.page.as_str()));
            "visit"
        }
        Fact::Joined(f) => {
            code = f.by.as_ref();
            "signup"
        }
        Fact::Purchased(f) => {
            (code, order, source) = (f.by.as_ref(), Some(f.order.as_str()), Some(f.source.as_str()));
            sum = Some((Some(f.minor), &f.currency));
            if f.pending { "pendingPurchase" } else { "purchase" }
        }
        Fact::Refunded(f) => {
            (source, sum) = (Some(f.source.as_str()), Some((f.minor, &f.currency)));
            "refund"
        }
        Fact::Bonus(f) => {
            points = Some(i64::from(f.points));
            "bonus"
        }
        Fact::Adjusted(f) => {
            points = Some(f.points);
            "points"
        }
        _ => "",
    };
    let amount = sum.and_then(|(minor, currency)| Some(major(minor?, currency)));
    json!({
        "type": Some(kind),
        "at": Some(fact.at().to_rfc3339().as_str()),
        "entryId": entry.map(EntryId::as_str),
        "name": person.name.as_deref(),
        "email": person.email.as_deref(),
        "referralCode": code.map(Code::as_str),
        "page": page,
        "orderId": order,
        "amount": amount,
        "currency": sum.map(|(_, currency)| currency.as_str()),
        "source": source,
        "points": points,
    })
}
