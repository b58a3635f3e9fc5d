//! What a signup or a purchase makes of what is known: which facts to write, what to answer.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::attribution::{Binding, add, may_be_one};
use crate::contest::Contest;
use crate::fact::{Bound, Fact, Joined, Purchased, Source};
use crate::fold::counted;
use crate::points::Points;
use crate::settings::PurchaseTrust;
use crate::trust::{Action, Doubts, Marks, Rule};
use crate::{Code, EntryId, Money, Timestamp};

/// Whom a code belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advocate {
    /// The code.
    pub code: Code,
    /// Its owner.
    pub entry: EntryId,
    /// The owner's mailbox, by a keyed hash, where one is known.
    pub mailbox: Option<String>,
    /// The browser that the owner signed up with, by a keyed hash, where it was one that said so.
    pub browser: Option<String>,
}

/// Somebody who is no participant yet.
#[derive(Debug)]
pub struct Newcomer<'a> {
    /// Who it is.
    pub entry: &'a EntryId,
    /// The code that they get.
    pub code: Code,
    /// Which codes brought them.
    pub bindings: &'a [Binding],
    /// What the call tells of them.
    pub marks: Marks,
}

/// What came of a signup by somebody who was no participant.
#[derive(Debug)]
pub struct Signup {
    /// To be written before anybody is answered.
    pub facts: Vec<Fact>,
    /// What it earns now.
    pub points: Points,
    /// The code of the advocate who brought the friend.
    pub by: Option<Code>,
}

/// A new participant, who gets a code, brought by the owner of the code in the call if that is another
/// person, or by whom an earlier purchase bound them to.
pub fn signup(contest: &Contest, newcomer: Newcomer, advocate: Option<&Advocate>, at: Timestamp) -> Signup {
    let Newcomer { entry, code, bindings, marks } = newcomer;
    let points = contest.settings.points.signup;
    let credited = contest.settings.rule().credited(bindings, at);
    let binding =
        if credited.is_some() { None } else { new_binding(contest, entry, &marks, advocate, bindings, at) };
    let credit = credit(binding.as_ref(), credited);
    let (by, of_the_pair) = by(binding.as_ref(), credited, at);
    let doubts = contest.settings.trust.doubts(&marks, None).and(of_the_pair);
    // That they joined comes last: a call that was cut off before it comes again as a new one.
    let cap = contest.settings.caps.per_advocate_per_day;
    let joined = Fact::Joined(Joined { at, entry: entry.clone(), code, by, points, cap, doubts });
    let facts = binding.map(Fact::Bound).into_iter().chain([joined]).collect();
    let points = if credit.is_some() && !doubts.block() { points } else { Points::default() };
    Signup { facts, points, by: credit }
}

/// What is known of a buyer.
#[derive(Debug)]
pub struct Buyer<'a> {
    /// Who it is.
    pub entry: &'a EntryId,
    /// Whether they are a participant.
    pub joined: bool,
    /// Which codes brought them.
    pub bindings: &'a [Binding],
    /// What the report tells of them.
    pub marks: Marks,
}

impl Buyer<'_> {
    /// Is it decided whom a purchase credits, whatever code comes with it?
    pub fn is_settled(&self, contest: &Contest, at: Timestamp) -> bool {
        self.joined || contest.settings.rule().credited(self.bindings, at).is_some()
    }
}

/// What a shop says of an order.
#[derive(Debug)]
pub struct Order<'a> {
    /// The purchase's id, which follows from contest and order.
    pub purchase: String,
    /// The shop's own number.
    pub id: &'a str,
    /// What it cost.
    pub money: Money,
    /// What was charged for it, if that is more: with tax; in minor units.
    pub charged: Option<i64>,
    /// Who says so.
    pub source: Source,
    /// When.
    pub at: Timestamp,
}

/// What came of a purchase.
#[derive(Debug)]
pub struct Purchase {
    /// To be written before anybody is answered.
    pub facts: Vec<Fact>,
    /// What it earns now.
    pub points: Points,
    /// It earns nothing until a source that is trusted reports the same order.
    pub pending: bool,
    /// The code of the advocate whom it credits.
    pub by: Option<Code>,
}

