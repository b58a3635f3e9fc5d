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

use crate::deed::{Deed, Happening, Try};
use crate::model::{Item, Paper, Rules, Standing, entry_of};
use crate::places::{CONTEST, NAMES, Over, SECRET, World};
use crate::shoppers::PEOPLE;
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
}

/// What the places say at the end.
pub struct Seen {
    /// By place: the leaderboard, analytics, and each participant's own numbers.
    places: Vec<(Value, Value, Vec<Value>)>,
    /// By entry: every grant.
    why: BTreeMap<String, Value>,
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
        let board = read(format!("{contest}/leaderboard?limit=100")).await;
        let mut stats = Vec::new();
        for leader in board.as_array().into_iter().flatten() {
            let (entry, code) = (text(&leader["id"]), text(&leader["referralCode"]));
            stats.push(read(format!("/api/referral/stats?code={code}&contestId={CONTEST}")).await);
            if place == 0 {
                let grants = read(format!("/api/v1/entries/{entry}/why")).await;
                why.insert(entry, grants["grants"].clone());
            }
        }
        places.push((board, read(format!("{contest}/analytics")).await, stats));
    }
    Seen { places, why }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

struct Oracle<'a> {
    happenings: &'a [Happening],
    rules: Rules,
    /// Whose a code is.
    codes: BTreeMap<String, String>,
    /// The ids of the facts that are kept.
    facts: BTreeSet<String>,
    /// Who is called what in the ids.
    names: BTreeMap<String, String>,
    faults: Vec<String>,
    late: Late,
}

/// What is wrong, in words; else what was late.
pub fn judge(
    world: &World,
    happenings: &[Happening],
    rules: Rules,
    seen: &Seen,
) -> Result<Late, Vec<String>> {
    let prefix = format!("fact/{CONTEST}/");
    let facts = world.store().newest(&prefix).into_iter();
    let facts = facts.filter_map(|(name, _)| Some(name.strip_prefix(&prefix)?.to_owned())).collect();
    let mut codes = BTreeMap::new();
    let everybody = PEOPLE.into_iter().chain(["jane", "kim"]);
    let names: BTreeMap<_, _> =
        everybody.map(|who| (entry_of(who).as_str().to_owned(), who.to_owned())).collect();
    let of_codes = format!("code/{CONTEST}/");
    for (name, stored) in world.store().newest(&of_codes) {
        let owner: Value = serde_json::from_str(&stored.value).unwrap();
        let owner = names.get(&text(&owner["entry"])).cloned().unwrap_or_default();
        codes.insert(name.trim_start_matches(&of_codes).to_owned(), owner);
    }
    let mut oracle =
        Oracle { happenings, rules, codes, facts, names, faults: Vec::new(), late: Late::default() };
    oracle.what_was_answered();
    let paper = oracle.what_is_kept();
    oracle.what_is_known_of_the_erased(world, &paper);
    oracle.places_agree(seen);
    oracle.paper_agrees(seen, &paper);
    if oracle.faults.is_empty() { Ok(oracle.late) } else { Err(oracle.faults) }
}

/// The id of the fact that something happened.
fn fact_of(deed: &Deed) -> String {
    let purchase = |order: &str| id::purchase_id(SECRET, CONTEST, order);
    match deed {
        Deed::Visit { code, visitor, at } => {
            format!("visited/{code}/{}/{visitor}", Timestamp::from_millis(*at).day())
        }
        Deed::SignUp { who, .. } => format!("joined/{}", entry_of(who).as_str()),
        Deed::Buy { order, source, .. } => format!("purchased/{}/{}", purchase(order), source.as_str()),
        Deed::GiveBack { order, source, cause, cents } => {
            let number = if *source == Source::Stripe { format!("pi_{order}") } else { order.clone() };
            format!("refunded/{}/{}/{cause}/{cents}", purchase(&number), source.as_str())
        }
        Deed::Dispute { order, stage, .. } => {
            format!("disputed/{}/dp_{order}/{}", purchase(&format!("pi_{order}")), stage.as_str())
        }
        Deed::Give { who, event, .. } => format!("adjusted/{}/api-{event}", entry_of(who).as_str()),
        Deed::Erase { who } => format!("state/{}/erased/once", entry_of(who).as_str()),
    }
}

/// The id of the fact that says which order Stripe's payment is of.
fn link_of(order: &str) -> String {
    let purchase = |order: &str| id::purchase_id(SECRET, CONTEST, order);
    format!("linked/{}/{}", purchase(&format!("pi_{order}")), purchase(order))
}

/// Whose deed it is, and with which code, if it may bind somebody.
fn binding(deed: &Deed) -> Option<(&str, Option<&str>)> {
    match deed {
        Deed::SignUp { who, code } | Deed::Buy { who, code, .. } => Some((who, code.as_deref())),
        _ => None,
    }
}

