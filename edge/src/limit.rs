//! Which calls are counted, by what, and what is said where there are too many. How many are allowed is in wrangler.toml.

use core::future::Future;
use core::net::IpAddr;
use core::sync::atomic::{AtomicBool, Ordering};

use domain::json;
use domain::text;

use crate::error::Error;
use crate::http::Sent;
use crate::routes::{Route, called};
use crate::service::keys;

/// For how many seconds a caller who asked too often is to wait: the window that wrangler.toml names. The platform does not
/// say how much of it is over.
pub const WINDOW: &str = "60";

/// Which of the limits in wrangler.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// API v1, by key.
    General,
    /// The referral endpoints that write, by address and contest.
    PublicWrites,
    /// Those that read, by address and contest.
    PublicReads,
}

impl Budget {
    /// The name of its binding.
    pub fn binding(self) -> &'static str {
        match self {
            Self::General => "GENERAL_LIMIT",
            Self::PublicWrites => "PUBLIC_WRITES_LIMIT",
            Self::PublicReads => "PUBLIC_READS_LIMIT",
        }
    }
}

/// What counts calls.
pub trait Limiter {
    /// Counts one more; `false` where that is one too many. An error says why it could not be counted.
    fn take(&self, budget: Budget, by: &str) -> impl Future<Output = Result<bool, String>>;
}

/// Refuses a call that is one too many. Where nothing counts, every call is let through, and the log says so once:
/// a limit is there to keep the endpoint up, not to take it down.
pub async fn check(
    limiter: &impl Limiter,
    sent: &Sent<'_>,
    is_said: &AtomicBool,
    log: fn(&str),
) -> Result<(), Error> {
    let Some((budget, by)) = counted(sent) else { return Ok(()) };
    match limiter.take(budget, &by).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::TooMany),
        Err(cause) => {
            if !is_said.swap(true, Ordering::Relaxed) {
                log(&json!({"limit": budget.binding(), "outcome": "not counted", "cause": cause}).to_string());
            }
            Ok(())
        }
    }
}

/// What a call is counted as, and by what; `None` where it is not: a preflight, and what reaches nothing.
pub fn counted(sent: &Sent<'_>) -> Option<(Budget, String)> {
    let call = sent.call;
    let route = called(call)?;
    let budget = match route {
        Route::Follow(..)
        | Route::Page(_)
        | Route::ValidateCode
        | Route::Stats
        | Route::Present
        | Route::PublicBoard
        | Route::Health => Budget::PublicReads,
        Route::TrackVisit | Route::TrackSignup | Route::TrackPurchase => Budget::PublicWrites,
        _ => Budget::General,
    };
    let is_webhook = matches!(
        route,
        Route::SignupWebhook(_)
            | Route::PurchaseWebhook(_)
            | Route::StripeWebhook(_)
            | Route::ShopifyWebhook(_)
    );
    let by = match (budget, call.sent_key()) {
        // One address of Stripe's speaks for many contests.
        _ if is_webhook => {
            ["webhook/", &contest_of(sent, route).unwrap_or_default(), "/", &network(call.address.as_deref())]
                .concat()
        }
        // By its hash: a key is nobody's business, also not the counter's.
        (Budget::General, Some(key)) => ["key/", &keys::hash(key)].concat(),
        // Whoever guesses at keys or at the deployment's token.
        (Budget::General, None) => ["address/", &network(call.address.as_deref())].concat(),
        _ => [&contest_of(sent, route).unwrap_or_default(), "/", &network(call.address.as_deref())].concat(),
    };
    Some((budget, by))
}

/// The contest that a call names, if a contest can have that name.
pub fn contest(sent: &Sent<'_>) -> Option<String> {
    contest_of(sent, called(sent.call)?)
}

