//! What the owner of a contest may set, and within which limits.

use alloc::string::String;

use crate::attribution::{Attribution, Rule};
use crate::points::PointRules;
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
        }
    }
}

impl Settings {
    /// Who gets the credit, and for how long.
    pub fn rule(&self) -> Rule {
        Rule { attribution: self.attribution, window_days: self.window_days }
    }

    /// The link that the owner of a code shares; `None` while the contest has no site.
    pub fn link(&self, code: &Code) -> Option<String> {
        self.site_url.as_deref().map(|site| site::with_code(site, code))
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
        Ok(())
    }
}
