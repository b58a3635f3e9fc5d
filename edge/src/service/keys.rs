//! API keys: made here, shown once, kept as a hash.

use domain::id::hex;
use domain::json;
use domain::text;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{App, all, both};
use crate::error::Error;
use crate::http::{Call, Paging, Reply};
use crate::ledger::{self, ApiKey, KeyKind, Ledger, Mark};

/// A key's id is so much of its hash.
const ID: usize = 16;

/// `POST /api/v1/keys`: a private key makes keys for its own team; the deployment's `ADMIN_TOKEN` makes
/// the first one of any.
pub async fn create<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let own_team = if is_admin(app, call) { None } else { Some(app.private_key(call).await?.team) };
    let new = call.fields()?;
    let team = match (own_team, new.text("team")?) {
        (None, None) => return Err(Error::field("team", "team is required")),
        (Some(own), Some(asked)) if own != asked => {
            return Err(Error::field("team", "team must be the key's own"));
        }
        (Some(team), _) | (None, Some(team)) => team,
    };
    if !text::is_token(&team) {
        return Err(Error::field("team", "team must be 1 to 64 letters, digits, '-' and '_'"));
    }
    let name = new.text("name")?;
    let name = name.as_deref().map(|name| text::NAME.check(name)).transpose()?.unwrap_or_default();

    let kind = match new.text("kind")?.as_deref() {
        Some("public") => KeyKind::Public,
        Some("private") => KeyKind::Private,
        Some(_) => return Err(Error::field("kind", "kind: expected `public` or `private`")),
        None => return Err(Error::field("kind", "kind is required: public or private")),
    };
    let prefix = match kind {
        KeyKind::Public => "rk_pub_",
        KeyKind::Private => "rk_priv_",
    };
    let key = format!("{prefix}{}", hex(&(app.random)()));
    let hash = hash(&key);
    let record = ApiKey {
        id: hash.chars().take(ID).collect(),
        team,
        kind,
        name: name.to_owned(),
        created_at: app.now,
    };
    let (place, mark) = (ledger::api_key(&hash), ledger::team_key(&record.team, &hash));
    both(app.ledger.put(&place, &record), app.ledger.put(&mark, &Mark {})).await?;
    let mut answer = shown(&record);
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("key".to_owned(), json!(key));
    }
    Ok(Reply::data(true, answer))
}

/// `GET /api/v1/keys?page&limit`: the keys of the key's team, without the keys themselves, which nobody has but their owners.
pub async fn list<L: Ledger>(app: &App<L>, call: &Call) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let paging = Paging::read(call)?;
    let hashes = app.ledger.names(&ledger::keys_of(&key.team)).await?;
    let part = paging.of(&hashes).iter().map(async |hash| {
        let key = app.ledger.get(&ledger::api_key(hash)).await?;
        Ok::<_, Error>(key.as_ref().map_or(Value::Null, shown))
    });
    let mut part = all(part).await?;
    part.retain(|key| !key.is_null());
    Ok(Reply::list(&part, paging, hashes.len()))
}

/// `DELETE /api/v1/keys/:id`: the key opens nothing any more, within a minute anywhere.
pub async fn revoke<L: Ledger>(app: &App<L>, call: &Call, id: &str) -> Result<Reply, Error> {
    let key = app.private_key(call).await?;
    let hashes = app.ledger.names(&ledger::keys_of(&key.team)).await?;
    let hash =
        hashes.iter().find(|hash| hash.get(..ID) == Some(id)).ok_or(Error::NotFound("Key not found"))?;
    // The mark goes last: while it is there, a call that was cut off can be made again.
    app.ledger.remove(&ledger::api_key(hash)).await?;
    app.ledger.remove(&ledger::team_key(&key.team, hash)).await?;
    Ok(Reply::data(false, json!({"id": id, "revoked": true})))
}

fn shown(key: &ApiKey) -> Value {
    json!({
        "id": key.id, "kind": key.kind, "team": key.team, "name": key.name,
        "createdAt": key.created_at.to_rfc3339(),
    })
}

/// What a key is stored and found by. A key is 192 random bits: nobody guesses one from its hash.
pub(crate) fn hash(key: &str) -> String {
    hex(&Sha256::digest(key.as_bytes()))
}

/// Compares hashes, so that the time it takes tells nothing about the token.
pub(super) fn is_admin<L>(app: &App<L>, call: &Call) -> bool {
    let sent = call.authorization.as_deref().and_then(|header| header.strip_prefix("Bearer "));
    match (sent, app.secrets.admin_token.as_deref()) {
        (Some(sent), Some(token)) if !token.is_empty() => hash(sent) == hash(token),
        _ => false,
    }
}
