//! Doubtful referrals: each rule is off, flags or blocks, and says so to the owner and to nobody else.

use edge::http::Call;
use serde_json::{Value, json};

use crate::reports::{COMPLETED, checkout, event, permutations, settings, stripe};
use crate::world::{DAY, LOG, NOW, World, call, event_id, named};

const LINK: &str = "REF-XYZ789";
const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const CRAWLER: &str = "Mozilla/5.0 (compatible; Somebot/2.1; +https://bot.example)";

/// What a page of the shop's sends.
fn page(path: &str, body: &Value, agent: &str) -> Call {
    let origin = Some("https://shop.example".to_owned());
    let path = format!("/api/referral/{path}");
    Call { origin, user_agent: Some(agent.to_owned()), ..call("POST", &path, body) }
}

fn signup(world: &World, email: &str, visitor: &str, agent: &str) -> Value {
    let body = json!({"contestId": "demo", "email": email, "referralCode": LINK, "visitorId": visitor});
    world.ask(&page("track-signup", &body, agent)).1["data"].clone()
}

fn purchase(world: &World, order: &str, email: &str, visitor: &str, agent: &str) -> Value {
    let body = json!({
        "contestId": "demo", "orderId": order, "amount": 80, "email": email, "referralCode": LINK, "visitorId": visitor,
    });
    world.ask(&page("track-purchase", &body, agent)).1["data"].clone()
}

/// With an advocate of `LINK` who signed up herself, in the browser `janes`.
fn world(settings: &Value) -> World {
    let points = json!({"signup": {"advocate": 10, "friend": 5}, "purchase": {"perUnit": {"advocate": 1, "friend": 1}}});
    let world = World::new(&json!({"points": points, "trust": settings}));
    world.now.set(NOW);
    world
}

/// The advocate's entry signs up in the browser `janes`; gives its code.
fn advocate(world: &World, email: &str) -> String {
    let body = json!({"contestId": "demo", "email": email, "visitorId": "janes"});
    let joined = world.ask(&page("track-signup", &body, CHROME)).1;
    joined["data"]["referralCode"].as_str().unwrap().to_owned()
}

fn grants(world: &World, entry: &str) -> Vec<Value> {
    let (status, body) = world.private("GET", &format!("/api/v1/entries/{entry}/why"), &Value::Null);
    assert_eq!(status, 200, "{body}");
    body["data"]["grants"].as_array().unwrap().clone()
}

fn flags(world: &World, entry: &str) -> Value {
    world.private("GET", &format!("/api/v1/entries/{entry}"), &Value::Null).1["data"]["flags"].clone()
}

/// A friend's signup with something doubtful about it, and then an order of the friend's.
struct Story {
    rule: &'static str,
    email: &'static str,
    visitor: &'static str,
    agent: &'static str,
    reason: &'static str,
}

const STORIES: [Story; 4] = [
    Story {
        rule: "selfReferral",
        email: "Jane.Doe+shop@googlemail.com",
        visitor: "joes",
        agent: CHROME,
        reason: "the friend's address leads to the advocate's own mailbox",
    },
    Story {
        rule: "sameBrowser",
        email: "joe@example.com",
        visitor: "janes",
        agent: CHROME,
        reason: "the friend came with the browser that the advocate signed up with",
    },
    Story {
        rule: "bots",
        email: "joe@example.com",
        visitor: "joes",
        agent: CRAWLER,
        reason: "the browser said that it is a bot",
    },
    Story {
        rule: "disposable",
        email: "joe@in.mailinator.com",
        visitor: "joes",
        agent: CHROME,
        reason: "the friend's address is from a service for throw-away addresses",
    },
];

