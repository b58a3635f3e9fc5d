//! What makes a referral doubtful, and what becomes of one that is. A doubt is part of the fact that it is about: it was judged
//! when that happened, by the settings then in force, and a setting that changes later changes nothing that was.

use alloc::string::String;

use crate::decide::Advocate;

/// Something that an honest referral seldom has about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The friend's address leads to the advocate's mailbox. (The very same address is nobody's friend, whatever is set.)
    SelfReferral,
    /// The friend came with the browser that the advocate signed up with.
    SameBrowser,
    /// What calls says of itself that it is no person.
    Bots,
    /// The friend's address is from a service that gives out addresses to be thrown away.
    Disposable,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SelfReferral, Self::SameBrowser, Self::Bots, Self::Disposable];

    /// As its setting, and the API, spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SelfReferral => "selfReferral",
            Self::SameBrowser => "sameBrowser",
            Self::Bots => "bots",
            Self::Disposable => "disposable",
        }
    }

    /// The setting by which a referral earned nothing.
    pub fn setting(self) -> &'static str {
        match self {
            Self::SelfReferral => "settings.trust.selfReferral, when it happened",
            Self::SameBrowser => "settings.trust.sameBrowser, when it happened",
            Self::Bots => "settings.trust.bots, when it happened",
            Self::Disposable => "settings.trust.disposable, when it happened",
        }
    }

    /// What is said to a person.
    pub fn reason(self) -> &'static str {
        match self {
            Self::SelfReferral => "the friend's address leads to the advocate's own mailbox",
            Self::SameBrowser => "the friend came with the browser that the advocate signed up with",
            Self::Bots => "the browser said that it is a bot",
            Self::Disposable => "the friend's address is from a service for throw-away addresses",
        }
    }

    /// Where its two bits are in what is stored, for good.
    fn place(self) -> u8 {
        match self {
            Self::SelfReferral => 0,
            Self::SameBrowser => 2,
            Self::Bots => 4,
            Self::Disposable => 6,
        }
    }
}

/// What is done about a doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Action {
    /// Nothing: nobody looks.
    Off,
    /// It earns what it earns, and says that it is doubtful.
    #[default]
    Flag,
    /// It earns nothing, and says why.
    Block,
}

/// What an owner does about which doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase", default, deny_unknown_fields)
)]
pub struct Trust {
    /// The advocate's mailbox under another spelling: hardly ever another person.
    pub self_referral: Action,
    /// The advocate's browser: a family's computer is one as well.
    pub same_browser: Action,
    /// What says of itself that it is a bot.
    pub bots: Action,
    /// An address to be thrown away: some who have one are people.
    pub disposable: Action,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            self_referral: Action::Block,
            same_browser: Action::Flag,
            bots: Action::Block,
            disposable: Action::Flag,
        }
    }
}

/// What a call tells of whoever is behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Their mailbox, by a keyed hash.
    pub mailbox: Option<String>,
    /// Their browser, by a keyed hash of the random id that it made for itself.
    pub browser: Option<String>,
    /// What calls says that it is a bot.
    pub is_bot: bool,
    /// Their address is one to be thrown away.
    pub is_disposable: bool,
}

impl Trust {
    fn action(self, rule: Rule) -> Action {
        match rule {
            Rule::SelfReferral => self.self_referral,
            Rule::SameBrowser => self.same_browser,
            Rule::Bots => self.bots,
            Rule::Disposable => self.disposable,
        }
    }

    /// Is it looked at?
    pub fn looks_at(self, rule: Rule) -> bool {
        self.action(rule) != Action::Off
    }

    /// What is doubtful about somebody, and about whoever would be their advocate.
    pub fn doubts(self, marks: &Marks, advocate: Option<&Advocate>) -> Doubts {
        let is_same = |own: &Option<String>, theirs: fn(&Advocate) -> &Option<String>| {
            own.is_some() && advocate.is_some_and(|advocate| theirs(advocate) == own)
        };
        let applies = |rule| match rule {
            Rule::SelfReferral => is_same(&marks.mailbox, |advocate| &advocate.mailbox),
            Rule::SameBrowser => is_same(&marks.browser, |advocate| &advocate.browser),
            Rule::Bots => marks.is_bot,
            Rule::Disposable => marks.is_disposable,
        };
        let found = Rule::ALL.into_iter().filter(|&rule| applies(rule));
        found.fold(Doubts::default(), |doubts, rule| doubts.and(Doubts::of(rule, self.action(rule))))
    }
}

