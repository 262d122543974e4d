//! A page with the element, as a customer sees it: elements are found by role and name.

use std::fmt::Debug;

use gloo_timers::future::TimeoutFuture;
use js_sys::JSON;
use relink::{ElementHost, Mounted, mount};
use relink_protocol::Overview;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

#[wasm_bindgen(module = "/tests/web/fake.js")]
extern "C" {
    fn reset();
    pub(crate) fn answer(request: &str, status: u16, body: &str);
    #[wasm_bindgen(js_name = answerFromNowOn)]
    fn answer_from_now_on(request: &str, status: u16, body: &str);
    #[wasm_bindgen(js_name = isListening)]
    pub(crate) fn is_listening() -> bool;
    #[wasm_bindgen(js_name = sendChange)]
    fn send_change();
    pub(crate) fn requests() -> String;
    pub(crate) fn bodies(request: &str) -> String;
    pub(crate) fn preflights() -> String;
    #[wasm_bindgen(js_name = tokensSent)]
    pub(crate) fn tokens_sent() -> String;
    #[wasm_bindgen(js_name = tokensAsked)]
    pub(crate) fn tokens_asked() -> u32;
    #[wasm_bindgen(js_name = hostBeside)]
    fn host_beside(is_same: bool) -> ElementHost;
    #[wasm_bindgen(js_name = screenBeside)]
    pub(crate) fn screen_beside() -> String;
    #[wasm_bindgen(js_name = namesBeside)]
    pub(crate) fn names_beside(role: &str) -> String;
    #[wasm_bindgen(js_name = stripeJs)]
    pub(crate) fn stripe_js() -> String;
    #[wasm_bindgen(js_name = blockedScript)]
    pub(crate) fn blocked_script() -> String;
    #[wasm_bindgen(js_name = closeBank)]
    fn close_bank(result: &str);
    pub(crate) fn speak(words: &str, locale: &str);
    #[wasm_bindgen(js_name = giveTokens)]
    pub(crate) fn give_tokens(list: &str);
    fn host(account: &str, link: &str, has_banner: bool, own_page: &str) -> ElementHost;
    #[wasm_bindgen(js_name = eventsTold)]
    pub(crate) fn events_told() -> String;
    #[wasm_bindgen(js_name = callsToHost)]
    pub(crate) fn calls_to_host() -> String;
    pub(crate) fn names(role: &str) -> String;
    pub(crate) fn find(role: &str, wanted: &str) -> Option<HtmlElement>;
    #[wasm_bindgen(js_name = startingWith)]
    pub(crate) fn starting_with(role: &str, begin: &str) -> Option<HtmlElement>;
    pub(crate) fn banner() -> String;
    #[wasm_bindgen(js_name = findInBanner)]
    pub(crate) fn find_in_banner(role: &str, wanted: &str) -> Option<HtmlElement>;
    pub(crate) fn said() -> String;
    #[wasm_bindgen(js_name = saidByBanner)]
    pub(crate) fn said_by_banner() -> String;
    #[wasm_bindgen(js_name = regionHasFocus)]
    pub(crate) fn region_has_focus() -> bool;
    #[wasm_bindgen(js_name = setHeadingLevel)]
    pub(crate) fn set_heading_level(level: &str);
    #[wasm_bindgen(js_name = bannersLevel)]
    pub(crate) fn banners_level() -> String;
    pub(crate) fn misnamed() -> String;
    pub(crate) fn screen() -> String;
    pub(crate) fn everything() -> String;
    #[wasm_bindgen(js_name = isBusy)]
    pub(crate) fn is_busy() -> bool;
    pub(crate) fn html() -> String;
    pub(crate) fn focused() -> String;
    #[wasm_bindgen(js_name = doubleClick)]
    pub(crate) fn double_click(element: &HtmlElement);
    #[wasm_bindgen(js_name = setOnline)]
    pub(crate) fn set_online(is: bool);
    pub(crate) fn hurry();
}

#[wasm_bindgen(module = "/element/customer.js")]
extern "C" {
    /// The loader's own module, which `fake.js` imports.
    type Customer;
}

/// Number of turns of the event loop after which a condition counts as never met. Timers take 4 ms each.
const TURNS: u32 = 1_000;

/// The element's attributes, and what the loader knows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Element {
    pub(crate) account: &'static str,
    pub(crate) link: &'static str,
    pub(crate) has_banner: bool,
    pub(crate) own_page: &'static str,
}

