//! What becomes of a delivery: when nobody listens, when somebody is slow, when the person is gone.

use std::time::Duration;

use edge::deliver::{PostFault, Settled};
use edge::ledger::Kv;
use edge::outbox::{Lane, Message};
use serde_json::{Value, json};

use crate::town::{CLOCK, Town, URL};
use crate::world::LOG;

#[test]
fn a_delivery_that_fails_is_tried_for_a_day_and_kept_and_replayed_under_its_id() {
    let town = Town::new(&[json!({"url": URL, "events": ["signup.tracked"]})]);
    town.world.signup("joe@example.com", None);
    let mut answers = vec![Ok(503), Err(PostFault::Failed("connection refused".to_owned())), Ok(302)];
    answers.extend((0..8).map(|_| Ok(500)));
    town.receivers.answers.borrow_mut().extend(answers);
    let began = CLOCK.get();
    assert_eq!(town.step(), Some(Settled::Done));
    let listed = town.deliveries(0, "");
    assert_eq!(
        (&listed["data"][0]["status"], &listed["data"][0]["attempts"][0]["status"]),
        (&json!("retrying"), &json!(503))
    );
    assert!(listed["data"][0]["nextAttemptAt"].is_string());
    assert_eq!(town.deliveries(0, "?status=failed")["pagination"]["total"], 0);

    let sent = town.run();
    assert_eq!(sent.len(), 11);
    let hours = (CLOCK.get() - began) / 3_600_000;
    assert!((18..24).contains(&hours), "{hours} h");
    assert!(sent.iter().all(|again| again.id() == sent[0].id() && again.body == sent[0].body));
    let times: Vec<i64> = sent.iter().map(|sent| sent.header("webhook-timestamp").parse().unwrap()).collect();
    assert!(
        times.is_sorted() && times[10] - times[0] > 18 * 3_600,
        "each attempt is signed with its own time"
    );
    assert!(
        sent.iter()
            .zip(&sent[1..])
            .all(|(one, next)| one.header("webhook-signature") != next.header("webhook-signature"))
    );

    let listed = town.deliveries(0, "?status=failed");
    let delivery = &listed["data"][0];
    assert_eq!(listed["pagination"], json!({"page": 1, "limit": 20, "total": 1, "totalPages": 1}));
    assert_eq!(
        (delivery["id"].as_str().unwrap(), &delivery["type"]),
        (sent[0].id(), &json!("signup.tracked"))
    );
    assert_eq!((&delivery["status"], &delivery["nextAttemptAt"]), (&json!("failed"), &Value::Null));
    let attempts = delivery["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 11);
    assert_eq!(
        (&attempts[1]["status"], &attempts[1]["error"], &attempts[1]["attempt"], &attempts[1]["ms"]),
        (&Value::Null, &json!("connection refused"), &json!(2), &json!(40))
    );

    assert_eq!(town.replay(0, sent[0].id()), 200);
    let replayed = town.run();
    assert_eq!((replayed.len(), replayed[0].id(), &replayed[0].body), (1, sent[0].id(), &sent[0].body));
    let listed = town.deliveries(0, "?status=delivered");
    assert_eq!(listed["data"][0]["attempts"].as_array().unwrap().len(), 12);
    assert_eq!(listed["data"][0]["attempts"][11]["attempt"], 1);
    assert_eq!(town.replay(0, "evt_0"), 404);
    assert_eq!(town.replay(0, ".."), 404);
    let kept: Vec<u64> = town.world.kv.seconds.borrow().values().copied().collect();
    assert_eq!(kept, [30 * 86_400; 12], "each as long as the one that says how it ended");
}

#[test]
fn a_receiver_that_is_gone_is_not_tried_again() {
    let town = Town::new(&[json!({"url": URL, "events": ["signup.tracked"]})]);
    town.receivers.answers.borrow_mut().push_back(Ok(410));
    town.world.signup("joe@example.com", None);
    assert_eq!(town.run().len(), 1);
    assert_eq!(town.deliveries(0, "?status=failed")["data"][0]["attempts"][0]["status"], 410);
    // Later events are sent all the same: nothing is switched off that nobody switched off.
    town.world.signup("ann@example.com", None);
    assert_eq!(town.run().len(), 1);
}

#[test]
fn a_slow_receiver_is_waited_for_where_it_delays_only_its_like() {
    let town = Town::new(&[
        json!({"url": "https://slow.example/", "events": ["signup.tracked"]}),
        json!({"url": "https://quick.example/", "events": ["signup.tracked"]}),
    ]);
    town.receivers.answers.borrow_mut().push_back(Err(PostFault::TooSlow));
    town.world.signup("joe@example.com", None);
    assert_eq!(town.step(), Some(Settled::Done));
    assert_eq!(town.receivers.sent.borrow()[0].patience, Duration::from_secs(5));
    // Whatever comes to it in the next minutes goes to the other queue unsent.
    town.world.signup("ann@example.com", None);
    let first: Vec<(Lane, String, u32)> = town.world.queue.messages.take();
    town.receivers.sent.take();
    for (lane, text, _) in first.iter().filter(|(lane, ..)| *lane == Lane::First) {
        assert_eq!(town.carry(*lane, text), Settled::Done);
    }
    let quick: Vec<String> = town.receivers.sent.take().into_iter().map(|sent| sent.url).collect();
    assert_eq!(quick, ["https://quick.example/", "https://quick.example/"]);
    let moved = town.world.queue.messages.borrow().clone();
    assert_eq!(moved.len(), 1);
    assert_eq!((moved[0].0, moved[0].2), (Lane::Retries, 0));
    assert_eq!(Message::parse(&moved[0].1).unwrap().attempt, 1, "it was not tried");
    let sent = town.run();
    assert_eq!((sent.len(), sent[0].patience), (1, Duration::from_secs(15)));
    assert_eq!(town.deliveries(0, "")["data"][1]["attempts"][0]["error"], "no answer within 5 s");
}

#[test]
fn nothing_of_an_erased_person_is_sent_or_kept() {
    let town = Town::one();
    town.world.signup("joe@example.com", Some("REF-XYZ789"));
    town.world.purchase("1001", 10.0, "joe@example.com", None);
    let kept = |town: &Town| {
        let kv = &town.world.kv;
        let names = kv.names().into_iter().filter(|name| name.starts_with("delivery/"));
        let record = |name: String| format!("{name} {:?}", pollster::block_on((&*kv).get(&name)).unwrap());
        names.map(record).collect::<Vec<_>>()
    };
    let queued = format!("{:?}", town.world.queue.messages.borrow());
    let one = town.world.queue.messages.borrow()[0].clone();
    town.carry(one.0, &one.1);
    let joe = town.world.entry("joe@example.com");
    assert_eq!(town.world.private("DELETE", &format!("/api/v1/entries/{joe}"), &Value::Null).0, 200);
    let told = town.receivers.sent.take();
    assert_eq!(told[0].body["data"]["email"], "joe@example.com", "before that");
    let sent = town.run();
    let purchase = sent.iter().find(|sent| sent.kind() == "purchase.tracked").unwrap();
    let data = &purchase.body["data"];
    assert_eq!((&data["entryId"], &data["email"], &data["name"]), (&json!(joe), &Value::Null, &Value::Null));
    assert_eq!(data["advocate"]["email"], "jane@example.com");
    let delivery = told[0].id().to_owned();
    assert_eq!(town.replay(0, &delivery), 200);
    let sent_again = town.run();
    assert_eq!(sent_again[0].body["data"]["email"], Value::Null, "a replay says what may be said now");
    let listed = town.deliveries(0, "").to_string();
    let sent: Vec<Value> = sent.into_iter().chain(sent_again).map(|sent| sent.body).collect();
    for text in [queued, kept(&town).concat(), listed, format!("{sent:?}")] {
        assert!(!text.contains("joe@example.com"), "{text}");
    }
    assert_eq!(kept(&town).len(), 8);

    // The erasure itself may be cut off before the person is removed.
    let town = Town::one();
    town.world.signup("joe@example.com", None);
    let joe = town.world.entry("joe@example.com");
    let person = format!("person/demo/{joe}");
    let before = pollster::block_on((&town.world.kv).get(&person)).unwrap().unwrap();
    town.world.private("DELETE", &format!("/api/v1/entries/{joe}"), &Value::Null);
    pollster::block_on((&town.world.kv).put(
        &person,
        &before.value,
        before.metadata.map(|metadata| metadata.to_string()).as_deref(),
        None,
    ))
    .unwrap();
    assert_eq!(town.run()[0].body["data"]["email"], Value::Null);
}

#[test]
fn what_cannot_be_worked_on_is_left_to_the_queue() {
    let town = Town::one();
    for text in ["", "{}", "not json"] {
        assert_eq!(town.carry(Lane::First, text), Settled::Again, "{text}");
    }
    town.world.signup("joe@example.com", None);
    let (lane, text, _) = town.world.queue.messages.take().remove(0);
    town.world.kv.refuse(u32::MAX);
    assert_eq!(town.carry(lane, &text), Settled::Again, "the store is down");
    assert!(LOG.with_borrow(|log| log.last().unwrap().contains("KV PUT failed")));
    town.world.kv.refuse(0);
    town.receivers.answers.borrow_mut().push_back(Ok(500));
    town.world.queue.is_down.set(true);
    assert_eq!(town.carry(lane, &text), Settled::Again, "it cannot be queued for its next attempt");
    town.world.queue.is_down.set(false);
    // It is delivered, and that nobody can read of it is no reason to send it again.
    let calls = (0..40).find(|calls| {
        town.world.kv.refuse_after(*calls);
        let settled = town.carry(lane, &text);
        town.world.kv.refuse(0);
        settled == Settled::Done
    });
    assert!(calls.is_some_and(|calls| calls < 6), "{calls:?}");
    assert!(LOG.with_borrow(|log| log.last().unwrap().contains("not listed")));
    assert!(LOG.with_borrow(|log| !log.concat().contains("example.com")));
}
