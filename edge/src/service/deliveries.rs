//! What was delivered to an endpoint, and what was not: listed by event, and sent again by hand.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::json;
use serde_json::Value;

use super::App;
use super::endpoints::{known, owned, sending};
use crate::error::Error;
use crate::http::{Call, Paging, Reply};
use crate::ledger::{Attempt, Delivery, Ledger, Outcome};
use crate::outbox::Message;

/// `GET …/webhooks/:endpointId/deliveries?page&limit&status`: what was tried last comes first.
pub async fn list<L: Ledger>(
    app: &App<L>,
    call: &Call,
    contest: &str,
    endpoint: &str,
) -> Result<Reply, Error> {
    let paging = Paging::read(call)?;
    let status = call.query("status").map(|status| {
        let known = Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == status);
        known.ok_or_else(|| Error::field("status", "status must be delivered, retrying or failed"))
    });
    let status = status.transpose()?;
    let contest = owned(app, call, contest).await?;
    known(app, &contest, endpoint).await?;
    let deliveries = by_event(app.ledger.attempts(&contest.id, endpoint).await?, status);
    let part: Vec<Value> =
        paging.of(&deliveries).iter().filter_map(|(event, attempts)| shown(event, attempts)).collect();
    Ok(Reply::list(&part, paging, deliveries.len()))
}

/// The attempts of each delivery that has come to this, the last tried first.
fn by_event(attempts: Vec<(String, Attempt)>, status: Option<Outcome>) -> Vec<(String, Vec<Attempt>)> {
    let mut deliveries: Vec<(String, Vec<Attempt>)> = Vec::new();
    for (event, attempt) in attempts {
        match deliveries.last_mut() {
            Some((known, attempts)) if *known == event => attempts.push(attempt),
            _ => deliveries.push((event, vec![attempt])),
        }
    }
    let last = |attempts: &[Attempt]| attempts.last().map(|last| (last.at, last.outcome()));
    // A heap, as in the fold, for the Worker's bytes.
    let mut sorted = BinaryHeap::new();
    for (place, (_, attempts)) in deliveries.iter().enumerate() {
        if let Some((at, outcome)) = last(attempts)
            && status.is_none_or(|status| outcome == status)
        {
            sorted.push((Reverse(at), place));
        }
    }
    let sorted = sorted.into_sorted_vec().into_iter();
    sorted.filter_map(|(_, place)| deliveries.get_mut(place).map(core::mem::take)).collect()
}

fn shown(event: &str, attempts: &[Attempt]) -> Option<Value> {
    let last = attempts.last()?;
    let attempts = attempts.iter().map(|attempt| {
        json!({
            "at": attempt.at.to_rfc3339(),
            "attempt": attempt.number,
            "status": attempt.status,
            "error": attempt.error,
            "ms": attempt.ms,
        })
    });
    Some(json!({
        "id": event,
        "type": last.kind,
        "status": last.outcome().as_str(),
        "nextAttemptAt": last.next.map(domain::Timestamp::to_rfc3339),
        "attempts": attempts.collect::<Vec<_>>(),
    }))
}

/// `POST …/webhooks/:endpointId/deliveries/:deliveryId/replay`: the same event under the same id, from its first attempt on.
pub async fn replay<L: Ledger>(
    app: &App<L>,
    call: &Call,
    contest: &str,
    (endpoint, event): (&str, &str),
) -> Result<Reply, Error> {
    let contest = owned(app, call, contest).await?;
    sending(app, &contest, endpoint).await?;
    let delivery = Delivery { contest: &contest.id, endpoint, event };
    let kept = if domain::text::is_token(event) { app.ledger.message(&delivery).await? } else { None };
    let message = kept.as_deref().and_then(Message::parse).ok_or(Error::NotFound("Delivery not found"))?;
    app.outbox.put(Message { attempt: 1, ..message });
    Ok(Reply::data(false, json!({"deliveryId": event})))
}
