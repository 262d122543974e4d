//! The server's own page with Stripe keys, as a merchant runs it, without a demo customer.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, Rule, Settings, Shop, until};
use serde_json::{Value, json};

const SIGN_IN: &str = "/account/bank-sign-in";
/// Settings of a server without a URL for tokens.
const WITHOUT_TOKENS: Settings =
    &[Shop::STRIPE_KEYS[0], Shop::STRIPE_KEYS[1], ("RELINK_ORIGINS", "https://shop.example")];

/// Waits until the browser's address begins and ends like this.
async fn is_at(session: &BrowserSession, begin: &str, end: &str) -> Result<()> {
    until(async || {
        let address = session.page.run("return location.href;").await?;
        let is_there = address.as_str().is_some_and(|url| url.starts_with(begin) && url.ends_with(end));
        ensure!(is_there, "the browser is at {address}, not at {begin}…{end}");
        Ok(())
    })
    .await
}

/// Waits until the server's own page is open again, with nothing from the shop in its address.
async fn is_back(session: &BrowserSession, path: &str) -> Result<()> {
    let address = format!("{}{path}", session.environment.url());
    is_at(session, &address, &address).await
}

/// Waits until the browser is at the shop, to which the page has sent it for a token.
async fn is_at_shop(session: &BrowserSession, shop: &Shop, path: &str) -> Result<()> {
    let shop = shop.url().replace("127.0.0.1", "localhost");
    is_at(session, &format!("{shop}{path}?state="), "").await
}

#[tokio::test]
async fn the_own_page_signs_the_customer_in_through_the_shop_and_repairs_an_account() -> Result<()> {
    let (session, _shop) = Shop::prepare_with_keys(Some(SIGN_IN)).await?;
    session.record_complaints();
    session.go_to(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    is_back(&session, "/").await?;
    let stored =
        session.page.run("return sessionStorage.length + localStorage.length + document.cookie.length;");
    assert_eq!(stored.await?, json!(0), "the token is in memory only");
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    session.assert_success().await?;
    assert_eq!(session.complaints().await?, [""; 0]);
    session.finish().await
}

#[tokio::test]
async fn what_the_address_asks_for_is_still_asked_for_after_the_sign_in() -> Result<()> {
    let (session, _shop) = Shop::prepare_with_keys(Some(SIGN_IN)).await?;
    let path = format!("/?account={ALDER}&locale=es");
    session.go_to(&format!("{}{path}", session.environment.url())).await?;
    let screen = session.page.wait_for_screen("explaining").await?;
    ensure!(screen.text.contains("Alder Bank"), "{screen:?}");
    is_back(&session, &path).await?;
    ensure!(session.page.run("return root.querySelector('[lang]').lang;").await? == "es", "not in Spanish");
    session.finish().await
}

#[tokio::test]
async fn a_token_that_the_page_has_not_asked_for_signs_nobody_in() -> Result<()> {
    // A page of the shop that does not lead back.
    let shop_page = "/signed-out";
    let (session, shop) = Shop::prepare_with_keys(Some(shop_page)).await?;
    let forged = format!("{}/#state=guessed&token=somebody-elses", session.environment.url());
    session.go_to(&forged).await?;
    is_at_shop(&session, &shop, shop_page).await?;
    // Now the page expects a token, but not this one.
    session.go_to(&forged).await?;
    session.page.assert_screen("signed_out", "Please sign in again").await?;
    is_back(&session, "/").await?;
    assert_eq!(session.environment.proxy.requests("/api/accounts").len(), 0);
    session.page.press("Sign in").await?;
    is_at_shop(&session, &shop, shop_page).await?;
    session.finish().await
}

#[tokio::test]
async fn without_a_token_address_the_own_page_leads_to_the_shop() -> Result<()> {
    let session = BrowserSession::prepare_with(WITHOUT_TOKENS, Value::Null).await?;
    session.record_complaints();
    session.go_to(&format!("{}/?locale=fr", session.environment.url())).await?;
    let seen = session.page.run("return document.body.innerText;").await?;
    ensure!(seen.as_str().is_some_and(|seen| seen.contains("Continuez chez Northwind")), "{seen}");
    let link = session.page.run("return document.querySelector('a').href;").await?;
    assert_eq!(link, "https://shop.example/");
    assert_eq!(session.complaints().await?, [""; 0]);
    session.finish().await
}

/// Selects the cards for a failed load in all elements of a page.
const CARDS: &str = "const cards = [...document.querySelectorAll('bank-relink')]
    .flatMap((element) => [...element.shadowRoot.querySelectorAll('[data-screen=not_started]')]);";

/// Opens a page of the shop on which both elements fail to load; returns the links to the server's own page.
async fn ways_out(session: &BrowserSession, shop: &Shop) -> Result<Vec<String>> {
    session.environment.proxy.set_rule(".wasm", Rule::NotFound);
    session.go_to(shop.url()).await?;
    let asked = "const names = performance.getEntriesByType('resource').map(({ name }) => name);
        return names.some((name) => name.includes('/own-page.js')) ? cards.length : 0;";
    until(async || {
        let failed = session.page.run(&[CARDS, asked].concat()).await?;
        ensure!(failed == 2, "{failed} elements have failed and asked about the own page");
        Ok(())
    })
    .await?;
    session.page.wait_for_rendering().await?;
    let links = "return cards.flatMap((card) => [...card.querySelectorAll('a')].map((link) => link.href));";
    Ok(serde_json::from_value(session.page.run(&[CARDS, links].concat()).await?)?)
}

#[tokio::test]
async fn a_failure_offers_the_own_page_only_where_it_can_sign_in() -> Result<()> {
    let (session, shop) = Shop::prepare_with_keys(Some(SIGN_IN)).await?;
    let own_page = format!("{}/", session.environment.url());
    assert_eq!(ways_out(&session, &shop).await?, [own_page.as_str(), &own_page]);
    session.finish().await?;
    let (session, shop) = Shop::prepare_with_keys(None).await?;
    assert_eq!(ways_out(&session, &shop).await?, [""; 0]);
    session.finish().await
}
