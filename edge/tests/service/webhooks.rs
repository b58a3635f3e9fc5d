//! What a site's own forms and servers report, and the secrets that they do it with.

use edge::http::{Call, WebhookHeaders};
use edge::ledger::Kv;
use serde_json::{Value, json};

use crate::reports::settings;
use crate::world::{World, call, named};

const SIGNUP: &str = "/api/webhooks/signup/demo";
const PURCHASE: &str = "/api/webhooks/purchase/demo";
const CONTEST: &str = "/api/v1/contests/demo";

fn send(world: &World, path: &str, secret: Option<&str>, body: &Value) -> (u16, Value) {
    let webhook = WebhookHeaders { secret: secret.map(str::to_owned), ..WebhookHeaders::default() };
    world.ask(&Call { webhook, ..call("POST", path, body) })
}

#[test]
fn a_form_reports_a_signup_and_a_server_an_order() {
    let world = World::new(&settings(&json!({})));
    let joe = json!({"email": "Joe@example.com", "name": "Joe", "referralCode": "ref-xyz789", "secret": "site-secret"});
    let (status, first) = send(&world, SIGNUP, None, &joe);
    let id = first["data"]["entryId"].clone();
    let data = |exists: bool, advocate: u32, friend: u32| {
        json!({
            "entryId": id, "email": "joe@example.com", "alreadyExists": exists, "isReferred": true,
            "pointsAwarded": {"advocate": advocate, "friend": friend},
        })
    };
    assert_eq!((status, &first["data"]), (201, &data(false, 10, 5)));
    let (status, again) = send(&world, SIGNUP, Some("site-secret"), &joe);
    assert_eq!((status, &again["data"]), (200, &data(true, 0, 0)));

    let order = json!({"email": "joe@example.com", "orderId": "1001", "amount": 53.4});
    let (status, bought) = send(&world, PURCHASE, Some("site-secret"), &order);
    assert_eq!(status, 201);
    assert_eq!(
        bought["data"],
        json!({
            "purchaseId": bought["data"]["purchaseId"], "entryId": id, "pointsAwarded": 80, "alreadyExists": false,
            "message": "Purchase recorded successfully",
        })
    );
    let (status, again) = send(&world, PURCHASE, Some("site-secret"), &order);
    assert_eq!(
        (status, &again["data"]["pointsAwarded"], &again["data"]["alreadyExists"]),
        (200, &json!(0), &json!(true))
    );
    let stranger = json!({"email": "new@example.com", "orderId": "1002", "amount": 5});
    let (status, nobody) = send(&world, PURCHASE, Some("site-secret"), &stranger);
    assert_eq!((status, &nobody["data"]["entryId"]), (200, &Value::Null));
    assert_eq!(world.board(), named(&[("jane@example.com", 63), ("joe@example.com", 32)]));

    world.private("DELETE", &format!("/api/v1/entries/{}", world.entry("joe@example.com")), &Value::Null);
    assert_eq!(send(&world, SIGNUP, Some("site-secret"), &joe).0, 410, "who was erased is not brought back");
    world.private("PUT", CONTEST, &json!({"status": "paused"}));
    assert_eq!(send(&world, SIGNUP, Some("site-secret"), &json!({"email": "a@example.com"})).0, 403);
}

#[test]
fn a_webhook_confirms_what_a_browser_reported() {
    let world = World::new(&settings(&json!({"purchaseTrust": "confirmed"})));
    world.signup("joe@example.com", Some("REF-XYZ789"));
    world.purchase("1", 80.0, "joe@example.com", None);
    let order = json!({"email": "joe@example.com", "orderId": "1", "amount": 80});
    let (status, confirmed) = send(&world, PURCHASE, Some("site-secret"), &order);
    assert_eq!((status, &confirmed["data"]["pointsAwarded"]), (200, &json!(120)));
}

#[test]
fn nobody_reports_without_the_secret() {
    let world = World::new(&settings(&json!({})));
    let before = world.kv.names();
    let body = json!({"email": "joe@example.com", "orderId": "1", "amount": 1});
    for path in [SIGNUP, PURCHASE] {
        for (header, in_body) in [
            (None, Value::Null),
            (Some(""), Value::Null),
            (Some("Site-secret"), Value::Null),
            (None, json!("another")),
            (None, json!(5)),
            (Some("another"), json!("site-secret")),
        ] {
            let mut body = body.clone();
            body["secret"] = in_body.clone();
            let (status, answer) = send(&world, path, header, &body);
            let text = "Missing or invalid webhook secret";
            assert_eq!((status, &answer["error"]), (401, &json!(text)), "{path} {header:?} {in_body}");
        }
    }
    assert_eq!(world.kv.names(), before);
    assert_eq!(
        send(&World::demo(), SIGNUP, Some(""), &body).0,
        401,
        "a contest without a secret trusts nobody"
    );
}

