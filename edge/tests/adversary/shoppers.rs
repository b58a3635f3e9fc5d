//! Who does what: shoppers and their browsers' queues, a site's forms and servers, Stripe, the contest's owner. Each goes on by
//! itself, from one place or from several, and comes again as it does in life.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;
use std::rc::Rc;

use domain::fact::{Source, Stage};
use edge::http::{Call, WebhookHeaders};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::deed::{Deed, Happenings, Try};
use crate::model::entry_of;
use crate::places::{Answer, CONTEST, Over, World, call};

pub const PEOPLE: [&str; 7] = ["joe", "ann", "mia", "tom", "zoe", "lea", "sam"];
pub const WEBHOOK_SECRET: &str = "site-secret";
pub const STRIPE_SECRET: &str = "whsec_live";

/// Of what is paid to Stripe, so much of a hundred is tax on top.
pub const TAX: i64 = 19;

/// Everybody who takes part. Copies are the same town.
pub struct Town<O> {
    pub world: World,
    pub happenings: Happenings,
    /// The codes that participants were given, as they were told.
    codes: Rc<RefCell<BTreeMap<String, String>>>,
    over: PhantomData<O>,
}

impl<O> Clone for Town<O> {
    fn clone(&self) -> Self {
        let Self { world, happenings, codes, .. } = self;
        Self {
            world: world.clone(),
            happenings: happenings.clone(),
            codes: Rc::clone(codes),
            over: PhantomData,
        }
    }
}

/// Somebody, with dice of their own: what others do does not change what they do.
struct Person<O> {
    town: Town<O>,
    rng: fastrand::Rng,
    who: &'static str,
    home: usize,
    /// Whose link they came by.
    code: Option<String>,
    /// On another device, whose.
    other: Option<String>,
}

fn and_code(code: Option<&String>) -> String {
    code.map(|code| format!(", code {code}")).unwrap_or_default()
}

fn is_again(answer: Option<&Answer>) -> bool {
    answer.is_none_or(|answer| matches!(answer.status, 408 | 429 | 500..))
}

impl<O: Over> Town<O> {
    pub fn new(world: World) -> Self {
        Self { world, happenings: Happenings::default(), codes: Rc::default(), over: PhantomData }
    }

    /// Everybody begins.
    pub fn wake(&self, rng: &mut fastrand::Rng) {
        for (index, who) in PEOPLE.into_iter().enumerate().take(3 + rng.usize(..=PEOPLE.len() - 3)) {
            let rng = fastrand::Rng::with_seed(rng.u64(..));
            let home = index % self.world.places();
            let mut person = Person { town: self.clone(), rng, who, home, code: None, other: None };
            self.world.executor().spawn(async move { person.live(index).await });
        }
    }

    fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        self.world.executor().spawn(future);
    }

    async fn sleep(&self, millis: u64) {
        self.world.executor().sleep(millis).await;
    }

    async fn attempt(&self, happening: usize, place: usize, words: &str, call: Call) -> Option<Answer> {
        let began = self.world.executor().now();
        let answer = self.world.send::<O>(place, words, call).await;
        let ended = self.world.executor().now();
        self.happenings.tried(happening, Try { began, ended, answer: answer.clone() });
        let data = answer.as_ref().map(|answer| &answer.body["data"]);
        if let Some((email, code)) = data.and_then(|d| d["email"].as_str().zip(d["referralCode"].as_str())) {
            let who = email.split('@').next().unwrap_or_default().to_owned();
            self.codes.borrow_mut().insert(who, code.to_owned());
        }
        answer
    }

    /// Sends until it is answered for good.
    async fn until_answered(
        &self,
        mut rng: fastrand::Rng,
        happening: usize,
        home: usize,
        words: &str,
        call: impl Fn() -> Call,
    ) -> Option<Answer> {
        let mut wait = 1_000;
        loop {
            let place = if rng.u8(..10) < 7 { home } else { rng.usize(..self.world.places()) };
            let answer = self.attempt(happening, place, words, call()).await;
            if !is_again(answer.as_ref()) {
                return answer;
            }
            self.sleep(rng.u64(wait / 2..=wait)).await;
            wait = (wait * 2).min(60_000);
        }
    }

    /// A browser's queue: the same event, with its id, until it is answered; one whose code nobody has goes without it.
    async fn by_tracker(
        &self,
        mut rng: fastrand::Rng,
        home: usize,
        deed: Deed,
        (path, words): (&str, String),
        mut body: Value,
    ) {
        let happening = self.happenings.begin(deed.clone());
        let call = |body: &Value| call("POST", &format!("/api/referral/{path}"), body);
        // A browser that loses the answer on a connection that it used before posts again by itself.
        if rng.u8(..10) == 0 {
            let (town, words, call) = (self.clone(), format!("{words}, posted twice"), call(&body));
            let place = rng.usize(..self.world.places());
            let wait = rng.u64(..2_000);
            self.spawn(async move {
                town.sleep(wait).await;
                town.attempt(happening, place, &words, call).await;
            });
        }
        let answer = self.until_answered(rng.fork(), happening, home, &words, || call(&body)).await;
        let without = match deed {
            Deed::SignUp { who, code: Some(_) } => Deed::SignUp { who, code: None },
            Deed::Buy { who, order, cents, code: Some(_), source } => {
                Deed::Buy { who, order, cents, code: None, source }
            }
            _ => return,
        };
        if answer.is_some_and(|answer| answer.body["error"] == "Referral code not found") {
            let happening = self.happenings.begin(without);
            body["referralCode"] = Value::Null;
            self.until_answered(rng, happening, home, &format!("{words}, without it"), || call(&body)).await;
        }
    }

    /// A form or a server of the site's: often twice, from anywhere, and not always again when it fails.
    fn by_webhook(&self, rng: &mut fastrand::Rng, deed: &Deed, (path, words): (&str, &str), body: &Value) {
        let happening = self.happenings.begin(deed.clone());
        for _ in 0..rng.usize(1..=3) {
            let (town, words, body, mut rng) = (self.clone(), words.to_owned(), body.clone(), rng.fork());
            let path = format!("/api/webhooks/{path}/{CONTEST}");
            let call = move || {
                let secret = Some(WEBHOOK_SECRET.to_owned());
                let webhook = WebhookHeaders { secret, ..WebhookHeaders::default() };
                Call { webhook, ..call("POST", &path, &body) }
            };
            self.spawn(async move {
                town.sleep(brief(&mut rng)).await;
                let place = rng.usize(..town.world.places());
                if rng.bool() {
                    town.until_answered(rng, happening, place, &words, call).await;
                } else {
                    town.attempt(happening, place, &words, call()).await;
                }
            });
        }
    }

    /// Stripe: once or twice, from anywhere, until it is taken.
    fn by_stripe(&self, rng: &mut fastrand::Rng, deed: Deed, words: &str, event: &Value) {
        let happening = self.happenings.begin(deed);
        for _ in 0..rng.usize(1..=2) {
            let (town, words, event, mut rng) = (self.clone(), words.to_owned(), event.clone(), rng.fork());
            self.spawn(async move {
                town.sleep(brief(&mut rng)).await;
                let place = rng.usize(..town.world.places());
                let call = || town.signed(&event);
                town.until_answered(rng, happening, place, &words, call).await;
            });
        }
    }

    fn signed(&self, event: &Value) -> Call {
        let call = call("POST", &format!("/api/webhooks/stripe/{CONTEST}"), event);
        let time = self.world.clock().div_euclid(1_000).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(STRIPE_SECRET.as_bytes()).unwrap();
        for part in [time.as_bytes(), b".", &call.body] {
            mac.update(part);
        }
        let signature = domain::id::hex(&mac.finalize().into_bytes());
        let stripe_signature = Some(format!("t={time},v1={signature}"));
        Call { webhook: WebhookHeaders { stripe_signature, ..WebhookHeaders::default() }, ..call }
    }

    /// The owner, or the site's server with the owner's key.
    async fn by_owner(
        &self,
        rng: &mut fastrand::Rng,
        deed: Deed,
        words: &str,
        (method, path): (&str, String),
        body: Value,
    ) {
        let happening = self.happenings.begin(deed);
        let place = rng.usize(..self.world.places());
        let call = || Call { api_key: Some(self.world.key()), ..call(method, &path, &body) };
        self.until_answered(rng.fork(), happening, place, words, call).await;
    }
}

