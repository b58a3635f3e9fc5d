//! Who somebody is: by what they say of themself, by what brought them, by a code.

use domain::attribution::Binding;
use domain::decide::Advocate;
use domain::fact::{Fact, Joined, bound_prefix, joined_id};
use domain::{Code, Email, EntryId, text};

use super::{App, both};
use crate::error::Error;
use crate::ledger::{self, Ledger, Person};

/// Who somebody says they are, checked.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    email: Option<Email>,
    name: Option<String>,
    phone: Option<String>,
}

impl Identity {
    pub(super) fn read(email: Option<Email>, name: Option<&str>, phone: Option<&str>) -> Result<Self, Error> {
        let filled = |value: Option<&str>, limit: text::Limit| -> Result<Option<String>, Error> {
            let value = value.filter(|value| !value.trim().is_empty());
            Ok(value.map(|value| limit.check(value)).transpose()?.map(str::to_owned))
        };
        let identity = Self { email, name: filled(name, text::NAME)?, phone: filled(phone, text::PHONE)? };
        let digits = identity.phone.as_deref().map(|phone| phone.bytes().filter(u8::is_ascii_digit).count());
        match (&identity.email, digits) {
            (None, None) => Err(Error::body("Either email or phone is required")),
            (_, Some(digits)) if digits < 5 => Err(Error::field("phone", "phone is not a telephone number")),
            _ => Ok(identity),
        }
    }

    pub(super) fn entry(&self, secret: &[u8], contest: &str) -> EntryId {
        match &self.email {
            Some(email) => EntryId::of(secret, contest, email),
            None => EntryId::of_phone(secret, contest, self.phone.as_deref().unwrap_or_default()),
        }
    }

    pub(super) fn person(self) -> Person {
        Person {
            email: self.email.map(|email| email.as_str().to_owned()),
            name: self.name,
            phone: self.phone,
        }
    }
}

/// Whether a friend is a participant, and which codes brought them. A signup says it as well as the binding, which
/// may be seen later.
pub(super) async fn friend<L: Ledger>(
    app: &App<L>,
    contest: &str,
    entry: &EntryId,
) -> Result<(Option<Joined>, Vec<Binding>), ledger::Unavailable> {
    let (joined, bound) =
        both(app.ledger.fact(contest, &joined_id(entry)), app.ledger.facts(contest, &bound_prefix(entry)))
            .await?;
    let bindings =
        joined.iter().chain(&bound).filter_map(Fact::binding).map(|(_, binding)| binding).collect();
    let joined = joined.and_then(|fact| if let Fact::Joined(joined) = fact { Some(joined) } else { None });
    Ok((joined, bindings))
}

/// Whom a code belongs to.
pub(super) async fn advocate<L: Ledger>(
    app: &App<L>,
    contest: &str,
    code: &Code,
) -> Result<Option<Advocate>, Error> {
    let owner = app.ledger.get(&ledger::referrer(contest, code)).await?;
    let entry = owner.and_then(|owner| EntryId::parse(&owner.entry));
    Ok(entry.map(|entry| Advocate { code: code.clone(), entry }))
}

/// A form's field that nobody filled in says as little as one that is not there.
pub(super) fn given_code(code: Option<&str>) -> Result<Option<Code>, Error> {
    let code = code.filter(|code| !code.trim().is_empty());
    Ok(code.map(Code::parse).transpose()?)
}
