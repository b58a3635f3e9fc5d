//! Participants, one by one: shown, changed, disqualified, erased, explained.

use edge::ledger::Kv;
use serde_json::{Value, json};

use crate::town::Town;
use crate::world::{NOW, World, call, event_id, named};

fn path(id: &str, rest: &str) -> String {
    format!("/api/v1/entries/{id}{rest}")
}

#[test]
fn an_entry_is_shown_and_changed_by_its_id_alone() {
    let world = World::demo();
    let jane = world.entry("jane@example.com");
    let show = || world.private("GET", &path(&jane, ""), &Value::Null).1["data"].clone();
    assert_eq!(
        show(),
        json!({
            "id": jane, "contestId": "demo", "email": "jane@example.com", "name": "Jane Doe", "phone": null,
            "points": 0, "emailConfirmed": false, "disqualified": false, "referralCode": "REF-XYZ789",
            "createdAt": "2026-05-28T20:26:40.000Z", "flags": [],
        })
    );
    for (sent, field, expected) in [
        (json!({"name": " Jane Roe "}), "name", json!("Jane Roe")),
        (json!({"phone": "+49 170 12345"}), "phone", json!("+49 170 12345")),
        (json!({"name": null, "email": " Jane@Example.com "}), "name", json!("Jane Roe")),
        (json!({"phone": ""}), "phone", Value::Null),
        (json!({"emailConfirmed": true}), "emailConfirmed", json!(true)),
        (json!({"emailConfirmed": false}), "emailConfirmed", json!(false)),
    ] {
        world.now.set(world.now.get() + 1_000);
        let (status, body) = world.private("PUT", &path(&jane, ""), &sent);
        assert_eq!((status, &body["data"][field]), (200, &expected), "{sent}");
        assert_eq!(show(), body["data"], "{sent}");
    }
    for (sent, field) in [
        (json!({"email": "other@example.com"}), "email"),
        (json!({"phone": "call me"}), "phone"),
        (json!({"name": "x".repeat(201)}), "name"),
    ] {
        let (status, body) = world.private("PUT", &path(&jane, ""), &sent);
        assert_eq!((status, &body["field"]), (400, &json!(field)));
    }
    assert_eq!(show()["name"], "Jane Roe");
}

/// KV may show that somebody joined before it shows their record. To call them otherwise would lose their address.
#[test]
fn a_record_that_is_not_seen_yet_is_not_written_over() {
    let world = World::demo();
    let jane = world.entry("jane@example.com");
    let record = format!("person/demo/{jane}");
    let stored = pollster::block_on((&world.kv).get(&record)).unwrap().unwrap();
    pollster::block_on((&world.kv).delete(&record)).unwrap();
    for sent in [json!({"name": "Jane Roe"}), json!({"phone": "+49 170 12345"})] {
        assert_eq!(world.private("PUT", &path(&jane, ""), &sent).0, 503, "{sent}");
        assert!(!world.kv.names().contains(&record));
    }
    assert_eq!(world.private("PUT", &path(&jane, ""), &json!({"emailConfirmed": true})).0, 200);
    pollster::block_on((&world.kv).put(
        &record,
        &stored.value,
        stored.metadata.map(|metadata| metadata.to_string()).as_deref(),
        None,
    ))
    .unwrap();
    let (status, changed) = world.private("PUT", &path(&jane, ""), &json!({"name": "Jane Roe"}));
    assert_eq!((status, &changed["data"]["email"]), (200, &json!("jane@example.com")));
}