/// How soon the next thing happens: at once, soon, or as late as KV may be.
fn brief(rng: &mut fastrand::Rng) -> u64 {
    match rng.u8(..10) {
        0..3 => rng.u64(..1_000),
        3..7 => rng.u64(..20_000),
        _ => rng.u64(..200_000),
    }
}

impl<O: Over> Person<O> {
    async fn live(&mut self, index: usize) {
        self.pause().await;
        self.code = self.choose_code(index).await;
        if self.rng.u8(..4) == 0 {
            self.other = self.choose_code(index).await;
        }
        for _ in 0..self.rng.usize(..3) {
            self.visit();
        }
        if self.rng.bool() {
            self.pause().await;
        }
        // Some buy first, or only.
        let buys_first = self.rng.u8(..4) == 0;
        if buys_first {
            self.buy(0).await;
        }
        if self.rng.u8(..5) > 0 {
            self.sign_up();
        }
        for n in 1..=self.rng.usize(..3) {
            if self.rng.u8(..4) > 0 {
                self.pause().await;
            }
            self.buy(n).await;
        }
        if self.rng.u8(..5) == 0 {
            self.pause().await;
            self.is_given_points().await;
        }
        if self.rng.u8(..6) == 0 {
            self.pause().await;
            self.is_erased().await;
        }
    }

    async fn pause(&mut self) {
        let millis = brief(&mut self.rng);
        self.town.sleep(millis).await;
    }

    /// One of those who were there before, or of somebody who has just joined.
    async fn choose_code(&mut self, index: usize) -> Option<String> {
        let known = match self.rng.u8(..10) {
            0 => return None,
            1..5 => "JANE",
            5..7 => "KIM",
            _ => "",
        };
        let friend = PEOPLE[self.rng.usize(..=index)];
        if known.is_empty() && friend != self.who {
            for _ in 0..200 {
                if let Some(code) = self.town.codes.borrow().get(friend) {
                    return Some(code.clone());
                }
                self.town.sleep(1_000).await;
            }
        }
        Some(if known.is_empty() { "JANE" } else { known }.to_owned())
    }

    fn email(&self) -> String {
        format!("{}@x.example", self.who)
    }

    /// A UUID of version 7 by the clock of a browser, which is seldom right.
    fn event_id(&mut self) -> (String, i64) {
        let at = self.town.world.clock() + self.rng.i64(-3_000..=3_000);
        let id = format!(
            "{:08x}-{:04x}-7000-8000-{:012x}",
            at >> 16,
            at & 0xffff,
            self.rng.u64(..0xffff_ffff_ffff)
        );
        (id, at)
    }

    fn track(&mut self, deed: Deed, path: &'static str, words: String, mut body: Value) {
        body["contestId"] = json!(CONTEST);
        let (town, rng) = (self.town.clone(), self.rng.fork());
        let home = if self.rng.u8(..10) < 8 { self.home } else { self.rng.usize(..town.world.places()) };
        self.town.spawn(async move { town.by_tracker(rng, home, deed, (path, words), body).await });
    }

    fn visit(&mut self) {
        let Some(code) = self.code.clone() else { return };
        let (event_id, at) = self.event_id();
        let visitor = format!("browser-of-{}", self.who);
        let body = json!({"referralCode": code, "visitorId": visitor, "eventId": event_id});
        let words = format!("{}'s browser opens the link of {code}", self.who);
        self.track(Deed::Visit { code, visitor, at }, "track-visit", words, body);
    }

