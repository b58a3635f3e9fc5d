//! E-mail addresses: what is taken for one, and when two are the same.

use alloc::string::String;

use crate::Invalid;

/// RFC 5321, 4.5.3.1: the longest path, less its angle brackets; and the longest local part.
const MAX: usize = 254;
const MAX_LOCAL: usize = 64;

const INVALID: Invalid = Invalid::new("email", "email is not a valid e-mail address");

/// An address as it is compared and stored: trimmed and in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let email = check(text)?.to_lowercase();
        // Lower case may be longer than upper: 'İ' becomes two characters.
        check(&email)?;
        Ok(Self(email))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `j***@example.com`: enough to recognise a friend by, not enough to write to one.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let mut masked: String = local.chars().take(1).collect();
        masked.push_str("***@");
        masked.push_str(domain);
        masked
    }
}

/// Checks an address without changing its case, and trims it. Whether it receives mail is another question.
pub fn check(text: &str) -> Result<&str, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::new("email", "email is required"));
    }
    if text.len() > MAX {
        return Err(Invalid::new("email", "email must be at most 254 characters"));
    }
    let (local, domain) = text.rsplit_once('@').ok_or(INVALID)?;
    let forbidden = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '\\' | '@')
    };
    let sound = !local.is_empty()
        && local.len() <= MAX_LOCAL
        && !local.contains(forbidden)
        && !domain.contains(forbidden)
        && domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii())
        });
    if sound { Ok(text) } else { Err(INVALID) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_is_the_same_address() {
        for (text, expected) in [
            ("jane@example.com", "jane@example.com"),
            ("  Jane.Doe+shop@Example.COM\n", "jane.doe+shop@example.com"),
            ("jörg@bücher.example", "jörg@bücher.example"),
            ("JÖRG@BÜCHER.example", "jörg@bücher.example"),
            ("o'brien@example.co.uk", "o'brien@example.co.uk"),
        ] {
            assert_eq!(Email::parse(text).map(|e| e.0), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.com", "b.".repeat(130));
        for text in [
            "jane",
            "@example.com",
            "jane@",
            "jane@localhost",
            "jane@@example.com",
            "ja ne@example.com",
            "jane@exa mple.com",
            "jane@example..com",
            "jane@-example.com",
            "<jane@example.com>",
            "jane@example.com,joe@example.com",
            "a@b@example.com",
            "jane\u{0}@example.com",
            "\"x\"@example.com",
            &long,
            &longer,
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(Email::parse(" ").map_err(|e| e.reason), Err("email is required"));
    }

    #[test]
    fn a_masked_address_keeps_the_first_character_and_the_domain() {
        for (text, expected) in
            [("jane@example.com", "j***@example.com"), ("ö@example.com", "ö***@example.com")]
        {
            assert_eq!(Email::parse(text).map(|e| e.masked()), Ok(expected.to_owned()));
        }
    }
}