#[test]
fn a_stranger_to_the_team_finds_no_entry() {
    let world = World::demo();
    let jane = world.entry("jane@example.com");
    let (public, other) = (world.make_key("acme", "public"), world.make_key("other", "private"));
    let nobody = "0".repeat(32);
    for (method, rest, body) in [
        ("GET", "", Value::Null),
        ("PUT", "", json!({"name": "x"})),
        ("DELETE", "", Value::Null),
        ("POST", "/disqualify", json!({"disqualified": true})),
        ("POST", "/points", json!({"points": 5})),
        ("GET", "/why", Value::Null),
        ("GET", "/bonus-actions", Value::Null),
        ("POST", "/bonus-actions/follow/complete", Value::Null),
    ] {
        for (key, id) in [(&other, jane.as_str()), (&world.key, nobody.as_str()), (&world.key, "x")] {
            let (status, answer) = world.with_key(key, method, &path(id, rest), &body);
            assert_eq!((status, &answer["error"]), (404, &json!("Entry not found")), "{method} {rest}");
        }
        let private = !rest.contains("bonus") && (method != "GET" || rest == "/why");
        let (status, answer) = world.with_key(&public, method, &path(&jane, rest), &body);
        assert_eq!(status == 403, private, "{method} {rest}: {answer}");
    }
}

#[test]
fn a_public_key_sees_addresses_masked_wherever_they_are() {
    let world = World::demo();
    let ann = json!({"email": "ann@example.com", "name": "Ann", "phone": "+49 170 1234567"});
    let (_, made) = world.private("POST", "/api/v1/contests/demo/entries", &ann);
    let id = made["data"]["id"].as_str().unwrap();
    let public = world.make_key("acme", "public");
    for at in [
        path(id, ""),
        "/api/v1/contests/demo/entries".to_owned(),
        "/api/v1/contests/demo/leaderboard".to_owned(),
        "/api/v1/contests/demo/analytics".to_owned(),
    ] {
        let (status, body) = world.with_key(&public, "GET", &at, &Value::Null);
        let text = body.to_string();
        assert_eq!(status, 200);
        assert!(!text.contains("ann@") && !text.contains("jane@") && !text.contains("12345"), "{text}");
    }
    let (_, body) = world.with_key(&public, "GET", &path(id, ""), &Value::Null);
    assert_eq!(
        (&body["data"]["email"], &body["data"]["phone"]),
        (&json!("a***@example.com"), &json!("***67"))
    );
    // Nor is an address found letter by letter.
    let found = |key: &str, search: &str| {
        let at = format!("/api/v1/contests/demo/entries?search={search}");
        world.with_key(key, "GET", &at, &Value::Null).1["pagination"]["total"].clone()
    };
    assert_eq!((found(&public, "nn@exam"), found(&world.key, "nn@exam")), (json!(0), json!(1)));
    assert_eq!((found(&public, "ANN"), found(&public, "example")), (json!(1), json!(2)));
}

#[test]
fn a_list_has_pages_and_is_searched_in_name_and_address() {
    let world = World::demo();
    for n in 0..25 {
        world.now.set(NOW + 1_000 * n);
        let entry = json!({"email": format!("friend-{n}@example.com"), "name": format!("Friend Nº {n}")});
        world.private("POST", "/api/v1/contests/demo/entries", &entry);
    }
    let list = |query: &str| {
        let (status, body) =
            world.private("GET", &format!("/api/v1/contests/demo/entries{query}"), &Value::Null);
        assert_eq!(status, 200, "{query}: {body}");
        let emails = body["data"].as_array().unwrap().iter().map(|entry| entry["email"].clone()).collect();
        (Value::Array(emails), body["pagination"].clone())
    };
    let (emails, pagination) = list("");
    assert_eq!(pagination, json!({"page": 1, "limit": 20, "total": 26, "totalPages": 2}));
    assert_eq!(emails.as_array().unwrap().len(), 20);
    let (emails, _) = list("?page=2");
    let expected: Vec<_> = (19..25).map(|n| json!(format!("friend-{n}@example.com"))).collect();
    assert_eq!(emails, Value::Array(expected), "who joined first came first");
    assert_eq!(list("?page=3").0, json!([]));
    assert_eq!(list("?search=FRIEND-17&limit=1").0, json!(["friend-17@example.com"]));
    world.kv.asked();
    assert_eq!(list("?search=FRIEND-7@example.com").0, json!(["friend-7@example.com"]));
    let asked = world.kv.asked();
    assert_eq!(asked.lists, 1, "a whole address is found without reading who all take part: {asked:?}");
    assert_eq!(list("?search=friend-7@example.co").0, json!(["friend-7@example.com"]), "as it is typed");
    assert_eq!(list("?search=friend-7@example.com&page=2").0, json!([]));
    assert_eq!(list("?search=nº 24").0, json!(["friend-24@example.com"]));
    assert_eq!(list("?search=nowhere").1, json!({"page": 1, "limit": 20, "total": 0, "totalPages": 0}));
}

