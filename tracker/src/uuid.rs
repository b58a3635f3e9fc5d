//! Event ids: UUID version 7 (RFC 9562), made of the time of the call and of chance.
//!
//! The pasted script writes the seed down with the call itself. The id follows from it, so that two tabs
//! that pick up the same call make the same event. The endpoint takes the event's time from the id.

use alloc::string::String;

use crate::json::number;

/// When a call was made, and 96 bits of chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    pub(crate) millis: u64,
    pub(crate) random: [u32; 3],
}

impl Seed {
    /// Reads the key of an entry in the queue: `q:MILLIS-A-B-C`, all four decimal.
    pub fn of(id: &str) -> Option<Self> {
        let mut parts = id.strip_prefix("q:")?.split('-').map(number);
        let millis = parts.next()??;
        let mut random = [0; 3];
        for slot in &mut random {
            *slot = u32::try_from(parts.next()??).ok()?;
        }
        (parts.next().is_none() && millis < 1 << 48).then_some(Self { millis, random })
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> u64 {
        self.millis
    }

    /// One for an id of another kind, from the same time and chance.
    #[must_use]
    pub fn other(self) -> Self {
        let [a, b, c] = self.random;
        Self { millis: self.millis, random: [c, a, b] }
    }

    /// The id: 48 bits of time, the version, 12 bits, the variant, 62 bits.
    pub fn v7(self) -> String {
        let [a, b, c] = self.random.map(u64::from);
        let high = (self.millis << 16) | 0x7000 | ((a >> 16) & 0x0fff);
        let low = (1 << 63) | ((a & 0x3fff) << 48) | ((b & 0xffff) << 32) | c;
        let mut id = String::with_capacity(36);
        for (word, dashes) in [(high, [8, 4]), (low, [0, 12])] {
            for nibble in (0..16_u32).rev() {
                if dashes.contains(&(nibble.wrapping_add(1))) && !id.is_empty() {
                    id.push('-');
                }
                let digit = (word >> (nibble << 2)) & 15;
                id.push(u32::try_from(digit).ok().and_then(|n| char::from_digit(n, 16)).unwrap_or('0'));
            }
            if word == high {
                id.push('-');
            }
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_follows_from_the_seed() {
        for (seed, expected) in [
            ("q:1734567890123-0-0-0", "0193dc4d-8ccb-7000-8000-000000000000"),
            ("q:1734567890123-4294967295-4294967295-4294967295", "0193dc4d-8ccb-7fff-bfff-ffffffffffff"),
            ("q:0-305419896-2271560481-2596069104", "00000000-0000-7234-9678-43219abcdef0"),
        ] {
            assert_eq!(Seed::of(seed).map(Seed::v7).as_deref(), Some(expected), "{seed}");
        }
    }

    #[test]
    fn a_seed_is_a_time_and_three_words() {
        for text in [
            "q:",
            "q:1",
            "q:1-2-3",
            "q:1-2-3-4-5",
            "q:1-2-3-4294967296",
            "q:a-1-2-3",
            "q:281474976710656-1-2-3",
            "q:1--2-3",
            "1-2-3-4",
        ] {
            assert_eq!(Seed::of(text), None, "{text}");
        }
    }
}
