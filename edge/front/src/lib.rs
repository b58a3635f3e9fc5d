//! The Worker that everybody reaches. It answers by itself what shoppers' browsers wait for, and hands everything else to `back`.

use edge::error::Error;
use edge::http::{Call, Method};
use edge::platform;
use edge::promise::{kept, together};
use edge::routes::{self, Trace};
use edge::worker_shell::{begin, forget, mark, message, respond, serve};
use worker::wasm_bindgen::JsCast;
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let (call, trace) = begin(&request);
    if !routes::is_front(&call.path) {
        return forward(&request, &call, &trace, &env).await;
    }
    respond(together(serve(&request, (call, trace), env, &context, routes::front)).await.reply)
}

async fn forward(request: &Request, call: &Call, trace: &Trace, env: &Env) -> Result<Response> {
    match kept(&platform::forward(env, request, &mark(env))).await {
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
