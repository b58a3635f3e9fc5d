//! Workers KV as it may be at its worst: one store, and several places that see it late. What a place was told, hit or miss, it
//! may go on telling; lists come from an older moment, in part or whole, in small and empty pages; a second write to a key within
//! a second is refused; a call may fail before it took place and after; a write that was sent arrives, whether or not its sender
//! is still there.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use edge::ledger::{Kv, KvFault, Page, Stored};

use crate::executor::{Executor, Letter};

/// How late a place may see a write, in milliseconds.
pub const STALE: u64 = 120_000;

/// How long a write may be on its way.
pub const SLOWEST: u64 = 8_000;

/// A second write to a key within this is refused.
pub const ONE_WRITE: u64 = 1_000;

/// How bad it is in one story. Of a thousand calls, so many.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Fail, and did nothing.
    pub refused: u32,
    /// Took place, and the answer is lost.
    pub lost: u32,
    /// Are answered with what was, not what is.
    pub stale: u32,
}

impl Weather {
    pub fn of(rng: &mut fastrand::Rng) -> Self {
        let mut up_to = |most: u32| if rng.u8(..4) == 0 { 0 } else { rng.u32(..=most) };
        Self { refused: up_to(120), lost: up_to(120), stale: up_to(800) }
    }
}

struct Version {
    at: u64,
    /// When it is gone.
    until: u64,
    stored: Option<Stored>,
}

impl Version {
    fn stored(&self, now: u64) -> Option<&Stored> {
        self.stored.as_ref().filter(|_| now < self.until)
    }
}

/// What a place goes on telling of a key.
struct Kept {
    /// How many versions of it there were when the place looked.
    versions: usize,
    until: u64,
}

struct Inner {
    executor: Executor,
    weather: Cell<Weather>,
    rng: RefCell<fastrand::Rng>,
    keys: RefCell<BTreeMap<String, Vec<Version>>>,
    kept: RefCell<BTreeMap<(usize, String), Kept>>,
    snapshots_from: Cell<Option<usize>>,
}

/// The store. Copies are the same one.
#[derive(Clone)]
pub struct Store(Rc<Inner>);

/// What KV did to one request that a person would want to know.
pub type Notes = Rc<RefCell<Vec<String>>>;

impl Store {
    pub fn new(executor: Executor, weather: Weather, seed: u64) -> Self {
        Self(Rc::new(Inner {
            executor,
            weather: Cell::new(weather),
            rng: RefCell::new(fastrand::Rng::with_seed(seed)),
            keys: RefCell::default(),
            kept: RefCell::default(),
            snapshots_from: Cell::default(),
        }))
    }

    /// KV as seen from a place.
    pub fn at(&self, place: usize, notes: Notes) -> PlaceKv {
        PlaceKv { store: self.clone(), place, notes }
    }

    /// From how many facts on a contest has a snapshot.
    pub fn set_snapshots_from(&self, few: Option<usize>) {
        self.0.snapshots_from.set(few);
    }

    pub fn weather(&self) -> Weather {
        self.0.weather.get()
    }

    pub fn set_weather(&self, weather: Weather) {
        self.0.weather.set(weather);
    }

    /// The newest of every key that begins with `prefix`.
    pub fn newest(&self, prefix: &str) -> Vec<(String, Stored)> {
        let keys = self.0.keys.borrow();
        let found = keys.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
        let now = self.0.executor.now();
        found
            .filter_map(|(name, versions)| Some((name.clone(), versions.last()?.stored(now)?.clone())))
            .collect()
    }

    fn chance(&self, of_a_thousand: u32) -> bool {
        self.0.rng.borrow_mut().u32(..1_000) < of_a_thousand
    }

    fn up_to(&self, most: u64) -> u64 {
        self.0.rng.borrow_mut().u64(..=most)
    }

    /// Mostly a moment, now and then so long that others overtake it.
    fn latency(&self) -> u64 {
        match self.up_to(99) {
            0..80 => 1 + self.up_to(40),
            80..98 => 40 + self.up_to(600),
            _ => self.up_to(SLOWEST),
        }
    }

    /// How far back a place looks.
    fn lag(&self) -> u64 {
        if !self.chance(self.0.weather.get().stale) {
            return 0;
        }
        let most = if self.chance(500) { STALE } else { 10_000 };
        self.up_to(most)
    }

