//! Ledgers, and a snapshot, that are wrong on purpose, to see whether the simulator notices. Everything but what is wrong is the deployed one's.

use domain::fold::Terms;
use domain::{EntryId, Fact, Timestamp};
use edge::ledger::{
    Attempt, Delivery, Gathered, Key, Kv, KvLedger, Ledger, Marks, News, Persons, Places, Proof, Sought,
    Task, Then, Unavailable,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::places::Over;
use crate::simulator::PlaceKv;

/// Where it keeps facts, and what it does for a snapshot of them.
pub trait Mistake: 'static {
    /// Are its facts where the deployed one's are, so that there is a snapshot?
    const HAS_SNAPSHOT: bool = false;

    async fn facts(kv: &PlaceKv, contest: &str) -> Result<Vec<Fact>, Unavailable> {
        KvLedger::new(kv.clone()).facts(contest, "").await
    }

    /// Writes one, by what is the deployed ledger.
    async fn write(ledger: &Deployed, kv: &PlaceKv, contest: &str, fact: &Fact) -> Result<(), Unavailable>;

    /// Is this task done, and not left out?
    fn does(_: &Task, _has_snapshot: bool) -> bool {
        true
    }
}

type Deployed = KvLedger<PlaceKv>;

/// All facts of a contest in one record, which is read, added to and written back.
pub struct ReadAddWrite;

impl ReadAddWrite {
    fn name(contest: &str) -> String {
        format!("facts/{contest}")
    }

    async fn read(kv: &PlaceKv, contest: &str) -> Result<Vec<Value>, Unavailable> {
        let stored = kv.get(&Self::name(contest)).await.map_err(|fault| Unavailable(fault.0))?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored.value).ok()).unwrap_or_default())
    }
}

impl Mistake for ReadAddWrite {
    async fn facts(kv: &PlaceKv, contest: &str) -> Result<Vec<Fact>, Unavailable> {
        let facts = Self::read(kv, contest).await?;
        Ok(facts.iter().filter_map(|fact| Fact::read(fact["id"].as_str()?, &fact["payload"])).collect())
    }

    async fn write(_: &Deployed, kv: &PlaceKv, contest: &str, fact: &Fact) -> Result<(), Unavailable> {
        let mut facts = Self::read(kv, contest).await?;
        facts.retain(|known| known["id"] != fact.id());
        let payload: Value = serde_json::from_str(&fact.payload()).unwrap();
        facts.push(json!({"id": fact.id(), "payload": payload}));
        let text = Value::Array(facts).to_string();
        kv.put(&Self::name(contest), &text, None, None).await.map_err(|fault| Unavailable(fault.0))
    }
}

/// A key a fact, as it is right, and answered before it is known to be stored.
pub struct AnswerFirst;

impl Mistake for AnswerFirst {
    async fn write(_: &Deployed, kv: &PlaceKv, contest: &str, fact: &Fact) -> Result<(), Unavailable> {
        // Whatever came of it.
        let _ = kv.put(&format!("fact/{contest}/{}", fact.id()), "", Some(&fact.payload()), None).await;
        Ok(())
    }
}

/// Nothing is wrong. It shows that it is the mistake by which the next one is found out.
pub struct NoMistake;

impl Mistake for NoMistake {
    const HAS_SNAPSHOT: bool = true;

    async fn write(ledger: &Deployed, _: &PlaceKv, contest: &str, fact: &Fact) -> Result<(), Unavailable> {
        ledger.write(contest, fact).await
    }
}

/// A snapshot that is made of what KV lists at that moment, and of what it is told since. It never looks again: not whether what it
/// was told is still in it, and not at all facts, of which a list may have lacked some and a message may never have come.
pub struct NeverLooksAgain;

impl Mistake for NeverLooksAgain {
    const HAS_SNAPSHOT: bool = true;

    async fn write(ledger: &Deployed, _: &PlaceKv, contest: &str, fact: &Fact) -> Result<(), Unavailable> {
        ledger.write(contest, fact).await
    }

    fn does(task: &Task, has_snapshot: bool) -> bool {
        !has_snapshot || matches!(task, Task::Batch(_))
    }
}

/// A directory that is told of who joined and who was erased, and not of who was called otherwise, until it is made anew at night.
pub struct NeverRenames;

impl Mistake for NeverRenames {
    const HAS_SNAPSHOT: bool = true;

    async fn write(ledger: &Deployed, _: &PlaceKv, contest: &str, fact: &Fact) -> Result<(), Unavailable> {
        ledger.write(contest, fact).await
    }

