//! What touches the platform: requests and answers of the Workers runtime, its KV, clock and randomness.

use core::cell::OnceCell;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use std::rc::Rc;

use domain::Timestamp;
use domain::json;
use futures_util::FutureExt;
use futures_util::stream::try_unfold;
use serde_json::{Map, Value};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::{Promise, Reflect, Uint8Array};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{Request, Response};
use worker::{Context, Date, Delay, Env, Result, ScheduleContext, ScheduledEvent, event};

use crate::disposable::Files;
use crate::error::Error;
use crate::http::{Call, Reply, WebhookHeaders};
use crate::ledger::{Kv, KvFault, KvLedger, Ledger, Page, Stored, Unavailable, durable};
use crate::limit::{self, Budget, Limiter};
use crate::outbox::{Lane, Outbox, Queue};
use crate::queue_shell::WorkersQueue;
use crate::routes::{self, Trace};
use crate::service::export::Export;
use crate::service::{App, Recent, Secrets, chores, tail};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let started = clock();
    let head = platform::head(&request);
    let request_id = header(&head, "cf-ray").unwrap_or_else(|| numbered(started));
    let trace = Trace { request_id, started, clock, log };
    let mut call = call(&head);
    let ready = match read_body(&request, &mut call).await {
        Ok(()) => limit::check(&WorkersLimiter(&env), &call, &UNCOUNTED_IS_SAID, log).await,
        Err(error) => Err(error),
    };
    let (reply, app) = match ready.and_then(|()| app(&env, started, wanted(&call))) {
        Ok(app) => (routes::answer(&app, &WorkersQueue(&env), &call, &trace).await, Some(app)),
        Err(error) => (routes::refuse(&call, &error, &trace), None),
    };
    if let Some(app) = &app {
        tell(app, env, &context);
    }
    respond(reply, app, call, trace)
}

/// What a request is called where Cloudflare, which names each, is not in front.
fn numbered(started: i64) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    [started.to_string(), COUNT.fetch_add(1, Ordering::Relaxed).to_string()].join("_")
}

/// Tells of what was stored. Nobody waits for it: what is lost on the way is found when all facts are read.
fn tell(app: &WorkersApp, env: Env, context: &Context) {
    let messages = tail::messages(app.ledger.news(), app.now);
    if !messages.is_empty() {
        context.wait_until(async move {
            // Of the largest, a queue takes two at once.
            for messages in messages.chunks(2) {
                if let Err(cause) = WorkersQueue(&env).send(Lane::Snapshots, messages.to_vec(), 0).await {
                    log(&json!({"outcome": "queue", "cause": cause}).to_string());
                }
            }
        });
    }
}

/// Once an hour. What goes wrong is logged: nobody is there to be told.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let failures = match app(&env, clock(), None) {
        Ok(app) => chores::run(&app, &WorkersQueue(&env)).await,
        Err(error) => vec![(None, error)],
    };
    for (contest, error) in failures {
        log(&json!({"outcome": "chores", "contest": contest, "cause": format!("{error:?}")}).to_string());
    }
}

thread_local! {
    static RECENT: Rc<Recent> = Rc::default();
    static BOUND: OnceCell<Rc<Bound>> = const { OnceCell::new() };
}

pub(crate) type WorkersApp = App<KvLedger<WorkersKv>>;

/// What every request needs, made anew for each: it is a handful of handles.
pub(crate) fn app(env: &Env, now: i64, wanted: Option<&str>) -> core::result::Result<WorkersApp, Error> {
    let bound = BOUND.with(|bound| bound.get_or_init(|| Rc::new(Bound::read(env))).clone());
    let ledger_secret = bound.text("LEDGER_SECRET").filter(|secret| !secret.is_empty()).ok_or_else(|| {
        Error::Unavailable("LEDGER_SECRET is not set: run `npx wrangler secret put LEDGER_SECRET`".to_owned())
    })?;
    Ok(App {
        ledger: KvLedger::new(store(env, &bound, wanted)?),
        secrets: Secrets {
            ledger: ledger_secret.as_bytes().to_vec(),
            admin_token: bound.text("ADMIN_TOKEN").map(str::to_owned),
        },
        now: Timestamp::from_millis(now),
        random,
        recent: RECENT.with(Rc::clone),
        is_bot,
        files: files(env),
        outbox: Outbox::new(
            bound.has(Lane::First.binding()),
            bound.text("ALLOW_PRIVATE_WEBHOOKS") == Some("1"),
        ),
    })
}

/// Which ledger a deployment's owner takes from or brings to, in use or not.
fn wanted(call: &Call) -> Option<&str> {
    call.query("in").filter(|_| call.path == routes::LEDGER)
}

/// What wrangler.toml or a secret binds to names: texts, and of all else that it is there. It is the same as long as an isolate lives.
struct Bound(Value);

impl Bound {
    fn read(env: &Env) -> Self {
        Self(serde_json::from_str(&platform::bound(env)).unwrap_or_default())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }
}

