//! Where a contest's facts and records are kept. A ledger only has to hold a set: it never counts,
//! and nothing in it is ever read, changed and written back.

mod key;
mod kv;
mod memory;

use core::future::Future;

use domain::Fact;
pub use key::{ApiKey, Key, KeyKind, Person, Referrer, api_key, contest, person, referrer};
pub use kv::{Kv, KvFault, KvLedger, Page, Stored};
pub use memory::MemoryKv;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The store did not take or give something, also when asked again. Whoever called may come back later.
#[derive(Debug)]
pub struct Unavailable(pub String);

/// What holds the facts and, beside them, the records: contests, codes, persons, keys.
pub trait Ledger {
    /// A record; what was never written is `None`.
    fn get<R: DeserializeOwned>(&self, key: &Key<R>) -> impl Future<Output = Result<Option<R>, Unavailable>>;

    /// Writes a whole record. The last one to be written stands.
    fn put<R: Serialize>(&self, key: &Key<R>, record: &R) -> impl Future<Output = Result<(), Unavailable>>;

    /// The fact of an id, if it was written.
    fn fact(&self, contest: &str, id: &str) -> impl Future<Output = Result<Option<Fact>, Unavailable>>;

    /// Every fact of a contest whose id begins with `prefix`.
    fn facts(&self, contest: &str, prefix: &str) -> impl Future<Output = Result<Vec<Fact>, Unavailable>>;

    /// Writes a fact. Once this is `Ok` it is stored; writing the same again changes nothing.
    fn write(&self, contest: &str, fact: &Fact) -> impl Future<Output = Result<(), Unavailable>>;
}
