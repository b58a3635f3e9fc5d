//! Who somebody is: by what they say of themself, by what brought them, by a code.

use domain::attribution::{Binding, add};
use domain::decide::Advocate;
use domain::fact::{Fact, Joined, bound_prefix, erased_id, joined_id};
use domain::{Code, Email, EntryId, text};

use super::{App, both, filled};
use crate::error::Error;
use crate::ledger::{self, Ledger, Person, Referrer};

/// Who somebody says they are, checked.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    email: Option<Email>,
    name: Option<String>,
    phone: Option<String>,
}

impl Identity {
    pub(super) fn read(email: Option<Email>, name: Option<&str>, phone: Option<&str>) -> Result<Self, Error> {
        let identity = Self { email, name: filled(name, text::NAME)?, phone: phone_number(phone)? };
        if identity.email.is_none() && identity.phone.is_none() {
            return Err(Error::body("Either email or phone is required"));
        }
        Ok(identity)
    }

    pub(super) fn entry(&self, secret: &[u8], contest: &str) -> EntryId {
        match &self.email {
            Some(email) => EntryId::of(secret, contest, email),
            None => EntryId::of_phone(secret, contest, self.phone.as_deref().unwrap_or_default()),
        }
    }

    /// The address, where there is one.
    pub(super) fn email(&self) -> Option<&Email> {
        self.email.as_ref()
    }

    pub(super) fn person(self) -> Person {
        Person {
            email: self.email.map(|email| email.as_str().to_owned()),
            name: self.name,
            phone: self.phone,
        }
    }
}

/// A telephone number, as people write it.
pub(super) fn phone_number(phone: Option<&str>) -> Result<Option<String>, Error> {
    let phone = filled(phone, text::PHONE)?;
    let digits = |phone: &String| phone.bytes().filter(u8::is_ascii_digit).count();
    match phone {
        Some(phone) if digits(&phone) < 5 => Err(Error::field("phone", "phone is not a telephone number")),
        phone => Ok(phone),
    }
}

/// What is known of somebody before they do something.
#[derive(Debug)]
pub(super) struct Known {
    /// They are a participant.
    pub(super) joined: Option<Joined>,
    /// Which codes brought them. A signup says it as well as the binding, which may be seen later.
    pub(super) bindings: Vec<Binding>,
    /// They asked to be forgotten.
    pub(super) erased: bool,
}

/// What is known of an entry.
pub(super) async fn known<L: Ledger>(
    app: &App<L>,
    contest: &str,
    entry: &EntryId,
) -> Result<Known, ledger::Unavailable> {
    let (joined, bound) =
        both(app.ledger.fact(contest, &joined_id(entry)), app.ledger.facts(contest, &bound_prefix(entry)))
            .await?;
    // Only who joined can have been erased, and what they did stays.
    let erased = match &joined {
        Some(_) => app.ledger.fact(contest, &erased_id(entry)).await?,
        None => None,
    };
    let mut bindings = Vec::new();
    for (_, binding) in joined.iter().chain(&bound).filter_map(Fact::binding) {
        add(&mut bindings, binding);
    }
    let joined = joined.and_then(|fact| if let Fact::Joined(joined) = fact { Some(joined) } else { None });
    Ok(Known { joined, bindings, erased: erased.is_some() })
}

/// Whom a code belongs to; nobody, once its owner was erased.
pub(super) async fn advocate<L: Ledger>(
    app: &App<L>,
    contest: &str,
    code: &Code,
) -> Result<Option<Advocate>, Error> {
    let owner = app.ledger.get(&ledger::referrer(contest, code)).await?.filter(|owner| !owner.erased);
    Ok(owner.and_then(|Referrer { entry, mailbox, browser, .. }| {
        Some(Advocate { code: code.clone(), entry: EntryId::parse(&entry)?, mailbox, browser })
    }))
}

/// The owner of the first of several codes that has one. What is no code of ours may be in its place for another reason.
pub(super) async fn first_known<L: Ledger>(
    app: &App<L>,
    contest: &str,
    codes: &[Code],
) -> Result<Option<Advocate>, Error> {
    for code in codes {
        if let Some(advocate) = advocate(app, contest, code).await? {
            return Ok(Some(advocate));
        }
    }
    Ok(None)
}

/// Remembers whose the numbers are. The first to be remembered stays.
pub(super) async fn remember_payer<L: Ledger>(
    app: &App<L>,
    contest: &str,
    numbers: &[String],
    entry: &EntryId,
) -> Result<(), Error> {
    for number in numbers {
        let place = ledger::payer(contest, number);
        if app.ledger.get(&place).await?.is_none() {
            app.ledger.put(&place, &Referrer::of(entry)).await?;
        }
    }
    Ok(())
}

/// A form's field that nobody filled in says as little as one that is not there.
pub(super) fn given_code(code: Option<&str>) -> Result<Option<Code>, Error> {
    let code = code.filter(|code| !code.trim().is_empty());
    Ok(code.map(Code::parse).transpose()?)
}
