//! Requests and answers of the Workers runtime, its clock and randomness.

use core::cell::{OnceCell, RefCell};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::borrow::Cow;
use std::rc::Rc;

use domain::Timestamp;
use domain::json;
use futures_util::FutureExt;
use serde_json::{Map, Value};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::{self, Reflect};
use worker::web_sys::{Request, Response};
use worker::worker_sys::Context;
use worker::{Env, Result};

use crate::disposable::{Files, Read};
use crate::error::Error;
use crate::http::{Call, Method, Reply, Sent};
use crate::kv_shell::WorkersKv;
use crate::ledger::{KvLedger, Ledger};
use crate::limit::{self, Budget, Limiter};
use crate::outbox::{Lane, Outbox, Queue};
use crate::platform;
use crate::promise::{outcome, promised};
use crate::queue_shell::WorkersQueue;
use crate::routes::{self, Route, Trace, named_when_asked};
use crate::service::{App, Recent, Secrets, keys, tail};

/// A request that is answered, and what it was answered with.
pub struct Served {
    /// What is to be handed over.
    pub reply: Reply,
    /// Nothing where the request was refused before.
    pub app: Option<WorkersApp>,
    /// What was asked.
    pub call: Call,
    /// What a failure is found by.
    pub trace: Trace,
}

/// What is asked, but for the body, which nobody has read yet.
pub fn begin(request: &Request) -> (Call, Trace) {
    let started = clock();
    let mut call = call(&platform::head(request));
    let ray = call.ray.take();
    let request_id = named_when_asked(move || ray.unwrap_or_else(|| numbered(started)));
    (call, Trace { request_id, started, clock, log })
}

/// Answers what was asked by what `dispatch` can do.
pub async fn serve(
    request: &Request,
    (mut call, trace): (Call, Trace),
    env: Env,
    context: &Context,
    dispatch: impl AsyncFn(&WorkersApp, &Sent<'_>, Route<'_>) -> core::result::Result<Reply, Error>,
) -> Served {
    let read = read_body(request, &mut call).await;
    let sent = Sent::of(&call);
    let ready = match read {
        Ok(()) => limit::check(&WorkersLimiter(&env), &sent, &UNCOUNTED_IS_SAID, log).await,
        Err(error) => Err(error),
    };
    let (reply, app) = match ready.and_then(|()| app(&env, trace.started, wanted(&call))) {
        Ok(app) => (routes::answer(&app, &WorkersQueue(&env), &sent, &trace, dispatch).await, Some(app)),
        Err(error) => (routes::refuse(&call, &error, &trace), None),
    };
    if let Some(app) = &app {
        tell(app, env, context);
    }
    Served { reply, app, call, trace }
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
        let telling = promised(async move {
            // Of the largest, a queue takes two at once.
            for messages in messages.chunks(2) {
                if let Err(cause) = WorkersQueue(&env).send(Lane::Snapshots, messages.to_vec(), 0).await {
                    log(&json!({"outcome": "queue", "cause": cause}).to_string());
                }
            }
            Ok(JsValue::UNDEFINED)
        });
        // It says no to nothing.
        let _ = context.wait_until(&telling);
    }
}

thread_local! {
    static RECENT: Rc<Recent> = Rc::default();
    static BOUND: OnceCell<Rc<Bound>> = const { OnceCell::new() };
}

/// What is asked of the Workers runtime.
pub type WorkersApp = App<KvLedger<WorkersKv>>;

/// What follows from the deployment's secret and gives nothing of it away: ids in one ledger follow from the same secret in both Workers.
pub fn mark(env: &Env) -> String {
    keys::hash(&["mark/", bound(env).text("LEDGER_SECRET").unwrap_or_default()].concat())
}

fn bound(env: &Env) -> Rc<Bound> {
    BOUND.with(|bound| bound.get_or_init(|| Rc::new(Bound::read(env))).clone())
}

/// What every request needs, made anew for each: it is a handful of handles.
///
/// # Errors
///
/// Where a binding is missing.
pub fn app(env: &Env, now: i64, wanted: Option<&str>) -> core::result::Result<WorkersApp, Error> {
    let bound = bound(env);
    let secrets = bound.secrets.clone().ok_or_else(|| {
        Error::Unavailable("LEDGER_SECRET is not set: run `npx wrangler secret put LEDGER_SECRET`".to_owned())
    })?;
    Ok(App {
        ledger: KvLedger::new(store(env, &bound, wanted)?),
        secrets,
        now: Timestamp::from_millis(now),
        random,
        recent: RECENT.with(Rc::clone),
        is_bot,
        files: files(env, &bound),
        outbox: Outbox::new(
            bound.has(Lane::First.binding()),
            bound.text("ALLOW_PRIVATE_WEBHOOKS") == Some("1"),
        ),
    })
}

