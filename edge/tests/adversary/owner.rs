//! What a contest's owner does, or the site's server with the owner's key: adds people, gives them points and what they did for
//! some, takes their place and gives it back, calls them otherwise, erases them.

use serde_json::{Value, json};

use crate::deed::Deed;
use crate::model::{BONUSES, entry_of, phones_of};
use crate::places::{CONTEST, Over};
use crate::shoppers::Person;
use crate::town::brief;

impl<O: Over> Person<O> {
    pub async fn deal_with_owner(&mut self) {
        if self.rng.u8(..4) == 0 {
            self.pause().await;
            self.completes().await;
        }
        if self.rng.u8(..5) == 0 {
            self.pause().await;
            self.is_given_points().await;
        }
        if self.rng.u8(..8) == 0 {
            self.pause().await;
            self.is_disqualified(true).await;
            if self.rng.bool() {
                self.pause().await;
                self.is_disqualified(false).await;
            }
        }
        if self.rng.u8(..5) == 0 {
            self.pause().await;
            self.is_renamed().await;
        }
        if self.rng.u8(..6) == 0 {
            self.pause().await;
            self.is_erased().await;
        }
    }

    /// The site's server makes them a participant.
    pub fn is_added(&mut self, deed: Deed, words: String, body: Value) {
        let (town, mut rng) = (self.town.clone(), self.rng.fork());
        self.town.spawn(async move {
            town.sleep(brief(&mut rng)).await;
            let path = format!("/api/v1/contests/{CONTEST}/entries");
            town.by_owner_again(&mut rng, deed, &words, &path, body).await;
        });
    }

    /// What earns points once, they do more than once, or the site says so. Who has no address is known by the entry.
    async fn completes(&mut self) {
        let (action, points) = BONUSES[self.rng.usize(..BONUSES.len())];
        let deed = Deed::Complete { who: self.who.to_owned(), action: action.to_owned(), points };
        let by_address = phones_of(self.who).is_none() && self.rng.bool();
        let entry = if by_address { "lookup".to_owned() } else { entry_of(self.who).as_str().to_owned() };
        let body =
            if by_address { json!({"email": self.email(), "contestId": CONTEST}) } else { Value::Null };
        let path = format!("/api/v1/entries/{entry}/bonus-actions/{action}/complete");
        let words = format!("the site's server: {} did `{action}`", self.who);
        self.town.by_owner_again(&mut self.rng, deed, &words, &path, body).await;
    }

    async fn is_disqualified(&mut self, on: bool) {
        let (event, at) = self.event_id();
        let deed = Deed::Disqualify { who: self.who.to_owned(), event: event.clone(), at, on };
        let path = format!("/api/v1/entries/{}/disqualify", entry_of(self.who).as_str());
        let words = format!("the owner {} {}", if on { "disqualifies" } else { "takes back" }, self.who);
        let body = json!({"disqualified": on, "reason": "bought followers", "eventId": event});
        self.town.by_owner_again(&mut self.rng, deed, &words, &path, body).await;
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

    async fn is_renamed(&mut self) {
        let name = format!("{} Roe", self.who);
        self.town.renames(&mut self.rng, self.who, &name).await;
    }

    async fn is_erased(&mut self) {
        let deed = Deed::Erase { who: self.who.to_owned() };
        let path = format!("/api/v1/entries/{}", entry_of(self.who).as_str());
        let words = format!("the owner erases {}", self.who);
        self.town.by_owner(&mut self.rng, deed, &words, ("DELETE", path), Value::Null).await;
    }
}
