//! The explanation before any window opens, and why an account can't be repaired.

use std::collections::BTreeSet;

use relink_protocol::stripe::{Cause, Permission};
use relink_protocol::{Overview, PermissionChange};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{CONTINUE, account, broken, explained, overview, unrepairable, with_accounts};
use crate::page::{
    Element, Page, arrive, assert_buttons, begin, calls_to_host, everything, focused, names, press, requests,
    screen, until,
};

const REPLACE: &str = "Add a different bank Alder Bank account ending in 6789";

#[wasm_bindgen_test]
async fn what_will_be_shared_is_said_and_nothing_is_made_yet() {
    let _page = explained(&overview(broken())).await;
    until("the heading's focus", || focused() == "heading Reconnect your Alder Bank account").await;
    assert_eq!(names("listitem").lines().count(), 1);
    assert_buttons(&[CONTINUE, "Not now"]);
    assert!(!requests().contains("POST /api/sessions"), "{}", requests());
}

#[wasm_bindgen_test]
async fn a_relink_that_changes_what_is_shared_says_what_is_new_what_stays_and_what_goes() {
    use Permission::{Balances, Ownership, PaymentMethod, Transactions};
    let mut overview = overview(broken());
    overview.accounts[0].permissions =
        PermissionChange::between(&[PaymentMethod, Transactions], &[PaymentMethod, Balances, Ownership]);
    let _page = explained(&overview).await;
    assert_eq!(names("listitem").lines().count(), 4);
    let intros = names("paragraph").lines().filter(|text| text.contains("Northwind")).count();
    assert!(intros >= 3, "{}", names("paragraph"));
}

#[wasm_bindgen_test]
async fn what_else_a_relink_repairs_is_said_before_it() {
    let mut overview =
        with_accounts(vec![account("fca_1", "6789", broken()), account("fca_2", "1204", broken())]);
    overview.accounts[0].also_repairs = ["fca_2", "fca_hidden"].map(|id| id.parse().unwrap()).to_vec();
    let _page = explained(&overview).await;
    assert!(names("listitem").ends_with("Alder Bank account ending in 1204"), "{}", names("listitem"));
}

#[wasm_bindgen_test]
async fn leaving_goes_back_to_the_accounts_and_tells_the_element() {
    let _page = explained(&overview(broken())).await;
    press("Not now");
    arrive("browsing", "Your bank accounts").await;
    assert_eq!(calls_to_host(), "left");
    assert_eq!(requests().matches("POST /api/accounts").count(), 1, "they are known");
}

async fn reasons(overview: &Overview) -> Page {
    begin();
    let page = Page::open_element(overview, Element { account: "fca_1", ..Element::default() }).await;
    until("the reason", || screen() == "unrepairable").await;
    page
}

#[wasm_bindgen_test]
async fn each_cause_that_no_relink_repairs_has_its_text() {
    let causes = [
        "access_denied",
        "access_expired",
        "account_closed",
        "account_unavailable",
        "institution_requirement",
        "unspecified",
        "newer_than_us",
    ];
    let mut texts = BTreeSet::new();
    for cause in causes {
        let _page = reasons(&overview(unrepairable(Cause::from(cause.to_owned())))).await;
        assert!(texts.insert(names("paragraph")), "{cause}: {}", names("paragraph"));
        assert_buttons(&["Add a different bank", "See your accounts"]);
    }
}

#[wasm_bindgen_test]
async fn where_no_other_account_is_allowed_none_is_offered() {
    let by_link = Overview { allows_another: false, ..overview(unrepairable(Cause::AccountClosed)) };
    let _page = reasons(&by_link).await;
    assert_buttons(&["See your accounts"]);
    assert!(names("paragraph").contains("Northwind"), "{}", names("paragraph"));
}

#[wasm_bindgen_test]
async fn another_bank_is_explained_without_naming_the_old_one() {
    let closed = overview(unrepairable(Cause::AccountClosed));
    let page = reasons(&closed).await;
    press("Add a different bank");
    until("the explanation", || screen() == "explaining").await;
    drop(page);
    let _page = Page::open(&closed).await;
    press(REPLACE);
    until("the explanation, straight from the list", || screen() == "explaining").await;
    assert!(!everything().contains("Alder"), "{}", everything());
    assert_eq!(names("listitem").lines().count(), 1);
}
