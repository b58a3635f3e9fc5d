//! Where a contest's facts and records are kept. A ledger only has to hold a set: it never counts,
//! and nothing in it is ever read, changed and written back.

/// A list of values. (Tuples would do, but each is a type of its own, which is half a kilobyte of the Worker.)
macro_rules! list {
    ($($value:expr),* $(,)?) => { [$(domain::json::value(&$value)),*] };
}

mod attempt;
mod directory;
pub mod durable;
mod key;
mod kv;
mod memory;
pub mod object;
mod place;
mod snapshot;

use core::future::{Future, ready};

pub use attempt::{Attempt, Outcome};
use domain::fold::{Snapshot, Terms};
use domain::{EntryId, Fact, Timestamp};
pub use key::{
    ApiKey, Key, KeyKind, Mark, Marks, Person, Referrer, api_key, chores, contest, contest_of_team,
    contests_of, early, early_of, endpoint, endpoints_of, final_standings, has_endpoints, keys_of, payer,
    person, reason, reasons_of, referrer, taken_of, team_contest, team_key, teams,
};
pub use kv::{Kv, KvFault, KvLedger, Page, Stored};
pub use memory::{Asked, MemoryKv};
pub use place::{Place, Places, Question, Sought, Summary};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
pub use snapshot::{News, Part, Proof, Task, Then};

/// The store did not take or give something, also when asked again. Whoever called may come back later.
#[derive(Debug)]
pub struct Unavailable(pub String);

/// A part of the persons of a contest.
#[derive(Debug)]
pub struct Persons {
    /// By their entries' ids, in order.
    pub persons: Vec<(EntryId, Person)>,
    /// Where it goes on; `None` at the end.
    pub cursor: Option<String>,
}

/// What holds the facts and, beside them, the records: contests, codes, persons, keys.
pub trait Ledger {
    /// A record; what was never written is `None`.
    fn get<R: DeserializeOwned>(&self, key: &Key<R>) -> impl Future<Output = Result<Option<R>, Unavailable>>;

    /// Writes a whole record. The last one to be written stands.
    fn put<R: Serialize>(&self, key: &Key<R>, record: &R) -> impl Future<Output = Result<(), Unavailable>>;

    /// The same of one that is gone after a number of seconds, at least 60.
    fn put_for(
        &self,
        key: &Key<Value>,
        record: &Value,
        seconds: u64,
    ) -> impl Future<Output = Result<(), Unavailable>>;

    /// Removes a record for good.
    fn remove<R>(&self, key: &Key<R>) -> impl Future<Output = Result<(), Unavailable>>;

    /// The last parts of the names of all these keys, in byte order.
    fn names(&self, marks: &Marks) -> impl Future<Output = Result<Vec<String>, Unavailable>>;

    /// The persons of a contest, a thousand or so at a time.
    fn persons(
        &self,
        contest: &str,
        cursor: Option<String>,
    ) -> impl Future<Output = Result<Persons, Unavailable>>;

    /// The fact of an id, if it was written.
    fn fact(&self, contest: &str, id: &str) -> impl Future<Output = Result<Option<Fact>, Unavailable>>;

    /// Every fact of a contest whose id begins with `prefix`.
    fn facts(&self, contest: &str, prefix: &str) -> impl Future<Output = Result<Vec<Fact>, Unavailable>>;

    /// Writes a fact. Once this is `Ok` it is stored; writing the same again changes nothing.
    fn write(&self, contest: &str, fact: &Fact) -> impl Future<Output = Result<(), Unavailable>>;

    /// How those stand who are asked for.
    fn places(
        &self,
        contest: &str,
        terms: Terms,
        question: Question<'_>,
    ) -> impl Future<Output = Result<Places, Unavailable>> {
        async move { Ok(Places::fold(&self.snapshot(contest).await?.facts, terms, question)) }
    }

    /// Those whose name or address holds a text, who joined first at the front, if that is known without reading all persons.
    fn search(
        &self,
        _contest: &str,
        _terms: Terms,
        _sought: Sought<'_>,
    ) -> impl Future<Output = Result<Option<Places>, Unavailable>> {
        ready(Ok(None))
    }

    /// What a contest comes to.
    fn summary(&self, contest: &str, terms: Terms) -> impl Future<Output = Result<Summary, Unavailable>> {
        async move { Ok(Summary::fold(&self.snapshot(contest).await?.facts, terms.rule)) }
    }

    /// All facts of a contest, visits only by what they come to.
    fn snapshot(&self, contest: &str) -> impl Future<Output = Result<Gathered, Unavailable>> {
        async move {
            let facts = self.facts(contest, "").await?.into_iter().collect();
            Ok(Gathered { facts, is_late: false })
        }
    }

    /// Somebody is called otherwise, or is erased.
    fn rename(&self, _contest: &str, _entry: &EntryId) {}

    /// What a snapshot lacks by now, once.
    fn news(&self) -> Vec<News> {
        Vec::new()
    }

    /// Does what there is to do for the snapshot of a contest.
    fn look_after(
        &self,
        _contest: &str,
        _terms: Terms,
        _task: Task,
        _now: Timestamp,
    ) -> impl Future<Output = Result<Then, Unavailable>> {
        ready(Ok(Then::Done))
    }

    /// What is known of the snapshot of a contest, if it has one.
    fn proof(&self, _contest: &str) -> impl Future<Output = Result<Option<Proof>, Unavailable>> {
        ready(Ok(None))
    }

    /// What it is kept in, as wrangler.toml says it: `kv`.
    fn kind(&self) -> &'static str;

    /// Whatever is kept under names that begin with `prefix`, at most so much, and where it goes on: `[cursor, [[name, value,
    /// metadata, expires], …]]`.
    fn part(
        &self,
        prefix: &str,
        cursor: Option<String>,
        most: u32,
    ) -> impl Future<Output = Result<Value, Unavailable>>;

    /// Keeps what was taken from another ledger, or from this one. Facts that are there stay, and so does all else where only
    /// what is missing is brought.
    fn bring(&self, entries: &Value, only_missing: bool) -> impl Future<Output = Result<(), Unavailable>>;

    /// Keeps what became of an attempt to deliver, and the message, for a number of seconds.
    fn keep(
        &self,
        delivery: &Delivery,
        attempt: &Attempt,
        message: &str,
        seconds: u64,
    ) -> impl Future<Output = Result<(), Unavailable>>;

    /// The attempts to deliver to an endpoint, each with the event's id; those at one event follow one another, the
    /// earliest first.
    fn attempts(
        &self,
        contest: &str,
        endpoint: &str,
    ) -> impl Future<Output = Result<Vec<(String, Attempt)>, Unavailable>>;

    /// The message that was tried to be delivered, as it was the first time.
    fn message(&self, delivery: &Delivery) -> impl Future<Output = Result<Option<String>, Unavailable>>;
}

/// What a contest is added up from.
#[derive(Debug)]
pub struct Gathered {
    /// The facts.
    pub facts: Snapshot,
    /// There are many, and they may be those of some minutes ago.
    pub is_late: bool,
}

/// Which event is delivered to which endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The contest's id.
    pub contest: &'a str,
    /// The endpoint's.
    pub endpoint: &'a str,
    /// The event's.
    pub event: &'a str,
}
