//! What touches the platform where messages are queued: queues that give and take them, and requests to receivers of webhooks.

use core::time::Duration;
use std::rc::Rc;

use domain::json;
use futures_util::future::join_all;
use wasm_bindgen::{JsCast, JsValue};
use worker::js_sys::{self, Reflect};
use worker::web_sys::{self, AbortSignal, RequestRedirect, WorkerGlobalScope};
use worker::{Context, Env, MessageBatch, MessageExt, Result, event};

use edge::deliver::{Courier, Post, PostFault, Settled, SlowOnes};
use edge::outbox::Lane;
use edge::promise::kept;
use edge::queue_shell::WorkersQueue;
use edge::service::tail;
use edge::worker_shell::{app, clock, log, message};

thread_local! {
    static SLOW: Rc<SlowOnes> = Rc::default();
}

/// Every message is settled by itself. This never fails: the macro would panic, and all of the batch would come again.
#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> Result<()> {
    let is_tail = batch.queue().ends_with("-snapshots");
    let lane = if batch.queue().ends_with("-retries") { Lane::Retries } else { Lane::First };
    let app = match app(&env, clock(), None) {
        Ok(app) => app,
        Err(error) => {
            log(&json!({"outcome": "queue", "cause": format!("{error:?}")}).to_string());
            batch.retry_all();
            return Ok(());
        }
    };
    if is_tail {
        let messages: Vec<_> = batch.raw_iter().collect();
        let texts: Vec<String> =
            messages.iter().map(|message| message.body().as_string().unwrap_or_default()).collect();
        let done = tail::take(&app, &WorkersQueue(&env), &texts, log).await;
        for (message, is_done) in messages.iter().zip(done) {
            if is_done { message.ack() } else { message.retry() }
        }
        return Ok(());
    }
    let slow = SLOW.with(Rc::clone);
    let (queue, post) = (&WorkersQueue(&env), &Fetch);
    let courier = &Courier { app: &app, queue, post, slow: &slow, clock, log };
    let carried = batch.raw_iter().map(async |message| {
        let text = message.body().as_string().unwrap_or_default();
        match courier.carry(lane, &text).await {
            Settled::Done => message.ack(),
            Settled::Again => message.retry(),
        }
    });
    join_all(carried).await;
    Ok(())
}

/// The platform's own. `worker::Fetch` would bring the url crate along.
struct Fetch;

impl Post for Fetch {
    async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
        patience: Duration,
    ) -> core::result::Result<u16, PostFault> {
        fetch(url, headers, body, patience).await.map_err(|fault| {
            let name = Reflect::get(&fault, &"name".into()).ok().and_then(|name| name.as_string());
            if name.as_deref() == Some("TimeoutError") {
                PostFault::TooSlow
            } else {
                PostFault::Failed(message(&fault))
            }
        })
    }
}

async fn fetch(
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
    patience: Duration,
) -> core::result::Result<u16, JsValue> {
    let sent = web_sys::Headers::new()?;
    for (name, value) in headers {
        sent.set(name, value)?;
    }
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_headers(&sent);
    init.set_body(&JsValue::from_str(body));
    init.set_redirect(RequestRedirect::Manual);
    let millis = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(millis)));
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = kept(&scope.fetch_with_str_and_init(url, &init)).await?;
    let response: web_sys::Response = response.unchecked_into();
    // A body that nobody reads would hold one of the six connections that a Worker may have at a time.
    if let Some(body) = response.body() {
        let _ = kept(&body.cancel()).await;
    }
    Ok(response.status())
}
