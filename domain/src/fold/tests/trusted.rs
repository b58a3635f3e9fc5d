//! What is doubtful: flagged, it earns and says so; blocked, it earns nothing, and both are told why.

use super::*;
use crate::fact::Fact::Purchased as Bought;

fn doubt(rule: trust::Rule, action: Action) -> Doubts {
    Doubts::of(rule, action)
}

fn signed_up(name: &str, by: &str, doubts: Doubts) -> [Fact; 2] {
    let Fact::Joined(joined) = joined(name, 1) else { unreachable!() };
    let joined = Joined { by: Some(code(by)), doubts, ..joined };
    [doubtful(bound(name, by, 1), doubts.of_the_pair()), Fact::Joined(joined)]
}

/// `cause points rules`, the first first.
fn grants(facts: &[Fact], name: &str) -> Vec<String> {
    let set: Facts = facts.iter().cloned().collect();
    let said = |award: &Award| {
        let rules: Vec<&str> = award.doubts.rules().map(trust::Rule::as_str).collect();
        [award.cause.as_str(), " ", &award.points.to_string(), " ", &rules.join("+")]
            .concat()
            .trim_end()
            .to_owned()
    };
    why(&set, RULE, &entry(name)).iter().map(said).collect()
}

fn flags(facts: &[Fact], name: &str) -> Vec<&'static str> {
    let set: Facts = facts.iter().cloned().collect();
    standings(&set, RULE).of_entry(&entry(name)).unwrap().doubts.rules().map(trust::Rule::as_str).collect()
}

#[test]
fn a_doubt_flags_or_blocks() {
    use trust::Rule::{Bots, Disposable, SameBrowser, SelfReferral};
    let jane = joined("JANE", 0);
    let buys = Bought(purchased("JOE", "1001", 80, 2));
    for rule in [SelfReferral, SameBrowser, Disposable, Bots] {
        let name = rule.as_str();
        let of = |action| {
            [vec![jane.clone()], signed_up("JOE", "JANE", doubt(rule, action)).to_vec(), vec![buys.clone()]]
                .concat()
        };

        let flagged = of(Action::Flag);
        assert_eq!(board(&flagged), [("JANE".to_owned(), 90), ("JOE".to_owned(), 6)], "{name}");
        assert_eq!(grants(&flagged, "JANE")[0], format!("friendSignedUp 10 {name}"));
        assert_eq!((flags(&flagged, "JANE"), flags(&flagged, "JOE")), (vec![name], vec![name]));

        let blocked = of(Action::Block);
        // A bot's signup is worth nothing; an order that somebody paid for is.
        let expected = if rule == Bots { [("JANE", 80), ("JOE", 1)] } else { [("JOE", 1), ("JANE", 0)] };
        assert_eq!(board(&blocked), expected.map(|(name, points)| (name.to_owned(), points)), "{name}");
        let last = if rule == Bots { "friendPurchased 80" } else { "" };
        let told: Vec<_> =
            [format!("blocked 0 {name}"), last.to_owned()].into_iter().filter(|t| !t.is_empty()).collect();
        assert_eq!(grants(&blocked, "JANE"), told);
        assert_eq!(grants(&blocked, "JOE"), [format!("blocked 0 {name}"), "purchased 1".to_owned()]);
        assert_eq!((flags(&blocked, "JANE"), flags(&blocked, "JOE")), (vec![name], vec![name]));
        let counts = standings(&blocked.iter().cloned().collect(), RULE);
        assert_eq!(counts.of_code(&code("JANE")).unwrap().1.signups, 0);
    }
}

#[test]
fn what_is_seen_later_is_as_if_it_had_been_seen_at_once() {
    let jane = joined("JANE", 0);
    let order = Purchased { by: Some(code("JANE")), ..purchased("SUE", "1001", 80, 1) };
    for (action, day) in [(Action::Flag, 1), (Action::Block, 1), (Action::Block, 2), (Action::Block, 0)] {
        let doubts = doubt(trust::Rule::SameBrowser, action);
        let ends = |doubts: Doubts| {
            let sue = [
                doubtful(bound("SUE", "JANE", 1), doubts),
                doubtful(Bought(order.clone()), doubts),
                joined("SUE", 5),
            ];
            [vec![jane.clone()], signed_up("JOE", "JANE", doubts).to_vec(), sue.to_vec()].concat()
        };
        let (at_once, mut seen) = (ends(doubts), ends(NONE));
        seen.extend(["JOE", "SUE"].map(|friend| later(bound(friend, "JANE", day), doubts)));
        assert_eq!(board(&seen), board(&at_once), "{action:?} {day}");
        for name in ["JANE", "JOE", "SUE"] {
            assert_eq!(grants(&seen, name), grants(&at_once, name), "{action:?} {day} {name}");
            assert_eq!(flags(&seen, name), flags(&at_once, name), "{action:?} {day} {name}");
        }
        let of = |facts: &[Fact]| totals(&facts.iter().cloned().collect(), RULE);
        assert_eq!(of(&seen), of(&at_once), "{action:?} {day}");
    }
}

