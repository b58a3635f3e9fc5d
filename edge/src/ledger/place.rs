//! What is asked of a contest's standings, and what is answered, whoever adds them up.

use domain::attribution::{Attribution, Rule};
use domain::fold::{Facts, Kind, Line, Standing, Standings, Tally, Totals, standings, totals};
use domain::json;
use domain::trust::Doubts;
use domain::{Code, EntryId, Timestamp};
use serde_json::Value;

/// Whose standings.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// Of those who lead, so many.
    Leaders(usize),
    /// Of the owner of a code.
    Code(&'a Code),
    /// Of an entry.
    Entry(&'a EntryId),
    /// Of so many behind so many, who joined first at the front.
    Joined(usize, usize),
}

/// By what a contest is added up, and who holds a place.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Which link counts.
    pub rule: Rule,
    /// Nobody whose address is not confirmed.
    pub require_confirmation: bool,
}

/// Where somebody stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1, among those who hold a place.
    pub rank: Option<usize>,
    /// What they have.
    pub standing: Standing,
}

/// Where some stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Those who were asked for.
    pub places: Vec<Place>,
    /// How many hold a place.
    pub of: usize,
    /// How many participate.
    pub entries: usize,
}

/// What a contest comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What it has brought.
    pub totals: Totals,
    /// How many participate.
    pub entries: usize,
    /// How many of them are confirmed.
    pub confirmed: usize,
    /// How many are disqualified.
    pub disqualified: usize,
    /// The points of all.
    pub points: i64,
    /// The most that anybody has.
    pub highest: i64,
}

impl Places {
    /// By all facts of a contest.
    pub fn fold(facts: &Facts, terms: Terms, question: Question) -> Self {
        let standings = standings(facts, terms.rule);
        let of = standings.board(terms.require_confirmation).count();
        let places = match question {
            Question::Leaders(most) => standings
                .board(terms.require_confirmation)
                .take(most)
                .map(|(rank, standing)| Place { rank: Some(rank), standing: standing.clone() })
                .collect(),
            Question::Code(code) => {
                let standing = standings.of_code(code).map(|(_, standing)| standing);
                standing.map(|standing| placed(&standings, terms, standing)).into_iter().collect()
            }
            Question::Entry(entry) => {
                let standing = standings.of_entry(entry);
                standing.map(|standing| placed(&standings, terms, standing)).into_iter().collect()
            }
            Question::Joined(skip, most) => {
                let joined = standings.by_joining().into_iter().skip(skip).take(most);
                joined.map(|standing| Place { rank: None, standing: standing.clone() }).collect()
            }
        };
        Self { places, of, entries: standings.ranked().len() }
    }

    /// As [`Self::write`] has written it.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let number = |place: &Value| usize::try_from(place.as_u64()?).ok();
        let [of, entries, places] = answer.as_array()?.as_slice() else { return None };
        let places = places.as_array()?.iter().map(read).collect::<Option<_>>()?;
        Some(Self { places, of: number(of)?, entries: number(entries)? })
    }

    pub(super) fn write(&self) -> Value {
        let places = self.places.iter().map(|Place { rank, standing: s }| {
            json!((
                rank,
                (s.entry.as_str(), s.code.as_str(), s.joined_at, s.points),
                (s.signups, s.visits, s.purchases),
                (s.confirmed, s.disqualified, s.doubts.bits()),
            ))
        });
        json!((self.of, self.entries, places.collect::<Vec<_>>()))
    }
}

fn placed(standings: &Standings, terms: Terms, standing: &Standing) -> Place {
    let place =
        standings.board(terms.require_confirmation).find(|(_, placed)| placed.entry == standing.entry);
    Place { rank: place.map(|(rank, _)| rank), standing: standing.clone() }
}

type Row = (Option<usize>, (String, String, Timestamp, i64), (u32, u32, u32), (bool, bool, u8));

fn read(place: &Value) -> Option<Place> {
    let (rank, who, counts, is): Row = serde::Deserialize::deserialize(place).ok()?;
    let standing = Standing {
        entry: EntryId::parse(&who.0)?,
        code: Code::parse(&who.1).ok()?,
        joined_at: who.2,
        points: who.3,
        signups: counts.0,
        visits: counts.1,
        purchases: counts.2,
        confirmed: is.0,
        disqualified: is.1,
        doubts: Doubts::from_bits(is.2),
    };
    Some(Place { rank, standing })
}

type Counts = (usize, usize, usize, i64, i64);
type Lines = Vec<(String, String, i64, i64, i64)>;

impl Summary {
    /// As [`Self::write`] has written it.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let (counts, lines): (Counts, Lines) = serde::Deserialize::deserialize(answer).ok()?;
        let line = |(name, kind, a, b, number): (String, String, i64, i64, i64)| {
            let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind)?;
            Some((Line { name, kind, a, b }, number))
        };
        let lines: Tally = lines.into_iter().filter_map(line).collect();
        let (entries, confirmed, disqualified, points, highest) = counts;
        Some(Self { totals: lines.totals(), entries, confirmed, disqualified, points, highest })
    }

    /// `lines` are what the totals come from.
    pub(super) fn write(&self, lines: &Tally) -> Value {
        let counts: Counts = (self.entries, self.confirmed, self.disqualified, self.points, self.highest);
        let lines: Vec<_> = lines
            .lines()
            .map(|(line, number)| (&line.name, line.kind.as_str(), line.a, line.b, number))
            .collect();
        json!((counts, lines))
    }

    /// By all facts of a contest.
    pub fn fold(facts: &Facts, rule: Rule) -> Self {
        let standings = standings(facts, rule);
        let entries = standings.ranked();
        let count = |is: fn(&Standing) -> bool| entries.iter().filter(|standing| is(standing)).count();
        Self {
            totals: totals(facts, rule),
            entries: entries.len(),
            confirmed: count(|standing| standing.confirmed),
            disqualified: count(|standing| standing.disqualified),
            points: entries.iter().fold(0_i64, |sum, standing| sum.saturating_add(standing.points)),
            highest: entries.first().map_or(0, |first| first.points),
        }
    }
}

/// A question on its way to what keeps standings: by which terms, what is asked, of whom, and which part.
pub(super) type Sent = (Attribution, u16, bool, String, String, (usize, usize));

/// In the place of a question: the [`Summary`].
pub(super) const SUMMARY: &str = "summary";

impl Question<'_> {
    pub(super) fn sent(self, terms: Terms) -> Value {
        let (asked, of, part) = match self {
            Self::Leaders(most) => ("leaders", "", (0, most)),
            Self::Code(code) => ("code", code.as_str(), (0, 1)),
            Self::Entry(entry) => ("entry", entry.as_str(), (0, 1)),
            Self::Joined(skip, most) => ("joined", "", (skip, most)),
        };
        sent(terms, asked, of, part)
    }
}

pub(super) fn sent(terms: Terms, asked: &str, of: &str, part: (usize, usize)) -> Value {
    json!((terms.rule.attribution, terms.rule.window_days, terms.require_confirmation, asked, of, part))
}