    /// What a place is told of a key, and how long ago that was so, if it is so no more.
    fn see(&self, place: usize, name: &str) -> (Option<Stored>, Option<u64>) {
        let now = self.0.executor.now();
        let keys = self.0.keys.borrow();
        let versions = keys.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut all_kept = self.0.kept.borrow_mut();
        let at = (place, name.to_owned());
        let kept = all_kept.get(&at).filter(|kept| now < kept.until).map(|kept| kept.versions);
        let seen = kept.unwrap_or_else(|| {
            let lag = self.lag();
            let seen = versions.partition_point(|version| version.at + lag <= now);
            let until = now + if self.lag() == 0 { 0 } else { self.up_to(STALE - lag) };
            all_kept.insert(at, Kept { versions: seen, until });
            seen
        });
        let stored = seen.checked_sub(1).and_then(|last| versions[last].stored(now).cloned());
        (stored, versions.get(seen).map(|missed| now - missed.at))
    }

    fn refuses_a_call(&self) -> Option<KvFault> {
        self.chance(self.0.weather.get().refused).then(|| KvFault("KV GET failed: 500".to_owned()))
    }

    /// A write arrives.
    fn take(&self, place: usize, name: &str, stored: Option<Stored>, until: u64) -> Result<(), KvFault> {
        let now = self.0.executor.now();
        let mut keys = self.0.keys.borrow_mut();
        let versions = keys.entry(name.to_owned()).or_default();
        if versions.last().is_some_and(|last| now < last.at + ONE_WRITE) {
            return Err(KvFault("KV PUT failed: 429 Too Many Requests".to_owned()));
        }
        if self.chance(self.0.weather.get().refused) {
            return Err(KvFault("KV PUT failed: 503".to_owned()));
        }
        versions.push(Version { at: now, until, stored });
        // Usually seen at once where it was written, which is not guaranteed.
        if !self.chance(self.0.weather.get().stale / 4) {
            let until = now + if self.lag() == 0 { 0 } else { self.up_to(STALE) };
            self.0
                .kept
                .borrow_mut()
                .insert((place, name.to_owned()), Kept { versions: versions.len(), until });
        }
        if self.chance(self.0.weather.get().lost) {
            return Err(KvFault("KV PUT failed: answer lost, though it was written".to_owned()));
        }
        Ok(())
    }
}

/// KV as seen from a place by one request.
#[derive(Clone)]
pub struct PlaceKv {
    store: Store,
    place: usize,
    notes: Notes,
}

impl PlaceKv {
    fn note(&self, note: String) {
        self.notes.borrow_mut().push(note);
    }

    async fn asked<T>(&self, what: &str, answer: impl FnOnce() -> T) -> Result<T, KvFault> {
        let executor = &self.store.0.executor;
        executor.sleep(self.store.latency()).await;
        if let Some(fault) = self.store.refuses_a_call() {
            self.note(format!("{what}: refused"));
            return Err(fault);
        }
        Ok(answer())
    }

    /// Once it is sent, it arrives.
    async fn send(&self, name: &str, stored: Option<Stored>, seconds: Option<u64>) -> Result<(), KvFault> {
        let executor = &self.store.0.executor;
        let until = seconds.map_or(u64::MAX, |seconds| executor.now() + seconds * 1_000);
        let letter = Letter::default();
        let (reply, store, place, to) = (letter.clone(), self.store.clone(), self.place, name.to_owned());
        executor.later(self.store.latency(), move || reply.put(store.take(place, &to, stored, until)));
        let answer = letter.take().await;
        executor.sleep(self.store.latency()).await;
        if let Err(KvFault(fault)) = &answer {
            self.note(format!("{name}: {fault}"));
        }
        answer
    }
}

impl Kv for PlaceKv {
    async fn get(&self, name: &str) -> Result<Option<Stored>, KvFault> {
        let (stored, behind) = self.asked(name, || self.store.see(self.place, name)).await?;
        if let Some(millis) = behind {
            let seen = if stored.is_some() { "seen as it was" } else { "not seen yet, written" };
            self.note(format!("{name}: {seen} {} s ago", millis / 1_000));
        }
        Ok(stored)
    }