/// A purchase credits the advocate whom the buyer is already bound to. Only where the buyer is new does
/// the code in the call count. `None`: nobody brought the buyer, who is no participant either: nothing
/// is kept of a stranger.
///
/// `reports` is what others said of the same order. The points that one of them gave for the same amount stay: a change
/// of the rates between an order and its confirmation changes nothing.
pub fn purchase(
    contest: &Contest,
    buyer: &Buyer,
    order: &Order,
    advocate: Option<&Advocate>,
    reports: &[Fact],
) -> Option<Purchase> {
    let credited = contest.settings.rule().credited(buyer.bindings, order.at);
    let binding = if buyer.is_settled(contest, order.at) {
        None
    } else {
        // Also what was said of this order, whoever was said to have bought.
        let reported = reports.iter().filter_map(Fact::binding).map(|(_, binding)| binding);
        let known: Vec<Binding> = reported.chain(buyer.bindings.iter().cloned()).collect();
        new_binding(contest, buyer.entry, &buyer.marks, advocate, &known, order.at)
    };
    if credited.is_none() && binding.is_none() && !buyer.joined {
        return None;
    }
    let (by, of_the_pair) = by(binding.as_ref(), credited, order.at);
    let doubts = contest.settings.trust.doubts(&buyer.marks, None).and(of_the_pair);
    let pending = order.is_pending(contest);
    let same = counted(reports).filter(|known| known.money() == Some(order.money));
    let points =
        same.map_or_else(|| contest.settings.points.purchase.earned(order.money), |known| known.points);
    let fact = Fact::Purchased(Purchased {
        at: order.at,
        purchase: order.purchase.clone(),
        source: order.source,
        pending,
        order: order.id.to_owned(),
        friend: buyer.entry.clone(),
        by,
        minor: order.money.minor,
        charged: order.charged,
        currency: order.money.currency.code().to_owned(),
        points,
        cap: contest.settings.caps.per_advocate_per_day,
        doubts,
    });
    let credit = credit(binding.as_ref(), credited);
    let referred = credited.is_some() || binding.is_some();
    let points = match (pending || referred && doubts.block(), referred) {
        (true, _) => Points::default(),
        (false, true) => points,
        (false, false) => Points { advocate: 0, ..points },
    };
    // Both say the same of who brought the buyer: they may be written at once, and either be seen without the other.
    let facts = binding.map(Fact::Bound).into_iter().chain([fact]).collect();
    Some(Purchase { facts, points, pending, by: credit })
}

/// What brings a buyer who pays nothing yet, such as at the beginning of a trial: the owner of the code, if nobody did.
pub fn brought(
    contest: &Contest,
    buyer: &Buyer,
    advocate: Option<&Advocate>,
    at: Timestamp,
) -> Option<Bound> {
    if buyer.is_settled(contest, at) {
        return None;
    }
    new_binding(contest, buyer.entry, &buyer.marks, advocate, buyer.bindings, at)
}

/// What is known already of an order that is reported now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Who bought.
    pub friend: EntryId,
    /// It still waits for a source that is trusted.
    pub pending: bool,
    /// What is said now adds nothing: the same source said it before, or one that is trusted further did.
    pub settled: bool,
}

/// What reports of an order bound its buyer by and is not seen: a call that was cut off wrote the one fact without the other, or the
/// store does not show it yet. It is added to the bindings that are; what is to be written once more is the code of which none of that
/// day is seen.
pub fn unseen(buyer: &EntryId, bindings: &mut Vec<Binding>, reports: &[Fact]) -> Vec<Fact> {
    let mut unseen = Vec::new();
    for (_, made) in reports.iter().filter_map(Fact::binding).filter(|(friend, _)| *friend == buyer) {
        let is_of_day =
            |seen: &Binding| seen.code == made.code && seen.at.day_number() == made.at.day_number();
        if !bindings.iter().any(is_of_day) {
            let Binding { at, code, doubts } = made.clone();
            unseen.push(Fact::Bound(Bound { at, friend: buyer.clone(), code, doubts, later: false }));
        }
        if !bindings.iter().any(|seen| (&seen.code, seen.at) == (&made.code, made.at)) {
            add(bindings, made);
        }
    }
    unseen
}

