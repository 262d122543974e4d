//! Changes from elsewhere update the screen in place: what has not changed keeps its element, the focus and its place.

use gloo_timers::future::TimeoutFuture;
use relink_protocol::{AccountSummary, Condition, Overview};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{CONTINUE, RECONNECT, account, broken, changed, explained, overview, with_accounts};
use crate::page::{
    Page, arrive, assert_paragraph, button, change, events_told, focused, has_paragraph, is_listening, names,
    press, requests, said, settled, starting_with, until,
};

const OTHER: &str = "Reconnect Alder Bank account ending in 1204";

fn three() -> [AccountSummary; 3] {
    [("fca_1", "6789"), ("fca_2", "1204"), ("fca_3", "4421")].map(|(id, last4)| account(id, last4, broken()))
}

fn row(last4: &str) -> Option<web_sys::HtmlElement> {
    starting_with("listitem", &format!("Alder Bank account ending in {last4}"))
}

/// Returns the digits of the rows, in order.
fn rows() -> Vec<String> {
    let digits = |row: &str| row.split("ending in ").nth(1).unwrap_or_default().chars().take(4).collect();
    names("listitem").lines().map(digits).collect()
}

#[wasm_bindgen_test]
async fn a_change_mends_its_row_and_leaves_the_others_and_the_focus() {
    let [first, second, third] = three();
    let _page = Page::open(&with_accounts(vec![first.clone(), second.clone(), third.clone()])).await;
    let (changing, staying) = (row("6789"), row("1204"));
    button(OTHER).focus().unwrap();
    let repaired = AccountSummary { condition: Condition::Healthy, ..first };
    change(&changed(with_accounts(vec![repaired, second, third]))).await;
    until("the change", || names("listitem").contains("6789 Checking Connected")).await;
    assert!(row("6789") == changing && row("1204") == staying, "the rows are the same elements");
    assert_eq!(focused(), format!("button {OTHER}"));
    assert_eq!(said(), "Alder Bank account ending in 6789: Connected.");
}

#[wasm_bindgen_test]
async fn where_the_focused_button_is_gone_its_account_has_the_focus() {
    let [first, second, _] = three();
    let _page = Page::open(&with_accounts(vec![first.clone(), second.clone()])).await;
    button(RECONNECT).focus().unwrap();
    let repaired = AccountSummary { condition: Condition::Healthy, ..first };
    change(&changed(with_accounts(vec![repaired, second]))).await;
    until("the row's focus", || focused() == "listitem Alder Bank account ending in 6789 Checking Connected")
        .await;
}

#[wasm_bindgen_test]
async fn where_the_focused_account_is_gone_the_heading_has_the_focus() {
    let [first, second, _] = three();
    let _page = Page::open(&with_accounts(vec![first, second.clone()])).await;
    button(RECONNECT).focus().unwrap();
    change(&changed(with_accounts(vec![second]))).await;
    until("the heading's focus", || focused() == "heading Your bank accounts").await;
    assert_eq!(said(), "Alder Bank account ending in 6789 is no longer in your account list.");
}

#[wasm_bindgen_test]
async fn accounts_come_and_go_around_the_focused_one() {
    let [first, second, third] = three();
    let all = [first.clone(), second.clone(), third.clone()].to_vec();
    let _page = Page::open(&with_accounts(all.clone())).await;
    let mut overview = with_accounts(all);
    button(OTHER).focus().unwrap();
    for accounts in
        [vec![second.clone()], vec![first.clone(), second.clone()], vec![second.clone(), third.clone()]]
    {
        overview = changed(Overview { accounts: accounts.clone(), ..overview });
        let expected: Vec<_> = accounts.iter().filter_map(|account| account.name.last4.clone()).collect();
        change(&overview).await;
        until("the change", || rows() == expected).await;
        assert_eq!(focused(), format!("button {OTHER}"));
    }
}

#[wasm_bindgen_test]
async fn accounts_that_change_places_are_right_in_the_end_and_keep_the_focus() {
    let [first, second, third] = three();
    let mut overview = with_accounts(vec![first.clone(), second.clone(), third.clone()]);
    let _page = Page::open(&overview).await;
    button(OTHER).focus().unwrap();
    for accounts in [vec![third.clone(), second.clone(), first.clone()], vec![second, first, third]] {
        overview = changed(Overview { accounts: accounts.clone(), ..overview });
        let expected: Vec<_> = accounts.iter().filter_map(|account| account.name.last4.clone()).collect();
        change(&overview).await;
        until("the change", || rows() == expected).await;
        until("the focus", || focused() == format!("button {OTHER}")).await;
    }
}

