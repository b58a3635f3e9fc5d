//! What a contest decides: codes, money, facts, attribution and the fold to standings.
//!
//! No I/O, no clock, no randomness, no wasm: `now` and secrets are arguments. The Worker and the
//! browser both call it, so they cannot disagree. Start reading at [`fact`], then [`fold`].

#![cfg_attr(not(any(test, feature = "serde")), no_std)] // the browser does without std, for its bytes
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

extern crate alloc;

pub mod attribution;
pub mod code;
pub mod contest;
pub mod decide;
pub mod decimal;
pub mod email;
pub mod fact;
pub mod fold;
pub mod id;
mod invalid;
#[cfg(feature = "serde")]
pub mod json;
pub mod money;
pub mod name;
pub mod points;
#[cfg(feature = "serde")]
pub mod record;
#[cfg(feature = "serde")]
pub mod report;
pub mod settings;
#[cfg(feature = "serde")]
pub mod shopify;
pub mod site;
#[cfg(feature = "serde")]
pub mod stripe;
pub mod text;
pub mod time;
pub mod trust;
#[cfg(feature = "serde")]
pub mod webhook;

pub use code::Code;
pub use contest::Contest;
pub use email::Email;
pub use fact::Fact;
pub use id::EntryId;
pub use invalid::Invalid;
pub use money::{Currency, Money};
pub use time::Timestamp;
