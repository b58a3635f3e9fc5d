//! What a shop's systems say: Stripe and Shopify of sales and of what goes back, the site's server of refunds.

use domain::Timestamp;
use domain::fact::{Source, Stage};
use serde_json::{Value, json};

use crate::deed::Deed;
use crate::model::TAX;
use crate::places::{CONTEST, Over};
use crate::shoppers::{Person, decimal};
use crate::town::{signed_by_shopify, signed_by_stripe};

impl<O: Over> Person<O> {
    pub fn pays_stripe(&mut self, (deed, words): (Deed, String), order: &str, cents: i64) {
        let tax = cents * TAX / 100;
        let Deed::Buy { code, .. } = &deed else { return };
        let object = json!({
            "id": format!("cs_{order}"), "mode": "payment", "payment_status": "paid", "currency": "usd",
            "amount_total": cents + tax, "total_details": {"amount_tax": tax},
            "customer_details": {"email": self.email()}, "client_reference_id": code,
            "metadata": {"order_id": order}, "payment_intent": format!("pi_{order}"),
        });
        self.stripe_says(deed, &words, "checkout.session.completed", &object);
    }

    fn stripe_says(&mut self, deed: Deed, words: &str, kind: &str, object: &Value) {
        let created = self.town.world.clock().div_euclid(1_000);
        let event = json!({"id": "evt", "type": kind, "created": created, "livemode": true, "data": {"object": object}});
        self.town.by_signed(&mut self.rng, deed, words, move |world| signed_by_stripe(world, &event));
    }

    /// The code is in one of three places; in those before it there may be something that is nobody's code, or is no code at all.
    pub fn is_paid_at_shopify(&mut self, (deed, words): (Deed, String), number: u64, cents: i64) {
        let tax = cents * TAX / 100;
        let Deed::Buy { code, .. } = &deed else { return };
        let place = self.rng.u8(..3);
        let in_place = |this| if place == this { code.clone() } else { None };
        let no_code = self.rng.bool().then_some("a gift, please!");
        let note = in_place(0).or_else(|| no_code.map(str::to_owned));
        let landing = in_place(1).unwrap_or_else(|| "NOBODYS".to_owned());
        let discounts: Vec<Value> = [Some("SUMMER20".to_owned()), in_place(2)]
            .into_iter()
            .flatten()
            .map(|code| json!({"code": code}))
            .collect();
        let order = json!({
            "id": number, "email": self.email(), "currency": "USD", "test": false, "processed_at": self.now(),
            "total_price": decimal(cents + tax), "total_tax": decimal(tax),
            "note_attributes": [{"name": "Giftwrap", "value": "KIM"}, {"name": "ref", "value": note}],
            "landing_site": format!("/?utm_source=KIM&ref={landing}"), "discount_codes": discounts,
        });
        self.shopify_says(deed, &words, "orders/paid", order);
    }

    fn now(&self) -> String {
        Timestamp::from_millis(self.town.world.clock()).to_rfc3339()
    }

    fn shopify_says(&mut self, deed: Deed, words: &str, topic: &'static str, sent: Value) {
        self.town.by_signed(&mut self.rng, deed, words, move |_| signed_by_shopify(topic, &sent));
    }

    /// They make an account at the shop, by an address or by a telephone number.
    pub fn becomes_customer(&mut self, deed: Deed, words: &str, code: Option<&str>, identity: &Value) {
        let note = code.map(|code| format!("likes: blue\nreferral_code: {code}\nsize: 42"));
        let customer = json!({
            "id": 1, "email": identity["email"], "phone": identity["phone"], "first_name": self.who,
            "last_name": null, "note": note, "created_at": self.now(),
        });
        self.shopify_says(deed, &format!("Shopify {words}"), "customers/create", customer);
    }

    /// Each refund is another one; together they are what went back. It may come before the order.
    pub fn shopify_gives_back(&mut self, number: u64, cents: i64) {
        let total = cents + cents * TAX / 100;
        for (part, cents) in [total / 4 + 1, total / 2].into_iter().enumerate().take(self.rng.usize(1..=2)) {
            let refund = number * 10 + u64::try_from(part).unwrap();
            let (order, source) = (number.to_string(), Source::Shopify);
            let words = format!("Shopify: {cents} cents of {order} went back");
            let deed = Deed::GiveBack { order, source, cause: refund.to_string(), cents };
            let transaction = |status: &str, amount: i64| json!({"kind": "refund", "status": status, "amount": decimal(amount), "currency": "USD"});
            // In two transactions, beside one that failed.
            let transactions = [
                transaction("success", cents / 2),
                transaction("failure", total),
                transaction("success", cents - cents / 2),
            ];
            let sent = json!({"id": refund, "order_id": number, "created_at": self.now(), "transactions": transactions});
            self.shopify_says(deed, &words, "refunds/create", sent);
        }
    }

    /// The site's server gives money back, in one or two parts.
    pub async fn gives_back(&mut self, order: &str, cents: i64) {
        for part in 0..self.rng.i64(1..=2) {
            let cents = if part == 0 { cents / 3 + 1 } else { cents / 2 };
            let (event, _) = self.event_id();
            let cause = format!("event-{event}");
            let deed = Deed::GiveBack { order: order.to_owned(), source: Source::Api, cause, cents };
            let amount: Value = serde_json::from_str(&decimal(cents)).unwrap();
            let body = json!({"orderId": order, "amount": amount, "eventId": event});
            let words = format!("the site's server gives {cents} cents of {order} back");
            let path = format!("/api/v1/contests/{CONTEST}/refunds");
            self.town.by_owner(&mut self.rng, deed, &words, ("POST", path), body).await;
        }
    }

    /// Stripe says twice how much of a charge went back, in any order.
    pub fn charges_back(&mut self, order: &str, cents: i64) {
        let total = cents + cents * TAX / 100;
        for cents in [total / 4 + 1, total / 2] {
            let cause = format!("ch_{order}");
            let deed = Deed::GiveBack { order: order.to_owned(), source: Source::Stripe, cause, cents };
            let object = json!({
                "id": format!("ch_{order}"), "payment_intent": format!("pi_{order}"), "amount": total,
                "amount_refunded": cents, "currency": "usd",
            });
            let words = format!("Stripe: {cents} cents of {order} went back");
            self.stripe_says(deed, &words, "charge.refunded", &object);
        }
    }

    pub fn disputes(&mut self, order: &str) {
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
            self.stripe_says(deed, &format!("Stripe: dispute of {order}, {status}"), kind, &object);
        }
    }
}
