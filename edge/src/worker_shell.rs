//! What touches the platform: requests and answers of the Workers runtime, its KV, clock and randomness.

use core::sync::atomic::AtomicBool;
use core::time::Duration;
use std::rc::Rc;

use domain::Timestamp;
use futures_util::stream::try_unfold;
use futures_util::{FutureExt, StreamExt};
use serde_json::Value;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Promise;
use worker::kv::{KvError, KvStore};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Context, Date, Delay, Env, Headers, Request, Response, ResponseBuilder, Result, event};

use crate::disposable::Files;
use crate::error::Error;
use crate::http::{Call, Reply, WebhookHeaders};
use crate::ledger::{Kv, KvFault, KvLedger, Page, Stored, Unavailable};
use crate::limit::{self, Budget, Limiter};
use crate::outbox::{Lane, Outbox};
use crate::queue_shell::WorkersQueue;
use crate::routes::{self, Trace};
use crate::service::export::Export;
use crate::service::{App, Recent, Secrets};

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _context: Context) -> Result<Response> {
    let started = clock();
    let request_id = request.headers().get("cf-ray")?.unwrap_or_else(|| domain::id::hex(&random()));
    let trace = Trace { request_id, started, clock, log };
    let mut call = head(&request)?;
    let ready = match read_body(&mut request, &mut call).await {
        Ok(()) => limit::check(&WorkersLimiter(&env), &call, &UNCOUNTED_IS_SAID, log).await,
        Err(error) => Err(error),
    };
    let (reply, app) = match ready.and_then(|()| app(&env, started)) {
        Ok(app) => (routes::answer(&app, &WorkersQueue(&env), &call, &trace).await, Some(app)),
        Err(error) => (routes::refuse(&call, &error, &trace), None),
    };
    respond(reply, app, call, trace)
}

thread_local! {
    static RECENT: Rc<Recent> = Rc::default();
}

pub(crate) type WorkersApp = App<KvLedger<WorkersKv>>;

/// What every request needs, made anew for each: it is a handful of handles.
pub(crate) fn app(env: &Env, now: i64) -> core::result::Result<WorkersApp, Error> {
    let secret = |name: &str| env.secret(name).ok().map(|secret| secret.to_string());
    let ledger_secret = secret("LEDGER_SECRET").filter(|secret| !secret.is_empty()).ok_or_else(|| {
        Error::Unavailable("LEDGER_SECRET is not set: run `npx wrangler secret put LEDGER_SECRET`".to_owned())
    })?;
    let kv = env.kv("LEDGER").map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(App {
        ledger: KvLedger(WorkersKv(kv)),
        secrets: Secrets { ledger: ledger_secret.into_bytes(), admin_token: secret("ADMIN_TOKEN") },
        now: Timestamp::from_millis(now),
        random,
        recent: RECENT.with(Rc::clone),
        is_bot,
        files: files(env),
        outbox: Outbox::new(
            env.queue(Lane::First.binding()).is_ok(),
            env.var("ALLOW_PRIVATE_WEBHOOKS").is_ok_and(|value| value.to_string() == "1"),
        ),
    })
}

/// One isolate says once that it cannot read its files.
static UNREAD_IS_SAID: AtomicBool = AtomicBool::new(false);

fn files(env: &Env) -> Files {
    let env = JsValue::from(env.clone());
    let read = move |path: String| {
        let text = JsFuture::from(read_file(&env, &path));
        async move {
            let text = text.await.map_err(|cause| format!("{path}: {cause:?}"))?;
            Ok(text.as_string().unwrap_or_default())
        }
        .boxed_local()
    };
    Files { read: Box::new(read), is_said: &UNREAD_IS_SAID, log }
}

#[wasm_bindgen(module = "/src/files.js")]
extern "C" {
    #[wasm_bindgen(js_name = readFile)]
    fn read_file(env: &JsValue, path: &str) -> Promise;
}

/// In milliseconds. The platform's stands still while a Worker computes, and goes on with each answer from outside.
pub(crate) fn clock() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or_default()
}

pub(crate) fn log(line: &str) {
    worker::console_error!("{line}");
}

/// All of a request but its body.
fn head(request: &Request) -> Result<Call> {
    // `Request::path` and `::url` would bring the whole of the url crate along.
    let url = request.inner().url();
    let (address, query) = url.split_once('?').unwrap_or((&url, ""));
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let headers = request.headers();
    Ok(Call {
        method: request.inner().method(),
        host: host.to_owned(),
        is_https: scheme == "https",
        path: format!("/{path}"),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        api_key: headers.get("x-api-key")?,
        authorization: headers.get("authorization")?,
        origin: headers.get("origin")?,
        user_agent: headers.get("user-agent")?,
        address: headers.get("cf-connecting-ip")?,
        content_type: headers.get("content-type")?,
        webhook: WebhookHeaders {
            secret: headers.get("x-webhook-secret")?,
            stripe_signature: headers.get("stripe-signature")?,
            shopify_hmac: headers.get("x-shopify-hmac-sha256")?,
            shopify_topic: headers.get("x-shopify-topic")?,
        },
        body: Vec::new(),
    })
}