/// What others, or this very source, said of an order before; `None` where it is new.
pub fn reported(contest: &Contest, order: &Order, reports: &[Fact]) -> Option<Reported> {
    let known = counted(reports)?;
    let said_before = |fact: &Fact| matches!(fact, Fact::Purchased(p) if p.source == order.source);
    let settled = (!known.pending, known.source) > (!order.is_pending(contest), order.source)
        || reports.iter().any(said_before);
    Some(Reported { friend: known.friend.clone(), pending: known.pending, settled })
}

impl Order<'_> {
    /// Does it have to wait for a source that is trusted?
    fn is_pending(&self, contest: &Contest) -> bool {
        contest.settings.purchase_trust == PurchaseTrust::Confirmed && self.source == Source::Browser
    }
}

/// Nobody refers themself. What was doubtful once about the two, of whom this may know less, still is.
fn new_binding(
    contest: &Contest,
    friend: &EntryId,
    marks: &Marks,
    advocate: Option<&Advocate>,
    known: &[Binding],
    at: Timestamp,
) -> Option<Bound> {
    let advocate = advocate.filter(|advocate| advocate.entry != *friend)?;
    let before = known.iter().filter(|binding| binding.code == advocate.code).map(|binding| binding.doubts);
    let doubts = contest.settings.trust.doubts(marks, Some(advocate)).of_the_pair();
    let doubts = before.fold(doubts, Doubts::and);
    Some(Bound { at, friend: friend.clone(), code: advocate.code.clone(), doubts, later: false })
}

/// Bindings that were written before the friend's browser said anything, such as one that Stripe told of, as they are to be written
/// once more if it is the advocate's. It is judged by what they do at the time when they came, and not by where they are seen
/// another day.
pub fn later(
    contest: &Contest,
    friend: &EntryId,
    bindings: &[Binding],
    reports: &[Fact],
    at: Timestamp,
) -> Vec<Bound> {
    let mut bounds: Vec<Bound> = Vec::new();
    let mut open = |friend: &EntryId, binding: &Binding| {
        let is_known = binding.doubts.action(Rule::SameBrowser) != Action::Off
            || bounds.last().is_some_and(|last| last.friend == *friend && last.code == binding.code);
        if may_be_one(binding.at, at) && !is_known {
            let doubts = Doubts::of(Rule::SameBrowser, contest.settings.trust.same_browser);
            let (friend, code) = (friend.clone(), binding.code.clone());
            bounds.push(Bound { at: binding.at, friend, code, doubts, later: true });
        }
    };
    for binding in bindings {
        open(friend, binding);
    }
    // Who gives the shop another address than whoever takes the money is one buyer all the same.
    for (friend, binding) in reports.iter().filter_map(Fact::binding) {
        open(friend, &binding);
    }
    bounds
}

/// Who gets the credit: whoever the friend was bound to before, else who binds them now, if that is not too doubtful.
fn credit(new: Option<&Bound>, credited: Option<&Binding>) -> Option<Code> {
    let new = new.filter(|bound| !bound.doubts.block()).map(|bound| &bound.code);
    credited.map(|binding| &binding.code).or(new).cloned()
}

/// The code that this very call bound the friend to. A call that was cut off behind the binding and comes again
/// finds it with its own time: it writes what it would have written.
fn by(new: Option<&Bound>, credited: Option<&Binding>, at: Timestamp) -> (Option<Code>, Doubts) {
    let own = credited.filter(|binding| binding.at == at).map(|binding| (&binding.code, binding.doubts));
    let by = new.map(|bound| (&bound.code, bound.doubts)).or(own);
    by.map_or_else(Default::default, |(code, doubts)| (Some(code.clone()), doubts))
}

#[cfg(test)]
#[cfg(feature = "serde")]
mod tests {
    use alloc::vec;

    use serde_json::{Value, json};

    use super::*;
    use crate::Currency;
    use crate::contest::NewContest;

    fn contest(settings: &Value) -> Contest {
        let sent = json!({"title": "x", "settings": settings});
        NewContest::read(&sent).unwrap().complete("team", "demo".into(), Timestamp::default()).unwrap()
    }