#[test]
fn who_is_disqualified_or_not_confirmed_holds_no_place() {
    let world = World::new(&json!({"requireConfirmation": true}));
    world.signup("joe@example.com", Some("REF-XYZ789"));
    let (jane, joe) = (world.entry("jane@example.com"), world.entry("joe@example.com"));
    assert_eq!(world.board(), named(&[]));
    for id in [&jane, &joe] {
        world.private("PUT", &path(id, ""), &json!({"emailConfirmed": true}));
    }
    assert_eq!(world.board(), named(&[("jane@example.com", 10), ("joe@example.com", 5)]));
    let disqualify = |on: bool| {
        world.now.set(world.now.get() + 1_000);
        let sent = json!({"disqualified": on, "reason": "Twice the same person"});
        world.private("POST", &path(&jane, "/disqualify"), &sent).1["data"]["disqualified"].clone()
    };
    assert_eq!(disqualify(true), true);
    assert_eq!(world.board(), named(&[("joe@example.com", 5)]));
    let stats = world.ask(&call("GET", "/api/referral/stats?code=REF-XYZ789&contestId=demo", &Value::Null)).1;
    assert_eq!((&stats["data"]["rank"], &stats["data"]["of"]), (&Value::Null, &json!(1)));
    let analytics = world.private("GET", "/api/v1/contests/demo/analytics", &Value::Null).1["data"].clone();
    assert_eq!((&analytics["confirmedEntries"], &analytics["disqualifiedEntries"]), (&json!(2), &json!(1)));
    assert_eq!(disqualify(false), false);
    assert_eq!(world.board(), named(&[("jane@example.com", 10), ("joe@example.com", 5)]));
}

#[test]
fn points_by_hand_count_once_an_event() {
    let world = World::demo();
    let jane = world.entry("jane@example.com");
    let give = |body: Value| world.private("POST", &path(&jane, "/points"), &body);
    for (body, status, adjusted, points) in [
        (json!({"points": 50, "reason": "Won the quiz", "eventId": "quiz"}), 201, 50, 50),
        (json!({"points": 50, "reason": "Won the quiz", "eventId": "quiz"}), 200, 50, 50),
        (json!({"points": 70, "eventId": "quiz"}), 200, 50, 50),
        (json!({"points": -5}), 201, -5, 45),
        (json!({"points": -5}), 201, -5, 40),
        // What an import is called, a caller's event is not.
        (json!({"points": 1, "eventId": "import"}), 201, 1, 41),
    ] {
        let (got, answer) = give(body.clone());
        let data = &answer["data"];
        assert_eq!(
            (got, &data["adjusted"], &data["points"]),
            (status, &json!(adjusted), &json!(points)),
            "{body}"
        );
    }
    for points in [json!(0), json!(1.5), json!("5"), Value::Null, json!(1_000_000_001)] {
        assert_eq!(give(json!({"points": points})).0, 400, "{points}");
    }
    let (_, why) = world.private("GET", &path(&jane, "/why"), &Value::Null);
    assert_eq!(why["data"]["points"], 41);
    let grants = why["data"]["grants"].as_array().unwrap();
    let quiz = grants.iter().find(|grant| grant["reason"] == "Won the quiz").unwrap();
    assert_eq!(
        (&quiz["cause"], &quiz["points"], &quiz["rule"]),
        (&json!("adjusted"), &json!(50), &json!("by hand"))
    );
}