/// Reads no more of a body than the route takes and a chunk: enough to tell that it is too large.
async fn read_body(request: &mut Request, call: &mut Call) -> core::result::Result<(), Error> {
    if request.inner().body().is_none() {
        return Ok(());
    }
    let broken = |error: worker::Error| Error::body(format!("Body cannot be read: {error}"));
    let most = routes::max_body(&call.path);
    let mut stream = request.stream().map_err(broken)?;
    while let Some(chunk) = stream.next().await {
        call.body.extend_from_slice(&chunk.map_err(broken)?);
        if call.body.len() > most {
            break;
        }
    }
    Ok(())
}

fn respond(reply: Reply, app: Option<WorkersApp>, call: Call, trace: Trace) -> Result<Response> {
    let headers = Headers::new();
    headers.set("Cache-Control", "no-store")?;
    headers.set("X-Content-Type-Options", "nosniff")?;
    for (name, value) in &reply.headers {
        headers.set(name, value)?;
    }
    let response = ResponseBuilder::new().with_status(reply.status);
    if let (Some(export), Some(app)) = (reply.export, app) {
        headers.set("Content-Type", export.content_type())?;
        return response
            .with_headers(headers)
            .from_stream(try_unfold((app, export, call, trace), next_piece));
    }
    let Some(body) = reply.body else { return Ok(response.with_headers(headers).empty()) };
    headers.set("Content-Type", "application/json; charset=utf-8")?;
    Ok(response.with_headers(headers).fixed(body.to_string().into_bytes()))
}

type Sending = (WorkersApp, Export, Call, Trace);

/// A failure here cuts the body off: who reads it must see that it is not whole.
async fn next_piece((app, mut export, call, trace): Sending) -> Result<Option<(Vec<u8>, Sending)>> {
    match export.next(&app.ledger).await {
        Ok(piece) => Ok(piece.map(|piece| (piece.into_bytes(), (app, export, call, trace)))),
        Err(Unavailable(cause)) => {
            trace.failed(&call, "cut off", &cause);
            Err(worker::Error::RustError("Temporarily unavailable".to_owned()))
        }
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);
}

#[wasm_bindgen(module = "/src/bots.js")]
extern "C" {
    #[wasm_bindgen(js_name = isBot)]
    fn is_bot(agent: &str) -> bool;
}

fn random() -> [u8; 24] {
    let mut bytes = [0; 24];
    fill_random(&mut bytes);
    bytes
}

/// One isolate says once that it cannot count.
static UNCOUNTED_IS_SAID: AtomicBool = AtomicBool::new(false);

struct WorkersLimiter<'a>(&'a Env);

impl Limiter for WorkersLimiter<'_> {
    async fn take(&self, budget: Budget, by: &str) -> core::result::Result<bool, String> {
        let limiter = self.0.rate_limiter(budget.binding()).map_err(|error| error.to_string())?;
        let taken = limiter.limit(by.to_owned()).await.map_err(|error| error.to_string())?;
        Ok(taken.success)
    }
}

pub(crate) struct WorkersKv(KvStore);

impl Kv for WorkersKv {
    async fn get(&self, name: &str) -> core::result::Result<Option<Stored>, KvFault> {
        let (value, metadata) = self.0.get(name).text_with_metadata::<Value>().await.map_err(fault)?;
        Ok(value.map(|value| Stored { value, metadata }))
    }

    async fn put(
        &self,
        name: &str,
        value: &str,
        metadata: Option<&Value>,
    ) -> core::result::Result<(), KvFault> {
        let mut put = self.0.put(name, value).map_err(fault)?;
        if let Some(metadata) = metadata {
            put = put.metadata(metadata).map_err(fault)?;
        }
        put.execute().await.map_err(fault)
    }

    async fn put_for(
        &self,
        name: &str,
        value: &str,
        metadata: &Value,
        seconds: u64,
    ) -> core::result::Result<(), KvFault> {
        let put = self.0.put(name, value).and_then(|put| put.metadata(metadata)).map_err(fault)?;
        put.expiration_ttl(seconds).execute().await.map_err(fault)
    }

    async fn delete(&self, name: &str) -> core::result::Result<(), KvFault> {
        self.0.delete(name).await.map_err(fault)
    }

    async fn list(&self, prefix: &str, cursor: Option<String>) -> core::result::Result<Page, KvFault> {
        let mut list = self.0.list().prefix(prefix.to_owned());
        if let Some(cursor) = cursor {
            list = list.cursor(cursor);
        }
        let page = list.execute().await.map_err(fault)?;
        let keys = page.keys.into_iter().map(|key| (key.name, key.metadata)).collect();
        Ok(Page { keys, cursor: page.cursor.filter(|_| !page.list_complete) })
    }

    async fn pause(&self, attempt: u32) {
        // A key takes one write a second: 0.25–0.5 s, then 0.5–1 s, then 1–2 s.
        let least = 125_u64.saturating_mul(2_u64.saturating_pow(attempt));
        let jitter = random().first().map_or(0, |byte| u64::from(*byte).saturating_mul(least) >> 8);
        Delay::from(Duration::from_millis(least.saturating_add(jitter))).await;
    }
}

fn fault(error: KvError) -> KvFault {
    KvFault(match error {
        KvError::JavaScript(value) => format!("{value:?}"),
        other => other.to_string(),
    })
}
