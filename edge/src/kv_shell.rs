//! Workers KV as the ledger sees it, or Durable Objects that are asked the same.

use serde_json::Value;
use wasm_bindgen::JsValue;

use crate::ledger::{Kv, KvFault, Page, Stored, durable};
use crate::platform;
use crate::promise::outcome;
use crate::worker_shell::{clock, random};

/// Facts of a contest without a snapshot: two lists give them all.
const FEW: usize = 2_000;

/// The namespace: of KV, or of Durable Objects that are asked the same.
#[derive(Clone)]
pub enum WorkersKv {
    /// Of KV, and whether it has a queue for what snapshots lack.
    Kv(JsValue, bool),
    /// Of Durable Objects.
    Durable(JsValue),
}

/// What is answered to one question.
type Answer<T> = core::result::Result<T, KvFault>;

impl Kv for WorkersKv {
    async fn get(&self, name: &str) -> Answer<Option<Stored>> {
        let kv = match self {
            Self::Kv(kv, _) => kv,
            Self::Durable(objects) => {
                return Ok(durable::stored(ask(objects, durable::get(name, clock())).await?));
            }
        };
        let Some(mut stored) = asked(|number| platform::get(number, kv, name)).await?.as_string() else {
            return Ok(None);
        };
        let Some(end) = stored.find('\n') else { return Ok(None) };
        let metadata = stored.get(..end).and_then(|metadata| serde_json::from_str(metadata).ok());
        // A value may be large: it is not copied.
        stored.drain(..end.saturating_add(1));
        Ok(Some(Stored { value: stored, metadata: metadata.filter(|metadata: &Value| !metadata.is_null()) }))
    }

    async fn value(&self, name: &str) -> Answer<Option<String>> {
        match self {
            Self::Kv(kv, _) => Ok(asked(|number| platform::value(number, kv, name)).await?.as_string()),
            Self::Durable(_) => Ok(self.get(name).await?.map(|stored| stored.value)),
        }
    }

    async fn put(&self, name: &str, value: &str, metadata: Option<&str>, seconds: Option<u64>) -> Answer<()> {
        match self {
            Self::Kv(kv, _) => {
                let seconds = seconds.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
                let value = Some(value).filter(|value| !value.is_empty());
                asked(|number| platform::put(number, kv, name, value, metadata, seconds)).await.map(drop)
            }
            Self::Durable(objects) => {
                ask(objects, durable::put(name, value, metadata, seconds, clock())).await.map(drop)
            }
        }
    }

    async fn delete(&self, name: &str) -> Answer<()> {
        match self {
            Self::Kv(kv, _) => asked(|number| platform::delete(number, kv, name)).await.map(drop),
            Self::Durable(objects) => ask(objects, durable::delete(name)).await.map(drop),
        }
    }

    async fn list(&self, prefix: &str, cursor: Option<String>) -> Answer<Page> {
        let kv = match self {
            Self::Kv(kv, _) => kv,
            Self::Durable(objects) => {
                return durable::page(ask(objects, durable::list(prefix, cursor.as_deref(), clock())).await?);
            }
        };
        match asked(|number| platform::list(number, kv, prefix, cursor.as_deref())).await? {
            none if none.is_undefined() => Ok(Page { keys: Vec::new(), cursor: None }),
            page => durable::page(json(&page)?),
        }
    }

    async fn standings(&self, contest: &str, question: &Value) -> Answer<Option<Value>> {
        match self {
            Self::Kv(..) => Ok(None),
            Self::Durable(objects) => ask(objects, durable::standings(contest, question)).await.map(Some),
        }
    }

    fn snapshots_from(&self) -> Option<usize> {
        matches!(self, Self::Kv(_, true)).then_some(FEW)
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Kv(..) => "kv",
            Self::Durable(_) => "durable",
        }
    }

    async fn part(&self, prefix: &str, cursor: Option<String>, most: u32) -> Answer<Value> {
        match self {
            Self::Kv(kv, _) => {
                json(&asked(|number| platform::part(number, kv, prefix, cursor.as_deref(), most)).await?)
            }
            Self::Durable(objects) => {
                ask(objects, durable::part(prefix, cursor.as_deref(), most, clock())).await
            }
        }
    }

    async fn bring(&self, entries: &Value, only_missing: bool) -> Answer<()> {
        match self {
            Self::Kv(kv, _) => {
                let entries = entries.to_string();
                asked(|number| platform::bring(number, kv, &entries, only_missing)).await.map(drop)
            }
            Self::Durable(objects) => {
                for asked in durable::bring(entries, only_missing, clock()) {
                    ask(objects, asked).await?;
                }
                Ok(())
            }
        }
    }

    async fn pause(&self, attempt: u32) {
        // A key takes one write a second: 0.25–0.5 s, then 0.5–1 s, then 1–2 s.
        let least = 125_u64.saturating_mul(2_u64.saturating_pow(attempt));
        let jitter = random().first().map_or(0, |byte| u64::from(*byte).saturating_mul(least) >> 8);
        let ms = u32::try_from(least.saturating_add(jitter)).unwrap_or(u32::MAX);
        let _ = outcome(|number| platform::pause(number, ms)).await;
    }
}

async fn asked(ask: impl FnOnce(usize)) -> Answer<JsValue> {
    outcome(ask).await.map_err(|fault| KvFault(format!("{fault:?}")))
}

/// Asks the object that knows.
async fn ask(objects: &JsValue, (object, question): durable::Asked) -> Answer<Value> {
    let question = question.to_string();
    json(&asked(|number| platform::ask(number, objects, &object, &question)).await?)
}

fn json(answer: &JsValue) -> Answer<Value> {
    serde_json::from_str(&answer.as_string().unwrap_or_default()).map_err(|error| KvFault(error.to_string()))
}
