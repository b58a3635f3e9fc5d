//! The names of keys. A key knows the record it leads to, so that none is read as another.

use core::marker::PhantomData;

use domain::webhook::Endpoint;
use domain::{Code, Contest, Email, EntryId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Delivery;

/// The name of a record.
#[derive(Debug)]
pub struct Key<R> {
    name: String,
    record: PhantomData<R>,
    listed: bool,
}

impl<R> Key<R> {
    fn new(parts: &[&str]) -> Self {
        Self { name: parts.join("/"), record: PhantomData, listed: false }
    }

    /// A list shows the record as well as the name, if it is small enough.
    fn listed(self) -> Self {
        Self { listed: true, ..self }
    }

    pub(super) fn is_listed(&self) -> bool {
        self.listed
    }

    /// The name under which it is stored.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A contest with its settings. A change may take a minute to be seen everywhere.
pub fn contest(id: &str) -> Key<Contest> {
    Key::new(&["contest", id])
}

/// How a contest stood at its end, as it is shown. One that goes on and ends again has another end.
pub fn final_standings(contest: &str, end: Timestamp) -> Key<Value> {
    Key::new(&["final", contest, &end.millis().to_string()])
}

/// When the chores of every hour were last done, in milliseconds.
pub fn chores() -> Key<Value> {
    Key::new(&["chores"])
}

/// Whom a code belongs to, for good.
pub fn referrer(contest: &str, code: &Code) -> Key<Referrer> {
    Key::new(&["code", contest, code.as_str()])
}

/// Who pays under a number of a payment provider's, such as a subscription's, by a keyed hash of it. The first to be
/// remembered stays.
pub fn payer(contest: &str, number: &str) -> Key<Referrer> {
    Key::new(&["payer", contest, number])
}

/// The one record with personal data.
pub fn person(contest: &str, entry: &EntryId) -> Key<Person> {
    Key::new(&[&persons(contest), entry.as_str()]).listed()
}

pub(super) fn persons(contest: &str) -> String {
    ["person", contest].join("/")
}

/// A renewal that came before it is known who pays, by the hashed numbers of the subscription and of the order.
pub fn early(contest: &str, number: &str, purchase: &str) -> Key<Value> {
    Key::new(&[&early_of(contest, number).0, purchase])
}

/// All of them of a subscription.
pub fn early_of(contest: &str, number: &str) -> Marks {
    Marks(["early", contest, number].join("/"))
}

/// What goes back of an order, by its number: the fact's id, and how many points the advocate and the friend were told to have lost by
/// it; nothing in their place, where it waits for its order.
pub fn taken_of(contest: &str, number: &str) -> Marks {
    Marks(["taken", contest, number].join("/"))
}

/// Why an owner did something to an entry, in their own words: beside the fact of this id, since those words may name the person,
/// and an erasure removes them.
pub fn reason(contest: &str, entry: &EntryId, fact: &str) -> Key<Value> {
    Key::new(&[&reasons_of(contest, entry).0, fact])
}

/// All of them about an entry.
pub fn reasons_of(contest: &str, entry: &EntryId) -> Marks {
    Marks(["reason", contest, entry.as_str()].join("/"))
}

/// Where a contest's owner is told of what happens.
pub fn endpoint(contest: &str, id: &str) -> Key<Endpoint> {
    Key::new(&[&endpoints_of(contest).0, id])
}

/// All of a contest's, and [`has_endpoints`].
pub fn endpoints_of(contest: &str) -> Marks {
    Marks(["endpoint", contest].join("/"))
}

/// That a contest has or had an endpoint. It stays: two who add one and remove another would undo one another.
pub fn has_endpoints(contest: &str) -> Key<Mark> {
    endpoints_of(contest).key("any")
}

/// That a team has a contest.
pub fn team_contest(team: &str, contest: &str) -> Key<Mark> {
    contests_of(team).key(contest)
}

/// The contests of a team.
pub fn contests_of(team: &str) -> Marks {
    Marks(["team", team, "contest"].join("/"))
}

/// What all teams have.
pub fn teams() -> Marks {
    Marks("team".to_owned())
}

/// The contest that one of these names is about.
pub fn contest_of_team(name: &str) -> Option<&str> {
    let (_, mark) = name.split_once('/')?;
    mark.strip_prefix("contest/")
}

/// That a team has an API key, by its hash.
pub fn team_key(team: &str, hash: &str) -> Key<Mark> {
    keys_of(team).key(hash)
}

/// The API keys of a team.
pub fn keys_of(team: &str) -> Marks {
    Marks(["team", team, "key"].join("/"))
}

/// An API key, by the SHA-256 of it in hexadecimal: the key itself is not stored.
pub fn api_key(hash: &str) -> Key<ApiKey> {
    Key::new(&["key", hash])
}

/// What a fact's key begins with.
pub(super) fn fact(contest: &str, id: &str) -> String {
    ["fact", contest, id].join("/")
}

/// A part of a contest's snapshot.
pub(super) fn snapshot(contest: &str, part: &str) -> String {
    ["snapshot", contest, part].join("/")
}

/// What came to a snapshot, in batches.
pub(super) fn batches(contest: &str) -> Marks {
    Marks(["tail", contest].join("/"))
}

/// One of them.
pub(super) fn batch(contest: &str, name: &str) -> String {
    ["tail", contest, name].join("/")
}

/// Does it hold only what follows from facts?
pub(super) fn is_derived(name: &str) -> bool {
    ["snapshot/", "tail/"].iter().any(|prefix| name.starts_with(prefix))
}

/// What the keys of all attempts to deliver to an endpoint begin with.
pub(super) fn deliveries(contest: &str, endpoint: &str) -> String {
    ["delivery", contest, endpoint, ""].join("/")
}

/// The same of one event.
pub(super) fn delivery(delivery: &Delivery) -> String {
    [&deliveries(delivery.contest, delivery.endpoint), delivery.event, "/"].concat()
}

/// Keys that say by their name all there is to say.
#[derive(Debug)]
pub struct Marks(String);

impl Marks {
    /// The one of a name.
    pub fn key(&self, name: &str) -> Key<Mark> {
        Key::new(&[&self.0, name])
    }

    pub(super) fn prefix(&self) -> String {
        [&self.0, "/"].concat()
    }
}

/// Nothing but that it is there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Mark {}

/// Whom a code belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referrer {
    /// The entry's id.
    pub entry: String,
    /// It was erased: the code leads to nobody, and nobody else gets it.
    #[serde(default)]
    pub erased: bool,
    /// The owner's mailbox, by a keyed hash: friends are compared with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// The browser that the owner signed up with, by a keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
}

impl Referrer {
    /// Of somebody of whom nothing else is known.
    pub fn of(entry: &EntryId) -> Self {
        Self { entry: entry.as_str().to_owned(), erased: false, mailbox: None, browser: None }
    }
}

/// A participant's name and addresses, as they gave them. May be changed and erased.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Normalised.
    pub email: Option<String>,
    /// What they are called.
    pub name: Option<String>,
    /// As they wrote it.
    pub phone: Option<String>,
}

