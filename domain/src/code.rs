//! Referral codes: `REF-` and six characters that nobody mistakes for one another, or one that was imported.

use alloc::borrow::ToOwned;
use alloc::string::String;

use sha2::{Digest, Sha256};

use crate::{EntryId, Invalid};

/// No 0 and O, no 1, I and L, no U that may be a V.
const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "REF-";
const RANDOM: usize = 6;
const MAX: usize = 64;

/// A referral code in the one form it is compared in: upper case, `[A-Z0-9_-]`, at most 64 characters.
///
/// That is inside what Stripe takes as a `client_reference_id`; Stripe drops anything else silently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

impl Code {
    /// Reads a code, without regard to case and surrounding space.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("referralCode", "referralCode is required"));
        }
        if text.len() > MAX {
            return Err(Invalid::new("referralCode", "referralCode must be at most 64 characters"));
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(Invalid::new(
                "referralCode",
                "referralCode may hold letters, digits, '-' and '_' only",
            ));
        }
        Ok(Self(text.to_ascii_uppercase()))
    }

    /// The code of an entry. Where it is taken, the next `attempt` gives another; the same
    /// entry and attempt always give the same.
    pub fn derive(entry: &EntryId, attempt: u32) -> Self {
        let hash = Sha256::new()
            .chain_update(b"code\0")
            .chain_update(entry.as_str())
            .chain_update(attempt.to_be_bytes())
            .finalize();
        // 30^6 codes out of 2^64 hashes: the bias of the remainder is beyond measuring.
        let mut rest = hash.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
        let mut code = PREFIX.to_owned();
        for _ in 0..RANDOM {
            let index = rest.wrapping_rem(30);
            rest = rest.wrapping_div(30);
            let letter = usize::try_from(index).ok().and_then(|index| ALPHABET.get(index));
            code.push(char::from(letter.copied().unwrap_or(b'2')));
        }
        Self(code)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_paste() {
        for (text, expected) in [
            ("REF-XYZ789", Ok("REF-XYZ789")),
            ("  ref-xyz789 ", Ok("REF-XYZ789")),
            ("jane_2024", Ok("JANE_2024")),
            ("", Err("referralCode is required")),
            ("<script>", Err("referralCode may hold letters, digits, '-' and '_' only")),
            ("REF XYZ", Err("referralCode may hold letters, digits, '-' and '_' only")),
            ("ＲＥＦ", Err("referralCode may hold letters, digits, '-' and '_' only")),
        ] {
            assert_eq!(
                Code::parse(text).as_ref().map(Code::as_str).map_err(|e| e.reason),
                expected,
                "{text:?}"
            );
        }
        assert!(Code::parse(&"A".repeat(64)).is_ok());
        assert!(Code::parse(&"A".repeat(65)).is_err());
    }

    proptest! {
        #[test]
        fn an_entry_gets_the_same_code_twice_and_another_at_the_next_attempt(email in "[a-z]{1,12}") {
            let entry = EntryId::of_email(b"secret", "demo", &email);
            let first = Code::derive(&entry, 0);
            prop_assert_eq!(&first, &Code::derive(&entry, 0));
            prop_assert_ne!(&first, &Code::derive(&entry, 1));
            prop_assert_eq!(first.as_str().len(), 10);
            prop_assert_eq!(Code::parse(first.as_str()), Ok(first.clone()));
            prop_assert!(!first.as_str()[4..].contains(['0', 'O', '1', 'I', 'L', 'U']));
        }
    }
}
