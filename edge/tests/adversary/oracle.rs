//! Whether all is well once the last write has spread: nothing that was answered 2xx is missing, nothing is there that nobody did,
//! every place says the same, and it is what a sheet of paper says.
//!
//! Two things are the design's own, and are known here as narrowly as they can be:
//! * What two places were told at once, both hold; whose friend it is, the fold decides, everywhere alike. So an advocate may get the
//!   credit whose code was sent before the first that was kept could be seen everywhere, and nobody else.
//! * What a place has not seen for at most [`STALE`] it may take for unknown: a code (404), an entry or an order (404), a friend
//!   (an order of a stranger's, of whom nothing is kept), an erasure. From then on, never. How often that happened is counted.

use std::collections::{BTreeMap, BTreeSet};

use domain::fact::Source;
use domain::{Timestamp, id};
use serde_json::Value;

use crate::change::OVER;
use crate::deed::{By, Changed, Deed, Happening, Try, binding};
use crate::model::{FOUNDERS, Item, Paper, Rates, Rules, Standing, entry_of, phones_of, who_is};
use crate::places::{CONTEST, NAMES, Over, SECRET, World};
use crate::simulator::STALE;

/// What was allowed because a place had not seen something yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// Codes that were given out and not found.
    pub codes: u32,
    /// Orders of friends that were taken for strangers', and are not kept.
    pub orders: u32,
    /// Erased people whose name was written again by a signup that did not see them, until the chores were done.
    pub people: u32,
    /// Was somebody not found by their new name until the night?
    pub names: u32,
}

/// What the places say at the end.
pub struct Seen {
    places: Vec<Said>,
    /// By entry: every grant.
    pub why: BTreeMap<String, Value>,
}

/// What one place says.
#[derive(PartialEq)]
struct Said {
    /// All participants.
    entries: Value,
    /// Those who hold a place.
    board: Value,
    analytics: Value,
    /// Each participant's own numbers.
    stats: Vec<Value>,
}

pub async fn look<O: Over>(world: &World) -> Seen {
    let mut places = Vec::new();
    let mut why = BTreeMap::new();
    let contest = format!("/api/v1/contests/{CONTEST}");
    for place in 0..world.places() {
        let read = async |path: String| {
            let answer = world.owner::<O>(place, &path, ("GET", &path), &Value::Null).await.unwrap();
            if answer.status == 200 { answer.body["data"].clone() } else { answer.body }
        };
        let entries = read(format!("{contest}/entries?limit=100")).await;
        let mut stats = Vec::new();
        for shown in entries.as_array().into_iter().flatten() {
            let (entry, code) = (text(&shown["id"]), text(&shown["referralCode"]));
            stats.push(read(format!("/api/referral/stats?code={code}&contestId={CONTEST}")).await);
            if place == 0 {
                let grants = read(format!("/api/v1/entries/{entry}/why")).await;
                why.insert(entry, grants["grants"].clone());
            }
        }
        let board = read(format!("{contest}/leaderboard?limit=100")).await;
        let analytics = read(format!("{contest}/analytics")).await;
        places.push(Said { entries, board, analytics, stats });
    }
    Seen { places, why }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub struct Oracle<'a> {
    pub happenings: &'a [Happening],
    /// What the owner changed meanwhile.
    pub changed: Option<Changed>,
    /// What each thing earned the advocate and the friend, by the ledger.
    pub earned: BTreeMap<Item, [Option<i64>; 2]>,
    pub rules: Rules,
    /// Whose a code is.
    pub codes: BTreeMap<String, String>,
    /// The ids of the facts that are kept.
    pub facts: BTreeSet<String>,
    faults: Vec<String>,
    late: Late,
}

