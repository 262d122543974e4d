//! Elements of a page that have the same customer: what they share, and what ends when another person signs in.

use relink_protocol::{Condition, Overview, RelinkOutcome};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{
    CONTINUE, FINISHED, OUTCOME, RECONNECT, added, broken, changed, finished, go_to_bank, overview, restored,
    started,
};
use crate::page::{
    Element, Page, answer, arrive, begin, button, calls_to_host, change, close_bank_with, give_tokens,
    is_listening, names, names_beside, preflights, press, refuse, requests, screen, screen_beside, serve,
    serve_from_now_on, settled, tokens_asked, tokens_sent, until,
};

const ACCOUNTS: &str = "POST /api/accounts";
const CHANGES: &str = "POST /api/changes";

fn number_of(request: &str) -> usize {
    requests().lines().filter(|name| *name == request).count()
}

async fn two(overview: &Overview, are_same: bool) -> (Page, Page) {
    begin();
    serve(ACCOUNTS, overview);
    let pages = (Page::start(Element::default()), Page::start_beside(are_same));
    until("both lists", || screen() == "browsing" && screen_beside() == "browsing").await;
    until("the page to listen for changes", is_listening).await;
    settled().await;
    pages
}

/// True if both elements show the account as connected.
fn both_are_connected() -> bool {
    let is_connected = |rows: String| rows.contains("Checking Connected");
    is_connected(names("listitem")) && is_connected(names_beside("listitem"))
}

#[wasm_bindgen_test]
async fn no_request_of_a_whole_conversation_needs_a_preflight() {
    let page = finished(&RelinkOutcome::NewAccount(added())).await;
    arrive("new_account", "Pay from account ending in 2231 instead?").await;
    serve("POST /api/sessions/fcsess_1/payment-method/keep", &());
    press("Keep account ending in 6789");
    until("the accounts", || screen() == "browsing").await;
    until("the page to listen", || number_of(CHANGES) > 0).await;
    let all = requests();
    for path in ["/api/accounts", "/api/changes", "/api/sessions", "/outcome", "/keep"] {
        assert!(all.lines().any(|request| request.ends_with(path)), "{path}: {all}");
    }
    assert_eq!(preflights(), "");
    drop(page);
}

#[wasm_bindgen_test]
async fn elements_of_a_customer_share_a_token_the_accounts_and_a_stream() {
    let _pages = two(&overview(broken()), true).await;
    assert_eq!((tokens_asked(), number_of(ACCOUNTS), number_of(CHANGES)), (1, 1, 1), "{}", requests());
}

#[wasm_bindgen_test]
async fn elements_with_other_sources_of_tokens_share_nothing() {
    let _pages = two(&overview(broken()), false).await;
    until("two streams", || number_of(CHANGES) == 2).await;
    assert_eq!((tokens_asked(), number_of(ACCOUNTS)), (2, 2), "{}", requests());
}

#[wasm_bindgen_test]
async fn a_change_reaches_every_element_with_one_request() {
    let _pages = two(&overview(broken()), true).await;
    change(&changed(overview(Condition::Healthy))).await;
    until("the change in both", both_are_connected).await;
    assert_eq!(number_of(ACCOUNTS), 2, "{}", requests());
    until("the next stream", || number_of(CHANGES) == 2).await;
    settled().await;
    assert_eq!(number_of(CHANGES), 2, "{}", requests());
}

#[wasm_bindgen_test]
async fn when_one_of_them_is_gone_the_other_still_hears_of_changes() {
    for first_goes in [true, false] {
        let (first, second) = two(&overview(broken()), true).await;
        let (gone, stays) = if first_goes { (first, second) } else { (second, first) };
        drop(gone);
        change(&changed(overview(Condition::Healthy))).await;
        let rows = || if first_goes { names_beside("listitem") } else { names("listitem") };
        until("the change", || rows().contains("Checking Connected")).await;
        drop(stays);
        until("the end of the stream", || !is_listening()).await;
    }
}

