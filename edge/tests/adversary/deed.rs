//! What people did, whoever reports it, and how often that was tried.

use std::cell::RefCell;
use std::rc::Rc;

use domain::fact::{Source, Stage};

use crate::places::Answer;

/// How somebody becomes a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Form,
    /// The site's server, with the owner's key: also when the contest is over.
    Server,
    /// Shopify says so, which may send anything for a code: one that nobody has is no error.
    Shop,
    /// The owner says so of many at once, and is not told of it.
    Import,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Somebody opened a link, by their browser's clock.
    Visit {
        code: String,
        visitor: String,
        at: i64,
    },
    SignUp {
        who: String,
        code: Option<String>,
        by: By,
    },
    Buy {
        who: String,
        order: String,
        cents: i64,
        code: Option<String>,
        source: Source,
    },
    /// All that was given back so far for one cause, in cents; of what Stripe says, with tax.
    GiveBack {
        order: String,
        source: Source,
        cause: String,
        cents: i64,
    },
    Dispute {
        order: String,
        stage: Stage,
        at: i64,
    },
    /// The owner brings somebody along with the points that they have elsewhere.
    Bring {
        who: String,
        points: i64,
    },
    /// The owner gives points.
    Give {
        who: String,
        event: String,
        points: i64,
    },
    /// They do what the contest gives points for.
    Complete {
        who: String,
        action: String,
        points: i64,
    },
    /// The owner takes somebody's place, or gives it back.
    Disqualify {
        who: String,
        event: String,
        at: i64,
        on: bool,
    },
    /// The owner calls somebody otherwise. No fact says so.
    Rename {
        who: String,
    },
    Erase {
        who: String,
    },
}

/// Whose deed it is, and with which code, if it may bind somebody.
pub fn binding(deed: &Deed) -> Option<(&str, Option<&str>)> {
    match deed {
        Deed::SignUp { who, code, .. } | Deed::Buy { who, code, .. } => Some((who, code.as_deref())),
        _ => None,
    }
}

/// One request about it.
#[derive(Clone, Debug)]
pub struct Try {
    pub began: u64,
    /// When it was answered, or when nobody worked at it any more. A write may still have been on its way.
    pub ended: u64,
    pub answer: Option<Answer>,
}

impl Try {
    /// It was answered that it is kept.
    pub fn is_kept(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.status < 300 && !answer.is_nothing())
    }

    /// Was it answered for good that nothing is kept?
    pub fn is_refused(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| match answer.status {
            ..300 => answer.is_nothing(),
            status => status < 500 && status != 429,
        })
    }
}

impl Answer {
    /// It was taken, and nothing was to be kept.
    pub fn is_nothing(&self) -> bool {
        let data = &self.body["data"];
        data.get("ignored").is_some() || data.get("entryId").is_some_and(serde_json::Value::is_null)
    }
}

#[derive(Clone, Debug)]
pub struct Happening {
    pub deed: Deed,
    pub tries: Vec<Try>,
}

impl Happening {
    pub fn is_kept(&self) -> bool {
        self.tries.iter().any(Try::is_kept)
    }

    /// It may be there, whatever anybody was told.
    pub fn may_be_kept(&self) -> bool {
        self.tries.iter().any(|tried| !tried.is_refused())
    }

    /// When somebody was first told that it is kept.
    pub fn kept_at(&self) -> Option<u64> {
        self.tries.iter().filter(|tried| tried.is_kept()).map(|tried| tried.ended).min()
    }

    pub fn began(&self) -> Option<u64> {
        self.tries.iter().map(|tried| tried.began).min()
    }
}

/// What the owner changes while all that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The contest is over.
    End,
    /// What a signup and an order earn.
    Rates,
    /// First or last.
    Attribution,
}

#[derive(Clone, Copy, Debug)]
pub struct Changed {
    pub what: Change,
    pub began: u64,
    /// When it was answered that it is kept.
    pub kept: u64,
}

/// All that happened. Copies are the same.
#[derive(Clone, Default)]
pub struct Happenings(Rc<RefCell<Vec<Happening>>>);

impl Happenings {
    pub fn begin(&self, deed: Deed) -> usize {
        let mut happenings = self.0.borrow_mut();
        happenings.push(Happening { deed, tries: Vec::new() });
        happenings.len() - 1
    }

    pub fn tried(&self, happening: usize, tried: Try) {
        self.0.borrow_mut()[happening].tries.push(tried);
    }

    pub fn all(&self) -> Vec<Happening> {
        self.0.borrow().clone()
    }
}
