//! Accounts that look alike after a relink: the customer tells which is which, or that they can't.

use relink_protocol::{AccountName, Connected, DatedAccount, LookAlikes, Overview, Purpose, RelinkOutcome};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{RECONNECT, broken, finished_in, name, overview, restored};
use crate::page::{
    Page, arrive, assert_buttons, assert_paragraph, bodies, events_told, focused, has_paragraph, names,
    press, refuse, screen, serve, serve_from_now_on, until,
};

const PAIRS: &str = "POST /api/sessions/fcsess_1/pairs";
const WHICH_OLD: &str = "Which of these did you just reconnect?";
const WHICH_NEW: &str = "Which of these did you use before?";
const NONE: &str = "None of these, or I'm not sure";

/// Noon of November 14, 2023, and of May 18, 2033.
const DATES: [Option<i64>; 2] = [Some(1_699_963_200), Some(2_000_030_400)];

fn old(id: &str, on: Option<i64>) -> DatedAccount {
    DatedAccount { name: name(id, "6789"), on }
}

fn new(ids: &[&str]) -> Vec<AccountName> {
    ids.iter().map(|id| name(id, "6789")).collect()
}

/// Lets the server ask about these accounts.
async fn asked(old: Vec<DatedAccount>, new: Vec<AccountName>) -> Page {
    let connected =
        Connected { added: new.clone(), look_alikes: vec![LookAlikes { old, new }], ..Connected::default() };
    let data = Overview { purpose: Purpose::Data, exact: false, ..overview(broken()) };
    finished_in(&data, &RelinkOutcome::NewAuthorization(connected)).await
}

#[wasm_bindgen_test]
async fn of_several_old_accounts_the_customer_chooses_the_one_that_came_back() {
    let _page = asked(vec![old("fca_1", DATES[0]), old("fca_3", DATES[1])], new(&["fca_9"])).await;
    arrive("which_account", WHICH_OLD).await;
    assert_paragraph("They look the same to us, so we'd rather ask than guess.");
    let rows = names("listitem");
    assert!(rows.contains("Connected on November 14, 2023") && rows.contains("May 18, 2033"), "{rows}");
    let second = "This one Alder Bank account ending in 6789 Connected on May 18, 2033";
    assert_buttons(&[
        "This one Alder Bank account ending in 6789 Connected on November 14, 2023",
        second,
        NONE,
    ]);
    assert!(!events_told().contains("new-account"), "{}", events_told());
    serve(PAIRS, &RelinkOutcome::Relinked(restored()));
    press(second);
    arrive("relinked", "Alder Bank account ending in 6789 is connected").await;
    assert_eq!(bodies(PAIRS), r#"{"pairs":[{"old":"fca_3","new":"fca_9"}]}"#);
    assert_eq!(events_told().matches("success").count(), 1, "{}", events_told());
}

#[wasm_bindgen_test]
async fn of_several_new_accounts_the_customer_chooses_the_one_that_they_had() {
    let _page = asked(vec![old("fca_1", None)], new(&["fca_8", "fca_9"])).await;
    arrive("which_account", WHICH_NEW).await;
    assert!(!has_paragraph("Connected on"), "there is only one");
    // Nothing but the order tells them apart.
    let second = "This one Alder Bank account ending in 6789 (2) New";
    assert_buttons(&["This one Alder Bank account ending in 6789 (1) New", second, NONE]);
    serve(PAIRS, &RelinkOutcome::Relinked(restored()));
    press(second);
    until("the outcome", || screen() == "relinked").await;
    assert_eq!(bodies(PAIRS), r#"{"pairs":[{"old":"fca_1","new":"fca_9"}]}"#);
}

#[wasm_bindgen_test]
async fn each_of_several_is_asked_about_and_no_account_is_offered_twice() {
    let _page = asked(vec![old("fca_1", DATES[0]), old("fca_3", DATES[1])], new(&["fca_8", "fca_9"])).await;
    arrive("which_account", WHICH_NEW).await;
    assert_paragraph("Alder Bank account ending in 6789 · Connected on November 14, 2023");
    press("This one Alder Bank account ending in 6789 (1) New");
    until("the next question", || names("paragraph").contains("May 18, 2033")).await;
    assert_eq!(focused(), format!("heading {WHICH_NEW}"));
    assert_buttons(&["This one Alder Bank account ending in 6789 New", NONE]);
    serve(PAIRS, &RelinkOutcome::Relinked(restored()));
    press(NONE);
    until("the outcome", || screen() == "relinked").await;
    assert_eq!(bodies(PAIRS), r#"{"pairs":[{"old":"fca_1","new":"fca_8"}]}"#);
}

#[wasm_bindgen_test]
async fn who_cannot_tell_goes_on_without_a_pair() {
    let _page = asked(vec![old("fca_1", DATES[0]), old("fca_3", DATES[1])], new(&["fca_9"])).await;
    arrive("which_account", WHICH_OLD).await;
    let both = Connected { added: new(&["fca_9"]), ..Connected::default() };
    serve(PAIRS, &RelinkOutcome::NewAuthorization(both));
    press(NONE);
    arrive("new_authorization", "Your accounts are connected").await;
    assert_eq!(bodies(PAIRS), r#"{"pairs":[]}"#);
}

#[wasm_bindgen_test]
async fn an_answer_that_comes_too_late_leads_to_the_accounts() {
    let _page = asked(vec![old("fca_1", DATES[0]), old("fca_3", DATES[1])], new(&["fca_9"])).await;
    arrive("which_account", WHICH_OLD).await;
    refuse(PAIRS, 409, "already_answered");
    serve_from_now_on("POST /api/accounts", &overview(broken()));
    press(NONE);
    arrive("browsing", "Your bank accounts").await;
    assert_buttons(&[RECONNECT]);
}