/// What was remembered of contests may have changed.
pub fn forget() {
    RECENT.with(|recent| recent.forget_all());
}

/// Which ledger a deployment's owner takes from or brings to, in use or not.
fn wanted(call: &Call) -> Option<&str> {
    call.query("in").filter(|_| call.path == routes::LEDGER)
}

/// What wrangler.toml or a secret binds to names: texts, and of all else that it is there. It is the same as long as an isolate lives.
struct Bound {
    names: Value,
    /// None where there is nothing to make ids by.
    secrets: Option<Rc<Secrets>>,
    /// What the ledger is kept in.
    store: OnceCell<WorkersKv>,
    /// Reads the deployment's own files.
    read: OnceCell<Rc<Read>>,
}

impl Bound {
    fn read(env: &Env) -> Self {
        let names = serde_json::from_str(&platform::bound(env)).unwrap_or_default();
        let mut bound = Self { names, secrets: None, store: OnceCell::new(), read: OnceCell::new() };
        bound.secrets = bound.text("LEDGER_SECRET").filter(|secret| !secret.is_empty()).map(|secret| {
            let admin_token = bound.text("ADMIN_TOKEN").map(str::to_owned);
            Rc::new(Secrets { ledger: secret.as_bytes().to_vec(), admin_token })
        });
        bound
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.names.get(name)?.as_str()
    }

    fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some()
    }
}

/// What the ledger is kept in: what is wanted, else what wrangler.toml says.
fn store(env: &Env, bound: &Bound, wanted: Option<&str>) -> core::result::Result<WorkersKv, Error> {
    if wanted.is_some() {
        return find_store(env, bound, wanted);
    }
    if let Some(store) = bound.store.get() {
        return Ok(store.clone());
    }
    let store = find_store(env, bound, None)?;
    Ok(bound.store.get_or_init(|| store).clone())
}

fn find_store(env: &Env, bound: &Bound, wanted: Option<&str>) -> core::result::Result<WorkersKv, Error> {
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

fn files(env: &Env, bound: &Bound) -> Files {
    let read = bound.read.get_or_init(|| reader(JsValue::from(env.clone())));
    Files { read: Rc::clone(read), is_said: &UNREAD_IS_SAID, log }
}

fn reader(env: JsValue) -> Rc<Read> {
    Rc::new(move |path: String| {
        let text = outcome(|number| platform::read_file(number, &env, &path));
        async move {
            let text = text.await.map_err(|cause| format!("{path}: {cause:?}"))?;
            Ok(text.as_string().unwrap_or_default())
        }
        .boxed_local()
    })
}

/// In milliseconds. The platform's stands still while a Worker computes, and goes on with each answer from outside.
pub fn clock() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and fits")]
    let now = js_sys::Date::now() as i64;
    now
}

/// One line for whoever reads the Worker's log.
pub fn log(line: &str) {
    worker::console_error!("{line}");
}

