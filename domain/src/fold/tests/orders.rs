//! What an order is worth once money goes back, and when several report it.

use super::*;

/// JANE brought JOE, who has bought for 80.00 and earned her 80 points.
fn sold() -> Vec<Fact> {
    vec![
        joined("JANE", 0),
        bound("JOE", "JANE", 1),
        Fact::Purchased(Purchased { source: Source::Api, ..purchased("JOE", "1", 80, 2) }),
    ]
}

fn back(cause: &str, minor: impl Into<Option<i64>>, day: i64) -> Fact {
    Fact::Refunded(Refunded { source: Source::Api, ..refunded("1", cause, minor, day) })
}

#[test]
fn money_that_goes_back_takes_its_points_along() {
    for (story, more, expected) in [
        ("nothing goes back", vec![], 80),
        ("a quarter", vec![back("a", 2_000, 3)], 60),
        ("a third, rounded half up", vec![back("a", 2_667, 3)], 53),
        ("less than half a point", vec![back("a", 49, 3)], 80),
        ("a cause that grows", vec![back("a", 2_000, 3), back("a", 4_000, 4)], 40),
        ("and whose older report comes last", vec![back("a", 4_000, 3), back("a", 2_000, 4)], 40),
        ("two causes", vec![back("a", 2_000, 3), back("b", 4_000, 4)], 20),
        ("in parts, then the rest", vec![back("a", 2_667, 3), back("b", 2_667, 4), back("c", 2_666, 5)], 0),
        ("more than it cost", vec![back("a", 9_999, 3)], 0),
        ("all of it", vec![back("a", None, 3)], 0),
        ("all of it, after a part", vec![back("a", 2_000, 3), back("b", None, 4)], 0),
        ("of another order", vec![Fact::Refunded(refunded("2", "a", None, 3))], 80),
        (
            "in a currency that the order is not in",
            vec![Fact::Refunded(Refunded { currency: "EUR".into(), ..refunded("1", "a", 2_000, 3) })],
            80,
        ),
        (
            "two sources that tell of one refund",
            vec![
                back("a", 2_000, 3),
                Fact::Refunded(Refunded { source: Source::Stripe, ..refunded("1", "b", 2_000, 3) }),
            ],
            60,
        ),
        ("a dispute", vec![disputed("1", "d", Stage::Opened, 3)], 0),
        ("that is lost", vec![disputed("1", "d", Stage::Opened, 3), disputed("1", "d", Stage::Lost, 9)], 0),
        ("that is won", vec![disputed("1", "d", Stage::Opened, 3), disputed("1", "d", Stage::Won, 9)], 80),
        ("of which only the end is known", vec![disputed("1", "d", Stage::Won, 9)], 80),
        (
            "of two disputes one is won",
            vec![disputed("1", "d", Stage::Won, 9), disputed("1", "e", Stage::Opened, 9)],
            0,
        ),
        (
            "won after a part went back",
            vec![
                back("a", 2_000, 3),
                disputed("1", "d", Stage::Opened, 3),
                disputed("1", "d", Stage::Won, 9),
            ],
            60,
        ),
    ] {
        let facts = [sold(), more].concat();
        assert_eq!(board(&facts), [("JANE".to_owned(), expected)], "{story}");
        let backwards: Vec<_> = facts.into_iter().rev().collect();
        assert_eq!(board(&backwards), [("JANE".to_owned(), expected)], "{story}, the other way round");
    }
}

