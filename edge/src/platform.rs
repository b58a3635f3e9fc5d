//! What `platform.js` asks of the Workers runtime, each thing in one call. What takes a number tells by that what came of it, to
//! [`outcome`](crate::promise::outcome).
#![allow(missing_docs, reason = "platform.js says what each does")]

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Promise;
use worker::web_sys::{Request, Response};

#[wasm_bindgen(module = "/src/platform.js")]
extern "C" {
    pub fn tell(hear: &JsValue);
    pub fn promise(number: usize) -> Promise;
    pub fn settle(number: usize, outcome: &JsValue, is_kept: bool);
    pub fn pause(number: usize, ms: u32);
    #[wasm_bindgen(js_name = kvGet)]
    pub fn get(number: usize, kv: &JsValue, name: &str);
    #[wasm_bindgen(js_name = kvValue)]
    pub fn value(number: usize, kv: &JsValue, name: &str);
    #[wasm_bindgen(js_name = kvPut)]
    pub fn put(
        number: usize,
        kv: &JsValue,
        name: &str,
        value: Option<&str>,
        metadata: Option<&str>,
        seconds: Option<u32>,
    );
    #[wasm_bindgen(js_name = kvDelete)]
    pub fn delete(number: usize, kv: &JsValue, name: &str);
    #[wasm_bindgen(js_name = kvList)]
    pub fn list(number: usize, kv: &JsValue, prefix: &str, cursor: Option<&str>);
    #[wasm_bindgen(js_name = kvPart)]
    pub fn part(number: usize, kv: &JsValue, prefix: &str, cursor: Option<&str>, most: u32);
    #[wasm_bindgen(js_name = kvBring)]
    pub fn bring(number: usize, kv: &JsValue, entries: &str, only_missing: bool);
    pub fn ask(number: usize, objects: &JsValue, object: &str, question: &str);
    pub fn take(number: usize, env: &JsValue, limiter: &JsValue, by: &str);
    pub fn send(number: usize, env: &JsValue, queue: &str, texts: Vec<String>, seconds: u32);
    #[wasm_bindgen(js_name = readFile)]
    pub fn read_file(number: usize, env: &JsValue, path: &str);
    pub fn post(number: usize, url: &str, headers: &str, body: &str, millis: u32);
    pub fn bound(env: &JsValue) -> String;
    pub fn head(request: &Request) -> String;
    pub fn forward(number: usize, env: &JsValue, request: &Request, mark: &str);
    #[wasm_bindgen(js_name = markOf)]
    pub fn mark_of(request: &Request) -> String;
    #[wasm_bindgen(js_name = readBody)]
    pub fn read_body(number: usize, request: &Request, most: u32);
    pub fn bytes(body: &JsValue) -> Vec<u8>;
    // Of two that need nothing between, as `tell`, their module would be imported twice, of which wrangler warns.
    #[wasm_bindgen(catch)]
    pub fn answer(request: &JsValue, respond: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch)]
    pub fn rows(storage: &JsValue, statement: &str, values: &str) -> Result<String, JsValue>;
    #[wasm_bindgen(catch)]
    pub fn whole(storage: &JsValue, act: &mut dyn FnMut() -> Option<String>) -> Result<(), JsValue>;
    #[wasm_bindgen(catch)]
    pub fn begin(head: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    pub fn respond(begun: &JsValue, body: JsValue) -> Result<Response, JsValue>;
}
