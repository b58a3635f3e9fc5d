//! The stored form: the id, and beside it a payload of at most 1,024 bytes of JSON with what the
//! id does not say. Names are short because every byte is stored and listed a million times.

use serde::Serialize;
use serde_json::Value;

use super::{
    Adjusted, Bonus, Bound, Disputed, Fact, Joined, Linked, Purchased, Refunded, Source, Stage, State,
    StateKind, Visited, WHOLE,
};
use crate::json;
use crate::points::Points;
use crate::trust::Doubts;
use crate::{Code, EntryId, Timestamp};

/// Its names are in the order of the alphabet, as they always were: digests and snapshots of facts follow from the text.
#[derive(Default, Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    f: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    g: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    l: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    o: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<[u32; 2]>,
    t: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    u: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    w: Option<u16>,
}

impl Fact {
    /// What is stored beside the id, as JSON.
    pub fn payload(&self) -> String {
        let points = |p: &Points| Some([p.advocate, p.friend]);
        let doubts = Some(self.doubts()).filter(|doubts| *doubts != Doubts::NONE).map(Doubts::bits);
        let every = Payload { t: self.at(), d: doubts, ..Payload::default() };
        let payload = match self {
            Self::Joined(f) => Payload {
                c: Some(f.code.as_str()),
                p: points(&f.points),
                b: f.by.as_ref().map(Code::as_str),
                l: f.cap,
                ..every
            },
            Self::Visited(f) => Payload { u: Some(&f.page), ..every },
            Self::Purchased(f) => Payload {
                o: Some(&f.order),
                f: Some(f.friend.as_str()),
                m: Some(f.minor),
                g: f.charged,
                c: Some(&f.currency),
                p: points(&f.points),
                b: f.by.as_ref().map(Code::as_str),
                l: f.cap,
                // Beside the longest order there is no room for another name.
                w: Some(u16::from(f.doubts.bits()) << 1 | u16::from(f.pending)),
                d: None,
                ..every
            },
            Self::Refunded(f) => Payload { c: Some(&f.currency), ..every },
            Self::Bonus(f) => Payload { n: Some(f.points.into()), ..every },
            Self::Adjusted(f) => Payload { n: Some(f.points), ..every },
            Self::State(f) => Payload { w: Some(f.on.into()), ..every },
            Self::Bound(_) | Self::Disputed(_) | Self::Linked(_) => every,
        };
        json::text(&payload)
    }

    /// Reads a stored fact; `None` for what is none, or was written by a later version.
    pub fn read(id: &str, payload: &Value) -> Option<Self> {
        let at = Timestamp::from_millis(payload.get("t")?.as_i64()?);
        let text = |name| payload.get(name)?.as_str().map(str::to_owned);
        let by = text("b").and_then(|code| Code::parse(&code).ok());
        let small = |value: &Value| u32::try_from(value.as_u64()?).ok();
        let points = || {
            let share = |n| small(payload.get("p")?.get(n)?);
            Some(Points { advocate: share(0)?, friend: share(1)? })
        };
        let cap = payload.get("l").and_then(small);
        let bits = |bits: u64| u8::try_from(bits).map(Doubts::from_bits).unwrap_or_default();
        let doubts = payload.get("d").and_then(Value::as_u64).map(bits).unwrap_or_default();
        let w = || payload.get("w")?.as_u64();
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
                cap,
                doubts,
            })),
            ("bound", [friend, code, which]) => Some(Self::Bound(Bound {
                at,
                friend: EntryId::parse(friend)?,
                code: Code::parse(code).ok()?,
                doubts,
                later: !which.contains('-'),
            })),
            ("visited", [code, day, visitor]) => Some(Self::Visited(Visited {
                at,
                code: Code::parse(code).ok()?,
                day: (*day).to_owned(),
                visitor: (*visitor).to_owned(),
                page: text("u")?,
                doubts,
            })),
            ("purchased", [purchase, source]) => Some(Self::Purchased(Purchased {
                at,
                purchase: (*purchase).to_owned(),
                source: source_of(source)?,
                pending: w()? & 1 != 0,
                order: text("o")?,
                friend: EntryId::parse(&text("f")?)?,
                by,
                minor: payload.get("m")?.as_i64()?,
                charged: payload.get("g").and_then(Value::as_i64),
                currency: text("c")?,
                points: points()?,
                cap,
                doubts: bits(w()? >> 1),
            })),
            ("refunded", [purchase, source, cause, minor]) => Some(Self::Refunded(Refunded {
                at,
                purchase: (*purchase).to_owned(),
                source: source_of(source)?,
                cause: (*cause).to_owned(),
                minor: if *minor == WHOLE { None } else { Some(minor.parse().ok()?) },
                currency: text("c")?,
            })),
            ("disputed", [purchase, cause, stage]) => Some(Self::Disputed(Disputed {
                at,
                purchase: (*purchase).to_owned(),
                cause: (*cause).to_owned(),
                stage: Stage::ALL.into_iter().find(|known| known.as_str() == *stage)?,
            })),
            ("bonus", [entry, action]) => Some(Self::Bonus(Bonus {
                at,
                entry: EntryId::parse(entry)?,
                action: (*action).to_owned(),
                points: small(payload.get("n")?)?,
            })),
            ("adjusted", [entry, event]) => Some(Self::Adjusted(Adjusted {
                at,
                entry: EntryId::parse(entry)?,
                event: (*event).to_owned(),
                points: payload.get("n")?.as_i64()?,
            })),
            ("state", [entry, kind, event]) => Some(Self::State(State {
                at,
                entry: EntryId::parse(entry)?,
                kind: StateKind::ALL.into_iter().find(|known| known.as_str() == *kind)?,
                event: (*event).to_owned(),
                on: w()? != 0,
            })),
            ("linked", [alias, purchase]) => Some(Self::Linked(Linked {
                at,
                alias: (*alias).to_owned(),
                purchase: (*purchase).to_owned(),
            })),
            _ => None,
        }
    }
}

fn source_of(text: &str) -> Option<Source> {
    Source::ALL.into_iter().find(|source| source.as_str() == text)
}
