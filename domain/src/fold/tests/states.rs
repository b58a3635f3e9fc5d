//! Who holds a place: the confirmed, the disqualified and the erased.

use super::*;

/// Who holds a place, and whether all do who joined.
fn places(facts: &[Fact], require_confirmation: bool) -> Vec<String> {
    let set: Facts = facts.iter().cloned().collect();
    let standings = standings(&set, RULE);
    standings.board(require_confirmation).map(|(rank, s)| format!("{rank} {}", s.code.as_str())).collect()
}

#[test]
fn a_state_holds_until_the_next_one_of_its_kind() {
    use StateKind::{Confirmed, Disqualified, Erased};
    let two = [joined("ANN", 1), joined("JOE", 2)];
    for (story, more, plain, confirmed) in [
        ("nothing is said", vec![], "1 ANN, 2 JOE", ""),
        ("one is confirmed", vec![state("JOE", Confirmed, "a", true, 3)], "1 ANN, 2 JOE", "1 JOE"),
        (
            "and no longer",
            vec![state("JOE", Confirmed, "a", true, 3), state("JOE", Confirmed, "b", false, 4)],
            "1 ANN, 2 JOE",
            "",
        ),
        ("one is disqualified", vec![state("ANN", Disqualified, "a", true, 3)], "1 JOE", ""),
        (
            "and forgiven, which is told first",
            vec![state("ANN", Disqualified, "a", false, 4), state("ANN", Disqualified, "b", true, 3)],
            "1 ANN, 2 JOE",
            "",
        ),
        (
            "at one moment both: it holds",
            vec![state("ANN", Disqualified, "b", true, 3), state("ANN", Disqualified, "a", false, 3)],
            "1 JOE",
            "",
        ),
        ("one is erased, for good", vec![state("ANN", Erased, "once", true, 3)], "1 JOE", ""),
        (
            "somebody nobody knows",
            vec![state("EVE", Erased, "once", true, 3), state("EVE", Confirmed, "a", true, 3)],
            "1 ANN, 2 JOE",
            "",
        ),
    ] {
        let facts = [two.to_vec(), more].concat();
        assert_eq!(places(&facts, false).join(", "), plain, "{story}");
        assert_eq!(places(&facts, true).join(", "), confirmed, "{story}, confirmed");
        let backwards: Vec<_> = facts.into_iter().rev().collect();
        assert_eq!(places(&backwards, false).join(", "), plain, "{story}, the other way round");
    }
}

#[test]
fn who_is_disqualified_keeps_points_and_who_is_erased_leaves_those_of_others() {
    let friends = [
        joined("ANN", 0),
        joined("JANE", 0),
        joined("JOE", 2),
        bound("JOE", "ANN", 1),
        bound("JOE", "JANE", 2),
        bonus("JOE", "follow", 3, 3),
        bonus("JOE", "follow", 3, 4),
    ];
    let with = |more: Fact| board(&[friends.to_vec(), vec![more]].concat());
    let named = |board: &[(&str, i64)]| board.iter().map(|(n, p)| ((*n).to_owned(), *p)).collect::<Vec<_>>();
    let disqualified = state("ANN", StateKind::Disqualified, "a", true, 5);
    assert_eq!(with(disqualified), named(&[("ANN", 10), ("JOE", 8), ("JANE", 0)]));
    // JOE was the erased one's friend, and does not become another's.
    let erased = state("ANN", StateKind::Erased, "once", true, 5);
    assert_eq!(with(erased), named(&[("JOE", 8), ("JANE", 0)]));
}
