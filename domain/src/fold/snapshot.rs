//! A contest's facts in little room, so that it can be added up without reading them one by one again: all but visits are kept as
//! they are; of a visit, twelve bytes with what counts. Two of them that hold the same facts are the same text.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BinaryHeap};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::mem;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::activity::{self, Happened, LATEST};
use super::{Book, Facts, Standings, Totals, add_up, totals};
use crate::attribution::Rule;
use crate::fact::{Fact, Visited};
use crate::trust::Doubts;
use crate::{Code, Timestamp};

/// Of so many pages it is known how many visits they had; where there are more, those with the fewest are forgotten.
const PAGES: usize = 2_000;

/// So many bytes, and the rest of a line, are read at once.
const PIECE: usize = if cfg!(test) { 100 } else { 1 << 20 };

/// What counts of a visit through a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Visit {
    /// Of all that tells it from the others through the code, the beginning of a hash.
    name: [u8; 6],
    /// The day, counted from 1970, and what was doubtful.
    rest: [u8; 3],
}

/// Bytes of a visit.
const VISIT: usize = 9;

impl Visit {
    fn of(visited: &Visited) -> Self {
        let hash = Sha256::digest([&visited.day, "/", &visited.visitor].concat());
        let mut name = [0; 6];
        name.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        let [high, low] = u16::try_from(visited.at.day_number()).unwrap_or_default().to_be_bytes();
        Self { name, rest: [high, low, visited.doubts.bits()] }
    }

    fn read(bytes: &[u8; VISIT]) -> Self {
        let (name, rest) = (bytes.first_chunk(), bytes.last_chunk());
        Self { name: name.copied().unwrap_or_default(), rest: rest.copied().unwrap_or_default() }
    }

    fn day(self) -> Timestamp {
        let [high, low, _] = self.rest;
        Timestamp::from_day_number(u16::from_be_bytes([high, low]).into())
    }

    fn doubts(self) -> Doubts {
        let [_, _, doubts] = self.rest;
        Doubts::from_bits(doubts)
    }
}

/// The facts of a contest, visits only by what they come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    facts: Facts,
    /// By code, and of a code in order. (A map of its own type would cost the Worker five kilobytes.)
    visits: Vec<(Code, Vec<Visit>)>,
    /// How many visits had a page.
    pages: BTreeMap<String, i64>,
    /// The last visits, whole.
    latest: Facts,
}

/// How a fact is taken that is there already and says something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// It may be older than the one that is there: the lesser one stands, as in every set of facts.
    News,
    /// It is what is stored.
    Store,
}

impl Snapshot {
    /// Adds facts; says how many of them were not there, or said something else.
    pub fn extend(&mut self, facts: impl IntoIterator<Item = Fact>, of: Of) -> usize {
        let mut changed = 0_usize;
        self.extend_with(facts, of, |_| changed = changed.saturating_add(1));
        changed
    }

    /// Adds facts; `new` is told of those that were not there, or said something else.
    pub fn extend_with(&mut self, facts: impl IntoIterator<Item = Fact>, of: Of, mut new: impl FnMut(&Fact)) {
        let mut visits = BinaryHeap::new();
        for fact in facts {
            match fact {
                Fact::Visited(visited) => visits.push((visited.code.clone(), Visit::of(&visited), visited)),
                fact if self.facts.stands_against(&fact, of) => {}
                fact => {
                    new(&fact);
                    self.facts.replace(fact);
                }
            }
        }
        self.visit(visits.into_sorted_vec(), of, &mut new);
        self.forget();
    }

    /// Adds visits, in order.
    fn visit(&mut self, news: Vec<(Code, Visit, Visited)>, of: Of, new: &mut dyn FnMut(&Fact)) {
        let mut news = news.into_iter().peekable();
        while let Some((code, ..)) = news.peek() {
            let code = code.clone();
            let place = self.place_of(&code);
            let before = self.visits.get_mut(place).map(|(_, visits)| mem::take(visits)).unwrap_or_default();
            let mut merged: Vec<Visit> = Vec::with_capacity(before.len());
            let mut before = before.into_iter().peekable();
            while let Some((_, visit, visited)) = news.next_if(|(of, ..)| *of == code) {
                if merged.last().is_some_and(|last| last.name == visit.name) {
                    continue;
                }
                while let Some(other) = before.next_if(|known| known.name < visit.name) {
                    merged.push(other);
                }
                let known = before.next_if(|known| known.name == visit.name);
                let stands =
                    known.map_or(visit, |known| if of == Of::Store { visit } else { visit.min(known) });
                merged.push(stands);
                let fact = Fact::Visited(visited);
                if known != Some(stands) {
                    new(&fact);
                }
                if known.is_none() {
                    self.open_page(&fact);
                    self.tell_last(fact);
                } else if self.latest.get(&fact.id()).is_some() && !self.latest.stands_against(&fact, of) {
                    self.latest.replace(fact);
                }
            }
            merged.extend(before);
            merged.shrink_to_fit();
            if let Some((_, visits)) = self.visits.get_mut(place) {
                *visits = merged;
            }
        }
    }

    /// The place of a code, also of one that was not there.
    fn place_of(&mut self, code: &Code) -> usize {
        let found = self.visits.binary_search_by(|(known, _)| known.cmp(code));
        found.unwrap_or_else(|place| {
            self.visits.insert(place, (code.clone(), Vec::new()));
            place
        })
    }

