//! How a contest stood, what is kept of its end, and what is done once an hour.

use domain::Timestamp;
use domain::fold::{Facts, Terms, moment};
use edge::http::Call;
use edge::ledger::Kv;
use edge::service::chores;
use serde_json::{Value, json};

use crate::world::{DAY, NOW, World, call};

const STANDINGS: &str = "/api/v1/contests/demo/standings";
const HOUR: i64 = 3_600_000;

fn time(millis: i64) -> String {
    Timestamp::from_millis(millis).to_rfc3339()
}

fn standings(world: &World, at: &str) -> Value {
    let (status, body) = world.private("GET", &format!("{STANDINGS}{at}"), &Value::Null);
    assert_eq!(status, 200, "{body}");
    body["data"].clone()
}

fn points(told: &Value) -> Vec<(Value, Value)> {
    let places = told["standings"].as_array().unwrap().iter();
    places.map(|place| (place["rank"].clone(), place["points"].clone())).collect()
}

pub fn do_chores(world: &World) {
    let failures = pollster::block_on(chores::run(&world.app(), &world.queue));
    assert!(failures.is_empty(), "{failures:?}");
}

/// Joe signs up by Jane's code now, and Ann a day later; a day after that the contest is over.
fn two_days() -> World {
    let world = World::new(&json!({"points": {"signup": {"advocate": 10, "friend": 5}}}));
    let ends = json!({"endDate": time(NOW + 2 * DAY)});
    assert_eq!(world.private("PUT", "/api/v1/contests/demo", &ends).0, 200);
    world.signup("joe@example.com", Some("REF-XYZ789"));
    world.now.set(NOW + DAY);
    world.signup("ann@example.com", Some("REF-XYZ789"));
    world
}

#[test]
fn a_moment_is_as_it_was_whatever_came_later() {
    let world = two_days();
    let then = standings(&world, &format!("?at={}", time(NOW + HOUR)));
    assert_eq!(points(&then), [(json!(1), json!(10)), (json!(2), json!(5))]);
    assert_eq!(
        points(&standings(&world, "")),
        [(json!(1), json!(20)), (json!(2), json!(5)), (json!(3), json!(5))]
    );
    assert_eq!(points(&standings(&world, &format!("?at={}", time(NOW - 1)))), []);
    let joe = world.entry("joe@example.com");
    world.private("POST", &format!("/api/v1/entries/{joe}/disqualify"), &json!({"disqualified": true}));
    world.private("DELETE", &format!("/api/v1/entries/{}", world.entry("ann@example.com")), &Value::Null);
    assert_eq!(standings(&world, &format!("?at={}", time(NOW + HOUR))), then);
    assert_eq!(points(&standings(&world, "")), [(json!(1), json!(20)), (Value::Null, json!(5))]);
}

#[test]
fn standings_name_nobody_and_are_read_in_parts() {
    let world = two_days();
    let (_, body) = world.private("GET", &format!("{STANDINGS}?page=2&limit=1"), &Value::Null);
    assert_eq!(body["pagination"], json!({"page": 2, "limit": 1, "total": 3, "totalPages": 3}));
    assert_eq!(body["data"]["standings"].as_array().unwrap().len(), 1);
    assert!(!body.to_string().contains("example.com"), "{body}");
}

#[test]
fn what_is_no_moment_is_refused() {
    let world = two_days();
    for at in ["?at=tomorrow", "?at=", &format!("?at={}", time(NOW + DAY + 1)), "?limit=0"] {
        let (status, body) = world.private("GET", &format!("{STANDINGS}{at}"), &Value::Null);
        assert_eq!((status, &body["success"]), (400, &json!(false)), "{at}");
    }
    let public = world.make_key("acme", "public");
    assert_eq!(world.with_key(&public, "GET", STANDINGS, &Value::Null).0, 403);
    assert_eq!(world.ask(&call("GET", STANDINGS, &Value::Null)).0, 401);
}

#[test]
fn final_standings_are_kept_an_hour_after_the_end_and_stay() {
    let world = two_days();
    world.now.set(NOW + 2 * DAY + HOUR - 1);
    do_chores(&world);
    assert_eq!(standings(&world, "")["isFinal"], false, "what happened before may still be on its way");
    world.now.set(NOW + 2 * DAY + HOUR);
    do_chores(&world);
    let kept = standings(&world, "");
    assert_eq!((&kept["isFinal"], &kept["at"]), (&json!(true), &json!(time(NOW + 2 * DAY))));
    // An order of before the end that is reported later, and other rules, do not change it.
    let jane = world.entry("jane@example.com");
    world.now.set(NOW + 3 * DAY);
    world.private("POST", &format!("/api/v1/entries/{jane}/points"), &json!({"points": 7, "reason": "late"}));
    world.private("PUT", "/api/v1/contests/demo", &json!({"settings": {"requireConfirmation": true}}));
    assert_eq!(standings(&world, ""), kept);
    assert_eq!(standings(&world, &format!("?at={}", time(NOW + 2 * DAY))), kept);
    assert_eq!(standings(&world, &format!("?at={}", time(NOW + 3 * DAY)))["isFinal"], false);
}

