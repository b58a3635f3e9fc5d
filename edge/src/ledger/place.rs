//! What is asked of a contest's standings, and what is answered, whoever adds them up.

use domain::attribution::{Attribution, Rule};
use domain::fold::{Day, Kind, Line, Snapshot, Standing, Standings, Tally, Terms, Totals};
use domain::json::value;
use domain::trust::Doubts;
use domain::{Code, EntryId, Timestamp};
use serde_json::{Map, Value};

use super::KeyKind;

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

/// Whose name or address holds a text.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// In small letters.
    pub text: &'a str,
    /// Who asks: what they do not see, they do not find.
    pub kind: KeyKind,
    /// Behind so many of them.
    pub skip: usize,
    /// So many.
    pub most: usize,
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
    pub fn fold(facts: &Snapshot, terms: Terms, question: Question) -> Self {
        let standings = facts.standings(terms.rule);
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
                joined.map(|(_, standing)| Place { rank: None, standing: standing.clone() }).collect()
            }
        };
        Self { places, of, entries: standings.ranked().len() }
    }

    /// As [`Self::write`] has written it.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let [of, entries, places] = answer.as_array()?.as_slice() else { return None };
        Some(Self {
            places: places.as_array()?.iter().map(Place::read).collect::<Option<_>>()?,
            of: count(of)?,
            entries: count(entries)?,
        })
    }

    pub(super) fn write(&self) -> Value {
        let places = self.places.iter().map(Place::write);
        Value::Array(list![self.of, self.entries, places.collect::<Vec<_>>()].into())
    }

    /// Those who lead, and a line for each participant, who joined first at the front.
    pub(super) fn rows(standings: &Standings, terms: Terms, most: usize) -> (Self, String) {
        let ranked = standings.ranked();
        let (mut places, mut ranks, mut of) = (Vec::new(), Vec::with_capacity(ranked.len()), 0_usize);
        for standing in ranked {
            let holds_place = standing.is_placed(terms.require_confirmation);
            of = of.saturating_add(holds_place.into());
            let rank = holds_place.then_some(of);
            if holds_place && places.len() < most {
                places.push(Place { rank, standing: standing.clone() });
            }
            ranks.push(rank);
        }
        let mut text = String::new();
        for (place, standing) in standings.by_joining() {
            // Of two who came by one code at once, it is whose was first.
            if standings.owner(&standing.code) == Some(&standing.entry) {
                text.push_str(OWNER);
            }
            let rank = ranks.get(place).copied().flatten();
            text.push_str(&Place { rank, standing: standing.clone() }.write().to_string());
            text.push('\n');
        }
        (Self { places, of, entries: ranked.len() }, text)
    }

    /// Those of the lines who are asked for; of those who lead, nobody.
    pub(super) fn of_rows(rows: &str, question: Question) -> Vec<Place> {
        let place = Place::of_row;
        let (begins, named) = match question {
            Question::Joined(skip, most) => {
                let places = rows.lines().skip(skip).take(most).filter_map(place);
                return places.map(|place| Place { rank: None, ..place }).collect();
            }
            Question::Entry(entry) => ("", entry.as_str()),
            Question::Code(code) => (OWNER, code.as_str()),
            Question::Leaders(_) => return Vec::new(),
        };
        let named = ["\"", named, "\""].concat();
        let mut rows = rows.lines().filter(|row| row.starts_with(begins) && row.contains(&named));
        rows.next().and_then(place).into_iter().collect()
    }
}

/// Whose line it is.
pub(super) fn entry_of(row: &str) -> Option<&str> {
    row.split('"').nth(1)
}

/// Before the line of whoever has a code.
const OWNER: &str = "=";

impl Place {
    pub(super) fn of_row(row: &str) -> Option<Self> {
        Self::read(&serde_json::from_str(row.trim_start_matches(OWNER)).ok()?)
    }

    fn read(place: &Value) -> Option<Self> {
        let [rank, standing @ ..] = place.as_array()?.as_slice() else { return None };
        Some(Self { rank: count(rank), standing: self::standing(standing)? })
    }

    fn write(&self) -> Value {
        let Self { rank, standing: s } = self;
        let is = |is: bool| u8::from(is);
        let who = list![rank, s.entry.as_str(), s.code.as_str(), s.joined_at, s.points];
        let how =
            list![is(s.confirmed), is(s.disqualified), s.doubts.bits(), s.signups, s.visits, s.purchases];
        Value::Array(who.into_iter().chain(how).collect())
    }
}

fn count(number: &Value) -> Option<usize> {
    number.as_u64()?.try_into().ok()
}

/// Entry, code, when they joined, points, whether they are confirmed and disqualified, and doubts; then, if it is known, signups,
/// visits and purchases.
pub(super) fn standing(row: &[Value]) -> Option<Standing> {
    let number = |place: usize| row.get(place).and_then(Value::as_i64);
    let count = |place: usize| number(place).and_then(|number| number.try_into().ok()).unwrap_or_default();
    let text = |place: usize| row.get(place).and_then(Value::as_str);
    Some(Standing {
        entry: EntryId::parse(text(0)?)?,
        code: Code::parse(text(1)?).ok()?,
        joined_at: Timestamp::from_millis(number(2)?),
        points: number(3)?,
        confirmed: number(4)? == 1,
        disqualified: number(5)? == 1,
        doubts: Doubts::from_bits(number(6)?.try_into().ok()?),
        signups: count(7),
        visits: count(8),
        purchases: count(9),
    })
}

fn placed(standings: &Standings, terms: Terms, standing: &Standing) -> Place {
    let place =
        standings.board(terms.require_confirmation).find(|(_, placed)| placed.entry == standing.entry);
    Place { rank: place.map(|(rank, _)| rank), standing: standing.clone() }
}

