//! The secrets of a contest that others sign with. An owner sets them and nobody reads them back: not in an answer, an export,
//! an error or a log. They are in the contest's record, each sealed or as a mark, and never among its settings.

use domain::Contest;
use domain::json;
use serde_json::{Map, Value};

use super::App;
use crate::error::Error;
use crate::seal;

/// What may be secret, by where an owner writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// What the site's own forms and automations send along. Only compared, so only a mark is kept.
    Webhook,
    /// What Stripe signs with; several while one takes over from another.
    Stripe,
    /// What Shopify signs with.
    Shopify,
}

impl Field {
    const ALL: [Self; 3] = [Self::Webhook, Self::Stripe, Self::Shopify];

    /// Under which name it is stored, and the path in what is sent.
    fn place(self) -> (&'static str, Option<&'static str>, &'static str) {
        match self {
            Self::Webhook => ("settings.webhookSecret", None, "webhookSecret"),
            Self::Stripe => ("settings.stripe.signingSecrets", Some("stripe"), "signingSecrets"),
            Self::Shopify => ("settings.shopify.secret", Some("shopify"), "secret"),
        }
    }

    fn name(self) -> &'static str {
        self.place().0
    }

    fn of(self, contest: &Contest) -> impl Iterator<Item = &str> {
        let kept = contest.secrets.iter().filter(move |(name, _)| name == self.name());
        kept.map(|(_, secret)| secret.as_str())
    }

    /// Reads what was sent; what is no secret is refused without being repeated.
    fn read(self, sent: &Value) -> Result<Vec<String>, Error> {
        let is_sound =
            |secret: &&str| (8..=200).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic());
        let fault = match self {
            Self::Stripe => "must be a list of at most 5 signing secrets such as whsec_…",
            _ => "must be 8 to 200 visible ASCII characters",
        };
        let fault = || Error::field(self.name(), format!("{} {fault}", self.name()));
        let one = |sent: &Value| sent.as_str().filter(is_sound).map(str::to_owned).ok_or_else(fault);
        match (self, sent) {
            (_, Value::Null) => Ok(Vec::new()),
            (_, Value::String(none)) if none.is_empty() => Ok(Vec::new()),
            (Self::Stripe, Value::Array(secrets)) if secrets.len() <= 5 => {
                let secrets = secrets.iter().map(one).collect::<Result<Vec<_>, Error>>()?;
                let all_are = secrets.iter().all(|secret| secret.starts_with("whsec_"));
                if all_are { Ok(secrets) } else { Err(fault()) }
            }
            (Self::Stripe, _) => Err(fault()),
            _ => Ok(vec![one(sent)?]),
        }
    }
}

/// The secrets that an owner sets or, where there are none, removes.
pub(super) struct Change(Vec<(Field, Vec<String>)>);

impl Change {
    /// Takes them out of what was sent. What an answer shows of them may be sent back, and changes nothing.
    pub(super) fn take(sent: &mut Value) -> Result<Self, Error> {
        let mut change = Vec::new();
        let Some(settings) = sent.get_mut("settings").and_then(Value::as_object_mut) else {
            return Ok(Self(change));
        };
        for field in Field::ALL {
            let (_, group, name) = field.place();
            let value = match group.map(|group| settings.get_mut(group)) {
                None => settings.remove(name),
                Some(Some(Value::Object(group))) => group.remove(name),
                Some(Some(Value::Null)) => Some(Value::Null),
                Some(_) => None,
            };
            let is_shown = |value: &Value| value.get("set").is_some_and(Value::is_boolean);
            if let Some(value) = value.filter(|value| !is_shown(value)) {
                change.push((field, field.read(&value)?));
            }
        }
        Ok(Self(change))
    }

    /// What a contest keeps, after what it kept before.
    pub(super) fn apply<L>(
        self,
        app: &App<L>,
        contest: &str,
        before: &[(String, String)],
    ) -> Result<Vec<(String, String)>, Error> {
        let mut kept = before.to_vec();
        let ledger_secret = &app.secrets.ledger;
        for (field, secrets) in self.0 {
            kept.retain(|(name, _)| name != field.name());
            let place = [contest, field.name()];
            for secret in secrets {
                let hidden = match field {
                    Field::Webhook => seal::mark(ledger_secret, &place, &secret),
                    _ => seal::seal(ledger_secret, &place, (app.random)(), &secret),
                };
                let hidden =
                    hidden.ok_or_else(|| Error::Internal(format!("cannot seal {}", field.name())))?;
                kept.push((field.name().to_owned(), hidden));
            }
        }
        Ok(kept)
    }
}

/// Whether two contests of one id have the same secrets, however often those were sealed anew.
pub(super) fn are_same<L>(app: &App<L>, one: &Contest, other: &Contest) -> bool {
    let marks = |contest| Field::Webhook.of(contest).collect::<Vec<_>>();
    let same = |field| opened(app, one, field) == opened(app, other, field);
    marks(one) == marks(other) && same(Field::Stripe) && same(Field::Shopify)
}

/// The secrets of a field that is sealed.
pub(super) fn opened<L>(app: &App<L>, contest: &Contest, field: Field) -> Vec<String> {
    let place = [contest.id.as_str(), field.name()];
    field.of(contest).filter_map(|sealed| seal::open(&app.secrets.ledger, &place, sealed)).collect()
}

/// Is this the contest's webhook secret?
pub(super) fn is_webhook_secret<L>(app: &App<L>, contest: &Contest, secret: &str) -> bool {
    let place = [contest.id.as_str(), Field::Webhook.name()];
    Field::Webhook.of(contest).any(|mark| seal::is_marked(&app.secrets.ledger, &place, secret, mark))
}

/// Says in a contest's settings which secrets are set.
pub(super) fn show(contest: &Contest, settings: &mut Value) {
    let Some(settings) = settings.as_object_mut() else { return };
    for field in Field::ALL {
        let (_, group, name) = field.place();
        let count = field.of(contest).count();
        let mut shown = json!({"set": count > 0});
        if let (Field::Stripe, Some(shown)) = (field, shown.as_object_mut()) {
            shown.insert("count".to_owned(), json!(count));
        }
        let within = match group {
            Some(group) => settings.entry(group).or_insert_with(|| Value::Object(Map::new())).as_object_mut(),
            None => Some(&mut *settings),
        };
        if let Some(within) = within {
            within.insert(name.to_owned(), shown);
        }
    }
}
