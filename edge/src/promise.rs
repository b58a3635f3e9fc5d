//! What JavaScript promises, as a future. `JsFuture` makes two closures for each promise and has JavaScript's collector look after
//! both; here one closure is told of all of them, each by its number.

use core::cell::RefCell;
use core::future::Future;

use futures_channel::oneshot::{self, Sender};
use slab::Slab;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use worker::js_sys::Promise;

use crate::platform;

/// What a promise comes to.
type Outcome = Result<JsValue, JsValue>;

thread_local! {
    static WAITING: RefCell<Slab<Sender<Outcome>>> = const { RefCell::new(Slab::new()) };
    static SETTLE: Closure<dyn FnMut(usize, JsValue, bool)> = Closure::new(settle);
}

fn settle(number: usize, value: JsValue, is_kept: bool) {
    if let Some(waiting) = WAITING.with_borrow_mut(|all| all.try_remove(number)) {
        // Nobody may wait any more.
        let _ = waiting.send(if is_kept { Ok(value) } else { Err(value) });
    }
}

/// Waits for a promise, from now on.
pub fn kept(promise: &Promise) -> impl Future<Output = Outcome> + use<> {
    let (waiting, outcome) = oneshot::channel();
    let number = WAITING.with_borrow_mut(|all| all.insert(waiting));
    SETTLE.with(|settle| platform::when(promise, number, settle));
    async { outcome.await.unwrap_or_else(|_| Err("a promise that was forgotten".into())) }
}