#[test]
fn every_point_is_explained() {
    let world = World::new(&json!({
        "points": {"purchase": {"perUnit": {"advocate": 1, "friend": 0.5}}},
        "bonusActions": [{"id": "follow", "action": "follow", "description": "Follow us", "points": 7}],
    }));
    world.signup("joe@example.com", Some("REF-XYZ789"));
    world.purchase("1", 80.0, "joe@example.com", None);
    world.private("POST", "/api/v1/contests/demo/refunds", &json!({"orderId": "1", "amount": 20}));
    let joe = world.entry("joe@example.com");
    world.private("POST", &path(&joe, "/bonus-actions/follow/complete"), &Value::Null);
    let board: Vec<(String, i64)> = world.board();
    assert_eq!(board, named(&[("jane@example.com", 70), ("joe@example.com", 42)]));
    for (email, points) in board {
        let (status, why) = world.private("GET", &path(&world.entry(&email), "/why"), &Value::Null);
        let grants = why["data"]["grants"].as_array().unwrap();
        let sum: i64 = grants.iter().map(|grant| grant["points"].as_i64().unwrap()).sum();
        assert_eq!((status, sum, &why["data"]["points"]), (200, points, &json!(points)), "{why}");
        assert!(grants.iter().all(|grant| grant["at"].is_string() && grant["rule"].is_string()));
        for grant in grants {
            let is_order = grant["cause"] == "purchased" || grant["cause"] == "friendPurchased";
            let order = json!({"orderId": "1", "amount": 80.0, "currency": "USD"});
            assert_eq!(grant["order"], if is_order { order } else { Value::Null }, "{grant}");
            let is_of_a_friend = grant["cause"] == "friendSignedUp" || grant["cause"] == "friendPurchased";
            assert_eq!(grant["friend"], if is_of_a_friend { json!(joe) } else { Value::Null }, "{grant}");
        }
    }
    world.private("DELETE", &path(&joe, ""), &Value::Null);
    let (_, why) = world.private("GET", &path(&world.entry("jane@example.com"), "/why"), &Value::Null);
    let grants = why["data"]["grants"].as_array().unwrap();
    assert!(grants.len() > 1 && grants.iter().all(|grant| grant["friend"].is_null()), "{why}");
}

#[test]
fn who_is_erased_is_forgotten_and_everybody_else_keeps_what_they_have() {
    let world = World::demo();
    world.signup("joe@example.com", Some("REF-XYZ789"));
    world.purchase("1", 50.0, "joe@example.com", None);
    let (_, joe) = world.signup("joe@example.com", None);
    let joe_code = joe["data"]["referralCode"].as_str().unwrap().to_owned();
    world.signup("kim@example.com", Some(&joe_code));
    let joe = world.entry("joe@example.com");
    let before = world.facts();
    assert_eq!(world.board().len(), 3);

    let erase = || world.private("DELETE", &path(&joe, ""), &Value::Null);
    let (status, erased) = erase();
    assert_eq!((status, &erased["data"]), (200, &json!({"id": joe, "erased": true, "alreadyExists": false})));
    assert_eq!(erase().1["data"]["alreadyExists"], true);
    assert_eq!(world.board(), named(&[("jane@example.com", 60), ("kim@example.com", 5)]));
    assert!(!world.kv.names().contains(&format!("person/demo/{joe}")));
    assert!(!world.export("json").contains("joe@example.com"));

    // What comes again, brings nobody back and adds nothing.
    let gone = "This person was erased and is not added again";
    let again = [
        world.signup("Joe@example.com", Some("REF-XYZ789")),
        world.private("POST", "/api/v1/contests/demo/entries", &json!({"email": "joe@example.com"})),
        world.private("GET", &path(&joe, ""), &Value::Null),
        world.private("PUT", &path(&joe, ""), &json!({"name": "Joe"})),
        world.private("POST", &path(&joe, "/points"), &json!({"points": 5})),
    ];
    for (status, body) in again {
        assert_eq!((status, &body["error"]), (410, &json!(gone)));
    }
    let import = json!({"participants": [{"email": "joe@example.com", "points": 5}]});
    let (_, report) = world.private("POST", "/api/v1/contests/demo/import", &import);
    assert_eq!(report["data"]["report"][0], json!({"line": 1, "status": "error", "error": gone}));
    assert_eq!(world.purchase("1", 50.0, "joe@example.com", None).1["data"]["alreadyExists"], true);
    let (status, bought) = world.purchase("2", 50.0, "joe@example.com", Some("REF-XYZ789"));
    assert_eq!((status, &bought["data"]["entryId"]), (200, &Value::Null));
    // Nor does the code lead to anybody any more.
    let valid = format!("/api/referral/validate-code?code={joe_code}&contestId=demo");
    assert_eq!(world.ask(&call("GET", &valid, &Value::Null)).1, json!({"valid": false}));
    assert_eq!(world.signup("lee@example.com", Some(&joe_code)).0, 404);

    assert!(!world.kv.names().contains(&format!("person/demo/{joe}")));
    assert_eq!(world.board(), named(&[("jane@example.com", 60), ("kim@example.com", 5)]));
    assert_eq!(world.facts().len(), before.len() + 1, "the facts are as they were, and the tombstone");
    let (_, contest) = world.private("GET", "/api/v1/contests/demo", &Value::Null);
    assert_eq!(contest["data"]["entriesCount"], 2);
}

