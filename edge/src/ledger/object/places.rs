//! What is answered of standings that are kept: a query for each question, and none that reads facts.

use domain::fold::{Standing, Tally};
use domain::record;
use serde_json::Value;

use super::kept::Kept;
use super::{Object, PAGE, Sql};
use crate::ledger::place::{self, Place, Places, Summary};
use crate::ledger::{KeyKind, Person};

const COLUMNS: &str = "SELECT entry, code, joined, points, confirmed, disqualified, doubts FROM place ";

/// Who holds a place; the one `?` is whether addresses have to be confirmed.
const HOLDS: &str = "erased = 0 AND disqualified = 0 AND (confirmed = 1 OR NOT ?)";

pub(super) fn answer<S: Sql>(object: &Object<S>, contest: &str, question: &Value) -> Result<String, String> {
    let sent = question.as_array().map(Vec::as_slice).unwrap_or_default();
    let [_, _, require_confirmation, asked, of, skip, most] = sent else {
        return Err("no question".to_owned());
    };
    let rule = place::rule(sent).ok_or_else(|| "no rule".to_owned())?;
    let (require_confirmation, asked) = (require_confirmation == true, asked.as_str().unwrap_or_default());
    Kept(object).keep_by(rule)?;
    let desk = Desk { object, require_confirmation };
    if asked == place::SUMMARY {
        return desk.summary();
    }
    let holders =
        desk.number(&["SELECT COUNT(*) FROM place WHERE ", HOLDS].concat(), &list![require_confirmation])?;
    let mut entries = desk.number("SELECT COUNT(*) FROM place WHERE erased = 0", &[])?;
    let rows = match asked {
        place::FIND | place::FIND_MASKED => {
            let kind = if asked == place::FIND { KeyKind::Private } else { KeyKind::Public };
            let found = desk.find(contest, of.as_str().unwrap_or_default(), kind)?;
            entries = found.len();
            let number = |number: &Value| number.as_u64().and_then(|number| number.try_into().ok());
            let (skip, most) = (number(skip).unwrap_or_default(), number(most).unwrap_or_default());
            let of_entry = [COLUMNS, "WHERE entry = ?"].concat();
            let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
            found.sort_unstable();
            let mut rows = Vec::new();
            for (_, entry) in found.iter().skip(skip).take(most).filter_map(|found| found.split_once(' ')) {
                rows.extend(object.rows(&of_entry, &list![entry])?);
            }
            rows
        }
        "leaders" => {
            let leaders = [COLUMNS, "WHERE ", HOLDS, " ORDER BY points DESC, joined, entry LIMIT ?"].concat();
            object.rows(&leaders, &list![require_confirmation, most])?
        }
        "joined" => object.rows(
            &[COLUMNS, "WHERE erased = 0 ORDER BY joined, entry LIMIT ? OFFSET ?"].concat(),
            &list![most, skip],
        )?,
        // Of two who came by one code at once, whose was first.
        "code" => {
            let owner = "WHERE entry = (SELECT entry FROM place WHERE code = ? ORDER BY joined, entry LIMIT 1) AND erased = 0";
            object.rows(&[COLUMNS, owner].concat(), &list![of])?
        }
        _ => object.rows(&[COLUMNS, "WHERE entry = ? AND erased = 0"].concat(), &list![of])?,
    };
    let places = (1..).zip(&rows).map(|(rank, row)| {
        let standing = desk.standing(row)?;
        let rank = match asked {
            "leaders" => Some(rank),
            "joined" | place::FIND | place::FIND_MASKED => None,
            _ => desk.rank(&standing)?,
        };
        Ok(Place { rank, standing })
    });
    let places = places.collect::<Result<Vec<_>, String>>()?;
    Ok(Places { places, of: holders, entries }.write().to_string())
}

struct Desk<'a, S> {
    object: &'a Object<S>,
    require_confirmation: bool,
}

