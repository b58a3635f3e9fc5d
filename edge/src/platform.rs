//! What `platform.js` asks of the Workers runtime, each thing in one call.
#![allow(missing_docs, reason = "platform.js says what each does")]

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use worker::js_sys::Promise;
use worker::web_sys::{Request, Response};

#[wasm_bindgen(module = "/src/platform.js")]
extern "C" {
    pub fn when(promise: &Promise, number: usize, settle: &Closure<dyn FnMut(usize, JsValue, bool)>);
    #[wasm_bindgen(js_name = kvGet)]
    pub fn get(kv: &JsValue, name: &str) -> Promise;
    #[wasm_bindgen(js_name = kvValue)]
    pub fn value(kv: &JsValue, name: &str) -> Promise;
    #[wasm_bindgen(js_name = kvPut)]
    pub fn put(
        kv: &JsValue,
        name: &str,
        value: &str,
        metadata: Option<String>,
        seconds: Option<u32>,
    ) -> Promise;
    #[wasm_bindgen(js_name = kvDelete)]
    pub fn delete(kv: &JsValue, name: &str) -> Promise;
    #[wasm_bindgen(js_name = kvList)]
    pub fn list(kv: &JsValue, prefix: &str, cursor: Option<String>) -> Promise;
    #[wasm_bindgen(js_name = kvPart)]
    pub fn part(kv: &JsValue, prefix: &str, cursor: Option<String>, most: u32) -> Promise;
    #[wasm_bindgen(js_name = kvBring)]
    pub fn bring(kv: &JsValue, entries: &str, only_missing: bool) -> Promise;
    pub fn ask(objects: &JsValue, object: &str, question: &str) -> Promise;
    pub fn take(env: &JsValue, limiter: &JsValue, by: &str) -> Promise;
    pub fn send(env: &JsValue, queue: &str, texts: Vec<String>, seconds: u32) -> Promise;
    pub fn bound(env: &JsValue) -> String;
    pub fn head(request: &Request) -> String;
    pub fn ray(request: &Request) -> Option<String>;
    pub fn forward(env: &JsValue, request: &Request, mark: &str) -> Promise;
    #[wasm_bindgen(js_name = markOf)]
    pub fn mark_of(request: &Request) -> String;
    #[wasm_bindgen(js_name = readBody)]
    pub fn read_body(request: &Request, most: u32) -> Option<Promise>;
    pub fn answer(request: &JsValue, respond: &JsValue) -> Promise;
    #[wasm_bindgen(catch)]
    pub fn rows(storage: &JsValue, statement: &str, values: &str) -> Result<String, JsValue>;
    #[wasm_bindgen(catch)]
    pub fn whole(storage: &JsValue, act: &mut dyn FnMut() -> Option<String>) -> Result<(), JsValue>;
    #[wasm_bindgen(catch)]
    pub fn begin(head: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    pub fn respond(begun: &JsValue, body: JsValue) -> Result<Response, JsValue>;
}