#[test]
fn an_erasure_that_was_cut_off_is_done_by_the_next_call() {
    for before in 0..12 {
        let world = World::demo();
        world.signup("joe@example.com", Some("REF-XYZ789"));
        let joe = world.entry("joe@example.com");
        world.kv.refuse_after(before);
        let (status, _) = world.private("DELETE", &path(&joe, ""), &Value::Null);
        world.kv.refuse(0);
        let person = format!("person/demo/{joe}");
        if status == 200 {
            assert!(!world.kv.names().contains(&person), "answered before it was done");
        } else {
            assert_eq!(status, 503);
        }
        assert_eq!(world.private("DELETE", &path(&joe, ""), &Value::Null).0, 200);
        assert!(!world.kv.names().contains(&person));
        assert_eq!(world.board(), named(&[("jane@example.com", 10)]));
    }
}

/// An owner may write in it whatever they like, such as a name.
#[test]
fn what_an_owner_wrote_of_somebody_goes_with_them() {
    let town = Town::one();
    let world = &town.world;
    world.signup("joe@example.com", None);
    town.run();
    let joe = world.entry("joe@example.com");
    let disqualify = |on: bool, reason: &str| {
        let body = json!({"disqualified": on, "reason": reason, "eventId": format!("d-{on}")});
        assert_eq!(world.private("POST", &path(&joe, "/disqualify"), &body).0, 200);
    };
    disqualify(true, "Joe Public is Jane's brother");
    disqualify(true, "said again, it is what it was");
    disqualify(false, "Joe Public says he is not");
    let points = json!({"points": 5, "reason": "Sorry, Joe Public", "eventId": "sorry"});
    assert_eq!(world.private("POST", &path(&joe, "/points"), &points).0, 201);
    let (_, why) = world.private("GET", &path(&joe, "/why"), &Value::Null);
    assert_eq!(why["data"]["grants"][0]["reason"], "Sorry, Joe Public");
    let said = why["data"]["disqualifications"].as_array().unwrap();
    let said: Vec<_> = said.iter().map(|said| (&said["disqualified"], &said["reason"])).collect();
    assert_eq!(
        said,
        [
            (&json!(false), &json!("Joe Public says he is not")),
            (&json!(true), &json!("Joe Public is Jane's brother"))
        ]
    );
    assert!(
        !format!("{:?}", world.queue.messages.borrow()).contains("Public"),
        "it is looked up when it is sent"
    );
    assert_eq!(town.run()[0].body["data"]["reason"], "Sorry, Joe Public");

    // On its way while they are erased.
    world.private("POST", &path(&joe, "/points"), &json!({"points": 1, "reason": "Joe Public again"}));
    assert_eq!(world.private("DELETE", &path(&joe, ""), &Value::Null).0, 200);
    let everything = || {
        let records = world.kv.names().into_iter().map(|name| {
            let record = pollster::block_on((&world.kv).get(&name)).unwrap();
            format!("{name} {record:?}")
        });
        records.collect::<Vec<_>>().join("\n")
    };
    let sent = town.run();
    assert_eq!((sent.len(), sent[0].body["data"].get("reason")), (1, None));
    assert!(!everything().contains("Public") && !everything().contains("reason/"));
    assert!(!world.export("json").contains("Public"));
    assert_eq!(world.private("GET", &path(&joe, "/why"), &Value::Null).0, 410);
    // Another place that did not know of it yet.
    let name = format!("reason/demo/{joe}/adjusted/{joe}/late");
    pollster::block_on((&world.kv).put(&name, "\"Joe Public\"", None, None)).unwrap();
    assert!(pollster::block_on(edge::service::chores::run(&world.app(), &world.queue)).is_empty());
    assert!(!everything().contains("Public"));
}

