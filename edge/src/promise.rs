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

/// Promises whose future goes on when the last of them has come to something, also those for which nobody waits any more.
#[derive(Default)]
struct Group {
    left: Cell<usize>,
    /// One, but where a future wakes its parts each by itself.
    wakers: RefCell<Vec<Waker>>,
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
    if group.left.get() == 0 {
        for waker in group.wakers.take() {
            waker.wake();
        }
    }
}

/// Waits for a promise, from now on.
pub fn kept(promise: &Promise) -> impl Future<Output = Outcome> + use<> {
    let number = number();
    SETTLE.with(|settle| platform::when(promise, number, settle));
    Kept(Some(number))
}

/// By which it is told what a promise comes to. It is no other's before that.
fn number() -> usize {
    let group = GROUP.with_borrow(Option::clone).unwrap_or_default();
    group.left.set(group.left.get().saturating_add(1));
    ASKED.with_borrow_mut(|all| all.insert((State::Waiting, group)))
}

/// The number of a promise that has not been taken yet: after that it is another's.
struct Kept(Option<usize>);

impl Future for Kept {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let Some(number) = self.0 else { return Poll::Pending };
        let outcome = ASKED.with_borrow_mut(|all| {
            if let Some((State::Waiting, group)) = all.get(number) {
                let mut wakers = group.wakers.borrow_mut();
                if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                    wakers.push(context.waker().clone());
                }
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
        ASKED.with_borrow_mut(|all| match all.get_mut(number) {
            Some((state @ State::Waiting, _)) => *state = State::Forgotten,
            _ => drop(all.try_remove(number)),
        });
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;

    use futures_util::FutureExt;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicU32);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Woken {
        fn times(&self) -> u32 {
            self.0.load(Ordering::Relaxed)
        }
    }

    /// So many, asked for at once.
    fn asked(count: usize) -> Vec<usize> {
        let asking = together(poll_fn(move |_| Poll::Ready((0..count).map(|_| number()).collect())));
        asking.now_or_never().unwrap()
    }

    fn waits(kept: &mut Kept, woken: &Arc<Woken>) -> bool {
        let waker = Waker::from(Arc::clone(woken));
        Pin::new(kept).poll(&mut Context::from_waker(&waker)).is_pending()
    }

    fn come(number: usize) {
        settle(number, JsValue::UNDEFINED, true);
    }

    #[test]
    fn the_last_of_those_asked_for_at_once_wakes_once() {
        let woken = Arc::<Woken>::default();
        let numbers = asked(3);
        let mut kept: Vec<Kept> = numbers.iter().map(|number| Kept(Some(*number))).collect();
        assert!(kept.iter_mut().all(|kept| waits(kept, &woken)));
        come(numbers[1]);
        come(numbers[0]);
        assert_eq!(woken.times(), 0);
        // Whoever is dropped is waited for all the same, and wakes the others.
        kept.pop();
        come(numbers[2]);
        assert_eq!(woken.times(), 1);
        assert!(kept.iter_mut().all(|kept| !waits(kept, &woken)));
        assert!(ASKED.with_borrow(Slab::is_empty), "nothing is kept");
    }

    #[test]
    fn who_is_waited_for_by_several_wakes_each() {
        let (one, other) = (Arc::<Woken>::default(), Arc::<Woken>::default());
        let numbers = asked(2);
        let mut kept: Vec<Kept> = numbers.iter().map(|number| Kept(Some(*number))).collect();
        assert!(waits(&mut kept[0], &one) && waits(&mut kept[1], &other));
        numbers.into_iter().for_each(come);
        assert_eq!((one.times(), other.times()), (1, 1));
    }

    #[test]
    fn a_number_is_no_others_before_its_promise_has_come_to_something() {
        let first = number();
        drop(Kept(Some(first)));
        let second = number();
        assert_ne!(first, second);
        let woken = Arc::<Woken>::default();
        let mut kept = Kept(Some(second));
        assert!(waits(&mut kept, &woken));
        come(first);
        assert!(waits(&mut kept, &woken) && woken.times() == 0);
        come(second);
        assert!(!waits(&mut kept, &woken) && woken.times() == 1);
        // What is settled before it is asked for is there at once.
        let third = number();
        come(third);
        drop(kept);
        assert!(!waits(&mut Kept(Some(third)), &woken));
        assert!(ASKED.with_borrow(Slab::is_empty), "nothing is kept");
    }
}
