//! Everything a contest holds, for its owner to take along: in pieces, since it may be more than fits a Worker.

use core::fmt;
use std::collections::BTreeMap;

use domain::contest::Contest;
use domain::fold::{Facts, Standing, standings};
use domain::json;
use domain::trust::Rule;
use domain::{EntryId, Fact};
use serde_json::Value;

use super::moment::final_standings;
use super::{App, contests, entries};
use crate::csv::{self, Cell};
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{KeyKind, Ledger, Person, Persons, Unavailable};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

/// The pieces that are still to be sent.
pub struct Export {
    format: Format,
    contest: Contest,
    /// How it stood at its end.
    kept: Option<Value>,
    /// Of participants who have not been sent.
    standings: BTreeMap<EntryId, Standing>,
    facts: std::vec::IntoIter<Fact>,
    stage: Stage,
    /// Something came before, in the list that is being sent.
    begun: bool,
}

enum Stage {
    Head,
    Persons(Option<String>),
    /// Participants whose record is not there yet: a list may be late.
    Rest,
    Facts,
    End,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Export({} as {:?})", self.contest.id, self.format)
    }
}

/// `GET /api/v1/contests/:id/export?format=csv|json`: the participants; as JSON, the contest and its facts as well.
pub async fn export<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let format = match call.query("format") {
        None | Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        Some(_) => return Err(Error::field("format", "format must be csv or json")),
    };
    let contest = app.own_contest(contest, &key).await?;
    let facts = app.facts(&contest).await?;
    let kept = final_standings(app, &contest, Some(&facts)).await?;
    let disposition = format!("attachment; filename=\"{}.{}\"", contest.id, format.extension());
    Ok(Reply {
        status: 200,
        headers: vec![("Content-Disposition", disposition.into())],
        export: Some(Export::new(format, contest, kept, &facts)),
        ..Reply::default()
    })
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

const COLUMNS: [&str; 13] = [
    "id",
    "email",
    "name",
    "phone",
    "points",
    "emailConfirmed",
    "disqualified",
    "referralCode",
    "referralsCount",
    "visits",
    "purchases",
    "createdAt",
    "flags",
];

impl Export {
    fn new(format: Format, contest: Contest, kept: Option<Value>, facts: &Facts) -> Self {
        let ranked = standings(facts, contest.settings.rule());
        let mut standings = BTreeMap::new();
        for standing in ranked.ranked() {
            standings.insert(standing.entry.clone(), standing.clone());
        }
        let facts = if format == Format::Json { facts.iter().cloned().collect() } else { Vec::new() };
        Self { format, contest, kept, standings, facts: facts.into_iter(), stage: Stage::Head, begun: false }
    }

    /// What is sent.
    pub fn content_type(&self) -> &'static str {
        match self.format {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Json => "application/json; charset=utf-8",
        }
    }

    /// The next piece; `None` once all was sent.
    pub async fn next<L: Ledger>(&mut self, ledger: &L) -> Result<Option<String>, Unavailable> {
        let mut piece = String::new();
        match &mut self.stage {
            Stage::Head => {
                self.head(&mut piece);
                self.stage = Stage::Persons(None);
            }
            Stage::Persons(cursor) => {
                let Persons { persons, cursor } = ledger.persons(&self.contest.id, cursor.take()).await?;
                self.stage = if cursor.is_some() { Stage::Persons(cursor) } else { Stage::Rest };
                for (entry, person) in persons {
                    // Of somebody who was erased or did not get as far as to join, nothing is told.
                    if let Some(standing) = self.standings.remove(&entry) {
                        self.entry(&mut piece, &standing, &person);
                    }
                }
            }
            Stage::Rest => {
                for standing in std::mem::take(&mut self.standings).into_values() {
                    self.entry(&mut piece, &standing, &Person::default());
                }
                self.stage = Stage::Facts;
                if self.format == Format::Json {
                    piece.push_str("],\"facts\":[");
                }
                self.begun = false;
            }
            Stage::Facts => {
                for fact in self.facts.by_ref().take(1_000).collect::<Vec<_>>() {
                    let id = json::text(&fact.id());
                    self.item(&mut piece, &["{\"id\":", &id, ",\"payload\":", &fact.payload(), "}"].concat());
                }
                if self.facts.len() == 0 {
                    if self.format == Format::Json {
                        piece.push_str("]}");
                    }
                    self.stage = Stage::End;
                }
            }
            Stage::End => return Ok(None),
        }
        Ok(Some(piece))
    }

    fn head(&self, piece: &mut String) {
        match self.format {
            Format::Csv => csv::write(piece, &COLUMNS.map(Cell::Text)),
            Format::Json => {
                let entries = self.standings.len();
                let contest = contests::shown(&self.contest, entries, KeyKind::Private);
                let kept = json!(self.kept);
                piece.extend([
                    "{\"contest\":",
                    &contest.to_string(),
                    ",\"final\":",
                    &kept.to_string(),
                    ",\"entries\":[",
                ]);
            }
        }
    }

    fn entry(&mut self, piece: &mut String, standing: &Standing, person: &Person) {
        if self.format == Format::Json {
            let mut entry = entries::shown(standing, person, KeyKind::Private);
            if let Some(entry) = entry.as_object_mut() {
                entry.insert("referralsCount".to_owned(), json!(standing.signups));
                entry.insert("visits".to_owned(), json!(standing.visits));
                entry.insert("purchases".to_owned(), json!(standing.purchases));
            }
            return self.item(piece, &json::text(&entry));
        }
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let (email, name, phone) = (text(&person.email), text(&person.name), text(&person.phone));
        let joined = standing.joined_at.to_rfc3339();
        let flags = standing.doubts.rules().map(Rule::as_str).collect::<Vec<_>>().join(" ");
        let yes = |is: bool| if is { "true" } else { "false" };
        let cells = [
            Cell::Text(standing.entry.as_str()),
            Cell::Text(&email),
            Cell::Text(&name),
            Cell::Text(&phone),
            Cell::Number(standing.points),
            Cell::Text(yes(standing.confirmed)),
            Cell::Text(yes(standing.disqualified)),
            Cell::Text(standing.code.as_str()),
            Cell::Number(standing.signups.into()),
            Cell::Number(standing.visits.into()),
            Cell::Number(standing.purchases.into()),
            Cell::Text(&joined),
            Cell::Text(&flags),
        ];
        csv::write(piece, &cells);
    }

    fn item(&mut self, piece: &mut String, item: &str) {
        piece.push_str(if self.begun { ",\n" } else { "\n" });
        piece.push_str(item);
        self.begun = true;
    }
}
