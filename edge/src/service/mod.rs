//! What each route does: reads what was sent, asks the ledger, lets the domain decide, writes, answers.
//! Nothing is answered 2xx before it is stored.

pub mod activity;
pub mod backup;
pub mod board;
pub mod bonus;
pub mod chores;
pub mod contests;
pub mod deliveries;
pub mod endpoints;
pub mod entries;
pub mod entry;
pub mod export;
pub mod health;
pub mod import;
pub mod keys;
pub mod link;
pub mod moment;
pub mod page;
mod people;
pub mod public;
pub mod purchases;
mod recent;
pub mod referral;
pub mod reports;
mod secrets;
pub mod tail;
pub(crate) mod told;
mod trust;
pub mod webhooks;

use std::rc::Rc;

use crate::disposable::Files;
use crate::error::Error;
use crate::http::Call;
use crate::ledger::{self, ApiKey, KeyKind, Ledger, Places, Question, Unavailable};
use crate::outbox::Outbox;
use domain::contest::Contest;
use domain::fact::{Fact, adjusted_id, joined_id};
use domain::fold::Facts;
use domain::{EntryId, Timestamp, text};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
pub use recent::Recent;

/// What a request is answered with: the ledger, the deployment's secrets, and what else would make
/// two answers differ.
#[derive(Debug)]
pub struct App<L> {
    /// Where everything is kept.
    pub ledger: L,
    /// The deployment's own.
    pub secrets: Rc<Secrets>,
    /// The moment of this request.
    pub now: Timestamp,
    /// Fresh random bytes at each call.
    pub random: fn() -> [u8; 24],
    /// Contests that were read a moment ago.
    pub recent: Rc<Recent>,
    /// Does a `User-Agent` say of itself that it is a bot?
    pub is_bot: fn(&str) -> bool,
    /// The deployment's own files.
    pub files: Files,
    /// What this request has to tell by webhook.
    pub outbox: Outbox,
}

/// What `wrangler secret put` sets.
pub struct Secrets {
    /// `LEDGER_SECRET`: ids follow from addresses under it. It must never change.
    pub ledger: Vec<u8>,
    /// `ADMIN_TOKEN`: makes the first API key. Without one, nobody can.
    pub admin_token: Option<String>,
}

impl core::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl<L: Ledger> App<L> {
    /// The contest of an id.
    pub(crate) async fn contest(&self, id: &str) -> Result<Contest, Error> {
        if !text::is_token(id) {
            return Err(Error::CONTEST);
        }
        self.ledger.get(&ledger::contest(id)).await?.ok_or(Error::CONTEST)
    }

    /// The contest of an id as it is, or was half a minute ago. Not for an owner, who wants to see what they have changed.
    pub(crate) async fn recent_contest(&self, id: &str) -> Result<Rc<Contest>, Error> {
        if let Some(contest) = self.recent.contest(id, self.now) {
            return Ok(contest);
        }
        let contest = Rc::new(self.contest(id).await?);
        self.recent.keep_contest(&contest, self.now);
        Ok(contest)
    }

    /// Writes a contest that was changed. What was read of it a moment ago is forgotten.
    pub(crate) async fn save(&self, contest: &Contest) -> Result<(), Error> {
        self.ledger.put(&ledger::contest(&contest.id), contest).await?;
        self.recent.forget(&contest.id);
        Ok(())
    }

    /// Writes facts of a contest, all of them at once.
    pub(crate) async fn write_all(&self, contest: &str, facts: &[Fact]) -> Result<(), Unavailable> {
        let writes = facts.iter().map(|fact| self.ledger.write(contest, fact));
        futures_util::future::try_join_all(writes).await.map(drop)
    }

    /// The contest of an id, if it belongs to the key's team: another's is as good as none.
    pub(crate) async fn own_contest(&self, id: &str, key: &ApiKey) -> Result<Contest, Error> {
        let contest = self.contest(id).await?;
        if contest.team == key.team { Ok(contest) } else { Err(Error::CONTEST) }
    }

