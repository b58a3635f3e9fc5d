//! What a Durable Object keeps of a ledger, in its `SQLite`: the same names and values as KV, but that facts are rows of their own,
//! and that standings are kept by the insert of a fact.
//!
//! Everything of a contest is in one object, which does one thing after the other: a fact, and what it changes, is there whole or
//! not at all, and whoever asks next sees it.

mod kept;
mod places;

use domain::Fact;
use domain::fact::StateKind;
use serde_json::Value;

use kept::Kept;

/// Rows a page of a list.
const PAGE: usize = 5_000;

/// The database of an object.
pub trait Sql {
    /// All rows that a statement gives, each a list of its columns.
    fn rows(&self, statement: &str, values: Value) -> Result<Vec<Vec<Value>>, String>;

    /// Does all of something or, if it fails, nothing of it.
    fn whole(&self, act: &mut dyn FnMut() -> Result<(), String>) -> Result<(), String>;
}

/// The tables. What the last four hold follows from the facts.
const TABLES: [&str; 9] = [
    "CREATE TABLE IF NOT EXISTS record (name TEXT PRIMARY KEY, value TEXT NOT NULL, metadata TEXT, expires INTEGER) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS record_expires ON record (expires) WHERE expires IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS fact (id TEXT PRIMARY KEY, payload TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS named (name TEXT, id TEXT, PRIMARY KEY (name, id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS line (name TEXT, kind TEXT, a INTEGER, b INTEGER, number INTEGER NOT NULL, \
        PRIMARY KEY (name, kind, a, b)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS place (entry TEXT PRIMARY KEY, code TEXT NOT NULL, joined INTEGER NOT NULL, \
        points INTEGER NOT NULL, confirmed INTEGER NOT NULL, disqualified INTEGER NOT NULL, erased INTEGER NOT NULL, \
        doubts INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS place_rank ON place (points DESC, joined, entry)",
    "CREATE INDEX IF NOT EXISTS place_code ON place (code, joined, entry)",
    "CREATE TABLE IF NOT EXISTS rule (last INTEGER NOT NULL, days INTEGER NOT NULL)",
];

/// The last one to be written stands.
const OVERWRITE: &str =
    "DO UPDATE SET value = excluded.value, metadata = excluded.metadata, expires = excluded.expires";

/// What an object holds.
#[derive(Debug)]
pub struct Object<S>(S);

impl<S: Sql> Object<S> {
    /// Over a database that may be empty.
    pub fn open(sql: S) -> Result<Self, String> {
        for table in TABLES {
            sql.rows(table, Value::Array(Vec::new()))?;
        }
        Ok(Self(sql))
    }

    /// The database.
    pub fn sql(&self) -> &S {
        &self.0
    }

    /// Answers one question: a list of JSON, what is asked first. `now` is in milliseconds.
    pub fn answer(&self, question: &str) -> Result<String, String> {
        let question: Value = serde_json::from_str(question).map_err(|error| error.to_string())?;
        let question = question.as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |place: usize| question.get(place).and_then(Value::as_str);
        let asked = text(0).unwrap_or_default();
        match (asked, text(1)) {
            ("get", Some(name)) => self.get(name, question.get(2)),
            ("put", Some(name)) => {
                self.put(
                    name,
                    text(2).unwrap_or_default(),
                    question.get(3),
                    question.get(4),
                    question.get(5),
                )?;
                Ok("null".to_owned())
            }
            ("delete", Some(name)) => {
                self.rows("DELETE FROM record WHERE name = ?", &list![name])?;
                Ok("null".to_owned())
            }
            ("list", Some(prefix)) => self.list(prefix, text(2), question.get(3)),
            ("part", Some(prefix)) => self.part(
                prefix,
                text(2),
                question.get(3).and_then(Value::as_u64).unwrap_or_default(),
                question.get(4),
            ),
            ("bring", Some(_)) => {
                let entries =
                    question.get(2).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let only_missing = question.get(3) == Some(&Value::Bool(true));
                self.0.whole(&mut || self.bring(entries, only_missing, question.get(4)))?;
                Ok("null".to_owned())
            }
            ("standings", Some(contest)) => {
                places::answer(self, contest, question.get(2).unwrap_or(&Value::Null))
            }
            _ => Err(["not understood: ", asked].concat()),
        }
    }

    fn rows(&self, statement: &str, values: &[Value]) -> Result<Vec<Vec<Value>>, String> {
        // Workers would bind a boolean as the word for it.
        let plain = |value: &Value| value.as_bool().map_or_else(|| value.clone(), |is| u8::from(is).into());
        self.0.rows(statement, values.iter().map(plain).collect())
    }

    /// The first column of the first row.
    fn one(&self, statement: &str, values: &[Value]) -> Result<Option<Value>, String> {
        Ok(self.rows(statement, values)?.into_iter().next().and_then(|row| row.into_iter().next()))
    }

    fn get(&self, name: &str, now: Option<&Value>) -> Result<String, String> {
        let found = match fact_id(name) {
            Some((_, id)) => self.one("SELECT json_array('', json(payload)) FROM fact WHERE id = ?", &list![id])?,
            None => self.one(
                "SELECT json_array(value, json(metadata)) FROM record WHERE name = ? AND (expires IS NULL OR expires > ?)",
                &list![name, now],
            )?,
        };
        Ok(as_text(found).unwrap_or_else(|| "null".to_owned()))
    }

