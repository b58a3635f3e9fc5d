//! The facts of a contest. Each is written once and never changed; its id follows from what it says, so that a retry
//! writes the same one. What two calls about one thing may say differently, such as the moment, no total depends on.
//! No fact holds a name, an e-mail address, a phone number, or what an owner wrote of somebody.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use crate::attribution::Binding;
use crate::points::Points;
use crate::trust::Doubts;
use crate::{Code, Currency, EntryId, Money, Timestamp};

#[cfg(all(test, feature = "serde"))]
mod tests;
#[cfg(feature = "serde")]
mod wire;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A person became a participant, with a code to share.
    Joined(Joined),
    /// An advocate's code brought a friend.
    Bound(Bound),
    /// Somebody opened a link with a code.
    Visited(Visited),
    /// Somebody bought something.
    Purchased(Purchased),
    /// Money went back to a buyer.
    Refunded(Refunded),
    /// A buyer's bank took the money back, or gave it again.
    Disputed(Disputed),
    /// A participant did what the contest gives points for.
    Bonus(Bonus),
    /// Points were given or taken by hand, or brought along from elsewhere.
    Adjusted(Adjusted),
    /// A participant was confirmed, disqualified or erased.
    State(State),
    /// Two numbers name one purchase.
    Linked(Linked),
}

/// `joined/{entry}`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Joined {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub entry: EntryId,
    /// The code that the entry shares.
    pub code: Code,
    /// The advocate's code that this very signup bound the friend to.
    pub by: Option<Code>,
    /// What the signup earns if somebody brought the person, at the rates then in force.
    pub points: Points,
    /// The most that an advocate then got a day from friends.
    pub cap: Option<u32>,
    /// What was doubtful about the signup, and about whoever brought the person.
    pub doubts: Doubts,
}

/// `bound/{friend}/{code}/{day}`: also said by what bound them ([`Joined::by`], [`Purchased::by`]), because calls
/// that arrive at once overwrite this one's time. With the doubts in the place of the day: what was only seen later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// When.
    pub at: Timestamp,
    /// Who was brought.
    pub friend: EntryId,
    /// By whose code.
    pub code: Code,
    /// What was doubtful about it: one that is blocked keeps the two apart.
    pub doubts: Doubts,
    /// It says once more what was written before, because of doubts that were not known then.
    pub later: bool,
}

/// `visited/{code}/{day}/{visitor}`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visited {
    /// When.
    pub at: Timestamp,
    /// The code in the link.
    pub code: Code,
    /// The day in UTC within which the visitor counts once; [`ANY_DAY`] where the visitor is known by one event only.
    pub day: String,
    /// The browser, by the random id it made for itself.
    pub visitor: String,
    /// Origin and path of the page, at most 512 bytes.
    pub page: String,
    /// What was doubtful about it. (One that is blocked is no fact.)
    pub doubts: Doubts,
}

/// `purchased/{purchase}/{source}`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purchased {
    /// When.
    pub at: Timestamp,
    /// The purchase's id, which follows from contest and order.
    pub purchase: String,
    /// Who says so.
    pub source: Source,
    /// Known, but worth nothing until a source that is trusted says the same.
    pub pending: bool,
    /// The shop's own number of the order.
    pub order: String,
    /// Who bought.
    pub friend: EntryId,
    /// The advocate's code that this very purchase bound the friend to.
    pub by: Option<Code>,
    /// What it cost, in minor units.
    pub minor: i64,
    /// What was charged for it, if that is more: with tax. A refund is a part of this.
    pub charged: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// What it earns, at the rates then in force.
    pub points: Points,
    /// The most that an advocate then got a day from friends.
    pub cap: Option<u32>,
    /// What was doubtful about this report, and about whoever brought the buyer.
    pub doubts: Doubts,
}

/// `refunded/{purchase}/{source}/{cause}/{minor}`: a cause is what the source calls one thing that grows, such as a
/// charge of which ever more is given back. The amount is in the id, so that an older report, which may come later,
/// does not overwrite a newer one: of a cause the largest counts, and the causes of a source add up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refunded {
    /// When.
    pub at: Timestamp,
    /// The purchase's id.
    pub purchase: String,
    /// Who says so. Two sources that report the same refund are not added up.
    pub source: Source,
    /// 1–64 of `[A-Za-z0-9_-]`.
    pub cause: String,
    /// All that this cause has taken back so far, in minor units; `None` is the whole order.
    pub minor: Option<i64>,
    /// ISO 4217.
    pub currency: String,
}

