//! The Durable Object as the platform knows it: [`Object`] over its own storage.

use std::rc::Rc;

use serde_json::Value;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use worker::js_sys::{Promise, Reflect};

use crate::ledger::object::{Object, Sql};
use crate::worker_shell::message;

/// What wrangler.toml calls the class.
#[wasm_bindgen]
pub struct LedgerObject(Rc<Result<Object<Storage>, String>>);

#[wasm_bindgen]
impl LedgerObject {
    /// Made by the platform when somebody asks the object and it is not there yet.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &JsValue, _env: &JsValue) -> Self {
        let storage = Reflect::get(state, &"storage".into()).unwrap_or_default();
        Self(Rc::new(Object::open(Storage(storage))))
    }

    /// One question, one answer.
    pub fn fetch(&self, request: &JsValue) -> Promise {
        let object = Rc::clone(&self.0);
        let respond = Closure::once_into_js(move |question: String| {
            let answer =
                object.as_ref().as_ref().map_err(String::clone).and_then(|object| object.answer(&question));
            answer.map_err(|fault| JsValue::from_str(&fault))
        });
        platform::answer(request, &respond)
    }
}

struct Storage(JsValue);

impl Sql for Storage {
    fn rows(&self, statement: &str, values: Value) -> Result<Vec<Vec<Value>>, String> {
        let rows =
            platform::rows(&self.0, statement, &values.to_string()).map_err(|fault| message(&fault))?;
        serde_json::from_str(&rows).map_err(|error| error.to_string())
    }

    fn whole(&self, act: &mut dyn FnMut() -> Result<(), String>) -> Result<(), String> {
        platform::whole(&self.0, &mut || act().err()).map_err(|fault| message(&fault))
    }
}

mod platform {
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;
    use worker::js_sys::Promise;

    #[wasm_bindgen(module = "/src/platform.js")]
    extern "C" {
        pub fn answer(request: &JsValue, respond: &JsValue) -> Promise;
        #[wasm_bindgen(catch)]
        pub fn rows(storage: &JsValue, statement: &str, values: &str) -> Result<String, JsValue>;
        #[wasm_bindgen(catch)]
        pub fn whole(storage: &JsValue, act: &mut dyn FnMut() -> Option<String>) -> Result<(), JsValue>;
    }
}
