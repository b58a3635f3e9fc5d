//! What anybody may read of a contest, and its page.

use edge::http::Call;
use serde_json::{Value, json};

use crate::world::{DAY, World, call};

fn get(world: &World, path: &str) -> (u16, Value) {
    world.ask(&call("GET", path, &Value::Null))
}

fn page(world: &World, path: &str, language: &str) -> (u16, String) {
    let reply = world.send(&Call {
        host: "go.example".to_owned(),
        is_https: true,
        language: Some(language.to_owned()),
        ..call("GET", path, &Value::Null)
    });
    let policy = reply.headers.iter().find(|(name, _)| *name == "Content-Security-Policy");
    assert!(policy.is_some_and(|(_, policy)| !policy.contains("unsafe-inline")), "{path}");
    (reply.status, reply.page.unwrap())
}

#[test]
fn everybody_may_read_what_a_contest_is_and_nothing_of_whose_it_is() {
    let world = World::new(&json!({
        "points": {"purchase": {"advocate": 2, "perUnit": {"advocate": 0.5}}},
        "bonusActions": [{"id": "follow", "action": "follow", "points": 5}],
        "siteUrl": "https://shop.example/",
        "webhookSecret": "the-site-secret",
    }));
    let (status, body) = get(&world, "/api/referral/contest?contestId=demo");
    assert_eq!(status, 200);
    assert_eq!(
        body["data"],
        json!({
            "id": "demo", "title": "Demo", "description": "", "status": "active", "startDate": null, "endDate": null,
            "mode": "leaderboard",
            "points": {
                "signup": {"advocate": 10, "friend": 5},
                "purchase": {"advocate": 2, "friend": 0, "perUnit": {"advocate": 0.5, "friend": 0}, "minAmount": 0},
            },
            "bonusActions": [{"id": "follow", "action": "follow", "description": "", "points": 5}],
        })
    );
}

#[test]
fn whether_it_runs_is_said_as_it_is_at_the_moment() {
    let day = |days: i64| domain::Timestamp::from_millis(crate::world::NOW + days * DAY).to_rfc3339();
    for (change, expected) in [
        (json!({}), Ok("active")),
        (json!({"startDate": day(1)}), Ok("upcoming")),
        (json!({"endDate": day(-1)}), Ok("ended")),
        (json!({"endDate": day(-1), "isEvergreen": true}), Ok("active")),
        (json!({"status": "paused"}), Ok("paused")),
        (json!({"status": "ended"}), Ok("ended")),
        (json!({"status": "draft"}), Err("This contest has not started")),
        (json!({"settings": {"referralTracking": false}}), Err("This contest does not track referrals")),
    ] {
        let world = World::demo();
        assert_eq!(world.private("PUT", "/api/v1/contests/demo", &change).0, 200);
        let (status, body) = get(&world, "/api/referral/contest?contestId=demo");
        let (board, _) = get(&world, "/api/referral/leaderboard?contestId=demo");
        let (shown, html) = page(&world, "/c/demo", "en");
        match expected {
            Ok(name) => assert_eq!((status, &body["data"]["status"]), (200, &json!(name)), "{change}"),
            Err(text) => {
                assert_eq!((status, &body["error"]), (403, &json!(text)), "{change}");
                assert!(html.contains(text) && !html.contains("Demo"), "{html}");
            }
        }
        assert_eq!((board, shown), (status, status), "{change}");
    }
}

