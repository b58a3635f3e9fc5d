//! E-mail addresses: what is taken for one, and when two are the same.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::Invalid;

/// RFC 5321, 4.5.3.1: the longest path, less its angle brackets; and the longest local part.
const MAX: usize = 254;
const MAX_LOCAL: usize = 64;

/// One provider.
const GMAIL: [&str; 2] = ["gmail.com", "googlemail.com"];

/// Providers that say of themselves that they deliver `jane+anything@` to `jane@`. A company's own domain may do so as well,
/// or give `+` to somebody else: it is not taken for granted.
const TAGGED: [&str; 46] = [
    // Microsoft
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "outlook.es",
    "outlook.it",
    "outlook.jp",
    "outlook.com.br",
    "hotmail.com",
    "hotmail.co.uk",
    "hotmail.de",
    "hotmail.fr",
    "hotmail.it",
    "hotmail.es",
    "live.com",
    "live.co.uk",
    "live.de",
    "live.fr",
    "live.it",
    "live.nl",
    "msn.com",
    // Apple
    "icloud.com",
    "me.com",
    "mac.com",
    // Proton
    "proton.me",
    "protonmail.com",
    "protonmail.ch",
    "pm.me",
    // Fastmail
    "fastmail.com",
    "fastmail.fm",
    "fastmail.co.uk",
    "fastmail.de",
    "fastmail.net",
    "fastmail.org",
    "sent.com",
    // Others
    "hey.com",
    "mailbox.org",
    "posteo.de",
    "posteo.net",
    "runbox.com",
    "yandex.com",
    "yandex.ru",
    "ya.ru",
    "zoho.com",
    "zoho.eu",
    "zohomail.com",
    "zohomail.eu",
];

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

    /// The mailbox that it leads to, in one spelling of those that do: to tell that two addresses are one person's, never to
    /// write to, and never an entry's identity. What follows a `+` is left out where the provider is known to deliver
    /// `jane+shop@` to `jane@`; Gmail reads no dots either, and has two names.
    pub fn mailbox(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let is_gmail = GMAIL.contains(&domain);
        let name = match local.split_once('+') {
            Some((name, _)) if !name.is_empty() && (is_gmail || TAGGED.contains(&domain)) => name,
            _ => local,
        };
        let (name, domain) =
            if is_gmail { (name.replace('.', ""), "gmail.com") } else { (name.to_owned(), domain) };
        [&name, "@", domain].concat()
    }

    /// What is behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
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
    fn a_mailbox_has_one_spelling() {
        for (text, expected) in [
            ("jane@gmail.com", "jane@gmail.com"),
            ("J.a.n.e+shop@GoogleMail.com", "jane@gmail.com"),
            ("jane+a+b@gmail.com", "jane@gmail.com"),
            ("jane.doe+shop@outlook.com", "jane.doe@outlook.com"),
            ("jane+1@hotmail.co.uk", "jane@hotmail.co.uk"),
            ("jane+1@icloud.com", "jane@icloud.com"),
            ("jane+1@fastmail.com", "jane@fastmail.com"),
            ("jane+1@proton.me", "jane@proton.me"),
            ("jane+1@posteo.de", "jane@posteo.de"),
            // Of these nobody has said so.
            ("jane+1@company.example", "jane+1@company.example"),
            ("jane.doe@company.example", "jane.doe@company.example"),
            ("jane+1@gmail.com.example", "jane+1@gmail.com.example"),
            ("+1@outlook.com", "+1@outlook.com"),
            ("jane-1@yahoo.com", "jane-1@yahoo.com"),
        ] {
            assert_eq!(Email::parse(text).map(|e| e.mailbox()), Ok(expected.to_owned()), "{text}");
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
