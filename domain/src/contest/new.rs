//! A contest as its owner writes it: complete where it is new, and only what changes where it is known.

use crate::json;
use serde::Deserialize;
use serde_json::Value;

use super::{Contest, Mode, Status};
use crate::record::{self, Unread};
use crate::settings::Settings;
use crate::{Invalid, Timestamp};

/// Which field of a contest cannot be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `settings.points.signup.advocate`; empty where no one field is at fault.
    pub field: String,
    /// A sentence that names it.
    pub reason: String,
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self { field: invalid.field.to_owned(), reason: invalid.reason.to_owned() }
    }
}

/// A contest as its owner writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewContest {
    id: Option<String>,
    title: String,
    description: String,
    status: Status,
    start_date: Option<String>,
    end_date: Option<String>,
    is_evergreen: bool,
    mode: Mode,
    slug: Option<String>,
    settings: Settings,
}

impl NewContest {
    /// Reads what an owner sent; the fault names the field by its whole path.
    pub fn read(sent: &Value) -> Result<Self, Fault> {
        record::read(&without_nulls(sent)).map_err(|Unread { path, reason }| {
            let reason = if path.is_empty() { reason } else { format!("{path}: {reason}") };
            Fault { field: path, reason }
        })
    }

    /// What a contest becomes if its owner sends a part of one: what is left out stays, also inside `settings`; `null`
    /// is the default. Lists are replaced as a whole.
    pub fn change(known: &Contest, sent: &Value, now: Timestamp) -> Result<Contest, Fault> {
        if sent.get("id").is_some_and(|id| id != known.id.as_str()) {
            return Err(Invalid::new("id", "id cannot be changed").into());
        }
        let mut whole = json!({
            "id": known.id,
            "title": known.title,
            "description": known.description,
            "status": known.status,
            "startDate": known.start_date.map(Timestamp::to_rfc3339),
            "endDate": known.end_date.map(Timestamp::to_rfc3339),
            "isEvergreen": known.is_evergreen,
            "mode": known.mode,
            "slug": known.slug,
            "settings": known.settings,
        });
        merge(&mut whole, sent);
        let changed = Self::read(&whole)?.complete(&known.team, known.id.clone(), now)?;
        Ok(Contest {
            created_at: known.created_at,
            ended_at: changed.ended_at.map(|ends| known.ended_at.unwrap_or(ends)),
            secrets: known.secrets.clone(),
            ..changed
        })
    }

    /// The contest, complete and checked. `random_id` names it where its owner does not.
    pub fn complete(self, team: &str, random_id: String, now: Timestamp) -> Result<Contest, Fault> {
        let id = self.id.unwrap_or(random_id);
        let contest = Contest {
            slug: self.slug.unwrap_or_else(|| id.clone()),
            id,
            team: team.to_owned(),
            title: self.title.trim().to_owned(),
            description: self.description.trim().to_owned(),
            status: self.status,
            start_date: date("startDate", self.start_date.as_deref(), Timestamp::parse)?,
            end_date: date("endDate", self.end_date.as_deref(), Timestamp::parse_end)?,
            is_evergreen: self.is_evergreen,
            mode: self.mode,
            created_at: now,
            ended_at: (self.status == Status::Ended).then_some(now),
            settings: self.settings,
            secrets: Vec::new(),
        };
        contest.check()?;
        Ok(contest)
    }
}

/// `null` says as little as a field that is left out, and `5.0` as much as `5`.
fn without_nulls(sent: &Value) -> Value {
    match sent {
        Value::Object(fields) => {
            let said = fields.iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Number(number) => number.as_f64().and_then(whole).map_or_else(|| sent.clone(), Value::from),
        other => other.clone(),
    }
}

/// A number without a fraction. One that a float may have rounded stays what it is.
#[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and fits")]
fn whole(number: f64) -> Option<i64> {
    // More than any setting may be, and far from where `serde_json` rounds.
    const EXACT: f64 = 1e12;
    (number.abs() <= EXACT && number % 1.0 == 0.0).then_some(number as i64)
}

/// RFC 7396: an object changes the fields that it names, `null` removes one.
fn merge(known: &mut Value, sent: &Value) {
    let (Some(known), Some(sent)) = (known.as_object_mut(), sent.as_object()) else {
        *known = sent.clone();
        return;
    };
    for (name, value) in sent {
        if value.is_null() {
            known.remove(name);
        } else {
            merge(known.entry(name.as_str()).or_insert(Value::Null), value);
        }
    }
}

fn date(
    field: &str,
    text: Option<&str>,
    parse: fn(&str) -> Option<Timestamp>,
) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = text else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| Fault {
        field: field.to_owned(),
        reason: format!("{field} must be a time such as 2026-12-31T23:59:59Z"),
    })
}
