//! How a contest stood at a moment, in a form that anybody can check: from the same facts follows the same text.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Facts, Standing, standings};
use crate::attribution::{Attribution, Rule};
use crate::record;
use crate::{Timestamp, id, json};

/// Terms what facts are added up. It is kept beside the result: its owner may change a contest later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who gets the credit.
    pub rule: Rule,
    /// Only who has confirmed their address holds a place.
    pub require_confirmation: bool,
}

impl Terms {
    /// As JSON, as a part of the result.
    pub fn to_json(self) -> Value {
        let Self { rule, require_confirmation } = self;
        json!({
            "attribution": rule.attribution, "windowDays": rule.window_days, "requireConfirmation": require_confirmation,
        })
    }

    /// Reads it; `None` if it is none.
    pub fn read(by: &Value) -> Option<Self> {
        let attribution: Attribution = record::read(by.get("attribution")?).ok()?;
        let window_days = by.get("windowDays")?.as_u64()?.try_into().ok()?;
        let require_confirmation = by.get("requireConfirmation")?.as_bool()?;
        Some(Self { rule: Rule { attribution, window_days }, require_confirmation })
    }
}

impl Facts {
    /// What had happened at a moment. Whoever was erased since was there then.
    #[must_use]
    pub fn until(&self, at: Timestamp) -> Self {
        self.iter().filter(|fact| fact.at() <= at).cloned().collect()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// SHA-256 in hexadecimal over all facts in the order of their ids: of each its id, a line break, its payload as JSON with
    /// the names in order and no spaces, and a line break.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for (id, fact) in &self.0 {
            for part in [id, "\n", &fact.payload(), "\n"] {
                digest.update(part.as_bytes());
            }
        }
        id::hex(&digest.finalize())
    }
}

/// How a contest stands by a set of facts: when, by what, how many facts and which ([`Facts::digest`]), and every participant,
/// the first first. It names nobody.
pub fn moment(facts: &Facts, by: Terms, at: Timestamp) -> Value {
    let standings = standings(facts, by.rule);
    let mut rank = 0_usize;
    let places: Vec<Value> = standings
        .ranked()
        .iter()
        .map(|standing| {
            let holds_place = standing.is_placed(by.require_confirmation);
            rank = rank.saturating_add(holds_place.into());
            place(standing, holds_place.then_some(rank))
        })
        .collect();
    json!({
        "at": at.to_rfc3339(), "by": by.to_json(), "facts": facts.count(), "hash": facts.digest(), "standings": places,
    })
}

fn place(standing: &Standing, rank: Option<usize>) -> Value {
    json!({
        "rank": rank,
        "id": standing.entry.as_str(),
        "referralCode": standing.code.as_str(),
        "points": standing.points,
        "referralsCount": standing.signups,
        "visits": standing.visits,
        "purchases": standing.purchases,
    })
}
