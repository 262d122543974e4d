//! Requests that fail: each reason has a screen with a next step.

use std::collections::BTreeSet;

use relink_protocol::{Condition, Overview};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{CONTINUE, RECONNECT, broken, explained, overview, started};
use crate::page::{
    Element, Page, answer, answer_with, arrive, assert_buttons, assert_paragraph, begin, blocked_script,
    disconnect, events_told, everything, find, give_tokens, has_paragraph, names, press, refuse, requests,
    screen, serve, serve_from_now_on, set_online, shown, tokens_asked, tokens_sent, until,
};

const ACCOUNTS: &str = "POST /api/accounts";

#[wasm_bindgen_test]
async fn an_expired_token_is_renewed_without_a_word() {
    let _page = explained(&overview(broken())).await;
    give_tokens("token-2");
    answer("POST /api/sessions", 401, r#"{"code":"signed_out","title":"","request_id":"req-1"}"#);
    serve("POST /api/sessions", &started());
    press(CONTINUE);
    arrive("at_bank", "Finish in the bank window").await;
    assert!(tokens_sent().contains("token-1\ntoken-2\n"), "{}", tokens_sent());
}

#[wasm_bindgen_test]
async fn a_fresh_token_that_is_refused_again_is_a_wrong_set_up_and_no_sign_in_helps() {
    begin();
    give_tokens("token-1,token-2,token-3");
    refuse(ACCOUNTS, 401, "signed_out");
    let _page = Page::start(Element::default());
    arrive("internal", "Something went wrong on our end").await;
    assert_eq!((tokens_sent().as_str(), tokens_asked()), ("token-1\ntoken-2", 2));
    assert!(everything().contains("req-1"), "{}", everything());
    assert_buttons(&["Try again"]);
}

#[wasm_bindgen_test]
async fn a_merchant_who_gives_no_answer_for_a_token_is_tried_again() {
    begin();
    give_tokens("unreachable");
    serve(ACCOUNTS, &overview(broken()));
    let _page = Page::start(Element::default());
    arrive("unreachable", "This service isn't responding").await;
    assert_eq!(requests(), "", "nothing is asked for without a token");
    give_tokens("token-1");
    press("Try again");
    arrive("browsing", "Your bank accounts").await;
}

#[wasm_bindgen_test]
async fn a_customer_who_is_signed_out_is_asked_to_sign_in() {
    begin();
    give_tokens("");
    serve(ACCOUNTS, &overview(broken()));
    let _page = Page::start(Element::default());
    arrive("signed_out", "Please sign in again").await;
    assert_eq!(tokens_asked(), 1);
    assert_buttons(&["Sign in"]);
    give_tokens("token-2");
    press("Sign in");
    arrive("browsing", "Your bank accounts").await;
    assert!(tokens_sent().ends_with("token-2"), "{}", tokens_sent());
}

#[wasm_bindgen_test]
async fn each_problem_of_the_server_has_a_screen_of_its_own() {
    let mut screens = BTreeSet::new();
    let problems = [
        (404, "not_found"),
        (409, "not_repairable"),
        (404, "link_unusable"),
        (502, "stripe_unavailable"),
        (429, "rate_limited"),
        (500, "misconfigured"),
    ];
    for (status, code) in problems {
        let _page = explained(&overview(broken())).await;
        refuse("POST /api/sessions", status, code);
        press(CONTINUE);
        until(code, || !["explaining", "preparing"].contains(&screen().as_str())).await;
        assert_paragraph("Nothing was changed.");
        assert!(!names("heading").is_empty() && !names("button").is_empty(), "{code}: {}", everything());
        assert!(screens.insert(screen()), "{code} looks like another one: {}", screen());
    }
}

#[wasm_bindgen_test]
async fn a_failure_has_the_number_that_support_needs_and_is_told_to_the_page() {
    begin();
    refuse(ACCOUNTS, 500, "internal");
    let _page = Page::start(Element::default());
    until("the failure", || screen() == "internal").await;
    assert!(everything().contains("req-1"), "{}", everything());
    until("the event", || events_told().contains(r#"error {"code":"internal","request_id":"req-1"}"#)).await;
}

#[wasm_bindgen_test]
async fn an_answer_that_is_not_the_servers_is_a_failure() {
    for body in ["{}", "[]", "null", "<html>", r#"{"accounts":[{"id":1}]}"#] {
        begin();
        answer_with(ACCOUNTS, body);
        let _page = Page::start(Element::default());
        until(body, || screen() == "internal").await;
    }
}

#[wasm_bindgen_test]
async fn a_server_that_does_not_answer_can_be_tried_again() {
    begin();
    disconnect(ACCOUNTS);
    let _page = Page::start(Element::default());
    until("the failure", || screen() == "unreachable").await;
    serve_from_now_on(ACCOUNTS, &overview(broken()));
    press("Try again");
    arrive("browsing", "Your bank accounts").await;
}

#[wasm_bindgen_test]
async fn offline_goes_on_by_itself_once_the_browser_is_online() {
    begin();
    disconnect(ACCOUNTS);
    set_online(false);
    let _page = Page::start(Element::default());
    arrive("offline", "You're offline").await;
    serve_from_now_on(ACCOUNTS, &overview(broken()));
    set_online(true);
    arrive("browsing", "Your bank accounts").await;
}

/// Continues while Stripe.js is blocked.
async fn blocked(overview: Overview) -> Page {
    begin();
    let element = Element { own_page: "https://relink.example/", ..Element::default() };
    let page = Page::open_element(&Overview { stripe_js: blocked_script(), ..overview }, element).await;
    press(RECONNECT);
    arrive("explaining", "Reconnect your Alder Bank account").await;
    press(CONTINUE);
    until("the failure", || screen() == "stripe_blocked").await;
    page
}

#[wasm_bindgen_test]
async fn stripe_js_that_is_blocked_names_the_host_and_makes_no_session() {
    let _page = blocked(overview(broken())).await;
    assert!(everything().contains("127.0.0.1:1"), "{}", everything());
    assert!(has_paragraph("Nothing was changed."));
    assert!(!requests().contains("POST /api/sessions"), "{}", requests());
    assert_buttons(&["Try again", "Not now"]);
}

#[wasm_bindgen_test]
async fn the_servers_own_page_is_a_way_out_only_where_it_can_sign_the_customer_in() {
    for own_page in [true, false] {
        let _page = blocked(Overview { own_page, ..overview(broken()) }).await;
        let links = names("link");
        assert_eq!(!links.is_empty(), own_page, "{links}");
    }
}

#[wasm_bindgen_test]
async fn after_a_link_no_token_is_sent() {
    begin();
    let by_link = Overview { allows_another: false, ..overview(Condition::Healthy) };
    let page = Page::open_element(&by_link, Element { link: "req_1", ..Element::default() }).await;
    assert!(find("heading", "Your bank accounts").is_some(), "{}", shown(&page));
    let own = tokens_sent();
    assert_eq!((own.trim(), tokens_asked()), ("", 0));
}
