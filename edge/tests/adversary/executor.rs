//! Runs futures in virtual time, on one thread and always in the same order: nothing here asks what time it is, and nothing
//! waits. Whatever may happen next has a moment and a number; the least of these happens.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

enum Due {
    Wake(Waker),
    Do(Box<dyn FnOnce()>),
}

/// The one clock, and what is to happen by it. Copies are the same one.
#[derive(Clone, Default)]
pub struct Executor(Rc<Inner>);

#[derive(Default)]
struct Inner {
    /// In milliseconds since the story began.
    now: Cell<u64>,
    number: Cell<u64>,
    tasks: RefCell<BTreeMap<u64, Task>>,
    ready: Arc<Mutex<VecDeque<u64>>>,
    order: RefCell<BinaryHeap<Reverse<(u64, u64)>>>,
    due: RefCell<BTreeMap<(u64, u64), Due>>,
}

struct Ring {
    task: u64,
    ready: Arc<Mutex<VecDeque<u64>>>,
}

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        self.ready.lock().unwrap().push_back(self.task);
    }
}

impl Executor {
    pub fn now(&self) -> u64 {
        self.0.now.get()
    }

    fn next_number(&self) -> u64 {
        self.0.number.set(self.0.number.get() + 1);
        self.0.number.get()
    }

    fn at(&self, moment: u64, due: Due) {
        let key = (moment, self.next_number());
        self.0.order.borrow_mut().push(Reverse(key));
        self.0.due.borrow_mut().insert(key, due);
    }

    /// Begins something that goes on by itself.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        let task = self.next_number();
        self.0.tasks.borrow_mut().insert(task, Box::pin(future));
        self.0.ready.lock().unwrap().push_back(task);
    }

    /// Happens in so many milliseconds, whatever becomes of whoever asked for it.
    pub fn later(&self, millis: u64, what: impl FnOnce() + 'static) {
        self.at(self.now() + millis, Due::Do(Box::new(what)));
    }

    pub async fn sleep(&self, millis: u64) {
        let until = self.now() + millis;
        let mut is_set = false;
        poll_fn(|context| {
            if self.now() >= until && is_set {
                return Poll::Ready(());
            }
            if !is_set {
                self.at(until, Due::Wake(context.waker().clone()));
                is_set = true;
            }
            Poll::Pending
        })
        .await;
    }

    /// Until nothing is left to happen.
    pub fn run(&self) {
        loop {
            let ready = self.0.ready.lock().unwrap().pop_front();
            if let Some(task) = ready {
                self.poll(task);
                continue;
            }
            let Some(Reverse(key)) = self.0.order.borrow_mut().pop() else { return };
            self.0.now.set(key.0);
            let due = self.0.due.borrow_mut().remove(&key);
            match due {
                Some(Due::Wake(waker)) => waker.wake(),
                Some(Due::Do(what)) => what(),
                None => {}
            }
        }
    }

    fn poll(&self, number: u64) {
        let task = self.0.tasks.borrow_mut().remove(&number);
        let Some(mut task) = task else { return };
        let waker = Waker::from(Arc::new(Ring { task: number, ready: Arc::clone(&self.0.ready) }));
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.0.tasks.borrow_mut().insert(number, task);
        }
    }
}

/// Polls a future so many times and no more: what then waits is dropped where it waits.
pub async fn for_polls<F: Future>(future: F, polls: Option<u32>) -> Option<F::Output> {
    let mut future = Some(Box::pin(future));
    let mut left = polls;
    poll_fn(move |context| {
        let Some(running) = future.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(output) = running.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        left = left.map(|left| left.saturating_sub(1));
        if left == Some(0) {
            future = None;
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}

/// What one task hands to another, once.
pub struct Letter<T>(Rc<RefCell<(Option<T>, Option<Waker>)>>);

impl<T> Clone for Letter<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Letter<T> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new((None, None))))
    }
}

impl<T> Letter<T> {
    pub fn put(&self, value: T) {
        let waker = {
            let mut letter = self.0.borrow_mut();
            letter.0 = Some(value);
            letter.1.take()
        };
        waker.iter().for_each(Waker::wake_by_ref);
    }

    pub async fn take(&self) -> T {
        poll_fn(|context| {
            let mut letter = self.0.borrow_mut();
            let value = letter.0.take();
            if value.is_none() {
                letter.1 = Some(context.waker().clone());
            }
            value.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Said = Rc<RefCell<Vec<(u64, &'static str)>>>;

    async fn twice(executor: Executor, said: Said, name: &'static str, millis: u64) {
        for _ in 0..2 {
            executor.sleep(millis).await;
            said.borrow_mut().push((executor.now(), name));
        }
    }

    #[test]
    fn what_waits_longer_comes_later_and_who_asked_first_comes_first() {
        let (executor, said) = (Executor::default(), Said::default());
        for (name, millis) in [("slow", 30), ("quick", 10), ("as quick", 10)] {
            executor.spawn(twice(executor.clone(), Rc::clone(&said), name, millis));
        }
        executor.run();
        let expected =
            [(10, "quick"), (10, "as quick"), (20, "quick"), (20, "as quick"), (30, "slow"), (60, "slow")];
        assert_eq!(*said.borrow(), expected);
    }

    #[test]
    fn what_was_begun_happens_though_whoever_began_it_is_gone() {
        let (executor, said) = (Executor::default(), Said::default());
        let (within, sent) = (executor.clone(), Rc::clone(&said));
        let work = async move {
            within.sleep(5).await;
            within.later(10, move || sent.borrow_mut().push((15, "arrived")));
            within.sleep(20).await;
            unreachable!("it was polled twice, and dropped");
        };
        executor.spawn(async move {
            for_polls(work, Some(2)).await;
        });
        executor.run();
        assert_eq!(*said.borrow(), [(15, "arrived")]);
    }

    #[test]
    fn a_future_is_dropped_where_it_waits_for_the_last_time() {
        for (polls, expected) in [(Some(1), 0), (Some(2), 1), (Some(3), 2), (None, 2)] {
            let (executor, said) = (Executor::default(), Said::default());
            let work = twice(executor.clone(), Rc::clone(&said), "work", 10);
            executor.spawn(async move {
                for_polls(work, polls).await;
            });
            executor.run();
            assert_eq!(said.borrow().len(), expected, "{polls:?}");
        }
    }
}