#[test]
fn what_an_owner_does_to_an_entry_is_stored_before_it_is_answered() {
    for (rest, method, body) in [
        ("", "PUT", json!({"name": "Jane Roe", "emailConfirmed": true})),
        ("/disqualify", "POST", json!({"disqualified": true, "eventId": "e1", "reason": "why"})),
        ("/points", "POST", json!({"points": 5, "eventId": "e1", "reason": "why"})),
        ("/bonus-actions/follow/complete", "POST", Value::Null),
    ] {
        let settings = json!({"bonusActions": [{"id": "follow", "action": "follow", "points": 7}]});
        let whole = World::new(&settings);
        let jane = whole.entry("jane@example.com");
        assert!(whole.private(method, &path(&jane, rest), &body).0 < 300);
        for (before, lost) in (0..12).flat_map(|before| [(before, false), (before, true)]) {
            let world = World::new(&settings);
            world.kv.lose_answers.set(lost);
            world.kv.refuse_after(before);
            let (status, _) = world.private(method, &path(&jane, rest), &body);
            world.kv.refuse(0);
            if status < 300 {
                assert_eq!(world.facts(), whole.facts(), "{rest}: answered before it was stored");
            }
            // It comes again, and is as if it had come once.
            assert!(world.private(method, &path(&jane, rest), &body).0 < 300);
            assert_eq!(world.facts(), whole.facts(), "{rest}, cut off after {before} calls, lost: {lost}");
        }
    }
}

