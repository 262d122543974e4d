//! Bindings of the parts of Stripe.js that are used. Does not interpret the results.
//!
//! Every getter returns a plain `JsValue`: the fields come from a script outside our control and may have any type. A
//! getter on `undefined` or `null` throws, so callers check the owner first, or the getter catches.

use js_sys::RegExp;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The window, with the globals of Stripe.js.
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

    // Not an `async fn`, which requires a promise and does not catch a synchronous exception.
    #[wasm_bindgen(method, catch, js_name = collectFinancialConnectionsAccounts)]
    pub(crate) fn collect_financial_connections_accounts(
        this: &StripeInstance,
        options: &CollectOptions,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = collectBankAccountToken)]
    pub(crate) fn collect_bank_account_token(
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

    /// Any object of a result. One import reads every field; an import for each would cost more bytes.
    pub(crate) type Fields;

    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn get(this: &Fields, name: &str) -> JsValue;

    pub(crate) type Exception;

    #[wasm_bindgen(method, getter, catch)]
    pub(crate) fn name(this: &Exception) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    pub(crate) fn message(this: &Exception) -> Result<JsValue, JsValue>;

    /// A JavaScript string that is not copied yet.
    pub(crate) type Text;

    #[wasm_bindgen(method, js_name = replaceAll)]
    pub(crate) fn replace(this: &Text, wanted: &str, instead: &str) -> Text;
    #[wasm_bindgen(method, js_name = replaceAll)]
    pub(crate) fn replace_matches(this: &Text, pattern: &RegExp, instead: &str) -> String;

    /// JavaScript's own conversion to a string, at which any value may throw.
    #[wasm_bindgen(catch, js_name = String)]
    pub(crate) fn to_text(value: &JsValue) -> Result<JsValue, JsValue>;
}
