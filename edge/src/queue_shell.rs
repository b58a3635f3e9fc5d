//! Queues, as one gives to them.

use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;

use crate::outbox::{Lane, Queue};
use crate::platform;
use crate::worker_shell::message;

/// Those that wrangler.toml binds.
pub struct WorkersQueue<'a>(pub &'a Env);

impl Queue for WorkersQueue<'_> {
    async fn send(&self, lane: Lane, messages: Vec<String>, delay: u32) -> core::result::Result<(), String> {
        let sent = JsFuture::from(platform::send(self.0, lane.binding(), messages, delay)).await;
        sent.map(drop).map_err(|fault| message(&fault))
    }
}
