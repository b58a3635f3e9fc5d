//! KV in memory, for tests: what it was told to refuse, it refuses.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use domain::json;
use serde_json::Value;

use super::kv::{Kv, KvFault, Page, Stored};

/// Keys a page of a list.
const PAGE: usize = 1_000;

/// How often something was asked of KV: what a deployment is billed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `get`
    pub reads: u32,
    /// `list`, a page each
    pub lists: u32,
    /// `put` and `delete`
    pub writes: u32,
}

/// KV that forgets with the process.
#[derive(Debug, Default)]
pub struct MemoryKv {
    keys: RefCell<BTreeMap<String, Stored>>,
    /// For how long the keys are kept that are not kept for good.
    pub seconds: RefCell<BTreeMap<String, u64>>,
    calls_before: Cell<u32>,
    refusals: Cell<u32>,
    asked: Cell<Asked>,
    /// See [`Kv::snapshots_from`].
    pub snapshots_from: Cell<Option<usize>>,
    /// Whether a refused write takes place all the same, and only its answer is lost.
    pub lose_answers: Cell<bool>,
}

impl MemoryKv {
    /// The next `calls` fail.
    pub fn refuse(&self, calls: u32) {
        self.calls_before.set(0);
        self.refusals.set(calls);
    }

    /// After `calls` more, all fail.
    pub fn refuse_after(&self, calls: u32) {
        self.calls_before.set(calls);
        self.refusals.set(u32::MAX);
    }

    /// What was asked since this was asked before.
    pub fn asked(&self) -> Asked {
        self.asked.take()
    }

    fn count(&self, add: impl FnOnce(&mut Asked) -> &mut u32) {
        let mut asked = self.asked.get();
        let count = add(&mut asked);
        *count = count.saturating_add(1);
        self.asked.set(asked);
    }

    /// The names of all keys.
    pub fn names(&self) -> Vec<String> {
        self.keys.borrow().keys().cloned().collect()
    }

    fn refused(&self) -> Result<(), KvFault> {
        let before = self.calls_before.get();
        if before > 0 {
            self.calls_before.set(before.saturating_sub(1));
            return Ok(());
        }
        let left = self.refusals.get();
        self.refusals.set(left.saturating_sub(1));
        if left == 0 { Ok(()) } else { Err(KvFault("KV PUT failed: 429 Too Many Requests".to_owned())) }
    }
}

impl Kv for &MemoryKv {
    async fn get(&self, name: &str) -> Result<Option<Stored>, KvFault> {
        self.count(|asked| &mut asked.reads);
        self.refused()?;
        Ok(self.keys.borrow().get(name).cloned())
    }

    async fn put(
        &self,
        name: &str,
        value: &str,
        metadata: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<(), KvFault> {
        self.count(|asked| &mut asked.writes);
        let refused = self.refused();
        if refused.is_ok() || self.lose_answers.get() {
            self.keys.borrow_mut().insert(name.to_owned(), Stored::of(value, metadata));
            if let Some(seconds) = seconds {
                self.seconds.borrow_mut().insert(name.to_owned(), seconds);
            }
        }
        refused
    }

    async fn delete(&self, name: &str) -> Result<(), KvFault> {
        self.count(|asked| &mut asked.writes);
        let refused = self.refused();
        if refused.is_ok() || self.lose_answers.get() {
            self.keys.borrow_mut().remove(name);
        }
        refused
    }

    async fn list(&self, prefix: &str, cursor: Option<String>) -> Result<Page, KvFault> {
        self.count(|asked| &mut asked.lists);
        self.refused()?;
        let keys = self.keys.borrow();
        let from = cursor.as_deref().unwrap_or(prefix);
        let mut found = keys.range(from.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
        let page = found.by_ref().take(PAGE).map(|(name, stored)| (name.clone(), stored.metadata.clone()));
        let keys = page.collect();
        Ok(Page { keys, cursor: found.next().map(|(name, _)| name.clone()) })
    }

    async fn part(&self, prefix: &str, cursor: Option<String>, most: u32) -> Result<Value, KvFault> {
        let keys = self.keys.borrow();
        let from = cursor.as_deref().unwrap_or(prefix);
        let mut found = keys.range(from.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
        let seconds = self.seconds.borrow();
        let expires = |name: &str| seconds.get(name).and_then(|seconds| i64::try_from(*seconds).ok());
        let part = found.by_ref().take(most.try_into().unwrap_or(usize::MAX));
        let part = part.map(|(name, stored)| json!((name, &stored.value, &stored.metadata, expires(name))));
        let part: Vec<Value> = part.collect();
        Ok(json!((found.next().map(|(name, _)| name), part)))
    }

    async fn bring(&self, entries: &Value, only_missing: bool) -> Result<(), KvFault> {
        let mut keys = self.keys.borrow_mut();
        for entry in entries.as_array().into_iter().flatten() {
            let text = |place: usize| entry.get(place).and_then(Value::as_str).unwrap_or_default().to_owned();
            let stored = Stored { value: text(1), metadata: entry.get(2).filter(|m| !m.is_null()).cloned() };
            if !(only_missing && keys.contains_key(&text(0))) {
                keys.insert(text(0), stored);
            }
        }
        Ok(())
    }

    fn snapshots_from(&self) -> Option<usize> {
        self.snapshots_from.get()
    }

    async fn pause(&self, _attempt: u32) {}
}