#[test]
fn each_rule_is_off_flags_or_blocks_a_signup() {
    for Story { rule, email, visitor, agent, reason } in STORIES {
        for action in ["off", "flag", "block"] {
            let story = format!("{rule}: {action}");
            let world = world(&json!({rule: action}));
            let code = advocate(&world, "janedoe@gmail.com");
            let body =
                json!({"contestId": "demo", "email": email, "referralCode": code, "visitorId": visitor});
            let (status, friend) = world.ask(&page("track-signup", &body, agent));
            let friend = &friend["data"];
            let earns = action != "block";
            assert_eq!(status, 201, "{story}: whoever they are, they are a participant");
            let (advocate, own) = if earns { (10, 5) } else { (0, 0) };
            assert_eq!(friend["pointsAwarded"], json!({"advocate": advocate, "friend": own}), "{story}");
            // A bot that signed up was brought all the same.
            assert_eq!(friend["isReferred"], json!(earns || rule == "bots"), "{story}");

            let (jane, friend) = (world.entry("janedoe@gmail.com"), friend["entryId"].as_str().unwrap());
            let expected = if action == "off" { json!([]) } else { json!([rule]) };
            assert_eq!(
                (flags(&world, &jane), flags(&world, friend)),
                (expected.clone(), expected.clone()),
                "{story}"
            );
            for entry in [jane.as_str(), friend] {
                let grant = &grants(&world, entry)[0];
                let (cause, text) = match action {
                    "off" => ("Referred|friendSignedUp", Value::Null),
                    "flag" => ("Referred|friendSignedUp", json!(format!("Doubtful: {reason}"))),
                    _ => ("blocked", json!(format!("Earned nothing: {reason}"))),
                };
                let said = grant["cause"].as_str().unwrap();
                assert!(cause.split('|').any(|cause| said.ends_with(cause)), "{story}: {said}");
                assert_eq!((&grant["reason"], &grant["flags"]), (&text, &expected), "{story}");
                let setting = format!("settings.trust.{rule}, when it happened");
                assert_eq!(grant["rule"] == json!(setting), action == "block", "{story}: {}", grant["rule"]);
            }

            // Sent again it is the same, and no fact changes.
            let before = world.facts();
            let (status, again) = world.ask(&page("track-signup", &body, agent));
            assert_eq!((status, &again["data"]["alreadyExists"]), (200, &json!(true)), "{story}");
            assert_eq!(world.facts(), before, "{story}");
        }
    }
}

#[test]
fn each_rule_is_off_flags_or_blocks_an_order_of_somebody_new() {
    for Story { rule, email, visitor, agent, .. } in STORIES {
        for action in ["off", "flag", "block"] {
            let story = format!("{rule}: {action}");
            let world = world(&json!({rule: action}));
            let code = advocate(&world, "janedoe@gmail.com");
            let buy = |order: &str, agent: &str| {
                let body = json!({
                    "contestId": "demo", "orderId": order, "amount": 80, "email": email, "referralCode": code,
                    "visitorId": visitor,
                });
                world.ask(&page("track-purchase", &body, agent)).1["data"].clone()
            };
            let bought = buy("1", agent);
            let points = if action == "block" { 0 } else { 80 };
            assert_eq!(bought["pointsAwarded"], json!({"advocate": points, "friend": points}), "{story}");
            let jane = world.entry("janedoe@gmail.com");
            assert_eq!(
                flags(&world, &jane),
                if action == "off" { json!([]) } else { json!([rule]) },
                "{story}"
            );
            let causes: Vec<Value> =
                grants(&world, &jane).iter().map(|grant| grant["cause"].clone()).collect();
            assert_eq!(causes, [if action == "block" { "blocked" } else { "friendPurchased" }], "{story}");
            let facts = world.facts();
            assert_eq!(buy("1", agent)["alreadyExists"], json!(true), "{story}");
            assert_eq!(world.facts(), facts, "{story}");
        }
    }
}

#[test]
fn by_default_one_mailbox_and_bots_are_blocked_and_a_shared_browser_and_throw_away_addresses_are_flagged() {
    let world = World::demo();
    let settings =
        world.private("GET", "/api/v1/contests/demo", &Value::Null).1["data"]["settings"]["trust"].clone();
    let expected =
        json!({"selfReferral": "block", "sameBrowser": "flag", "bots": "block", "disposable": "flag"});
    assert_eq!(settings, expected);
    for (field, trust) in [
        ("settings.trust.bots", json!({"bots": "yes"})),
        ("settings.trust.bot", json!({"bot": "off"})),
        ("settings.trust", json!("off")),
    ] {
        let (status, answer) =
            world.private("PUT", "/api/v1/contests/demo", &json!({"settings": {"trust": trust}}));
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{answer}");
    }
    let changed = json!({"settings": {"trust": {"bots": "off"}}});
    let changed =
        world.private("PUT", "/api/v1/contests/demo", &changed).1["data"]["settings"]["trust"].clone();
    assert_eq!(
        changed,
        json!({"selfReferral": "block", "sameBrowser": "flag", "bots": "off", "disposable": "flag"})
    );
}

