//! The ledger over Workers KV: a fact is a key of its own, with its payload in the key's metadata, so
//! that a list reads a thousand facts at once.
//!
//! KV may refuse a write (a second one to a key within a second, a fault, a lost answer): it is
//! tried again, and a fact that turns out to be there already is written.

use core::cell::{Cell, RefCell};
use core::future::{Future, ready};

use domain::fold::Terms;
use domain::{EntryId, Fact, Timestamp, record};
use futures_util::future::try_join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::key::{self, Key, Marks};
use super::place::{self, Places, Question, Sought, Summary};
use super::snapshot::{News, Proof, Task, Then};
use super::{Attempt, Delivery, Gathered, Ledger, Person, Persons, Unavailable};

/// How often a refused call is tried, the first time included.
const TRIES: u32 = 4;

/// Bytes of JSON that a key takes beside its value.
const MAX_METADATA: usize = 1_024;

/// The handful of calls that the ledger makes to Workers KV.
pub trait Kv {
    /// A key's value and metadata.
    fn get(&self, name: &str) -> impl Future<Output = Result<Option<Stored>, KvFault>>;

    /// A key's value alone: what it takes to read metadata is saved.
    fn value(&self, name: &str) -> impl Future<Output = Result<Option<String>, KvFault>> {
        async { Ok(self.get(name).await?.map(|stored| stored.value)) }
    }

    /// Writes a key, with metadata that is JSON. The key is gone after a number of seconds, at least 60, or stays.
    fn put(
        &self,
        name: &str,
        value: &str,
        metadata: Option<&str>,
        seconds: Option<u64>,
    ) -> impl Future<Output = Result<(), KvFault>>;

    /// Removes a key; one that is not there is removed already.
    fn delete(&self, name: &str) -> impl Future<Output = Result<(), KvFault>>;

    /// Up to a thousand keys that begin with `prefix`, with their metadata; there may be more behind
    /// `cursor` even where a page is empty.
    fn list(&self, prefix: &str, cursor: Option<String>) -> impl Future<Output = Result<Page, KvFault>>;

    /// Asks a store that keeps standings itself; what is `None` of one that does not.
    fn standings(
        &self,
        _contest: &str,
        _question: &Value,
    ) -> impl Future<Output = Result<Option<Value>, KvFault>> {
        ready(Ok(None))
    }

    /// A contest with more facts than that has a snapshot, if somebody keeps one who is told of what is new.
    fn snapshots_from(&self) -> Option<usize> {
        None
    }

    /// What it is, as wrangler.toml says it.
    fn kind(&self) -> &'static str {
        "kv"
    }

    /// See [`Ledger::part`].
    fn part(
        &self,
        _prefix: &str,
        _cursor: Option<String>,
        _most: u32,
    ) -> impl Future<Output = Result<Value, KvFault>> {
        ready(Err(KvFault("cannot be taken along".to_owned())))
    }

    /// See [`Ledger::bring`].
    fn bring(&self, _entries: &Value, _only_missing: bool) -> impl Future<Output = Result<(), KvFault>> {
        ready(Err(KvFault("takes nothing from elsewhere".to_owned())))
    }

    /// Waits before the next try, longer each time and never as long as another waits.
    fn pause(&self, attempt: u32) -> impl Future<Output = ()>;
}

/// A call to KV failed; why, as KV put it.
#[derive(Debug)]
pub struct KvFault(pub String);

/// What a key holds.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The value.
    pub value: String,
    /// What lists show of it.
    pub metadata: Option<Value>,
}

impl Stored {
    /// What was put.
    pub fn of(value: &str, metadata: Option<&str>) -> Self {
        let metadata = metadata.and_then(|metadata| serde_json::from_str(metadata).ok());
        Self { value: value.to_owned(), metadata }
    }
}

/// A part of a list.
#[derive(Debug)]
pub struct Page {
    /// Names and metadata.
    pub keys: Vec<(String, Option<Value>)>,
    /// Where the list goes on; `None` at its end.
    pub cursor: Option<String>,
}

/// Somebody, and what they are called, if that is known.
pub(super) type Known = (EntryId, Option<Person>);