    fn sign_up(&mut self) {
        let devices = [Some(self.code.clone()), self.other.clone().map(Some)];
        for code in devices.into_iter().flatten() {
            let deed = Deed::SignUp { who: self.who.to_owned(), code: code.clone() };
            let (email, words) = (self.email(), format!("signs {} up{}", self.who, and_code(code.as_ref())));
            if self.rng.u8(..4) > 0 {
                let (event_id, _) = self.event_id();
                let body = json!({"email": email, "referralCode": code, "eventId": event_id});
                self.track(deed.clone(), "track-signup", format!("the browser {words}"), body);
            }
            if self.rng.u8(..4) == 0 {
                let body = json!({"email": email, "referralCode": code});
                let words = format!("the site's form {words}");
                self.town.by_webhook(&mut self.rng, &deed, ("signup", &words), &body);
            }
        }
    }

    async fn buy(&mut self, n: usize) {
        let order = format!("{}-{n}", self.who);
        let cents = self.rng.i64(100..20_000);
        let code = if self.other.is_some() && self.rng.bool() { &self.other } else { &self.code };
        let code = code.clone();
        let none = None;
        let in_browser = code.clone().filter(|_| self.rng.u8(..5) > 0);
        let in_webhook = code.clone().filter(|_| self.rng.bool());
        let price = format!("{}.{:02}", cents / 100, cents % 100);
        let words = |who: &str, code: &Option<String>| {
            format!("{who} reports {order} of {price}{}", and_code(code.as_ref()))
        };
        let deed = |source, code: &Option<String>| {
            let (who, code) = (self.who.to_owned(), code.clone());
            Deed::Buy { who, order: order.clone(), cents, code, source }
        };
        let body = |code: &Option<String>| {
            let amount: Value = serde_json::from_str(&price).unwrap();
            json!({"email": self.email(), "orderId": order, "amount": amount, "referralCode": code})
        };
        let (in_browser, in_webhook) = (&in_browser, &in_webhook);
        let by_browser =
            (deed(Source::Browser, in_browser), words("the browser", in_browser), body(in_browser));
        let by_webhook =
            (deed(Source::Webhook, in_webhook), words("the site's webhook", in_webhook), body(in_webhook));
        let by_server = (deed(Source::Api, &none), words("the site's server", &none), body(&none));
        let by_stripe = (deed(Source::Stripe, &code), words("Stripe", &code));
        let reporters = self.rng.u8(1..16);
        if reporters & 1 > 0 {
            let (deed, words, mut body) = by_browser;
            body["eventId"] = json!(self.event_id().0);
            self.track(deed, "track-purchase", words, body);
        }
        if reporters & 2 > 0 {
            let (deed, words, body) = by_webhook;
            self.town.by_webhook(&mut self.rng, &deed, ("purchase", &words), &body);
        }
        if reporters & 4 > 0 {
            let (deed, words, mut body) = by_server;
            body["eventId"] = json!(self.event_id().0);
            let (town, mut rng) = (self.town.clone(), self.rng.fork());
            self.town.spawn(async move {
                town.sleep(brief(&mut rng)).await;
                let path = format!("/api/v1/contests/{CONTEST}/purchases");
                town.by_owner(&mut rng, deed, &words, ("POST", path), body).await;
            });
        }
        let total = cents + cents * TAX / 100;
        if reporters & 8 > 0 {
            let (deed, words) = by_stripe;
            let object = json!({
                "id": format!("cs_{order}"), "mode": "payment", "payment_status": "paid", "currency": "usd",
                "amount_total": total, "total_details": {"amount_tax": total - cents},
                "customer_details": {"email": self.email()}, "client_reference_id": code,
                "metadata": {"order_id": order}, "payment_intent": format!("pi_{order}"),
            });
            let event = self.event("checkout.session.completed", &object);
            self.town.by_stripe(&mut self.rng, deed, &words, &event);
        }
        match self.rng.u8(..10) {
            0 => {
                self.pause().await;
                self.gives_back(&order, cents).await;
            }
            1 if reporters & 8 > 0 => self.charges_back(&order, total),
            2 if reporters & 8 > 0 => self.disputes(&order),
            _ => {}
        }
    }