#[test]
fn a_secret_is_set_changed_and_removed_and_never_shown() {
    let world =
        World::new(&settings(&json!({"stripe": {"signingSecrets": ["whsec_first", "whsec_second"]}})));
    let hidden = ["site-secret", "whsec_", "shpss_", "new-secret"];
    let shown = || world.private("GET", CONTEST, &Value::Null).1["data"]["settings"].clone();
    let set = |webhook: bool, count: u32, shopify: bool| {
        (
            json!({"set": webhook}),
            json!({"signingSecrets": {"set": count > 0, "count": count}, "testMode": false}),
            json!({"secret": {"set": shopify}, "testMode": false}),
        )
    };
    let parts = |settings: &Value| {
        (settings["webhookSecret"].clone(), settings["stripe"].clone(), settings["shopify"].clone())
    };
    let change = |settings: Value| world.private("PUT", CONTEST, &json!({"settings": settings}));
    let works =
        |secret: &str| send(&world, SIGNUP, Some(secret), &json!({"email": "jane@example.com"})).0 == 200;

    assert_eq!(parts(&shown()), set(true, 2, true));
    assert!(works("site-secret"));
    assert_eq!(change(json!({"windowDays": 30})).0, 200);
    assert_eq!(parts(&shown()), set(true, 2, true), "what is not named stays");
    assert_eq!(world.private("PUT", CONTEST, &json!({"settings": shown()})).0, 200);
    assert_eq!(parts(&shown()), set(true, 2, true), "what is shown may be sent back");
    change(json!({"webhookSecret": "new-secret", "stripe": {"signingSecrets": ["whsec_second"]}}));
    assert_eq!(parts(&shown()), set(true, 1, true));
    assert!(works("new-secret") && !works("site-secret"));

    for (settings, field) in [
        (json!({"webhookSecret": "new-sec"}), "settings.webhookSecret"),
        (json!({"webhookSecret": "new-secret\u{e9}"}), "settings.webhookSecret"),
        (json!({"webhookSecret": ["new-secret"]}), "settings.webhookSecret"),
        (json!({"stripe": {"signingSecrets": "whsec_new-secret"}}), "settings.stripe.signingSecrets"),
        (json!({"stripe": {"signingSecrets": ["new-secret"]}}), "settings.stripe.signingSecrets"),
        (
            json!({"stripe": {"signingSecrets": vec!["whsec_new-secret"; 6]}}),
            "settings.stripe.signingSecrets",
        ),
        (json!({"stripe": {"signingSecret": ["whsec_new-secret"]}}), "settings.stripe.signingSecret"),
        (json!({"shopify": {"secret": {"is": "new-secret"}}}), "settings.shopify.secret"),
        (json!({"shopify": "new-secret"}), "settings.shopify"),
    ] {
        let (status, answer) = change(settings.clone());
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{settings}");
        assert!(field == "settings.shopify" || !answer.to_string().contains("new-sec"), "{answer}");
    }
    assert_eq!(parts(&shown()), set(true, 1, true));

    let stored = || {
        let value = |name: &String| pollster::block_on((&world.kv).get(name)).unwrap().unwrap();
        world.kv.names().iter().map(|name| format!("{name} {:?}", value(name))).collect::<Vec<_>>().concat()
    };
    let everything = || {
        let contests = world.private("GET", "/api/v1/contests", &Value::Null).1;
        [shown().to_string(), contests.to_string(), world.export("json"), world.export("csv"), stored()]
            .concat()
    };
    for secret in hidden {
        assert!(!everything().contains(secret), "{secret}");
        assert!(!everything().contains(&domain::id::hex(secret.as_bytes())), "{secret}");
    }

    change(json!({"webhookSecret": "", "stripe": {"signingSecrets": null}, "shopify": {"secret": ""}}));
    assert_eq!(parts(&shown()), set(false, 0, false));
    assert!(!works("new-secret") && !works(""));
    change(json!({"shopify": {"secret": "shpss_secret"}}));
    change(json!({"shopify": null}));
    assert_eq!(parts(&shown()), set(false, 0, false));
}

#[test]
fn a_contest_that_is_made_again_is_the_same_with_the_same_secrets_only() {
    let world = World::demo();
    let contest = |secret: &str| {
        let contest = json!({"id": "x", "title": "X", "settings": settings(&json!({"stripe": {"signingSecrets": [secret]}}))});
        world.private("POST", "/api/v1/contests", &contest).0
    };
    assert_eq!([contest("whsec_one"), contest("whsec_one"), contest("whsec_two")], [201, 200, 409]);
}
