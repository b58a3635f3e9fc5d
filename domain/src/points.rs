//! What earns how many points. Whole points are given; rates and amounts are exact decimals.

use crate::Money;
use crate::decimal::Decimal;

/// A decimal with four places, such as points per unit of money: never negative, at most a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

/// `Rate` counts in ten-thousandths.
const PLACES: u32 = 4;
const MAX: u64 = 1_000_000;

impl Rate {
    /// Reads `1`, `0.5`, `0.0125`.
    pub fn parse(text: &str) -> Option<Self> {
        let scaled = Decimal::parse(text)?.scaled(PLACES).ok()?;
        let rate = u64::try_from(scaled).ok()?;
        (rate <= MAX.saturating_mul(10_u64.pow(PLACES))).then_some(Self(rate))
    }
}

/// Something for the advocate who shared the link, and something for the friend who followed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Shares<T: Default> {
    /// For whom the code belongs to.
    pub advocate: T,
    /// For whom the code brought.
    pub friend: T,
}

/// Points for both.
pub type Points = Shares<u32>;

/// What a purchase earns: fixed points, and points per major unit of the amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase", default, deny_unknown_fields)
)]
pub struct PurchasePoints {
    /// Points for any purchase.
    pub advocate: u32,
    /// Points for any purchase.
    pub friend: u32,
    /// Points per major unit: at 1, an order of 79.99 earns 80.
    pub per_unit: Shares<Rate>,
    /// A purchase below this amount, in major units, earns nothing.
    pub min_amount: Rate,
}

/// The points of a contest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct PointRules {
    /// For a friend's signup.
    pub signup: Points,
    /// For a purchase.
    pub purchase: PurchasePoints,
}

impl Default for PointRules {
    fn default() -> Self {
        Self { signup: Points { advocate: 10, friend: 5 }, purchase: PurchasePoints::default() }
    }
}

impl PurchasePoints {
    /// The points that a purchase earns, rounded half up.
    pub fn earned(&self, money: Money) -> Points {
        let unit = 10_i128.saturating_pow(money.currency.decimals());
        let minor = i128::from(money.minor);
        let scale = 10_i128.pow(PLACES);
        if minor.saturating_mul(scale) < i128::from(self.min_amount.0).saturating_mul(unit) {
            return Points::default();
        }
        let per_amount = |rate: Rate| {
            let whole = unit.saturating_mul(scale);
            let half = whole.wrapping_div(2);
            let points = minor.saturating_mul(rate.0.into()).saturating_add(half).checked_div(whole);
            points.and_then(|points| u32::try_from(points).ok()).unwrap_or(u32::MAX)
        };
        Points {
            advocate: self.advocate.saturating_add(per_amount(self.per_unit.advocate)),
            friend: self.friend.saturating_add(per_amount(self.per_unit.friend)),
        }
    }
}

#[cfg(feature = "serde")]
mod wire {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};

    use super::Rate;

    impl Serialize for Rate {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.0.is_multiple_of(10_000) {
                serializer.serialize_u64(self.0.wrapping_div(10_000))
            } else {
                #[expect(clippy::cast_precision_loss, reason = "it has at most eleven digits")]
                serializer.serialize_f64(self.0 as f64 / 10_000.0)
            }
        }
    }

    impl<'de> Deserialize<'de> for Rate {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let number = serde_json::Number::deserialize(deserializer)?;
            Self::parse(&number.to_string())
                .ok_or_else(|| D::Error::custom("must be from 0 to 1000000 with at most 4 decimals"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    #[test]
    fn a_purchase_earns_by_its_amount_rounded_half_up() {
        for (rate, amount, currency, expected) in [
            ("1", "79.99", "USD", 80), // the documented example
            ("1", "50", "USD", 50),
            ("1", "0.49", "USD", 0),
            ("1", "0.50", "USD", 1),
            ("0.5", "3", "USD", 2),
            ("0.0125", "100", "USD", 1),
            ("1", "1200", "JPY", 1_200),
            ("2", "10.505", "KWD", 21),
            ("0", "1000000000", "USD", 0),
            ("1000000", "1000000000", "USD", u32::MAX),
        ] {
            let rate = Rate::parse(rate).unwrap();
            let rules =
                PurchasePoints { per_unit: Shares { advocate: rate, friend: Rate(0) }, ..Default::default() };
            let money = Money::parse(amount, Currency::parse(currency).unwrap()).unwrap();
            assert_eq!(rules.earned(money), Points { advocate: expected, friend: 0 }, "{amount} {currency}");
        }
    }

    #[test]
    fn a_purchase_below_the_least_amount_earns_nothing() {
        let rules = PurchasePoints {
            advocate: 5,
            friend: 2,
            min_amount: Rate::parse("20").unwrap(),
            ..Default::default()
        };
        let usd = Currency::parse("USD").unwrap();
        for (amount, expected) in [("19.99", (0, 0)), ("20", (5, 2)), ("20.01", (5, 2))] {
            let points = rules.earned(Money::parse(amount, usd).unwrap());
            assert_eq!((points.advocate, points.friend), expected, "{amount}");
        }
    }

    #[test]
    fn a_rate_is_a_small_exact_decimal() {
        for (text, expected) in [
            ("1", Some(10_000)),
            ("0.0125", Some(125)),
            ("0", Some(0)),
            ("-1", None),
            ("0.00001", None),
            ("1000001", None),
            ("x", None),
        ] {
            assert_eq!(Rate::parse(text).map(|rate| rate.0), expected, "{text}");
        }
    }
}