impl Oracle<'_> {
    fn fault(&mut self, what: String) {
        if !self.faults.contains(&what) {
            self.faults.push(what);
        }
    }

    /// What somebody did that may bind them, with the code in the call.
    fn of<'a>(&'a self, who: &'a str) -> impl Iterator<Item = (&'a Happening, Option<&'a str>)> {
        self.happenings.iter().filter_map(move |happening| {
            let (by, code) = binding(&happening.deed)?;
            (by == who).then_some((happening, code))
        })
    }

    /// When it was first said that somebody is known, as a participant or as a friend.
    fn known_at(&self, who: &str) -> Option<u64> {
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
                    ..300 | 429 | 503 => true,
                    404 => self.may_be_unknown(&happening.deed, tried, &text(&answer.body["error"])),
                    410 => match &happening.deed {
                        Deed::SignUp { who, .. } | Deed::Give { who, .. } => {
                            self.is_erased_before(who, tried.ended)
                        }
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

    /// Whose code it is was not seen yet, or is seen no more.
    fn may_not_see(&self, code: &str, tried: &Try) -> bool {
        let Some(owner) = self.codes.get(code) else { return true };
        // Those who were there before have spread when the story begins.
        let given = if ["jane", "kim"].contains(&owner.as_str()) { Some(0) } else { self.joined_at(owner) };
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
                self.late.codes += 1;
                self.may_not_see(code, tried)
            }
            ("Entry not found", Deed::Buy { who, .. }) => {
                self.is_erased_before(who, tried.ended)
                    || self.known_at(who).is_none_or(|at| at + STALE > tried.began)
            }
            ("Entry not found", Deed::Give { who, .. } | Deed::Erase { who }) => {
                self.joined_at(who).is_none_or(|at| at + STALE > tried.began)
            }
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
        for who in ["jane", "kim"] {
            let deed = Deed::SignUp { who: who.to_owned(), code: None };
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
            if happening.may_be_kept() {
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

    /// Of an order that somebody reported who is trusted further, nothing more is kept.
    fn said_better(&self, deed: &Deed) -> bool {
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
            let place = format!("person/{CONTEST}/{}", entry_of(who).as_str());
            // An erasure may have been cut off and never have come again.
            let is_done = self.happenings.iter().any(|happening| {
                matches!(&happening.deed, Deed::Erase { who: by } if by == who) && happening.is_kept()
            });
            if is_done && !world.store().newest(&place).is_empty() {
                self.fault(format!("{who} is erased, and their name is kept"));
            }
        }
    }

    fn places_agree(&mut self, seen: &Seen) {
        for (place, said) in seen.places.iter().enumerate() {
            for (what, here, there) in
                [("leaderboard", &said.0, &seen.places[0].0), ("analytics", &said.1, &seen.places[0].1)]
            {
                if here != there {
                    self.fault(format!(
                        "{what}: {} says {here}, and {} says {there}",
                        NAMES[place], NAMES[0]
                    ));
                }
            }
            if said.2 != seen.places[0].2 {
                self.fault(format!("stats: {} does not say what {} says", NAMES[place], NAMES[0]));
            }
        }
    }

    fn paper_agrees(&mut self, seen: &Seen, paper: &Paper) {
        let credits = self.credits(seen, paper);
        let expected = paper.standings(self.rules, |item| credits.get(item).cloned(), &self.codes);
        let (board, _, stats) = &seen.places[0];
        let mut found = BTreeMap::new();
        for (leader, stats) in board.as_array().into_iter().flatten().zip(stats) {
            let number = |name: &str| stats[name].as_i64().unwrap_or(-1);
            let standing = Standing {
                points: leader["points"].as_i64().unwrap_or(i64::MIN),
                signups: number("signups"),
                purchases: number("purchases"),
                visits: number("visits"),
            };
            let who = self.names.get(&text(&leader["id"])).cloned().unwrap_or_default();
            if text(&leader["email"]) != format!("{who}@x.example") {
                self.fault(format!("{who} is on the board, and their address is {}", leader["email"]));
            }
            found.insert(who, standing);
        }
        for who in expected.keys().chain(found.keys()).cloned().collect::<BTreeSet<_>>() {
            let (paper, ledger) = (expected.get(&who), found.get(&who));
            if paper != ledger {
                self.fault(format!("{who}: the ledger says {ledger:?}, the paper {paper:?}"));
            }
        }
        let points = |leader: &Value| -leader["points"].as_i64().unwrap_or_default();
        if !board.as_array().is_some_and(|board| board.is_sorted_by_key(points)) {
            self.fault(format!("the board is not in order: {board}"));
        }
    }

    /// Who got the credit for what, by the ledger; checked to be somebody who may have it, and one for all that a friend did.
    fn credits(&mut self, seen: &Seen, paper: &Paper) -> BTreeMap<Item, String> {
        let mut items: BTreeMap<String, (Item, String)> = BTreeMap::new();
        for who in paper.participants() {
            items.insert(
                format!("joined/{}", entry_of(who).as_str()),
                (Item::SignUp(who.clone()), who.clone()),
            );
        }
        for (order, buyer) in paper.orders() {
            let purchase = format!("purchased/{}", id::purchase_id(SECRET, CONTEST, order));
            items.insert(purchase, (Item::Order(order.clone()), buyer.clone()));
        }
        let mut credits: BTreeMap<Item, String> = BTreeMap::new();
        // Of whom the erased brought, nobody but the friend can tell.
        let mut referred = BTreeSet::new();
        for (entry, grants) in &seen.why {
            let advocate = self.names.get(entry).cloned().unwrap_or_default();
            for grant in grants.as_array().into_iter().flatten() {
                let fact = text(&grant["fact"]);
                let fact =
                    if fact.starts_with("purchased/") { fact.rsplit_once('/').unwrap().0 } else { &fact };
                let Some((item, _)) = items.get(fact) else { continue };
                match text(&grant["cause"]).as_str() {
                    "friendSignedUp" | "friendPurchased" => {
                        if let Some(other) = credits.insert(item.clone(), advocate.clone()) {
                            self.fault(format!("{item:?} is counted twice: for {other} and for {advocate}"));
                        }
                    }
                    "signedUpReferred" => {
                        referred.insert(item.clone());
                    }
                    _ => {}
                }
            }
        }
        for (item, friend) in items.values() {
            let (may, may_be_nobodys) = self.may_bring(friend, paper);
            let erased = may.iter().find(|advocate| paper.erased().contains(*advocate));
            match (credits.get(item), erased) {
                (Some(advocate), _) if may.contains(advocate) => {}
                (Some(advocate), _) => self.fault(format!("{item:?} is credited to {advocate}, of {may:?}")),
                (None, Some(erased)) if referred.contains(item) => {
                    credits.insert(item.clone(), erased.clone());
                }
                (None, None) if referred.contains(item) => {
                    self.fault(format!("{item:?} is credited to nobody, and says it is referred"));
                }
                (None, Some(_)) => {}
                (None, None) if may_be_nobodys || self.is_pending(item) => {}
                (None, None) => self.fault(format!("{item:?} is credited to nobody, of {may:?}")),
            }
        }
        if !self.rules.is_last {
            self.one_for_all(&items, &credits, paper);
        }
        credits
    }

    fn is_pending(&self, item: &Item) -> bool {
        let Item::Order(order) = item else { return false };
        let purchase = id::purchase_id(SECRET, CONTEST, order);
        let reports = self.facts.iter().filter(|fact| fact.starts_with(&format!("purchased/{purchase}/")));
        self.rules.is_confirmed && reports.into_iter().all(|fact| fact.ends_with("/browser"))
    }

    fn one_for_all(
        &mut self,
        items: &BTreeMap<String, (Item, String)>,
        credits: &BTreeMap<Item, String>,
        paper: &Paper,
    ) {
        let mut of: BTreeMap<&str, BTreeSet<Option<&String>>> = BTreeMap::new();
        for (item, friend) in items.values().filter(|(item, _)| !self.is_pending(item)) {
            let credit = credits.get(item);
            // The erased show nothing of what they hold.
            let is_hidden = credit.is_none()
                && self.may_bring(friend, paper).0.iter().any(|advocate| paper.erased().contains(advocate));
            if !is_hidden {
                of.entry(friend).or_default().insert(credit);
            }
        }
        let torn: Vec<String> = of
            .iter()
            .filter(|(_, credits)| credits.len() > 1)
            .map(|(friend, credits)| format!("{friend} is credited to {credits:?}"))
            .collect();
        for fault in torn {
            self.fault(fault);
        }
    }

    /// Who may have brought a friend, and whether it may have been nobody: whoever was told of before the first that was kept
    /// could be seen everywhere.
    fn may_bring(&self, friend: &str, paper: &Paper) -> (BTreeSet<String>, bool) {
        let settled = self.known_at(friend).map_or(u64::MAX, |at| at + STALE);
        let in_time = |happening: &Happening| {
            let mut tries = happening.tries.iter().filter(|tried| !tried.is_refused());
            tries.any(|tried| tried.began < settled)
        };
        let codes = self.of(friend).filter(|(happening, _)| in_time(happening)).filter_map(|(_, code)| code);
        let owners = codes.filter_map(|code| self.codes.get(code));
        let may = owners.filter(|owner| paper.participants().contains(*owner) && *owner != friend).cloned();
        let with_a_code =
            self.of(friend).filter(|(_, code)| code.is_some()).filter_map(|(h, _)| h.kept_at()).min();
        let without = self.happenings.iter().any(|happening| {
            matches!(&happening.deed, Deed::SignUp { who, code: None } if who == friend)
                && happening
                    .tries
                    .iter()
                    .any(|tried| !tried.is_refused() && with_a_code.is_none_or(|at| tried.began < at))
        });
        (may.collect(), without || with_a_code.is_none())
    }
}