fn contest_of(sent: &Sent<'_>, route: Route<'_>) -> Option<String> {
    let named = match route {
        Route::Follow(id, _) => Some(id.to_owned()),
        Route::ValidateCode | Route::Stats | Route::Present | Route::PublicBoard => {
            sent.call.query("contestId").map(str::to_owned)
        }
        Route::TrackVisit | Route::TrackSignup | Route::TrackPurchase => {
            sent.fields().ok()?.text("contestId").ok()?
        }
        route => route.contest().map(str::to_owned),
    };
    named.map(|id| id.trim().to_owned()).filter(|id| text::is_token(id))
}

/// Who has one address of IPv6 has 2^64 of them. Where nobody knows the address, everybody has the same.
fn network(address: Option<&str>) -> String {
    match address.map(str::parse) {
        Some(Ok(IpAddr::V6(address))) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Some(Ok(address)) => address.to_canonical().to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::http::Call;

    use super::*;

    fn call(method: &str, path: &str, query: &[(&str, &str)], body: &str) -> Call {
        Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            address: Some("192.0.2.7".to_owned()),
            body: body.as_bytes().to_vec(),
            ..Call::default()
        }
    }

    #[test]
    fn a_call_is_counted_by_its_key_or_by_its_address_and_contest() {
        use Budget::{General, PublicReads, PublicWrites};
        let key = ["key/", &keys::hash("rk_priv_1")].concat();
        let (visit, purchase) = ("/api/referral/track-visit", "/api/referral/track-purchase");
        for (story, call, expected) in [
            (
                "a visit",
                call("POST", visit, &[], r#"{"contestId":" demo "}"#),
                Some((PublicWrites, "demo/192.0.2.7")),
            ),
            (
                "a webhook",
                call("POST", "/api/webhooks/stripe/demo", &[], "{}"),
                Some((General, "webhook/demo/192.0.2.7")),
            ),
            ("of no contest", call("POST", visit, &[], "{"), Some((PublicWrites, "/192.0.2.7"))),
            (
                "of a path",
                call("POST", purchase, &[], r#"{"contestId":"a/b"}"#),
                Some((PublicWrites, "/192.0.2.7")),
            ),
            (
                "a question",
                call("GET", "/api/referral/stats", &[("contestId", "demo")], ""),
                Some((PublicReads, "demo/192.0.2.7")),
            ),
            ("a page", call("GET", "/c/demo", &[], ""), Some((PublicReads, "demo/192.0.2.7"))),
            (
                "a leaderboard",
                call("GET", "/api/referral/leaderboard", &[("contestId", "demo")], ""),
                Some((PublicReads, "demo/192.0.2.7")),
            ),
            ("its head", call("HEAD", "/api/referral/stats", &[], ""), Some((PublicReads, "/192.0.2.7"))),
            ("a link", call("GET", "/r/demo/ANN", &[], ""), Some((PublicReads, "demo/192.0.2.7"))),
            (
                "a key",
                call("GET", "/api/v1/contests/demo", &[("apiKey", " rk_priv_1")], ""),
                Some((General, key.as_str())),
            ),
            ("no key", call("POST", "/api/v1/keys", &[], "{}"), Some((General, "address/192.0.2.7"))),
            ("a preflight", call("OPTIONS", visit, &[], ""), None),
            ("another method", call("GET", visit, &[], ""), None),
            ("a question after all", call("GET", "/api/health", &[], ""), Some((PublicReads, "/192.0.2.7"))),
            ("nothing", call("GET", "/api/nothing", &[], ""), None),
        ] {
            let counted = counted(&Sent::of(&call));
            assert_eq!(counted.as_ref().map(|(budget, by)| (*budget, by.as_str())), expected, "{story}");
        }
    }

    #[test]
    fn an_address_is_that_of_a_network() {
        for (address, expected) in [
            (Some("192.0.2.7"), "192.0.2.7"),
            (Some("::ffff:192.0.2.7"), "192.0.2.7"),
            (Some("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2"),
            (Some("2001:db8:1:2::1"), "2001:db8:1:2"),
            (Some("somewhere"), ""),
            (None, ""),
        ] {
            assert_eq!(network(address), expected, "{address:?}");
        }
    }
}