/// What is wrong, in words; else what was late.
pub fn judge(
    world: &World,
    happenings: &[Happening],
    changed: Option<Changed>,
    rules: Rules,
    seen: &Seen,
) -> Result<Late, Vec<String>> {
    let prefix = format!("fact/{CONTEST}/");
    let facts = world.store().newest(&prefix).into_iter();
    let facts = facts.filter_map(|(name, _)| Some(name.strip_prefix(&prefix)?.to_owned())).collect();
    let mut codes = BTreeMap::new();
    let of_codes = format!("code/{CONTEST}/");
    for (name, stored) in world.store().newest(&of_codes) {
        let owner: Value = serde_json::from_str(&stored.value).unwrap();
        let owner = who_is(&text(&owner["entry"])).unwrap_or_default();
        codes.insert(name.trim_start_matches(&of_codes).to_owned(), owner.to_owned());
    }
    let mut oracle = Oracle {
        happenings,
        changed,
        earned: BTreeMap::new(),
        rules,
        codes,
        facts,
        faults: Vec::new(),
        late: Late::default(),
    };
    oracle.what_was_answered();
    let paper = oracle.what_is_kept();
    oracle.what_is_known_of_the_erased(world, &paper);
    oracle.what_was_told(world);
    oracle.places_agree(seen);
    oracle.paper_agrees(seen, &paper);
    if oracle.faults.is_empty() { Ok(oracle.late) } else { Err(oracle.faults) }
}

/// The id of the fact that something happened.
pub fn fact_of(deed: &Deed) -> String {
    let purchase = |order: &str| id::purchase_id(SECRET, CONTEST, order);
    match deed {
        Deed::Visit { code, visitor, at } => {
            format!("visited/{code}/{}/{visitor}", Timestamp::from_millis(*at).day())
        }
        // That they are called otherwise, no fact says; that they take part, this one.
        Deed::SignUp { who, .. } | Deed::Rename { who } => format!("joined/{}", entry_of(who).as_str()),
        Deed::Buy { order, source, .. } => format!("purchased/{}/{}", purchase(order), source.as_str()),
        Deed::GiveBack { order, source, cause, cents } => {
            let number = if *source == Source::Stripe { format!("pi_{order}") } else { order.clone() };
            format!("refunded/{}/{}/{cause}/{cents}", purchase(&number), source.as_str())
        }
        Deed::Dispute { order, stage, .. } => {
            format!("disputed/{}/dp_{order}/{}", purchase(&format!("pi_{order}")), stage.as_str())
        }
        Deed::Bring { who, .. } => format!("adjusted/{}/import", entry_of(who).as_str()),
        Deed::Give { who, event, .. } => format!("adjusted/{}/api-{event}", entry_of(who).as_str()),
        Deed::Complete { who, action, .. } => format!("bonus/{}/{action}", entry_of(who).as_str()),
        Deed::Disqualify { who, event, .. } => {
            format!("state/{}/disqualified/{event}", entry_of(who).as_str())
        }
        Deed::Erase { who } => format!("state/{}/erased/once", entry_of(who).as_str()),
    }
}

/// The id of the fact that says which order Stripe's payment is of.
fn link_of(order: &str) -> String {
    let purchase = |order: &str| id::purchase_id(SECRET, CONTEST, order);
    format!("linked/{}/{}", purchase(&format!("pi_{order}")), purchase(order))
}

