//! The names of keys. A key knows the record it leads to, so that none is read as another.

use core::marker::PhantomData;

use domain::{Code, Contest, Email, EntryId};
use serde::{Deserialize, Serialize};

/// The name of a record.
#[derive(Debug)]
pub struct Key<R> {
    name: String,
    record: PhantomData<R>,
}

impl<R> Key<R> {
    fn new(parts: &[&str]) -> Self {
        Self { name: parts.join("/"), record: PhantomData }
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

/// Whom a code belongs to, for good.
pub fn referrer(contest: &str, code: &Code) -> Key<Referrer> {
    Key::new(&["code", contest, code.as_str()])
}

/// The one record with personal data.
pub fn person(contest: &str, entry: &EntryId) -> Key<Person> {
    Key::new(&["person", contest, entry.as_str()])
}

/// An API key, by the SHA-256 of it in hexadecimal: the key itself is not stored.
pub fn api_key(hash: &str) -> Key<ApiKey> {
    Key::new(&["key", hash])
}

/// What a fact's key begins with.
pub(super) fn fact(contest: &str, id: &str) -> String {
    ["fact", contest, id].join("/")
}

/// Whom a code belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referrer {
    /// The entry's id.
    pub entry: String,
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
