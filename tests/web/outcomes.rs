//! A screen for each outcome, which the server decides.

use relink_protocol::{Condition, Connected, Overview, Purpose, RelinkOutcome, StartedSession};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{
    CONTINUE, FINISHED, OUTCOME, RECONNECT, account, broken, explained, finished, finished_in, go_to_bank,
    name, overview, restored, started, windows, with_accounts,
};
use crate::page::{
    arrive, assert_buttons, assert_paragraph, bodies, button, close_bank_with, double_click, events_told,
    find, focused, has_paragraph, names, press, requests, said, screen, serve, serve_from_now_on, settled,
    until,
};

const AGAIN: [&str; 2] = ["Try again", "Not now"];

#[wasm_bindgen_test]
async fn success_says_that_payments_work_again_and_done_leads_to_fresh_accounts() {
    let _page = finished(&RelinkOutcome::Relinked(restored())).await;
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
    until("the heading's focus", || focused() == "heading Alder Bank account ending in 6789 is connected")
        .await;
    assert_paragraph("Payments from this account work again.");
    assert_buttons(&["Done"]);
    assert_eq!(names("listitem"), "", "the heading says it all");
    serve_from_now_on("POST /api/accounts", &overview(Condition::Healthy));
    press("Done");
    arrive("browsing", "Your bank accounts").await;
    assert_eq!(names("listitem"), "Alder Bank account ending in 6789 Checking Connected");
}

#[wasm_bindgen_test]
async fn success_of_several_accounts_names_them_and_what_is_left() {
    let connected = Connected {
        restored: vec![name("fca_1", "6789"), name("fca_2", "1204")],
        still_broken: vec![name("fca_3", "4421")],
        ..Connected::default()
    };
    let _page = finished(&RelinkOutcome::Relinked(connected)).await;
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
    let rows = names("listitem");
    let rows: Vec<_> = rows.lines().collect();
    assert!(rows[0].ends_with("6789 Checking Connected") && rows[1].contains("1204"), "{rows:?}");
    assert!(rows[2].contains("4421") && !rows[2].ends_with("Connected"), "{rows:?}");
    assert_buttons(&["Reconnect Alder Bank account ending in 4421", "Done"]);
}

#[wasm_bindgen_test]
async fn success_is_never_said_of_an_account_that_is_still_broken() {
    let none = Connected { still_broken: vec![name("fca_1", "6789")], ..Connected::default() };
    let _page = finished(&RelinkOutcome::Relinked(none)).await;
    until("the outcome", || screen() == "relinked").await;
    assert!(!names("heading").contains("6789"), "{}", names("heading"));
    assert!(!has_paragraph("Payments from this account work again."));
    assert_buttons(&[RECONNECT, "Done"]);
}

#[wasm_bindgen_test]
async fn success_says_what_it_means_for_each_purpose() {
    for (purpose, says) in [
        (Purpose::Payouts, "Payouts to this account work again."),
        (Purpose::Data, "Northwind can get new information from this account again."),
    ] {
        let overview = Overview { purpose, ..overview(broken()) };
        let _page = finished_in(&overview, &RelinkOutcome::Relinked(restored())).await;
        until("the outcome", || screen() == "relinked").await;
        assert_paragraph(says);
    }
}

#[wasm_bindgen_test]
async fn no_account_offers_another_account_there_and_another_bank() {
    let _page = finished(&RelinkOutcome::NoAccount).await;
    arrive("no_account", "That account wasn't shared").await;
    assert_paragraph("Nothing was changed.");
    assert!(names("paragraph").contains("ending in 6789"), "{}", names("paragraph"));
    assert_buttons(&["Choose another Alder Bank account", "Add a different bank", "Not now"]);
    press("Choose another Alder Bank account");
    until("second window", || windows() == 2).await;
    let asked = bodies("POST /api/sessions");
    let last = asked.lines().last().unwrap();
    assert!(last.contains("another_account"), "{asked}");
    serve(OUTCOME, &RelinkOutcome::NoAccount);
    close_bank_with(FINISHED);
    arrive("no_account", "That account wasn't shared").await;
    assert_buttons(&["Try again", "Add a different bank", "Not now"]);
}

#[wasm_bindgen_test]
async fn no_account_after_a_link_offers_no_other_account() {
    let by_link = Overview { allows_another: false, ..overview(broken()) };
    let _page = finished_in(&by_link, &RelinkOutcome::NoAccount).await;
    arrive("no_account", "That account wasn't shared").await;
    assert_buttons(&AGAIN);
}

#[wasm_bindgen_test]
async fn no_authorization_says_that_nothing_was_changed_and_a_new_try_is_a_new_session() {
    let _page = finished(&RelinkOutcome::NoAuthorization).await;
    arrive("no_authorization", "The sign-in wasn't finished").await;
    assert_paragraph("Nothing was changed.");
    assert_buttons(&AGAIN);
    press("Try again");
    until("second window", || windows() == 2).await;
    assert_eq!(requests().matches("POST /api/sessions\n").count(), 2);
}

