//! JSON, as much as a request body needs of it: one flat object of texts and numbers.

use alloc::borrow::ToOwned;
use alloc::string::String;

/// An object under construction.
#[derive(Debug)]
pub struct Object(String);

impl Object {
    /// One without members.
    #[expect(clippy::new_without_default, reason = "an object under construction is no value")]
    pub fn new() -> Self {
        Self("{".to_owned())
    }

    /// Adds a text. `key` is taken as it is.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.0.push('"');
        for c in value.chars() {
            if c == '"' || c == '\\' {
                self.0.push('\\');
            }
            if c < ' ' {
                self.0.push_str("\\u00");
                self.0.push(if c < '\u{10}' { '0' } else { '1' });
                self.0.push(char::from_digit(u32::from(c) & 15, 16).unwrap_or('0'));
            } else {
                self.0.push(c);
            }
        }
        self.0.push('"');
    }

    /// Adds a number that is text already. `key` and `literal` are taken as they are.
    pub fn number(&mut self, key: &str, literal: &str) {
        self.key(key);
        self.0.push_str(literal);
    }

    /// The finished object.
    pub fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
    }
}

/// A whole number as text. `to_string` would bring the formatter along, and its kilobytes.
pub fn digits(number: u64) -> String {
    let mut text = if number < 10 { String::new() } else { digits(number / 10) };
    text.push(u32::try_from(number % 10).ok().and_then(|n| char::from_digit(n, 10)).unwrap_or('0'));
    text
}

/// A whole number in decimal, of at most 15 digits.
pub fn number(text: &str) -> Option<u64> {
    if !(1..=15).contains(&text.len()) {
        return None;
    }
    text.bytes().try_fold(0_u64, |n, b| {
        b.is_ascii_digit().then(|| n.wrapping_mul(10).wrapping_add(u64::from(b.wrapping_sub(b'0'))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_would_end_a_text() {
        for (text, expected) in [
            ("plain", r#"{"a":"plain"}"#),
            (r#"say "hi""#, r#"{"a":"say \"hi\""}"#),
            (r"back\slash", r#"{"a":"back\\slash"}"#),
            ("\u{0}\n\u{1f}", r#"{"a":"\u0000\u000a\u001f"}"#),
            ("é 名 \u{2028}", "{\"a\":\"é 名 \u{2028}\"}"),
        ] {
            let mut object = Object::new();
            object.text("a", text);
            assert_eq!(object.finish(), expected);
        }
    }

    #[test]
    fn members_stand_between_commas() {
        let mut object = Object::new();
        object.text("a", "b");
        object.number("c", "1.50");
        assert_eq!(object.finish(), r#"{"a":"b","c":1.50}"#);
        assert_eq!(Object::new().finish(), "{}");
    }

    #[test]
    fn writes_whole_numbers() {
        for (number, expected) in [(0, "0"), (7, "7"), (1_000, "1000"), (u64::MAX, "18446744073709551615")] {
            assert_eq!(digits(number), expected);
        }
    }
}
