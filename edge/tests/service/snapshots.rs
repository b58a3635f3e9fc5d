//! A contest with many facts, through the API: what is told, what is done at night, and what its owner sees of it.

use serde_json::{Value, json};

use crate::moment::do_chores;
use crate::world::{NOW, World, call};

const HOUR: i64 = 3_600_000;

/// Has a snapshot, of which every call tells.
fn large() -> World {
    let world = World::demo();
    world.kv.snapshots_from.set(Some(3));
    for number in 0..5 {
        assert_eq!(world.signup(&format!("f{number}@example.com"), Some("REF-XYZ789")).0, 201);
    }
    points(&world);
    world.keep_snapshots();
    assert!(has_board(&world));
    world
}

fn has_board(world: &World) -> bool {
    world.kv.names().contains(&"snapshot/demo/board".to_owned())
}

fn points(world: &World) -> Value {
    world.private("GET", "/api/v1/contests/demo/leaderboard", &Value::Null).1["data"][0]["points"].clone()
}

fn jane(world: &World) -> String {
    let (_, body) = world.private("GET", "/api/v1/contests/demo/entries?search=jane", &Value::Null);
    body["data"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_stored_is_on_the_board_once_its_message_was_taken() {
    let world = large();
    let before = points(&world).as_i64().unwrap();
    assert_eq!(world.purchase("1", 10.0, "f1@example.com", None).0, 201);
    assert_eq!(points(&world), before);
    let told = world.keep_snapshots();
    assert!(told.iter().any(|text| text.contains("purchased/")), "{told:?}");
    assert!(!told.iter().any(|text| text.contains('@')), "{told:?}");
    assert_eq!(points(&world), before + 10);
}

#[test]
fn an_owner_sees_at_once_what_they_did() {
    let world = large();
    let jane = jane(&world);
    let adjust = || {
        let body = json!({"points": 7, "eventId": "thanks", "reason": "for help"});
        let (status, body) = world.private("POST", &format!("/api/v1/entries/{jane}/points"), &body);
        (status, body["data"]["points"].as_i64().unwrap())
    };
    let before = points(&world).as_i64().unwrap();
    assert_eq!(adjust(), (201, before + 7));
    assert_eq!(adjust(), (200, before + 7), "and once");
    let (_, why) = world.private("GET", &format!("/api/v1/entries/{jane}/why"), &Value::Null);
    assert_eq!(why["data"]["points"], before + 7);
    let body = json!({"disqualified": true});
    let (status, body) = world.private("POST", &format!("/api/v1/entries/{jane}/disqualify"), &body);
    assert_eq!((status, &body["data"]["disqualified"]), (200, &json!(true)));
}

#[test]
fn what_was_never_told_is_found_at_night_and_health_says_so() {
    let world = large();
    let before = points(&world).as_i64().unwrap();
    world.now.set(NOW + HOUR);
    do_chores(&world);
    world.keep_snapshots();
    assert_eq!(world.purchase("1", 10.0, "f1@example.com", None).0, 201);
    world.queue.messages.borrow_mut().clear();
    for hour in [2, 20, 22, 23] {
        world.now.set(NOW + hour * HOUR);
        do_chores(&world);
        world.keep_snapshots();
        let expected = if hour < 22 { before } else { before + 10 };
        assert_eq!(points(&world), expected, "after {hour} hours");
    }
    let (_, health) = world.ask(&call("GET", "/api/health", &Value::Null));
    assert_eq!(health["data"]["snapshots"]["repaired"], 1, "{health}");
    assert_eq!(health["data"]["snapshots"]["count"], 1);
    world.now.set(NOW + 90 * HOUR);
    let (_, health) = world.ask(&call("GET", "/api/health", &Value::Null));
    assert_eq!(
        (&health["data"]["status"], &health["data"]["snapshots"]["status"]),
        (&json!("degraded"), &json!("late"))
    );
}

#[test]
fn a_snapshot_that_cannot_be_written_is_tried_again_and_nobody_notices() {
    let world = large();
    let before = points(&world).as_i64().unwrap();
    assert_eq!(world.purchase("1", 10.0, "f1@example.com", None).0, 201);
    let (lane, text, _) = world.queue.messages.borrow_mut().remove(0);
    world.now.set(world.now.get() + HOUR);
    world.kv.refuse_after(4);
    let (app, texts) = (world.app(), [text.clone()]);
    let taken = edge::service::tail::take(&app, &world.queue, &texts, |_| {});
    assert_eq!(pollster::block_on(taken), [false]);
    world.kv.refuse(0);
    assert_eq!(points(&world), before);
    world.queue.messages.borrow_mut().push((lane, text, 0));
    world.keep_snapshots();
    assert_eq!(points(&world), before + 10);
}