    /// What an entry's points follow from: all that happened in a contest but visits. What its owner did a moment ago is among it.
    pub(crate) async fn facts_for(&self, contest: &Contest, entry: &EntryId) -> Result<Facts, Error> {
        let ledger::Gathered { facts, is_late } = self.ledger.snapshot(&contest.id).await?;
        let mut facts = facts.into_facts();
        if is_late {
            for prefix in [joined_id(entry), adjusted_id(entry, ""), ["state/", entry.as_str(), "/"].concat()]
            {
                facts.merge(self.ledger.facts(&contest.id, &prefix).await?.into_iter().collect());
            }
        }
        Ok(facts)
    }

    /// All that happened in a contest.
    pub(crate) async fn facts(&self, contest: &Contest) -> Result<Facts, Error> {
        Ok(self.ledger.facts(&contest.id, "").await?.into_iter().collect())
    }

    /// How those participants of a contest stand who are asked for.
    pub(crate) async fn places(&self, contest: &Contest, question: Question<'_>) -> Result<Places, Error> {
        Ok(self.ledger.places(&contest.id, contest.settings.terms(), question).await?)
    }

    /// The key that came with the call, in the header or in the query.
    pub(crate) async fn any_key(&self, call: &Call) -> Result<ApiKey, Error> {
        let sent = call.sent_key().ok_or(Error::Unauthorized)?;
        let key = self.ledger.get(&ledger::api_key(&keys::hash(sent))).await?;
        key.ok_or(Error::Unauthorized)
    }

    /// The same, if it may do everything.
    pub(crate) async fn private_key(&self, call: &Call) -> Result<ApiKey, Error> {
        let key = self.any_key(call).await?;
        if key.kind == KeyKind::Private { Ok(key) } else { Err(Error::PrivateKeyRequired) }
    }

    /// The code of a new entry: the first of its derivations that is not somebody else's.
    pub(crate) async fn free_code(&self, contest: &str, entry: &EntryId) -> Result<domain::Code, Error> {
        for attempt in 0..16 {
            let code = domain::Code::derive(entry, attempt);
            let owner = self.ledger.get(&ledger::referrer(contest, &code)).await?;
            if owner.is_none_or(|owner| owner.entry == entry.as_str()) {
                return Ok(code);
            }
        }
        Err(Error::Internal(format!("no free code for entry {}", entry.as_str())))
    }
}

/// An id that a caller makes.
pub(crate) fn token<'a>(field: &'static str, value: Option<&'a str>) -> Result<Option<&'a str>, Error> {
    match value {
        Some(value) if !text::is_token(value) => {
            Err(Error::field(field, format!("{field} must be 1 to 64 letters, digits, '-' and '_'")))
        }
        value => Ok(value),
    }
}

/// What a form's field holds; one that nobody filled in says as little as one that is not there.
pub(crate) fn filled(value: Option<&str>, limit: text::Limit) -> Result<Option<String>, Error> {
    let value = value.filter(|value| !value.trim().is_empty());
    Ok(value.map(|value| limit.check(value)).transpose()?.map(str::to_owned))
}

/// What all of several calls give, asked at once. Boxed, they are of one type, whoever asks: each type of its own costs the
/// Worker six kilobytes.
pub(crate) async fn all<'a, T: 'a>(
    calls: impl Iterator<Item = impl Future<Output = Result<T, Error>> + 'a>,
) -> Result<Vec<T>, Error> {
    let calls: Vec<LocalBoxFuture<'a, Result<T, Error>>> = calls.map(FutureExt::boxed_local).collect();
    futures_util::future::try_join_all(calls).await
}

/// `futures_util::try_join!` over what the ledger can fail with.
pub(crate) async fn both<A, B>(
    a: impl Future<Output = Result<A, Unavailable>>,
    b: impl Future<Output = Result<B, Unavailable>>,
) -> Result<(A, B), Unavailable> {
    futures_util::future::try_join(a, b).await
}
