//! The server's own page with Stripe keys, as a merchant runs it, without a demo customer.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, Rule, Settings, Shop, Visit, until};
use serde_json::{Value, json};

const SIGN_IN: &str = "/account/bank-sign-in";
/// Settings of a server without a URL for tokens.
const WITHOUT_TOKENS: Settings = &[Shop::KEYS[0], Shop::KEYS[1], ("RELINK_ORIGINS", "https://shop.example")];

/// Waits until the browser's address begins and ends like this.
async fn is_at(visit: &Visit, begin: &str, end: &str) -> Result<()> {
    until(async || {
        let address = visit.page.run("return location.href;").await?;
        let is_there = address.as_str().is_some_and(|url| url.starts_with(begin) && url.ends_with(end));
        ensure!(is_there, "the browser is at {address}, not at {begin}…{end}");
        Ok(())
    })
    .await
}

/// Waits until the server's own page is open again, with nothing from the shop in its address.
async fn is_back(visit: &Visit, path: &str) -> Result<()> {
    let address = format!("{}{path}", visit.stand.url());
    is_at(visit, &address, &address).await
}

/// Waits until the browser is at the shop, to which the page has sent it for a token.
async fn is_at_shop(visit: &Visit, shop: &Shop, path: &str) -> Result<()> {
    let shop = shop.url().replace("127.0.0.1", "localhost");
    is_at(visit, &format!("{shop}{path}?state="), "").await
}

#[tokio::test]
async fn the_own_page_signs_the_customer_in_through_the_shop_and_repairs_an_account() -> Result<()> {
    let (visit, _shop) = Shop::prepare_with_keys(Some(SIGN_IN)).await?;
    visit.listen();
    visit.goes_to(visit.stand.url()).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    is_back(&visit, "/").await?;
    let kept = visit.page.run("return sessionStorage.length + localStorage.length + document.cookie.length;");
    assert_eq!(kept.await?, json!(0), "the token is in memory only");
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    visit.sees_success().await?;
    assert_eq!(visit.complaints().await?, [""; 0]);
    visit.end().await
}

#[tokio::test]
async fn what_the_address_asks_for_is_still_asked_for_after_the_sign_in() -> Result<()> {
    let (visit, _shop) = Shop::prepare_with_keys(Some(SIGN_IN)).await?;
    let path = format!("/?account={ALDER}&locale=es");
    visit.goes_to(&format!("{}{path}", visit.stand.url())).await?;
    let screen = visit.page.waits_for("explaining").await?;
    ensure!(screen.text.contains("Alder Bank"), "{screen:?}");
    is_back(&visit, &path).await?;
    ensure!(visit.page.run("return root.querySelector('[lang]').lang;").await? == "es", "not in Spanish");
    visit.end().await
}

#[tokio::test]
async fn a_token_that_the_page_has_not_asked_for_signs_nobody_in() -> Result<()> {
    // A page of the shop that does not lead back.
    let shop_page = "/signed-out";
    let (visit, shop) = Shop::prepare_with_keys(Some(shop_page)).await?;
    let forged = format!("{}/#state=guessed&token=somebody-elses", visit.stand.url());
    visit.goes_to(&forged).await?;
    is_at_shop(&visit, &shop, shop_page).await?;
    // Now the page expects a token, but not this one.
    visit.goes_to(&forged).await?;
    visit.page.shows("signed_out", "Please sign in again").await?;
    is_back(&visit, "/").await?;
    assert_eq!(visit.stand.gate.asked("/api/accounts").len(), 0);
    visit.page.press("Sign in").await?;
    is_at_shop(&visit, &shop, shop_page).await?;
    visit.end().await
}

#[tokio::test]
async fn without_a_token_address_the_own_page_leads_to_the_shop() -> Result<()> {
    let visit = Visit::prepare_with(WITHOUT_TOKENS, Value::Null).await?;
    visit.listen();
    visit.goes_to(&format!("{}/?locale=fr", visit.stand.url())).await?;
    let seen = visit.page.run("return document.body.innerText;").await?;
    ensure!(seen.as_str().is_some_and(|seen| seen.contains("Continuez chez Northwind")), "{seen}");
    let link = visit.page.run("return document.querySelector('a').href;").await?;
    assert_eq!(link, "https://shop.example/");
    assert_eq!(visit.complaints().await?, [""; 0]);
    visit.end().await
}

/// Selects the cards for a failed load in all elements of a page.
const CARDS: &str = "const cards = [...document.querySelectorAll('bank-relink')]
    .flatMap((element) => [...element.shadowRoot.querySelectorAll('[data-screen=not_started]')]);";

/// Opens a page of the shop on which both elements fail to load; returns the links to the server's own page.
async fn ways_out(visit: &Visit, shop: &Shop) -> Result<Vec<String>> {
    visit.stand.gate.set(".wasm", Rule::Missing);
    visit.goes_to(shop.url()).await?;
    let asked = "const names = performance.getEntriesByType('resource').map(({ name }) => name);
        return names.some((name) => name.includes('/own-page.js')) ? cards.length : 0;";
    until(async || {
        let failed = visit.page.run(&[CARDS, asked].concat()).await?;
        ensure!(failed == 2, "{failed} elements have failed and asked about the own page");
        Ok(())
    })
    .await?;
    visit.page.settles().await?;
    let links = "return cards.flatMap((card) => [...card.querySelectorAll('a')].map((link) => link.href));";
    Ok(serde_json::from_value(visit.page.run(&[CARDS, links].concat()).await?)?)
}

#[tokio::test]
async fn a_failure_offers_the_own_page_only_where_it_can_sign_in() -> Result<()> {
    let (visit, shop) = Shop::prepare_with_keys(Some(SIGN_IN)).await?;
    let own_page = format!("{}/", visit.stand.url());
    assert_eq!(ways_out(&visit, &shop).await?, [own_page.as_str(), &own_page]);
    visit.end().await?;
    let (visit, shop) = Shop::prepare_with_keys(None).await?;
    assert_eq!(ways_out(&visit, &shop).await?, [""; 0]);
    visit.end().await
}