/// `disputed/{purchase}/{cause}/{stage}`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disputed {
    /// When.
    pub at: Timestamp,
    /// The purchase's id.
    pub purchase: String,
    /// The dispute's own id: 1–64 of `[A-Za-z0-9_-]`.
    pub cause: String,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a dispute has come. Whatever is not won takes the order back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The buyer's bank asks for the money.
    Opened,
    /// The shop keeps it.
    Won,
    /// The buyer keeps it.
    Lost,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Opened, Self::Won, Self::Lost];

    /// As it is spelled in a fact's id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// `bonus/{entry}/{action}`: once an entry and action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bonus {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub entry: EntryId,
    /// The action's id in the contest's settings.
    pub action: String,
    /// What it earns, at the rates then in force.
    pub points: u32,
}

/// `adjusted/{entry}/{event}`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Adjusted {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub entry: EntryId,
    /// What makes this adjustment another one than the next.
    pub event: String,
    /// How many, up or down.
    pub points: i64,
}

/// `state/{entry}/{kind}/{event}`: holds until the next one of its kind. An erased entry stays erased.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub entry: EntryId,
    /// What is said of them.
    pub kind: StateKind,
    /// What makes this one another than the next.
    pub event: String,
    /// Whether it holds from now on, or no longer.
    pub on: bool,
}

/// What may be said of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateKind {
    /// Their address is theirs.
    Confirmed,
    /// They broke the rules: they keep their points, and hold no place.
    Disqualified,
    /// Nothing is known of them any more, and nothing is to be.
    Erased,
}

impl StateKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Confirmed, Self::Disqualified, Self::Erased];

    /// As it is spelled in a fact's id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Disqualified => "disqualified",
            Self::Erased => "erased",
        }
    }
}

/// `linked/{alias}/{purchase}`: what is said of the alias is said of the purchase. A provider reports one sale under several
/// numbers, in any order: which belong together is a fact of its own, so that whatever comes first waits for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Linked {
    /// When.
    pub at: Timestamp,
    /// A purchase's id, made of another number than the order's.
    pub alias: String,
    /// The purchase's id. Where both report a purchase, this one's report counts.
    pub purchase: String,
}

/// Who reports a purchase or a refund; a later one is trusted further: the nearer to the money, the further.
///
/// An order that several report counts once, with what the most trusted of them says of amount, buyer and points. It
/// happened when the first of them says it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Source {
    /// The buyer's browser: anybody may say anything.
    Browser,
    /// A form or automation of the site's, which knows the contest's webhook secret.
    Webhook,
    /// The site's own server, with a private key.
    Api,
    /// The shop that took the order, signed by it.
    Shopify,
    /// Whoever moved the money, signed by them.
    Stripe,
}

impl Source {
    /// All of them, the least trusted first.
    pub const ALL: [Self; 5] = [Self::Browser, Self::Webhook, Self::Api, Self::Shopify, Self::Stripe];

    /// As it is spelled in a fact's id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Webhook => "webhook",
            Self::Api => "api",
            Self::Shopify => "shopify",
            Self::Stripe => "stripe",
        }
    }
}

