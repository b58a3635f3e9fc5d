//! What the owner of a contest may set, and within which limits.

use alloc::string::String;
use alloc::vec::Vec;

use crate::attribution::{Attribution, Rule};
use crate::points::PointRules;
use crate::text::{BONUS_ACTION, BONUS_DESCRIPTION, is_token};
use crate::trust::Trust;
use crate::{Code, Invalid, site};

/// Whose word on a purchase is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum PurchaseTrust {
    /// The browser's: points at once.
    #[default]
    Browser,
    /// The API's, a webhook's or Stripe's: until one reports the order, it is pending.
    Confirmed,
}

/// What a stranger who holds a code learns of its owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ExposeReferrer {
    /// Neither name nor address.
    None,
    /// The name, and the address as `j***@example.com`.
    #[default]
    Masked,
    /// Name and address.
    Email,
}

/// How those on the leaderboard are called where everybody may read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum LeaderboardNames {
    /// Not at all.
    None,
    /// As `Jane D.`
    #[default]
    Masked,
    /// As they call themselves.
    Full,
}

/// Something that a participant may do for points, once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct BonusAction {
    /// 1–64 of `[A-Za-z0-9_-]`, once a contest.
    pub id: String,
    /// What kind of action it is, such as `follow`, for the page that shows it.
    pub action: String,
    /// What to do, for people.
    #[cfg_attr(feature = "serde", serde(default))]
    pub description: String,
    /// What it earns.
    pub points: u32,
}

/// What nobody gets more of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase", default, deny_unknown_fields)
)]
pub struct Caps {
    /// The most points that an advocate gets for what their friends did on one day in UTC.
    pub per_advocate_per_day: Option<u32>,
}

/// Whose word on orders is taken, signed. (What they sign with is a secret, and no setting.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase", default, deny_unknown_fields)
)]
pub struct Provider {
    /// Takes orders that no money stands behind, to try it out.
    pub test_mode: bool,
}

/// What an owner may set. A name that is not here is refused, so that no typing error is swallowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase", default, deny_unknown_fields)
)]
pub struct Settings {
    /// Whether visits, signups and purchases are tracked at all.
    pub referral_tracking: bool,
    /// The site that referral links lead to.
    pub site_url: Option<String>,
    /// What earns how many points.
    pub points: PointRules,
    /// Which of several links gets the credit.
    pub attribution: Attribution,
    /// For how many days after a link brought a friend it gets the credit, 1–400.
    pub window_days: u16,
    /// Whose word on a purchase is taken.
    pub purchase_trust: PurchaseTrust,
    /// What a stranger who holds a code learns of its owner.
    pub expose_referrer: ExposeReferrer,
    /// How those on the leaderboard are called where everybody may read it.
    pub leaderboard_names: LeaderboardNames,
    /// Whether only those whose address is confirmed hold a place.
    pub require_confirmation: bool,
    /// The origins whose pages may call the referral endpoints, such as `https://shop.example`; none are all.
    pub allowed_origins: Vec<String>,
    /// What participants may do for points.
    pub bonus_actions: Vec<BonusAction>,
    /// What nobody gets more of.
    pub caps: Caps,
    /// What is done about referrals that are doubtful.
    pub trust: Trust,
    /// Stripe's events.
    pub stripe: Provider,
    /// Shopify's webhooks.
    pub shopify: Provider,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            referral_tracking: true,
            site_url: None,
            points: PointRules::default(),
            attribution: Attribution::default(),
            window_days: 60,
            purchase_trust: PurchaseTrust::default(),
            expose_referrer: ExposeReferrer::default(),
            leaderboard_names: LeaderboardNames::default(),
            require_confirmation: false,
            allowed_origins: Vec::new(),
            bonus_actions: Vec::new(),
            caps: Caps::default(),
            trust: Trust::default(),
            stripe: Provider::default(),
            shopify: Provider::default(),
        }
    }
}

impl Settings {
    /// Who gets the credit, and for how long.
    pub fn rule(&self) -> Rule {
        Rule { attribution: self.attribution, window_days: self.window_days }
    }

    /// By what the contest is added up.
    #[cfg(feature = "serde")]
    pub fn terms(&self) -> crate::fold::Terms {
        crate::fold::Terms { rule: self.rule(), require_confirmation: self.require_confirmation }
    }

    /// The link that the owner of a code shares; `None` while the contest has no site.
    pub fn link(&self, code: &Code) -> Option<String> {
        self.site_url.as_deref().map(|site| site::with_code(site, code))
    }

    /// May a page of this origin call the referral endpoints? A caller that is no page names none.
    pub fn allows(&self, origin: Option<&str>) -> bool {
        let is_listed = |origin: &str| self.allowed_origins.iter().any(|o| o.eq_ignore_ascii_case(origin));
        self.allowed_origins.is_empty() || origin.is_none_or(is_listed)
    }

    /// The bonus action of an id.
    pub fn bonus_action(&self, id: &str) -> Option<&BonusAction> {
        self.bonus_actions.iter().find(|action| action.id == id)
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if !(1..=400).contains(&self.window_days) {
            return Err(Invalid::new("settings.windowDays", "settings.windowDays must be from 1 to 400"));
        }
        if self.site_url.as_deref().is_some_and(|url| !site::is_site(url)) {
            return Err(Invalid::new(
                "settings.siteUrl",
                "settings.siteUrl must be an address such as https://shop.example/",
            ));
        }
        let points = &self.points;
        let most =
            [points.signup.advocate, points.signup.friend, points.purchase.advocate, points.purchase.friend];
        if most.iter().any(|&points| points > 1_000_000) {
            return Err(Invalid::new("settings.points", "settings.points must each be at most 1000000"));
        }
        if self.allowed_origins.len() > 50 || !self.allowed_origins.iter().all(|o| site::is_origin(o)) {
            return Err(Invalid::new(
                "settings.allowedOrigins",
                "settings.allowedOrigins must be at most 50 origins such as https://shop.example, without a path",
            ));
        }
        self.check_bonus_actions()
    }

    fn check_bonus_actions(&self) -> Result<(), Invalid> {
        let fault = |reason| Err(Invalid::new("settings.bonusActions", reason));
        if self.bonus_actions.len() > 100 {
            return fault("settings.bonusActions must be at most 100");
        }
        for (place, BonusAction { id, action, description, points }) in self.bonus_actions.iter().enumerate()
        {
            if !is_token(id) {
                return fault("settings.bonusActions: each id must be 1 to 64 letters, digits, '-' and '_'");
            }
            if self.bonus_actions.iter().take(place).any(|other| other.id == *id) {
                return fault("settings.bonusActions: each id must be another");
            }
            if *points > 1_000_000 {
                return fault("settings.bonusActions: points must each be at most 1000000");
            }
            BONUS_ACTION.check(action)?;
            if !description.is_empty() {
                BONUS_DESCRIPTION.check_lines(description)?;
            }
        }
        Ok(())
    }
}
