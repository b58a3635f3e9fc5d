//! The same contest, one thing after another on one sheet of paper: no facts, no store, no fold. What it shares with the product is
//! how ids are made and what the rules say.

use std::collections::{BTreeMap, BTreeSet};

use domain::fact::{Source, Stage};
use domain::{Email, EntryId};
use serde_json::{Value, json};

use crate::deed::Deed;
use crate::places::{CONTEST, SECRET};
use crate::shoppers::PEOPLE;

pub const WEBHOOK_SECRET: &str = "site-secret";
pub const STRIPE_SECRET: &str = "whsec_live";
pub const SHOPIFY_SECRET: &str = "shpss_live";

/// Those who were there before.
pub const FOUNDERS: [&str; 2] = ["jane", "kim"];

/// Those who are brought along from elsewhere, with the codes in the links that they shared there.
pub const BROUGHT: [(&str, &str); 2] = [("ida", "OLD-IDA"), ("ben", "OLD-BEN")];

/// Who gives a telephone number and nothing else; it is compared by its digits, however it is written.
const BY_PHONE: [(&str, &[&str]); 2] = [
    ("eva", &["+12025550100", "+1 (202) 555-0100", "1-202-555-0100"]),
    ("max", &["+12025550101", "+1 202 555 01 01"]),
];

/// Of what is paid to Stripe and to Shopify, so much of a hundred is tax on top.
pub const TAX: i64 = 19;

/// What may be done for points, once each.
pub const BONUSES: [(&str, i64); 2] = [("follow", 3), ("review", 7)];

/// Somebody's telephone number, in all the ways that they write it, if they are known by it.
pub fn phones_of(who: &str) -> Option<&'static [&'static str]> {
    BY_PHONE.iter().find(|(by, _)| *by == who).map(|(_, phones)| *phones)
}

pub fn entry_of(who: &str) -> EntryId {
    match phones_of(who) {
        Some(phones) => EntryId::of_phone(SECRET, CONTEST, phones[0]),
        None => EntryId::of(SECRET, CONTEST, &Email::parse(&format!("{who}@x.example")).unwrap()),
    }
}

pub fn everybody() -> impl Iterator<Item = &'static str> {
    PEOPLE.into_iter().chain(FOUNDERS).chain(BROUGHT.map(|(who, _)| who))
}

/// Who is called what in the ids.
pub fn who_is(entry: &str) -> Option<&'static str> {
    thread_local! {
        static NAMES: BTreeMap<String, &'static str> =
            everybody().map(|who| (entry_of(who).as_str().to_owned(), who)).collect();
    }
    NAMES.with(|names| names.get(entry).copied())
}

/// A contest's settings.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub is_confirmed: bool,
    pub is_last: bool,
    pub cap: Option<i64>,
}

/// What is earned by the advocate and by the friend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// For a signup.
    pub signup: (i64, i64),
    /// For so many cents of an order, a point, rounded half up.
    pub cents: (i64, i64),
}

impl Rates {
    pub const BEFORE: Self = Self { signup: (10, 5), cents: (100, 200) };
    pub const AFTER: Self = Self { signup: (20, 8), cents: (50, 100) };

    /// What an order earns.
    pub fn of_order(self, cents: i64) -> (i64, i64) {
        (half_up(cents, self.cents.0), half_up(cents, self.cents.1))
    }

    pub fn points(self) -> Value {
        let (signup, per_unit) =
            (self.signup, |cents: i64| json!(100.0 / f64::from(i32::try_from(cents).unwrap())));
        json!({
            "signup": {"advocate": signup.0, "friend": signup.1},
            "purchase": {"perUnit": {"advocate": per_unit(self.cents.0), "friend": per_unit(self.cents.1)}},
        })
    }
}

impl Rules {
    pub fn of(rng: &mut fastrand::Rng) -> Self {
        let cap = (rng.u8(..3) == 0).then(|| rng.i64(5..150));
        Self { is_confirmed: rng.u8(..3) == 0, is_last: rng.u8(..4) == 0, cap }
    }