#[test]
fn nobody_refers_themself_whatever_is_set() {
    let off = json!({"selfReferral": "off", "sameBrowser": "off", "bots": "off", "disposable": "off"});
    let world = world(&off);
    let bought = purchase(&world, "1", "jane@example.com", "janes", CHROME);
    assert_eq!(bought["pointsAwarded"]["advocate"], 0);
    assert_eq!(signup(&world, "Jane@Example.com", "janes", CHROME)["isReferred"], false);
    assert_eq!(grants(&world, &world.entry("jane@example.com")).len(), 1, "her own order");
}

#[test]
fn a_setting_that_changes_later_changes_no_point() {
    let set = |world: &World, action: &str| {
        let trust = json!({"settings": {"trust": {"sameBrowser": action, "selfReferral": action, "disposable": action}}});
        assert_eq!(world.private("PUT", "/api/v1/contests/demo", &trust).0, 200);
    };
    for (then, now, points) in [("block", "off", 0), ("flag", "block", 10), ("off", "block", 10)] {
        let world = world(&json!({"disposable": then}));
        signup(&world, "joe@mailinator.com", "joes", CHROME);
        let before = (world.board(), world.facts());
        set(&world, now);
        assert_eq!((world.board(), world.facts()), before, "{then}, then {now}");
        let jane = world.board().into_iter().find(|(email, _)| email == "jane@example.com").unwrap();
        assert_eq!(jane.1, points, "{then}, then {now}");
        // What was judged of the two once holds for what the friend does next.
        let bought = purchase(&world, "1", "joe@mailinator.com", "joes", CHROME);
        assert_eq!(
            bought["pointsAwarded"]["advocate"],
            if points == 0 { 0 } else { 80 },
            "{then}, then {now}"
        );
    }
}

#[test]
fn what_a_browser_showed_holds_where_the_shop_confirms_the_order() {
    let world = world(&json!({"sameBrowser": "block"}));
    let code = advocate(&world, "ann@example.com");
    let order = |more: Value| {
        let mut order = json!({
            "contestId": "demo", "orderId": "1", "amount": 80, "email": "joe@example.com", "referralCode": code,
        });
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        order
    };
    let browser = order(json!({"visitorId": "janes"}));
    let (_, reported) = world.ask(&page("track-purchase", &browser, CHROME));
    assert_eq!(reported["data"]["pointsAwarded"]["advocate"], 0);
    // Of the buyer's browser the shop's server knows nothing; by another address it would be another buyer.
    for (email, order_id) in [("joe@example.com", "1"), ("joe@example.com", "2")] {
        let call = call(
            "POST",
            "/api/referral/track-purchase",
            &order(json!({"email": email, "orderId": order_id})),
        );
        assert_eq!(world.ask(&call).1["data"]["pointsAwarded"]["advocate"], 0, "{order_id}");
    }
    let api = json!({"orderId": "1", "amount": 80, "email": "joe@example.com"});
    world.private("POST", "/api/v1/contests/demo/purchases", &api);
    assert_eq!(world.board().iter().map(|(_, points)| points).sum::<i64>(), 0);
}

#[test]
fn what_was_doubtful_stays_so_where_who_brought_the_buyer_was_not_written() {
    let facts = |is_cut: bool| {
        let world = world(&json!({"selfReferral": "block", "sameBrowser": "flag"}));
        let code = advocate(&world, "janedoe@gmail.com");
        let buy = |more: Value| {
            let mut body = json!({
                "contestId": "demo", "orderId": "1", "amount": 80, "email": "jane.doe+shop@gmail.com", "referralCode": code,
                "eventId": event_id(NOW),
            });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            world.ask(&page("track-purchase", &body, CHROME)).1["data"]["pointsAwarded"].clone()
        };
        let nothing = json!({"advocate": 0, "friend": 0});
        assert_eq!(buy(json!({})), nothing);
        if is_cut {
            world.lose("/bound/");
        }
        // Again, and this time the page says whose browser it is.
        buy(json!({"visitorId": "janes"}));
        assert_eq!(buy(json!({"orderId": "2"})), nothing);
        world.facts()
    };
    assert_eq!(facts(true), facts(false));
}

