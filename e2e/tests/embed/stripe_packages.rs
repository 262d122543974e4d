//! Stripe's own packages for pages, unmodified, in an application of React: the sandbox is the `js.stripe.com` and the
//! `api.stripe.com` of its browser. The application is `crates/sandbox/clients/node/application`.

use anyhow::{Context as _, Result, ensure};
use relink_e2e::{BrowserSession, StripeApplication};
use serde_json::json;

use crate::becomes;

/// Opens the application with this query, which may be empty.
async fn open(query: &str) -> Result<(BrowserSession, StripeApplication)> {
    let (session, application) = StripeApplication::prepare().await?;
    session.go_to(&format!("{}/{query}", StripeApplication::ORIGIN)).await?;
    Ok((session, application))
}

/// Clicks on the element with this id.
async fn press(session: &BrowserSession, id: &str) -> Result<()> {
    session.page.run(&format!("document.getElementById('{id}').click();")).await.map(drop)
}

async fn shows(session: &BrowserSession, id: &str, text: &str) -> Result<()> {
    becomes(session, &format!("document.getElementById('{id}')?.textContent"), &json!(text)).await
}

/// Waits until the Payment Element is ready.
async fn is_ready(session: &BrowserSession) -> Result<()> {
    shows(session, "events", "loaderstart,ready").await
}

/// Shares the account in the open bank window that ends in these digits.
async fn share(session: &BrowserSession, last4: &str) -> Result<()> {
    let bank = session.bank_of_another_page().await?;
    bank.sign_in_at("Alder Bank").await?;
    bank.share(&[last4]).await?;
    bank.close_with("Done").await
}

/// Returns what the browser has said since the page was opened, except for React's advice to install its tools.
async fn complaints(session: &BrowserSession) -> Result<Vec<String>> {
    let said = session.browser()?.console().await?.into_iter().map(|entry| entry.message);
    Ok(said.filter(|one| !one.contains("React DevTools")).collect())
}

async fn no_complaints(session: &BrowserSession) -> Result<()> {
    let said = complaints(session).await?;
    ensure!(said.is_empty(), "{said:?}");
    Ok(())
}

/// Last four digits of the first two accounts of a new customer at Alder Bank.
async fn offered(session: &BrowserSession) -> Result<[String; 2]> {
    let bank = session.bank_of_another_page().await?;
    bank.sign_in_at("Alder Bank").await?;
    let found = bank.offers().await?;
    bank.close().await?;
    <[String; 2]>::try_from(found).ok().context("a new customer has two accounts at each bank")
}

#[tokio::test]
async fn the_hooks_of_react_link_accounts_and_set_a_bank_account_up() -> Result<()> {
    let (session, _application) = open("").await?;
    is_ready(&session).await?;
    press(&session, "collect").await?;
    let [first, second] = offered(&session).await?;
    shows(&session, "collect-result", "requires_payment_method none").await?;
    press(&session, "accounts").await?;
    share(&session, &second).await?;
    shows(&session, "accounts-result", &second).await?;
    press(&session, "collect").await?;
    share(&session, &first).await?;
    shows(&session, "collect-result", &format!("requires_confirmation {first}")).await?;
    press(&session, "confirm").await?;
    shows(&session, "confirm-result", "succeeded").await?;
    press(&session, "type").await?;
    shows(&session, "type-result", "requires_action").await?;
    press(&session, "verify").await?;
    shows(&session, "verify-result", "succeeded").await?;
    no_complaints(&session).await?;
    press(&session, "card").await?;
    let refusal = "IntegrationError: The sandbox does not play stripe.confirmCardSetup(): only bank accounts exist here.";
    shows(&session, "card-result", refusal).await?;
    session.finish().await
}

#[tokio::test]
async fn the_payment_element_of_react_sets_a_bank_account_up_while_the_page_is_drawn_anew() -> Result<()> {
    let (session, _application) = open("").await?;
    is_ready(&session).await?;
    let buttons = "document.querySelectorAll('#payment button').length";
    becomes(&session, buttons, &json!(1)).await?;
    press(&session, "toggle").await?;
    becomes(&session, buttons, &json!(0)).await?;
    press(&session, "toggle").await?;
    shows(&session, "events", "loaderstart,ready,loaderstart,ready").await?;
    press(&session, "again").await?;
    shows(&session, "count", "1").await?;
    press(&session, "find").await?;
    shows(&session, "find-result", "true").await?;
    press(&session, "setup").await?;
    shows(&session, "setup-result", "validation_error: Connect a bank account first.").await?;
    session.page.run("document.querySelector('#payment button').click();").await?;
    let [first, _] = offered(&session).await?;
    session.page.run("document.querySelector('#payment button').click();").await?;
    share(&session, &first).await?;
    shows(&session, "events", "loaderstart,ready,loaderstart,ready,us_bank_account true").await?;
    press(&session, "setup").await?;
    shows(&session, "setup-result", "succeeded").await?;
    no_complaints(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn the_payment_element_of_react_takes_a_bank_account_before_there_is_an_intent() -> Result<()> {
    let (session, _application) = open("?deferred").await?;
    is_ready(&session).await?;
    press(&session, "setup").await?;
    shows(&session, "setup-result", "validation_error: Connect a bank account first.").await?;
    session.page.run("document.querySelector('#payment button').click();").await?;
    let [first, _] = offered(&session).await?;
    session.page.run("document.querySelector('#payment button').click();").await?;
    share(&session, &first).await?;
    shows(&session, "events", "loaderstart,ready,us_bank_account true").await?;
    press(&session, "setup").await?;
    shows(&session, "setup-result", "succeeded").await?;
    no_complaints(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn the_loader_warns_of_another_release_of_stripe_js_and_goes_on() -> Result<()> {
    let (session, _application) = open("?release=clover").await?;
    is_ready(&session).await?;
    let said = complaints(&session).await?;
    let words =
        "Stripe.js@clover was loaded on the page, but @stripe/stripe-js@10.2.1 expected Stripe.js@endive.";
    ensure!(said.len() == 1 && said.iter().all(|one| one.contains(words)), "{said:?}");
    session.finish().await
}
