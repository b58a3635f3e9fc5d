use serde_json::{Value, json};

use super::*;

fn make(sent: &Value) -> Result<Contest, Fault> {
    NewContest::read(sent)?.complete("team", "random".to_owned(), Timestamp::from_millis(0))
}

#[test]
fn an_owner_writes_little_and_gets_defaults() {
    let contest = make(&json!({"title": " Summer ", "description": "Bring a friend.\nBoth win.", "status": "active", "future": 1}))
        .unwrap();
    assert_eq!((contest.id.as_str(), contest.title.as_str()), ("random", "Summer"));
    assert_eq!(contest.settings.points.signup, crate::points::Points { advocate: 10, friend: 5 });
    assert_eq!(contest.settings.window_days, 60);
    let stored = serde_json::to_string(&contest).unwrap();
    assert_eq!(serde_json::from_str::<Contest>(&stored).unwrap(), contest);
}

#[test]
fn null_says_as_little_as_a_field_that_is_left_out() {
    let written =
        json!({"title": "x", "settings": {"bonusActions": [{"id": "a", "action": "follow", "points": 1}]}});
    let nulls = json!({
        "title": "x", "id": null, "description": null, "status": null, "startDate": null, "isEvergreen": null, "slug": null,
        "settings": {
            "siteUrl": null, "windowDays": null, "points": {"signup": null, "purchase": {"perUnit": {"friend": null}}},
            "bonusActions": [{"id": "a", "action": "follow", "description": null, "points": 1}], "caps": null, "stripe": {"testMode": null},
        },
    });
    assert_eq!(make(&nulls), make(&written));
    assert_eq!(make(&json!({"title": "x", "settings": null})), make(&json!({"title": "x"})));
    assert_eq!(make(&json!({"title": null})).unwrap_err().field, "title");
    let of_list = make(&json!({"title": "x", "settings": {"allowedOrigins": [null]}})).unwrap_err();
    assert_eq!(of_list.field, "settings.allowedOrigins[0]");
}

fn bonus(action: &Value) -> Value {
    json!({"title": "x", "settings": {"bonusActions": [action]}})
}

#[test]
fn only_pages_of_its_origins_may_call_a_contest_that_names_some() {
    let with =
        |origins: Value| make(&json!({"title": "x", "settings": {"allowedOrigins": origins}})).unwrap();
    let listed = with(json!(["https://shop.example", "http://localhost:3000"]));
    for (origin, listed_allows) in [
        (None, true),
        (Some("https://shop.example"), true),
        (Some("https://Shop.example"), true),
        (Some("http://localhost:3000"), true),
        (Some("http://localhost"), false),
        (Some("http://shop.example"), false),
        (Some("https://shop.example.evil.example"), false),
        (Some("null"), false),
    ] {
        assert_eq!(listed.settings.allows(origin), listed_allows, "{origin:?}");
        assert!(with(json!([])).settings.allows(origin), "{origin:?}");
    }
}

#[test]
fn a_fault_names_the_field_by_its_path() {
    for (sent, field) in [
        (json!({}), "title"),
        (json!({"title": 5}), "title"),
        (json!({"title": "x", "status": "open"}), "status"),
        (json!({"title": "x", "id": "a/b"}), "id"),
        (json!({"title": "x", "endDate": "soon"}), "endDate"),
        (json!({"title": "x", "startDate": "2026-02-01", "endDate": "2026-01-01"}), "endDate"),
        (json!({"title": "x", "settings": {"windowDays": 0}}), "settings.windowDays"),
        (json!({"title": "x", "settings": {"windowDays": "60"}}), "settings.windowDays"),
        (json!({"title": "x", "settings": {"windowDay": 60}}), "settings.windowDay"),
        (json!({"title": "x", "settings": []}), "settings"), // serde would take a list for an object, its items for the fields
        (json!({"title": "x", "settings": {"siteUrl": "javascript:alert(1)"}}), "settings.siteUrl"),
        (json!({"title": "x", "settings": {"requireConfirmation": 1}}), "settings.requireConfirmation"),
        (json!({"title": "x", "settings": {"allowedOrigins": ["shop.example"]}}), "settings.allowedOrigins"),
        (
            json!({"title": "x", "settings": {"allowedOrigins": ["https://a.example/b"]}}),
            "settings.allowedOrigins",
        ),
        (json!({"title": "x", "settings": {"bonusActions": [{"id": "a"}]}}), "settings.bonusActions[0]"),
        (bonus(&json!({"id": "a/b", "action": "follow", "points": 1})), "settings.bonusActions"),
        (bonus(&json!({"id": "a", "action": "", "points": 1})), "settings.bonusActions.action"),
        (bonus(&json!({"id": "a", "action": "follow", "points": 1_000_001})), "settings.bonusActions"),
        (
            json!({"title": "x", "settings": {"bonusActions": [
                {"id": "a", "action": "follow", "points": 1}, {"id": "a", "action": "share", "points": 1},
            ]}}),
            "settings.bonusActions",
        ),
        (json!({"title": "x", "settings": {"caps": {"perDay": 1}}}), "settings.caps.perDay"),
        (
            json!({"title": "x", "settings": {"caps": {"perAdvocatePerDay": -1}}}),
            "settings.caps.perAdvocatePerDay",
        ),
        (
            json!({"title": "x", "settings": {"points": {"signup": {"advocate": -1}}}}),
            "settings.points.signup.advocate",
        ),
        (
            json!({"title": "x", "settings": {"points": {"purchase": {"perUnit": {"friend": 0.00001}}}}}),
            "settings.points.purchase.perUnit.friend",
        ),
    ] {
        let fault = make(&sent).unwrap_err();
        assert_eq!(fault.field, field, "{sent}");
        assert!(fault.reason.contains(field), "{} does not name {field}", fault.reason);
    }
}