#[test]
fn a_signup_that_was_cut_off_and_comes_again_makes_the_same_facts() {
    for (rule, action) in
        [("sameBrowser", "flag"), ("sameBrowser", "block"), ("selfReferral", "block"), ("bots", "block")]
    {
        let facts = |cut: Option<u32>| {
            let world = world(&json!({rule: action}));
            let code = advocate(&world, "janedoe@gmail.com");
            let story = STORIES.iter().find(|story| story.rule == rule).unwrap();
            let body = json!({
                "contestId": "demo", "email": story.email, "referralCode": code, "visitorId": story.visitor,
                "eventId": event_id(NOW),
            });
            let call = page("track-signup", &body, story.agent);
            if let Some(calls) = cut {
                world.kv.refuse_after(calls);
                let status = world.ask(&call).0;
                world.kv.refuse(0);
                assert!([201, 503].contains(&status), "{status}");
                world.now.set(NOW + 60_000);
            }
            world.ask(&call);
            world.facts()
        };
        let whole = facts(None);
        for calls in 0..14 {
            assert_eq!(facts(Some(calls)), whole, "{rule} {action}, cut off after {calls} calls");
        }
    }
}

#[test]
fn a_bots_visit_is_answered_like_any_other_and_does_not_count() {
    for (action, counted, flagged) in
        [("off", 1, json!([])), ("flag", 1, json!(["bots"])), ("block", 0, json!([]))]
    {
        let world = world(&json!({"bots": action}));
        let visit = |visitor: &str, agent: &str| {
            let body = json!({"contestId": "demo", "referralCode": LINK, "visitorId": visitor});
            world.ask(&page("track-visit", &body, agent))
        };
        let visits = || {
            let path = format!("/api/referral/stats?code={LINK}&contestId=demo");
            world.ask(&call("GET", &path, &Value::Null)).1["data"]["visits"].clone()
        };
        let (status, bot) = visit("v1", CRAWLER);
        assert_eq!((status, visits()), (201, json!(counted)), "{action}");
        assert_eq!(flags(&world, &world.entry("jane@example.com")), flagged, "{action}");
        let (_, person) = visit("v1", CHROME);
        assert_eq!(
            bot["data"]["visitId"], person["data"]["visitId"],
            "{action}: its id is what it would have been"
        );
        assert_eq!(visits(), json!(1), "{action}");
    }
}

#[test]
fn a_shops_server_is_no_bot_and_has_no_browser() {
    let world = world(&json!({"bots": "block", "sameBrowser": "block"}));
    let joined = |email: &str, agent: Option<&str>, origin: Option<&str>| {
        let body = json!({"contestId": "demo", "email": email, "referralCode": LINK});
        let (agent, origin) = (agent.map(str::to_owned), origin.map(str::to_owned));
        let call = call("POST", "/api/referral/track-signup", &body);
        world.ask(&Call { user_agent: agent, origin, ..call }).1["data"]["pointsAwarded"]["advocate"].clone()
    };
    for (email, agent, origin, points) in [
        ("a@example.com", None, None, 10),
        ("b@example.com", Some("curl/8.5.0"), None, 10),
        ("c@example.com", Some("curl/8.5.0"), Some("https://shop.example"), 0),
        ("d@example.com", Some("Somebot/2.1"), None, 0),
        ("e@example.com", Some(CHROME), Some("https://shop.example"), 10),
    ] {
        assert_eq!(joined(email, agent, origin), points, "{agent:?} {origin:?}");
    }
    let entry = json!({"email": "f@example.com", "referralCode": LINK, "visitorId": "janes"});
    let call = Call {
        api_key: Some(world.key.clone()),
        user_agent: Some(CRAWLER.to_owned()),
        ..call("POST", "/api/v1/contests/demo/entries", &entry)
    };
    assert_eq!(world.ask(&call).1["data"]["pointsAwarded"]["advocate"], 10);
}