    pub fn attribution(self) -> &'static str {
        if self.is_last { "last" } else { "first" }
    }

    pub fn settings(self) -> Value {
        json!({
            "points": Rates::BEFORE.points(),
            "purchaseTrust": if self.is_confirmed { "confirmed" } else { "browser" },
            "attribution": self.attribution(),
            "caps": {"perAdvocatePerDay": self.cap},
            "bonusActions": BONUSES.map(|(id, points)| json!({"id": id, "action": id, "points": points})),
            "webhookSecret": WEBHOOK_SECRET, "stripe": {"signingSecrets": [STRIPE_SECRET]},
            "shopify": {"secret": SHOPIFY_SECRET},
        })
    }
}

/// What a friend did that an advocate may get credit for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    SignUp(String),
    Order(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub points: i64,
    pub signups: i64,
    pub purchases: i64,
    pub visits: i64,
    pub is_disqualified: bool,
}

#[derive(Default)]
struct Order {
    buyer: String,
    /// What each source says it cost, in cents without tax.
    reports: BTreeMap<Source, i64>,
    given_back: BTreeMap<(Source, String), i64>,
    stages: BTreeSet<Stage>,
}

/// The sheet of paper.
#[derive(Default)]
pub struct Paper {
    participants: BTreeSet<String>,
    erased: BTreeSet<String>,
    orders: BTreeMap<String, Order>,
    visits: BTreeSet<(String, i64, String)>,
    given: BTreeMap<(String, String), i64>,
    /// What was said of who may hold a place: who, when, and whether they may not.
    disqualified: BTreeSet<(String, i64, bool)>,
}

fn half_up(of: i64, whole: i64) -> i64 {
    (of * 2 + whole).div_euclid(whole * 2)
}

impl Order {
    /// What was paid, as far as one source knows.
    fn paid(&self, source: Source) -> Option<i64> {
        let (source, cents) =
            self.reports.get_key_value(&source).or_else(|| self.reports.last_key_value())?;
        let is_with_tax = matches!(source, Source::Stripe | Source::Shopify);
        Some(if is_with_tax { cents + cents * TAX / 100 } else { *cents })
    }

    /// The largest part that any source says was given back, as a fraction.
    fn part_given_back(&self) -> (i64, i64) {
        let mut largest = (0, 1);
        for source in Source::ALL {
            let causes = self.given_back.iter().filter(|((by, _), _)| *by == source);
            let (sum, Some(paid)) = (causes.map(|(_, cents)| cents).sum::<i64>(), self.paid(source)) else {
                continue;
            };
            let part = (sum.min(paid), paid);
            if part.0 * largest.1 > largest.0 * part.1 {
                largest = part;
            }
        }
        largest
    }

    fn is_taken_back(&self) -> bool {
        let (part, whole) = self.part_given_back();
        part == whole || !self.stages.is_empty() && !self.stages.contains(&Stage::Won)
    }

    /// What is left of so many points.
    fn left(&self, points: i64) -> i64 {
        let (part, whole) = self.part_given_back();
        if self.is_taken_back() { 0 } else { half_up(points * (whole - part), whole) }
    }
}

impl Paper {
    /// Writes down one thing that happened. What Stripe says of a charge is of the order only where it said so.
    pub fn happens(&mut self, deed: &Deed, is_linked: bool) {
        match deed.clone() {
            Deed::Visit { code, visitor, at } => {
                self.visits.insert((code, at.div_euclid(86_400_000), visitor));
            }
            Deed::SignUp { who, .. } => {
                self.participants.insert(who);
            }
            Deed::Buy { who, order, cents, source, .. } => {
                let order = self.orders.entry(order).or_default();
                order.buyer = who;
                order.reports.insert(source, cents);
            }
            Deed::GiveBack { order, source, cause, cents } => {
                if source != Source::Stripe || is_linked {
                    let order = self.orders.entry(order).or_default();
                    let so_far = order.given_back.entry((source, cause)).or_default();
                    *so_far = cents.max(*so_far);
                }
            }
            Deed::Dispute { order, stage, .. } => {
                if is_linked {
                    self.orders.entry(order).or_default().stages.insert(stage);
                }
            }
            Deed::Bring { who, points } => {
                self.given.insert((who, "brought along".to_owned()), points);
            }
            Deed::Give { who, event, points } => {
                self.given.insert((who, event), points);
            }
            Deed::Complete { who, action, points } => {
                self.given.insert((who, format!("bonus {action}")), points);
            }
            Deed::Disqualify { who, on, at, .. } => {
                self.disqualified.insert((who, at, on));
            }
            // What they are called is in the record.
            Deed::Rename { .. } => {}
            Deed::Erase { who } => {
                self.erased.insert(who);
            }
        }
    }