#[test]
fn an_order_counts_once_by_whoever_is_nearest_to_the_money() {
    let report = |source, points, pending| {
        Fact::Purchased(Purchased { source, pending, ..purchased("JOE", "1", points, 2) })
    };
    let known = vec![joined("JANE", 0), bound("JOE", "JANE", 1)];
    let sources = [
        report(Source::Browser, 1, false),
        report(Source::Webhook, 2, false),
        report(Source::Api, 3, false),
        report(Source::Shopify, 4, false),
        report(Source::Stripe, 5, false),
    ];
    for upto in 1..=sources.len() {
        let facts = [known.clone(), sources[..upto].to_vec()].concat();
        let points = i64::try_from(upto).unwrap();
        assert_eq!(board(&facts), [("JANE".to_owned(), points)], "{upto} sources");
    }
    let facts = [known.clone(), vec![report(Source::Browser, 1, true), report(Source::Webhook, 2, false)]];
    assert_eq!(board(&facts.concat()), [("JANE".to_owned(), 2)], "confirmed");
    // The amount with tax and the one without: each refund is a part of what its own source told.
    let with_tax = Purchased { source: Source::Stripe, minor: 11_900, ..purchased("JOE", "1", 100, 2) };
    let without = Purchased { source: Source::Api, ..purchased("JOE", "1", 100, 2) };
    let half = Refunded { source: Source::Api, ..refunded("1", "a", 5_000, 3) };
    let facts =
        [known.clone(), vec![Fact::Purchased(with_tax), Fact::Purchased(without), Fact::Refunded(half)]];
    assert_eq!(board(&facts.concat()), [("JANE".to_owned(), 50)], "half of it is half of it");
    // Confirmed on day 63, and bought on the last day of the window.
    let bought = Purchased { pending: true, ..purchased("JOE", "1", 9, 61) };
    let confirmed = Purchased { source: Source::Api, ..purchased("JOE", "1", 9, 63) };
    let facts = [known, vec![Fact::Purchased(bought), Fact::Purchased(confirmed)]].concat();
    assert_eq!(board(&facts), [("JANE".to_owned(), 9)], "it happened when it was first told");
}

#[test]
fn what_is_left_of_one_order_is_what_the_board_says() {
    let left = |more: Vec<Fact>| {
        let facts = [sold(), more].concat();
        let left = left_of(&facts);
        assert_eq!(board(&facts), [("JANE".to_owned(), i64::from(left.points.advocate))]);
        (left.minor, left.points.advocate)
    };
    assert_eq!(left(vec![]), (8_000, 80));
    assert_eq!(left(vec![back("a", 2_667, 3)]), (5_333, 53));
    assert_eq!(left(vec![back("a", 2_000, 3), back("b", None, 4)]), (0, 0));
    assert_eq!(left(vec![disputed("1", "d", Stage::Opened, 3)]), (0, 0));
    let two = [
        Fact::Purchased(Purchased { source: Source::Stripe, ..purchased("JOE", "1", 95, 2) }),
        Fact::Purchased(Purchased { source: Source::Api, ..purchased("JOE", "1", 80, 2) }),
    ];
    let by = |source| measured_by(&two, source).map(|told| told.source);
    assert_eq!((by(Source::Api), by(Source::Shopify)), (Some(Source::Api), Some(Source::Stripe)));
}

#[test]
fn why_lists_what_was_given_and_what_went_back() {
    let facts: Facts = [
        sold(),
        vec![back("a", 2_000, 3), back("b", 2_000, 4), disputed("1", "d", Stage::Opened, 5)],
        vec![Fact::Purchased(Purchased { pending: true, ..purchased("JOE", "2", 30, 6) })],
    ]
    .concat()
    .into_iter()
    .collect();
    let lines: Vec<_> = why(&facts, RULE, &entry("JANE"))
        .into_iter()
        .map(|award| (award.at, award.cause, award.points, award.fact.unwrap()))
        .collect();
    assert_eq!(
        lines,
        [
            (at(2), Cause::FriendPurchased, 80, "purchased/1/api".to_owned()),
            (at(3), Cause::Refunded, -20, "refunded/1/api/a/2000".to_owned()),
            (at(4), Cause::Refunded, -20, "refunded/1/api/b/2000".to_owned()),
            (at(5), Cause::Disputed, -40, "disputed/1/d/opened".to_owned()),
            (at(6), Cause::Pending, 0, "purchased/2/browser".to_owned()),
        ]
    );
}