#[test]
fn who_is_added_by_a_server_or_imported_is_compared_by_mailbox_and_address() {
    let world = world(&json!({"disposable": "block"}));
    let ann = json!({"participants": [{"email": "ann+list@outlook.com", "referralCode": "ANN"}]});
    world.private("POST", "/api/v1/contests/demo/import", &ann);
    let add = |email: &str| {
        let entry = json!({"email": email, "referralCode": "ANN"});
        world.private("POST", "/api/v1/contests/demo/entries", &entry).1["data"].clone()
    };
    for (email, referred) in [
        ("ann@outlook.com", false),
        ("ann@outlook.de", true),
        ("a.nn@outlook.com", true),
        ("joe@mailinator.com", false),
        ("joe@notmailinator.com", true),
    ] {
        assert_eq!(add(email)["isReferred"], json!(referred), "{email}");
    }
}

#[test]
fn a_list_that_cannot_be_read_costs_nobody_a_signup_and_is_said_once() {
    let world = world(&json!({"disposable": "block"}));
    world.is_list_broken.set(true);
    LOG.with_borrow_mut(Vec::clear);
    for email in ["a@mailinator.com", "b@mailinator.com"] {
        assert_eq!(signup(&world, email, "v", CHROME)["pointsAwarded"]["advocate"], 10, "{email}");
    }
    let line = json!({"list": "disposable", "outcome": "not read", "cause": "/disposable/m.txt: status 500"});
    assert_eq!(LOG.take(), [line.to_string()]);
}

#[test]
fn what_is_compared_is_stored_as_keyed_hashes_only_and_forgotten_with_the_person() {
    let world = world(&json!({"sameBrowser": "block"}));
    advocate(&world, "janedoe+x@gmail.com");
    let entry = world.entry("janedoe+x@gmail.com");
    let codes = || {
        let names = world.kv.names().into_iter().filter(|name| name.starts_with("code/"));
        let value = |name: String| {
            pollster::block_on(edge::ledger::Kv::get(&&world.kv, &name)).unwrap().unwrap().value
        };
        names.map(value).collect::<Vec<_>>().concat()
    };
    assert!(codes().contains("browser") && codes().contains("mailbox"));
    assert!(!codes().contains("janes") && !codes().contains("jane"), "{}", codes());
    world.private("DELETE", &format!("/api/v1/entries/{entry}"), &Value::Null);
    assert!(!codes().contains("browser"), "{}", codes());

    let off = self::world(&json!({"sameBrowser": "off"}));
    advocate(&off, "ann@example.com");
    let stored = off.kv.names().into_iter().filter(|name| name.starts_with("code/")).count();
    assert_eq!(stored, 2);
}

