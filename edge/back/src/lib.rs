//! The Worker behind `front`: the owner's API, webhooks in and out, pages for people, what is done by the clock and by queues, and
//! the Durable Objects. Only `front` and the platform reach it.

mod object_shell;
mod queue_shell;

use domain::json;
use edge::error::Error;
use edge::http::{Call, Reply};
use edge::ledger::Unavailable;
use edge::platform;
use edge::promise::promised;
use edge::queue_shell::WorkersQueue;
use edge::routes::{self, Trace};
use edge::service::chores;
use edge::service::export::Export;
use edge::worker_shell::{Served, WorkersApp, app, begin, clock, handed_over, log, mark, respond, serve};
use futures_util::stream::try_unfold;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Promise;
use worker::web_sys::{Request, Response};
use worker::worker_sys::Context;
use worker::{Env, Result, ScheduleContext, ScheduledEvent, event};

/// One request, one answer.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: Context) -> Promise {
    promised(async move { Ok(answer(&request, env, &context).await?.into()) })
}

async fn answer(request: &Request, env: Env, context: &Context) -> Result<Response> {
    let (call, trace) = begin(request);
    if platform::mark_of(request) != mark(&env) {
        let cause =
            "LEDGER_SECRET is not the same in both Workers, or somebody calls this one past the other";
        return respond(routes::refuse(&call, &Error::Unavailable(cause.to_owned()), &trace));
    }
    let served = serve(request, (call, trace), env, context, routes::back).await;
    let Served { reply: Reply { status, headers, export: Some(export), .. }, app: Some(app), call, trace } =
        served
    else {
        return respond(served.reply);
    };
    let kind = export.content_type();
    let pieces = worker::Response::from_stream(try_unfold((app, export, call, trace), next_piece))?;
    handed_over(status, headers, Some((kind, Response::from(pieces).body().into())))
}

type Sending = (WorkersApp, Export, Call, Trace);

/// A failure here cuts the body off: who reads it must see that it is not whole.
async fn next_piece((app, mut export, call, trace): Sending) -> Result<Option<(Vec<u8>, Sending)>> {
    match export.next(&app.ledger).await {
        Ok(piece) => Ok(piece.map(|piece| (piece.into_bytes(), (app, export, call, trace)))),
        Err(Unavailable(cause)) => {
            trace.failed(&call, "cut off", &cause);
            Err(worker::Error::RustError("Temporarily unavailable".to_owned()))
        }
    }
}

/// Once an hour. What goes wrong is logged: nobody is there to be told.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let failures = match app(&env, clock(), None) {
        Ok(app) => chores::run(&app, &WorkersQueue(&env)).await,
        Err(error) => vec![(None, error)],
    };
    for (contest, error) in failures {
        log(&json!({"outcome": "chores", "contest": contest, "cause": format!("{error:?}")}).to_string());
    }
}