impl Oracle<'_> {
    pub fn fault(&mut self, what: String) {
        if !self.faults.contains(&what) {
            self.faults.push(what);
        }
    }

    /// What somebody did that may bind them, with the code in the call.
    pub fn of<'a>(&'a self, who: &'a str) -> impl Iterator<Item = (&'a Happening, Option<&'a str>)> {
        self.happenings.iter().filter_map(move |happening| {
            let (by, code) = binding(&happening.deed)?;
            (by == who).then_some((happening, code))
        })
    }

    /// When it was first said that somebody is known, as a participant or as a friend.
    pub fn known_at(&self, who: &str) -> Option<u64> {
        self.of(who).filter_map(|(happening, _)| happening.kept_at()).min()
    }

    fn joined_at(&self, who: &str) -> Option<u64> {
        let joined =
            |happening: &&Happening| matches!(&happening.deed, Deed::SignUp { who: by, .. } if by == who);
        self.happenings.iter().filter(joined).filter_map(Happening::kept_at).min()
    }

    fn is_erased_before(&self, who: &str, moment: u64) -> bool {
        self.happenings.iter().any(|happening| {
            matches!(&happening.deed, Deed::Erase { who: erased } if erased == who)
                && happening.began().is_some_and(|began| began < moment)
        })
    }

    /// Every answer is one that may be given.
    fn what_was_answered(&mut self) {
        for happening in self.happenings {
            for tried in &happening.tries {
                let Some(answer) = tried.answer.as_ref() else { continue };
                let is_allowed = match answer.status {
                    ..300 if answer.is_nothing() => self.may_be_nobody(&happening.deed, tried),
                    ..300 if matches!(happening.deed, Deed::Bring { .. }) => {
                        self.may_be_new(&happening.deed, tried)
                    }
                    ..300 => !self.is_over(tried) || self.was_there(&happening.deed, tried),
                    403 => self.may_be_over(&happening.deed, tried),
                    429 | 503 => true,
                    404 => self.may_be_unknown(&happening.deed, tried, &text(&answer.body["error"])),
                    410 => match &happening.deed {
                        Deed::SignUp { who, .. }
                        | Deed::Give { who, .. }
                        | Deed::Bring { who, .. }
                        | Deed::Complete { who, .. }
                        | Deed::Rename { who }
                        | Deed::Disqualify { who, .. } => self.is_erased_before(who, tried.ended),
                        _ => false,
                    },
                    _ => false,
                };
                if !is_allowed {
                    self.fault(format!(
                        "{:?}, begun at {} ms, was answered {} {}",
                        happening.deed, tried.began, answer.status, answer.body
                    ));
                }
            }
        }
    }

    /// Nothing is kept of a stranger, of an erased person, and of somebody who was not seen yet.
    fn may_be_nobody(&mut self, deed: &Deed, tried: &Try) -> bool {
        if tried.answer.as_ref().is_some_and(|answer| answer.body["data"]["ignored"] == OVER) {
            return self.may_be_over(deed, tried);
        }
        if let Deed::SignUp { who, by: By::Shop, .. } = deed {
            return self.is_erased_before(who, tried.ended);
        }
        // Who is a participant brings nothing along.
        if let Deed::Bring { who, .. } = deed {
            let joins = |h: &Happening| matches!(&h.deed, Deed::SignUp { who: by, .. } if by == who);
            let may_be = |h: &Happening| joins(h) && h.began().is_some_and(|began| began < tried.ended);
            return self.happenings.iter().any(may_be);
        }
        let Deed::Buy { who, code, .. } = deed else { return false };
        if self.is_erased_before(who, tried.ended) {
            return true;
        }
        let known = self.known_at(who);
        let was_known = known.is_some_and(|at| at <= tried.began);
        let code_is_unknown = code.as_deref().is_none_or(|code| self.may_not_see(code, tried));
        if was_known {
            self.late.orders += 1;
        }
        known.is_none_or(|at| at + STALE > tried.began) && code_is_unknown
    }

    /// Points are brought along by somebody who was not seen to be a participant already.
    fn may_be_new(&self, deed: &Deed, tried: &Try) -> bool {
        let Deed::Bring { who, .. } = deed else { return true };
        self.joined_at(who).is_none_or(|at| at + STALE > tried.began)
    }

    /// Whose code it is was not seen yet, or is seen no more.
    pub fn may_not_see(&self, code: &str, tried: &Try) -> bool {
        let Some(owner) = self.codes.get(code) else { return true };
        // Those who were there before have spread when the story begins.
        let given = if FOUNDERS.contains(&owner.as_str()) { Some(0) } else { self.joined_at(owner) };
        given.is_none_or(|given| given + STALE > tried.began) || self.is_erased_before(owner, tried.ended)
    }

    fn may_be_unknown(&mut self, deed: &Deed, tried: &Try, error: &str) -> bool {
        match (error, deed) {
            (
                "Referral code not found",
                Deed::Visit { code, .. }
                | Deed::SignUp { code: Some(code), .. }
                | Deed::Buy { code: Some(code), .. },
            ) => {
                self.late.codes += u32::from(self.codes.contains_key(code));
                self.may_not_see(code, tried)
            }
            ("Entry not found", Deed::Buy { who, .. }) => {
                self.is_erased_before(who, tried.ended)
                    || self.known_at(who).is_none_or(|at| at + STALE > tried.began)
            }
            (
                "Entry not found",
                Deed::Give { who, .. }
                | Deed::Complete { who, .. }
                | Deed::Disqualify { who, .. }
                | Deed::Rename { who }
                | Deed::Erase { who },
            ) => self.joined_at(who).is_none_or(|at| at + STALE > tried.began),
            ("Purchase not found", Deed::GiveBack { order, .. }) => {
                let reports = self.happenings.iter().filter(
                    |happening| matches!(&happening.deed, Deed::Buy { order: bought, .. } if bought == order),
                );
                let known = reports.filter_map(Happening::kept_at).min();
                known.is_none_or(|at| at + STALE > tried.began)
            }
            _ => false,
        }
    }

    /// Everything that was answered 2xx is there, and nothing else is but what may be; gives what did happen, on paper.
    fn what_is_kept(&mut self) -> Paper {
        let mut may_be = BTreeSet::new();
        let mut paper = Paper::default();
        for who in FOUNDERS {
            let deed = Deed::SignUp { who: who.to_owned(), code: None, by: By::Form };
            may_be.insert(fact_of(&deed));
            paper.happens(&deed, false);
        }
        for happening in self.happenings {
            let deed = &happening.deed;
            let fact = fact_of(deed);
            let is_there = self.facts.contains(&fact);
            if happening.is_kept() && !is_there && !self.said_better(deed) {
                self.fault(format!("{deed:?} was answered 2xx and is missing"));
            }
            if let Deed::Bring { who, .. } = deed
                && !is_there
                && self.is_only_brought(who)
            {
                self.fault(format!("{who} was brought along, and their points were not"));
            }
            if happening.may_be_kept() && !matches!(deed, Deed::Rename { .. }) {
                may_be.insert(fact);
            }
            if let (Some((who, Some(code))), true) = (binding(deed), happening.may_be_kept()) {
                may_be.insert(format!("bound/{}/{code}", entry_of(who).as_str()));
            }
            if let (Deed::Buy { order, source: Source::Stripe, .. }, true) = (deed, happening.may_be_kept()) {
                may_be.insert(link_of(order));
            }
            let is_linked = match deed {
                Deed::GiveBack { order, .. } | Deed::Dispute { order, .. } => {
                    self.facts.contains(&link_of(order))
                }
                _ => false,
            };
            if is_there {
                paper.happens(deed, is_linked);
            }
        }
        for fact in self.facts.clone() {
            let known =
                if fact.starts_with("bound/") { fact.rsplit_once('/').map_or("", |f| f.0) } else { &fact };
            if !may_be.contains(known) {
                self.fault(format!("{fact} is kept, and nobody did that"));
            }
        }
        paper
    }

    /// Was somebody brought along, and did never sign up?
    fn is_only_brought(&self, who: &str) -> bool {
        let joins = self.happenings.iter().filter_map(|happening| match &happening.deed {
            Deed::SignUp { who: by, by: how, .. } if by == who => Some((happening, *how == By::Import)),
            _ => None,
        });
        let mut is_kept = false;
        for (happening, is_import) in joins {
            if !is_import && happening.may_be_kept() {
                return false;
            }
            is_kept |= happening.is_kept();
        }
        is_kept
    }

    /// Of an order that somebody reported who is trusted further, nothing more is kept.
    pub fn said_better(&self, deed: &Deed) -> bool {
        let Deed::Buy { order, source, .. } = deed else { return false };
        let purchase = id::purchase_id(SECRET, CONTEST, order);
        let better = Source::ALL.into_iter().filter(|other| other > source);
        better
            .map(|source| format!("purchased/{purchase}/{}", source.as_str()))
            .any(|fact| self.facts.contains(&fact))
    }

    /// Their name is gone, also where a signup had written it again that did not see the erasure: the chores were done since.
    fn what_is_known_of_the_erased(&mut self, world: &World, paper: &Paper) {
        for who in paper.erased() {
            let of = |what: &str| format!("{what}/{CONTEST}/{}", entry_of(who).as_str());
            // An erasure may have been cut off and never have come again.
            let is_done = self.happenings.iter().any(|happening| {
                matches!(&happening.deed, Deed::Erase { who: by } if by == who) && happening.is_kept()
            });
            let directory = world.store().newest(&format!("snapshot/{CONTEST}/directory"));
            if is_done && directory.iter().any(|(_, stored)| stored.value.contains(entry_of(who).as_str())) {
                self.fault(format!("{who} is erased, and the directory says what they were called"));
            }
            for what in ["person", "reason"] {
                if is_done && !world.store().newest(&of(what)).is_empty() {
                    self.fault(format!("{who} is erased, and their {what} is kept"));
                }
            }
        }
    }

    fn places_agree(&mut self, seen: &Seen) {
        let first = &seen.places[0];
        for (place, said) in seen.places.iter().enumerate() {
            for (what, here, there) in [
                ("entries", &said.entries, &first.entries),
                ("leaderboard", &said.board, &first.board),
                ("analytics", &said.analytics, &first.analytics),
            ] {
                if here != there {
                    self.fault(format!(
                        "{what}: {} says {here}, and {} says {there}",
                        NAMES[place], NAMES[0]
                    ));
                }
            }
            if said.stats != first.stats {
                self.fault(format!("stats: {} does not say what {} says", NAMES[place], NAMES[0]));
            }
        }
    }

    fn paper_agrees(&mut self, seen: &Seen, paper: &Paper) {
        let credits = self.credits(seen, paper);
        let rates = self.rates(paper);
        let rates = |item: &Item| rates.get(item).copied().unwrap_or(Rates::BEFORE);
        let expected = paper.standings(self.rules, |item| credits.get(item).cloned(), rates, &self.codes);
        let Said { entries, board, stats, .. } = &seen.places[0];
        let mut found = BTreeMap::new();
        for (shown, stats) in entries.as_array().into_iter().flatten().zip(stats) {
            let number = |name: &str| stats[name].as_i64().unwrap_or(-1);
            let standing = Standing {
                points: shown["points"].as_i64().unwrap_or(i64::MIN),
                signups: number("signups"),
                purchases: number("purchases"),
                visits: number("visits"),
                is_disqualified: shown["disqualified"] == true,
            };
            let who = who_is(&text(&shown["id"])).unwrap_or_default();
            let is_theirs = match phones_of(who) {
                Some(phones) => shown["email"].is_null() && phones.contains(&&*text(&shown["phone"])),
                None => text(&shown["email"]) == format!("{who}@x.example"),
            };
            if !is_theirs {
                self.fault(format!("{who} is {shown}"));
            }
            found.insert(who.to_owned(), standing);
        }
        for who in expected.keys().chain(found.keys()).cloned().collect::<BTreeSet<_>>() {
            let (paper, ledger) = (expected.get(&who), found.get(&who));
            if paper != ledger {
                self.fault(format!("{who}: the ledger says {ledger:?}, the paper {paper:?}"));
            }
        }
        let points = |leader: &Value| leader["points"].as_i64().unwrap_or_default();
        let leaders = board.as_array().map(Vec::as_slice).unwrap_or_default();
        if !leaders.is_sorted_by_key(|leader| -points(leader)) {
            self.fault(format!("the board is not in order: {board}"));
        }
        let may_lead = expected.iter().filter(|(_, standing)| !standing.is_disqualified);
        let may_lead: BTreeMap<_, _> =
            may_lead.map(|(who, standing)| (who.clone(), standing.points)).collect();
        let named = |leader: &Value| who_is(&text(&leader["id"])).unwrap_or_default().to_owned();
        let lead: BTreeMap<_, _> = leaders.iter().map(|leader| (named(leader), points(leader))).collect();
        if lead != may_lead {
            self.fault(format!("on the board are {lead:?}, on paper {may_lead:?}"));
        }
    }
}