#[test]
fn flags_are_in_the_export_and_not_for_public_keys() {
    let world = world(&json!({}));
    signup(&world, "joe@mailinator.com", "joes", CHROME);
    let csv = world.export("csv");
    assert!(csv.lines().next().unwrap().ends_with(",createdAt,flags"), "{csv}");
    assert!(
        csv.lines().any(|line| line.contains("joe@mailinator.com") && line.ends_with(",disposable")),
        "{csv}"
    );
    let json: Value = serde_json::from_str(&world.export("json")).unwrap();
    let joe = json["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["email"] == "joe@mailinator.com")
        .unwrap();
    assert_eq!(joe["flags"], json!(["disposable"]));
    let public = world.make_key("acme", "public");
    let (_, seen) = world.with_key(
        &public,
        "GET",
        &format!("/api/v1/entries/{}", world.entry("joe@mailinator.com")),
        &Value::Null,
    );
    assert!(seen["data"].get("flags").is_none() && seen["data"]["id"].is_string(), "{seen}");
}

#[test]
fn somebody_whom_nobody_brought_may_be_flagged_as_well() {
    let world = world(&json!({"disposable": "block"}));
    let body = json!({"contestId": "demo", "email": "joe@mailinator.com"});
    let (status, joe) = world.ask(&page("track-signup", &body, CHROME));
    assert_eq!((status, &joe["data"]["isReferred"]), (201, &json!(false)));
    assert_eq!(flags(&world, joe["data"]["entryId"].as_str().unwrap()), json!(["disposable"]));
    assert!(grants(&world, joe["data"]["entryId"].as_str().unwrap()).is_empty());
}

#[test]
fn a_family_that_shares_a_browser_earns_by_default_and_is_flagged() {
    let world = world(&json!({}));
    let code = advocate(&world, "ann@example.com");
    let body =
        json!({"contestId": "demo", "email": "joe@example.com", "referralCode": code, "visitorId": "janes"});
    world.ask(&page("track-signup", &body, CHROME));
    world.now.set(NOW + DAY);
    world.purchase("1", 80.0, "joe@example.com", None);
    assert_eq!(
        world.board(),
        named(&[("ann@example.com", 90), ("joe@example.com", 85), ("jane@example.com", 0)])
    );
    let said: Vec<Value> =
        grants(&world, &world.entry("ann@example.com")).iter().map(|g| g["flags"].clone()).collect();
    assert_eq!(said, [json!(["sameBrowser"]), json!(["sameBrowser"])], "whatever the friend does next");
}

/// What becomes of one sale: a server and the advocate's own browser both tell of the signup, and both of the order.
fn ends(action: &str, happens: &[usize]) -> Value {
    let points = json!({"signup": {"advocate": 10, "friend": 5}, "purchase": {"perUnit": {"advocate": 1}}});
    let world = World::new(&settings(&json!({"points": points, "trust": {"sameBrowser": action}})));
    world.now.set(NOW);
    let code = advocate(&world, "ann@example.com");
    for (minute, which) in (NOW + 1..).step_by(60_000).zip(happens) {
        world.now.set(minute);
        // By a clock that is three hours fast.
        let by_browser = json!({
            "contestId": "demo", "email": "joe@example.com", "referralCode": code, "visitorId": "janes",
            "orderId": "cs_1", "amount": 100, "eventId": event_id(NOW + 3 * 3_600_000),
        });
        let by_server = json!({"email": "joe@example.com", "referralCode": code, "secret": "site-secret"});
        let (status, said) = match which {
            0 => world.ask(&call("POST", "/api/webhooks/signup/demo", &by_server)),
            1 => world.ask(&page("track-signup", &by_browser, CHROME)),
            2 => stripe(&world, &event(0, COMPLETED, checkout(&json!({"client_reference_id": code})))),
            _ => world.ask(&page("track-purchase", &by_browser, CHROME)),
        };
        assert!([200, 201].contains(&status), "{said}");
    }
    let stats = format!("/api/referral/stats?code={code}&contestId=demo");
    let stats = world.ask(&call("GET", &stats, &Value::Null)).1["data"].clone();
    let people = world.private("GET", "/api/v1/contests/demo/entries", &Value::Null).1["data"].clone();
    let of = |name: &str| {
        let person = people.as_array().unwrap().iter().find(|person| person["email"] == name)?;
        Some(json!([person["points"], person["flags"]]))
    };
    let people = [of("ann@example.com"), of("joe@example.com")];
    json!([people, stats["signups"], stats["purchases"]])
}

#[test]
fn what_the_browser_shows_counts_whoever_tells_of_a_sale_first() {
    for action in ["off", "flag", "block"] {
        for chosen in 1..16_usize {
            let chosen: Vec<usize> = (0..4).filter(|which| chosen >> which & 1 == 1).collect();
            let (signs_up, buys) =
                (chosen.iter().any(|which| *which < 2), chosen.iter().any(|which| *which > 1));
            // Nobody can see what no browser has said.
            let is_seen = action != "off" && chosen.iter().any(|which| which % 2 == 1);
            let flags = if is_seen { json!(["sameBrowser"]) } else { json!([]) };
            let worth = usize::from(!(is_seen && action == "block"));
            let (signups, purchases) = (usize::from(signs_up) * worth, usize::from(buys) * worth);
            let joe = signs_up.then(|| json!([signups * 5, flags]));
            let people = [Some(json!([signups * 10 + purchases * 100, flags])), joe];
            let expected = json!([people, signups, purchases]);
            for order in permutations(chosen.len()) {
                let order: Vec<usize> = order.iter().map(|place| chosen[*place]).collect();
                let twice: Vec<usize> = order.iter().chain(&order).copied().collect();
                assert_eq!(ends(action, &order), expected, "{action}: {order:?}");
                assert_eq!(ends(action, &twice), expected, "{action}: {twice:?}");
            }
        }
    }
}

#[test]
fn where_a_friend_is_seen_another_day_changes_nothing() {
    for (days, flagged) in [(1, true), (2, false)] {
        let world = World::new(&settings(&json!({"trust": {"sameBrowser": "block"}})));
        world.now.set(NOW);
        let code = advocate(&world, "ann@example.com");
        let joe = json!({"email": "joe@example.com", "referralCode": code, "secret": "site-secret"});
        assert_eq!(world.ask(&call("POST", "/api/webhooks/signup/demo", &joe)).0, 201);
        world.now.set(NOW + days * DAY);
        purchase(&world, "1", "joe@example.com", "janes", CHROME);
        let expected = if flagged { json!(["sameBrowser"]) } else { json!([]) };
        assert_eq!(flags(&world, &world.entry("ann@example.com")), expected, "{days}");
    }
}

#[test]
fn a_buyer_who_gives_the_shop_another_address_is_seen_as_well() {
    for browser_first in [true, false] {
        let world = World::new(&settings(&json!({"trust": {"sameBrowser": "block"}})));
        world.now.set(NOW);
        let code = advocate(&world, "ann@example.com");
        let paid = event(0, COMPLETED, checkout(&json!({"client_reference_id": code})));
        let body = json!({
            "contestId": "demo", "orderId": "cs_1", "amount": 100, "email": "eve@example.com", "referralCode": code,
            "visitorId": "janes",
        });
        let shown = page("track-purchase", &body, CHROME);
        if browser_first {
            world.ask(&shown);
        }
        assert_eq!(stripe(&world, &paid).1["recorded"], "purchase");
        world.ask(&shown);
        let ann = world.entry("ann@example.com");
        let said: Vec<Value> = grants(&world, &ann).iter().map(|grant| grant["cause"].clone()).collect();
        assert_eq!(
            (said, flags(&world, &ann)),
            (vec![json!("blocked")], json!(["sameBrowser"])),
            "{browser_first}"
        );
    }
}

#[test]
fn an_advocate_whom_a_server_tells_of_first_is_known_by_her_own_browser() {
    for (story, visitor, hours, again, expected) in [
        ("her own browser says so as well", Some("janes"), 20, true, json!(["sameBrowser"])),
        ("what it is, it says first", Some("janes"), 20, false, json!(["sameBrowser"])),
        ("a browser in which she is seen another day", Some("janes"), 30, true, json!([])),
        ("nobody says which it is", None, 0, true, json!([])),
    ] {
        let world = World::new(&settings(&json!({})));
        world.now.set(NOW);
        let ann = json!({"email": "ann@example.com", "secret": "site-secret"});
        let by_server = || world.ask(&call("POST", "/api/webhooks/signup/demo", &ann));
        if again {
            assert_eq!(by_server().0, 201);
            world.now.set(NOW + hours * 3_600_000);
        }
        let body = json!({"contestId": "demo", "email": "ann@example.com", "visitorId": visitor});
        let code = world.ask(&page("track-signup", &body, CHROME)).1["data"]["referralCode"].clone();
        assert_eq!(by_server().0, 200);
        // Whatever browser she signs up with after that.
        let other = json!({"contestId": "demo", "email": "ann@example.com", "visitorId": "others"});
        if visitor.is_some() {
            world.ask(&page("track-signup", &other, CHROME));
        }
        let joe = json!({"contestId": "demo", "email": "joe@example.com", "referralCode": code, "visitorId": "janes"});
        world.ask(&page("track-signup", &joe, CHROME));
        assert_eq!(flags(&world, &world.entry("joe@example.com")), expected, "{story}");
    }
}
