//! The parts of Stripe.js that we call, and the shapes that it answers with. May not interpret them.
//!
//! Every getter gives a bare value: the fields come from a script that we do not control, so they may be of
//! any type. A getter of `undefined` or `null` throws, so the caller makes sure of the owner, or it catches.

use js_sys::RegExp;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The window, as Stripe.js leaves it.
    #[derive(Clone)]
    pub(crate) type StripeWindow;

    #[wasm_bindgen(method, getter, catch, js_name = Stripe)]
    pub(crate) fn stripe(this: &StripeWindow) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = Stripe)]
    pub(crate) fn mount(
        this: &StripeWindow,
        key: &str,
        options: &MountOptions,
    ) -> Result<StripeInstance, JsValue>;

    #[derive(Clone)]
    pub(crate) type StripeInstance;

    // Not an `async fn`: that one expects a promise, and neither catches a plain exception nor bears another value.
    #[wasm_bindgen(method, catch, js_name = collectFinancialConnectionsAccounts)]
    pub(crate) fn collect_financial_connections_accounts(
        this: &StripeInstance,
        options: &CollectOptions,
    ) -> Result<JsValue, JsValue>;

    pub(crate) type MountOptions;

    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_locale(this: &MountOptions, locale: &str);

    #[wasm_bindgen(method, setter, js_name = apiVersion)]
    pub(crate) fn set_api_version(this: &MountOptions, version: &str);

    #[wasm_bindgen(method, setter, js_name = stripeAccount)]
    pub(crate) fn set_stripe_account(this: &MountOptions, account: &str);

    pub(crate) type CollectOptions;

    #[wasm_bindgen(method, setter, js_name = clientSecret)]
    pub(crate) fn set_client_secret(this: &CollectOptions, client_secret: &str);

    /// Any object of an answer. One import reads every field: an import for each would cost a page more.
    pub(crate) type Fields;

    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn get(this: &Fields, name: &str) -> JsValue;

    pub(crate) type Exception;

    #[wasm_bindgen(method, getter, catch)]
    pub(crate) fn name(this: &Exception) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    pub(crate) fn message(this: &Exception) -> Result<JsValue, JsValue>;

    /// A JavaScript string, not yet copied.
    pub(crate) type Text;

    #[wasm_bindgen(method, js_name = replaceAll)]
    pub(crate) fn replace(this: &Text, wanted: &str, instead: &str) -> Text;
    #[wasm_bindgen(method, js_name = replaceAll)]
    pub(crate) fn replace_matches(this: &Text, pattern: &RegExp, instead: &str) -> String;

    /// JavaScript's own conversion to a text, which any value may refuse.
    #[wasm_bindgen(catch, js_name = String)]
    pub(crate) fn to_text(value: &JsValue) -> Result<JsValue, JsValue>;
}