    fn open_page(&mut self, fact: &Fact) {
        let Fact::Visited(Visited { page, .. }) = fact else { return };
        // A page is a line of what is stored.
        if !page.contains(char::is_control) {
            let count = self.pages.entry(page.clone()).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Of visits, no more are kept whole than are told of.
    fn tell_last(&mut self, fact: Fact) {
        let is_full = self.latest.count() >= LATEST;
        let first = |a: &&Fact, b: &&Fact| a.at().cmp(&b.at()).then_with(|| a.id().cmp(&b.id()));
        let first = self.latest.iter().min_by(first).filter(|_| is_full);
        if first.is_some_and(|first| first.at() > fact.at()) {
            return;
        }
        let first = first.map(Fact::id);
        self.latest.insert(fact);
        if let Some(first) = first {
            self.latest.0.remove(&first);
        }
    }

    /// Of pages as well.
    fn forget(&mut self) {
        let mut least = 1;
        while self.pages.len() > PAGES {
            let mut kept = BTreeMap::new();
            for (page, count) in mem::take(&mut self.pages) {
                if count > least {
                    kept.insert(page, count);
                }
            }
            self.pages = kept;
            least = least.saturating_mul(2);
        }
    }

    /// Every fact but visits.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The same, to go on with.
    pub fn into_facts(self) -> Facts {
        self.facts
    }

    /// How many facts there are.
    pub fn count(&self) -> usize {
        self.visits.iter().fold(self.facts.count(), |sum, (_, visits)| sum.saturating_add(visits.len()))
    }

    /// Adds up by a contest's rule: see [`super::standings`].
    pub fn standings(&self, rule: Rule) -> Standings {
        let mut visits = self
            .visits
            .iter()
            .flat_map(|(code, visits)| visits.iter().map(|visit| (code.as_str(), visit.doubts())));
        add_up(&Book::open(&self.facts), rule, &mut visits)
    }

    /// What the contest has brought: see [`super::totals()`].
    pub fn totals(&self, rule: Rule) -> Totals {
        let book = Book::open(&self.facts);
        let owned = self.visits.iter().filter(|(code, _)| book.owners.get(code.as_str()).is_some());
        let mut at = owned.flat_map(|(_, visits)| visits).map(|visit| visit.day());
        totals::all(&book, rule, &mut at)
    }

    /// What happened last, and the pages with the most visits: see [`super::activity()`]. Of a visit through a code that nobody
    /// has, the page counts as well.
    pub fn activity(&self) -> (Vec<Happened<'_>>, Vec<(&str, usize)>) {
        let book = Book::open(&self.facts);
        let latest = activity::latest(&book, &mut self.facts.iter().chain(self.latest.iter()));
        (
            latest,
            activity::most(
                &mut self
                    .pages
                    .iter()
                    .map(|(page, count)| (page.as_str(), usize::try_from(*count).unwrap_or_default())),
            ),
        )
    }

    /// As it is stored, behind what is there: a line for each fact, the visits of each code, and each page.
    pub fn write(&self, mut text: String) -> String {
        // Growing would take three times the room, of which a Worker has not much.
        let mut bytes = 0_usize;
        self.lines(&mut |parts| bytes = parts.iter().fold(bytes, |sum, part| sum.saturating_add(part.len())));
        text.reserve_exact(bytes);
        self.lines(&mut |parts| text.extend(parts));
        text
    }

    fn lines(&self, line: &mut dyn FnMut([&str; 5])) {
        for fact in self.facts.iter() {
            line(["f", &fact.id(), " ", &fact.payload(), "\n"]);
        }
        for (code, visits) in &self.visits {
            let bytes: Vec<u8> =
                visits.iter().flat_map(|visit| visit.name.into_iter().chain(visit.rest)).collect();
            line(["v", code.as_str(), " ", &STANDARD_NO_PAD.encode(bytes), "\n"]);
        }
        for (page, count) in &self.pages {
            line(["p", &count.to_string(), " ", page, "\n"]);
        }
        for fact in self.latest.iter() {
            line(["l", &fact.id(), " ", &fact.payload(), "\n"]);
        }
    }

    /// Reads what was written. What cannot be read, of a later version, is left out. What is read makes room for what it says.
    pub fn read(mut text: String) -> Self {
        let mut snapshot = Self::default();
        while !text.is_empty() {
            let mut read = 0_usize;
            for line in text.split('\n') {
                snapshot.read_line(line);
                read = read.saturating_add(line.len()).saturating_add(1);
                if read > PIECE {
                    break;
                }
            }
            text.drain(..read.min(text.len()));
            text.shrink_to_fit();
        }
        snapshot
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_at_checked(1)?;
        let (name, rest) = rest.split_once(' ')?;
        let fact = || Fact::read(name, &serde_json::from_str::<Value>(rest).ok()?);
        match kind {
            "f" => self.facts.insert(fact()?),
            "l" => self.latest.insert(fact()?),
            "v" => {
                let bytes = STANDARD_NO_PAD.decode(rest).ok()?;
                let (visits, _) = bytes.as_chunks::<VISIT>();
                let visits = visits.iter().map(Visit::read).collect();
                let place = self.place_of(&Code::parse(name).ok()?);
                self.visits.get_mut(place)?.1 = visits;
            }
            "p" => {
                self.pages.insert(rest.to_owned(), name.parse().ok()?);
            }
            _ => {}
        }
        Some(())
    }
}

impl Facts {
    /// Adds a fact in the place of the one that is there.
    fn replace(&mut self, fact: Fact) {
        self.0.insert(fact.id(), Box::new(fact));
    }

    /// Is that one there already, or one that stands against it?
    fn stands_against(&self, fact: &Fact, of: Of) -> bool {
        let known = self.get(&fact.id());
        known.is_some_and(|known| known == fact || (of == Of::News && known < fact))
    }
}

impl FromIterator<Fact> for Snapshot {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut snapshot = Self::default();
        snapshot.extend(facts, Of::Store);
        snapshot
    }
}
