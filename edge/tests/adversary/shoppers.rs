//! Shoppers: whose link they open, where they sign up, what they buy, and who reports it.

use domain::fact::Source;
use serde_json::{Value, json};

use crate::deed::{By, Deed};
use crate::model::{BROUGHT, phones_of};
use crate::places::{CONTEST, Over};
use crate::town::{Town, brief};

pub const PEOPLE: [&str; 9] = ["joe", "ann", "eva", "mia", "tom", "max", "zoe", "lea", "sam"];

/// Somebody, with dice of their own: what others do does not change what they do.
pub struct Person<O> {
    pub town: Town<O>,
    pub rng: fastrand::Rng,
    pub index: usize,
    pub who: &'static str,
    pub home: usize,
    /// Whose link they came by.
    pub code: Option<String>,
    /// On another device, whose.
    pub other: Option<String>,
}

/// The number of an order, where the shop is on Shopify.
pub fn shopify_number(person: usize, n: usize) -> u64 {
    u64::try_from(4_000 + 10 * person + n).unwrap()
}

fn and_code(code: Option<&String>) -> String {
    code.map(|code| format!(", code {code}")).unwrap_or_default()
}

/// Cents, as a shop writes an amount.
pub fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

impl<O: Over> Person<O> {
    pub async fn live(&mut self) {
        self.pause().await;
        self.code = self.choose_code().await;
        if self.rng.u8(..4) == 0 {
            self.other = self.choose_code().await;
        }
        for _ in 0..self.rng.usize(..3) {
            self.visit();
        }
        if self.rng.bool() {
            self.pause().await;
        }
        // Some buy first, or only. An order is of somebody with an address.
        let can_buy = phones_of(self.who).is_none();
        let buys_first = self.rng.u8(..4) == 0;
        if buys_first && can_buy {
            self.buy(0).await;
        }
        if self.rng.u8(..5) > 0 {
            self.sign_up();
        }
        for n in 1..=self.rng.usize(..3) {
            if self.rng.u8(..4) > 0 {
                self.pause().await;
            }
            if can_buy {
                self.buy(n).await;
            }
        }
        self.deal_with_owner().await;
    }

    pub async fn pause(&mut self) {
        let millis = brief(&mut self.rng);
        self.town.sleep(millis).await;
    }

    /// One of those who were there before, or of somebody who has just joined.
    async fn choose_code(&mut self) -> Option<String> {
        let known = match self.rng.u8(..10) {
            0 => return None,
            1..5 => "JANE",
            5..7 => "KIM",
            // A link that was shared elsewhere, before anybody was brought along.
            7 => BROUGHT[self.rng.usize(..BROUGHT.len())].1,
            _ => "",
        };
        let friend = PEOPLE[self.rng.usize(..=self.index)];
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

    pub fn email(&self) -> String {
        format!("{}@x.example", self.who)
    }

    /// A UUID of version 7 by the clock of a browser, which is seldom right.
    pub fn event_id(&mut self) -> (String, i64) {
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
            let deed = |by| {
                let (who, code) = (self.who.to_owned(), code.clone());
                Deed::SignUp { who, code, by }
            };
            let (deed, by_server, by_shop) = (deed(By::Form), deed(By::Server), deed(By::Shop));
            let words = format!("signs {} up{}", self.who, and_code(code.as_ref()));
            let name = self.who;
            let Some(phones) = phones_of(self.who) else {
                let email = self.email();
                if self.rng.u8(..4) > 0 {
                    let (event_id, _) = self.event_id();
                    let body =
                        json!({"email": email, "name": name, "referralCode": code, "eventId": event_id});
                    self.track(deed.clone(), "track-signup", format!("the browser {words}"), body);
                }
                if self.rng.u8(..4) == 0 {
                    let body = json!({"email": email, "name": name, "referralCode": code});
                    let words = format!("the site's form {words}");
                    self.town.by_webhook(&mut self.rng, &deed, ("signup", &words), &body);
                }
                if self.rng.u8(..6) == 0 {
                    self.becomes_customer(by_shop, &words, code.as_deref(), &json!({"email": email}));
                }
                continue;
            };
            // A form that asks for no address is the site's server's.
            let ways = self.rng.u8(1..4);
            let mut phone = || json!(phones[self.rng.usize(..phones.len())]);
            if ways & 1 > 0 {
                let body = json!({"phone": phone(), "name": name, "referralCode": code});
                let words = format!("the site's server {words} by telephone number");
                self.is_added(by_server, words, body);
            }
            if ways & 2 > 0 {
                let sent = json!({"phone": phones[self.rng.usize(..phones.len())], "email": null});
                self.becomes_customer(by_shop, &words, code.as_deref(), &sent);
            }
        }
    }

    async fn buy(&mut self, n: usize) {
        let number = shopify_number(self.index, n);
        let is_shopifys = self.rng.u8(..3) == 0;
        let order = if is_shopifys { number.to_string() } else { format!("{}-{n}", self.who) };
        let cents = self.rng.i64(100..20_000);
        let code = if self.other.is_some() && self.rng.bool() { &self.other } else { &self.code };
        let code = code.clone();
        let none = None;
        let in_browser = code.clone().filter(|_| self.rng.u8(..5) > 0);
        let in_webhook = code.clone().filter(|_| self.rng.bool());
        let price = decimal(cents);
        let words = |who: &str, code: &Option<String>| {
            format!("{who} reports {}'s order {order} of {price}{}", self.who, and_code(code.as_ref()))
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
        let by_shopify = (deed(Source::Shopify, &code), words("Shopify", &code));
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
        if reporters & 8 > 0 {
            if is_shopifys {
                self.is_paid_at_shopify(by_shopify, number, cents);
            } else {
                self.pays_stripe(by_stripe, &order, cents);
            }
        }
        match self.rng.u8(..10) {
            0 => {
                self.pause().await;
                self.gives_back(&order, cents).await;
            }
            1 | 2 if reporters & 8 > 0 && is_shopifys => self.shopify_gives_back(number, cents),
            1 if reporters & 8 > 0 => self.charges_back(&order, cents),
            2 if reporters & 8 > 0 => self.disputes(&order),
            _ => {}
        }
    }
}