/// A conversation, which ends with this value.
#[derive(Debug)]
pub(crate) struct Page(#[expect(dead_code, reason = "held, so that the conversation goes on")] Mounted);

/// Begins a test: nothing is answered yet, and the page speaks English.
pub(crate) fn begin() {
    reset();
    set_online(true);
    speak(include_str!(concat!(env!("OUT_DIR"), "/en.txt")), "en-US");
}

impl Page {
    /// Opens the page of a customer with these accounts, and waits for them.
    pub(crate) async fn open(overview: &Overview) -> Self {
        begin();
        Self::open_element(overview, Element::default()).await
    }

    pub(crate) async fn open_element(overview: &Overview, element: Element) -> Self {
        serve("POST /api/accounts", overview);
        let page = Self::start(element);
        until("the accounts", || !["", "opening"].contains(&screen().as_str())).await;
        page
    }

    /// Starts a second element in the page, of the same customer or of one with another source of tokens.
    pub(crate) fn start_beside(is_same: bool) -> Self {
        Self(mount(host_beside(is_same)))
    }

    /// Starts without waiting for anything.
    pub(crate) fn start(element: Element) -> Self {
        let Element { account, link, has_banner, own_page } = element;
        Self(mount(host(account, link, has_banner, own_page)))
    }
}

/// Answers a request with this value, as the server serializes it.
pub(crate) fn serve(request: &str, body: &impl Serialize) {
    answer(request, 200, &json(body));
}

/// Like [`serve`], in place of all earlier answers.
pub(crate) fn serve_from_now_on(request: &str, body: &impl Serialize) {
    answer_from_now_on(request, 200, &json(body));
}

/// Answers a request with an error.
pub(crate) fn refuse(request: &str, status: u16, code: &str) {
    answer_from_now_on(request, status, &format!(r#"{{"code":"{code}","title":"","request_id":"req-1"}}"#));
}

/// Answers a request with a body that is not the server's.
pub(crate) fn answer_with(request: &str, body: &str) {
    answer_from_now_on(request, 200, body);
}

/// Lets a request fail without an answer.
pub(crate) fn disconnect(request: &str) {
    answer_from_now_on(request, 0, "");
}

/// Changes the customer's accounts from elsewhere, once the page listens.
pub(crate) async fn change(overview: &Overview) {
    until("the page to listen for changes", is_listening).await;
    serve_from_now_on("POST /api/accounts", overview);
    send_change();
}

/// Presses a button.
pub(crate) fn press(name: &str) {
    button(name).click();
}

pub(crate) fn button(name: &str) -> HtmlElement {
    find("button", name).unwrap_or_else(|| panic!("no button {name:?} but {:?}", names("button")))
}

/// Closes the bank window; Stripe.js reports `result`.
pub(crate) fn close_bank_with(result: &str) {
    close_bank(result);
}

/// Waits for a screen with this name and heading.
pub(crate) async fn arrive(name: &str, heading: &str) {
    until(&format!("{name}: {heading:?}"), || screen() == name).await;
    assert_eq!(names("heading"), heading, "{}", everything());
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..TURNS {
        if condition() {
            return;
        }
        TimeoutFuture::new(0).await;
    }
    panic!("no {what} on the screen {:?}: {}\n{}", screen(), everything(), requests());
}

/// Waits until everything that has been started is drawn.
pub(crate) async fn settled() {
    for _ in 0..3 {
        TimeoutFuture::new(0).await;
    }
}

/// Asserts that the page says this, in a paragraph of its own.
pub(crate) fn assert_paragraph(text: &str) {
    assert!(has_paragraph(text), "no paragraph {text:?} but {:?}", names("paragraph"));
}

pub(crate) fn has_paragraph(text: &str) -> bool {
    find("paragraph", text).is_some()
}

/// Asserts the names of the buttons, in order.
pub(crate) fn assert_buttons(expected: &[&str]) {
    assert_eq!(names("button").lines().collect::<Vec<_>>(), expected);
}

fn json(body: &(impl Serialize + ?Sized)) -> String {
    let value = body.serialize(&Serializer::json_compatible()).unwrap();
    JSON::stringify(&value).unwrap().into()
}

/// Returns the value as part of an assertion's message.
pub(crate) fn shown(value: &impl Debug) -> String {
    format!("{value:?}: {}", everything())
}
