//! An HTTP shell around the domain. [`routes`] reads like the contract, [`service`] does what a route says, [`ledger`] is where it is
//! kept. Nothing here decides about points.
//!
//! Two Workers are made of it: `front` answers what shoppers' browsers wait for and hands all else to `back`, which is
//! much larger and works for minutes at a time on what a shopper's page does not wait for.

pub mod body;
mod csv;
pub mod deliver;
pub mod disposable;
pub mod error;
pub mod http;
pub mod kv_shell;
pub mod ledger;
pub mod limit;
pub mod outbox;
pub mod platform;
pub mod promise;
pub mod queue_shell;
pub mod routes;
mod seal;
pub mod service;
pub mod worker_shell;
