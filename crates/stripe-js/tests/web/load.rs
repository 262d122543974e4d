//! Tests of loading: one tag, one retry, no cached failure.

use std::time::Duration;

use stripe_js::{LoadError, load, load_within};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{
    answer_scripts_again, both, fail_next_script, listeners_left, reset, script, script_runs, scripts_added,
    scripts_in_page, stripe_script, swallow_scripts, timers_left,
};

const SHORT: Duration = Duration::from_millis(50);

#[wasm_bindgen_test]
async fn a_script_is_loaded_once_and_nothing_is_left_listening() {
    reset();
    let url = stripe_script("");
    load(&url).await.unwrap();
    load(&url).await.unwrap();
    assert_eq!((scripts_added(), script_runs()), (1, 1));
    assert_eq!((listeners_left(), timers_left()), (0, 0));
}

#[wasm_bindgen_test]
async fn callers_at_the_same_time_share_one_tag() {
    reset();
    let url = stripe_script("");
    let (one, other) = both(load(&url), load(&url)).await;
    one.unwrap();
    other.unwrap();
    assert_eq!((scripts_added(), script_runs()), (1, 1));
}

#[wasm_bindgen_test]
async fn callers_at_the_same_time_share_one_failure() {
    reset();
    let (one, other) = both(load("/nowhere/stripe.js"), load("/nowhere/stripe.js")).await;
    assert_eq!((one.unwrap_err(), other.unwrap_err()), (LoadError::Blocked, LoadError::Blocked));
    assert_eq!(scripts_added(), 2);
}

#[wasm_bindgen_test]
async fn a_caller_that_goes_away_does_not_stop_the_others() {
    reset();
    let url = stripe_script("");
    let mut gone = Box::pin(load(&url));
    std::future::poll_fn(|context| {
        assert!(gone.as_mut().poll(context).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    drop(gone);
    load(&url).await.unwrap();
    assert_eq!(script_runs(), 1);
}

#[wasm_bindgen_test]
async fn another_script_waits_for_its_turn() {
    reset();
    let (first, second) = (script(""), stripe_script(""));
    let (one, other) = both(load(&first), load(&second)).await;
    assert_eq!(one.unwrap_err(), LoadError::NotDefined);
    other.unwrap();
}

#[wasm_bindgen_test]
async fn a_script_that_is_not_there_is_tried_twice_and_then_blocked() {
    reset();
    assert_eq!(load("/nowhere/stripe.js").await.unwrap_err(), LoadError::Blocked);
    assert_eq!((scripts_added(), scripts_in_page()), (2, 0));
    assert_eq!((listeners_left(), timers_left()), (0, 0));
}

#[wasm_bindgen_test]
async fn a_script_that_defines_nothing_is_tried_twice_and_then_not_defined() {
    reset();
    assert_eq!(load(&script("")).await.unwrap_err(), LoadError::NotDefined);
    assert_eq!((script_runs(), scripts_in_page()), (2, 0));
}

#[wasm_bindgen_test]
async fn a_script_that_defines_something_else_is_not_stripe_js() {
    reset();
    assert_eq!(load(&script("window.Stripe = {};")).await.unwrap_err(), LoadError::NotDefined);
}

#[wasm_bindgen_test]
async fn a_script_that_fails_once_is_loaded_by_the_retry() {
    reset();
    let url = stripe_script("");
    fail_next_script();
    load(&url).await.unwrap();
    assert_eq!((scripts_added(), scripts_in_page(), script_runs()), (2, 1, 1));
}

#[wasm_bindgen_test]
async fn a_script_that_works_the_second_time_is_loaded_by_the_retry() {
    reset();
    load(&script("if (window.scriptRuns > 1) window.Stripe = () => {};")).await.unwrap();
    assert_eq!((script_runs(), scripts_in_page()), (2, 1));
}

#[wasm_bindgen_test]
async fn a_load_that_failed_can_be_tried_again() {
    reset();
    let url = script("if (window.scriptRuns > 2) window.Stripe = () => {};");
    assert_eq!(load(&url).await.unwrap_err(), LoadError::NotDefined);
    load(&url).await.unwrap();
    assert_eq!((script_runs(), scripts_in_page()), (3, 1));
}

#[wasm_bindgen_test]
async fn a_script_that_never_answers_times_out_and_can_be_tried_again() {
    reset();
    let url = stripe_script("");
    swallow_scripts();
    assert_eq!(load_within(&url, SHORT).await.unwrap_err(), LoadError::TimedOut);
    assert_eq!((scripts_added(), scripts_in_page()), (1, 0));
    assert_eq!((listeners_left(), timers_left()), (0, 0));
    answer_scripts_again();
    load(&url).await.unwrap();
}
