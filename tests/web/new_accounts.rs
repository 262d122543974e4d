//! Accounts that the customer did not have before, and the mandate to pay from them.

use relink_protocol::{Connected, DatedAccount, Overview, Purpose, RelinkOutcome};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{PAYMENT, RECONNECT, added, broken, finished, finished_in, name, overview};
use crate::page::{
    answer_with, arrive, assert_buttons, assert_paragraph, bodies, events_told, find, has_paragraph, names,
    press, refuse, requests, screen, serve_from_now_on, shown, until,
};

const PAY: &str = "Pay from account ending in 2231";
const INSTEAD: &str = "Pay from account ending in 2231 instead?";
const MANDATE: &str = "Authorization for bank debits";

#[wasm_bindgen_test]
async fn a_new_account_shows_the_mandate_before_it_can_be_paid_from() {
    let _page = finished(&RelinkOutcome::NewAccount(added())).await;
    arrive("new_account", INSTEAD).await;
    assert_paragraph("Alder Bank account ending in 2231 is connected.");
    assert_paragraph("Payments still come from Alder Bank account ending in 6789.");
    assert_paragraph(MANDATE);
    assert_paragraph("You allow it.");
    assert_buttons(&[PAY, "Keep account ending in 6789"]);
    assert!(events_told().contains(r#""replaces":"fca_1""#), "{}", events_told());
}

#[wasm_bindgen_test]
async fn a_mandate_that_is_accepted_makes_a_payment_method() {
    let _page = finished(&RelinkOutcome::NewAccount(added())).await;
    arrive("new_account", INSTEAD).await;
    answer_with(PAYMENT, "{}");
    press(PAY);
    arrive("paid", "You can pay from Alder Bank account ending in 2231 now").await;
    assert_eq!(bodies(PAYMENT), r#"{"account":"fca_2"}"#);
    assert_buttons(&["Done"]);
    let copy = find("link", "Save a copy of your authorization");
    let url = copy.and_then(|link| link.get_attribute("href").filter(|_| link.has_attribute("download")));
    let text = js_sys::decode_uri_component(&url.unwrap_or_default())
        .map_or_else(|error| shown(&error), String::from);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        (lines[0], lines[1]),
        ("data:text/plain;charset=utf-8,Authorization for bank debits", "Northwind")
    );
    assert_eq!(lines[4], "You allow it.");
}

#[wasm_bindgen_test]
async fn a_mandate_that_is_declined_is_reported_and_changes_nothing() {
    let _page = finished(&RelinkOutcome::NewAccount(added())).await;
    arrive("new_account", INSTEAD).await;
    answer_with("POST /api/sessions/fcsess_1/payment-method/keep", "{}");
    serve_from_now_on("POST /api/accounts", &overview(broken()));
    press("Keep account ending in 6789");
    arrive("browsing", "Your bank accounts").await;
    assert!(requests().contains("POST /api/sessions/fcsess_1/payment-method/keep\nPOST /api/accounts"));
    assert_eq!(bodies(PAYMENT), "");
}

#[wasm_bindgen_test]
async fn an_account_that_came_back_as_another_connection_is_confirmed() {
    let renewed = Connected { added: vec![name("fca_9", "6789")], ..added() };
    let _page = finished(&RelinkOutcome::NewAccount(renewed)).await;
    arrive("new_account", "Alder Bank account ending in 6789 is connected").await;
    assert_buttons(&["Pay from account ending in 6789", "Not now"]);
}

#[wasm_bindgen_test]
async fn where_nothing_is_paid_from_an_account_a_new_one_is_only_told_of() {
    let payouts = Overview { purpose: Purpose::Payouts, ..overview(broken()) };
    let connected = Connected { mandate: None, ..added() };
    let _page = finished_in(&payouts, &RelinkOutcome::NewAccount(connected)).await;
    arrive("new_account", "You connected a different account").await;
    assert!(names("paragraph").contains("Northwind"), "{}", names("paragraph"));
    assert_buttons(&["Done"]);
}

#[wasm_bindgen_test]
async fn each_account_of_a_new_login_has_its_own_next_step() {
    let connected = Connected {
        restored: vec![name("fca_1", "6789")],
        still_broken: vec![name("fca_3", "4421")],
        ..added()
    };
    let _page = finished(&RelinkOutcome::NewAuthorization(connected)).await;
    arrive("new_authorization", "Your Alder Bank accounts are connected again").await;
    assert_paragraph(MANDATE);
    assert_paragraph("You allow it.");
    assert_eq!(names("listitem").lines().count(), 3);
    assert_buttons(&[PAY, "Reconnect Alder Bank account ending in 4421", "Done"]);
}

#[wasm_bindgen_test]
async fn each_of_several_accounts_has_a_paragraph_of_the_mandate() {
    let connected = Connected { mandate: Some("You allow A.\n\nYou allow B.".to_owned()), ..added() };
    let _page = finished(&RelinkOutcome::NewAuthorization(connected)).await;
    until("the login", || screen() == "new_authorization").await;
    for paragraph in [MANDATE, "You allow A.", "You allow B."] {
        assert_paragraph(paragraph);
    }
}

#[wasm_bindgen_test]
async fn an_account_whose_end_has_not_moved_is_shown_and_can_be_chosen() {
    let ending = DatedAccount { name: name("fca_3", "4421"), on: None };
    let connected = Connected {
        restored: vec![name("fca_1", "6789")],
        still_ending: vec![ending],
        ..Connected::default()
    };
    let _page = finished(&RelinkOutcome::Relinked(connected)).await;
    until("the outcome", || screen() == "relinked").await;
    assert_eq!(names("listitem").lines().count(), 2);
    assert_buttons(&["Reconnect Alder Bank account ending in 4421", "Done"]);
}

#[wasm_bindgen_test]
async fn a_payment_method_that_is_refused_changes_nothing_and_a_lost_answer_may_have() {
    for (status, code, changed_nothing) in
        [(422, "payment_refused", true), (503, "stripe_unavailable", false)]
    {
        let _page = finished(&RelinkOutcome::NewAccount(added())).await;
        arrive("new_account", INSTEAD).await;
        refuse(PAYMENT, status, code);
        press(PAY);
        let screens = ["payment_refused", "stripe_down"];
        until("a failure", || screens.contains(&screen().as_str())).await;
        assert_eq!(has_paragraph("Nothing was changed."), changed_nothing, "{code}");
    }
}

#[wasm_bindgen_test]
async fn an_account_of_the_same_login_that_is_still_broken_can_be_chosen_at_once() {
    let left = Connected {
        restored: vec![name("fca_2", "1204")],
        still_broken: vec![name("fca_1", "6789")],
        ..Connected::default()
    };
    let _page = finished(&RelinkOutcome::Relinked(left)).await;
    arrive("relinked", "Alder Bank account ending in 1204 is connected").await;
    press(RECONNECT);
    arrive("explaining", "Reconnect your Alder Bank account").await;
}
