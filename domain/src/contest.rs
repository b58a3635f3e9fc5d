//! A contest: what its owner sets, and whether it takes anything at a moment.

use alloc::string::String;
use alloc::vec::Vec;

use crate::settings::Settings;
use crate::text::{DESCRIPTION, TITLE, is_token};
use crate::{Invalid, Timestamp};

#[cfg(feature = "serde")]
mod new;
#[cfg(all(test, feature = "serde"))]
mod tests;

#[cfg(feature = "serde")]
pub use new::{Fault, NewContest};

/// Whether a contest runs, as its owner set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Status {
    /// Being prepared.
    #[default]
    Draft,
    /// Running.
    Active,
    /// Over.
    Ended,
    /// Stopped for now.
    Paused,
}

/// What the contest is played as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Mode {
    /// Points are chances in a draw.
    Giveaway,
    /// Most points win.
    #[default]
    Leaderboard,
    /// Points move a place forward.
    Waitlist,
}

/// A contest, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct Contest {
    /// The script's `campaignId` and the API's `contestId`.
    pub id: String,
    /// Whose keys may touch it.
    pub team: String,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Whether it runs.
    pub status: Status,
    /// Nothing before.
    pub start_date: Option<Timestamp>,
    /// Nothing after, unless it is evergreen.
    pub end_date: Option<Timestamp>,
    /// It has no end.
    pub is_evergreen: bool,
    /// What it is played as.
    pub mode: Mode,
    /// Its name in addresses.
    pub slug: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner ended it, if that is how it is.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ended_at: Option<Timestamp>,
    /// What its owner set.
    pub settings: Settings,
    /// What others sign with, by the name of the setting, sealed. Nobody is shown them.
    #[cfg_attr(feature = "serde", serde(default))]
    pub secrets: Vec<(String, String)>,
}

/// Why a contest takes nothing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is being prepared, or its first day has not come.
    NotStarted,
    /// It is paused.
    Paused,
    /// It is over.
    Ended,
    /// It does not track referrals.
    NoReferrals,
}

impl Closed {
    /// A sentence for a person.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotStarted => "This contest has not started",
            Self::Paused => "This contest is paused",
            Self::Ended => "This contest has ended",
            Self::NoReferrals => "This contest does not track referrals",
        }
    }
}

impl Contest {
    /// Does it track referrals at this moment?
    pub fn open(&self, now: Timestamp) -> Result<(), Closed> {
        self.running(now)?;
        if self.settings.referral_tracking { Ok(()) } else { Err(Closed::NoReferrals) }
    }

    /// Does it take anything at this moment?
    pub fn running(&self, now: Timestamp) -> Result<(), Closed> {
        match self.status {
            Status::Draft => Err(Closed::NotStarted),
            Status::Paused => Err(Closed::Paused),
            Status::Ended => Err(Closed::Ended),
            Status::Active if self.start_date.is_some_and(|start| now < start) => Err(Closed::NotStarted),
            Status::Active if !self.is_evergreen && self.end_date.is_some_and(|end| now > end) => {
                Err(Closed::Ended)
            }
            Status::Active => Ok(()),
        }
    }

    /// When it ended, if it has: at its last moment, or earlier, when its owner ended it.
    pub fn ended(&self, now: Timestamp) -> Option<Timestamp> {
        let over = self.end_date.filter(|&end| !self.is_evergreen && now > end);
        match self.status {
            Status::Draft => None,
            Status::Active | Status::Paused => over,
            Status::Ended => over.into_iter().chain(self.ended_at).min(),
        }
    }

    /// What everybody may know of whether it runs: `active`, `upcoming`, `paused` or `ended`. Of one that is being prepared, and of
    /// one that tracks no referrals, nothing.
    pub fn public_status(&self, now: Timestamp) -> Result<&'static str, Closed> {
        match self.running(now) {
            _ if !self.settings.referral_tracking => Err(Closed::NoReferrals),
            Err(Closed::NotStarted) if self.status == Status::Draft => Err(Closed::NotStarted),
            Err(Closed::NotStarted) => Ok("upcoming"),
            Err(Closed::Paused) => Ok("paused"),
            Err(Closed::Ended) => Ok("ended"),
            Ok(()) => Ok("active"),
            Err(closed) => Err(closed),
        }
    }

    /// Is everything in it within its limits?
    pub fn check(&self) -> Result<(), Invalid> {
        if !is_token(&self.id) {
            return Err(Invalid::new("id", "id must be 1 to 64 letters, digits, '-' and '_'"));
        }
        if !is_token(&self.slug) {
            return Err(Invalid::new("slug", "slug must be 1 to 64 letters, digits, '-' and '_'"));
        }
        TITLE.check(&self.title)?;
        if !self.description.is_empty() {
            DESCRIPTION.check_lines(&self.description)?;
        }
        if self.start_date.zip(self.end_date).is_some_and(|(start, end)| end <= start) {
            return Err(Invalid::new("endDate", "endDate must be after startDate"));
        }
        self.settings.check()
    }
}
