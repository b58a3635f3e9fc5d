//! The Worker that everybody reaches. It answers by itself what shoppers' browsers wait for, and hands everything else to `back`.

use edge::error::Error;
use edge::http::{Call, Method};
use edge::platform;
use edge::promise::{outcome, promised, together};
use edge::routes::{self, Trace};
use edge::worker_shell::{begin, forget, mark, message, respond, serve};
use worker::js_sys::Promise;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{self, JsCast};
use worker::web_sys::{Request, Response};
use worker::worker_sys::Context;
use worker::{Env, Result};

/// Quicker than the one that comes with Rust, and so much smaller wherever something is freed that the Worker is a twentieth smaller.
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();

/// One request, one answer.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: Context) -> Promise {
    promised(async move {
        let (call, trace) = begin(&request);
        if !routes::is_front(&call.path) {
            return Ok(forward(&request, &call, &trace, &env).await?.into());
        }
        let served = together(serve(&request, (call, trace), env, &context, routes::front)).await;
        Ok(respond(served.reply)?.into())
    })
}

async fn forward(request: &Request, call: &Call, trace: &Trace, env: &Env) -> Result<Response> {
    let mark = mark(env);
    match outcome(|number| platform::forward(number, env, request, &mark)).await {
        Ok(response) => {
            if Method::parse(&call.method) != Some(Method::Get) {
                forget();
            }
            Ok(response.unchecked_into())
        }
        Err(fault) => {
            let cause = ["BACK, the Worker behind this one: ", &message(&fault)].concat();
            respond(routes::refuse(call, &Error::Unavailable(cause), trace))
        }
    }
}
