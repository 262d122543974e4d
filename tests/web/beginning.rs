//! The first screens: loading, the list of accounts, and deep links.

use relink_protocol::stripe::Cause;
use relink_protocol::{Condition, Overview, Purpose};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{RECONNECT, account, broken, overview, unrepairable, with_accounts};
use crate::page::{
    Element, Page, answer_with, arrive, assert_buttons, begin, events_told, find, focused, is_busy, names,
    requests, said, settled, until,
};

#[wasm_bindgen_test]
async fn loading_is_shown_at_once_and_announces_nothing() {
    begin();
    let _page = Page::start(Element::default());
    arrive("opening", "Loading your bank accounts").await;
    assert!(is_busy());
    assert_eq!((said().as_str(), focused().as_str()), ("", ""));
}

#[wasm_bindgen_test]
async fn the_page_is_told_once_when_the_accounts_are_there() {
    let page = Page::open(&overview(broken())).await;
    until("the event", || events_told().contains("ready")).await;
    settled().await;
    let told = events_told();
    assert_eq!(told.matches(r#"ready {"accounts":1,"broken":1,"expiring":0}"#).count(), 1, "{told}");
    assert_eq!(requests().matches("POST /api/accounts").count(), 1, "the loader's is used");
    drop(page);
}

#[wasm_bindgen_test]
async fn the_first_screen_takes_no_focus() {
    let _page = Page::open(&overview(broken())).await;
    until("the announcement", || said() == "Your bank accounts").await;
    assert_eq!(focused(), "");
}

#[wasm_bindgen_test]
async fn each_account_has_its_state_in_words_and_a_button_only_where_it_helps() {
    let conditions = [
        Condition::Healthy,
        Condition::Expiring { on: None },
        Condition::NumberExpired,
        broken(),
        unrepairable(Cause::AccountClosed),
        Condition::Disconnected,
        Condition::Unrecognized,
        Condition::NumberPending,
    ];
    let accounts = conditions
        .into_iter()
        .zip(1..)
        .map(|(condition, n)| account(&format!("fca_{n}"), &format!("000{n}"), condition));
    let _page = Page::open(&with_accounts(accounts.collect())).await;
    let rows = names("listitem");
    let states: Vec<_> = rows.lines().map(|row| row.split("Checking ").nth(1).unwrap()).collect();
    // The most urgent first, and last what no relink repairs.
    let expected = [
        "Sign in to your bank again",
        "Needs a new account number",
        "Reconnect soon",
        "Connected",
        "Your bank is issuing a new number",
        "Connection status unknown",
        "Can't be reconnected Alder Bank account ending in 0005 was closed at the bank.",
        "Disconnected",
    ];
    let begins = |(state, expected): (&&str, &str)| state.starts_with(expected);
    assert!(states.len() == 8 && states.iter().zip(expected).all(begins), "{states:?}");
    assert_buttons(&[
        "Reconnect Alder Bank account ending in 0004",
        "Reconnect Alder Bank account ending in 0003",
        "Reconnect Alder Bank account ending in 0002",
        "Add a different bank Alder Bank account ending in 0005",
        "Add a different bank Alder Bank account ending in 0006",
    ]);
}

#[wasm_bindgen_test]
async fn each_warning_says_what_it_is_about() {
    let soon = "Reconnect now to avoid an interruption. It takes about a minute.";
    let number = "Money can't move to or from an account that needs a new number until you reconnect it.";
    for (purpose, condition, says) in [
        (Purpose::Payments, Condition::Healthy, None),
        (Purpose::Payouts, broken(), Some("Payouts to an account")),
        (Purpose::Data, broken(), Some("Northwind can't get new information")),
        (Purpose::Payments, Condition::Expiring { on: None }, Some(soon)),
        (Purpose::Payments, Condition::NumberExpired, Some(number)),
        (Purpose::Data, Condition::NumberExpired, None),
        (Purpose::Payments, Condition::Disconnected, None),
    ] {
        let _page = Page::open(&Overview { purpose, ..overview(condition.clone()) }).await;
        let paragraphs = names("paragraph");
        let is_warning = |text: &&str| !text.is_empty() && !text.starts_with("Alder Bank") && *text != said();
        let warning = paragraphs.lines().find(is_warning);
        assert_eq!(warning.is_some(), says.is_some(), "{purpose:?} {condition:?}: {warning:?}");
        assert!(warning.unwrap_or_default().starts_with(says.unwrap_or_default()), "{warning:?}");
    }
}

#[wasm_bindgen_test]
async fn a_deep_link_goes_straight_to_its_account() {
    begin();
    let _page =
        Page::open_element(&overview(broken()), Element { account: "fca_1", ..Element::default() }).await;
    arrive("explaining", "Reconnect your Alder Bank account").await;
}

#[wasm_bindgen_test]
async fn a_deep_link_to_an_account_that_works_or_is_not_there_says_so_and_shows_all_of_them() {
    for (account, says) in [
        ("fca_1", "Alder Bank account ending in 6789 is connected. You don't need to do anything."),
        ("fca_elsewhere", "We couldn't find that account among yours. Here are all of your accounts."),
    ] {
        begin();
        let element = Element { account, ..Element::default() };
        let page = Page::open_element(&overview(Condition::Healthy), element).await;
        arrive("browsing", "Your bank accounts").await;
        assert!(names("paragraph").contains(says), "{account}: {}", names("paragraph"));
        drop(page);
    }
}

#[wasm_bindgen_test]
async fn a_customer_without_accounts_is_led_to_the_merchants_help() {
    for help_url in [None, Some("https://shop.example/help".to_owned())] {
        let has_help = help_url.is_some();
        let page = Page::open(&Overview { help_url, ..with_accounts(Vec::new()) }).await;
        assert!(names("paragraph").contains("Ask Northwind how to link one."), "{}", names("paragraph"));
        assert_eq!(find("link", "Get help").is_some(), has_help);
        drop(page);
    }
}

#[wasm_bindgen_test]
async fn words_that_are_newer_than_the_page_promise_nothing() {
    begin();
    answer_with(
        "POST /api/accounts",
        r#"{"merchant":"Northwind","purpose":"payments","exact":true,"allows_another":true,"help_url":null,
            "accounts":[{"id":"fca_1","institution_name":"Alder Bank","last4":"6789","display_name":null,
            "subcategory":"vault","condition":"frozen","permissions":{"new":["gold"],"stays":[],"goes":[]},
            "also_repairs":[],"nickname":"Rainy day"}],"unfinished":null,"stripe_js":"","version":"9","extra":1}"#,
    );
    let _page = Page::start(Element::default());
    arrive("browsing", "Your bank accounts").await;
    assert_buttons(&[]);
    assert_ne!(names("button"), RECONNECT);
}