    fn put(
        &self,
        name: &str,
        value: &str,
        metadata: Option<&Value>,
        expires: Option<&Value>,
        now: Option<&Value>,
    ) -> Result<(), String> {
        let metadata = metadata.filter(|metadata| !metadata.is_null());
        if let Some((_, id)) = fact_id(name) {
            let payload = metadata.cloned().unwrap_or_default();
            return self.0.whole(&mut || self.insert(id, &payload).map(drop));
        }
        self.0.whole(&mut || {
            let sent = list![name, value, metadata.map(Value::to_string), expires];
            self.rows(
                &["INSERT INTO record VALUES (?, ?, ?, ?) ON CONFLICT (name) ", OVERWRITE].concat(),
                &sent,
            )?;
            // What is over goes when something comes that will be.
            if expires.is_some_and(Value::is_number) {
                self.rows("DELETE FROM record WHERE expires <= ?", &list![now])?;
            }
            Ok(())
        })
    }

    /// A fact that is there already changes nothing. One that a later version wrote is kept as it is.
    fn insert(&self, id: &str, payload: &Value) -> Result<Option<Fact>, String> {
        let fact = Fact::read(id, payload);
        let inserted = self.one(
            "INSERT INTO fact VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1",
            &list![id, payload.to_string()],
        )?;
        if let Some(fact) = fact.as_ref().filter(|_| inserted.is_some()) {
            Kept(self).insert(fact)?;
        }
        Ok(fact)
    }

    /// What comes in numbers is added up when somebody asks.
    fn bring(&self, entries: &[Value], only_missing: bool, now: Option<&Value>) -> Result<(), String> {
        self.rows("DELETE FROM rule", &[])?;
        let conflict = if only_missing { "DO NOTHING" } else { OVERWRITE };
        let record = [
            "INSERT INTO record SELECT ?, ?, ?, ?4 WHERE ?4 IS NULL OR ?4 > ?5 ON CONFLICT (name) ",
            conflict,
        ];
        for entry in entries {
            let Some([name, value, metadata, expires]) = entry.as_array().map(Vec::as_slice) else {
                continue;
            };
            let name = name.as_str().unwrap_or_default();
            if let Some((contest, id)) = fact_id(name) {
                if let Some(Fact::State(state)) = self.insert(id, metadata)?
                    && state.kind == StateKind::Erased
                {
                    let contest = contest.trim_start_matches("fact/");
                    let person = ["person/", contest, state.entry.as_str()].concat();
                    let reasons = ["reason/", contest, state.entry.as_str(), "/"].concat();
                    let end = [&reasons, "\u{10ffff}"].concat();
                    self.rows(
                        "DELETE FROM record WHERE name = ? OR name > ? AND name < ?",
                        &list![person, reasons, end],
                    )?;
                }
                continue;
            }
            let metadata = Some(metadata).filter(|metadata| !metadata.is_null()).map(Value::to_string);
            self.rows(&record.concat(), &list![name, value, metadata, expires, now])?;
        }
        Ok(())
    }

    /// See [`super::Ledger::part`].
    fn part(
        &self,
        prefix: &str,
        from: Option<&str>,
        most: u64,
        now: Option<&Value>,
    ) -> Result<String, String> {
        let (end, from) = ([prefix, "\u{10ffff}"].concat(), from.unwrap_or_default());
        let part = match fact_id(prefix) {
            Some((contest, id)) => self.one(
                "SELECT json_array(CASE WHEN COUNT(*) = ?1 THEN MAX(id) END, \
                json_group_array(json_array(?2 || id, '', json(payload), NULL))) FROM \
                (SELECT id, payload FROM fact WHERE id >= ?3 AND id > ?4 AND id < ?5 ORDER BY id LIMIT ?1)",
                &list![most, contest, id, from, fact_id(&end).map(|(_, id)| id)],
            )?,
            None => self.one(
                "SELECT json_array(CASE WHEN COUNT(*) = ?1 THEN MAX(name) END, \
                json_group_array(json_array(name, value, json(metadata), expires))) FROM \
                (SELECT * FROM record WHERE name >= ?2 AND name > ?3 AND name < ?4 \
                AND (expires IS NULL OR expires > ?5) ORDER BY name LIMIT ?1)",
                &list![most, prefix, from, end, now],
            )?,
        };
        as_text(part).ok_or_else(|| "no part".to_owned())
    }

    /// A page as [`super::kv::Page`] has it: where the list goes on, names and metadata.
    fn list(&self, prefix: &str, from: Option<&str>, now: Option<&Value>) -> Result<String, String> {
        // What is behind every name that begins with a prefix: no name holds such a character.
        let end = [prefix, "\u{10ffff}"].concat();
        let page = match fact_id(prefix) {
            Some((contest, id)) => self.one(
                "SELECT json_array(CASE WHEN COUNT(*) = ? THEN MAX(id) END, json_group_array(json_array(? || id, json(payload)))) FROM \
                (SELECT id, payload FROM fact WHERE id >= ? AND id > ? AND id < ? ORDER BY id LIMIT ?)",
                &list![PAGE, contest, id, from.unwrap_or_default(), fact_id(&end).map(|(_, id)| id), PAGE],
            )?,
            None => self.one(
                "SELECT json_array(CASE WHEN COUNT(*) = ? THEN MAX(name) END, json_group_array(json_array(name, json(metadata)))) FROM \
                (SELECT name, metadata FROM record WHERE name >= ? AND name > ? AND name < ? \
                AND (expires IS NULL OR expires > ?) ORDER BY name LIMIT ?)",
                &list![PAGE, prefix, from.unwrap_or_default(), end, now, PAGE],
            )?,
        };
        as_text(page).ok_or_else(|| "no page".to_owned())
    }
}

fn as_text(value: Option<Value>) -> Option<String> {
    if let Some(Value::String(text)) = value { Some(text) } else { None }
}

/// `fact/CONTEST/` and the id behind it, or the beginning of one.
fn fact_id(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix("fact/")?;
    let contest = rest.find('/')?.saturating_add("fact/".len()).saturating_add(1);
    name.split_at_checked(contest)
}
