//! Who brought a friend, where more than one advocate's link did.

use alloc::vec::Vec;

use crate::trust::Doubts;
use crate::{Code, Timestamp};

/// By how much two clocks may differ. A friend may sign up on one device and buy on another, and a site's server
/// may report what the browser reported too: a shopper's clock is minutes or time zones off.
const CLOCKS_DIFFER: i64 = 86_400_000;

/// Which of several links gets the credit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Attribution {
    /// The one that came first inside the window.
    #[default]
    First,
    /// The newest.
    Last,
}

/// A contest's rule: which link counts, and for how many days after it brought the friend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// First or last.
    pub attribution: Attribution,
    /// 1–400.
    pub window_days: u16,
}

/// That an advocate's code brought a friend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// When it did.
    pub at: Timestamp,
    /// The advocate's code.
    pub code: Code,
    /// What was doubtful about it then. One that was blocked gets no credit, and is in nobody's way.
    pub doubts: Doubts,
}

/// May two moments, each by a clock of its own, be one?
pub fn may_be_one(at: Timestamp, other: Timestamp) -> bool {
    at.millis().abs_diff(other.millis()) <= CLOCKS_DIFFER.unsigned_abs()
}

/// Adds one to a friend's bindings. What is doubtful about one that says how they came by a code is about all that say the same: of
/// several who report it, one may know less.
pub fn add(bindings: &mut Vec<Binding>, mut new: Binding) {
    for known in bindings.iter_mut().filter(|known| known.code == new.code && may_be_one(known.at, new.at)) {
        new.doubts = new.doubts.and(known.doubts);
        known.doubts = new.doubts;
    }
    bindings.push(new);
}

impl Rule {
    /// The binding that gets the credit for something that happened `at` a moment; at the same
    /// moment, the code that sorts first. The order in which they are given does not matter.
    ///
    /// Where there is none, one that another clock puts a little later will do: a participant is not bound anew, and
    /// nothing is kept of a stranger, so that it can be nobody else's.
    pub fn credited<'a, I: Iterator<Item = &'a Binding> + Clone>(
        self,
        bindings: impl IntoIterator<Item = &'a Binding, IntoIter = I>,
        at: Timestamp,
    ) -> Option<&'a Binding> {
        let bindings = bindings.into_iter().filter(|binding| !binding.doubts.block());
        let inside = bindings.clone().filter(|binding| binding.at.is_within(self.window_days, at));
        let credited = match self.attribution {
            Attribution::First => inside.min(),
            Attribution::Last => inside.min_by(|a, b| b.at.cmp(&a.at).then_with(|| a.code.cmp(&b.code))),
        };
        let soon = |binding: &&Binding| {
            (0..=CLOCKS_DIFFER).contains(&binding.at.millis().saturating_sub(at.millis()))
        };
        credited.or_else(|| bindings.filter(soon).min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::{self, Action};

    #[test]
    fn the_window_and_the_rule_pick_one() {
        let day = |n: i64| Timestamp::from_millis(n * 86_400_000);
        let binding = |n, code: &str| Binding {
            at: day(n),
            code: Code::parse(code).unwrap(),
            doubts: Doubts::default(),
        };
        let blocked = Doubts::of(trust::Rule::SameBrowser, Action::Block);
        let blocked = Binding { doubts: blocked, ..binding(0, "BLOCKED") };
        let bindings = [
            blocked,
            binding(10, "B"),
            binding(10, "A"),
            binding(1, "OLD"),
            binding(20, "NEW"),
            binding(20, "NEXT"),
        ];
        for (attribution, at, expected) in [
            (Attribution::First, 21, Some("OLD")),
            (Attribution::First, 5, Some("OLD")),
            (Attribution::First, 32, Some("A")),
            (Attribution::Last, 21, Some("NEW")),
            (Attribution::Last, 15, Some("A")),
            (Attribution::First, 40, Some("A")),
            (Attribution::First, 45, Some("NEW")),
            (Attribution::First, 60, None),
            (Attribution::First, 0, Some("OLD")),
            (Attribution::Last, 0, Some("OLD")),
            (Attribution::First, -1, None),
        ] {
            let rule = Rule { attribution, window_days: 30 };
            let credited = rule.credited(&bindings, day(at)).map(|b| b.code.as_str());
            assert_eq!(credited, expected, "{attribution:?} on day {at}");
            let reversed = rule.credited(bindings.iter().rev(), day(at)).map(|b| b.code.as_str());
            assert_eq!(reversed, expected, "{attribution:?} on day {at}, seen the other way round");
        }
    }
}