#[test]
fn who_leads_is_told_by_rank_name_and_points_alone() {
    let leaders = |names: &str| {
        let world = World::new(&json!({"leaderboardNames": names}));
        let join = |email: &str, name: Value| {
            world.now.set(world.now.get() + 1);
            let body =
                json!({"contestId": "demo", "email": email, "name": name, "referralCode": "REF-XYZ789"});
            assert_eq!(world.ask(&call("POST", "/api/referral/track-signup", &body)).0, 201);
        };
        join("ann@example.com", json!("Ann <script>"));
        join("nobody@example.com", Value::Null);
        let (status, body) = get(&world, "/api/referral/leaderboard?contestId=demo");
        assert_eq!((status, &body["data"]["of"]), (200, &json!(3)));
        let (_, one) = get(&world, "/api/referral/leaderboard?contestId=demo&limit=1");
        assert_eq!(one["data"]["leaders"][0], body["data"]["leaders"][0]);
        assert_eq!((one["data"]["leaders"].as_array().unwrap().len(), &one["data"]["of"]), (1, &json!(3)));
        body["data"]["leaders"].clone()
    };
    let row = |rank: u32, name: Value, points: i64| json!({"rank": rank, "name": name, "points": points});
    for (names, jane, ann) in [
        ("masked", json!("Jane D."), json!("Ann s.")),
        ("full", json!("Jane Doe"), json!("Ann <script>")),
        ("none", Value::Null, Value::Null),
    ] {
        let expected = json!([row(1, jane, 20), row(2, ann, 5), row(3, Value::Null, 5)]);
        assert_eq!(leaders(names), expected, "{names}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_in_words() {
    let world = World::new(&json!({"allowedOrigins": ["https://shop.example"]}));
    for (path, origin, status, error) in [
        ("/api/referral/contest", None, 400, "contestId is required"),
        ("/api/referral/contest?contestId=other", None, 404, "Contest not found"),
        ("/api/referral/leaderboard?contestId=", None, 400, "contestId is required"),
        ("/api/referral/leaderboard?contestId=demo&limit=26", None, 400, "limit must be from 1 to 25"),
        ("/api/referral/leaderboard?contestId=demo&limit=x", None, 400, "limit must be from 1 to 25"),
        (
            "/api/referral/contest?contestId=demo",
            Some("https://evil.example"),
            403,
            "This contest takes no calls from pages of https://evil.example",
        ),
    ] {
        let call = Call { origin: origin.map(str::to_owned), ..call("GET", path, &Value::Null) };
        let (answered, body) = world.ask(&call);
        assert_eq!((answered, &body["error"]), (status, &json!(error)), "{path}");
    }
    let own = Call {
        origin: Some("https://go.example".to_owned()),
        host: "go.example".to_owned(),
        ..call("GET", "/api/referral/contest?contestId=demo", &Value::Null)
    };
    assert_eq!(world.ask(&own).0, 200, "the deployment's own page may");
}

#[test]
fn the_page_has_the_contests_words_and_none_of_its_own_markup() {
    let world = World::demo();
    let change =
        json!({"title": "\"><script>alert(1)</script>", "description": "Bring a friend & 'win'\n<b>now</b>"});
    assert_eq!(world.private("PUT", "/api/v1/contests/demo", &change).0, 200);
    let (status, html) = page(&world, "/c/demo", "en");
    assert_eq!(status, 200);
    assert!(!html.contains("<script>") && !html.contains("<b>") && !html.contains("& "), "{html}");
    for part in [
        "<html lang=\"en\">",
        "<title>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>",
        "<meta property=\"og:description\" content=\"Bring a friend &amp; &#39;win&#39;\n&lt;b&gt;now&lt;/b&gt;\">",
        "<meta property=\"og:url\" content=\"https://go.example/c/demo\">",
        "<meta property=\"og:image\" content=\"https://go.example/widget/picture.png\">",
        "<rocket-referral contest=\"demo\" without=\"title\"></rocket-referral>",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    let (_, html) = page(&world, "/c/demo?code=%22&lang=xx", "en");
    assert!(html.contains("without=\"title\"></rocket-referral>"), "what is no code is left out: {html}");
}

#[test]
fn the_page_is_in_the_language_that_was_asked_for() {
    let world = World::demo();
    for (path, language, expected) in [
        ("/c/demo", "", "en"),
        ("/c/demo", "tlh,de-CH;q=0.9,fr;q=0.8", "de"),
        ("/c/demo", " PT-br", "pt"),
        ("/c/demo?lang=ja", "de", "ja"),
        ("/c/demo?lang=xx", "es", "es"),
        ("/c/demo?code=REF-XYZ789", "zh", "en"),
    ] {
        let (_, html) = page(&world, path, language);
        assert!(html.contains(&format!("<html lang=\"{expected}\">")), "{path} {language}: {html}");
        assert_eq!(html.contains("code=\"REF-XYZ789\""), path.contains("code"), "{path}");
    }
}

#[test]
fn whoever_opens_the_page_of_no_contest_reads_so() {
    let world = World::demo();
    for path in ["/c/other", "/c/%3Cb%3E", "/c/a b"] {
        let (status, html) = page(&world, path, "de");
        assert_eq!(status, 404);
        assert!(html.contains("<h1>Contest not found</h1>") && html.contains("noindex"), "{html}");
    }
}
