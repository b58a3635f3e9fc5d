//! Contests that were read a moment ago. Every call of a shopper's browser needs its contest first and hardly ever another one
//! than the call before: what this saves is a look-up in KV before the others can begin, and reading the record.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::{Contest, Timestamp};

/// In milliseconds. KV itself may show a contest as it was a minute ago.
const KEPT: i64 = 30_000;

/// More than one Worker serves in half a minute; whoever asks for many only makes it forget.
const MOST: usize = 200;

/// What a Worker remembers from one request to the next. Only a contest that is there is kept: one that was just made is found.
#[derive(Debug, Default)]
pub struct Recent(RefCell<BTreeMap<String, (Timestamp, Rc<Contest>)>>);

impl Recent {
    pub(super) fn get(&self, id: &str, now: Timestamp) -> Option<Rc<Contest>> {
        let contests = self.0.borrow();
        let (read, contest) = contests.get(id)?;
        let age = now.millis().saturating_sub(read.millis());
        (0..KEPT).contains(&age).then(|| Rc::clone(contest))
    }

    pub(super) fn keep(&self, contest: &Rc<Contest>, now: Timestamp) {
        let mut contests = self.0.borrow_mut();
        if contests.len() >= MOST {
            contests.clear();
        }
        contests.insert(contest.id.clone(), (now, Rc::clone(contest)));
    }

    /// The contest was changed.
    pub(super) fn forget(&self, id: &str) {
        self.0.borrow_mut().remove(id);
    }
}
