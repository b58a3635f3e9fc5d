//! What the owner is told of by webhook: each thing that was answered to be kept, by the time that it was answered; nothing of what
//! is not kept; what is told twice, under one id; and nobody's name.

use std::collections::BTreeMap;

use domain::webhook::event_id;
use serde_json::Value;

use crate::deed::{By, Deed};
use crate::oracle::{Oracle, fact_of, text};
use crate::places::{CONTEST, SECRET, World};

/// The event that a deed is, and the points that it says, if it says some.
fn event_of(deed: &Deed) -> Option<(String, Option<i64>)> {
    let fact = fact_of(deed);
    Some(match deed {
        Deed::Visit { .. } => (format!("visit.tracked/{fact}"), None),
        Deed::SignUp { by: By::Form | By::Server | By::Shop, .. } => (format!("signup.tracked/{fact}"), None),
        Deed::Buy { .. } => (format!("purchase.tracked/{fact}"), None),
        Deed::GiveBack { .. } | Deed::Dispute { .. } => (format!("purchase.refunded/{fact}"), None),
        Deed::Give { points, .. } => (format!("points.awarded/{fact}/adjusted"), Some(*points)),
        Deed::Complete { points, .. } => (format!("points.awarded/{fact}/bonus"), Some(*points)),
        Deed::SignUp { by: By::Import, .. }
        | Deed::Bring { .. }
        | Deed::Disqualify { .. }
        | Deed::Rename { .. }
        | Deed::Erase { .. } => return None,
    })
}

/// Every event that may follow from a fact.
fn events_of(fact: &str) -> Vec<String> {
    let kind = fact.split('/').next().unwrap_or_default();
    match kind {
        "visited" => vec![format!("visit.tracked/{fact}")],
        "joined" => vec![
            format!("signup.tracked/{fact}"),
            format!("points.awarded/{fact}/friendSignedUp"),
            format!("points.awarded/{fact}/signedUpReferred"),
        ],
        "purchased" => {
            // The points of an order are told once, whoever reports it.
            let order = fact.rsplit_once('/').map_or("", |(order, _)| order);
            vec![
                format!("purchase.tracked/{fact}"),
                format!("points.awarded/{order}/friendPurchased"),
                format!("points.awarded/{order}/purchased"),
            ]
        }
        "refunded" | "disputed" => vec![
            format!("purchase.refunded/{fact}"),
            format!("points.awarded/{fact}/advocate/{kind}"),
            format!("points.awarded/{fact}/friend/{kind}"),
        ],
        "bonus" => vec![format!("points.awarded/{fact}/bonus")],
        "adjusted" => vec![format!("points.awarded/{fact}/adjusted")],
        _ => Vec::new(),
    }
}

impl Oracle<'_> {
    pub fn what_was_told(&mut self, world: &World) {
        let Some(endpoint) = world.endpoint() else { return };
        let id_of = |event: &str| event_id(SECRET, CONTEST, &endpoint, event);
        let may_be: BTreeMap<String, String> =
            self.facts.iter().flat_map(|fact| events_of(fact)).map(|event| (id_of(&event), event)).collect();
        let mut first: BTreeMap<String, u64> = BTreeMap::new();
        let mut points: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (at, message) in world.told() {
            if message.contains("x.example") || message.contains("20255501") {
                self.fault(format!("a message names somebody: {message}"));
            }
            let message: Value = serde_json::from_str(&message).unwrap();
            let id = text(&message["id"]);
            match may_be.get(&id) {
                Some(event) if event.starts_with(&format!("{}/", text(&message["type"]))) => {}
                Some(event) => self.fault(format!("{event} was told as {}", message["type"])),
                None => self.fault(format!("nothing that is kept is behind what was told: {message}")),
            }
            first.entry(id.clone()).or_insert(at);
            points.entry(id).or_default().push(message["data"]["points"].clone());
        }
        for happening in self.happenings {
            let deed = &happening.deed;
            let Some((event, given)) = event_of(deed) else { continue };
            let (id, kept_at) = (id_of(&event), happening.kept_at());
            // Whoever finds that somebody said it who is trusted further has nothing to add.
            if let Some(kept_at) = kept_at.filter(|_| !self.said_better(deed))
                && first.get(&id).is_none_or(|told| *told > kept_at)
            {
                self.fault(format!("{deed:?} was answered 2xx at {kept_at} ms, and nobody was told by then"));
            }
            if let Some(given) = given {
                for told in points.get(&id).into_iter().flatten().filter(|told| **told != given) {
                    self.fault(format!("{deed:?} was told as {told} points"));
                }
            }
        }
    }
}