#[test]
fn a_day_earns_an_advocate_no_more_than_its_cap() {
    let buys = |friend: &str, order: &str, points, day, cap| {
        Fact::Purchased(Purchased { cap, by: Some(code("JANE")), ..purchased(friend, order, points, day) })
    };
    let cap = Some(100);
    for (story, more, expected) in [
        ("below it", vec![buys("JOE", "1", 60, 1, cap)], 60),
        ("two orders above it", vec![buys("JOE", "1", 60, 1, cap), buys("ANN", "2", 60, 1, cap)], 100),
        ("on two days", vec![buys("JOE", "1", 60, 1, cap), buys("ANN", "2", 60, 2, cap)], 120),
        (
            "what goes back makes room again",
            vec![
                buys("JOE", "1", 60, 1, cap),
                buys("ANN", "2", 60, 1, cap),
                Fact::Refunded(refunded("1", "a", 3_000, 2)),
            ],
            90,
        ),
        (
            "a cap that came later on that day takes nothing",
            vec![buys("JOE", "1", 600, 1, None), buys("ANN", "2", 60, 1, cap)],
            660,
        ),
        ("a lower one neither", vec![buys("JOE", "1", 60, 1, cap), buys("ANN", "2", 60, 1, Some(10))], 100),
        (
            "a bonus is not what friends earn",
            vec![buys("JOE", "1", 200, 1, cap), bonus("JANE", "follow", 50, 1)],
            150,
        ),
    ] {
        let facts = [vec![joined("JANE", 0)], more].concat();
        assert_eq!(board(&facts), [("JANE".to_owned(), expected)], "{story}");
        let set: Facts = facts.into_iter().collect();
        let sum: i64 = why(&set, RULE, &entry("JANE")).iter().map(|award| award.points).sum();
        assert_eq!(sum, expected, "{story}: explained");
    }
}