#[test]
fn what_came_of_a_code_another_day_keeps_its_points() {
    let blocked = doubt(trust::Rule::SameBrowser, Action::Block);
    let facts = [
        vec![joined("JANE", 0)],
        signed_up("JOE", "JANE", NONE).to_vec(),
        vec![doubtful(bound("JOE", "JANE", 3), blocked), later(bound("JOE", "JANE", 3), blocked)],
    ];
    assert_eq!(board(&facts.concat()), [("JANE".to_owned(), 10), ("JOE".to_owned(), 5)]);
}

#[test]
fn an_order_through_a_link_that_is_blocked_earns_nothing_for_either() {
    let blocked = doubt(trust::Rule::SelfReferral, Action::Block);
    let order = Purchased { by: Some(code("JANE")), doubts: blocked, ..purchased("JOE", "1001", 80, 1) };
    let facts =
        [joined("JANE", 0), doubtful(bound("JOE", "JANE", 1), blocked), Bought(order), joined("JOE", 5)];
    assert_eq!(board(&facts), [("JANE".to_owned(), 0), ("JOE".to_owned(), 0)]);
    assert_eq!(grants(&facts, "JANE"), ["blocked 0 selfReferral"]);
    assert_eq!(grants(&facts, "JOE"), ["blocked 0 selfReferral"]);
    let set: Facts = facts.iter().cloned().collect();
    let totals = totals(&set, RULE);
    assert_eq!((totals.signups, totals.purchases, totals.revenue.len()), (0, 0, 0));
    let award = &why(&set, RULE, &entry("JANE"))[0];
    assert_eq!(award.rule(), "settings.trust.selfReferral, when it happened");
}

#[test]
fn what_is_blocked_is_in_nobodys_way() {
    let blocked = doubt(trust::Rule::SameBrowser, Action::Block);
    let facts = [
        joined("JANE", 0),
        joined("ANN", 0),
        doubtful(bound("JOE", "JANE", 1), blocked),
        bound("JOE", "ANN", 2),
        Bought(purchased("JOE", "1001", 80, 3)),
    ];
    assert_eq!(board(&facts), [("ANN".to_owned(), 80), ("JANE".to_owned(), 0)]);
    assert_eq!(flags(&facts, "ANN"), Vec::<&str>::new());
}

#[test]
fn a_bots_visit_is_counted_where_it_is_flagged_and_says_so() {
    let facts =
        [joined("JANE", 0), doubtful(visited("JANE", "v1", 1), doubt(trust::Rule::Bots, Action::Flag))];
    let set: Facts = facts.iter().cloned().collect();
    assert_eq!(standings(&set, RULE).of_code(&code("JANE")).unwrap().1.visits, 1);
    assert_eq!(flags(&facts, "JANE"), ["bots"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Flags tell something, and change no point; what is blocked gives nobody more than if it had never been said who brought whom.
    #[test]
    fn flags_change_no_point(facts in proptest::collection::vec(any_fact(), 0..60)) {
        let points = |facts: &Facts| -> Vec<(EntryId, i64)> {
            standings(facts, RULE).ranked().iter().map(|s| (s.entry.clone(), s.points)).collect()
        };
        let plain: Facts = facts.iter().filter(|fact| !fact.doubts().block()).cloned().map(|f| doubtful(f, NONE)).collect();
        let flagged: Facts = plain.iter().cloned()
            .map(|fact| doubtful(fact, doubt(trust::Rule::SameBrowser, Action::Flag)))
            .collect();
        prop_assert_eq!(points(&plain), points(&flagged));
        let blocked: Facts = plain.iter().cloned()
            .map(|fact| doubtful(fact, doubt(trust::Rule::SameBrowser, Action::Block)))
            .collect();
        for award in awards(&blocked, RULE) {
            prop_assert!(!matches!(award.cause, Cause::FriendSignedUp | Cause::SignedUpReferred | Cause::FriendPurchased));
        }
    }
}
