//! Free text that a stranger fills in: bounded, trimmed, without control characters.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::Invalid;

/// A field's name, its longest length in characters, and what is said where it does not fit.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    field: &'static str,
    max: usize,
    too_long: &'static str,
    required: &'static str,
    control: &'static str,
}

macro_rules! limits {
    ($($(#[$doc:meta])* $constant:ident = $field:literal, $max:literal;)*) => {
        $($(#[$doc])* pub const $constant: Limit = Limit {
            field: $field,
            max: $max,
            too_long: concat!($field, " must be at most ", $max, " characters"),
            required: concat!($field, " is required"),
            control: concat!($field, " must not hold control characters"),
        };)*
    };
}

limits! {
    /// What a person is called.
    NAME = "name", 200;
    /// A telephone number, as people write it.
    PHONE = "phone", 40;
    /// The page a visit landed on.
    URL = "url", 2048;
    /// A shop's own number of an order.
    ORDER_ID = "orderId", 200;
    /// What a contest is called.
    TITLE = "title", 200;
    /// What a contest is about.
    DESCRIPTION = "description", 2000;
    /// What kind a bonus action is of.
    BONUS_ACTION = "settings.bonusActions.action", 200;
    /// What to do for a bonus.
    BONUS_DESCRIPTION = "settings.bonusActions.description", 2000;
    /// Why points were given or taken, or somebody was disqualified.
    REASON = "reason", 200;
}

impl Limit {
    /// The trimmed text, if it is there and fits.
    pub fn check(self, text: &str) -> Result<&str, Invalid> {
        self.check_with(text, &[])
    }

    /// The same, of a text that may have several lines.
    pub fn check_lines(self, text: &str) -> Result<&str, Invalid> {
        self.check_with(text, &['\n', '\r', '\t'])
    }

    fn check_with<'a>(self, text: &'a str, breaks: &[char]) -> Result<&'a str, Invalid> {
        let text = text.trim();
        let fault = if text.is_empty() {
            self.required
        } else if text.chars().nth(self.max).is_some() {
            self.too_long
        } else if text.chars().any(|c| c.is_control() && !breaks.contains(&c)) {
            self.control
        } else {
            return Ok(text);
        };
        Err(Invalid::new(self.field, fault))
    }
}

/// Origin and path of a web address, at most 512 bytes, and nothing of anything else. Its query and fragment may hold
/// what is nobody's business, and so may a name before an `@`; what no address holds would take twice its room in JSON.
pub fn page(url: &str) -> String {
    let page = url.split(['?', '#', '"', '\\']).next().unwrap_or_default();
    let Some(host) = crate::site::host(page).filter(|host| !host.contains('@')) else { return String::new() };
    if host.is_empty() {
        return String::new();
    }
    let mut end = page.len().min(512);
    while !page.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    page.get(..end).unwrap_or_default().to_owned()
}

/// An id that a caller makes, such as `eventId` and `visitorId`: 1–64 of `[A-Za-z0-9_-]`.
pub fn is_token(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_trimmed_and_bounded_in_characters() {
        let full = "é".repeat(200);
        for (text, expected) in [
            ("  Jane Doe ", Ok("Jane Doe")),
            (full.as_str(), Ok(full.as_str())),
            (&"a".repeat(201), Err("name must be at most 200 characters")),
            ("  ", Err("name is required")),
            ("Jane\u{7}", Err("name must not hold control characters")),
        ] {
            assert_eq!(NAME.check(text).map_err(|e| e.reason), expected, "{text:?}");
        }
    }

    #[test]
    fn only_what_may_have_lines_has_them() {
        let text = "Bring a friend.\r\n\tBoth of you win.";
        assert_eq!(DESCRIPTION.check_lines(text), Ok(text));
        assert!(DESCRIPTION.check_lines("\u{7}").is_err());
        assert!(NAME.check("Jane\nDoe").is_err());
    }

    #[test]
    fn a_page_is_origin_and_path_of_a_web_address() {
        let long = ["https://shop.example/", &"é".repeat(400)].concat();
        for (url, expected) in [
            ("https://shop.example/kites?email=joe@example.com#top", "https://shop.example/kites"),
            ("http://127.0.0.1:8787/demo/", "http://127.0.0.1:8787/demo/"),
            ("https://joe:secret@shop.example/", ""),
            ("javascript:alert(1)", ""),
            ("https://", ""),
            ("kites", ""),
            (long.as_str(), long.get(..511).unwrap()),
        ] {
            assert_eq!(page(url), expected, "{url}");
        }
    }

    #[test]
    fn a_token_is_what_fits_a_key() {
        assert!(is_token("0193e0c2-8f1a-7c3d-9b1e-2f6a7c8d9e0f"));
        for text in ["", "a b", "a/b", "é", &"a".repeat(65)] {
            assert!(!is_token(text), "{text:?}");
        }
    }
}