    /// How everybody stands, given who brought whom, what that earned and whose a code is. (Whom nobody knows any more gets no points that show.)
    pub fn standings(
        &self,
        rules: Rules,
        credit: impl Fn(&Item) -> Option<String>,
        rates: impl Fn(&Item) -> Rates,
        codes: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Standing> {
        let mut all: BTreeMap<String, Standing> = BTreeMap::new();
        let mut from_friends: BTreeMap<String, i64> = BTreeMap::new();
        let mut give = |who: &str, points: i64| all.entry(who.to_owned()).or_default().points += points;
        let mut counts = Vec::new();
        for who in &self.participants {
            let item = Item::SignUp(who.clone());
            if let Some(advocate) = credit(&item) {
                let (for_advocate, for_friend) = rates(&item).signup;
                *from_friends.entry(advocate.clone()).or_default() += for_advocate;
                give(who, for_friend);
                counts.push((advocate, true));
            }
        }
        for (number, order) in &self.orders {
            let Some((source, cents)) = order.reports.last_key_value() else { continue };
            if rules.is_confirmed && *source == Source::Browser {
                continue;
            }
            let item = Item::Order(number.clone());
            let (for_advocate, for_friend) = rates(&item).of_order(*cents);
            give(&order.buyer, order.left(for_friend));
            if let Some(advocate) = credit(&item) {
                *from_friends.entry(advocate.clone()).or_default() += order.left(for_advocate);
                if !order.is_taken_back() {
                    counts.push((advocate, false));
                }
            }
        }
        for (advocate, points) in from_friends {
            give(&advocate, rules.cap.map_or(points, |cap| points.min(cap)));
        }
        for ((who, _), points) in &self.given {
            give(who, *points);
        }
        for (advocate, is_signup) in counts {
            let standing = all.entry(advocate).or_default();
            *(if is_signup { &mut standing.signups } else { &mut standing.purchases }) += 1;
        }
        for (code, _, _) in &self.visits {
            if let Some(owner) = codes.get(code) {
                all.entry(owner.clone()).or_default().visits += 1;
            }
        }
        let shown = self.participants.difference(&self.erased);
        let shown = shown.map(|who| {
            let is_disqualified = self.is_disqualified(who);
            (who.clone(), Standing { is_disqualified, ..all.remove(who).unwrap_or_default() })
        });
        shown.collect()
    }

    pub fn participants(&self) -> &BTreeSet<String> {
        &self.participants
    }

    /// Whoever may not hold a place, by what was said last.
    fn is_disqualified(&self, who: &str) -> bool {
        let said = self.disqualified.iter().filter(|(by, ..)| by == who);
        said.max_by_key(|(_, at, on)| (*at, *on)).is_some_and(|(.., on)| *on)
    }

    pub fn erased(&self) -> &BTreeSet<String> {
        &self.erased
    }

    /// What an order cost, by whoever is trusted furthest.
    pub fn cents(&self, order: &str) -> i64 {
        let order = self.orders.get(order);
        order.and_then(|order| order.reports.last_key_value()).map(|(_, cents)| *cents).unwrap_or_default()
    }

    /// Orders that earn, or would, with who bought.
    pub fn orders(&self) -> impl Iterator<Item = (&String, &String)> {
        let known = self.orders.iter().filter(|(_, order)| !order.reports.is_empty());
        known.map(|(number, order)| (number, &order.buyer))
    }
}
