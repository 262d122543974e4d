//! A healthy account of which the merchant asks for more, and other accounts that offer something new.

use relink_protocol::{Condition, Overview, Purpose, RelinkOutcome};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{
    CONTINUE, FINISHED, OUTCOME, account, broken, finished_in, go_to_bank, overview, restored, updatable,
    with_accounts,
};
use crate::page::{
    Page, arrive, assert_buttons, assert_paragraph, close_bank_with, names, press, serve, until,
};

const UPDATE: &str = "Update what you share Alder Bank account ending in 6789";
const RECONNECT_1204: &str = "Reconnect Alder Bank account ending in 1204";

#[wasm_bindgen_test]
async fn a_healthy_account_says_what_is_new_below_what_is_broken_and_is_no_alarm() {
    let _page = Page::open(&with_accounts(vec![updatable(), account("fca_2", "1204", broken())])).await;
    assert_buttons(&[RECONNECT_1204, UPDATE]);
    let rows = names("listitem");
    let (first, last) = rows.split_once('\n').unwrap();
    assert!(first.contains("Sign in to your bank again"), "{rows}");
    assert!(last.contains("Checking Connected"), "{rows}");
    let note =
        "Northwind is asking to see, for the first time: Your balance, The account owner's name and address";
    assert!(last.contains(note), "{rows}");
    let _page = Page::open(&with_accounts(vec![updatable()])).await;
    assert_eq!(names("paragraph").matches("Reconnect").count(), 0, "{}", names("paragraph"));
}

#[wasm_bindgen_test]
async fn an_update_is_explained_and_its_success_says_what_it_brought() {
    let _page = Page::open(&with_accounts(vec![updatable()])).await;
    press(UPDATE);
    arrive("explaining", "Update what you share").await;
    assert_buttons(&[CONTINUE, "Not now"]);
    assert_paragraph("Your account stays connected if you change your mind.");
    assert_eq!(names("listitem").lines().count(), 3, "two that are new, and one that stays");
    go_to_bank().await;
    serve(OUTCOME, &RelinkOutcome::Relinked(restored()));
    close_bank_with(FINISHED);
    arrive("relinked", "What you share is updated").await;
    assert_paragraph("Northwind can now see what you agreed to share.");
    assert_buttons(&["Done"]);
}

#[wasm_bindgen_test]
async fn an_update_that_was_not_shared_offers_no_other_account() {
    let _page = Page::open(&with_accounts(vec![updatable()])).await;
    press(UPDATE);
    arrive("explaining", "Update what you share").await;
    go_to_bank().await;
    serve(OUTCOME, &RelinkOutcome::NoAccount);
    close_bank_with(FINISHED);
    arrive("no_account", "That account wasn't shared").await;
    assert_buttons(&["Try again", "Not now"]);
}

#[wasm_bindgen_test]
async fn an_expired_number_works_again_after_a_relink_and_does_not_before() {
    let expired = overview(Condition::NumberExpired);
    let page = finished_in(&expired, &RelinkOutcome::Relinked(restored())).await;
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
    assert_paragraph("Payments from this account work again.");
    drop(page);
    let page = finished_in(&expired, &RelinkOutcome::Cancelled).await;
    arrive("cancelled", "You closed the bank window").await;
    assert_paragraph("Nothing was changed.");
    drop(page);
    let data = Overview { purpose: Purpose::Data, ..expired };
    let _page = finished_in(&data, &RelinkOutcome::Cancelled).await;
    arrive("cancelled", "You closed the bank window").await;
    assert_paragraph("Nothing was changed. Your account stays connected.");
}

#[wasm_bindgen_test]
async fn a_disconnected_account_gives_way_to_another_bank_where_the_merchant_allows_it() {
    const REPLACE: &str = "Add a different bank Alder Bank account ending in 6789";
    let disconnected = overview(Condition::Disconnected);
    let page = Page::open(&Overview { allows_another: false, ..disconnected.clone() }).await;
    assert_buttons(&[]);
    drop(page);
    let _page = Page::open(&disconnected).await;
    assert_buttons(&[REPLACE]);
    press(REPLACE);
    arrive("explaining", "Add a different bank").await;
    press("Choose your bank");
    until("the next screen", || !names("heading").contains("Add a different bank")).await;
}