    fn order(source: Source, amount: &str) -> Order<'_> {
        let money = Money::parse(amount, Currency::parse("USD").unwrap()).unwrap();
        Order {
            purchase: "p".into(),
            id: "1001",
            money,
            charged: None,
            source,
            at: Timestamp::from_millis(5),
        }
    }

    #[test]
    fn a_report_is_worth_writing_if_it_is_trusted_further_than_those_before() {
        use Source::{Api, Browser, Stripe, Webhook};
        let friend = EntryId::of_email(b"secret", "demo", "joe@example.com");
        let buyer = Buyer { entry: &friend, joined: true, bindings: &[], marks: Marks::default() };
        for (trust, before, now, expected) in [
            ("browser", vec![], Browser, None),
            ("browser", vec![Browser], Browser, Some((false, true))),
            ("browser", vec![Browser], Api, Some((false, false))),
            ("browser", vec![Api], Browser, Some((false, true))),
            ("browser", vec![Browser, Stripe], Webhook, Some((false, true))),
            ("confirmed", vec![Browser], Browser, Some((true, true))),
            ("confirmed", vec![Browser], Webhook, Some((true, false))),
            ("confirmed", vec![Browser, Webhook], Webhook, Some((false, true))),
        ] {
            let contest = contest(&json!({"purchaseTrust": trust}));
            let reports: Vec<Fact> = before
                .iter()
                .flat_map(|&source| {
                    purchase(&contest, &buyer, &order(source, "10"), None, &[]).unwrap().facts
                })
                .collect();
            let known = reported(&contest, &order(now, "10"), &reports);
            let known = known.map(|known| (known.pending, known.settled));
            assert_eq!(known, expected, "{trust}: {before:?}, then {now:?}");
        }
    }

    #[test]
    fn what_an_order_says_of_who_brought_its_buyer_is_written_where_none_of_that_day_is_seen() {
        let contest = contest(&json!({}));
        let entry = |email| EntryId::of_email(b"secret", "demo", email);
        let (joe, kim, jane) =
            (entry("joe@example.com"), entry("kim@example.com"), entry("jane@example.com"));
        let code = Code::parse("REF-XYZ789").unwrap();
        let advocate = Advocate { code: code.clone(), entry: jane, mailbox: None, browser: None };
        let bought = |friend, source, at| {
            let buyer = Buyer { entry: friend, joined: false, bindings: &[], marks: Marks::default() };
            let order = Order { at: Timestamp::from_millis(at), ..order(source, "10") };
            purchase(&contest, &buyer, &order, Some(&advocate), &[]).unwrap().facts
        };
        let halves = |facts: Vec<Fact>| {
            let is_bound = |fact: &Fact| matches!(fact, Fact::Bound(_));
            facts.into_iter().partition::<Vec<_>, _>(is_bound)
        };
        let (bound, first) = halves(bought(&joe, Source::Browser, 5));
        let (_, second) = halves(bought(&joe, Source::Stripe, 7));
        let (_, others) = halves(bought(&kim, Source::Webhook, 5));
        let reports = [first, second, others].concat();
        let moments = |bindings: &[Binding]| bindings.iter().map(|b| b.at.millis()).collect::<Vec<_>>();
        // Nothing is seen: one is written for the day.
        let mut bindings = Vec::new();
        assert_eq!(unseen(&joe, &mut bindings, &reports), bound);
        assert_eq!(moments(&bindings), [5, 7]);
        // The store holds one a day: whichever it is, it is not written over.
        for at in [5, 7] {
            let seen = Binding { at: Timestamp::from_millis(at), code: code.clone(), doubts: Doubts::NONE };
            let mut bindings = vec![seen];
            assert_eq!(unseen(&joe, &mut bindings, &reports), []);
            assert_eq!(moments(&bindings), [at, 12 - at]);
        }
        let day = 86_400_000;
        let mut before = vec![Binding { at: Timestamp::from_millis(5 - day), code, doubts: Doubts::NONE }];
        assert_eq!(unseen(&joe, &mut before, &reports), bound);
    }

    #[test]
    fn an_order_keeps_the_points_of_the_day_it_was_placed() {
        let friend = EntryId::of_email(b"secret", "demo", "joe@example.com");
        let buyer = Buyer { entry: &friend, joined: true, bindings: &[], marks: Marks::default() };
        let rate = |n: u32| contest(&json!({"points": {"purchase": {"perUnit": {"friend": n}}}}));
        let placed = purchase(&rate(1), &buyer, &order(Source::Browser, "10"), None, &[]).unwrap();
        let confirm = |amount| {
            let order = order(Source::Api, amount);
            purchase(&rate(3), &buyer, &order, None, &placed.facts).unwrap().points.friend
        };
        assert_eq!((confirm("10"), confirm("20")), (10, 60), "another amount earns by the rates of now");
    }

    fn advocate() -> Advocate {
        let entry = EntryId::of_email(b"secret", "demo", "jane@example.com");
        let (mailbox, browser) = (Some("m".to_owned()), Some("b".to_owned()));
        Advocate { code: Code::parse("JANE").unwrap(), entry, mailbox, browser }
    }

    fn of_browser(browser: &str) -> Marks {
        Marks { browser: Some(browser.to_owned()), ..Marks::default() }
    }

    #[test]
    fn a_signup_that_comes_again_after_its_binding_makes_the_same_facts() {
        let friend = EntryId::of_email(b"secret", "demo", "joe@example.com");
        let at = Timestamp::from_millis(5);
        for (action, referred) in [("off", true), ("flag", true), ("block", false)] {
            let signup = |action: &str, bindings: &[Binding], browser: &str| {
                let contest = contest(&json!({"trust": {"sameBrowser": action}}));
                let code = Code::parse("JOE").unwrap();
                let newcomer = Newcomer { entry: &friend, code, bindings, marks: of_browser(browser) };
                super::signup(&contest, newcomer, Some(&advocate()), at)
            };
            let whole = signup(action, &[], "b");
            assert_eq!(whole.by.is_some(), referred, "{action}");
            assert_eq!(whole.points == Points::default(), !referred, "{action}");
            let (_, bound) = whole.facts[0].binding().unwrap();
            // The setting may have changed meanwhile, and who asks may say less.
            for (now, browser) in [(action, "b"), ("off", "b"), ("block", "b"), (action, "other")] {
                let again = signup(now, core::slice::from_ref(&bound), browser);
                let known = whole.facts.last().unwrap();
                assert_eq!(again.facts.last().unwrap(), known, "{action}, then {now} in {browser}");
                assert!(again.facts.iter().all(|fact| whole.facts.contains(fact)), "{action}, then {now}");
                assert_eq!((again.by.is_some(), again.points), (whole.by.is_some(), whole.points));
            }
        }
    }

    #[test]
    fn what_was_said_of_an_order_holds_for_whoever_else_is_said_to_have_bought() {
        let contest = contest(&json!({"trust": {"sameBrowser": "block"}}));
        let said = |name: &str, source, marks, reports: &[Fact]| {
            let friend = EntryId::of_email(b"secret", "demo", name);
            let buyer = Buyer { entry: &friend, joined: false, bindings: &[], marks };
            let bought =
                purchase(&contest, &buyer, &order(source, "10"), Some(&advocate()), reports).unwrap();
            (bought.facts.iter().all(|fact| fact.doubts().block()), bought.facts)
        };
        let (is_blocked, facts) = said("joe@example.com", Source::Browser, of_browser("b"), &[]);
        assert!(is_blocked);
        assert!(said("eve@example.com", Source::Stripe, Marks::default(), &facts).0);
        assert!(!said("eve@example.com", Source::Stripe, Marks::default(), &[]).0);
    }

    #[test]
    fn a_bot_is_judged_each_time_and_keeps_nobody_apart() {
        let contest = contest(&json!({"points": {"purchase": {"perUnit": {"advocate": 1, "friend": 1}}}}));
        let friend = EntryId::of_email(b"secret", "demo", "joe@example.com");
        let bot = Marks { is_bot: true, ..Marks::default() };
        let bought = |marks, bindings: &[Binding]| {
            let buyer = Buyer { entry: &friend, joined: false, bindings, marks };
            purchase(&contest, &buyer, &order(Source::Browser, "10"), Some(&advocate()), &[]).unwrap()
        };
        let first = bought(bot.clone(), &[]);
        assert_eq!(first.points, Points::default());
        let (_, bound) = first.facts[0].binding().unwrap();
        assert!(!bound.doubts.block());
        assert_eq!(bought(Marks::default(), core::slice::from_ref(&bound)).points.advocate, 10);
        assert_eq!(bought(bot, &[bound]).points, Points::default());
    }
}
