//! The browser side's core: what a call means, what is sent of it, and when it is sent again.
//!
//! It runs the endpoint's own validation, makes event ids and request bodies, and keeps the queue.
//! What it decides is in modules that know no browser and are tested natively: [`event`], [`queue`],
//! [`visits`], [`uuid`], [`json`]. All that touches the page is in `tracker/loader/host.js`, behind
//! [`browser`]; what cannot wait for WebAssembly is the pasted script's.
//!
//! There is no `Promise`, no `JsValue` and no web-sys here, for their bytes: the page's promises are
//! settled by the id of their call.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod browser;
pub mod event;
pub mod json;
pub mod queue;
pub mod uuid;
pub mod visits;

use wasm_bindgen::prelude::wasm_bindgen;

use event::{Call, Event};
use queue::{Answer, Outage, Verdict};
use uuid::Seed;

/// A page makes a handful of small allocations: the standard allocator would be a third of the code.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
#[expect(unsafe_code, reason = "WebAssembly without threads, which is what the allocator asks for")]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

/// A trap is an exception in the page, and `host.js` catches it.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// Where an [`Outage`] is kept, for as long as it lasts.
const OUTAGE: &str = "outage";

/// Goes on with an entry of the queue, be it a call or the event that was made of it. What it returns is how many
/// milliseconds it has to wait, 0 if it is on the wire or need not be sent.
///
/// `id` is the entry's key in storage, `q:` and a [`Seed`]; `now` counts milliseconds since 1970.
#[wasm_bindgen]
pub fn run(id: &str, now: f64) -> u32 {
    // Another tab, or a withdrawn consent, may have taken it out.
    let Some(entry) = browser::get(id) else { return 0 };
    if let Some(event) = Event::parse(&entry) {
        return send(id, event, false, now);
    }
    let Some((call, seed)) = Call::parse(&entry).zip(Seed::of(id)) else {
        browser::remove(id);
        return 0;
    };
    let mut visits = None;
    if let Call::Visit { contest, code, .. } = call {
        let key = visits::key(contest);
        let Some(kept) = visits::add(&browser::get(&key).unwrap_or_default(), seed.millis(), code) else {
            browser::remove(id);
            return 0;
        };
        visits = Some((key, kept));
    }
    let visitor = browser::get("visitor").unwrap_or_else(|| {
        let visitor = seed.other().v7();
        browser::set("visitor", &visitor);
        visitor
    });
    match call.event(seed, &visitor) {
        Ok(event) => {
            let wait = send(id, event, true, now);
            if let Some((key, kept)) = visits {
                browser::set(&key, &kept);
            }
            wait
        }
        Err(invalid) => {
            browser::remove(id);
            browser::settle(id, call.kind().name(), invalid.reason);
            0
        }
    }
}

/// The endpoint's answer to an event, or status 0 where there was none. `chance` is any number. What it returns is in
/// how many milliseconds to try again, 0 if the endpoint is well.
#[wasm_bindgen]
pub fn answered(id: &str, status: u16, retry_after: u32, error: &str, chance: u32, now: f64) -> u32 {
    // A withdrawn consent may have taken it out, and has settled it.
    let Some(event) = browser::get(id).and_then(|entry| Event::parse(&entry)) else { return 0 };
    let answer = Answer { status, retry_after, error };
    let mut outage = outage();
    let verdict = outage.answered(millis(now), event.sent, &answer, chance);
    if outage == Outage::default() {
        browser::remove(OUTAGE);
    } else {
        browser::set(OUTAGE, &outage.stored());
    }
    let reason = match verdict {
        Verdict::Again { retry } => {
            browser::set(id, &Event { sent: 0, ..event }.stored());
            return retry;
        }
        Verdict::Done => "",
        Verdict::Refused { reason, unknown } => {
            match unknown {
                Some(queue::Unknown::Contest) => browser::warn(
                    "RocketTracker: the endpoint knows no contest with this campaignId, so nothing is tracked.",
                ),
                Some(queue::Unknown::Code) => {
                    browser::forget_code_of(id);
                    if let Some(event) = event.without_code() {
                        return send(id, event, true, now);
                    }
                }
                None => {}
            }
            reason
        }
    };
    browser::remove(id);
    browser::settle(id, event.kind.name(), reason);
    0
}

/// Puts an event into storage, with the time if it may go now, and only then on the wire.
fn send(id: &str, event: Event, is_new: bool, now: f64) -> u32 {
    let now = millis(now);
    let outage = outage();
    let wait = outage.wait(now, event.sent);
    let event = Event { sent: if wait == 0 { now } else { event.sent }, ..event };
    if wait == 0 || is_new {
        browser::set(id, &event.stored());
    }
    if wait == 0 {
        if outage.failures > 0 {
            browser::set(OUTAGE, &outage.attempt(now).stored());
        }
        browser::send(id, event.kind.name(), &event.body);
    }
    wait
}

fn outage() -> Outage {
    browser::get(OUTAGE).map(|stored| Outage::parse(&stored)).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "JavaScript's time has no sign or fraction"
)]
fn millis(now: f64) -> u64 {
    now as u64
}