impl Summary {
    /// As [`Self::write`] has written it.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let [entries, confirmed, disqualified, points, highest, lines] = answer.as_array()?.as_slice() else {
            return None;
        };
        let lines: Tally = lines.as_array()?.iter().filter_map(|line| self::line(line.as_array()?)).collect();
        Some(Self {
            totals: lines.totals(),
            entries: count(entries)?,
            confirmed: count(confirmed)?,
            disqualified: count(disqualified)?,
            points: points.as_i64()?,
            highest: highest.as_i64()?,
        })
    }

    /// `lines` are what the totals come from.
    pub(super) fn write(&self, lines: &Tally) -> Value {
        let lines = lines.lines().map(|(line, number)| {
            Value::Array(list![line.name, line.kind.as_str(), line.a, line.b, number].into())
        });
        let lines: Vec<Value> = lines.collect();
        let Self { entries, confirmed, disqualified, points, highest, .. } = self;
        Value::Array(list![entries, confirmed, disqualified, points, highest, lines].into())
    }

    /// By all facts of a contest.
    pub fn fold(facts: &Snapshot, rule: Rule) -> Self {
        Self::of(&facts.standings(rule), facts.totals(rule))
    }

    /// By what they come to.
    pub(super) fn of(standings: &Standings, totals: Totals) -> Self {
        let entries = standings.ranked();
        let count = |is: fn(&Standing) -> bool| entries.iter().filter(|standing| is(standing)).count();
        Self {
            totals,
            entries: entries.len(),
            confirmed: count(|standing| standing.confirmed),
            disqualified: count(|standing| standing.disqualified),
            points: entries.iter().fold(0_i64, |sum, standing| sum.saturating_add(standing.points)),
            highest: entries.first().map_or(0, |first| first.points),
        }
    }

    /// Reads what [`Self::to_json`] gave.
    pub(super) fn of_json(summary: &Value) -> Option<Self> {
        let [numbers, daily, revenue] = summary.as_array()?.as_slice() else { return None };
        let number = |place: usize| numbers.get(place)?.as_i64();
        let count = |place: usize| number(place)?.try_into().ok();
        let small = |value: &Value| value.as_u64()?.try_into().ok();
        let mut totals = Totals {
            visits: small(numbers.get(5)?)?,
            signups: small(numbers.get(6)?)?,
            purchases: small(numbers.get(7)?)?,
            bonuses: small(numbers.get(8)?)?,
            ..Totals::default()
        };
        for (date, day) in daily.as_object()? {
            let [visits, signups, purchases] = day.as_array()?.as_slice() else { return None };
            let day = Day { visits: small(visits)?, signups: small(signups)?, purchases: small(purchases)? };
            totals.daily.insert(date.clone(), day);
        }
        for (currency, minor) in revenue.as_object()? {
            totals.revenue.insert(currency.clone(), minor.as_i64()?);
        }
        Some(Self {
            totals,
            entries: count(0)?,
            confirmed: count(1)?,
            disqualified: count(2)?,
            points: number(3)?,
            highest: number(4)?,
        })
    }

    /// As a part of a snapshot.
    pub(super) fn to_json(&self) -> Value {
        let Self { totals: t, entries, confirmed, disqualified, points, highest } = self;
        let numbers = list![
            entries,
            confirmed,
            disqualified,
            points,
            highest,
            t.visits,
            t.signups,
            t.purchases,
            t.bonuses,
        ];
        let mut daily = Map::new();
        for (date, day) in &t.daily {
            daily.insert(date.clone(), Value::Array(list![day.visits, day.signups, day.purchases].into()));
        }
        let mut revenue = Map::new();
        for (currency, minor) in &t.revenue {
            revenue.insert(currency.clone(), value(minor));
        }
        let parts = [Value::Array(numbers.into()), Value::Object(daily), Value::Object(revenue)];
        Value::Array(parts.into())
    }
}

/// Name, kind, the two that the kind says, and the number.
pub(super) fn line(row: &[Value]) -> Option<(Line, i64)> {
    let [name, kind, a, b, number] = row else { return None };
    let kind = Kind::ALL.into_iter().find(|known| kind == known.as_str())?;
    let line = Line { name: name.as_str()?.to_owned(), kind, a: a.as_i64()?, b: b.as_i64()? };
    Some((line, number.as_i64()?))
}

/// By what standings are kept: whether the last link counts, and for how many days.
pub(super) fn rule(row: &[Value]) -> Option<Rule> {
    let is_last = row.first()? == true || row.first()?.as_i64() == Some(1);
    let attribution = if is_last { Attribution::Last } else { Attribution::First };
    Some(Rule { attribution, window_days: row.get(1)?.as_u64()?.try_into().ok()? })
}

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

/// In the place of a question: what is [`Sought`], with a key of either kind.
pub(super) const FIND: &str = "find";
pub(super) const FIND_MASKED: &str = "findMasked";

impl Sought<'_> {
    pub(super) fn sent(self, terms: Terms) -> Value {
        let asked = if self.kind == KeyKind::Private { FIND } else { FIND_MASKED };
        sent(terms, asked, self.text, (self.skip, self.most))
    }
}

/// A question on its way to what keeps standings: by which terms, what is asked, of whom, and which part.
pub(super) fn sent(terms: Terms, asked: &str, of: &str, (skip, most): (usize, usize)) -> Value {
    let is_last = terms.rule.attribution == Attribution::Last;
    Value::Array(
        list![is_last, terms.rule.window_days, terms.require_confirmation, asked, of, skip, most].into(),
    )
}
