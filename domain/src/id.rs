//! Ids that follow from what they name, so that the same thing has the same id everywhere.

use alloc::borrow::ToOwned;
use alloc::string::String;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Email;

/// A participant of a contest. It follows from the contest and the person's address under the
/// deployment's secret: two data centres agree on it, and it tells a stranger nothing. The deployment can tell of which of its
/// contests an entry is: no record has to say it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(String);

impl EntryId {
    /// The entry of an e-mail address.
    pub fn of(secret: &[u8], contest: &str, email: &Email) -> Self {
        Self::of_email(secret, contest, email.as_str())
    }

    pub(crate) fn of_email(secret: &[u8], contest: &str, email: &str) -> Self {
        Self::of_person(secret, contest, &["email", contest, email])
    }

    fn of_person(secret: &[u8], contest: &str, person: &[&str]) -> Self {
        let person = keyed(secret, person);
        Self([&contest_tag(secret, contest), person.get(CONTEST_TAG..).unwrap_or_default()].concat())
    }

    /// The entry of somebody who gave a telephone number only, compared by its digits.
    pub fn of_phone(secret: &[u8], contest: &str, phone: &str) -> Self {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        Self::of_person(secret, contest, &["phone", contest, &digits])
    }

    /// Is it of this contest?
    pub fn is_of(&self, secret: &[u8], contest: &str) -> bool {
        self.0.starts_with(&contest_tag(secret, contest))
    }

    /// An id that was given out before; `None` if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 32 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// 32 characters of lower-case hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How much of an entry's id names the contest: 48 bits for the contests of a team, which leaves 80 for the people of a contest.
const CONTEST_TAG: usize = 12;

fn contest_tag(secret: &[u8], contest: &str) -> String {
    let mut tag = keyed(secret, &["contest", contest]);
    tag.truncate(CONTEST_TAG);
    tag
}

/// The id of a purchase: the same contest and order give the same.
pub fn purchase_id(secret: &[u8], contest: &str, order_id: &str) -> String {
    keyed(secret, &["order", contest, order_id])
}

/// The id of a visit: the same contest, code, day and visitor give the same.
pub fn visit_id(secret: &[u8], contest: &str, fact_id: &str) -> String {
    keyed(secret, &["visit", contest, fact_id])
}

/// What a mailbox is compared by, whatever spelling of its address somebody gave.
pub fn mailbox_id(secret: &[u8], contest: &str, email: &Email) -> String {
    keyed(secret, &["mailbox", contest, &email.mailbox()])
}

/// What a browser is compared by, of the random id that it made for itself.
pub fn browser_id(secret: &[u8], contest: &str, visitor: &str) -> String {
    keyed(secret, &["browser", contest, visitor])
}

/// HMAC-SHA-256 over the parts, each with its length before it, cut to 128 bits.
pub(crate) fn keyed(secret: &[u8], parts: &[&str]) -> String {
    // HMAC takes a key of any length: the error cannot happen, and there is nothing better to return.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part.as_bytes());
    }
    hex(mac.finalize().into_bytes().get(..16).unwrap_or_default())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What was written in hexadecimal, of either case.
#[cfg(feature = "serde")]
pub fn unhex(text: &str) -> Option<alloc::vec::Vec<u8>> {
    let nibble = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(nibble(high)? << 4 | nibble(low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored keys are made of these: another value here means that every contest in every store is lost.
    #[test]
    fn ids_are_what_they_always_were() -> Result<(), crate::Invalid> {
        let email = Email::parse("jane@example.com")?;
        let entry = EntryId::of(b"secret", "demo", &email);
        assert_eq!(entry.as_str(), "ef67bc8c7663e032675ca51a24054b91");
        assert_eq!(crate::Code::derive(&entry, 0).as_str(), "REF-R5C8QG");
        assert_eq!(purchase_id(b"secret", "demo", "#1001"), "ec4578fc5b8aa59d0cefa43bb3c78eeb");
        assert!(entry.is_of(b"secret", "demo"));
        assert!(!entry.is_of(b"secret", "demo2") && !entry.is_of(b"other", "demo"));
        assert_eq!(EntryId::parse(entry.as_str()), Some(entry));
        // With these, that an advocate and a friend are one.
        assert_eq!(mailbox_id(b"secret", "demo", &email), "3a240b5977ec50371349d94816b30762");
        assert_eq!(browser_id(b"secret", "demo", "v1"), "65b28e1c1531e19e56ed28e243b13f5f");
        Ok(())
    }

    #[test]
    fn nothing_moves_between_the_parts_of_an_id() {
        assert_ne!(keyed(b"k", &["ab", "c"]), keyed(b"k", &["a", "bc"]));
        assert_ne!(keyed(b"k", &["a"]), keyed(b"l", &["a"]));
    }

    #[test]
    #[cfg(feature = "serde")]
    fn hexadecimal_is_read_as_it_was_written() {
        for (text, expected) in [
            ("", Some(vec![])),
            ("00ff7A", Some(vec![0, 255, 122])),
            ("0", None),
            ("0g", None),
            ("é", None),
            ("+1", None),
        ] {
            assert_eq!(unhex(text), expected, "{text}");
        }
        assert_eq!(hex(&unhex("00ff7a").unwrap()), "00ff7a");
    }

    #[test]
    fn a_phone_is_its_digits() {
        let a = EntryId::of_phone(b"s", "demo", "+49 (170) 123-45");
        assert_eq!(a, EntryId::of_phone(b"s", "demo", "4917012345"));
    }
}