/// All of a request but its body.
fn call(head: &str) -> Call {
    let (method, rest) = head.split_once('\n').unwrap_or_default();
    let (url, headers) = rest.split_once('\n').unwrap_or((rest, ""));
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let (scheme, rest) = address.split_once(':').unwrap_or_default();
    let rest = rest.trim_start_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut call = Call {
        method: method.to_owned(),
        host: host.to_owned(),
        is_https: scheme == "https",
        path: ["/", path].concat(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        ..Call::default()
    };
    for (name, value) in headers.lines().filter_map(|line| line.split_once(' ')) {
        let field = match name {
            "x-api-key" => &mut call.api_key,
            "authorization" => &mut call.authorization,
            "accept-language" => &mut call.language,
            "origin" => &mut call.origin,
            "user-agent" => &mut call.user_agent,
            "cf-connecting-ip" => &mut call.address,
            "cf-ray" => &mut call.ray,
            "content-type" => &mut call.content_type,
            "x-webhook-secret" => &mut call.webhook.secret,
            "stripe-signature" => &mut call.webhook.stripe_signature,
            "x-shopify-hmac-sha256" => &mut call.webhook.shopify_hmac,
            "x-shopify-topic" => &mut call.webhook.shopify_topic,
            _ => continue,
        };
        *field = Some(value.to_owned());
    }
    call
}

/// Reads no more of a body than the route takes and a chunk: enough to tell that it is too large. A GET has none.
async fn read_body(request: &Request, call: &mut Call) -> core::result::Result<(), Error> {
    if Method::parse(&call.method) == Some(Method::Get) {
        return Ok(());
    }
    let most = u32::try_from(routes::max_body(&call.path)).unwrap_or(u32::MAX);
    let body = outcome(|number| platform::read_body(number, request, most)).await;
    let body = body.map_err(|fault| Error::body(["Body cannot be read: ", &message(&fault)].concat()))?;
    call.body = platform::bytes(&body);
    Ok(())
}

/// What an error of JavaScript's says.
pub fn message(fault: &JsValue) -> String {
    let text = Reflect::get(fault, &"message".into()).ok().and_then(|text| text.as_string());
    text.unwrap_or_else(|| format!("{fault:?}"))
}

/// An answer as the platform takes it.
pub fn respond(reply: Reply) -> Result<Response> {
    let body = match (reply.page, reply.body) {
        (Some(page), _) => Some(("text/html; charset=utf-8", page.into())),
        (None, Some(body)) => Some(("application/json; charset=utf-8", body.into())),
        (None, None) => None,
    };
    handed_over(reply.status, reply.headers, body)
}

/// The same, with a body of a kind.
pub fn handed_over(status: u16, headers: Headers, body: Option<(&'static str, JsValue)>) -> Result<Response> {
    let every = [("Cache-Control", "no-store".into()), ("X-Content-Type-Options", "nosniff".into())];
    let (kind, body) = body.unzip();
    let kind = kind.map(|kind| ("Content-Type", kind.into()));
    let headers = every.into_iter().chain(headers).chain(kind).collect();
    Ok(platform::respond(&begun(status, headers)?, body.unwrap_or_default())?)
}

/// Names and values.
pub type Headers = Vec<(&'static str, Cow<'static, str>)>;

/// So many beginnings of answers are kept. Nearly all answers have one of very few; links lead to many places.
const MOST_BEGINNINGS: usize = 32;

/// What an answer begins with, as the platform has it: its status and its headers. It takes some time to make one of text.
fn begun(status: u16, headers: Headers) -> Result<JsValue> {
    thread_local! {
        static KEPT: RefCell<Vec<(u16, Headers, JsValue)>> = const { RefCell::new(Vec::new()) };
    }
    KEPT.with_borrow_mut(|all| {
        if let Some((.., begun)) = all.iter().find(|kept| kept.0 == status && kept.1 == headers) {
            return Ok(begun.clone());
        }
        let text: Map<String, Value> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_ref().into())).collect();
        let begun = platform::begin(&json!({"status": status, "headers": text}).to_string())?;
        if all.len() >= MOST_BEGINNINGS {
            all.clear();
        }
        all.push((status, headers, begun.clone()));
        Ok(begun)
    })
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

pub(crate) fn random() -> [u8; 24] {
    let mut bytes = [0; 24];
    fill_random(&mut bytes);
    bytes
}

/// A name that nearly every request needs, as JavaScript has it. It is made once.
fn named(name: &'static str) -> JsValue {
    thread_local! {
        static NAMED: RefCell<Vec<(&'static str, JsValue)>> = const { RefCell::new(Vec::new()) };
    }
    NAMED.with_borrow_mut(|all| {
        if let Some((_, made)) = all.iter().find(|(known, _)| *known == name) {
            return made.clone();
        }
        let made = JsValue::from_str(name);
        all.push((name, made.clone()));
        made
    })
}

/// One isolate says once that it cannot count.
static UNCOUNTED_IS_SAID: AtomicBool = AtomicBool::new(false);

struct WorkersLimiter<'a>(&'a Env);

impl Limiter for WorkersLimiter<'_> {
    async fn take(&self, budget: Budget, by: &str) -> core::result::Result<bool, String> {
        let limiter = named(budget.binding());
        let taken = outcome(|number| platform::take(number, self.0, &limiter, by)).await;
        taken.map(|taken| taken.is_truthy()).map_err(|fault| message(&fault))
    }
}