/// Which rules a referral was doubtful by, and which of them blocked it: two bits a rule, one for either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubts(u8);

/// The second of the two bits of each rule.
const BLOCKED: u8 = 0b1010_1010;

impl Doubts {
    /// Nothing is doubtful.
    pub const NONE: Self = Self(0);

    /// One doubt, with what was done about it.
    pub fn of(rule: Rule, action: Action) -> Self {
        match action {
            Action::Off => Self::NONE,
            Action::Flag => Self(1 << rule.place()),
            Action::Block => Self(2 << rule.place()),
        }
    }

    /// As they are stored.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Reads what [`Doubts::bits`] wrote.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// These and those.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those about the friend and the advocate, and not about this one thing that the friend did: a bot that signed up, and
    /// then paid, is none.
    #[must_use]
    pub fn of_the_pair(self) -> Self {
        Self(self.0 & !(3 << Rule::Bots.place()))
    }

    /// What they are about earns nothing.
    pub fn block(self) -> bool {
        self.0 & BLOCKED != 0
    }

    /// What was done by a rule: of both, that it blocked.
    pub fn action(self, rule: Rule) -> Action {
        match self.0 >> rule.place() & 3 {
            0 => Action::Off,
            1 => Action::Flag,
            _ => Action::Block,
        }
    }

    /// The rules, whatever was done.
    pub fn rules(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.into_iter().filter(move |&rule| self.action(rule) != Action::Off)
    }

    /// The rules that blocked.
    pub fn blocking(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.into_iter().filter(move |&rule| self.action(rule) == Action::Block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, EntryId};

    const OFF: Trust = Trust {
        self_referral: Action::Off,
        same_browser: Action::Off,
        bots: Action::Off,
        disposable: Action::Off,
    };

    #[test]
    fn each_rule_is_off_or_flags_or_blocks() {
        let advocate = Advocate {
            code: Code::parse("JANE").unwrap(),
            entry: EntryId::of_email(b"secret", "demo", "jane@example.com"),
            mailbox: Some("mailbox".into()),
            browser: Some("browser".into()),
        };
        let none = Marks::default;
        for (rule, set, marks) in [
            (
                Rule::SelfReferral,
                (|trust, self_referral| Trust { self_referral, ..trust }) as fn(Trust, Action) -> Trust,
                Marks { mailbox: Some("mailbox".into()), ..none() },
            ),
            (
                Rule::SameBrowser,
                |trust, same_browser| Trust { same_browser, ..trust },
                Marks { browser: Some("browser".into()), ..none() },
            ),
            (Rule::Bots, |trust, bots| Trust { bots, ..trust }, Marks { is_bot: true, ..none() }),
            (
                Rule::Disposable,
                |trust, disposable| Trust { disposable, ..trust },
                Marks { is_disposable: true, ..none() },
            ),
        ] {
            for action in [Action::Off, Action::Flag, Action::Block] {
                let doubts = set(OFF, action).doubts(&marks, Some(&advocate));
                assert_eq!(doubts, Doubts::of(rule, action), "{rule:?} {action:?}");
                assert_eq!(doubts.action(rule), action);
                assert_eq!(doubts.block(), action == Action::Block);
                assert_eq!(doubts.rules().count(), usize::from(action != Action::Off));
                assert!(
                    set(OFF, action).doubts(&none(), Some(&advocate)) == Doubts::NONE,
                    "nothing is the matter"
                );
            }
        }
    }

    #[test]
    fn nobody_is_alike_in_what_is_not_known_of_them() {
        let mut advocate = Advocate {
            code: Code::parse("JANE").unwrap(),
            entry: EntryId::of_email(b"secret", "demo", "jane@example.com"),
            mailbox: None,
            browser: None,
        };
        let friend = Marks { mailbox: Some("m".into()), browser: Some("b".into()), ..Marks::default() };
        let trust = Trust::default();
        assert_eq!(trust.doubts(&Marks::default(), Some(&advocate)), Doubts::NONE);
        assert_eq!(trust.doubts(&friend, Some(&advocate)), Doubts::NONE);
        assert_eq!(trust.doubts(&friend, None), Doubts::NONE);
        (advocate.mailbox, advocate.browser) = (friend.mailbox.clone(), friend.browser.clone());
        let doubts = trust.doubts(&friend, Some(&advocate));
        assert!(doubts.rules().eq([Rule::SelfReferral, Rule::SameBrowser]));
        assert!(doubts.blocking().eq([Rule::SelfReferral]), "a family's computer is flagged, and no more");
    }
}
