//! Money: a whole number of minor units in an ISO 4217 currency.

use crate::Invalid;
use crate::decimal::{Decimal, Misfit};

/// The largest amount that is taken, in major units.
const MAX_MAJOR: i64 = 1_000_000_000;

/// The currencies of ISO 4217 by the decimals of their minor unit, the usual first. A test holds the table against the
/// `iso_currency` crate, whose own look-up costs the browser 5 KB of WebAssembly. Gold, test codes and the like
/// have no minor unit and are not in it: nothing is sold in them.
const CURRENCIES: [(u32, &str); 4] = [
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN \
        BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD \
        FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW \
        KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN \
        NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD \
        SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU \
        UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ZWL",
    ),
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// An ISO 4217 currency that money can be counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Currency {
    code: &'static str,
    decimals: u32,
}

impl Currency {
    /// Reads a code such as `usd`, without regard to case and surrounding space.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const UNKNOWN: Invalid = Invalid::new("currency", "currency must be an ISO 4217 code such as USD");
        let text = text.trim_ascii();
        for (decimals, codes) in CURRENCIES {
            if let Some(code) = codes.split(' ').find(|code| code.eq_ignore_ascii_case(text)) {
                return Ok(Self { code, decimals });
            }
        }
        Err(UNKNOWN)
    }

    /// `USD`
    pub fn code(self) -> &'static str {
        self.code
    }

    /// How many decimals its minor unit has: 2 for USD, 0 for JPY, 3 for KWD.
    pub fn decimals(self) -> u32 {
        self.decimals
    }
}

/// An amount above zero and at most 10^9 major units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// The amount in the currency's minor unit: 7999 for 79.99 USD, 80 for 80 JPY.
    pub minor: i64,
    /// What it is counted in.
    pub currency: Currency,
}

impl Money {
    /// Reads an amount in major units, as the text of a JSON number or a numeric string.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, Invalid> {
        let fault = |reason| Invalid::new("amount", reason);
        let number = Decimal::parse(amount).ok_or(fault("amount must be a number"))?;
        if !number.is_positive() {
            return Err(fault("amount must be greater than 0"));
        }
        let too_large = fault("amount must be at most 1000000000");
        let minor = number.scaled(currency.decimals).map_err(|misfit| match misfit {
            Misfit::TooFine => fault("amount has more decimals than its currency"),
            Misfit::TooLarge => too_large,
        })?;
        Self::of_minor(minor, currency).ok_or(too_large)
    }

    /// An amount that is counted in minor units already; `None` for nothing, and for too much.
    pub fn of_minor(minor: i64, currency: Currency) -> Option<Self> {
        let most = 10_i64.checked_pow(currency.decimals).and_then(|unit| unit.checked_mul(MAX_MAJOR))?;
        (1..=most).contains(&minor).then_some(Self { minor, currency })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(amount: &str, currency: &str) -> Result<i64, &'static str> {
        let currency = Currency::parse(currency).map_err(|e| e.reason)?;
        Money::parse(amount, currency).map(|money| money.minor).map_err(|e| e.reason)
    }

    #[test]
    fn counts_in_the_minor_unit_of_its_currency() {
        for (amount, currency, expected) in [
            ("79.99", "USD", Ok(7_999)),
            ("79.9", " usd ", Ok(7_990)),
            ("1000", "JPY", Ok(1_000)),
            ("10.50", "KWD", Ok(10_500)),
            ("10.505", "KWD", Ok(10_505)),
            ("149.97000000000003", "USD", Ok(14_997)),
            ("9.990000000000009", "USD", Ok(999)),
            ("0.0000000001", "USD", Err("amount has more decimals than its currency")),
            ("1e9", "USD", Ok(100_000_000_000)),
            ("10.0", "JPY", Ok(10)),
            ("10.5", "JPY", Err("amount has more decimals than its currency")),
            ("0.001", "USD", Err("amount has more decimals than its currency")),
            ("0", "USD", Err("amount must be greater than 0")),
            ("-5", "USD", Err("amount must be greater than 0")),
            ("NaN", "USD", Err("amount must be a number")),
            ("", "USD", Err("amount must be a number")),
            ("1e400", "USD", Err("amount must be at most 1000000000")),
            ("1000000000.01", "USD", Err("amount must be at most 1000000000")),
            ("5", "XXX", Err("currency must be an ISO 4217 code such as USD")),
            ("5", "XAU", Err("currency must be an ISO 4217 code such as USD")),
            ("5", "", Err("currency must be an ISO 4217 code such as USD")),
            ("5", "USD EUR", Err("currency must be an ISO 4217 code such as USD")),
            ("5", "DOLLARS", Err("currency must be an ISO 4217 code such as USD")),
            ("5", "€$", Err("currency must be an ISO 4217 code such as USD")),
        ] {
            assert_eq!(money(amount, currency), expected, "{amount} {currency}");
        }
    }

    #[test]
    fn knows_the_currencies_that_the_standard_knows() {
        let letters = || b'A'..=b'Z';
        for code in letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c]))) {
            let code = String::from_utf8_lossy(&code);
            let standard =
                iso_currency::Currency::from_code(&code).and_then(iso_currency::Currency::exponent);
            let ours = Currency::parse(&code).ok();
            assert_eq!(ours.map(Currency::decimals), standard.map(u32::from), "{code}");
            assert!(ours.is_none_or(|ours| ours.code() == code));
        }
    }

    proptest! {
        #[test]
        fn an_amount_survives_what_a_double_makes_of_it(minor in 1_i64..=100_000_000_000) {
            #[expect(clippy::cast_precision_loss, reason = "it is what JavaScript does")]
            let double = minor as f64 / 100.0;
            prop_assert_eq!(money(&double.to_string(), "USD"), Ok(minor));
            // `unit price × 3` and `sum of three` are where binary noise comes from.
            let noisy = (double / 3.0) * 3.0;
            prop_assert_eq!(money(&noisy.to_string(), "USD"), Ok(minor));
        }

        #[test]
        fn an_amount_less_a_gift_card_is_what_it_should_be(minor in 1_i64..=10_000_000, card in 1_i64..=1_000_000) {
            #[expect(clippy::cast_precision_loss, reason = "it is what JavaScript does")]
            let rest = (minor + card) as f64 / 100.0 - card as f64 / 100.0;
            prop_assert_eq!(money(&rest.to_string(), "USD"), Ok(minor), "{}", rest);
        }

        #[test]
        fn no_text_brings_it_down(amount in ".{0,40}", currency in ".{0,5}") {
            let _ = money(&amount, &currency);
        }
    }
}