#[test]
fn totals_are_what_is_left() {
    let facts: Facts = [
        sold(),
        vec![
            joined("JOE", 2),
            visited("JANE", "v1", 1),
            visited("NOBODY", "v1", 1),
            back("a", 2_000, 3),
            Fact::Purchased(purchased("JOE", "2", 10, 2)),
            disputed("2", "d", Stage::Opened, 3),
            Fact::Purchased(Purchased { currency: "JPY".into(), ..purchased("JOE", "3", 5, 4) }),
            Fact::Purchased(purchased("STRANGER", "4", 5, 4)),
            Fact::Purchased(Purchased { pending: true, ..purchased("JOE", "5", 5, 4) }),
            bonus("JOE", "follow", 5, 4),
        ],
    ]
    .concat()
    .into_iter()
    .collect();
    let totals = totals(&facts, RULE);
    assert_eq!((totals.visits, totals.signups, totals.purchases, totals.bonuses), (1, 1, 2, 1));
    assert_eq!(totals.revenue, [("USD".to_owned(), 6_000), ("JPY".to_owned(), 500)].into());
    let day = |visits, signups, purchases| Day { visits, signups, purchases };
    let daily = [(1, day(1, 0, 0)), (2, day(0, 1, 1)), (4, day(0, 0, 1))];
    assert_eq!(totals.daily, daily.into_iter().map(|(n, day)| (at(n).day(), day)).collect());
    let standings = standings(&facts, RULE);
    assert_eq!(standings.of_code(&code("JANE")).unwrap().1.purchases, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// However an order's money goes back, its points are those of what is left; and whatever the order in which it is told.
    #[test]
    fn points_follow_the_money_down_to_nothing(
        parts in proptest::collection::vec(1_i64..2_000, 0..9),
        last in any::<bool>(),
        shuffle in any::<u64>(),
    ) {
        let sum: i64 = parts.iter().sum();
        let rest = (8_000 - sum).max(0);
        let mut backs: Vec<_> =
            parts.iter().enumerate().map(|(n, &minor)| back(&format!("c{n}"), minor, 3)).collect();
        if last {
            backs.push(back("last", rest, 4));
        }
        let facts = [sold(), backs].concat();
        let mut shuffled = facts.clone();
        shuffled.sort_by_key(|fact| fact.id().bytes().fold(shuffle, |n, b| n.wrapping_mul(31).wrapping_add(b.into())));
        let left = if last { 0 } else { rest };
        prop_assert_eq!(board(&facts), [("JANE".to_owned(), (left + 50) / 100)]);
        prop_assert_eq!(board(&shuffled), board(&facts));
    }

    #[test]
    fn no_takeback_brings_an_entry_below_what_else_it_has(
        backs in proptest::collection::vec(any_takeback(), 0..30),
        points in 0_u32..9,
    ) {
        let known = [joined("JANE", 0), bound("JOE", "JANE", 1), Fact::Purchased(purchased("JOE", "A", points, 2))];
        let facts: Vec<_> = known.into_iter().chain(backs).collect();
        let (_, left) = board(&facts).remove(0);
        prop_assert!((0..=i64::from(points)).contains(&left), "{}", left);
    }
}

#[test]
fn what_is_said_of_any_number_of_an_order_is_said_of_the_order() {
    let by_stripe = |order: &str, points, day| {
        Fact::Purchased(Purchased { source: Source::Stripe, ..purchased("JOE", order, points, day) })
    };
    let refund = |order: &str, minor| {
        Fact::Refunded(Refunded { source: Source::Stripe, ..refunded(order, "ch", minor, 5) })
    };
    let session = by_stripe("session", 80, 2);
    let invoice = by_stripe("invoice", 70, 1);
    let links = [linked("payment", "invoice", 3), linked("invoice", "session", 2)];
    let with = |more: &[Fact]| [&[session.clone()][..], &links, more].concat();
    for (story, facts, jane) in [
        ("the invoice alone", vec![invoice.clone(), links[0].clone()], 10 + 70),
        ("the session alone", vec![session.clone()], 10 + 80),
        ("both, and the session's word counts", with(std::slice::from_ref(&invoice)), 10 + 80),
        ("the session, whether or not the invoice was reported", with(&[]), 10 + 80),
        ("a refund by the payment", with(&[refund("payment", 2_000)]), 10 + 60),
        (
            "a refund by the payment, with the invoice",
            with(&[invoice.clone(), refund("payment", 2_000)]),
            10 + 60,
        ),
        ("a dispute by the payment", with(&[disputed("payment", "d", Stage::Opened, 6)]), 10),
        ("a refund of what nobody knows", with(&[refund("other", 2_000)]), 10 + 80),
        ("links in a circle", with(&[linked("session", "payment", 4)]), 10 + 80),
        (
            "another source's word on the order stands beside",
            with(&[Fact::Purchased(Purchased { source: Source::Api, ..purchased("JOE", "session", 9, 2) })]),
            10 + 80,
        ),
    ] {
        let story_facts =
            [&[joined("JANE", 0), joined("JOE", 1), bound("JOE", "JANE", 1)][..], &facts].concat();
        assert_eq!(board(&story_facts)[0], ("JANE".to_owned(), jane), "{story}");
        let mut reversed = story_facts;
        reversed.reverse();
        assert_eq!(board(&reversed)[0].1, jane, "{story}, the other way round");
    }
}

#[test]
fn a_refund_is_a_part_of_what_was_charged_with_tax() {
    let sold = Purchased { source: Source::Stripe, charged: Some(11_900), ..purchased("JOE", "1", 100, 2) };
    for (minor, left) in [(5_950, 50), (11_900, 0), (119, 99)] {
        let refund = Refunded { source: Source::Stripe, ..refunded("1", "ch", minor, 3) };
        let facts = [
            joined("JANE", 0),
            joined("JOE", 1),
            bound("JOE", "JANE", 1),
            Fact::Purchased(sold.clone()),
            Fact::Refunded(refund),
        ];
        assert_eq!(board(&facts)[0].1, 10 + left, "{minor} of 11900");
    }
}