#[test]
fn bonus_actions_are_completed_once_by_whoever_holds_the_page() {
    let world = World::new(&json!({"bonusActions": [
        {"id": "follow", "action": "follow", "description": "Follow us", "points": 7},
        {"id": "share", "action": "share", "points": 3},
    ]}));
    let public = world.make_key("acme", "public");
    let jane = world.entry("jane@example.com");
    let lookup = "/api/v1/entries/lookup/bonus-actions";
    let by_email = format!("{lookup}?email=jane@example.com&contestId=demo");
    let list = |at: &str| world.with_key(&public, "GET", at, &Value::Null);
    let done = |n: usize, list: &Value| list["data"][n]["completed"].clone();
    assert_eq!(done(0, &list(&by_email).1), false);
    let complete = |key: &str, at: &str, body: &Value| {
        let (status, answer) = world.with_key(key, "POST", at, body);
        (status, answer["data"]["points"].clone(), answer["data"]["alreadyExists"].clone())
    };
    let first = complete(&public, &path(&jane, "/bonus-actions/follow/complete"), &Value::Null);
    assert_eq!(first, (201, json!(7), json!(false)));
    let body = json!({"email": " Jane@example.com", "contestId": "demo"});
    assert_eq!(complete(&public, &format!("{lookup}/follow/complete"), &body), (200, json!(7), json!(true)));
    assert_eq!(complete(&public, &format!("{lookup}/share/complete"), &body), (201, json!(3), json!(false)));
    let (_, listed) = list(&path(&jane, "/bonus-actions"));
    assert_eq!(
        listed["data"][0],
        json!({
            "id": "follow", "action": "follow", "description": "Follow us", "points": 7, "completed": true,
            "completedAt": "2026-05-28T20:26:40.000Z",
        })
    );
    assert_eq!(world.board(), named(&[("jane@example.com", 10)]));
    // Another rate, or none, changes nothing that was given.
    let off = json!({"status": "paused", "settings": {"bonusActions": [{"id": "share", "action": "share", "points": 9}]}});
    world.private("PUT", "/api/v1/contests/demo", &off);
    assert_eq!(world.board(), named(&[("jane@example.com", 10)]));
    assert_eq!(complete(&public, &format!("{lookup}/follow/complete"), &body), (200, json!(7), json!(true)));
    for (at, body, status) in [
        (format!("{lookup}/nothing/complete"), body.clone(), 403),
        (format!("{lookup}/follow/complete"), json!({"contestId": "demo"}), 400),
        (format!("{lookup}/follow/complete"), json!({"email": "jane@example.com"}), 400),
        (format!("{lookup}/follow/complete"), json!({"email": "no@example.com", "contestId": "demo"}), 404),
        (format!("{lookup}/follow/complete"), json!({"email": "jane@example.com", "contestId": "x"}), 404),
    ] {
        assert_eq!(world.with_key(&public, "POST", &at, &body).0, status, "{at} {body}");
    }
    world.private("PUT", "/api/v1/contests/demo", &json!({"status": "active"}));
    assert_eq!(world.with_key(&public, "POST", &format!("{lookup}/nothing/complete"), &body).0, 404);
}

#[test]
fn a_slow_clock_disqualifies_when_it_says() {
    let world = World::demo();
    let jane = world.entry("jane@example.com");
    let say = |on: bool, at: i64| {
        let sent = json!({"disqualified": on, "eventId": event_id(at)});
        world.private("POST", &path(&jane, "/disqualify"), &sent).1["data"]["disqualified"].clone()
    };
    assert_eq!(say(true, NOW), true);
    assert_eq!(say(false, NOW + 1_000), false);
    assert_eq!(say(true, NOW), false, "it came again and is older than what was said since");
}

/// As a program writes it that has floats only.
#[test]
fn a_whole_number_may_have_a_fraction_of_nothing() {
    let world = World::demo();
    let participants = json!({"participants": [{"email": "joe@example.com", "points": 5.0}]});
    assert_eq!(world.private("POST", "/api/v1/contests/demo/import", &participants).0, 200);
    let points = format!("/api/v1/entries/{}/points", world.entry("joe@example.com"));
    assert_eq!(world.private("POST", &points, &json!({"points": -2.0})).1["data"]["points"], 3);
    assert_eq!(world.private("POST", &points, &json!({"points": -2.5})).0, 400);
    let change =
        |settings: Value| world.private("PUT", "/api/v1/contests/demo", &json!({"settings": settings}));
    let (status, changed) = change(json!({"windowDays": 30.0, "points": {"signup": {"advocate": 7.0}}}));
    let settings = &changed["data"]["settings"];
    assert_eq!(
        (status, &settings["windowDays"], &settings["points"]["signup"]["advocate"]),
        (200, &json!(30), &json!(7))
    );
    for settings in [json!({"windowDays": 30.5}), json!({"windowDays": 1e300}), json!({"windowDays": -30.0})]
    {
        assert_eq!(change(settings.clone()).0, 400, "{settings}");
    }
}
