//! The Durable Object as the platform knows it: [`Object`] over its own storage.

use std::rc::Rc;

use serde_json::Value;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use worker::js_sys::{Promise, Reflect};

use edge::ledger::object::{Object, Sql};
use edge::platform;
use edge::worker_shell::message;

/// What worker.js makes of the class that wrangler.back.toml names.
#[wasm_bindgen]
pub struct LedgerObject(Rc<Result<Object<Storage>, String>>);

#[wasm_bindgen]
impl LedgerObject {
    /// Made when somebody asks the object and it is not there yet.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &JsValue) -> Self {
        let storage = Reflect::get(state, &"storage".into()).unwrap_or_default();
        Self(Rc::new(Object::open(Storage(storage))))
    }

    /// One question, one answer.
    pub fn fetch(&self, request: &JsValue) -> Result<Promise, JsValue> {
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