/// A ledger over KV.
#[derive(Debug)]
pub struct KvLedger<K> {
    pub(super) kv: K,
    /// What was stored, for whoever keeps snapshots.
    pub(super) news: RefCell<Vec<News>>,
}

impl<K: Kv> KvLedger<K> {
    /// A ledger over that.
    pub fn new(kv: K) -> Self {
        Self { kv, news: RefCell::default() }
    }

    pub(super) async fn read(&self, name: &str) -> Result<Option<Stored>, Unavailable> {
        self.again(async || self.kv.get(name).await).await
    }

    /// Asks for what may be asked for any number of times.
    async fn again<T>(&self, ask: impl AsyncFn() -> Result<T, KvFault>) -> Result<T, Unavailable> {
        let mut attempt = 1;
        loop {
            match ask().await {
                Ok(answer) => return Ok(answer),
                Err(KvFault(fault)) if attempt >= TRIES => return Err(Unavailable(fault)),
                Err(_) => self.kv.pause(attempt).await,
            }
            attempt = attempt.saturating_add(1);
        }
    }

    pub(super) async fn page(&self, prefix: &str, cursor: Option<String>) -> Result<Page, Unavailable> {
        self.again(async || self.kv.list(prefix, cursor.clone()).await).await
    }

    /// All keys that begin with `prefix`: what is behind it in their names, and their metadata.
    async fn all<T>(
        &self,
        prefix: &str,
        read: impl Fn(&str, Option<Value>) -> Option<T>,
    ) -> Result<Vec<T>, Unavailable> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.page(prefix, cursor).await?;
            let rest = |name: &str| name.strip_prefix(prefix).map(str::to_owned);
            all.extend(page.keys.into_iter().filter_map(|(name, metadata)| read(&rest(&name)?, metadata)));
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// A page of a contest's persons.
    pub(super) async fn list_persons(
        &self,
        contest: &str,
        cursor: Option<String>,
    ) -> Result<(Vec<Known>, Option<String>), Unavailable> {
        let prefix = [&key::persons(contest), "/"].concat();
        let page = self.page(&prefix, cursor).await?;
        let entry = |name: &str| EntryId::parse(name.strip_prefix(&prefix)?);
        let listed = page.keys.into_iter().filter_map(|(name, listed)| Some((entry(&name)?, listed)));
        Ok((self.read_persons(contest, listed.collect()).await?, page.cursor))
    }

    /// The persons of entries; of whom a list showed the record, as it did.
    pub(super) async fn read_persons(
        &self,
        contest: &str,
        entries: Vec<(EntryId, Option<Value>)>,
    ) -> Result<Vec<Known>, Unavailable> {
        let persons = entries.into_iter().map(async |(entry, listed)| {
            let person = match listed.and_then(|listed| record::read(&listed).ok()) {
                Some(person) => Some(person),
                None => self.get(&key::person(contest, &entry)).await?,
            };
            Ok((entry, person))
        });
        try_join_all(persons).await
    }

