//! What an owner does: contests, keys, bringing participants along and taking everything away.

use edge::http::Call;
use serde_json::{Value, json};

use crate::world::{World, call, named};

const IMPORT: &str = "/api/v1/contests/demo/import";

fn import_csv(world: &World, path: &str, csv: &str) -> (u16, Value) {
    world.ask(&Call {
        api_key: Some(world.key.clone()),
        content_type: Some("text/csv; charset=utf-8".to_owned()),
        body: csv.as_bytes().to_vec(),
        ..call("POST", path, &Value::Null)
    })
}

#[test]
fn a_team_lists_its_contests_and_no_others() {
    let world = World::demo();
    for id in ["b", "a", "c"] {
        world.private("POST", "/api/v1/contests", &json!({"id": id, "title": id}));
    }
    let other = world.make_key("other", "private");
    world.with_key(&other, "POST", "/api/v1/contests", &json!({"id": "theirs", "title": "Theirs"}));
    world.signup("joe@example.com", None);
    let list = |key: &str, query: &str| {
        let (status, body) = world.with_key(key, "GET", &format!("/api/v1/contests{query}"), &Value::Null);
        assert_eq!(status, 200);
        body
    };
    let public = world.make_key("acme", "public");
    let all = list(&public, "");
    let ids: Vec<_> = all["data"].as_array().unwrap().iter().map(|contest| contest["id"].clone()).collect();
    assert_eq!(ids, ["a", "b", "c", "demo"]);
    assert_eq!(all["pagination"], json!({"page": 1, "limit": 20, "total": 4, "totalPages": 1}));
    assert_eq!((&all["data"][3]["entriesCount"], &all["data"][3]["settings"]), (&json!(2), &Value::Null));
    let page = list(&world.key, "?page=2&limit=3");
    assert_eq!((&page["data"][0]["id"], &page["pagination"]["totalPages"]), (&json!("demo"), &json!(2)));
    assert_eq!(list(&other, "")["data"][0]["id"], "theirs");
}

#[test]
fn a_contest_whose_making_was_cut_off_is_listed_once_it_is_made() {
    for before in 0..6 {
        let world = World::demo();
        world.kv.refuse_after(before);
        let contest = json!({"id": "summer", "title": "Summer"});
        let (first, _) = world.private("POST", "/api/v1/contests", &contest);
        world.kv.refuse(0);
        let again = world.private("POST", "/api/v1/contests", &contest).0;
        assert!(matches!((first, again), (201, 200) | (503, 200 | 201)), "{first} {again}");
        let (_, list) = world.private("GET", "/api/v1/contests", &Value::Null);
        assert_eq!(list["data"][1]["id"], "summer", "after {before}");
    }
}

#[test]
fn a_changed_setting_changes_no_point_that_was_given() {
    let world = World::demo();
    world.signup("joe@example.com", Some("REF-XYZ789"));
    world.purchase("1", 80.0, "joe@example.com", None);
    let before = world.board();
    let changes = [
        json!({"settings": {"points": {"signup": {"advocate": 99, "friend": 99}}}}),
        json!({"settings": {"points": {"purchase": {"perUnit": {"advocate": 0}, "minAmount": 1000}}}}),
        json!({"settings": {"caps": {"perAdvocatePerDay": 1}, "purchaseTrust": "confirmed"}}),
        json!({"status": "ended", "title": "Over"}),
    ];
    for change in changes {
        let (status, body) = world.private("PUT", "/api/v1/contests/demo", &change);
        assert_eq!(status, 200, "{body}");
        assert_eq!(world.board(), before, "{change}");
    }
    let (_, shown) = world.private("GET", "/api/v1/contests/demo", &Value::Null);
    assert_eq!((&shown["data"]["title"], &shown["data"]["status"]), (&json!("Over"), &json!("ended")));
    let points = &shown["data"]["settings"]["points"];
    assert_eq!(points["signup"], json!({"advocate": 99, "friend": 99}), "what was left out stayed");
    let (status, body) =
        world.private("PUT", "/api/v1/contests/demo", &json!({"settings": {"windowDay": 5}}));
    assert_eq!((status, &body["field"]), (400, &json!("settings.windowDay")));
    assert_eq!(world.private("PUT", "/api/v1/contests/nowhere", &json!({})).0, 404);
    let public = world.make_key("acme", "public");
    assert_eq!(world.with_key(&public, "PUT", "/api/v1/contests/demo", &json!({})).0, 403);
}

