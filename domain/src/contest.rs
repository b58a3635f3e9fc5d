//! A contest: what its owner sets, and whether it takes anything at a moment.

use alloc::string::String;

use crate::settings::Settings;
use crate::text::{DESCRIPTION, TITLE, is_token};
use crate::{Invalid, Timestamp};

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
    /// What its owner set.
    pub settings: Settings,
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
        match self.status {
            Status::Draft => Err(Closed::NotStarted),
            Status::Paused => Err(Closed::Paused),
            Status::Ended => Err(Closed::Ended),
            Status::Active if self.start_date.is_some_and(|start| now < start) => Err(Closed::NotStarted),
            Status::Active if !self.is_evergreen && self.end_date.is_some_and(|end| now > end) => {
                Err(Closed::Ended)
            }
            Status::Active if !self.settings.referral_tracking => Err(Closed::NoReferrals),
            Status::Active => Ok(()),
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

#[cfg(feature = "serde")]
pub use wire::{Fault, NewContest};

#[cfg(feature = "serde")]
mod wire {
    use serde::Deserialize;
    use serde_json::Value;

    use super::{Contest, Mode, Status};
    use crate::settings::Settings;
    use crate::{Invalid, Timestamp};

    /// Which field of a contest cannot be taken, and why.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Fault {
        /// `settings.points.signup.advocate`; empty where no one field is at fault.
        pub field: String,
        /// A sentence that names it.
        pub reason: String,
    }

    impl From<Invalid> for Fault {
        fn from(invalid: Invalid) -> Self {
            Self { field: invalid.field.to_owned(), reason: invalid.reason.to_owned() }
        }
    }

    /// A contest as its owner writes it.
    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    pub struct NewContest {
        id: Option<String>,
        title: String,
        description: String,
        status: Status,
        start_date: Option<String>,
        end_date: Option<String>,
        is_evergreen: bool,
        mode: Mode,
        slug: Option<String>,
        settings: Settings,
    }

    impl NewContest {
        /// Reads what an owner sent; the fault names the field by its whole path.
        pub fn read(sent: &Value) -> Result<Self, Fault> {
            serde_path_to_error::deserialize(sent).map_err(|error| {
                let field = error.path().to_string();
                let field = if field == "." { String::new() } else { field };
                let reason = error.into_inner().to_string();
                let reason = if field.is_empty() { reason } else { format!("{field}: {reason}") };
                Fault { field, reason }
            })
        }

        /// The contest, complete and checked. `random_id` names it where its owner does not.
        pub fn complete(self, team: &str, random_id: String, now: Timestamp) -> Result<Contest, Fault> {
            let id = self.id.unwrap_or(random_id);
            let contest = Contest {
                slug: self.slug.unwrap_or_else(|| id.clone()),
                id,
                team: team.to_owned(),
                title: self.title.trim().to_owned(),
                description: self.description.trim().to_owned(),
                status: self.status,
                start_date: date("startDate", self.start_date.as_deref(), Timestamp::parse)?,
                end_date: date("endDate", self.end_date.as_deref(), Timestamp::parse_end)?,
                is_evergreen: self.is_evergreen,
                mode: self.mode,
                created_at: now,
                settings: self.settings,
            };
            contest.check()?;
            Ok(contest)
        }
    }

    fn date(
        field: &str,
        text: Option<&str>,
        parse: fn(&str) -> Option<Timestamp>,
    ) -> Result<Option<Timestamp>, Fault> {
        let Some(text) = text else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| Fault {
            field: field.to_owned(),
            reason: format!("{field} must be a time such as 2026-12-31T23:59:59Z"),
        })
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn make(sent: &Value) -> Result<Contest, Fault> {
        NewContest::read(sent)?.complete("team", "random".to_owned(), Timestamp::from_millis(0))
    }

    #[test]
    fn an_owner_writes_little_and_gets_defaults() {
        let contest = make(&json!({"title": " Summer ", "description": "Bring a friend.\nBoth win.", "status": "active", "future": 1}))
            .unwrap();
        assert_eq!((contest.id.as_str(), contest.title.as_str()), ("random", "Summer"));
        assert_eq!(contest.settings.points.signup, crate::points::Points { advocate: 10, friend: 5 });
        assert_eq!(contest.settings.window_days, 60);
        let stored = serde_json::to_string(&contest).unwrap();
        assert_eq!(serde_json::from_str::<Contest>(&stored).unwrap(), contest);
    }

    #[test]
    fn a_fault_names_the_field_by_its_path() {
        for (sent, field) in [
            (json!({}), "title"),
            (json!({"title": 5}), "title"),
            (json!({"title": "x", "status": "open"}), "status"),
            (json!({"title": "x", "id": "a/b"}), "id"),
            (json!({"title": "x", "endDate": "soon"}), "endDate"),
            (json!({"title": "x", "startDate": "2026-02-01", "endDate": "2026-01-01"}), "endDate"),
            (json!({"title": "x", "settings": {"windowDays": 0}}), "settings.windowDays"),
            (json!({"title": "x", "settings": {"windowDays": "60"}}), "settings.windowDays"),
            (json!({"title": "x", "settings": {"windowDay": 60}}), "settings.windowDay"),
            (json!({"title": "x", "settings": {"siteUrl": "javascript:alert(1)"}}), "settings.siteUrl"),
            (
                json!({"title": "x", "settings": {"points": {"signup": {"advocate": -1}}}}),
                "settings.points.signup.advocate",
            ),
            (
                json!({"title": "x", "settings": {"points": {"purchase": {"perUnit": {"friend": 0.00001}}}}}),
                "settings.points.purchase.perUnit.friend",
            ),
        ] {
            let fault = make(&sent).unwrap_err();
            assert_eq!(fault.field, field, "{sent}");
            assert!(fault.reason.contains(field), "{} does not name {field}", fault.reason);
        }
    }

    #[test]
    fn is_open_between_its_dates_while_it_is_active() {
        let active = |more: Value| {
            let mut sent = json!({"title": "x", "status": "active"});
            sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            make(&sent).unwrap().open(Timestamp::parse("2026-06-15").unwrap())
        };
        for (more, expected) in [
            (json!({}), Ok(())),
            (json!({"startDate": "2026-06-15", "endDate": "2026-06-16"}), Ok(())),
            (json!({"startDate": "2026-06-15", "endDate": "2026-06-15"}), Ok(())),
            (json!({"endDate": "2026-06-15T00:00:00Z"}), Ok(())),
            (json!({"startDate": "2026-06-16"}), Err(Closed::NotStarted)),
            (json!({"endDate": "2026-06-14"}), Err(Closed::Ended)),
            (json!({"endDate": "2026-06-14", "isEvergreen": true}), Ok(())),
            (json!({"status": "draft"}), Err(Closed::NotStarted)),
            (json!({"status": "paused"}), Err(Closed::Paused)),
            (json!({"status": "ended"}), Err(Closed::Ended)),
            (json!({"settings": {"referralTracking": false}}), Err(Closed::NoReferrals)),
        ] {
            assert_eq!(active(more.clone()), expected, "{more}");
        }
    }
}
