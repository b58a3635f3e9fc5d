//! What JavaScript promises, as a future. `JsFuture` makes two closures for each promise and has JavaScript's collector look after
//! both; here one closure is told of all of them, each by its number.

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::mem::replace;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use slab::Slab;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use worker::js_sys::Promise;

use crate::platform;

/// What a promise comes to.
type Outcome = Result<JsValue, JsValue>;

enum State {
    Waiting,
    Settled(Outcome),
    /// Nobody waits any more.
    Forgotten,
}

/// Promises whose future goes on when the last of them has come to something.
#[derive(Default)]
struct Group {
    left: Cell<usize>,
    waker: Cell<Option<Waker>>,
}

thread_local! {
    static ASKED: RefCell<Slab<(State, Rc<Group>)>> = const { RefCell::new(Slab::new()) };
    static SETTLE: Closure<dyn FnMut(usize, JsValue, bool)> = Closure::new(settle);
    /// Of the future that is polled, where that is one of [`together`].
    static GROUP: RefCell<Option<Rc<Group>>> = const { RefCell::new(None) };
}

fn settle(number: usize, value: JsValue, is_kept: bool) {
    let group = ASKED.with_borrow_mut(|all| {
        let (state, group) = all.get_mut(number)?;
        let group = Rc::clone(group);
        if let State::Forgotten = replace(state, State::Settled(if is_kept { Ok(value) } else { Err(value) }))
        {
            all.remove(number);
        }
        Some(group)
    });
    let Some(group) = group else { return };
    group.left.set(group.left.get().saturating_sub(1));
    if group.left.get() == 0
        && let Some(waker) = group.waker.take()
    {
        waker.wake();
    }
}

/// Waits for a promise, from now on.
pub fn kept(promise: &Promise) -> impl Future<Output = Outcome> + use<> {
    let group = GROUP.with_borrow(Option::clone).unwrap_or_default();
    group.left.set(group.left.get().saturating_add(1));
    let number = ASKED.with_borrow_mut(|all| all.insert((State::Waiting, group)));
    SETTLE.with(|settle| platform::when(promise, number, settle));
    Kept(Some(number))
}

/// The number of a promise that has not been taken yet: after that it is another's.
struct Kept(Option<usize>);

impl Future for Kept {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let Some(number) = self.0 else { return Poll::Pending };
        let outcome = ASKED.with_borrow_mut(|all| {
            if let Some((State::Waiting, group)) = all.get(number) {
                group.waker.set(Some(context.waker().clone()));
                return None;
            }
            all.try_remove(number)
        });
        let Some((State::Settled(outcome), _)) = outcome else { return Poll::Pending };
        self.0 = None;
        Poll::Ready(outcome)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Some(number) = self.0 else { return };
        let forgotten = ASKED.with_borrow_mut(|all| match all.get_mut(number) {
            Some((state @ State::Waiting, _)) => {
                *state = State::Forgotten;
                None
            }
            _ => all.try_remove(number),
        });
        drop(forgotten);
    }
}

/// What a future asks for at once, it goes on with at once: to be woken for each takes longer than what it would do then. Not for one
/// that goes on with whatever comes first.
pub fn together<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let mut future = Box::pin(future);
    poll_fn(move |context| {
        GROUP.set(Some(Rc::default()));
        let polled = future.as_mut().poll(context);
        GROUP.set(None);
        polled
    })
}
