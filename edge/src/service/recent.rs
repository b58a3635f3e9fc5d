//! Contests, whose their codes are, and where they tell of what happens, that were read a moment ago. Every call of a shopper's browser
//! needs its contest first and hardly ever another one than the call before: what this saves is a look-up in KV before the others can
//! begin, and reading the record.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::webhook::Endpoint;
use domain::{Code, Contest, Timestamp};

/// In milliseconds. KV itself may show a contest as it was a minute ago.
const KEPT: i64 = 30_000;

/// More than one Worker serves in half a minute; whoever asks for many only makes it forget.
const MOST: usize = 200;

/// Of the codes of a contest.
const MOST_CODES: usize = 100;

/// What a Worker remembers from one request to the next. Only a contest that is there is kept: one that was just made is found.
#[derive(Debug, Default)]
pub struct Recent(RefCell<BTreeMap<String, (Timestamp, Read)>>);

/// Both in one map, for the Worker's bytes.
#[derive(Clone, Debug)]
enum Read {
    /// And whose its codes are, as strangers are told. That is forgotten with it: by other settings they may be told less.
    Contest(Rc<Contest>, Rc<RefCell<BTreeMap<Code, String>>>),
    /// Most contests have none.
    Endpoints(Rc<Vec<Endpoint>>),
}

impl Recent {
    pub(super) fn contest(&self, id: &str, now: Timestamp) -> Option<Rc<Contest>> {
        if let Some(Read::Contest(contest, _)) = self.get(id, now) { Some(contest) } else { None }
    }

    pub(super) fn keep_contest(&self, contest: &Rc<Contest>, now: Timestamp) {
        self.keep(contest.id.clone(), Read::Contest(Rc::clone(contest), Rc::default()), now);
    }

    /// Whose a code is, as it was told by these very settings.
    pub(super) fn owner(&self, contest: &Rc<Contest>, code: &Code, now: Timestamp) -> Option<String> {
        self.owners(contest, now)?.borrow().get(code).cloned()
    }

    pub(super) fn keep_owner(&self, contest: &Rc<Contest>, code: Code, told: &str, now: Timestamp) {
        let Some(owners) = self.owners(contest, now) else { return };
        let mut owners = owners.borrow_mut();
        if owners.len() >= MOST_CODES {
            owners.clear();
        }
        owners.insert(code, told.to_owned());
    }

    fn owners(&self, contest: &Rc<Contest>, now: Timestamp) -> Option<Rc<RefCell<BTreeMap<Code, String>>>> {
        match self.get(&contest.id, now)? {
            Read::Contest(known, owners) if Rc::ptr_eq(&known, contest) => Some(owners),
            _ => None,
        }
    }

    pub(super) fn endpoints(&self, contest: &str, now: Timestamp) -> Option<Rc<Vec<Endpoint>>> {
        if let Some(Read::Endpoints(endpoints)) = self.get(&of(contest), now) {
            Some(endpoints)
        } else {
            None
        }
    }

    pub(super) fn keep_endpoints(&self, contest: &str, endpoints: &Rc<Vec<Endpoint>>, now: Timestamp) {
        self.keep(of(contest), Read::Endpoints(Rc::clone(endpoints)), now);
    }

    /// The contest was changed, or one of its endpoints.
    pub(super) fn forget(&self, contest: &str) {
        let mut all = self.0.borrow_mut();
        all.remove(contest);
        all.remove(&of(contest));
    }

    /// Any contest may have changed.
    pub fn forget_all(&self) {
        self.0.borrow_mut().clear();
    }

    fn get(&self, name: &str, now: Timestamp) -> Option<Read> {
        let all = self.0.borrow();
        let (at, read) = all.get(name)?;
        is_recent(*at, now).then(|| read.clone())
    }

    fn keep(&self, name: String, read: Read, now: Timestamp) {
        let mut all = self.0.borrow_mut();
        all.retain(|_, (at, _)| is_recent(*at, now));
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(name, (now, read));
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (0..KEPT).contains(&now.millis().saturating_sub(at.millis()))
}

/// No contest has such an id.
fn of(contest: &str) -> String {
    ["endpoints/", contest].concat()
}

#[cfg(test)]
mod tests {
    use domain::contest::{Mode, Status};
    use domain::settings::Settings;

    use super::*;

    #[test]
    fn what_was_told_by_other_settings_is_not_kept() {
        let recent = Recent::default();
        let now = Timestamp::from_millis(0);
        let contest = || {
            Rc::new(Contest {
                id: "demo".to_owned(),
                team: "acme".to_owned(),
                title: "Demo".to_owned(),
                description: String::new(),
                status: Status::Active,
                start_date: None,
                end_date: None,
                is_evergreen: true,
                mode: Mode::default(),
                slug: "demo".to_owned(),
                created_at: now,
                ended_at: None,
                settings: Settings::default(),
                secrets: Vec::new(),
            })
        };
        let (before, after) = (contest(), contest());
        let code = Code::parse("REF-XYZ789").unwrap();
        recent.keep_contest(&before, now);
        // It was changed while a call was reading.
        recent.keep_contest(&after, now);
        recent.keep_owner(&before, code.clone(), "more", now);
        assert_eq!(recent.owner(&after, &code, now), None);
        recent.keep_owner(&after, code.clone(), "less", now);
        assert_eq!(
            (recent.owner(&after, &code, now), recent.owner(&before, &code, now)),
            (Some("less".to_owned()), None)
        );
    }
}