    fn event(&self, kind: &str, object: &Value) -> Value {
        let created = self.town.world.clock().div_euclid(1_000);
        json!({"id": "evt", "type": kind, "created": created, "livemode": true, "data": {"object": object}})
    }

    /// The site's server gives money back, in one or two parts.
    async fn gives_back(&mut self, order: &str, cents: i64) {
        for part in 0..self.rng.i64(1..=2) {
            let cents = if part == 0 { cents / 3 + 1 } else { cents / 2 };
            let (event, _) = self.event_id();
            let cause = format!("event-{event}");
            let deed = Deed::GiveBack { order: order.to_owned(), source: Source::Api, cause, cents };
            let amount: Value = serde_json::from_str(&format!("{}.{:02}", cents / 100, cents % 100)).unwrap();
            let body = json!({"orderId": order, "amount": amount, "eventId": event});
            let words = format!("the site's server gives {cents} cents of {order} back");
            let path = format!("/api/v1/contests/{CONTEST}/refunds");
            self.town.by_owner(&mut self.rng, deed, &words, ("POST", path), body).await;
        }
    }

    /// Stripe says twice how much of a charge went back, in any order.
    fn charges_back(&mut self, order: &str, total: i64) {
        for cents in [total / 4 + 1, total / 2] {
            let cause = format!("ch_{order}");
            let deed = Deed::GiveBack { order: order.to_owned(), source: Source::Stripe, cause, cents };
            let object = json!({
                "id": format!("ch_{order}"), "payment_intent": format!("pi_{order}"), "amount": total,
                "amount_refunded": cents, "currency": "usd",
            });
            let words = format!("Stripe: {cents} cents of {order} went back");
            let event = self.event("charge.refunded", &object);
            self.town.by_stripe(&mut self.rng, deed, &words, &event);
        }
    }

    fn disputes(&mut self, order: &str) {
        let (closed, status) = if self.rng.bool() { (Stage::Won, "won") } else { (Stage::Lost, "lost") };
        let stages = [
            (Stage::Opened, "charge.dispute.created", "needs_response"),
            (closed, "charge.dispute.closed", status),
        ];
        for (stage, kind, status) in stages.into_iter().take(self.rng.usize(1..=2)) {
            let created = self.town.world.clock().div_euclid(1_000);
            let object = json!({
                "id": format!("dp_{order}"), "payment_intent": format!("pi_{order}"), "status": status,
                "created": created,
            });
            let deed = Deed::Dispute { order: order.to_owned(), stage, at: created };
            let event = self.event(kind, &object);
            self.town.by_stripe(
                &mut self.rng,
                deed,
                &format!("Stripe: dispute of {order}, {status}"),
                &event,
            );
        }
    }

    async fn is_given_points(&mut self) {
        let (event, _) = self.event_id();
        let points = self.rng.i64(1..50);
        let deed = Deed::Give { who: self.who.to_owned(), event: event.clone(), points };
        let path = format!("/api/v1/entries/{}/points", entry_of(self.who).as_str());
        let words = format!("the owner gives {} {points} points", self.who);
        let body = json!({"points": points, "eventId": event});
        self.town.by_owner(&mut self.rng, deed, &words, ("POST", path), body).await;
    }

    async fn is_erased(&mut self) {
        let deed = Deed::Erase { who: self.who.to_owned() };
        let path = format!("/api/v1/entries/{}", entry_of(self.who).as_str());
        let words = format!("the owner erases {}", self.who);
        self.town.by_owner(&mut self.rng, deed, &words, ("DELETE", path), Value::Null).await;
    }
}