    async fn put(
        &self,
        name: &str,
        value: &str,
        metadata: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<(), KvFault> {
        self.send(name, Some(Stored::of(value, metadata)), seconds).await
    }

    async fn delete(&self, name: &str) -> Result<(), KvFault> {
        self.send(name, None, None).await
    }

    async fn list(&self, prefix: &str, cursor: Option<String>) -> Result<Page, KvFault> {
        let store = &self.store;
        let mut missed = 0_u32;
        let page = self.asked(prefix, || {
            let from = cursor.unwrap_or_else(|| prefix.to_owned());
            let now = store.0.executor.now();
            let lag = store.lag();
            let size = if store.chance(500) { 1_000 } else { usize::try_from(store.up_to(6)).unwrap() };
            let keys = store.0.keys.borrow();
            let mut found = keys.range(from..).take_while(|(name, _)| name.starts_with(prefix));
            let mut page = Vec::new();
            let cursor = loop {
                let Some((name, versions)) = found.next() else { break None };
                if page.len() >= size {
                    break Some(name.clone());
                }
                // Of what was written since, the one is seen and the other is not.
                let lag = if lag > 0 && store.chance(300) { 0 } else { lag };
                let seen = versions.partition_point(|version| version.at + lag <= now);
                missed += u32::from(seen < versions.len());
                let stored = seen.checked_sub(1).and_then(|last| versions[last].stored(now));
                page.extend(stored.map(|stored| (name.clone(), stored.metadata.clone())));
            };
            Page { keys: page, cursor }
        });
        let page = page.await?;
        if missed > 0 {
            self.note(format!("list of {prefix}: {missed} not seen yet"));
        }
        Ok(page)
    }

    fn snapshots_from(&self) -> Option<usize> {
        self.store.0.snapshots_from.get()
    }

    async fn pause(&self, attempt: u32) {
        let longest = 300 * u64::from(attempt);
        self.store.0.executor.sleep(longest / 3 + self.store.up_to(longest)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Weather = Weather { refused: 0, lost: 0, stale: 0 };

    /// Runs what happens over a store, to its end.
    fn happens<F: Future<Output = ()> + 'static>(weather: Weather, seed: u64, what: impl FnOnce(Store) -> F) {
        let executor = Executor::default();
        let store = Store::new(executor.clone(), weather, seed);
        executor.spawn(what(store));
        executor.run();
    }

    async fn value(kv: &PlaceKv) -> Option<String> {
        kv.get("k").await.unwrap().map(|stored| stored.value)
    }

    #[test]
    fn a_miss_is_remembered_elsewhere_and_no_longer_than_it_may_be() {
        let mut late = 0;
        for seed in 0..50 {
            let told = Rc::new(Cell::new(0));
            let count = Rc::clone(&told);
            happens(Weather { stale: 800, ..CALM }, seed, |store| async move {
                let (here, there) = (store.at(0, Notes::default()), store.at(1, Notes::default()));
                assert_eq!(value(&there).await, None);
                here.put("k", "v", None, None).await.unwrap();
                let written = store.0.executor.now();
                while store.0.executor.now() < written + STALE {
                    count.set(count.get() + u32::from(value(&there).await.is_none()));
                    store.0.executor.sleep(5_000).await;
                }
                assert_eq!(value(&there).await.as_deref(), Some("v"), "seed {seed}");
            });
            late += u32::from(told.get() > 0);
        }
        assert!(late > 25, "a miss was remembered in {late} of 50");
    }

    #[test]
    fn a_second_write_to_a_key_within_a_second_is_refused() {
        happens(CALM, 1, |store| async move {
            let kv = store.at(0, Notes::default());
            let before = store.0.executor.now();
            let mut accepted = 0;
            while store.0.executor.now() < before + 10_000 {
                accepted += u32::from(kv.put("k", "v", None, None).await.is_ok());
            }
            assert!((5..=11).contains(&accepted), "{accepted} writes in ten seconds");
        });
    }

    #[test]
    fn a_lost_answer_is_one_to_a_write_that_took_place() {
        happens(Weather { lost: 1_000, ..CALM }, 1, |store| async move {
            let kv = store.at(0, Notes::default());
            assert!(kv.put("k", "v", None, None).await.is_err());
            assert_eq!(value(&kv).await.as_deref(), Some("v"));
        });
        happens(Weather { refused: 1_000, ..CALM }, 1, |store| async move {
            assert!(store.at(0, Notes::default()).put("k", "v", None, None).await.is_err());
            assert!(store.newest("").is_empty());
        });
    }

    #[test]
    fn a_list_has_everything_once_however_its_pages_are_cut() {
        happens(CALM, 1, |store| async move {
            let kv = store.at(0, Notes::default());
            let names: Vec<String> = (0..20).map(|n| format!("a/{n:02}")).collect();
            for name in &names {
                kv.put(name, "", None, None).await.unwrap();
            }
            let mut empty = 0;
            for _ in 0..50 {
                let (mut found, mut cursor) = (Vec::new(), None);
                loop {
                    let page = kv.list("a/", cursor).await.unwrap();
                    empty += u32::from(page.keys.is_empty());
                    found.extend(page.keys.into_iter().map(|(name, _)| name));
                    cursor = page.cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                assert_eq!(found, names);
            }
            assert!(empty > 0, "no page was empty with more to come");
        });
    }
}