#[test]
fn a_key_is_listed_without_itself_and_revoked_for_good() {
    let world = World::demo();
    let made = world.private("POST", "/api/v1/keys", &json!({"kind": "public", "name": "the page"})).1;
    let (id, key) = (made["data"]["id"].as_str().unwrap(), made["data"]["key"].as_str().unwrap());
    world.make_key("other", "private");
    let list = || world.private("GET", "/api/v1/keys", &Value::Null).1;
    let listed = list();
    assert_eq!(listed["pagination"]["total"], 2);
    assert!(!listed.to_string().contains(&key[7..]) && !listed.to_string().contains("\"key\""));
    let page = listed["data"].as_array().unwrap().iter().find(|listed| listed["id"] == id).unwrap();
    assert_eq!(
        (&page["name"], &page["kind"], &page["team"]),
        (&json!("the page"), &json!("public"), &json!("acme"))
    );

    let contest = || world.with_key(key, "GET", "/api/v1/contests/demo", &Value::Null).0;
    assert_eq!(contest(), 200);
    let path = format!("/api/v1/keys/{id}");
    let other = world.make_key("other", "private");
    assert_eq!(world.with_key(&other, "DELETE", &path, &Value::Null).0, 404);
    assert_eq!(world.with_key(key, "DELETE", &path, &Value::Null).0, 403);
    for before in 0..6 {
        world.kv.refuse_after(before);
        world.private("DELETE", &path, &Value::Null);
        world.kv.refuse(0);
    }
    assert_eq!(contest(), 401);
    assert_eq!(world.private("DELETE", &path, &Value::Null).0, 404);
    assert_eq!(list()["pagination"]["total"], 1);
    for id in ["", "x", "0000000000000000", "../contest/demo"] {
        assert_eq!(world.private("DELETE", &format!("/api/v1/keys/{id}"), &Value::Null).0, 404, "{id:?}");
    }
}

#[test]
fn participants_come_along_as_a_spreadsheet() {
    let world = World::demo();
    let csv = "\u{feff}Points,E-Mail-Status,email,NAME,referralcode,phone\r\n\
        120,ok,ann@example.com,\"Doe, Ann\",ANN-1,'+49 170 1234567\r\n\
        \r\n\
        x,ok,bob@example.com,Bob,,\r\n\
        ,,carl@example.com\r\n\
        5,,not an address,Dora,,\r\n\
        5,,,Eve,REF-XYZ789,12345\r\n\
        5,,,Fay,,'+1 555 0100";
    let (status, body) = import_csv(&world, IMPORT, csv);
    assert_eq!(status, 200, "{body}");
    let report = body["data"]["report"].as_array().unwrap();
    let said: Vec<_> =
        report.iter().map(|line| line["error"].as_str().or(line["status"].as_str()).unwrap()).collect();
    assert_eq!(
        said,
        [
            "created",
            "points must be a whole number",
            "created",
            "email is not a valid e-mail address",
            "referralCode belongs to another participant",
            "created"
        ]
    );
    assert_eq!((&report[5]["line"], &body["data"]["next"]), (&json!(6), &Value::Null));
    let ann =
        world.private("GET", "/api/v1/contests/demo/entries?search=ann", &Value::Null).1["data"][0].clone();
    assert_eq!(
        (&ann["name"], &ann["phone"], &ann["points"], &ann["referralCode"]),
        (&json!("Doe, Ann"), &json!("+49 170 1234567"), &json!(120), &json!("ANN-1"))
    );
    let before = world.facts();
    let (_, again) = import_csv(&world, IMPORT, csv);
    assert_eq!((&again["data"]["report"][0]["status"], world.facts()), (&json!("exists"), before));
    for (csv, text) in [("", "columns"), ("name,points\nAnn,5", "columns"), ("\u{0}", "columns")] {
        let (status, body) = import_csv(&world, IMPORT, csv);
        assert_eq!(status, 400);
        assert!(body["error"].as_str().unwrap().contains(text), "{body}");
    }
}

#[test]
fn a_long_list_is_imported_in_several_calls() {
    let world = World::demo();
    let lines: Vec<_> = (0..230).map(|n| format!("friend-{n}@example.com,{n}")).collect();
    let csv = ["email,points", &lines.join("\n")].join("\n");
    let mut from = json!(1);
    let mut calls = 0;
    while !from.is_null() {
        let (status, body) = import_csv(&world, &format!("{IMPORT}?from={from}"), &csv);
        assert_eq!((status, &body["data"]["report"][0]["line"]), (200, &from));
        from = body["data"]["next"].clone();
        calls += 1;
    }
    assert_eq!(calls, 3);
    let (_, list) = world.private("GET", "/api/v1/contests/demo/entries", &Value::Null);
    assert_eq!(list["pagination"]["total"], 231);
    assert_eq!(import_csv(&world, &format!("{IMPORT}?from=0"), &csv).1["field"], "from");
}

