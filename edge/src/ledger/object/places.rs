//! What is answered of standings that are kept: a query for each question, and none that reads facts.

use domain::fold::{Standing, Tally};
use serde_json::Value;

use super::kept::Kept;
use super::{Object, Sql};
use crate::ledger::place::{self, Place, Places, Summary};

const COLUMNS: &str = "SELECT entry, code, joined, points, confirmed, disqualified, doubts FROM place ";

/// Who holds a place; the one `?` is whether addresses have to be confirmed.
const HOLDS: &str = "erased = 0 AND disqualified = 0 AND (confirmed = 1 OR NOT ?)";

pub(super) fn answer<S: Sql>(object: &Object<S>, question: &Value) -> Result<String, String> {
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
    let entries = desk.number("SELECT COUNT(*) FROM place WHERE erased = 0", &[])?;
    let rows = match asked {
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
            "joined" => None,
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
