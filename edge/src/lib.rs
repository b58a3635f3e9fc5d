//! The Worker: an HTTP shell around the domain. [`routes`] reads like the contract, [`service`] does what a
//! route says, [`ledger`] is where it is kept. Nothing here decides about points.

pub mod body;
mod csv;
pub mod deliver;
pub mod disposable;
pub mod error;
pub mod http;
mod kv_shell;
pub mod ledger;
pub mod limit;
mod object_shell;
pub mod outbox;
mod platform;
mod queue_shell;
pub mod routes;
mod seal;
pub mod service;
mod worker_shell;
