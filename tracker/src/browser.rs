//! The page, as far as the core knows it: the functions of `tracker/loader/host.js`, none of which throws.
//!
//! Plain imports of text and numbers instead of web-sys and js-sys: no handles, no closures, no
//! futures, and so none of the glue for them.

use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(raw_module = "tracker-host")]
extern "C" {
    /// What is stored under `rocket:KEY`.
    pub fn get(key: &str) -> Option<String>;
    /// Stores `text` under `rocket:KEY`.
    pub fn set(key: &str, text: &str);
    /// Deletes `rocket:KEY`.
    pub fn remove(key: &str);
    /// Posts `body` to `track-KIND`; the answer comes as a call of `answered`.
    pub fn send(id: &str, kind: &str, body: &str);
    /// Settles the call's promise, if this page made it, and tells the document: with the endpoint's
    /// answer, or with an `error` that is not empty.
    pub fn settle(id: &str, kind: &str, error: &str);
    /// The code of this visit, which was sent from this page, is nobody's: the page must not keep it.
    #[wasm_bindgen(js_name = forgetCodeOf)]
    pub fn forget_code_of(id: &str);
    /// One line in the console, the same one at most once in a page's life.
    pub fn warn(text: &str);
}
