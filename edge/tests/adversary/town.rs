//! How what people do is reported, by whom and how often: a browser's queue, a site's forms and servers, Stripe, Shopify, the
//! contest's owner. Each goes on by itself, from one place or from several, and comes again as it does in life.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge::http::{Call, WebhookHeaders};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::deed::{Changed, Deed, Happenings, Try};
use crate::model::{Rules, SHOPIFY_SECRET, STRIPE_SECRET, WEBHOOK_SECRET, who_is};
use crate::places::{Answer, CONTEST, Over, World, call};
use crate::shoppers::{PEOPLE, Person};

/// Everybody who takes part. Copies are the same town.
pub struct Town<O> {
    pub world: World,
    pub happenings: Happenings,
    /// The codes that participants were given, as they were told.
    pub codes: Rc<RefCell<BTreeMap<String, String>>>,
    /// What the contest's owner changed.
    pub changed: Rc<Cell<Option<Changed>>>,
    over: PhantomData<O>,
}

impl<O> Clone for Town<O> {
    fn clone(&self) -> Self {
        let Self { world, happenings, codes, changed, .. } = self;
        Self {
            world: world.clone(),
            happenings: happenings.clone(),
            codes: Rc::clone(codes),
            changed: Rc::clone(changed),
            over: PhantomData,
        }
    }
}

pub fn is_again(answer: Option<&Answer>) -> bool {
    answer.is_none_or(|answer| matches!(answer.status, 408 | 429 | 500..))
}

/// Stripe and Shopify send again what is answered with anything but 2xx.
fn is_not_taken(answer: Option<&Answer>) -> bool {
    answer.is_none_or(|answer| answer.status >= 300)
}

impl<O: Over> Town<O> {
    pub fn new(world: World) -> Self {
        let happenings = Happenings::default();
        Self { world, happenings, codes: Rc::default(), changed: Rc::default(), over: PhantomData }
    }

    /// Everybody begins.
    pub fn wake(&self, rng: &mut fastrand::Rng, rules: Rules) {
        for (index, who) in PEOPLE.into_iter().enumerate().take(3 + rng.usize(..=PEOPLE.len() - 3)) {
            let rng = fastrand::Rng::with_seed(rng.u64(..));
            let home = index % self.world.places();
            let mut person = Person { town: self.clone(), rng, index, who, home, code: None, other: None };
            self.world.executor().spawn(async move { person.live().await });
        }
        if rng.u8(..4) == 0 {
            self.spawn(self.clone().changes(fastrand::Rng::with_seed(rng.u64(..)), rules));
        }
        if rng.u8(..3) == 0 {
            self.spawn(self.clone().imports(fastrand::Rng::with_seed(rng.u64(..))));
        }
    }

    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        self.world.executor().spawn(future);
    }

    pub async fn sleep(&self, millis: u64) {
        self.world.executor().sleep(millis).await;
    }

    pub async fn attempt(&self, happening: usize, place: usize, words: &str, call: Call) -> Option<Answer> {
        let began = self.world.executor().now();
        let answer = self.world.send::<O>(place, words, call).await;
        let ended = self.world.executor().now();
        self.happenings.tried(happening, Try { began, ended, answer: answer.clone() });
        let data = answer.as_ref().map(|answer| &answer.body["data"]);
        let entry = data.and_then(|data| data["entryId"].as_str().or_else(|| data["id"].as_str()));
        let code = data.and_then(|data| data["referralCode"].as_str());
        if let Some((who, code)) = entry.and_then(who_is).zip(code) {
            self.codes.borrow_mut().insert(who.to_owned(), code.to_owned());
        }
        answer
    }

    /// Sends until it is answered for good.
    async fn until_answered(
        &self,
        rng: fastrand::Rng,
        happening: usize,
        home: usize,
        words: &str,
        call: impl Fn() -> Call,
    ) -> Option<Answer> {
        self.until(rng, happening, home, words, call, is_again).await
    }

    /// Sends for as long as the answer is one after which it `is_again` sent.
    async fn until(
        &self,
        mut rng: fastrand::Rng,
        happening: usize,
        home: usize,
        words: &str,
        call: impl Fn() -> Call,
        is_again: fn(Option<&Answer>) -> bool,
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
    pub async fn by_tracker(
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
            Deed::SignUp { who, code: Some(_), by } => Deed::SignUp { who, code: None, by },
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
    pub fn by_webhook(
        &self,
        rng: &mut fastrand::Rng,
        deed: &Deed,
        (path, words): (&str, &str),
        body: &Value,
    ) {
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

    /// Who signs what they say, Stripe or Shopify: once or twice, from anywhere, until it is taken. What is signed each time anew,
    /// is made by `call`.
    pub fn by_signed(
        &self,
        rng: &mut fastrand::Rng,
        deed: Deed,
        words: &str,
        call: impl Fn(&World) -> Call + Clone + 'static,
    ) {
        let happening = self.happenings.begin(deed);
        for _ in 0..rng.usize(1..=2) {
            let (town, words, call, mut rng) = (self.clone(), words.to_owned(), call.clone(), rng.fork());
            self.spawn(async move {
                town.sleep(brief(&mut rng)).await;
                let place = rng.usize(..town.world.places());
                let call = || call(&town.world);
                town.until(rng, happening, place, &words, call, is_not_taken).await;
            });
        }
    }

    /// Somebody with the owner's key who does not know whether it was done: from several places at once.
    pub async fn by_owner_again(
        &self,
        rng: &mut fastrand::Rng,
        deed: Deed,
        words: &str,
        path: &str,
        body: Value,
    ) {
        let happening = self.happenings.begin(deed);
        let (path, key) = (path.to_owned(), self.world.key());
        let call = move || Call { api_key: Some(key.clone()), ..call("POST", &path, &body) };
        for _ in 0..rng.usize(..=2) {
            let (town, words, call, mut rng) = (self.clone(), words.to_owned(), call.clone(), rng.fork());
            self.spawn(async move {
                town.sleep(brief(&mut rng)).await;
                let place = rng.usize(..town.world.places());
                town.attempt(happening, place, &words, call()).await;
            });
        }
        let place = rng.usize(..self.world.places());
        self.until_answered(rng.fork(), happening, place, words, call).await;
    }

    /// The owner, or the site's server with the owner's key.
    pub async fn by_owner(
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
pub fn brief(rng: &mut fastrand::Rng) -> u64 {
    match rng.u8(..10) {
        0..3 => rng.u64(..1_000),
        3..7 => rng.u64(..20_000),
        _ => rng.u64(..200_000),
    }
}

fn hmac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

pub fn signed_by_stripe(world: &World, event: &Value) -> Call {
    let call = call("POST", &format!("/api/webhooks/stripe/{CONTEST}"), event);
    let time = world.clock().div_euclid(1_000).to_string();
    let signature = domain::id::hex(&hmac(STRIPE_SECRET, &[time.as_bytes(), b".", &call.body]));
    let stripe_signature = Some(format!("t={time},v1={signature}"));
    Call { webhook: WebhookHeaders { stripe_signature, ..WebhookHeaders::default() }, ..call }
}

pub fn signed_by_shopify(topic: &str, sent: &Value) -> Call {
    let call = call("POST", &format!("/api/webhooks/shopify/{CONTEST}"), sent);
    let shopify_hmac = Some(STANDARD.encode(hmac(SHOPIFY_SECRET, &[&call.body])));
    let shopify_topic = Some(topic.to_owned());
    Call { webhook: WebhookHeaders { shopify_hmac, shopify_topic, ..WebhookHeaders::default() }, ..call }
}