    fn does(task: &Task, _has_snapshot: bool) -> bool {
        !matches!(task, Task::Forget(_) | Task::Compare(_))
    }
}

/// The deployed ledger but for one mistake.
pub struct Wrong<M> {
    kv: PlaceKv,
    deployed: Deployed,
    mistake: core::marker::PhantomData<M>,
}

impl<M: Mistake> Over for M {
    type Ledger = Wrong<M>;

    fn over(kv: PlaceKv) -> Wrong<M> {
        Wrong { kv: kv.clone(), deployed: KvLedger::new(kv), mistake: core::marker::PhantomData }
    }
}

impl<M: Mistake> Ledger for Wrong<M> {
    async fn facts(&self, contest: &str, prefix: &str) -> Result<Vec<Fact>, Unavailable> {
        let mut facts = M::facts(&self.kv, contest).await?;
        facts.retain(|fact| fact.id().starts_with(prefix));
        Ok(facts)
    }

    async fn fact(&self, contest: &str, id: &str) -> Result<Option<Fact>, Unavailable> {
        Ok(M::facts(&self.kv, contest).await?.into_iter().find(|fact| fact.id() == id))
    }

    async fn write(&self, contest: &str, fact: &Fact) -> Result<(), Unavailable> {
        M::write(&self.deployed, &self.kv, contest, fact).await
    }

    async fn snapshot(&self, contest: &str) -> Result<Gathered, Unavailable> {
        if M::HAS_SNAPSHOT {
            return self.deployed.snapshot(contest).await;
        }
        Ok(Gathered { facts: self.facts(contest, "").await?.into_iter().collect(), is_late: false })
    }

    fn news(&self) -> Vec<News> {
        self.deployed.news()
    }

    async fn look_after(
        &self,
        contest: &str,
        terms: Terms,
        task: Task,
        now: Timestamp,
    ) -> Result<Then, Unavailable> {
        if !M::HAS_SNAPSHOT || !M::does(&task, self.proof(contest).await?.is_some()) {
            return Ok(Then::Done);
        }
        self.deployed.look_after(contest, terms, task, now).await
    }

    async fn search(
        &self,
        contest: &str,
        terms: Terms,
        sought: Sought<'_>,
    ) -> Result<Option<Places>, Unavailable> {
        if M::HAS_SNAPSHOT { self.deployed.search(contest, terms, sought).await } else { Ok(None) }
    }

    fn rename(&self, contest: &str, entry: &EntryId) {
        self.deployed.rename(contest, entry);
    }

    async fn proof(&self, contest: &str) -> Result<Option<Proof>, Unavailable> {
        if M::HAS_SNAPSHOT { self.deployed.proof(contest).await } else { Ok(None) }
    }

    async fn get<R: DeserializeOwned>(&self, key: &Key<R>) -> Result<Option<R>, Unavailable> {
        self.deployed.get(key).await
    }

    async fn put<R: Serialize>(&self, key: &Key<R>, record: &R) -> Result<(), Unavailable> {
        self.deployed.put(key, record).await
    }

    async fn put_for(&self, key: &Key<Value>, record: &Value, seconds: u64) -> Result<(), Unavailable> {
        self.deployed.put_for(key, record, seconds).await
    }

    async fn remove<R>(&self, key: &Key<R>) -> Result<(), Unavailable> {
        self.deployed.remove(key).await
    }

    async fn names(&self, marks: &Marks) -> Result<Vec<String>, Unavailable> {
        self.deployed.names(marks).await
    }

    async fn persons(&self, contest: &str, cursor: Option<String>) -> Result<Persons, Unavailable> {
        self.deployed.persons(contest, cursor).await
    }

    fn kind(&self) -> &'static str {
        self.deployed.kind()
    }

    async fn part(&self, prefix: &str, cursor: Option<String>, most: u32) -> Result<Value, Unavailable> {
        self.deployed.part(prefix, cursor, most).await
    }

    async fn bring(&self, entries: &Value, only_missing: bool) -> Result<(), Unavailable> {
        self.deployed.bring(entries, only_missing).await
    }

    async fn keep(
        &self,
        delivery: &Delivery<'_>,
        attempt: &Attempt,
        message: &str,
        seconds: u64,
    ) -> Result<(), Unavailable> {
        self.deployed.keep(delivery, attempt, message, seconds).await
    }

    async fn attempts(&self, contest: &str, endpoint: &str) -> Result<Vec<(String, Attempt)>, Unavailable> {
        self.deployed.attempts(contest, endpoint).await
    }

    async fn message(&self, delivery: &Delivery<'_>) -> Result<Option<String>, Unavailable> {
        self.deployed.message(delivery).await
    }
}
