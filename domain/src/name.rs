//! What a person is called where strangers read it.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::settings::LeaderboardNames;

/// The name as a contest lets everybody see it: `Jane D.` where it is masked.
pub fn shown(name: &str, how: LeaderboardNames) -> Option<String> {
    let name = name.trim();
    match how {
        _ if name.is_empty() => None,
        LeaderboardNames::None => None,
        LeaderboardNames::Masked => masked(name),
        LeaderboardNames::Full => Some(name.to_owned()),
    }
}

/// The first name and the initial of the last. Where people write names without a space, the first sign stands for all of
/// it; and who gave an address for a name is not told by it.
fn masked(name: &str) -> Option<String> {
    let mut words = name.split_whitespace();
    let first = words.next()?;
    let initial = |word: &str| word.chars().find(|sign| sign.is_alphanumeric());
    if first.contains('@') || first.chars().any(is_written_without_spaces) {
        return initial(first).map(|sign| {
            let mut shown = String::from(sign);
            shown.push_str("***");
            shown
        });
    }
    let mut shown = first.to_owned();
    if let Some(sign) = words.last().and_then(initial) {
        shown.push(' ');
        shown.push(sign);
        shown.push('.');
    }
    Some(shown)
}

/// Kana, Han and Hangul.
fn is_written_without_spaces(sign: char) -> bool {
    matches!(sign, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_name_is_the_first_name_and_an_initial() {
        for (name, expected) in [
            ("Jane Doe", Some("Jane D.")),
            ("  Ana  Maria  de la Cruz ", Some("Ana C.")),
            ("Joe", Some("Joe")),
            ("Élodie Émond", Some("Élodie É.")),
            ("Jane (Doe)", Some("Jane D.")),
            ("Jane -", Some("Jane")),
            ("joe@example.com", Some("j***")),
            ("@joe", Some("j***")),
            ("山田太郎", Some("山***")),
            ("やまだ 太郎", Some("や***")),
            ("김철수", Some("김***")),
            ("@", None),
            (" ", None),
        ] {
            assert_eq!(shown(name, LeaderboardNames::Masked).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_contest_says_whether_a_name_is_shown() {
        for (how, expected) in [
            (LeaderboardNames::None, None),
            (LeaderboardNames::Masked, Some("Jane D.")),
            (LeaderboardNames::Full, Some("Jane Doe")),
        ] {
            assert_eq!(shown("Jane Doe", how).as_deref(), expected, "{how:?}");
            assert_eq!(shown("", how), None);
        }
    }
}
