//! Durable Objects on this machine: their very statements, each over a database of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;

use edge::ledger::object::{Object, Sql};
use edge::ledger::{Kv, KvFault, Page, Stored, durable};
use rusqlite::types::{ToSqlOutput, Value as Column};
use rusqlite::{Connection, params_from_iter};
use serde_json::Value;

/// One object's database.
pub struct Sqlite(pub Connection);

impl Sqlite {
    pub fn new() -> Self {
        Self(Connection::open_in_memory().unwrap())
    }
}

impl Sql for Sqlite {
    fn rows(&self, statement: &str, values: Value) -> Result<Vec<Vec<Value>>, String> {
        let values = values.as_array().cloned().unwrap_or_default();
        let values = values.into_iter().map(|value| match value {
            Value::Null => Column::Null,
            // As Workers does.
            Value::Bool(is) => Column::Text(is.to_string()),
            Value::Number(number) => number.as_i64().map_or(Column::Real(f64::NAN), Column::Integer),
            Value::String(text) => Column::Text(text),
            other => Column::Text(other.to_string()),
        });
        let mut prepared = self.0.prepare_cached(statement).map_err(|error| error.to_string())?;
        let columns = prepared.column_count();
        let values = params_from_iter(values.map(ToSqlOutput::Owned));
        let rows = prepared.query_map(values, |row| {
            (0..columns)
                .map(|column| {
                    Ok(match row.get::<_, Column>(column)? {
                        Column::Integer(number) => number.into(),
                        Column::Text(text) => text.into(),
                        _ => Value::Null,
                    })
                })
                .collect()
        });
        rows.and_then(Iterator::collect).map_err(|error| error.to_string())
    }

    fn whole(&self, act: &mut dyn FnMut() -> Result<(), String>) -> Result<(), String> {
        self.0.execute_batch("SAVEPOINT whole").unwrap();
        let done = act();
        let end = if done.is_ok() { "RELEASE whole" } else { "ROLLBACK TO whole; RELEASE whole" };
        self.0.execute_batch(end).unwrap();
        done
    }
}

/// The objects of a deployment, by their names.
#[derive(Default)]
pub struct Objects {
    objects: RefCell<BTreeMap<String, Object<Sqlite>>>,
    /// The moment, in milliseconds.
    pub now: std::cell::Cell<i64>,
}

impl Objects {
    pub fn at(now: i64) -> Self {
        let objects = Self::default();
        objects.now.set(now);
        objects
    }

    /// How many records an object has, whether or not they are over.
    pub fn records(&self, object: &str) -> i64 {
        let objects = self.objects.borrow();
        let connection = &objects[object].sql().0;
        connection.query_row("SELECT COUNT(*) FROM record", (), |row| row.get(0)).unwrap()
    }

    /// All records of an object.
    pub fn all(&self, object: &str) -> String {
        let objects = self.objects.borrow();
        let mut all = objects[object].sql().0.prepare("SELECT name || ' ' || value FROM record").unwrap();
        let records = all.query_map((), |row| row.get::<_, String>(0)).unwrap();
        records.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    /// Does something to an object's database.
    pub fn execute(&self, object: &str, statement: &str) {
        self.objects.borrow()[object].sql().0.execute_batch(statement).unwrap();
    }

    fn ask(&self, (object, question): (String, Value)) -> Result<Value, KvFault> {
        let mut objects = self.objects.borrow_mut();
        let object = objects.entry(object).or_insert_with(|| Object::open(Sqlite::new()).unwrap());
        let answer = object.answer(&question.to_string()).map_err(KvFault)?;
        Ok(serde_json::from_str(&answer).unwrap())
    }
}

impl Kv for &Objects {
    async fn get(&self, name: &str) -> Result<Option<Stored>, KvFault> {
        Ok(durable::stored(self.ask(durable::get(name, self.now.get()))?))
    }

    async fn put(
        &self,
        name: &str,
        value: &str,
        metadata: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<(), KvFault> {
        self.ask(durable::put(name, value, metadata, seconds, self.now.get())).map(drop)
    }

    async fn delete(&self, name: &str) -> Result<(), KvFault> {
        self.ask(durable::delete(name)).map(drop)
    }

    async fn list(&self, prefix: &str, cursor: Option<String>) -> Result<Page, KvFault> {
        durable::page(self.ask(durable::list(prefix, cursor.as_deref(), self.now.get()))?)
    }

    async fn standings(&self, contest: &str, question: &Value) -> Result<Option<Value>, KvFault> {
        self.ask(durable::standings(contest, question)).map(Some)
    }

    fn kind(&self) -> &'static str {
        "durable"
    }

    async fn part(&self, prefix: &str, cursor: Option<String>, most: u32) -> Result<Value, KvFault> {
        self.ask(durable::part(prefix, cursor.as_deref(), most, self.now.get()))
    }

    async fn bring(&self, entries: &Value, only_missing: bool) -> Result<(), KvFault> {
        let asked = durable::bring(entries, only_missing, self.now.get());
        asked.into_iter().try_for_each(|asked| self.ask(asked).map(drop))
    }

    async fn pause(&self, _attempt: u32) {}
}
