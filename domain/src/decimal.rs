//! Exact decimal numbers, read from the text of a JSON number or a numeric string.
//!
//! Amounts never pass through a float here. What a float did to one before it was written down is undone
//! twice: by keeping the 15 significant digits that a double can hold (`149.97000000000003`), and, because a
//! difference or a long sum leaves noise in front of them (129.99 - 120 is `9.990000000000009`), by rounding
//! away what is at most a millionth of the smallest unit.

/// The decimal digits a double carries for certain; anything after them is binary noise.
const SIGNIFICANT: u32 = 15;

/// What is off a whole unit by at most one part in this many is binary noise.
const NOISE: u64 = 1_000_000;

/// `digits × 10^exponent`, with no trailing zero in `digits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: u64,
    exponent: i32,
}

/// Why a decimal does not fit the scale that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It has more decimals than the scale.
    TooFine,
    /// It does not fit 64 bits.
    TooLarge,
}

impl Decimal {
    /// Reads `79.99`, `-5`, `1e3`, `.5`. `None` for anything else, also `NaN`, `0x10` and `1,000`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }

        let mut number = Self { negative, digits: 0, exponent };
        let mut kept = 0;
        let mut round_up = false;
        for (byte, is_fraction) in
            whole.bytes().map(|b| (b, false)).chain(fraction.bytes().map(|b| (b, true)))
        {
            if !byte.is_ascii_digit() {
                return None;
            }
            let digit = u64::from(byte.wrapping_sub(b'0'));
            if kept < SIGNIFICANT {
                number.digits = number.digits.saturating_mul(10).saturating_add(digit);
                kept = kept.saturating_add(u32::from(number.digits > 0));
                number.exponent = number.exponent.saturating_sub(i32::from(is_fraction));
            } else {
                round_up |= kept == SIGNIFICANT && digit >= 5;
                kept = kept.saturating_add(1);
                number.exponent = number.exponent.saturating_add(i32::from(!is_fraction));
            }
        }
        number.digits = number.digits.saturating_add(u64::from(round_up));
        while number.digits > 0 && number.digits.is_multiple_of(10) {
            number.digits = number.digits.wrapping_div(10);
            number.exponent = number.exponent.saturating_add(1);
        }
        Some(number)
    }

    /// Is it above zero?
    pub fn is_positive(self) -> bool {
        !self.negative && self.digits > 0
    }

    /// The number in units of `10^-scale`: with scale 2, `79.99` is 7999. Noise is rounded away, but never to nothing.
    pub fn scaled(self, scale: u32) -> Result<i64, Misfit> {
        if self.digits == 0 {
            return Ok(0);
        }
        let shift = self.exponent.saturating_add_unsigned(scale);
        let power = 10_u64.checked_pow(shift.unsigned_abs());
        let value = if shift < 0 {
            power.and_then(|power| self.nearest_unit(power)).ok_or(Misfit::TooFine)?
        } else {
            power.and_then(|power| self.digits.checked_mul(power)).ok_or(Misfit::TooLarge)?
        };
        let value = i64::try_from(value).map_err(|_| Misfit::TooLarge)?;
        Ok(if self.negative { value.wrapping_neg() } else { value })
    }

    /// How many units of `unit` the digits are, if they are that but for noise.
    fn nearest_unit(self, unit: u64) -> Option<u64> {
        let below = self.digits.checked_div(unit)?;
        let over = self.digits.checked_rem(unit)?;
        let short = unit.checked_sub(over)?;
        let units = if over < short { below } else { below.checked_add(1)? };
        (units > 0 && over.min(short) <= unit.checked_div(NOISE)?).then_some(units)
    }
}

/// An exponent beyond a double's is kept as one that is beyond every scale.
fn parse_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = digits.bytes().fold(0_i32, |size, byte| {
        size.saturating_mul(10).saturating_add(i32::from(byte.wrapping_sub(b'0'))).min(9_999)
    });
    Some(if text.starts_with('-') { size.wrapping_neg() } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_json_and_people_write() {
        for (text, scale, expected) in [
            ("79.99", 2, Ok(7_999)),
            (" 10.5 ", 2, Ok(1_050)),
            ("1e3", 0, Ok(1_000)),
            ("1.5E-1", 2, Ok(15)),
            (".5", 1, Ok(5)),
            ("5.", 0, Ok(5)),
            ("000.10", 2, Ok(10)),
            ("-3", 0, Ok(-3)),
            ("0e9999", 2, Ok(0)),
            ("149.97000000000003", 2, Ok(14_997)),
            ("0.30000000000000004", 2, Ok(30)),
            ("3.3000000000000003", 2, Ok(330)),
            ("999999999.99000001", 2, Ok(99_999_999_999)),
            ("2.9999999999999996", 0, Ok(3)),
            ("9.990000000000009", 2, Ok(999)),  // 129.99 - 120
            ("0.00999999999999801", 2, Ok(1)),  // 100.01 - 100, and some
            ("9.99999999999998", 2, Ok(1_000)), // 0.1, a hundred times
            ("-9.990000000000009", 2, Ok(-999)),
            ("9.99000001", 2, Ok(999)),
            ("9.99000002", 2, Err(Misfit::TooFine)),
            ("0.00000000000001", 2, Err(Misfit::TooFine)),
            ("0.001", 2, Err(Misfit::TooFine)),
            ("9.9901", 2, Err(Misfit::TooFine)),
            ("10.5", 0, Err(Misfit::TooFine)),
            ("1e400", 2, Err(Misfit::TooLarge)),
            ("1e-400", 2, Err(Misfit::TooFine)),
            ("123456789012345678901234567890", 0, Err(Misfit::TooLarge)),
        ] {
            let number = Decimal::parse(text);
            assert_eq!(number.map(|n| n.scaled(scale)), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_decimal_number() {
        for text in
            ["", ".", "-", "e5", "1e", "1e+", "NaN", "Infinity", "0x10", "1,000", "1_000", "1 2", "--1", "١"]
        {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }
}