/// What the ledger is kept in: what is wanted, else what wrangler.toml says.
fn store(env: &Env, bound: &Bound, wanted: Option<&str>) -> core::result::Result<WorkersKv, Error> {
    let binding = |name: &str| {
        let found = bound.has(name).then(|| Reflect::get(env, &name.into()).ok()).flatten();
        found.ok_or_else(|| Error::Unavailable([name, " is not bound in wrangler.toml"].concat()))
    };
    match wanted.or(bound.text("LEDGER")) {
        Some(_) if wanted.is_some_and(|wanted| !["kv", "durable"].contains(&wanted)) => {
            Err(Error::field("in", "in must be kv or durable"))
        }
        Some("kv") => Ok(WorkersKv::Kv(binding("LEDGER_KV")?, bound.has(Lane::Snapshots.binding()))),
        Some("durable") => Ok(WorkersKv::Durable(binding("LEDGER_OBJECTS")?)),
        // The namespace itself, as it was bound before there was a choice.
        None => Ok(WorkersKv::Kv(binding("LEDGER")?, false)),
        Some(_) => {
            Err(Error::Unavailable("LEDGER in wrangler.toml must be \"kv\" or \"durable\"".to_owned()))
        }
    }
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

/// A header of a request, by its name in small letters.
fn header(head: &str, name: &str) -> Option<String> {
    let value = |line: &str| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned);
    head.lines().skip(2).find_map(value)
}

/// All of a request but its body.
fn call(head: &str) -> Call {
    let (method, rest) = head.split_once('\n').unwrap_or_default();
    let (url, _) = rest.split_once('\n').unwrap_or((rest, ""));
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let header = |name| header(head, name);
    Call {
        method: method.to_owned(),
        host: host.to_owned(),
        is_https: scheme == "https",
        path: format!("/{path}"),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        api_key: header("x-api-key"),
        authorization: header("authorization"),
        language: header("accept-language"),
        origin: header("origin"),
        user_agent: header("user-agent"),
        address: header("cf-connecting-ip"),
        content_type: header("content-type"),
        webhook: WebhookHeaders {
            secret: header("x-webhook-secret"),
            stripe_signature: header("stripe-signature"),
            shopify_hmac: header("x-shopify-hmac-sha256"),
            shopify_topic: header("x-shopify-topic"),
        },
        body: Vec::new(),
    }
}

/// Reads no more of a body than the route takes and a chunk: enough to tell that it is too large.
async fn read_body(request: &Request, call: &mut Call) -> core::result::Result<(), Error> {
    let most = u32::try_from(routes::max_body(&call.path)).unwrap_or(u32::MAX);
    let Some(body) = platform::read_body(request, most) else { return Ok(()) };
    let body = JsFuture::from(body).await;
    let body = body.map_err(|fault| Error::body(["Body cannot be read: ", &message(&fault)].concat()))?;
    call.body = Uint8Array::from(body).to_vec();
    Ok(())
}

/// What an error of JavaScript's says.
pub(crate) fn message(fault: &JsValue) -> String {
    let text = Reflect::get(fault, &"message".into()).ok().and_then(|text| text.as_string());
    text.unwrap_or_else(|| format!("{fault:?}"))
}

fn respond(reply: Reply, app: Option<WorkersApp>, call: Call, trace: Trace) -> Result<Response> {
    let (kind, body) = if let (Some(export), Some(app)) = (reply.export, app) {
        let kind = export.content_type();
        let pieces = worker::Response::from_stream(try_unfold((app, export, call, trace), next_piece))?;
        (kind, Response::from(pieces).body().into())
    } else if let Some(page) = reply.page {
        ("text/html; charset=utf-8", page.into())
    } else if let Some(body) = reply.body {
        ("application/json; charset=utf-8", body.to_string().into())
    } else {
        ("", JsValue::UNDEFINED)
    };
    let every = [("Cache-Control", "no-store".into()), ("X-Content-Type-Options", "nosniff".into())];
    let kind = Some(("Content-Type", kind.into())).filter(|_| !body.is_undefined());
    let headers: Map<String, Value> = every
        .into_iter()
        .chain(reply.headers)
        .chain(kind)
        .map(|(name, value)| (name.to_owned(), Value::String(value.into_owned())))
        .collect();
    Ok(platform::respond(&json!({"status": reply.status, "headers": headers}).to_string(), body)?)
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
        let taken = JsFuture::from(platform::take(self.0, budget.binding(), by)).await;
        taken.map(|taken| taken.is_truthy()).map_err(|fault| message(&fault))
    }
}

/// Facts of a contest without a snapshot: two lists give them all.
const FEW: usize = 2_000;

/// The namespace: of KV, or of Durable Objects that are asked the same.
pub(crate) enum WorkersKv {
    /// And whether it has a queue for what snapshots lack.
    Kv(JsValue, bool),
    Durable(JsValue),
}

/// What is answered to one question.
type Answer<T> = core::result::Result<T, KvFault>;

