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

    pub(crate) type CollectResult;

    #[wasm_bindgen(method, getter, js_name = financialConnectionsSession)]
    pub(crate) fn session(this: &CollectResult) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn error(this: &CollectResult) -> JsValue;

    pub(crate) type Session;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn id(this: &Session) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn accounts(this: &Session) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn relink_result(this: &Session) -> JsValue;

    /// Stripe's list object, which the REST API uses where Stripe.js has a plain array.
    pub(crate) type List;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn data(this: &List) -> JsValue;

    pub(crate) type Account;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn id(this: &Account) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn display_name(this: &Account) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn institution_name(this: &Account) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn last4(this: &Account) -> JsValue;

    pub(crate) type Relink;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn authorization(this: &Relink) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn account(this: &Relink) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn failure_reason(this: &Relink) -> JsValue;

    pub(crate) type Failure;

    #[wasm_bindgen(method, getter, js_name = type)]
    pub(crate) fn kind(this: &Failure) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn code(this: &Failure) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn message(this: &Failure) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn param(this: &Failure) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn doc_url(this: &Failure) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn request_log_url(this: &Failure) -> JsValue;

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
