//! Languages: each conversation has its own, and names stay in order in right-to-left text.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{broken, overview};
use crate::page::{Element, Page, begin, html, names, screen, serve, speak, until};

#[wasm_bindgen_test]
async fn an_arabic_page_isolates_names_and_numbers() {
    begin();
    speak(include_str!(concat!(env!("OUT_DIR"), "/ar.txt")), "ar-EG");
    serve("POST /api/accounts", &overview(broken()));
    let _page = Page::start(Element::default());
    until("the accounts", || screen() == "browsing").await;
    assert!(html().contains("\u{2068}Alder Bank") && html().contains("<bdi"), "{}", html());
    assert!(!names("heading").is_ascii(), "{}", names("heading"));
}