impl Fact {
    /// The id: everything that makes this fact this one and no other.
    pub fn id(&self) -> String {
        let join = |parts: &[&str]| parts.join("/");
        match self {
            Self::Joined(f) => joined_id(&f.entry),
            Self::Bound(f) => {
                let which = if f.later { i64::from(f.doubts.bits()).to_string() } else { f.at.day() };
                join(&["bound", f.friend.as_str(), f.code.as_str(), &which])
            }
            Self::Visited(f) => visited_id(&f.code, &f.day, &f.visitor),
            Self::Purchased(f) => purchased_id(&f.purchase, f.source),
            Self::Refunded(f) => {
                let minor = f.minor.map_or_else(|| WHOLE.to_owned(), |minor| minor.to_string());
                join(&["refunded", &f.purchase, f.source.as_str(), &f.cause, &minor])
            }
            Self::Disputed(f) => join(&["disputed", &f.purchase, &f.cause, f.stage.as_str()]),
            Self::Bonus(f) => bonus_id(&f.entry, &f.action),
            Self::Adjusted(f) => adjusted_id(&f.entry, &f.event),
            Self::State(f) => state_id(&f.entry, f.kind, &f.event),
            Self::Linked(f) => join(&["linked", &f.alias, &f.purchase]),
        }
    }

    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Joined(f) => f.at,
            Self::Bound(f) => f.at,
            Self::Visited(f) => f.at,
            Self::Purchased(f) => f.at,
            Self::Refunded(f) => f.at,
            Self::Disputed(f) => f.at,
            Self::Bonus(f) => f.at,
            Self::Adjusted(f) => f.at,
            Self::State(f) => f.at,
            Self::Linked(f) => f.at,
        }
    }

    /// What was doubtful about what it says.
    pub fn doubts(&self) -> Doubts {
        match self {
            Self::Joined(f) => f.doubts,
            Self::Bound(f) => f.doubts,
            Self::Visited(f) => f.doubts,
            Self::Purchased(f) => f.doubts,
            _ => Doubts::default(),
        }
    }

    /// Who was brought, and by whose code, if this fact says so.
    pub fn binding(&self) -> Option<(&EntryId, Binding)> {
        let (friend, code, doubts) = match self {
            Self::Joined(f) => (&f.entry, f.by.as_ref()?, f.doubts),
            Self::Bound(f) => (&f.friend, &f.code, f.doubts),
            Self::Purchased(f) => (&f.friend, f.by.as_ref()?, f.doubts),
            _ => return None,
        };
        Some((friend, Binding { at: self.at(), code: code.clone(), doubts: doubts.of_the_pair() }))
    }
}

impl Purchased {
    /// What it cost; `None` if it is in a currency that is no longer known.
    pub fn money(&self) -> Option<Money> {
        Currency::parse(&self.currency).ok().map(|currency| Money { minor: self.minor, currency })
    }

    /// What a refund is a part of, in minor units.
    pub fn charged(&self) -> i64 {
        self.charged.unwrap_or(self.minor)
    }
}

/// The id of the fact that an entry joined.
pub fn joined_id(entry: &EntryId) -> String {
    ["joined", entry.as_str()].join("/")
}

/// What the ids of all facts begin with that bind a friend.
pub fn bound_prefix(friend: &EntryId) -> String {
    ["bound", friend.as_str(), ""].join("/")
}

/// In the place of a day: an event that comes again after midnight is the same visit.
pub const ANY_DAY: &str = "event";

/// The id of a visit.
pub fn visited_id(code: &Code, day: &str, visitor: &str) -> String {
    ["visited", code.as_str(), day, visitor].join("/")
}

/// What the ids of all facts begin with that report a purchase.
pub fn purchased_prefix(purchase: &str) -> String {
    ["purchased", purchase, ""].join("/")
}

/// The id of what one source says of a purchase.
pub fn purchased_id(purchase: &str, source: Source) -> String {
    ["purchased", purchase, source.as_str()].join("/")
}

/// In the place of an amount: the whole order.
const WHOLE: &str = "all";

/// What the ids of all facts begin with that give back something of a purchase.
pub fn refunded_prefix(purchase: &str) -> String {
    ["refunded", purchase, ""].join("/")
}

/// What the ids of all facts begin with that dispute a purchase.
pub fn disputed_prefix(purchase: &str) -> String {
    ["disputed", purchase, ""].join("/")
}

/// What the ids of all facts begin with that say what an alias stands for.
pub fn linked_prefix(alias: &str) -> String {
    ["linked", alias, ""].join("/")
}

/// The id of a bonus.
pub fn bonus_id(entry: &EntryId, action: &str) -> String {
    ["bonus", entry.as_str(), action].join("/")
}

/// The id of an adjustment.
pub fn adjusted_id(entry: &EntryId, event: &str) -> String {
    ["adjusted", entry.as_str(), event].join("/")
}

/// The id of what is said of an entry.
pub fn state_id(entry: &EntryId, kind: StateKind, event: &str) -> String {
    ["state", entry.as_str(), kind.as_str(), event].join("/")
}

/// The one erasure of an entry, which is looked for by its id.
pub const ERASURE: &str = "once";

/// The id of the fact that an entry was erased.
pub fn erased_id(entry: &EntryId) -> String {
    state_id(entry, StateKind::Erased, ERASURE)
}