#[wasm_bindgen_test]
async fn what_was_repaired_in_one_element_is_shown_by_the_other() {
    let _pages = two(&overview(broken()), true).await;
    press(RECONNECT);
    arrive("explaining", "Reconnect your Alder Bank account").await;
    go_to_bank().await;
    serve(OUTCOME, &RelinkOutcome::Relinked(restored()));
    close_bank_with(FINISHED);
    until("the outcome", || screen() == "relinked").await;
    assert!(is_listening(), "the other element still listens");
    // No event: the element itself has newer accounts than the other one.
    serve_from_now_on(ACCOUNTS, &changed(overview(Condition::Healthy)));
    let done = names("button").lines().next().unwrap().to_owned();
    press(&done);
    until("the repaired account in both", both_are_connected).await;
}

#[wasm_bindgen_test]
async fn a_token_that_was_renewed_for_one_element_serves_the_other() {
    let _pages = two(&overview(broken()), true).await;
    give_tokens("token-2");
    refuse("POST /api/sessions", 401, "signed_out");
    press(RECONNECT);
    arrive("explaining", "Reconnect your Alder Bank account").await;
    press(CONTINUE);
    until("the failure", || screen() == "internal").await;
    change(&changed(overview(Condition::Healthy))).await;
    until("the change", || names_beside("listitem").contains("Checking Connected")).await;
    let sent = tokens_sent();
    assert!(sent.ends_with("token-2"), "{sent}");
    assert_eq!(tokens_asked(), 2);
}

/// Returns a token that names this customer; nobody checks its signature here.
fn token_of(payload: &str) -> String {
    format!("e30.{payload}.c2ln")
}

/// `{"sub":"cus_1"}` and `{"sub":"cus_2"}`.
const CUSTOMERS: [&str; 2] = ["eyJzdWIiOiJjdXNfMSJ9", "eyJzdWIiOiJjdXNfMiJ9"];

#[wasm_bindgen_test]
async fn when_another_person_has_signed_in_everything_of_the_first_one_ends() {
    let [first, second] = CUSTOMERS.map(token_of);
    begin();
    give_tokens(&format!("{first},{second}"));
    serve(ACCOUNTS, &overview(broken()));
    let _pages = (Page::start(Element::default()), Page::start_beside(true));
    until("both lists", || screen() == "browsing" && screen_beside() == "browsing").await;
    press(RECONNECT);
    arrive("explaining", "Reconnect your Alder Bank account").await;
    refuse("POST /api/sessions", 401, "signed_out");
    press(CONTINUE);
    until("the end of both", || calls_to_host() == "restart restart").await;
    settled().await;
    assert!(!tokens_sent().contains(&second), "no action of the first person is done for the second one");
    assert_eq!(number_of("POST /api/sessions"), 1);
}

#[wasm_bindgen_test]
async fn a_renewed_token_of_the_same_person_ends_nothing() {
    let first = token_of(CUSTOMERS[0]);
    let renewed = first.replace("c2ln", "bmV3");
    let page = explained_with(&format!("{first},{renewed}")).await;
    answer("POST /api/sessions", 401, r#"{"code":"signed_out","title":""}"#);
    go_to_bank_with_button().await;
    assert_eq!(calls_to_host(), "");
    assert!(tokens_sent().contains(&renewed));
    drop(page);
}

async fn explained_with(tokens: &str) -> Page {
    begin();
    give_tokens(tokens);
    serve(ACCOUNTS, &overview(broken()));
    let page = Page::start(Element::default());
    until("the list", || screen() == "browsing").await;
    button(RECONNECT).click();
    arrive("explaining", "Reconnect your Alder Bank account").await;
    page
}

async fn go_to_bank_with_button() {
    serve("POST /api/sessions", &started());
    press(CONTINUE);
    arrive("at_bank", "Finish in the bank window").await;
}