#[test]
fn everything_is_taken_along_and_nothing_in_it_runs() {
    let world = World::demo();
    let evil = "=HYPERLINK(\"https://evil.example\",\"click\")";
    let entry = json!({"email": "joe@example.com", "name": evil, "phone": "+49 170 1234567", "referralCode": "REF-XYZ789"});
    world.private("POST", "/api/v1/contests/demo/entries", &entry);
    world.purchase("1", 80.0, "joe@example.com", None);
    let joe = world.entry("joe@example.com");
    world.private("POST", &format!("/api/v1/entries/{joe}/points"), &json!({"points": -9}));

    let csv = world.export("csv");
    let line = csv.lines().find(|line| line.contains("joe@example.com")).unwrap();
    assert!(
        line.contains("\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"click\"\")\",'+49 170 1234567,-4,"),
        "{line}"
    );
    assert!(csv.starts_with("id,email,name,phone,points,"));
    assert_eq!(csv.lines().count(), 3);

    let json: Value = serde_json::from_str(&world.export("json")).unwrap();
    assert_eq!((&json["contest"]["id"], json["entries"].as_array().unwrap().len()), (&json!("demo"), 2));
    let exported =
        json["entries"].as_array().unwrap().iter().find(|entry| entry["id"] == joe.as_str()).unwrap();
    assert_eq!((&exported["name"], &exported["points"]), (&json!(evil), &json!(-4)));
    let facts: Vec<_> = json["facts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| (format!("fact/demo/{}", fact["id"].as_str().unwrap()), fact["payload"].clone()))
        .collect();
    assert_eq!(facts, world.facts(), "every fact as it is stored");

    // Into another contest it goes as it came, points and codes included.
    world.private("POST", "/api/v1/contests", &json!({"id": "next", "title": "Next", "status": "active"}));
    let (status, body) = import_csv(&world, "/api/v1/contests/next/import", &csv);
    assert_eq!((status, &body["data"]["report"][0]["status"]), (200, &json!("created")), "{body}");
    let (_, board) = world.private("GET", "/api/v1/contests/next/leaderboard", &Value::Null);
    let rows = board["data"].as_array().unwrap().iter();
    let rows: Vec<_> =
        rows.map(|row| (row["name"].as_str().unwrap(), row["points"].as_i64().unwrap())).collect();
    assert_eq!(rows, [("Jane Doe", 90), (evil, -4)]);
    assert_eq!(board["data"][0]["referralCode"], "REF-XYZ789");
}

#[test]
fn an_export_has_thousands_of_participants_and_those_whose_name_is_late() {
    let world = World::demo();
    let late = world.entry("jane@example.com");
    for n in 0..1_200 {
        world.signup(&format!("friend-{n}@example.com"), None);
    }
    pollster::block_on(edge::ledger::Kv::delete(&&world.kv, &format!("person/demo/{late}"))).unwrap();
    let csv = world.export("csv");
    assert_eq!(csv.lines().count(), 1_202);
    assert!(csv.contains(&format!("{late},,,,0,")));
    let json: Value = serde_json::from_str(&world.export("json")).unwrap();
    assert_eq!(
        (json["entries"].as_array().unwrap().len(), json["facts"].as_array().unwrap().len()),
        (1_201, 1_201)
    );
}

#[test]
fn a_name_too_long_for_a_list_is_found_all_the_same() {
    let world = World::demo();
    let name = "🪁".repeat(200);
    let email = format!("{}@{}.example.com", "a".repeat(64), "b".repeat(63));
    let entry = json!({"email": email, "name": name, "phone": "1".repeat(40)});
    assert_eq!(world.private("POST", "/api/v1/contests/demo/entries", &entry).0, 201);
    let (_, found) = world.private("GET", "/api/v1/contests/demo/entries?search=🪁🪁", &Value::Null);
    assert_eq!(found["data"][0]["email"], email.as_str());
    assert!(world.export("csv").contains(&name));
}

#[test]
fn an_export_that_the_store_refuses_is_cut_off_and_not_ended() {
    let world = World::demo();
    let path = "/api/v1/contests/demo/export?format=json";
    let reply = world.send(&Call { api_key: Some(world.key.clone()), ..call("GET", path, &Value::Null) });
    let mut export = reply.export.unwrap();
    let ledger = edge::ledger::KvLedger::new(&world.kv);
    world.kv.refuse_after(0);
    assert!(pollster::block_on(export.next(&ledger)).unwrap().unwrap().starts_with("{\"contest\""));
    assert!(pollster::block_on(export.next(&ledger)).is_err());
    world.kv.refuse(0);
    assert_eq!(world.board(), named(&[("jane@example.com", 0)]));
}
