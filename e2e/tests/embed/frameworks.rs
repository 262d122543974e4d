//! The packed package in a page of each framework, from `packages/web/frameworks/`. These are development builds, in
//! which React's `StrictMode` mounts everything twice and frameworks warn of what they object to.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, Shop};
use serde_json::json;

use crate::{becomes, repairs_alder};

/// Opens a page of the shop and waits for the accounts.
async fn open(path: &str) -> Result<(BrowserSession, Shop)> {
    let (session, shop) = Shop::prepare(&Shop::with_frameworks()?).await?;
    // Angular compiles in the browser here, and Turbo adds a style sheet, which the shop's policy forbids.
    session.browser()?.devtools("Page.setBypassCSP", json!({ "enabled": true })).await?;
    session.page.open(&format!("{}{path}", shop.url())).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    Ok((session, shop))
}

/// Presses a button of the shop's own page.
async fn press(session: &BrowserSession, id: &str) -> Result<()> {
    session.page.run(&format!("document.getElementById('{id}').click();")).await.map(drop)
}

async fn shows(session: &BrowserSession, id: &str, text: &str) -> Result<()> {
    becomes(session, &format!("document.getElementById('{id}').textContent"), &json!(text)).await
}

/// Checks that neither the browser nor the framework has complained.
async fn no_complaints(session: &BrowserSession) -> Result<()> {
    let mut said = session.browser()?.console().await?;
    said.retain(|entry| ["WARNING", "SEVERE"].contains(&entry.level.as_str()));
    ensure!(said.is_empty(), "{:?}", said.iter().map(|one| &one.message).collect::<Vec<_>>());
    Ok(())
}

/// Repairs an account while the page draws itself anew, then takes the element away and back.
async fn repairs_while_the_page_is_drawn_anew(path: &str) -> Result<()> {
    let (session, _shop) = open(path).await?;
    let asked = session.environment.proxy.requests("/api/accounts").len();
    press(&session, "again").await?;
    press(&session, "again").await?;
    shows(&session, "count", "2").await?;
    session.go_to_explanation().await?;
    press(&session, "again").await?;
    shows(&session, "count", "3").await?;
    let asked_since = session.environment.proxy.requests("/api/accounts").len() - asked;
    ensure!(asked_since == 0, "the element started anew: {asked_since}");
    repairs_alder(&session).await?;
    shows(&session, "repaired", "2").await?;
    press(&session, "toggle").await?;
    becomes(&session, "document.querySelector('bank-relink')", &json!(null)).await?;
    press(&session, "toggle").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    no_complaints(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn with_react_18_in_strict_mode_an_account_is_repaired_while_the_page_is_drawn_anew() -> Result<()> {
    repairs_while_the_page_is_drawn_anew("/react18").await
}

#[tokio::test]
async fn rendered_on_a_server_and_hydrated_by_react_18_an_account_is_repaired() -> Result<()> {
    repairs_while_the_page_is_drawn_anew("/react18-server").await
}

#[tokio::test]
async fn rendered_by_next_js_and_hydrated_an_account_is_repaired() -> Result<()> {
    repairs_while_the_page_is_drawn_anew("/next").await
}

#[tokio::test]
async fn rendered_by_nuxt_and_hydrated_an_account_is_repaired() -> Result<()> {
    repairs_while_the_page_is_drawn_anew("/nuxt").await
}

#[tokio::test]
async fn in_an_island_of_astro_an_account_is_repaired() -> Result<()> {
    repairs_while_the_page_is_drawn_anew("/astro").await
}

#[tokio::test]
async fn with_vue_3_an_account_is_repaired_while_the_page_is_drawn_anew() -> Result<()> {
    repairs_while_the_page_is_drawn_anew("/vue").await
}

#[tokio::test]
async fn with_svelte_5_an_account_is_repaired_while_the_page_is_drawn_anew() -> Result<()> {
    repairs_while_the_page_is_drawn_anew("/svelte").await
}

#[tokio::test]
async fn with_angular_and_zone_js_an_account_is_repaired_while_the_page_is_drawn_anew() -> Result<()> {
    repairs_while_the_page_is_drawn_anew("/angular").await
}

#[tokio::test]
async fn with_turbo_the_element_works_on_each_page_and_on_the_way_back() -> Result<()> {
    let (session, _shop) = open("/turbo").await?;
    shows(&session, "count", "1").await?;
    press(&session, "other").await?;
    shows(&session, "count", "2").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    // Turbo shows a clone of the page that it has kept.
    session.page.run("history.back();").await?;
    shows(&session, "count", "3").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.go_to_explanation().await?;
    repairs_alder(&session).await?;
    session.page.press("Done").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    no_complaints(&session).await?;
    session.finish().await
}
