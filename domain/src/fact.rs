//! The facts of a contest. Each is written once and never changed; its id follows from what it says, so that a retry
//! writes the same one. What two calls about one thing may say differently, such as the moment, no total depends on.
//! No fact holds a name, an e-mail address or a phone number.

use alloc::string::String;

use crate::attribution::Binding;
use crate::points::Points;
use crate::{Code, Currency, EntryId, Money, Timestamp};

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
    /// Points were given or taken by hand, or brought along from elsewhere.
    Adjusted(Adjusted),
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
}

/// `bound/{friend}/{code}/{day}`: also said by what bound them ([`Joined::by`], [`Purchased::by`]), because calls
/// that arrive at once overwrite this one's time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// When.
    pub at: Timestamp,
    /// Who was brought.
    pub friend: EntryId,
    /// By whose code.
    pub code: Code,
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
    /// ISO 4217.
    pub currency: String,
    /// What it earns, at the rates then in force.
    pub points: Points,
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
    /// Why, for people.
    pub reason: String,
}

/// Who reports a purchase; a later one is trusted further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Source {
    /// The buyer's browser.
    Browser,
    /// The site's own server, with a private key.
    Api,
}

impl Source {
    /// As it is spelled in a fact's id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Api => "api",
        }
    }
}

impl Fact {
    /// The id: everything that makes this fact this one and no other.
    pub fn id(&self) -> String {
        let join = |parts: &[&str]| parts.join("/");
        match self {
            Self::Joined(f) => joined_id(&f.entry),
            Self::Bound(f) => join(&["bound", f.friend.as_str(), f.code.as_str(), &f.at.day()]),
            Self::Visited(f) => visited_id(&f.code, &f.day, &f.visitor),
            Self::Purchased(f) => purchased_id(&f.purchase, f.source),
            Self::Adjusted(f) => join(&["adjusted", f.entry.as_str(), &f.event]),
        }
    }

    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Joined(f) => f.at,
            Self::Bound(f) => f.at,
            Self::Visited(f) => f.at,
            Self::Purchased(f) => f.at,
            Self::Adjusted(f) => f.at,
        }
    }

    /// Who was brought, and by whose code, if this fact says so.
    pub fn binding(&self) -> Option<(&EntryId, Binding)> {
        let (friend, code) = match self {
            Self::Joined(f) => (&f.entry, f.by.as_ref()?),
            Self::Bound(f) => (&f.friend, &f.code),
            Self::Purchased(f) => (&f.friend, f.by.as_ref()?),
            Self::Visited(_) | Self::Adjusted(_) => return None,
        };
        Some((friend, Binding { at: self.at(), code: code.clone() }))
    }
}