#[test]
fn without_chores_the_first_to_ask_keeps_it() {
    let world = two_days();
    world.now.set(NOW + 3 * DAY);
    assert_eq!(standings(&world, "")["isFinal"], true);
    assert!(world.kv.names().iter().any(|name| name.starts_with("final/demo/")));
}

#[test]
fn a_contest_that_its_owner_ends_ended_then_and_one_that_goes_on_has_not() {
    let world = two_days();
    let set = |status: &str| {
        assert_eq!(world.private("PUT", "/api/v1/contests/demo", &json!({"status": status})).0, 200);
    };
    set("ended");
    world.now.set(NOW + DAY + HOUR);
    set("ended");
    let kept = standings(&world, "");
    assert_eq!((&kept["at"], &kept["isFinal"]), (&json!(time(NOW + DAY)), &json!(true)));
    set("active");
    assert_eq!(
        (&standings(&world, "")["at"], &standings(&world, "")["isFinal"]),
        (&json!(time(NOW + DAY + HOUR)), &json!(false))
    );
    set("ended");
    assert_eq!(standings(&world, "")["at"], json!(time(NOW + DAY + HOUR)), "it has another end");
}

#[test]
fn who_holds_an_export_can_add_up_its_facts_and_finds_what_was_kept() {
    let world = two_days();
    world.now.set(NOW + 3 * DAY);
    let export: Value = serde_json::from_str(&world.export("json")).unwrap();
    let facts = export["facts"].as_array().unwrap().iter();
    let facts = facts.map(|fact| domain::Fact::read(fact["id"].as_str().unwrap(), &fact["payload"]).unwrap());
    let facts: Facts = facts.collect();
    let kept = &export["final"];
    let at = Timestamp::from_millis(NOW + 2 * DAY);
    assert_eq!(&moment(&facts.until(at), Terms::read(&kept["by"]).unwrap(), at), kept);
    let running: Value = serde_json::from_str(&World::demo().export("json")).unwrap();
    assert_eq!(running["final"], Value::Null);
}

/// What a place that does not know of an erasure yet does: the signup is answered, and writes the person.
#[test]
fn what_was_written_again_of_the_erased_is_removed() {
    let world = two_days();
    let ann = world.entry("ann@example.com");
    let person = format!("person/demo/{ann}");
    let code = world.kv.names().into_iter().filter(|name| name.starts_with("code/demo/"));
    let stored = |name: &str| pollster::block_on((&world.kv).get(name)).unwrap();
    let before: Vec<_> = code.map(|name| (name.clone(), stored(&name).unwrap())).collect();
    let record = stored(&person).unwrap();
    world.private("DELETE", &format!("/api/v1/entries/{ann}"), &Value::Null);
    let after: Vec<_> = before.iter().map(|(name, _)| stored(name).unwrap().value).collect();
    let write =
        |name: &str, value: &str| pollster::block_on((&world.kv).put(name, value, None, None)).unwrap();
    write(&person, &record.value);
    for (name, owner) in &before {
        write(name, &owner.value);
    }
    do_chores(&world);
    assert!(stored(&person).is_none());
    let again: Vec<_> = before.iter().map(|(name, _)| stored(name).unwrap().value).collect();
    assert_eq!(again, after);
    // And no longer than somebody may not know of it.
    write(&person, &record.value);
    world.now.set(NOW + 4 * DAY);
    do_chores(&world);
    assert!(stored(&person).is_some());
}

#[test]
fn health_says_whether_the_store_answers_and_when_the_chores_were_done() {
    let world = World::demo();
    let health = || world.ask(&call("GET", "/api/health", &Value::Null));
    let cron = |status: &str, last: Value| json!({"status": status, "lastRun": last});
    let none = json!({"status": "ok", "count": 0, "proven": null, "repaired": 0});
    assert_eq!(
        health().1["data"],
        json!({"status": "ok", "store": "ok", "cron": cron("never", Value::Null), "snapshots": none})
    );
    do_chores(&world);
    assert_eq!(health().1["data"]["cron"], cron("ok", json!(time(NOW))));
    world.now.set(NOW + 3 * HOUR);
    assert_eq!(
        (&health().1["data"]["status"], &health().1["data"]["cron"]["status"]),
        (&json!("degraded"), &json!("late"))
    );
    world.kv.refuse(1_000);
    let (status, body) = health();
    assert_eq!((status, &body["success"]), (503, &json!(false)), "{body}");
}

#[test]
fn chores_that_fail_say_where_and_are_not_told_as_done() {
    let world = two_days();
    world.now.set(NOW + 3 * DAY);
    world.kv.refuse_after(0);
    let failures = pollster::block_on(chores::run(&world.app(), &world.queue));
    assert_eq!(failures.len(), 1, "{failures:?}");
    world.kv.refuse(0);
    let (_, body) = world.ask(&Call { ..call("GET", "/api/health", &Value::Null) });
    assert_eq!(body["data"]["cron"]["status"], "never");
}
