//! Ways around in the conversation.

use relink_protocol::RelinkOutcome;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{FINISHED, OUTCOME, broken, explained, go_to_bank, overview, windows};
use crate::page::{arrive, assert_buttons, bodies, close_bank_with, is_busy, press, serve, settled, until};

#[wasm_bindgen_test]
async fn cancelling_at_the_bank_asks_the_server_what_came_of_it() {
    let _page = explained(&overview(broken())).await;
    go_to_bank().await;
    assert!(is_busy());
    assert_buttons(&["Cancel"]);
    serve(OUTCOME, &RelinkOutcome::Cancelled);
    press("Cancel");
    arrive("cancelled", "You closed the bank window").await;
    assert_eq!(bodies(OUTCOME), r#"{"reported":"closed"}"#);
    close_bank_with(FINISHED);
    settled().await;
    arrive("cancelled", "You closed the bank window").await;
}

#[wasm_bindgen_test]
async fn not_now_after_an_outcome_reads_the_accounts_again() {
    let _page = explained(&overview(broken())).await;
    go_to_bank().await;
    serve(OUTCOME, &RelinkOutcome::NoAuthorization);
    close_bank_with(FINISHED);
    arrive("no_authorization", "The sign-in wasn't finished").await;
    press("Not now");
    arrive("browsing", "Your bank accounts").await;
    until("the list", || windows() == 1).await;
}