impl Purchased {
    /// What it cost; `None` if it is in a currency that is no longer known.
    pub fn money(&self) -> Option<Money> {
        Currency::parse(&self.currency).ok().map(|currency| Money { minor: self.minor, currency })
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

#[cfg(feature = "serde")]
mod wire {
    //! The stored form: the id, and beside it a payload of at most 1,024 bytes of JSON with what the
    //! id does not say. Names are short because every byte is stored and listed a million times.

    use serde_json::{Value, json};

    use super::{Adjusted, Bound, Fact, Joined, Purchased, Source, Visited};
    use crate::points::Points;
    use crate::{Code, EntryId, Timestamp};

    impl Fact {
        /// What is stored beside the id.
        pub fn payload(&self) -> Value {
            let points = |p: &Points| json!([p.advocate, p.friend]);
            let mut payload = match self {
                Self::Joined(f) => json!({"t": f.at, "c": f.code.as_str(), "p": points(&f.points)}),
                Self::Bound(f) => json!({"t": f.at}),
                Self::Visited(f) => json!({"t": f.at, "u": f.page}),
                Self::Purchased(f) => json!({
                    "t": f.at, "o": f.order, "f": f.friend.as_str(), "m": f.minor, "c": f.currency,
                    "p": points(&f.points), "w": u8::from(f.pending),
                }),
                Self::Adjusted(f) => json!({"t": f.at, "n": f.points, "r": f.reason}),
            };
            let by = match self {
                Self::Joined(Joined { by, .. }) | Self::Purchased(Purchased { by, .. }) => by.as_ref(),
                _ => None,
            };
            if let (Some(by), Some(payload)) = (by, payload.as_object_mut()) {
                payload.insert("b".to_owned(), json!(by.as_str()));
            }
            payload
        }

        /// Reads a stored fact; `None` for what is none, or was written by a later version.
        pub fn read(id: &str, payload: &Value) -> Option<Self> {
            let at = Timestamp::from_millis(payload.get("t")?.as_i64()?);
            let text = |name| payload.get(name)?.as_str().map(str::to_owned);
            let by = text("b").and_then(|code| Code::parse(&code).ok());
            let points = || {
                let share = |n| u32::try_from(payload.get("p")?.get(n)?.as_u64()?).ok();
                Some(Points { advocate: share(0)?, friend: share(1)? })
            };
            let mut parts = id.split('/');
            let kind = parts.next()?;
            let rest: Vec<&str> = parts.collect();
            match (kind, rest.as_slice()) {
                ("joined", [entry]) => Some(Self::Joined(Joined {
                    at,
                    entry: EntryId::parse(entry)?,
                    code: Code::parse(&text("c")?).ok()?,
                    by,
                    points: points()?,
                })),
                ("bound", [friend, code, _day]) => Some(Self::Bound(Bound {
                    at,
                    friend: EntryId::parse(friend)?,
                    code: Code::parse(code).ok()?,
                })),
                ("visited", [code, day, visitor]) => Some(Self::Visited(Visited {
                    at,
                    code: Code::parse(code).ok()?,
                    day: (*day).to_owned(),
                    visitor: (*visitor).to_owned(),
                    page: text("u")?,
                })),
                ("purchased", [purchase, source]) => Some(Self::Purchased(Purchased {
                    at,
                    purchase: (*purchase).to_owned(),
                    source: source_of(source)?,
                    pending: payload.get("w")?.as_u64()? != 0,
                    order: text("o")?,
                    friend: EntryId::parse(&text("f")?)?,
                    by,
                    minor: payload.get("m")?.as_i64()?,
                    currency: text("c")?,
                    points: points()?,
                })),
                ("adjusted", [entry, event]) => Some(Self::Adjusted(Adjusted {
                    at,
                    entry: EntryId::parse(entry)?,
                    event: (*event).to_owned(),
                    points: payload.get("n")?.as_i64()?,
                    reason: text("r")?,
                })),
                _ => None,
            }
        }
    }

    fn source_of(text: &str) -> Option<Source> {
        [Source::Browser, Source::Api].into_iter().find(|source| source.as_str() == text)
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use serde_json::json;

    use super::*;

    /// If one of these changes, the facts in every store are lost: add a new form beside the old one.
    #[test]
    fn stored_facts_are_what_they_always_were() {
        let at = Timestamp::from_millis(1_700_000_000_000);
        let entry = EntryId::parse("4528decec338e032675ca51a24054b91").unwrap();
        let code = Code::parse("REF-XYZ789").unwrap();
        let points = Points { advocate: 10, friend: 5 };
        for (fact, id, payload) in [
            (
                Fact::Joined(Joined { at, entry: entry.clone(), code: code.clone(), by: None, points }),
                "joined/4528decec338e032675ca51a24054b91",
                json!({"t": 1_700_000_000_000_i64, "c": "REF-XYZ789", "p": [10, 5]}),
            ),
            (
                Fact::Joined(Joined {
                    at,
                    entry: entry.clone(),
                    code: code.clone(),
                    by: Code::parse("ann").ok(),
                    points,
                }),
                "joined/4528decec338e032675ca51a24054b91",
                json!({"t": 1_700_000_000_000_i64, "c": "REF-XYZ789", "p": [10, 5], "b": "ANN"}),
            ),
            (
                Fact::Bound(Bound { at, friend: entry.clone(), code: code.clone() }),
                "bound/4528decec338e032675ca51a24054b91/REF-XYZ789/2023-11-14",
                json!({"t": 1_700_000_000_000_i64}),
            ),
            (
                Fact::Visited(Visited {
                    at,
                    code,
                    day: at.day(),
                    visitor: "v1".into(),
                    page: "https://shop.example/".into(),
                }),
                "visited/REF-XYZ789/2023-11-14/v1",
                json!({"t": 1_700_000_000_000_i64, "u": "https://shop.example/"}),
            ),
            (
                Fact::Purchased(Purchased {
                    at,
                    purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
                    source: Source::Browser,
                    pending: false,
                    order: "#1001".into(),
                    friend: entry.clone(),
                    by: Code::parse("ann").ok(),
                    minor: 7_999,
                    currency: "USD".into(),
                    points: Points { advocate: 80, friend: 0 },
                }),
                "purchased/ec4578fc5b8aa59d0cefa43bb3c78eeb/browser",
                json!({
                    "t": 1_700_000_000_000_i64, "o": "#1001", "f": "4528decec338e032675ca51a24054b91",
                    "m": 7999, "c": "USD", "p": [80, 0], "w": 0, "b": "ANN",
                }),
            ),
            (
                Fact::Adjusted(Adjusted {
                    at,
                    entry,
                    event: "import".into(),
                    points: -3,
                    reason: "Imported".into(),
                }),
                "adjusted/4528decec338e032675ca51a24054b91/import",
                json!({"t": 1_700_000_000_000_i64, "n": -3, "r": "Imported"}),
            ),
        ] {
            assert_eq!(fact.id(), id);
            assert_eq!(fact.payload(), payload, "{id}");
            assert_eq!(Fact::read(id, &payload), Some(fact), "{id}");
        }
    }

    #[test]
    fn what_is_no_fact_is_not_read() {
        let payload = json!({"t": 1});
        for id in
            ["", "joined", "joined/x", "bound/4528decec338e032675ca51a24054b91", "future/1/2", "visited/A/b"]
        {
            assert_eq!(Fact::read(id, &payload), None, "{id}");
        }
    }

    #[test]
    fn the_largest_payload_fits_the_metadata_of_a_key() {
        for order in ["\"𝕏".repeat(100), "𝕏".repeat(200)] {
            assert!(crate::text::ORDER_ID.check(&order).is_ok());
            let fact = Fact::Purchased(Purchased {
                at: Timestamp::from_millis(1_700_000_000_000),
                purchase: "ec4578fc5b8aa59d0cefa43bb3c78eeb".into(),
                source: Source::Browser,
                pending: true,
                order,
                friend: EntryId::parse("4528decec338e032675ca51a24054b91").unwrap(),
                by: Code::parse(&"A".repeat(64)).ok(),
                minor: i64::MAX,
                currency: "USD".into(),
                points: Points { advocate: u32::MAX, friend: u32::MAX },
            });
            assert!(fact.payload().to_string().len() <= 1_024);
        }
        for path in ["\"".repeat(2_000), "\\".repeat(2_000), "𝕏".repeat(2_000)] {
            let url = ["https://shop.example/", &path].concat();
            assert!(crate::text::URL.check(&url).is_ok());
            let fact = Fact::Visited(Visited {
                at: Timestamp::from_millis(1_700_000_000_000),
                code: Code::parse("A").unwrap(),
                day: ANY_DAY.into(),
                visitor: "v1".into(),
                page: crate::text::page(&url),
            });
            assert!(fact.payload().to_string().len() <= 1_024);
        }
    }
}
