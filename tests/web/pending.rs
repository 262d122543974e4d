//! Outcomes that take their time, and attempts that a reload interrupted.

use relink_protocol::{Choice, Overview, RelinkOutcome, Reported, UnfinishedRelink};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{FINISHED, OUTCOME, broken, explained, go_to_bank, overview, restored};
use crate::page::{
    Element, Page, arrive, assert_buttons, assert_paragraph, begin, bodies, close_bank_with, disconnect,
    hurry, is_busy, press, serve, serve_from_now_on, until,
};

async fn pending() -> Page {
    let page = explained(&overview(broken())).await;
    go_to_bank().await;
    serve_from_now_on(OUTCOME, &RelinkOutcome::Pending);
    close_bank_with(FINISHED);
    page
}

fn asked() -> usize {
    bodies(OUTCOME).lines().count()
}

#[wasm_bindgen_test]
async fn pending_is_a_moment_first() {
    let _page = pending().await;
    arrive("checking", "Checking with your bank").await;
    assert!(is_busy());
    assert_buttons(&[]);
}

#[wasm_bindgen_test]
async fn pending_for_long_lets_the_customer_leave_and_then_stops_asking() {
    let _page = pending().await;
    hurry();
    arrive("pending", "Your bank is still confirming").await;
    until("the end of the checks", || !is_busy()).await;
    assert_buttons(&["Check again", "See your accounts"]);
    let before = asked();
    serve_from_now_on(OUTCOME, &RelinkOutcome::Relinked(restored()));
    press("Check again");
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
    assert_eq!(asked(), before + 1);
}

#[wasm_bindgen_test]
async fn pending_that_is_decided_is_shown_without_a_press() {
    let _page = pending().await;
    arrive("checking", "Checking with your bank").await;
    serve_from_now_on(OUTCOME, &RelinkOutcome::NoAuthorization);
    hurry();
    arrive("no_authorization", "The sign-in wasn't finished").await;
}

#[wasm_bindgen_test]
async fn an_outcome_that_is_lost_on_its_way_is_read_again() {
    let _page = explained(&overview(broken())).await;
    go_to_bank().await;
    disconnect(OUTCOME);
    close_bank_with(FINISHED);
    arrive("unreachable", "Northwind isn't responding").await;
    serve_from_now_on(OUTCOME, &RelinkOutcome::Relinked(restored()));
    press("Try again");
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
}

fn interrupted(reported: Reported) -> Overview {
    let (session, account) = ("fcsess_1".parse().unwrap(), "fca_1".parse().unwrap());
    let unfinished = Some(UnfinishedRelink { session, account, choice: Choice::Repair, reported });
    Overview { unfinished, ..overview(broken()) }
}

#[wasm_bindgen_test]
async fn an_attempt_that_a_reload_interrupted_is_taken_up_where_it_was_left() {
    begin();
    serve(OUTCOME, &RelinkOutcome::Relinked(restored()));
    let _page = Page::open_element(&interrupted(Reported::Finished), Element::default()).await;
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
    assert_paragraph("Payments from this account work again.");
    assert_eq!(bodies(OUTCOME), r#"{"reported":"finished"}"#);
}

#[wasm_bindgen_test]
async fn an_attempt_that_was_left_at_the_bank_leads_to_the_accounts() {
    begin();
    serve(OUTCOME, &RelinkOutcome::Pending);
    let _page = Page::open_element(&interrupted(Reported::Unknown), Element::default()).await;
    arrive("browsing", "Your bank accounts").await;
}
