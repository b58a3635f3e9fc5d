//! What touches the platform where messages are queued: queues that give and take them, and requests to receivers of webhooks.

use core::time::Duration;
use std::rc::Rc;

use domain::json;
use futures_util::future::join_all;
use serde_json::{Map, Value};
use worker::js_sys::Reflect;
use worker::{Context, Env, MessageBatch, MessageExt, Result, event};

use edge::deliver::{Courier, Post, PostFault, Settled, SlowOnes};
use edge::outbox::Lane;
use edge::platform;
use edge::promise::outcome;
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
        let headers: Map<String, Value> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let headers = Value::Object(headers).to_string();
        let millis = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
        match outcome(|number| platform::post(number, url, &headers, body, millis)).await {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status fits")]
            Ok(status) => Ok(status.as_f64().unwrap_or_default() as u16),
            Err(fault) => {
                let name = Reflect::get(&fault, &"name".into()).ok().and_then(|name| name.as_string());
                if name.as_deref() == Some("TimeoutError") {
                    Err(PostFault::TooSlow)
                } else {
                    Err(PostFault::Failed(message(&fault)))
                }
            }
        }
    }
}
