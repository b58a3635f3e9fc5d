//! What JavaScript promises, as a future, and a future as such a promise. What wasm-bindgen has for that makes two closures for each
//! promise, has JavaScript's collector look after both, and leaves what they wake to another microtask. Here one closure is told of all
//! of them, each by its number, and what waits goes on at once.

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::mem::replace;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;

use slab::Slab;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use worker::js_sys::Promise;

use crate::platform;

/// What a promise comes to.
pub type Outcome = Result<JsValue, JsValue>;

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

enum Task {
    /// It has one waker as long as it lives, which is known again.
    Waiting(Pin<Box<dyn Future<Output = ()>>>, Waker),
    Running,
    /// While it ran.
    Woken,
}

thread_local! {
    static ASKED: RefCell<Slab<(State, Rc<Group>)>> = const { RefCell::new(Slab::new()) };
    static TELL: () = platform::tell(&Closure::<dyn FnMut(usize, JsValue, bool)>::new(told).into_js_value());
    /// Of the future that is polled, where that is one of [`together`].
    static GROUP: RefCell<Option<Rc<Group>>> = const { RefCell::new(None) };
    static TASKS: RefCell<Slab<Task>> = const { RefCell::new(Slab::new()) };
}

fn told(number: usize, value: JsValue, is_kept: bool) {
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

/// Asks now, with a number by which it is told what comes of it, and waits for that.
pub fn outcome(ask: impl FnOnce(usize)) -> Kept {
    TELL.with(|()| ());
    let number = number();
    ask(number);
    Kept(Some(number))
}

/// It is no other's before it is told what came of what was asked with it.
fn number() -> usize {
    let group = GROUP.with_borrow(Option::clone).unwrap_or_default();
    group.left.set(group.left.get().saturating_add(1));
    ASKED.with_borrow_mut(|all| all.insert((State::Waiting, group)))
}

/// What comes of something, by its number until that has been taken: after that it is another's.
#[derive(Debug)]
#[must_use = "what fails is not heard of by whoever does not wait for it"]
pub struct Kept(Option<usize>);

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
/// that goes on with whatever comes first. It is large: whoever waits for it gets no more than where it is.
pub fn together<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let mut future = Box::pin(future);
    poll_fn(move |context| {
        GROUP.set(Some(Rc::default()));
        let polled = future.as_mut().poll(context);
        GROUP.set(None);
        polled
    })
}

/// Begins with a future, and promises what it comes to.
pub fn promised(future: impl Future<Output = Outcome> + 'static) -> Promise {
    let number = begun(async move |number| {
        let outcome = future.await;
        let is_kept = outcome.is_ok();
        platform::settle(number, &outcome.unwrap_or_else(|fault| fault), is_kept);
    });
    let promise = platform::promise(number);
    go_on(number);
    promise
}

/// The number of a task, which is told its number, too, and waits for somebody to go on with it.
fn begun<F: Future<Output = ()> + 'static>(task: impl FnOnce(usize) -> F) -> usize {
    TASKS.with_borrow_mut(|all| {
        let entry = all.vacant_entry();
        let number = entry.key();
        entry.insert(Task::Waiting(Box::pin(task(number)), Waker::from(Arc::new(Woken(number)))));
        number
    })
}

fn go_on(number: usize) {
    loop {
        let waiting = TASKS.with_borrow_mut(|all| {
            let task = all.get_mut(number)?;
            match replace(task, Task::Running) {
                Task::Waiting(future, waker) => Some((future, waker)),
                Task::Running | Task::Woken => {
                    *task = Task::Woken;
                    None
                }
            }
        });
        let Some((mut future, waker)) = waiting else { return };
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            TASKS.with_borrow_mut(|all| drop(all.try_remove(number)));
            return;
        }
        let before = TASKS.with_borrow_mut(|all| {
            all.get_mut(number).map(|task| replace(task, Task::Waiting(future, waker)))
        });
        if !matches!(before, Some(Task::Woken)) {
            return;
        }
    }
}

/// What is woken goes on at once: nothing else runs then, but for what it is woken by.
struct Woken(usize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        go_on(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::FutureExt;

    use super::*;

    #[derive(Default)]
    struct Counted(AtomicU32);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Counted {
        fn times(&self) -> u32 {
            self.0.load(Ordering::Relaxed)
        }
    }

    /// So many, asked for at once.
    fn asked(count: usize) -> Vec<usize> {
        let asking = together(poll_fn(move |_| Poll::Ready((0..count).map(|_| number()).collect())));
        asking.now_or_never().unwrap()
    }

    fn waits(kept: &mut Kept, woken: &Arc<Counted>) -> bool {
        let waker = Waker::from(Arc::clone(woken));
        Pin::new(kept).poll(&mut Context::from_waker(&waker)).is_pending()
    }

    fn come(number: usize) {
        told(number, JsValue::UNDEFINED, true);
    }

    #[test]
    fn the_last_of_those_asked_for_at_once_wakes_once() {
        let woken = Arc::<Counted>::default();
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
        let (one, other) = (Arc::<Counted>::default(), Arc::<Counted>::default());
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
        let woken = Arc::<Counted>::default();
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

    #[test]
    fn a_task_goes_on_when_it_is_woken_also_by_itself() {
        let (first, second) = (number(), number());
        let steps = Rc::<Cell<u32>>::default();
        let taken = Rc::clone(&steps);
        let mut left = 3;
        let task = begun(async move |_| {
            assert!(Kept(Some(first)).await.is_ok());
            taken.set(1);
            poll_fn(|context| {
                left -= 1;
                context.waker().wake_by_ref();
                if left == 0 { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            taken.set(2);
            assert!(Kept(Some(second)).await.is_ok());
            taken.set(3);
        });
        go_on(task);
        assert_eq!(steps.get(), 0);
        come(first);
        assert_eq!(steps.get(), 2);
        come(second);
        assert_eq!(steps.get(), 3);
        // It is over: nothing goes on.
        go_on(task);
        assert!(TASKS.with_borrow(Slab::is_empty) && ASKED.with_borrow(Slab::is_empty), "nothing is kept");
    }

    #[test]
    fn a_task_goes_on_whose_parts_are_woken_each_by_itself() {
        let numbers: Vec<usize> = (0..100).map(|_| number()).collect();
        let asked = numbers.clone();
        let is_done = Rc::<Cell<bool>>::default();
        let done = Rc::clone(&is_done);
        go_on(begun(async move |_| {
            let all = asked.into_iter().map(|number| Kept(Some(number)));
            assert_eq!(futures_util::future::join_all(all).await.len(), 100);
            done.set(true);
        }));
        numbers.into_iter().rev().for_each(come);
        assert!(is_done.get() && TASKS.with_borrow(Slab::is_empty));
    }

    #[test]
    fn a_task_is_woken_once_for_each_that_it_waits_for() {
        let numbers: Vec<usize> = (0..20).map(|_| number()).collect();
        let mut kept: Vec<Kept> = numbers.iter().map(|number| Kept(Some(*number))).collect();
        let polls = Rc::<Cell<usize>>::default();
        let counted = Rc::clone(&polls);
        let task = begun(|_| {
            poll_fn(move |context| {
                counted.set(counted.get() + 1);
                kept.retain_mut(|kept| Pin::new(kept).poll(context).is_pending());
                if kept.is_empty() { Poll::Ready(()) } else { Poll::Pending }
            })
        });
        go_on(task);
        // Woken for nothing.
        go_on(task);
        numbers.into_iter().for_each(come);
        assert_eq!(polls.get(), 22);
    }
}