impl Person {
    /// As somebody sees it who may read without personal data.
    #[must_use]
    pub fn masked(&self) -> Self {
        let phone = self.phone.as_deref().map(|phone| {
            let mut last: Vec<char> = phone.chars().filter(char::is_ascii_digit).rev().take(2).collect();
            last.reverse();
            ["***".to_owned(), last.into_iter().collect()].concat()
        });
        Self { email: self.masked_email(), name: self.name.clone(), phone }
    }

    /// Does their name or address hold a text, which is in small letters? A public key is told no more by finding than by reading: of an
    /// address that it sees masked, it finds what it sees.
    pub fn holds(&self, text: &str, kind: KeyKind) -> bool {
        let email = if kind == KeyKind::Private { self.email.clone() } else { self.masked_email() };
        let holds = |held: &str| held.to_lowercase().contains(text);
        self.name.as_deref().is_some_and(holds) || email.as_deref().is_some_and(holds)
    }

    /// `j***@example.com`
    pub fn masked_email(&self) -> Option<String> {
        self.email.as_deref().and_then(|email| Email::parse(email).ok()).map(|email| email.masked())
    }
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// Read, without personal data.
    Public,
    /// Everything.
    Private,
}

/// What is known of an API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// The first part of its hash.
    pub id: String,
    /// Whose it is.
    pub team: String,
    /// What it may do.
    pub kind: KeyKind,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: domain::Timestamp,
}