    /// What a store answers that keeps standings itself.
    pub(super) async fn kept<T>(
        &self,
        contest: &str,
        question: &Value,
        read: fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Unavailable> {
        let Some(answer) = self.again(async || self.kv.standings(contest, question).await).await? else {
            return Ok(None);
        };
        read(&answer).map(Some).ok_or_else(|| Unavailable("standings cannot be read".to_owned()))
    }

    async fn save(&self, name: &str, record: &str, is_listed: bool) -> Result<(), Unavailable> {
        let listed = Some(record).filter(|_| is_listed && record.len() <= MAX_METADATA);
        self.put_text(name, record, listed, None).await
    }

    pub(super) async fn put_text(
        &self,
        name: &str,
        text: &str,
        metadata: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<(), Unavailable> {
        self.again(async || self.kv.put(name, text, metadata, seconds).await).await
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), Unavailable> {
        self.again(async || self.kv.delete(name).await).await
    }
}

/// What serde says of a value quotes it, and goes to the log.
fn record<R: DeserializeOwned>(name: &str, text: &str) -> Result<R, Unavailable> {
    let none = |at: &str| Unavailable([name, ": no record, at ", at].concat());
    let json: Value =
        serde_json::from_str(text).map_err(|error| none(&format!("column {}", error.column())))?;
    record::read(&json).map_err(|unread| none(&unread.path))
}

/// The name of one that is taken along.
fn name_of(entry: &Value) -> Option<&str> {
    entry.get(0)?.as_str()
}

impl<K: Kv> Ledger for KvLedger<K> {
    async fn get<R: DeserializeOwned>(&self, key: &Key<R>) -> Result<Option<R>, Unavailable> {
        let value = self.again(async || self.kv.value(key.name()).await).await?;
        value.map(|value| record(key.name(), &value)).transpose()
    }

    async fn put<R: Serialize>(&self, key: &Key<R>, record: &R) -> Result<(), Unavailable> {
        let record = serde_json::to_string(record).map_err(|error| Unavailable(error.to_string()))?;
        self.save(key.name(), &record, key.is_listed()).await
    }

    async fn put_for(&self, key: &Key<Value>, record: &Value, seconds: u64) -> Result<(), Unavailable> {
        self.put_text(key.name(), &domain::json::text(record), None, Some(seconds)).await
    }

    async fn remove<R>(&self, key: &Key<R>) -> Result<(), Unavailable> {
        self.delete(key.name()).await
    }

    async fn names(&self, marks: &Marks) -> Result<Vec<String>, Unavailable> {
        self.all(&marks.prefix(), |name, _| Some(name.to_owned())).await
    }

    async fn persons(&self, contest: &str, cursor: Option<String>) -> Result<Persons, Unavailable> {
        let (persons, cursor) = self.list_persons(contest, cursor).await?;
        let persons = persons.into_iter().map(|(entry, person)| (entry, person.unwrap_or_default()));
        Ok(Persons { persons: persons.collect(), cursor })
    }

    async fn fact(&self, contest: &str, id: &str) -> Result<Option<Fact>, Unavailable> {
        let stored = self.read(&key::fact(contest, id)).await?;
        Ok(stored.and_then(|stored| Fact::read(id, &stored.metadata?)))
    }

    async fn facts(&self, contest: &str, prefix: &str) -> Result<Vec<Fact>, Unavailable> {
        // What is behind the prefix is not yet the id.
        let read = |rest: &str, payload: Option<Value>| Fact::read(&[prefix, rest].concat(), &payload?);
        self.all(&key::fact(contest, prefix), read).await
    }

    async fn write(&self, contest: &str, fact: &Fact) -> Result<(), Unavailable> {
        let name = key::fact(contest, &fact.id());
        let payload = fact.payload();
        let is_tried = Cell::new(false);
        self.again(async || {
            // Only the answer may have been lost.
            if is_tried.replace(true) && matches!(self.kv.get(&name).await, Ok(Some(_))) {
                return Ok(());
            }
            self.kv.put(&name, "", Some(&payload), None).await
        })
        .await?;
        self.tell_of(contest, fact);
        Ok(())
    }

    async fn places(
        &self,
        contest: &str,
        terms: Terms,
        question: Question<'_>,
    ) -> Result<Places, Unavailable> {
        if let Some(places) = self.kept(contest, &question.sent(terms), Places::read).await? {
            return Ok(places);
        }
        let board = self.read_board(contest).await?;
        if let Some(board) = &board
            && let Some(places) = self.places_kept(contest, board, terms, question).await?
        {
            return Ok(places);
        }
        let gathered = self.gather(contest, board.is_some()).await?;
        Ok(Places::fold(&gathered.facts, terms, question))
    }

    async fn search(
        &self,
        contest: &str,
        terms: Terms,
        sought: Sought<'_>,
    ) -> Result<Option<Places>, Unavailable> {
        match self.kept(contest, &sought.sent(terms), Places::read).await? {
            Some(places) => Ok(Some(places)),
            None => self.search_directory(contest, terms, sought).await,
        }
    }

    async fn summary(&self, contest: &str, terms: Terms) -> Result<Summary, Unavailable> {
        let question = place::sent(terms, place::SUMMARY, "", (0, 0));
        if let Some(summary) = self.kept(contest, &question, Summary::read).await? {
            return Ok(summary);
        }
        let board = self.read_board(contest).await?;
        if let Some(summary) = board.as_ref().and_then(|board| self.summary_kept(contest, board, terms)) {
            return Ok(summary);
        }
        let gathered = self.gather(contest, board.is_some()).await?;
        Ok(Summary::fold(&gathered.facts, terms.rule))
    }

    async fn snapshot(&self, contest: &str) -> Result<Gathered, Unavailable> {
        let has_board = self.read_board(contest).await?.is_some();
        self.gather(contest, has_board).await
    }

    fn rename(&self, contest: &str, entry: &EntryId) {
        if self.kv.snapshots_from().is_some() {
            self.tell(contest, Task::Forget(vec![entry.clone()]));
        }
    }

    fn news(&self) -> Vec<News> {
        self.news.take()
    }

    async fn look_after(
        &self,
        contest: &str,
        terms: Terms,
        task: Task,
        now: Timestamp,
    ) -> Result<Then, Unavailable> {
        match task {
            Task::Batch(facts) => self.take_batch(contest, terms, facts, now).await,
            Task::Check(batch) => self.check(contest, terms, batch, now).await,
            Task::Look(asked) => self.look(contest, terms, asked, now).await,
            Task::Prove(part) => self.prove(contest, terms, part, now).await,
            Task::List => self.list(contest, now).await,
            Task::Forget(entries) => self.forget(contest, entries).await,
            Task::Compare(entries) => self.compare(contest, entries).await,
        }
    }

    async fn proof(&self, contest: &str) -> Result<Option<Proof>, Unavailable> {
        Ok(self.read_board(contest).await?.map(|board| board.proof))
    }

    fn kind(&self) -> &'static str {
        self.kv.kind()
    }

    async fn part(&self, prefix: &str, cursor: Option<String>, most: u32) -> Result<Value, Unavailable> {
        let mut part = self.again(async || self.kv.part(prefix, cursor.clone(), most).await).await?;
        if let Some(entries) = part.get_mut(1).and_then(Value::as_array_mut) {
            entries.retain(|entry| !name_of(entry).is_some_and(key::is_derived));
        }
        Ok(part)
    }

    async fn bring(&self, entries: &Value, only_missing: bool) -> Result<(), Unavailable> {
        self.again(async || self.kv.bring(entries, only_missing).await).await?;
        let names = entries.as_array().into_iter().flatten().filter_map(name_of);
        let snapshotted = |name: &str| name.starts_with("fact/") || name.starts_with("person/");
        let names = names.filter(|name| snapshotted(name));
        let mut contests: Vec<&str> = names.filter_map(|name| name.split('/').nth(1)).collect();
        contests.dedup();
        for contest in contests {
            self.drop_snapshot(contest).await?;
        }
        Ok(())
    }

    async fn keep(
        &self,
        delivery: &Delivery<'_>,
        attempt: &Attempt,
        message: &str,
        seconds: u64,
    ) -> Result<(), Unavailable> {
        let name = [key::delivery(delivery), attempt.name()].concat();
        self.put_text(&name, message, Some(&domain::json::text(&attempt.metadata())), Some(seconds)).await
    }

    async fn attempts(&self, contest: &str, endpoint: &str) -> Result<Vec<(String, Attempt)>, Unavailable> {
        let read = |rest: &str, metadata: Option<Value>| {
            let (event, _) = rest.split_once('/')?;
            Some((event.to_owned(), Attempt::read(&metadata?)?))
        };
        self.all(&key::deliveries(contest, endpoint), read).await
    }

    async fn message(&self, delivery: &Delivery<'_>) -> Result<Option<String>, Unavailable> {
        let prefix = key::delivery(delivery);
        let names = self.all(&prefix, |name, _| Some([&prefix, name].concat())).await?;
        let Some(name) = names.first() else { return Ok(None) };
        Ok(self.read(name).await?.map(|stored| stored.value))
    }
}