#[wasm_bindgen_test]
async fn the_last_account_gone_is_an_empty_list_and_a_new_one_fills_it() {
    let [first, ..] = three();
    let one = with_accounts(vec![first]);
    let _page = Page::open(&one).await;
    let none = changed(Overview { accounts: Vec::new(), ..one.clone() });
    change(&none).await;
    until("the empty list", || names("listitem").is_empty()).await;
    assert_paragraph("You have no linked bank accounts yet. Ask Northwind how to link one.");
    change(&changed(Overview { accounts: one.accounts, ..none })).await;
    until("the account", || rows() == ["6789"]).await;
}

#[wasm_bindgen_test]
async fn nothing_takes_the_focus_that_had_none() {
    let _page = Page::open(&overview(broken())).await;
    change(&changed(overview(Condition::Healthy))).await;
    until("the change", || names("button").is_empty()).await;
    settled().await;
    assert_eq!(focused(), "");
}

#[wasm_bindgen_test]
async fn an_account_that_breaks_is_said_to_need_the_customer_and_can_be_acted_on() {
    let _page = Page::open(&overview(Condition::Healthy)).await;
    change(&changed(overview(broken()))).await;
    until("the button", || names("button") == RECONNECT).await;
    assert_eq!(said(), "Alder Bank account ending in 6789: Sign in to your bank again.");
    assert!(names("paragraph").contains("may fail until you sign in"), "{}", names("paragraph"));
    press(RECONNECT);
    arrive("explaining", "Reconnect your Alder Bank account").await;
}

#[wasm_bindgen_test]
async fn many_changes_are_told_as_one() {
    let accounts = [("fca_2", "1"), ("fca_3", "2"), ("fca_4", "3"), ("fca_5", "4")];
    let after = accounts.map(|(id, last4)| account(id, last4, broken())).to_vec();
    let _page = Page::open(&overview(broken())).await;
    change(&changed(with_accounts(after))).await;
    until("the change", || names("listitem").lines().count() == 4).await;
    assert!(!said().is_empty() && !said().contains("ending in"), "{}", said());
}

#[wasm_bindgen_test]
async fn own_changes_are_not_announced() {
    let _page = explained(&overview(broken())).await;
    press("Not now");
    arrive("browsing", "Your bank accounts").await;
    until("the heading's focus", || focused() == "heading Your bank accounts").await;
    assert_eq!(said(), "");
    assert!(events_told().contains(r#"exit {"reason":"closed","account":"fca_1"}"#));
}

#[wasm_bindgen_test]
async fn an_account_that_breaks_while_it_is_explained_is_explained_as_it_is_now() {
    let page = Page::open(&overview(Condition::Expiring { on: None })).await;
    press(RECONNECT);
    arrive("explaining", "Reconnect your Alder Bank account").await;
    assert!(has_paragraph("Your account stays connected if you change your mind."));
    let next = button(CONTINUE);
    next.focus().unwrap();
    change(&changed(overview(broken()))).await;
    until("the change", || !has_paragraph("Your account stays connected if you change your mind.")).await;
    assert_eq!((focused(), button(CONTINUE)), (format!("button {CONTINUE}"), next));
    assert_eq!(said(), "Alder Bank account ending in 6789: Sign in to your bank again.");
    drop(page);
}

#[wasm_bindgen_test]
async fn an_account_that_is_repaired_while_it_is_explained_leads_back_and_says_why() {
    let _page = explained(&overview(broken())).await;
    change(&changed(overview(Condition::Healthy))).await;
    arrive("browsing", "Your bank accounts").await;
    let notice = "Alder Bank account ending in 6789 was already reconnected. You don't need to do anything.";
    assert_paragraph(notice);
    until("the announcement", || said() == notice).await;
}

#[wasm_bindgen_test]
async fn a_conversation_that_has_ended_no_longer_listens() {
    let page = Page::open(&overview(broken())).await;
    until("the stream", is_listening).await;
    drop(page);
    until("the end of the stream", || !is_listening()).await;
    assert_eq!(crate::page::html(), "");
}

#[wasm_bindgen_test]
async fn a_conversation_that_has_ended_reads_no_change_that_came_just_before() {
    let page = Page::open(&overview(broken())).await;
    change(&changed(overview(Condition::Healthy))).await;
    until("the change to be received", || !is_listening()).await;
    let before = requests();
    drop(page);
    // Ends after the time in which the page waits for further changes, which began earlier.
    TimeoutFuture::new(300).await;
    settled().await;
    assert_eq!(requests(), before);
}
