//! Bindings of `tests/fake.js`, which controls the page under test.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use stripe_js::{CollectError, CollectedSession, Options, PublishableKey, Stripe, load};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Client secret without the usual pattern, so that only the exact value can be searched for.
pub(crate) const SECRET: &str = "canary-7f3";

#[wasm_bindgen(module = "/tests/fake.js")]
extern "C" {
    pub(crate) fn reset();
    pub(crate) fn script(source: &str) -> String;
    #[wasm_bindgen(js_name = stripeScript)]
    pub(crate) fn stripe_script(body: &str) -> String;
    #[wasm_bindgen(js_name = scriptRuns)]
    pub(crate) fn script_runs() -> u32;
    #[wasm_bindgen(js_name = scriptsAdded)]
    pub(crate) fn scripts_added() -> u32;
    #[wasm_bindgen(js_name = scriptsInPage)]
    pub(crate) fn scripts_in_page() -> u32;
    #[wasm_bindgen(js_name = listenersLeft)]
    pub(crate) fn listeners_left() -> i32;
    #[wasm_bindgen(js_name = timersLeft)]
    pub(crate) fn timers_left() -> u32;
    #[wasm_bindgen(js_name = delaysAsked)]
    pub(crate) fn delays_asked() -> String;
    #[wasm_bindgen(js_name = hurryNextTimer)]
    pub(crate) fn hurry_next_timer();
    #[wasm_bindgen(js_name = addTag)]
    pub(crate) fn add_tag(url: &str, script_type: &str);
    #[wasm_bindgen(js_name = addTagAndWait)]
    pub(crate) async fn add_tag_and_wait(url: &str);
    #[wasm_bindgen(js_name = swallowScripts)]
    pub(crate) fn swallow_scripts();
    #[wasm_bindgen(js_name = answerScriptsAgain)]
    pub(crate) fn answer_scripts_again();
    #[wasm_bindgen(js_name = failNextScript)]
    pub(crate) fn fail_next_script();
    #[wasm_bindgen(js_name = pretendLoading)]
    pub(crate) fn pretend_loading();
    #[wasm_bindgen(js_name = finishLoadingOnceHeard)]
    pub(crate) async fn finish_loading_once_heard();
}

/// Returns an instance whose `collectFinancialConnectionsAccounts` has this body.
pub(crate) async fn stripe(body: &str) -> Stripe {
    reset();
    load(&stripe_script(body)).await.unwrap().mount(&key(), &Options::default()).unwrap()
}

/// Returns the result of a `collectFinancialConnectionsAccounts` with this body.
pub(crate) async fn collect(body: &str) -> Result<CollectedSession, CollectError> {
    stripe(body).await.collect_financial_connections_accounts(SECRET).await
}

pub(crate) fn key() -> PublishableKey {
    "pk_test_sandbox".parse().unwrap()
}

/// Runs both futures concurrently until both have ended.
pub(crate) async fn both<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        advance(one.as_mut(), &mut first, context);
        advance(other.as_mut(), &mut second, context);
        if first.is_some() && second.is_some() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    (first.unwrap(), second.unwrap())
}

fn advance<F: Future>(future: Pin<&mut F>, result: &mut Option<F::Output>, context: &mut Context<'_>) {
    if result.is_none()
        && let Poll::Ready(value) = future.poll(context)
    {
        *result = Some(value);
    }
}
