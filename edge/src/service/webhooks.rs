//! What a site's own forms, servers and automations report, who know the contest's webhook secret.

use domain::fact::Source;
use domain::json;
use domain::{Contest, Email, EntryId};

use super::people::{Identity, given_code};
use super::purchases::{self, Sale};
use super::trust::Caller;
use super::{App, entries, secrets};
use crate::body::Fields;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::Ledger;

/// `POST /api/webhooks/signup/:contestId`: a friend becomes a participant.
pub async fn signup<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let (contest, sent) = authentic(app, call, contest).await?;
    let email = Email::parse(&sent.text("email")?.unwrap_or_default())?;
    let (name, phone) = (sent.text("name")?, sent.text("phone")?);
    let identity = Identity::read(Some(email.clone()), name.as_deref(), phone.as_deref())?;
    let code = given_code(sent.text("referralCode")?.as_deref())?;
    contest.open(app.now)?;
    let entry = entries::join(app, &contest, &identity, code.as_ref(), &Caller::default(), app.now).await?;
    Ok(Reply::data(
        !entry.already_exists,
        json!({
            "entryId": entry.id.as_str(),
            "email": email.as_str(),
            "alreadyExists": entry.already_exists,
            "isReferred": entry.is_referred,
            "pointsAwarded": entry.points,
        }),
    ))
}

/// `POST /api/webhooks/purchase/:contestId`: somebody bought. Here the points are one number, the sum of both shares.
pub async fn purchase<L: Ledger>(app: &App<L>, call: &Call, contest: &str) -> Result<Reply, Error> {
    let (contest, sent) = authentic(app, call, contest).await?;
    let sale = Sale::read(&sent, app.now)?;
    let code = given_code(sent.text("referralCode")?.as_deref())?;
    let bought =
        purchases::record(app, &contest, &sale, Source::Webhook, code.as_ref(), &Caller::default()).await?;
    Ok(Reply::data(
        bought.entry.is_some() && !bought.already_exists,
        json!({
            "purchaseId": bought.purchase,
            "entryId": bought.entry.as_ref().map(EntryId::as_str),
            "pointsAwarded": u64::from(bought.points.advocate).saturating_add(bought.points.friend.into()),
            "alreadyExists": bought.already_exists,
            "message": purchases::message(&bought),
        }),
    ))
}

/// The contest and the body, if the secret came with it: in the header, or in the body where a form can set no header.
async fn authentic<'a, L: Ledger>(
    app: &App<L>,
    call: &'a Call,
    contest: &str,
) -> Result<(Contest, Fields<'a>), Error> {
    let contest = app.contest(contest).await?;
    let sent = call.fields();
    let in_body = || sent.as_ref().ok().and_then(|sent| sent.text("secret").ok().flatten());
    let secret = call.webhook.secret.clone().or_else(in_body).unwrap_or_default();
    if !secrets::is_webhook_secret(app, &contest, &secret) {
        return Err(Error::NotAuthentic("Missing or invalid webhook secret"));
    }
    Ok((contest, sent?))
}
