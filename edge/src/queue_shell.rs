//! Queues, as one gives to them.

use worker::Env;

use crate::outbox::{Lane, Queue};
use crate::platform;
use crate::promise::kept;
use crate::worker_shell::message;

/// Those that wrangler.toml binds.
pub struct WorkersQueue<'a>(pub &'a Env);

impl Queue for WorkersQueue<'_> {
    async fn send(&self, lane: Lane, messages: Vec<String>, delay: u32) -> core::result::Result<(), String> {
        let sent = kept(&platform::send(self.0, lane.binding(), messages, delay)).await;
        sent.map(drop).map_err(|fault| message(&fault))
    }
}
