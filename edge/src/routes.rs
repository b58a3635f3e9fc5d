//! Which request reaches what. The table reads like the contract; `Allow` follows from it.

use core::cell::LazyCell;
use std::rc::Rc;

use domain::json;
use futures_util::FutureExt;

use crate::error::Error;
use crate::http::{Call, MAX_BODY, Method, Reply, Sent};
use crate::ledger::Ledger;
use crate::limit;
use crate::outbox::Queue;
use crate::service::{
    App, activity, backup, board, bonus, contests, deliveries, endpoints, entries, entry, export, health,
    import, keys, link, moment, page, public, purchases, referral, reports, told, webhooks,
};

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A referral link that leads to the contest's site.
    Follow(&'a str, &'a str),
    /// Whose a code is.
    ValidateCode,
    /// Whether all is well.
    Health,
    /// How a code fares.
    Stats,
    /// What a contest is, to everybody.
    Present,
    /// Who leads, to everybody.
    PublicBoard,
    /// The page that shows a contest to everybody.
    Page(&'a str),
    /// Somebody opened a link.
    TrackVisit,
    /// Somebody signed up.
    TrackSignup,
    /// Somebody bought.
    TrackPurchase,
    /// Shows the keys of a team.
    ListKeys,
    /// Makes a key.
    CreateKey,
    /// Makes a key worth nothing.
    RevokeKey(&'a str),
    /// Gives a part of all that is kept.
    TakeLedger,
    /// Brings it.
    BringLedger,
    /// Shows the contests of a team.
    ListContests,
    /// Makes a contest.
    CreateContest,
    /// Shows a contest.
    ShowContest(&'a str),
    /// Changes a contest.
    ChangeContest(&'a str),
    /// Shows participants.
    ListEntries(&'a str),
    /// Adds a participant.
    CreateEntry(&'a str),
    /// Adds participants with the codes and points they have elsewhere.
    ImportEntries(&'a str),
    /// Gives everything to take along.
    Export(&'a str),
    /// Who leads.
    Leaderboard(&'a str),
    /// How it stood at a moment.
    Standings(&'a str),
    /// What the contest has brought.
    Analytics(&'a str),
    /// What happened last, and on which pages.
    Activity(&'a str),
    /// What other settings would give.
    Preview(&'a str),
    /// The site's server reports an order.
    CreatePurchase(&'a str),
    /// Money went back.
    CreateRefund(&'a str),
    /// Shows where events are sent.
    ListEndpoints(&'a str),
    /// Sends events to one place more.
    CreateEndpoint(&'a str),
    /// Changes where, which and whether.
    ChangeEndpoint(&'a str, &'a str),
    /// Sends nothing there any more.
    DeleteEndpoint(&'a str, &'a str),
    /// Sends an event to see whether it arrives.
    TestEndpoint(&'a str, &'a str),
    /// What was sent to an endpoint, and what was answered.
    ListDeliveries(&'a str, &'a str),
    /// Sends an event again.
    ReplayDelivery(&'a str, &'a str, &'a str),
    /// Shows a participant.
    ShowEntry(&'a str),
    /// Changes what is known of a participant.
    ChangeEntry(&'a str),
    /// Forgets a participant.
    EraseEntry(&'a str),
    /// Takes or gives back a participant's place.
    Disqualify(&'a str),
    /// Gives or takes points.
    AdjustPoints(&'a str),
    /// Where a participant's points come from.
    ExplainPoints(&'a str),
    /// What a participant may do for points.
    ListBonusActions(&'a str),
    /// A participant did it.
    CompleteBonusAction(&'a str, &'a str),
    /// A site's own form reports a signup.
    SignupWebhook(&'a str),
    /// A site's own server reports an order, without a key.
    PurchaseWebhook(&'a str),
    /// Stripe reports an event.
    StripeWebhook(&'a str),
    /// Shopify reports an event.
    ShopifyWebhook(&'a str),
}

/// The route of a method and a path.
pub fn route(method: Method, path: &str) -> Option<Route<'_>> {
    use Method::{Delete, Get, Post, Put};
    use Route::{
        Activity, AdjustPoints, Analytics, BringLedger, ChangeContest, ChangeEndpoint, ChangeEntry,
        CompleteBonusAction, CreateContest, CreateEndpoint, CreateEntry, CreateKey, CreatePurchase,
        CreateRefund, DeleteEndpoint, Disqualify, EraseEntry, ExplainPoints, Export, Follow, Health,
        ImportEntries, Leaderboard, ListBonusActions, ListContests, ListDeliveries, ListEndpoints,
        ListEntries, ListKeys, Page, Present, Preview, PublicBoard, PurchaseWebhook, ReplayDelivery,
        RevokeKey, ShopifyWebhook, ShowContest, ShowEntry, SignupWebhook, Standings, Stats, StripeWebhook,
        TakeLedger, TestEndpoint, TrackPurchase, TrackSignup, TrackVisit, ValidateCode,
    };

    // What shoppers' browsers wait for is found at once: every request comes here several times.
    if let Some(name) = path.strip_prefix("/api/referral/") {
        return Some(match (method, name) {
            (Get, "validate-code") => ValidateCode,
            (Get, "stats") => Stats,
            (Get, "contest") => Present,
            (Get, "leaderboard") => PublicBoard,
            (Post, "track-visit") => TrackVisit,
            (Post, "track-signup") => TrackSignup,
            (Post, "track-purchase") => TrackPurchase,
            _ => return None,
        });
    }
    // No route has as many. A list would take memory.
    let mut segments = [""; 10];
    let mut count = 0_usize;
    for segment in path.strip_prefix('/')?.split('/') {
        *segments.get_mut(count)? = segment;
        count = count.saturating_add(1);
    }
    Some(match (method, segments.get(..count)?) {
        (Get, ["r", contest, code]) => Follow(contest, code),
        (Get, ["c", id]) => Page(id),
        (Get, ["api", "health"]) => Health,
        (Get, ["api", "v1", "keys"]) => ListKeys,
        (Post, ["api", "v1", "keys"]) => CreateKey,
        (Delete, ["api", "v1", "keys", id]) => RevokeKey(id),
        (Get, ["api", "v1", "ledger"]) => TakeLedger,
        (Put, ["api", "v1", "ledger"]) => BringLedger,
        (Get, ["api", "v1", "contests"]) => ListContests,
        (Post, ["api", "v1", "contests"]) => CreateContest,
        (Get, ["api", "v1", "contests", id]) => ShowContest(id),
        (Put, ["api", "v1", "contests", id]) => ChangeContest(id),
        (Get, ["api", "v1", "contests", id, "entries"]) => ListEntries(id),
        (Post, ["api", "v1", "contests", id, "entries"]) => CreateEntry(id),
        (Post, ["api", "v1", "contests", id, "import"]) => ImportEntries(id),
        (Get, ["api", "v1", "contests", id, "export"]) => Export(id),
        (Get, ["api", "v1", "contests", id, "leaderboard"]) => Leaderboard(id),
        (Get, ["api", "v1", "contests", id, "standings"]) => Standings(id),
        (Get, ["api", "v1", "contests", id, "analytics"]) => Analytics(id),
        (Get, ["api", "v1", "contests", id, "activity"]) => Activity(id),
        (Post, ["api", "v1", "contests", id, "preview"]) => Preview(id),
        (Post, ["api", "v1", "contests", id, "purchases"]) => CreatePurchase(id),
        (Post, ["api", "v1", "contests", id, "refunds"]) => CreateRefund(id),
        (Get, ["api", "v1", "contests", id, "webhooks"]) => ListEndpoints(id),
        (Post, ["api", "v1", "contests", id, "webhooks"]) => CreateEndpoint(id),
        (Put, ["api", "v1", "contests", id, "webhooks", endpoint]) => ChangeEndpoint(id, endpoint),
        (Delete, ["api", "v1", "contests", id, "webhooks", endpoint]) => DeleteEndpoint(id, endpoint),
        (Post, ["api", "v1", "contests", id, "webhooks", endpoint, "test"]) => TestEndpoint(id, endpoint),
        (Get, ["api", "v1", "contests", id, "webhooks", endpoint, "deliveries"]) => {
            ListDeliveries(id, endpoint)
        }
        (Post, ["api", "v1", "contests", id, "webhooks", endpoint, "deliveries", delivery, "replay"]) => {
            ReplayDelivery(id, endpoint, delivery)
        }
        (Get, ["api", "v1", "entries", id]) => ShowEntry(id),
        (Put, ["api", "v1", "entries", id]) => ChangeEntry(id),
        (Delete, ["api", "v1", "entries", id]) => EraseEntry(id),
        (Post, ["api", "v1", "entries", id, "disqualify"]) => Disqualify(id),
        (Post, ["api", "v1", "entries", id, "points"]) => AdjustPoints(id),
        (Get, ["api", "v1", "entries", id, "why"]) => ExplainPoints(id),
        (Get, ["api", "v1", "entries", id, "bonus-actions"]) => ListBonusActions(id),
        (Post, ["api", "v1", "entries", id, "bonus-actions", action, "complete"]) => {
            CompleteBonusAction(id, action)
        }
        (Post, ["api", "webhooks", "signup", id]) => SignupWebhook(id),
        (Post, ["api", "webhooks", "purchase", id]) => PurchaseWebhook(id),
        (Post, ["api", "webhooks", "stripe", id]) => StripeWebhook(id),
        (Post, ["api", "webhooks", "shopify", id]) => ShopifyWebhook(id),
        _ => return None,
    })
}

impl Route<'_> {
    /// The path with names in the place of what differs: `/api/v1/contests/:id`.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Follow(..) => "/r/:contestId/:code",
            Self::ValidateCode => "/api/referral/validate-code",
            Self::Stats => "/api/referral/stats",
            Self::Present => "/api/referral/contest",
            Self::PublicBoard => "/api/referral/leaderboard",
            Self::Page(_) => "/c/:contestId",
            Self::Health => "/api/health",
            Self::TrackVisit => "/api/referral/track-visit",
            Self::TrackSignup => "/api/referral/track-signup",
            Self::TrackPurchase => "/api/referral/track-purchase",
            Self::ListKeys | Self::CreateKey => "/api/v1/keys",
            Self::RevokeKey(_) => "/api/v1/keys/:id",
            Self::TakeLedger | Self::BringLedger => LEDGER,
            Self::ListContests | Self::CreateContest => "/api/v1/contests",
            Self::ShowContest(_) | Self::ChangeContest(_) => "/api/v1/contests/:id",
            Self::ListEntries(_) | Self::CreateEntry(_) => "/api/v1/contests/:id/entries",
            Self::ImportEntries(_) => "/api/v1/contests/:id/import",
            Self::Export(_) => "/api/v1/contests/:id/export",
            Self::Leaderboard(_) => "/api/v1/contests/:id/leaderboard",
            Self::Standings(_) => "/api/v1/contests/:id/standings",
            Self::Analytics(_) => "/api/v1/contests/:id/analytics",
            Self::Activity(_) => "/api/v1/contests/:id/activity",
            Self::Preview(_) => "/api/v1/contests/:id/preview",
            Self::CreatePurchase(_) => "/api/v1/contests/:id/purchases",
            Self::CreateRefund(_) => "/api/v1/contests/:id/refunds",
            Self::ListEndpoints(_) | Self::CreateEndpoint(_) => "/api/v1/contests/:id/webhooks",
            Self::ChangeEndpoint(..) | Self::DeleteEndpoint(..) => {
                "/api/v1/contests/:id/webhooks/:endpointId"
            }
            Self::TestEndpoint(..) => "/api/v1/contests/:id/webhooks/:endpointId/test",
            Self::ListDeliveries(..) => "/api/v1/contests/:id/webhooks/:endpointId/deliveries",
            Self::ReplayDelivery(..) => {
                "/api/v1/contests/:id/webhooks/:endpointId/deliveries/:deliveryId/replay"
            }
            Self::ShowEntry(_) | Self::ChangeEntry(_) | Self::EraseEntry(_) => "/api/v1/entries/:id",
            Self::Disqualify(_) => "/api/v1/entries/:id/disqualify",
            Self::AdjustPoints(_) => "/api/v1/entries/:id/points",
            Self::ExplainPoints(_) => "/api/v1/entries/:id/why",
            Self::ListBonusActions(_) => "/api/v1/entries/:id/bonus-actions",
            Self::CompleteBonusAction(..) => "/api/v1/entries/:id/bonus-actions/:actionId/complete",
            Self::SignupWebhook(_) => "/api/webhooks/signup/:contestId",
            Self::PurchaseWebhook(_) => "/api/webhooks/purchase/:contestId",
            Self::StripeWebhook(_) => "/api/webhooks/stripe/:contestId",
            Self::ShopifyWebhook(_) => "/api/webhooks/shopify/:contestId",
        }
    }

    /// The contest that the path names.
    pub fn contest(&self) -> Option<&str> {
        match self {
            Self::Follow(id, _)
            | Self::Page(id)
            | Self::SignupWebhook(id)
            | Self::PurchaseWebhook(id)
            | Self::StripeWebhook(id)
            | Self::ShopifyWebhook(id)
            | Self::ShowContest(id)
            | Self::ChangeContest(id)
            | Self::ListEntries(id)
            | Self::CreateEntry(id)
            | Self::ImportEntries(id)
            | Self::Export(id)
            | Self::Leaderboard(id)
            | Self::Standings(id)
            | Self::Analytics(id)
            | Self::Activity(id)
            | Self::Preview(id)
            | Self::CreatePurchase(id)
            | Self::CreateRefund(id)
            | Self::ListEndpoints(id)
            | Self::CreateEndpoint(id)
            | Self::ChangeEndpoint(id, _)
            | Self::DeleteEndpoint(id, _)
            | Self::TestEndpoint(id, _)
            | Self::ListDeliveries(id, _)
            | Self::ReplayDelivery(id, ..) => Some(id),
            _ => None,
        }
    }
}

/// How many bytes a request may bring.
pub fn max_body(path: &str) -> usize {
    match route(Method::Post, path) {
        Some(Route::ImportEntries(_) | Route::StripeWebhook(_) | Route::ShopifyWebhook(_)) => 1024 * 1024,
        _ if path == LEDGER => 1024 * 1024,
        _ => MAX_BODY,
    }
}

/// Where a deployment's owner takes and brings what is kept.
pub const LEDGER: &str = "/api/v1/ledger";

/// What a request is called. Only one that fails is asked for it.
pub type RequestId = Rc<LazyCell<String, Box<dyn FnOnce() -> String>>>;

/// One that is called as `name` says, as soon as somebody asks.
pub fn named_when_asked(name: impl FnOnce() -> String + 'static) -> RequestId {
    Rc::new(LazyCell::new(Box::new(name)))
}

/// What a failure is found by, and how long it took to fail.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The answer names it.
    pub request_id: RequestId,
    /// When the request came, in milliseconds.
    pub started: i64,
    /// The moment of now, in milliseconds.
    pub clock: fn() -> i64,
    /// Takes one line of JSON.
    pub log: fn(&str),
}

impl Trace {
    /// One line for a failure: what was reached, never what was sent. The path may hold a code, the query a key.
    pub fn failed(&self, call: &Call, outcome: &str, cause: &str) {
        let line = json!({
            "request": self.request_id.as_str(),
            "method": called(call).and_then(|_| Method::parse(&call.method)).map(Method::as_str),
            "route": called(call).map(Route::pattern),
            "contest": limit::contest(&Sent::of(call)),
            "outcome": outcome,
            "ms": (self.clock)().saturating_sub(self.started),
            "cause": cause,
        });
        (self.log)(&line.to_string());
    }
}

/// The answer to a request, also to a bad one, by what `dispatch` can do: [`front`], [`back`], or both. What it has to tell by
/// webhook is in the queue by then.
pub async fn answer<L: Ledger>(
    app: &App<L>,
    queue: &impl Queue,
    sent: &Sent<'_>,
    trace: &Trace,
    dispatch: impl AsyncFn(&App<L>, &Sent<'_>, Route<'_>) -> Result<Reply, Error>,
) -> Reply {
    let call = sent.call;
    let answered = match find(call) {
        Ok(None) => Ok(Reply { status: 204, ..Reply::default() }),
        Ok(Some(_)) if call.body.len() > max_body(&call.path) => Err(Error::TooLarge(max_body(&call.path))),
        Ok(Some(route)) => match dispatch(app, sent, route).await {
            Ok(reply) => told::send(app, queue).await.map(|()| reply),
            error => error,
        },
        Err(error) => Err(error),
    };
    match answered {
        Ok(reply) => with_cors(call, reply),
        Err(error) => refuse(call, &error, trace),
    }
}

/// The answer to what cannot be answered otherwise. A fault of ours is logged here and nowhere else.
pub fn refuse(call: &Call, error: &Error, trace: &Trace) -> Reply {
    match error {
        Error::Internal(cause) => trace.failed(call, "internal error", cause),
        Error::Unavailable(cause) => trace.failed(call, "unavailable", cause),
        _ => {}
    }
    if let Some(Route::Page(_)) = called(call) {
        return page::refusal(error, &trace.request_id);
    }
    with_cors(call, Reply::error(error, &trace.request_id))
}

/// What a call reaches: nothing where it is a preflight, or in vain.
pub fn called(call: &Call) -> Option<Route<'_>> {
    find(call).ok().flatten()
}

/// `None` is a preflight.
fn find(call: &Call) -> Result<Option<Route<'_>>, Error> {
    if let Some(found) = Method::parse(&call.method).and_then(|method| route(method, &call.path)) {
        return Ok(Some(found));
    }
    let allowed: Vec<Method> =
        Method::ALL.into_iter().filter(|&method| route(method, &call.path).is_some()).collect();
    match call.method.as_str() {
        _ if allowed.is_empty() => Err(Error::NotFound("Not found")),
        "OPTIONS" => Ok(None),
        _ => Err(Error::MethodNotAllowed(allowed)),
    }
}

/// What the front Worker answers by itself: what shoppers' browsers wait for. It needs no standings. Each is a future of its own: one
/// function for all of them is larger, and slower.
pub async fn front<L: Ledger>(app: &App<L>, sent: &Sent<'_>, route: Route<'_>) -> Result<Reply, Error> {
    let answered = match route {
        Route::Follow(contest, code) => link::follow(app, sent.call, contest, code).boxed_local(),
        Route::ValidateCode => referral::validate_code(app, sent.call).boxed_local(),
        Route::TrackVisit => referral::track_visit(app, sent).boxed_local(),
        Route::TrackSignup => referral::track_signup(app, sent).boxed_local(),
        Route::TrackPurchase => referral::track_purchase(app, sent).boxed_local(),
        _ => return Err(Error::NotFound("Not found")),
    };
    answered.await
}

/// What it hands to the Worker behind it: all the rest.
pub async fn back<L: Ledger>(app: &App<L>, sent: &Sent<'_>, route: Route<'_>) -> Result<Reply, Error> {
    let call = sent.call;
    match route {
        Route::Stats => referral::stats(app, call).await,
        Route::Present => public::contest(app, call).await,
        Route::PublicBoard => public::leaderboard(app, call).await,
        Route::Page(id) => page::show(app, call, id).await,
        Route::Health => health::health(app).await,
        Route::ListKeys => keys::list(app, call).await,
        Route::CreateKey => keys::create(app, call).await,
        Route::RevokeKey(id) => keys::revoke(app, call, id).await,
        Route::TakeLedger => backup::part(app, call).await,
        Route::BringLedger => backup::bring(app, call).await,
        Route::ListContests => contests::list(app, call).await,
        Route::CreateContest => contests::create(app, call).await,
        Route::ShowContest(id) => contests::show(app, call, id).await,
        Route::ChangeContest(id) | Route::Preview(id) => {
            contests::change(app, call, id, matches!(route, Route::Preview(_))).await
        }
        Route::ListEntries(id) => entries::list(app, call, id).await,
        Route::CreateEntry(id) => entries::create(app, call, id).await,
        Route::ImportEntries(id) => import::import(app, call, id).await,
        Route::Export(id) => export::export(app, call, id).await,
        Route::Leaderboard(id) => board::leaderboard(app, call, id).await,
        Route::Standings(id) => moment::standings(app, call, id).await,
        Route::Analytics(id) => board::analytics(app, call, id).await,
        Route::Activity(id) => activity::show(app, call, id).await,
        Route::CreatePurchase(id) => purchases::create(app, call, id).await,
        Route::CreateRefund(id) => purchases::refund(app, call, id).await,
        Route::ListEndpoints(id) => endpoints::list(app, call, id).await,
        Route::CreateEndpoint(id) => endpoints::create(app, call, id).await,
        Route::ChangeEndpoint(id, endpoint) => endpoints::change(app, call, id, endpoint).await,
        Route::DeleteEndpoint(id, endpoint) => endpoints::delete(app, call, id, endpoint).await,
        Route::TestEndpoint(id, endpoint) => endpoints::test(app, call, id, endpoint).await,
        Route::ListDeliveries(id, endpoint) => deliveries::list(app, call, id, endpoint).await,
        Route::ReplayDelivery(id, endpoint, delivery) => {
            deliveries::replay(app, call, id, (endpoint, delivery)).await
        }
        Route::ShowEntry(id) => entry::show(app, call, id).await,
        Route::ChangeEntry(id) => entry::change(app, call, id).await,
        Route::EraseEntry(id) => entry::erase(app, call, id).await,
        Route::Disqualify(id) => entry::disqualify(app, call, id).await,
        Route::AdjustPoints(id) => entry::adjust(app, call, id).await,
        Route::ExplainPoints(id) => entry::explain(app, call, id).await,
        Route::ListBonusActions(id) => bonus::list(app, call, id).await,
        Route::CompleteBonusAction(id, action) => bonus::complete(app, call, id, action).await,
        Route::SignupWebhook(id) => webhooks::signup(app, call, id).await,
        Route::PurchaseWebhook(id) => webhooks::purchase(app, call, id).await,
        Route::StripeWebhook(id) => reports::stripe(app, call, id).await,
        Route::ShopifyWebhook(id) => reports::shopify(app, call, id).await,
        Route::Follow(..)
        | Route::ValidateCode
        | Route::TrackVisit
        | Route::TrackSignup
        | Route::TrackPurchase => Err(Error::NotFound("Not found")),
    }
}

/// What both Workers answer together.
pub async fn both<L: Ledger>(app: &App<L>, sent: &Sent<'_>, route: Route<'_>) -> Result<Reply, Error> {
    if is_front(&sent.call.path) { front(app, sent, route).await } else { back(app, sent, route).await }
}

/// Whether the front Worker answers by itself what is asked at a path.
pub fn is_front(path: &str) -> bool {
    use Route::{Follow, TrackPurchase, TrackSignup, TrackVisit, ValidateCode};
    [Method::Get, Method::Post].into_iter().any(|method| {
        matches!(
            route(method, path),
            Some(Follow(..) | ValidateCode | TrackVisit | TrackSignup | TrackPurchase)
        )
    })
}

/// Every origin may call: what protects v1 is the key, and what protects the referral endpoints is that
/// they tell a stranger nothing.
fn with_cors(call: &Call, mut reply: Reply) -> Reply {
    let v1 = call.path.starts_with("/api/v1/");
    let is_preflight = call.method == "OPTIONS";
    reply.headers.push(("Access-Control-Allow-Origin", "*".into()));
    // Browsers read these of a preflight only; with API v1 they are documented of every answer.
    if v1 || is_preflight {
        reply.headers.push((
            "Access-Control-Allow-Methods",
            if v1 { "GET, POST, PUT, DELETE, OPTIONS" } else { "GET, POST, OPTIONS" }.into(),
        ));
        reply.headers.push((
            "Access-Control-Allow-Headers",
            if v1 { "Content-Type, x-api-key" } else { "Content-Type" }.into(),
        ));
    }
    // The tracker waits for as long as it is told to, on every origin.
    reply.headers.push(("Access-Control-Expose-Headers", "Retry-After".into()));
    if is_preflight {
        reply.headers.push(("Access-Control-Max-Age", "86400".into()));
    }
    reply
}
