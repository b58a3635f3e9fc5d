//! API keys: made here, shown once, kept as a hash.

use domain::id::hex;
use domain::text;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::App;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::{self, ApiKey, KeyKind, Ledger};

#[derive(Deserialize)]
struct NewKey {
    team: Option<String>,
    kind: Option<KeyKind>,
    name: Option<String>,
}

/// `POST /api/v1/keys`: a private key makes keys for its own team; the deployment's `ADMIN_TOKEN` makes
/// the first one of any.
pub async fn create<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let own_team = if is_admin(app, call) { None } else { Some(app.private_key(call).await?.team) };
    let new: NewKey = call.read()?;
    let team = match (own_team, new.team) {
        (None, None) => return Err(Error::field("team", "team is required")),
        (Some(own), Some(asked)) if own != asked => {
            return Err(Error::field("team", "team must be the key's own"));
        }
        (Some(team), _) | (None, Some(team)) => team,
    };
    if !text::is_token(&team) {
        return Err(Error::field("team", "team must be 1 to 64 letters, digits, '-' and '_'"));
    }
    let name = new.name.as_deref().map(|name| text::NAME.check(name)).transpose()?.unwrap_or_default();

    let kind = new.kind.ok_or_else(|| Error::field("kind", "kind is required: public or private"))?;
    let prefix = match kind {
        KeyKind::Public => "rk_pub_",
        KeyKind::Private => "rk_priv_",
    };
    let key = format!("{prefix}{}", hex(&(app.random)()));
    let hash = hash(&key);
    let record = ApiKey {
        id: hash.chars().take(16).collect(),
        team,
        kind,
        name: name.to_owned(),
        created_at: app.now,
    };
    app.ledger.put(&ledger::api_key(&hash), &record).await?;
    let created_at = record.created_at.to_rfc3339();
    Ok(Reply::data(
        true,
        json!({
            "id": record.id, "key": key, "kind": record.kind, "team": record.team, "name": record.name,
            "createdAt": created_at,
        }),
    ))
}

/// What a key is stored and found by. A key is 192 random bits: nobody guesses one from its hash.
pub(crate) fn hash(key: &str) -> String {
    hex(&Sha256::digest(key.as_bytes()))
}

/// Compares hashes, so that the time it takes tells nothing about the token.
fn is_admin<L>(app: &App<L>, call: &Call) -> bool {
    let sent = call.authorization.as_deref().and_then(|header| header.strip_prefix("Bearer "));
    match (sent, app.secrets.admin_token.as_deref()) {
        (Some(sent), Some(token)) if !token.is_empty() => hash(sent) == hash(token),
        _ => false,
    }
}
