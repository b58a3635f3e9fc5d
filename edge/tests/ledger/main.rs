//! What every ledger has to hold, held by each: KV as the Worker has it, and Durable Objects by their very statements.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod conformance;
#[path = "../support/facts.rs"]
mod facts;
mod kept;
#[path = "../support/objects.rs"]
mod objects;
mod search;
mod snapshots;