#[wasm_bindgen_test]
async fn other_offers_help_where_the_merchant_has_some() {
    let help_url = Some("https://help.northwind.example/".to_owned());
    let _page = finished_in(&Overview { help_url, ..overview(broken()) }, &RelinkOutcome::Failed).await;
    arrive("failed", "Alder Bank couldn't complete this").await;
    assert_paragraph("Nothing was changed.");
    assert_buttons(&AGAIN);
    let help = find("link", "Get help").unwrap();
    assert_eq!(help.get_attribute("href").as_deref(), Some("https://help.northwind.example/"));
}

#[wasm_bindgen_test]
async fn other_without_help_has_no_link() {
    let _page = finished(&RelinkOutcome::Failed).await;
    arrive("failed", "Alder Bank couldn't complete this").await;
    assert_eq!(names("link"), "");
}

#[wasm_bindgen_test]
async fn cancelled_says_that_nothing_was_changed_and_starts_again() {
    let _page = finished(&RelinkOutcome::Cancelled).await;
    arrive("cancelled", "You closed the bank window").await;
    assert_paragraph("Nothing was changed.");
    assert_buttons(&["Start again", "Not now"]);
    press("Start again");
    until("second window", || windows() == 2).await;
}

#[wasm_bindgen_test]
async fn cancelled_leaves_a_healthy_connection_healthy() {
    let expiring = overview(Condition::Expiring { on: None });
    let _page = finished_in(&expiring, &RelinkOutcome::Cancelled).await;
    arrive("cancelled", "You closed the bank window").await;
    assert_paragraph("Nothing was changed. Your account stays connected.");
}

#[wasm_bindgen_test]
async fn the_server_decides_and_not_what_stripe_js_reports() {
    let _page = explained(&overview(broken())).await;
    go_to_bank().await;
    serve(OUTCOME, &RelinkOutcome::Relinked(restored()));
    close_bank_with(r#"{"error":{"type":"api_error","message":"It broke."}}"#);
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
    assert_eq!(bodies(OUTCOME), r#"{"reported":"error"}"#);
}

#[wasm_bindgen_test]
async fn a_window_without_accounts_is_reported_as_closed() {
    let _page = explained(&overview(broken())).await;
    go_to_bank().await;
    serve(OUTCOME, &RelinkOutcome::Cancelled);
    close_bank_with(r#"{"financialConnectionsSession":{"id":"fcsess_1","accounts":[]}}"#);
    arrive("cancelled", "You closed the bank window").await;
    assert_eq!(bodies(OUTCOME), r#"{"reported":"closed"}"#);
}

#[wasm_bindgen_test]
async fn the_page_is_told_of_an_outcome_without_a_secret() {
    let _page = finished(&RelinkOutcome::Relinked(restored())).await;
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
    until("the event of the screen", || events_told().contains(r#"screen {"screen":"relinked"}"#)).await;
    let told = events_told();
    assert!(told.contains(r#"success {"account":"fca_1","repaired":["fca_1"]}"#), "{told}");
    assert!(told.contains(r#"open {"account":"fca_1"}"#) && !told.contains("secret"), "{told}");
}

#[wasm_bindgen_test]
async fn a_session_is_asked_for_the_chosen_account() {
    let two = with_accounts(vec![account("fca_1", "6789", broken()), account("fca_2", "1204", broken())]);
    let _page = explained(&two).await;
    assert_eq!(bodies("POST /api/sessions"), "", "nothing is made before the customer continues");
    go_to_bank().await;
    assert_eq!(bodies("POST /api/sessions"), r#"{"account":"fca_1","choice":"repair"}"#);
    assert_eq!(requests().lines().filter(|one| *one == "BANK").count(), 1);
    assert!(said().contains("Finish in the bank window"), "the focus stays in the window, so it is said");
}

#[wasm_bindgen_test]
async fn the_window_is_opened_for_the_connected_account_that_the_session_is_of() {
    let _page = explained(&overview(broken())).await;
    press(CONTINUE);
    let stripe_account = Some("acct_1".parse().unwrap());
    serve("POST /api/sessions", &StartedSession { stripe_account, ..started() });
    until("bank window", || windows() == 1).await;
    assert_eq!(bodies("BANK"), "fcsess_client_secret_1 for acct_1");
}

#[wasm_bindgen_test]
async fn a_double_click_opens_one_window() {
    let _page = explained(&overview(broken())).await;
    double_click(&button(CONTINUE));
    serve("POST /api/sessions", &started());
    until("bank window", || windows() == 1).await;
    settled().await;
    assert_eq!(bodies("POST /api/sessions").lines().count(), 1);
}
