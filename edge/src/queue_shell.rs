//! Queues, as one gives to them.

use worker::Env;

use crate::outbox::{Lane, Queue};
use crate::platform;
use crate::promise::outcome;
use crate::worker_shell::message;

/// Those that wrangler.toml binds.
pub struct WorkersQueue<'a>(pub &'a Env);

impl Queue for WorkersQueue<'_> {
    async fn send(&self, lane: Lane, messages: Vec<String>, delay: u32) -> core::result::Result<(), String> {
        let sent = outcome(|number| platform::send(number, self.0, lane.binding(), messages, delay));
        sent.await.map(drop).map_err(|fault| message(&fault))
    }
}
