//! Tests of a page that has its own tag for Stripe.js.

use std::time::Duration;

use stripe_js::{LoadError, load, load_within};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{
    add_tag, add_tag_and_wait, both, delays_asked, finish_loading_once_heard, hurry_next_timer,
    listeners_left, pretend_loading, reset, script, script_runs, scripts_added, scripts_in_page,
    stripe_script, swallow_scripts, timers_left,
};

const SHORT: Duration = Duration::from_millis(50);

#[wasm_bindgen_test]
async fn a_tag_that_has_loaded_is_used() {
    reset();
    let url = stripe_script("");
    add_tag_and_wait(&url).await;
    load(&url).await.unwrap();
    assert_eq!((scripts_added(), script_runs()), (1, 1));
}

#[wasm_bindgen_test]
async fn a_tag_that_is_still_loading_is_waited_for() {
    reset();
    let url = stripe_script("");
    add_tag(&url, "");
    assert_eq!(script_runs(), 0);
    // While the page itself is loading, the tag has the whole time limit.
    pretend_loading();
    load(&url).await.unwrap();
    assert_eq!((scripts_added(), script_runs()), (1, 1));
    assert_eq!((listeners_left(), timers_left()), (0, 0));
}

#[wasm_bindgen_test]
async fn a_tag_that_fails_while_waited_for_is_replaced() {
    reset();
    add_tag("/nowhere/stripe.js", "");
    assert_eq!(load("/nowhere/stripe.js").await.unwrap_err(), LoadError::Blocked);
    assert_eq!((scripts_added(), scripts_in_page()), (3, 0));
}

#[wasm_bindgen_test]
async fn a_tag_that_had_failed_before_is_replaced() {
    reset();
    let url = script("if (window.scriptRuns > 1) window.Stripe = () => {};");
    add_tag_and_wait(&url).await;
    hurry_next_timer();
    load(&url).await.unwrap();
    assert_eq!((scripts_added(), scripts_in_page(), script_runs()), (2, 1, 2));
    assert_eq!(delays_asked(), "2000,15000");
}

#[wasm_bindgen_test]
async fn a_tag_that_had_failed_before_is_replaced_when_the_page_is_complete() {
    reset();
    let url = script("if (window.scriptRuns > 1) window.Stripe = () => {};");
    add_tag_and_wait(&url).await;
    pretend_loading();
    both(load(&url), finish_loading_once_heard()).await.0.unwrap();
    assert_eq!((scripts_added(), scripts_in_page(), script_runs()), (2, 1, 2));
    assert_eq!((listeners_left(), timers_left()), (0, 0));
    assert_eq!(delays_asked(), "15000,15000");
}

#[wasm_bindgen_test]
async fn a_relative_address_finds_the_tag_with_the_full_one() {
    reset();
    add_tag("/nowhere/stripe.js", "");
    swallow_scripts();
    let full = format!("{}/nowhere/../nowhere/stripe.js", web_sys::window().unwrap().origin());
    assert_eq!(load_within(&full, SHORT).await.unwrap_err(), LoadError::TimedOut);
    // The page's own tag failed and was removed; so was its replacement after the time limit.
    assert_eq!((scripts_added(), scripts_in_page()), (2, 0));
}

#[wasm_bindgen_test]
async fn a_parked_tag_is_not_waited_for() {
    reset();
    let url = stripe_script("");
    add_tag(&url, "text/plain");
    load(&url).await.unwrap();
    assert_eq!((scripts_added(), scripts_in_page(), script_runs()), (2, 2, 1));
}

#[wasm_bindgen_test]
async fn another_scripts_stripe_does_not_stand_in_for_ours() {
    reset();
    add_tag_and_wait(&stripe_script("")).await;
    let url = stripe_script("");
    load(&url).await.unwrap();
    assert_eq!((scripts_added(), script_runs()), (2, 2));
}
