//! The banner, in a page about something else.

use relink_protocol::stripe::Cause;
use relink_protocol::{Condition, Overview};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{account, broken, changed, overview, unrepairable, with_accounts};
use crate::page::{
    Element, Page, arrive, banner, banners_level, begin, calls_to_host, change, find_in_banner,
    region_has_focus, said_by_banner, set_heading_level, settled, until,
};

const ELEMENT: Element = Element { account: "", link: "", has_banner: true, own_page: "" };

async fn open(overview: &Overview) -> Page {
    begin();
    Page::open_element(overview, ELEMENT).await
}

fn accounts(conditions: &[Condition]) -> Overview {
    let account = |(condition, n): (&Condition, i32)| {
        account(&format!("fca_{n}"), &format!("000{n}"), condition.clone())
    };
    with_accounts(conditions.iter().zip(1..).map(account).collect())
}

#[wasm_bindgen_test]
async fn while_nothing_can_be_repaired_there_is_no_banner() {
    let _page =
        open(&accounts(&[Condition::Healthy, unrepairable(Cause::AccountClosed), Condition::Disconnected]))
            .await;
    settled().await;
    assert_eq!(banner(), "");
}

#[wasm_bindgen_test]
async fn the_banner_is_about_what_is_broken_and_leads_to_it() {
    let soon = Condition::Expiring { on: None };
    let _page = open(&accounts(&[soon, Condition::NumberExpired, broken()])).await;
    until("the banner", || banner().starts_with("Reconnect Alder Bank account ending in 0003")).await;
    assert!(banner().contains("may fail until you sign in"), "{}", banner());
    find_in_banner("button", "Reconnect").unwrap().click();
    arrive("explaining", "Reconnect your Alder Bank account").await;
    assert_eq!(calls_to_host(), "open");
}

#[wasm_bindgen_test]
async fn a_banner_that_was_dismissed_stays_away_until_another_account_needs_attention() {
    let [first, second] = [Condition::Expiring { on: None }, Condition::Healthy];
    let before = accounts(&[first.clone(), second]);
    let _page = open(&before).await;
    until("the banner", || banner().contains("0001")).await;
    find_in_banner("button", "Remind me later").unwrap().click();
    until("its end", || banner().is_empty()).await;
    change(&changed(accounts(&[first, broken()]))).await;
    until("the banner of another account", || banner().contains("0002")).await;
    assert!(find_in_banner("button", "Not now").is_some());
}

#[wasm_bindgen_test]
async fn a_banner_goes_once_its_account_is_repaired_elsewhere() {
    let _page = open(&overview(broken())).await;
    until("the banner", || !banner().is_empty()).await;
    change(&changed(overview(Condition::Healthy))).await;
    until("its end", || banner().is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_screen_reader_hears_what_the_banner_says_and_not_its_buttons() {
    let _page = open(&overview(broken())).await;
    let said = "Reconnect Alder Bank account ending in 6789. Payments from an account that isn't connected may fail \
                until you sign in to your bank again.";
    until("the words", || said_by_banner() == said).await;
    change(&changed(overview(Condition::Healthy))).await;
    until("silence", || said_by_banner().is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_banner_that_is_sent_away_leaves_the_focus_at_its_place() {
    let _page = open(&overview(broken())).await;
    until("the banner", || !banner().is_empty()).await;
    let button = find_in_banner("button", "Not now").unwrap();
    button.focus().unwrap();
    button.click();
    until("its end", || banner().is_empty()).await;
    assert!(region_has_focus());
}

#[wasm_bindgen_test]
async fn its_heading_has_the_level_that_the_page_gives_it() {
    begin();
    set_heading_level("3");
    let page = Page::open_element(&overview(broken()), ELEMENT).await;
    until("the banner", || !banner().is_empty()).await;
    assert_eq!(banners_level(), "3");
    drop(page);
    let _page = open(&overview(broken())).await;
    until("the banner", || !banner().is_empty()).await;
    assert_eq!(banners_level(), "");
}
