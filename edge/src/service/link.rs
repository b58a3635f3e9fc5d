//! `GET /r/:contestId/:code`: the other form of a referral link. It leads to the contest's own site, and only there.

use domain::{Code, site};

use super::App;
use super::people::advocate;
use crate::error::Error;
use crate::http::{Call, Reply};
use crate::ledger::Ledger;

/// Redirects to the site, or with `?to=/path` to a page of it, with the code. A code that nobody has is left out: whoever
/// mistyped it still wants to see the site.
///
/// Safari keeps a cookie that a server sets on a top-level navigation, and deletes one that a script wrote after 7 days,
/// or a day. So the cookie goes along where this Worker runs under the site's own domain.
pub async fn follow<L: Ledger>(app: &App<L>, call: &Call, contest: &str, code: &str) -> Result<Reply, Error> {
    let contest = app.recent_contest(contest).await?;
    let Some(site) = contest.settings.site_url.as_deref() else {
        return Err(Error::NotFound("This contest has no site"));
    };
    let page = match call.query("to") {
        Some(path) => site::page(site, path)
            .ok_or_else(|| Error::field("to", "to must be a path of the site, such as /kites"))?,
        None => site.to_owned(),
    };
    let advocate = match Code::parse(code) {
        Ok(code) => advocate(app, &contest.id, &code).await?,
        Err(_) => None,
    };
    let mut reply = Reply { status: 302, ..Reply::default() };
    let Some(advocate) = advocate else {
        reply.headers.push(("Location", page.into()));
        return Ok(reply);
    };
    reply.headers.push(("Location", site::with_code(&page, &advocate.code).into()));
    let site_host = site::host(site).unwrap_or_default();
    let domain = site::shared_domain(&call.host, site_host).map(|domain| format!("; Domain={domain}"));
    if domain.is_some() || site_host == call.host {
        let value = site::cookie_value(&advocate.code, &contest.id, app.now);
        let age = u32::from(contest.settings.window_days).saturating_mul(86_400);
        let secure = if call.is_https { "; Secure" } else { "" };
        let domain = domain.unwrap_or_default();
        let cookie = format!("rocket_ref={value}; Path=/; Max-Age={age}; SameSite=Lax{secure}{domain}");
        reply.headers.push(("Set-Cookie", cookie.into()));
    }
    Ok(reply)
}
