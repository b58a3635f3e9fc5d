//! A visit counts once per code, browser and day. Kept as `DAY CODE CODE …`, for today only.

use alloc::string::String;

use crate::json::digits;

/// Where it is kept.
pub fn key(contest: &str) -> String {
    ["visits:", contest].concat()
}

/// What to keep now that `code` came by at `millis` since 1970; `None` if it came by that day already.
pub fn add(kept: &str, millis: u64, code: &str) -> Option<String> {
    let day = digits(millis.wrapping_div(86_400_000));
    let mut words = kept.split(' ');
    if words.next() != Some(day.as_str()) {
        return Some([&day, " ", code].concat());
    }
    (!words.any(|known| known == code)).then(|| [kept, " ", code].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;

    #[test]
    fn a_code_counts_once_a_day() {
        for (kept, millis, code, expected) in [
            ("", DAY, "A", Some("1 A")),
            ("1 A", DAY, "A", None),
            ("1 A", DAY + 86_399_999, "A", None),
            ("1 A", 2 * DAY, "A", Some("2 A")),
            ("1 A", DAY, "B", Some("1 A B")),
            ("1 A B", DAY, "B", None),
            ("nonsense", DAY, "A", Some("1 A")),
        ] {
            assert_eq!(add(kept, millis, code).as_deref(), expected, "{kept} + {code}");
        }
    }
}