impl WorkersKv {
    async fn put(
        &self,
        name: &str,
        value: &str,
        metadata: Option<&Value>,
        seconds: Option<u64>,
    ) -> Answer<()> {
        match self {
            Self::Kv(kv, _) => {
                let seconds = seconds.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
                asked(platform::put(kv, name, value, metadata.map(Value::to_string), seconds)).await.map(drop)
            }
            Self::Durable(objects) => {
                ask(objects, durable::put(name, value, metadata, seconds, clock())).await.map(drop)
            }
        }
    }
}

impl Kv for WorkersKv {
    async fn get(&self, name: &str) -> Answer<Option<Stored>> {
        let kv = match self {
            Self::Kv(kv, _) => kv,
            Self::Durable(objects) => {
                return Ok(durable::stored(ask(objects, durable::get(name, clock())).await?));
            }
        };
        let Some(mut stored) = asked(platform::get(kv, name)).await?.as_string() else { return Ok(None) };
        let Some(end) = stored.find('\n') else { return Ok(None) };
        let metadata = stored.get(..end).and_then(|metadata| serde_json::from_str(metadata).ok());
        // A value may be large: it is not copied.
        stored.drain(..=end);
        Ok(Some(Stored { value: stored, metadata: metadata.filter(|metadata: &Value| !metadata.is_null()) }))
    }

    async fn put(&self, name: &str, value: &str, metadata: Option<&Value>) -> Answer<()> {
        self.put(name, value, metadata, None).await
    }

    async fn put_for(&self, name: &str, value: &str, metadata: &Value, seconds: u64) -> Answer<()> {
        self.put(name, value, Some(metadata), Some(seconds)).await
    }

    async fn delete(&self, name: &str) -> Answer<()> {
        match self {
            Self::Kv(kv, _) => asked(platform::delete(kv, name)).await.map(drop),
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
        durable::page(json(&asked(platform::list(kv, prefix, cursor)).await?)?)
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
            Self::Kv(kv, _) => json(&asked(platform::part(kv, prefix, cursor, most)).await?),
            Self::Durable(objects) => {
                ask(objects, durable::part(prefix, cursor.as_deref(), most, clock())).await
            }
        }
    }

    async fn bring(&self, entries: &Value, only_missing: bool) -> Answer<()> {
        match self {
            Self::Kv(kv, _) => asked(platform::bring(kv, &entries.to_string(), only_missing)).await.map(drop),
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
        Delay::from(Duration::from_millis(least.saturating_add(jitter))).await;
    }
}

async fn asked(question: Promise) -> core::result::Result<JsValue, KvFault> {
    JsFuture::from(question).await.map_err(|fault| KvFault(format!("{fault:?}")))
}

/// Asks the object that knows.
async fn ask(objects: &JsValue, (object, question): durable::Asked) -> Answer<Value> {
    json(&asked(platform::ask(objects, &object, &question.to_string())).await?)
}

fn json(answer: &JsValue) -> Answer<Value> {
    serde_json::from_str(&answer.as_string().unwrap_or_default()).map_err(|error| KvFault(error.to_string()))
}

pub(crate) mod platform {
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;
    use worker::js_sys::Promise;
    use worker::web_sys::{Request, Response};

    #[wasm_bindgen(module = "/src/platform.js")]
    extern "C" {
        #[wasm_bindgen(js_name = kvGet)]
        pub fn get(kv: &JsValue, name: &str) -> Promise;
        #[wasm_bindgen(js_name = kvPut)]
        pub fn put(
            kv: &JsValue,
            name: &str,
            value: &str,
            metadata: Option<String>,
            seconds: Option<u32>,
        ) -> Promise;
        #[wasm_bindgen(js_name = kvDelete)]
        pub fn delete(kv: &JsValue, name: &str) -> Promise;
        #[wasm_bindgen(js_name = kvList)]
        pub fn list(kv: &JsValue, prefix: &str, cursor: Option<String>) -> Promise;
        #[wasm_bindgen(js_name = kvPart)]
        pub fn part(kv: &JsValue, prefix: &str, cursor: Option<String>, most: u32) -> Promise;
        #[wasm_bindgen(js_name = kvBring)]
        pub fn bring(kv: &JsValue, entries: &str, only_missing: bool) -> Promise;
        pub fn ask(objects: &JsValue, object: &str, question: &str) -> Promise;
        pub fn take(env: &JsValue, limiter: &str, by: &str) -> Promise;
        pub fn send(env: &JsValue, queue: &str, texts: Vec<String>, seconds: u32) -> Promise;
        pub fn bound(env: &JsValue) -> String;
        pub fn head(request: &Request) -> String;
        #[wasm_bindgen(js_name = readBody)]
        pub fn read_body(request: &Request, most: u32) -> Option<Promise>;
        #[wasm_bindgen(catch)]
        pub fn respond(init: &str, body: JsValue) -> Result<Response, JsValue>;
    }
}