#[test]
fn is_open_between_its_dates_while_it_is_active() {
    let active = |more: Value| {
        let mut sent = json!({"title": "x", "status": "active"});
        sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        make(&sent).unwrap().open(Timestamp::parse("2026-06-15").unwrap())
    };
    for (more, expected) in [
        (json!({}), Ok(())),
        (json!({"startDate": "2026-06-15", "endDate": "2026-06-16"}), Ok(())),
        (json!({"startDate": "2026-06-15", "endDate": "2026-06-15"}), Ok(())),
        (json!({"endDate": "2026-06-15T00:00:00Z"}), Ok(())),
        (json!({"startDate": "2026-06-16"}), Err(Closed::NotStarted)),
        (json!({"endDate": "2026-06-14"}), Err(Closed::Ended)),
        (json!({"endDate": "2026-06-14", "isEvergreen": true}), Ok(())),
        (json!({"status": "draft"}), Err(Closed::NotStarted)),
        (json!({"status": "paused"}), Err(Closed::Paused)),
        (json!({"status": "ended"}), Err(Closed::Ended)),
        (json!({"settings": {"referralTracking": false}}), Err(Closed::NoReferrals)),
    ] {
        assert_eq!(active(more.clone()), expected, "{more}");
    }
}

#[test]
fn an_owner_changes_what_they_name_and_nothing_else() {
    let known = make(&json!({
        "title": "Summer", "status": "active", "endDate": "2026-12-31", "description": "Bring a friend.",
        "settings": {
            "siteUrl": "https://shop.example/", "windowDays": 30,
            "points": {"signup": {"advocate": 7, "friend": 3}, "purchase": {"perUnit": {"advocate": 0.5}}},
            "bonusActions": [{"id": "a", "action": "follow", "points": 5}],
        },
    }))
    .unwrap();
    let change = |sent: Value| NewContest::change(&known, &sent, Timestamp::from_millis(9));
    assert_eq!(change(json!({})).as_ref(), Ok(&known));
    assert_eq!(change(json!({"id": "random", "status": "active"})).as_ref(), Ok(&known));
    let paused = change(json!({"status": "paused"})).unwrap();
    assert_eq!(paused, Contest { status: Status::Paused, ..known.clone() });
    let open = change(json!({"endDate": null, "settings": {"siteUrl": null}})).unwrap();
    assert_eq!((open.end_date, open.settings.site_url.as_deref()), (None, None));
    assert_eq!(open.settings.window_days, 30);
    let rates = change(json!({"settings": {"points": {"signup": {"friend": 4}}}})).unwrap();
    assert_eq!(rates.settings.points.signup, crate::points::Points { advocate: 7, friend: 4 });
    assert_eq!(rates.settings.points.purchase, known.settings.points.purchase);
    assert!(change(json!({"settings": {"bonusActions": []}})).unwrap().settings.bonus_actions.is_empty());
    for (sent, field) in [
        (json!({"id": "another"}), "id"),
        (json!({"title": ""}), "title"),
        (json!({"title": null}), "title"),
        (json!({"settings": {"windowDays": 0}}), "settings.windowDays"),
        (json!({"settings": 5}), "settings"),
        (json!({"startDate": "2027-01-01"}), "endDate"),
    ] {
        assert_eq!(change(sent.clone()).unwrap_err().field, field, "{sent}");
    }
}