impl<S: Sql> Desk<'_, S> {
    fn number(&self, statement: &str, values: &[Value]) -> Result<usize, String> {
        let number = self.object.one(statement, values)?.and_then(|number| number.as_u64());
        Ok(number.and_then(|number| number.try_into().ok()).unwrap_or_default())
    }

    /// Whose name or address holds a text, behind when they joined. It is compared here: a database knows capitals of English only.
    fn find(&self, contest: &str, text: &str, kind: KeyKind) -> Result<Vec<String>, String> {
        let persons = "SELECT entry, joined, value FROM place JOIN record ON name = ? || entry \
            WHERE erased = 0 AND entry > ? ORDER BY entry LIMIT ?";
        let prefix = ["person/", contest, "/"].concat();
        let (mut found, mut from) = (Vec::new(), String::new());
        loop {
            let rows = self.object.rows(persons, &list![prefix, from, PAGE])?;
            for row in &rows {
                let [Value::String(entry), joined, Value::String(person)] = row.as_slice() else { continue };
                let person = serde_json::from_str(person).ok().and_then(|person| record::read(&person).ok());
                if person.is_some_and(|person: Person| person.holds(text, kind)) {
                    found.push(format!("{:015} {entry}", joined.as_i64().unwrap_or_default()));
                }
                from.clone_from(entry);
            }
            if rows.len() < PAGE {
                return Ok(found);
            }
        }
    }

    fn standing(&self, row: &[Value]) -> Result<Standing, String> {
        let mut standing = place::standing(row).ok_or_else(|| "a place cannot be read".to_owned())?;
        let own = "SELECT name, kind, a, b, number FROM line WHERE name = ?1 OR \
            (name = ?2 AND ?1 = (SELECT entry FROM place WHERE code = ?2 ORDER BY joined, entry LIMIT 1))";
        self.lines(own, &list![standing.entry.as_str(), standing.code.as_str()])?.tell(&mut standing);
        Ok(standing)
    }

    fn lines(&self, statement: &str, values: &[Value]) -> Result<Tally, String> {
        Kept(self.object).lines(statement, values)
    }

    /// From 1; nothing for who holds no place.
    fn rank(&self, standing: &Standing) -> Result<Option<usize>, String> {
        if standing.disqualified || (self.require_confirmation && !standing.confirmed) {
            return Ok(None);
        }
        let before = [
            "SELECT COUNT(*) FROM place WHERE ",
            HOLDS,
            " AND (points > ?2 OR (points = ?2 AND (joined, entry) < (?3, ?4)))",
        ]
        .concat();
        let who =
            list![self.require_confirmation, standing.points, standing.joined_at, standing.entry.as_str()];
        Ok(Some(self.number(&before, &who)?.saturating_add(1)))
    }

    fn summary(&self) -> Result<String, String> {
        let count = |of: &str| self.number(&["SELECT ", of, " FROM place WHERE erased = 0"].concat(), &[]);
        let points = |of: &str| {
            let number =
                self.object.one(&["SELECT ", of, "(points) FROM place WHERE erased = 0"].concat(), &[])?;
            Ok::<_, String>(number.and_then(|number| number.as_i64()).unwrap_or_default())
        };
        let summary = Summary {
            entries: count("COUNT(*)")?,
            confirmed: count("COUNT(*) FILTER (WHERE confirmed = 1)")?,
            disqualified: count("COUNT(*) FILTER (WHERE disqualified = 1)")?,
            points: points("SUM")?,
            highest: points("MAX")?,
            ..Summary::default()
        };
        let lines = self.lines(
            "SELECT name, kind, a, b, number FROM line WHERE kind IN ('allSignups', 'allPurchases', 'revenue', 'bonuses') \
            UNION ALL SELECT '', kind, a, 0, SUM(number) FROM line \
            WHERE kind = 'visits' AND name IN (SELECT code FROM place) GROUP BY a",
            &[],
        )?;
        Ok(summary.write(&lines).to_string())
    }
}
