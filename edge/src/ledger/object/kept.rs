//! Standings as the facts come: what a fact has to do with is folded without it and with it, and the difference is added to the
//! lines. Only what adds up is kept; what it comes to is the domain's.

use domain::Fact;
use domain::attribution::{Attribution, Rule};
use domain::fold::{Facts, Standing, Tally, names, near, standings, tally};
use serde_json::Value;

use super::{Object, Sql};
use crate::ledger::place;

pub(super) struct Kept<'a, S>(pub(super) &'a Object<S>);

/// What changes with a fact, or with many.
struct Change {
    lines: Tally,
    /// All that it has to do with.
    after: Facts,
    /// The entries of which all is in there, in order.
    entries: Vec<String>,
    rule: Rule,
}

impl<S: Sql> Kept<'_, S> {
    /// By which rule standings are kept. None are before somebody has asked for the first time.
    pub(super) fn rule(&self) -> Result<Option<Rule>, String> {
        let rows = self.0.rows("SELECT last, days FROM rule", &[])?;
        Ok(rows.first().and_then(|row| place::rule(row)))
    }

    /// Keeps what a fact changes that was not there before.
    pub(super) fn insert(&self, fact: &Fact) -> Result<(), String> {
        match (self.rule()?, fact) {
            // What visits come to is known without a rule, and without anything else.
            (_, Fact::Visited(_)) => {
                let rule = Rule { attribution: Attribution::First, window_days: 1 };
                self.add_lines(&tally(&[fact.clone()].into_iter().collect(), rule))?;
            }
            (Some(rule), _) => {
                let before = near(fact, |name| self.named(name))?;
                let without = tally(&before.facts, rule);
                let mut after = before.facts;
                after.insert(fact.clone());
                let lines = tally(&after, rule).less(without);
                self.add(&Change { lines, after, entries: before.entries.into_iter().collect(), rule })?;
            }
            (None, _) => {}
        }
        for name in names(fact) {
            self.0.rows("INSERT INTO named VALUES (?, ?) ON CONFLICT DO NOTHING", &list![name, fact.id()])?;
        }
        Ok(())
    }

    fn named(&self, name: &str) -> Result<Vec<Fact>, String> {
        self.facts(
            "SELECT fact.id, fact.payload FROM named JOIN fact ON fact.id = named.id WHERE named.name = ?",
            &list![name],
        )
    }

    fn facts(&self, statement: &str, values: &[Value]) -> Result<Vec<Fact>, String> {
        let rows = self.0.rows(statement, values)?;
        Ok(rows.iter().filter_map(|row| read(row)).collect())
    }

    /// Keeps standings by a rule from now on, and first of all that is there already.
    pub(super) fn keep_by(&self, rule: Rule) -> Result<(), String> {
        if self.rule()? == Some(rule) {
            return Ok(());
        }
        self.0.0.whole(&mut || {
            self.0.rows("DELETE FROM line WHERE kind <> 'visits'", &[])?;
            self.0.rows("DELETE FROM place", &[])?;
            self.0.rows("DELETE FROM rule", &[])?;
            self.0.rows(
                "INSERT INTO rule VALUES (?, ?)",
                &list![rule.attribution == Attribution::Last, rule.window_days],
            )?;
            let after: Facts = self
                .facts("SELECT id, payload FROM fact WHERE id < 'visited/' OR id >= 'visited0'", &[])?
                .into_iter()
                .collect();
            let joined = after.iter().filter_map(|fact| match fact {
                Fact::Joined(joined) => Some(joined.entry.as_str().to_owned()),
                _ => None,
            });
            let entries = joined.collect();
            self.add(&Change { lines: tally(&after, rule), after, entries, rule })
        })
    }

    fn add(&self, change: &Change) -> Result<(), String> {
        self.add_lines(&change.lines)?;
        let standings = standings(&change.after, change.rule);
        let mut stand: Vec<Option<&Standing>> = vec![None; change.entries.len()];
        for standing in standings.ranked() {
            let place = change.entries.binary_search_by(|entry| entry.as_str().cmp(standing.entry.as_str()));
            if let Some(place) = place.ok().and_then(|place| stand.get_mut(place)) {
                *place = Some(standing);
            }
        }
        for (entry, standing) in change.entries.iter().zip(stand) {
            let Some(Fact::Joined(joined)) = change.after.get(&["joined/", entry].concat()) else { continue };
            let holds = |is: bool| i64::from(is);
            self.0.rows(
                "INSERT INTO place VALUES (?, ?, ?, 0, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET \
                confirmed = excluded.confirmed, disqualified = excluded.disqualified, erased = excluded.erased",
                &list![
                    entry,
                    joined.code.as_str(),
                    joined.at,
                    holds(standing.is_some_and(|standing| standing.confirmed)),
                    holds(standing.is_some_and(|standing| standing.disqualified)),
                    holds(standing.is_none()),
                    joined.doubts.bits(),
                ],
            )?;
        }
        let mut touched: Vec<&str> = change.lines.lines().map(|(line, _)| line.name.as_str()).collect();
        touched.extend(change.entries.iter().map(String::as_str));
        touched.sort_unstable();
        touched.dedup();
        for name in touched {
            let points = self
                .lines("SELECT name, kind, a, b, number FROM line WHERE name = ?", &list![name])?
                .points();
            self.0.rows(
                "UPDATE place SET points = ? WHERE entry = ? AND points <> ?",
                &list![points, name, points],
            )?;
        }
        Ok(())
    }

    fn add_lines(&self, lines: &Tally) -> Result<(), String> {
        for (line, number) in lines.lines().filter(|(_, number)| *number != 0) {
            self.0.rows(
                "INSERT INTO line VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number",
                &list![line.name, line.kind.as_str(), line.a, line.b, number],
            )?;
        }
        Ok(())
    }

    pub(super) fn lines(&self, statement: &str, values: &[Value]) -> Result<Tally, String> {
        let rows = self.0.rows(statement, values)?;
        Ok(rows.iter().filter_map(|row| place::line(row)).collect())
    }
}

fn read(row: &[Value]) -> Option<Fact> {
    let [id, payload] = row else { return None };
    Fact::read(id.as_str()?, &serde_json::from_str(payload.as_str()?).ok()?)
}
