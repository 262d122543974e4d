//! Everything by TLS at real host names, behind a proxy, with the defaults that merchants have.

use anyhow::{Context, Result, ensure};
use relink_e2e::{ALDER, ALDER_SAVINGS, BrowserSession, PublicSite, until};
use serde_json::{Value, json};

use crate::live_updates::{COPPERFIELD, breaks};
use crate::relink_requests::wait_for_text;

const BANK: &str = "Copperfield Credit Union";

/// Checks that the browser has complained of nothing since the last check, and has sent every request by TLS.
async fn assert_no_complaints(session: &BrowserSession) -> Result<()> {
    let complaints = complaints(session).await?;
    ensure!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    let mut by_tls = 0;
    for event in session.browser()?.network().await? {
        let Some(url) = event["params"]["request"]["url"].as_str() else { continue };
        // The browser starts with a page of its own.
        let is_safe = ["https:", "data:", "chrome:"].iter().any(|scheme| url.starts_with(scheme));
        ensure!(is_safe, "{url} was requested");
        by_tls += usize::from(url.starts_with("https://"));
    }
    ensure!(by_tls > 0, "no request was recorded");
    Ok(())
}

/// Returns what Chromium has reported since the last call: errors, violations of policies, and mixed content.
pub(super) async fn complaints(session: &BrowserSession) -> Result<Vec<String>> {
    Ok(session.browser()?.console().await?.into_iter().map(|entry| entry.message).collect())
}

/// Returns all cookies of the browser.
pub(super) async fn cookies(session: &BrowserSession) -> Result<Vec<Value>> {
    let answer = session.browser()?.devtools("Storage.getCookies", json!({})).await?;
    answer["cookies"].as_array().cloned().context("no cookies")
}

/// Checks that relink-server has set cookies whose names begin like this, and no other, each for its own host alone, by
/// TLS alone, and out of reach of scripts.
async fn assert_cookies(session: &BrowserSession, names: &[&str]) -> Result<()> {
    let cookies = cookies(session).await?;
    ensure!(cookies.iter().all(|cookie| cookie["secure"] == true), "not all are Secure: {cookies:#?}");
    let is_ours = |cookie: &&Value| cookie["domain"] == "relink.shop.example";
    let mut ours: Vec<&Value> = cookies.iter().filter(is_ours).collect();
    ours.sort_by_key(|cookie| cookie["name"].to_string());
    ensure!(ours.len() == names.len(), "not {names:?}: {ours:#?}");
    for (cookie, begin) in ours.iter().zip(names) {
        let is_named = cookie["name"].as_str().is_some_and(|name| name.starts_with(begin));
        let is_kept = cookie["httpOnly"] == true && cookie["sameSite"] == "Lax" && cookie["path"] == "/";
        ensure!(is_named && is_kept, "not {begin}: {cookie:#?}");
    }
    Ok(())
}

/// Checks that the browser goes to the own page by TLS even if it is told otherwise, because of the page's header.
async fn assert_remembers_tls(session: &BrowserSession) -> Result<()> {
    let page = format!("{}/", PublicSite::RELINK);
    session.go_to(&page.replace("https:", "http:")).await?;
    is_at(session, &page).await?;
    let events = session.browser()?.network().await?;
    let is_by_header =
        |event: &Value| event["params"]["redirectResponse"]["headers"]["Non-Authoritative-Reason"] == "HSTS";
    ensure!(events.iter().any(is_by_header), "Strict-Transport-Security has no effect");
    Ok(())
}

/// Waits until the browser is at this address.
pub(super) async fn is_at(session: &BrowserSession, expected: &str) -> Result<()> {
    until(async || {
        let address = session.page.run("return location.href;").await?;
        ensure!(address == expected, "the browser is at {address}, not at {expected}");
        Ok(())
    })
    .await
}

/// Goes from the explanation through the bank window to success.
pub(super) async fn repair_alder(session: &BrowserSession) -> Result<()> {
    let bank = session.press_into_bank("Continue to Alder Bank").await?;
    session.connect(bank).await?;
    session.assert_account_status(&[ALDER, ALDER_SAVINGS], "active").await
}

#[tokio::test]
async fn over_tls_the_own_page_signs_the_customer_in_and_repairs_an_account() -> Result<()> {
    let (session, _site) = PublicSite::prepare().await?;
    session.go_to(PublicSite::RELINK).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    is_at(&session, &format!("{}/", PublicSite::RELINK)).await?;
    session.go_to_explanation().await?;
    repair_alder(&session).await?;
    assert_no_complaints(&session).await?;
    assert_cookies(&session, &[]).await?;
    assert_remembers_tls(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn over_tls_the_element_repairs_an_account_under_the_manuals_policy() -> Result<()> {
    let (session, _site) = PublicSite::prepare().await?;
    session.go_to(PublicSite::SHOP).await?;
    session.page.find(".banner .primary").await?.click().await?;
    let heading = "Reconnect your Alder Bank account";
    session.page.assert_arrival("explaining", heading, "Continue to Alder Bank").await?;
    repair_alder(&session).await?;
    session.page.press("Done").await?;
    assert_no_complaints(&session).await?;
    assert_cookies(&session, &[]).await?;
    // Otherwise nobody knows whether a violation would have been seen.
    session.page.run("fetch('https://elsewhere.example/').catch(() => {});").await?;
    until(async || {
        let complaints = complaints(&session).await?;
        ensure!(complaints.iter().any(|one| one.contains("Content Security Policy")), "{complaints:?}");
        Ok(())
    })
    .await?;
    session.finish().await
}

/// Signs in to the console with an emailed code, and asks the customer of the broken account by email.
pub(super) async fn ask_as_operator(session: &BrowserSession, console: &str) -> Result<()> {
    session.go_to(console).await?;
    is_at(session, &format!("{console}/sign-in")).await?;
    session.submit("#email", PublicSite::OPERATOR).await?;
    wait_for_text(session, "Enter the code").await?;
    session.submit("#code", &session.emailed_code().await?).await?;
    wait_for_text(session, "Connections").await?;
    is_at(session, console).await?;
    until(async || {
        session.go_to(&format!("{console}/accounts/{COPPERFIELD}")).await?;
        wait_for_text(session, "Send an email").await
    })
    .await?;
    session.page.press("Send an email").await?;
    wait_for_text(session, "mail: ").await
}

#[tokio::test]
async fn over_tls_an_operator_signs_in_and_asks_and_the_mails_link_repairs_an_account() -> Result<()> {
    let (session, _site) = PublicSite::prepare().await?;
    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    let console = format!("{}/console", PublicSite::RELINK);
    ask_as_operator(&session, &console).await?;
    assert_no_complaints(&session).await?;
    session.follow_email_at(PublicSite::STRIPE, &format!("Reconnect {BANK}")).await?;
    session.page.assert_screen("explaining", &format!("Reconnect your {BANK} account")).await?;
    is_at(&session, &format!("{}/r", PublicSite::RELINK)).await?;
    session.page.press(&format!("Continue to {BANK}")).await?;
    session.share_accounts(BANK, &["4421"]).await?;
    session.page.assert_arrival("relinked", &format!("{BANK} ••4421 is connected"), "Done").await?;
    assert_no_complaints(&session).await?;
    assert_cookies(&session, &["__Host-relink-console", "__Host-relink-console-browser", "__Host-relink-"])
        .await?;
    session.page.press("Done").await?;
    is_at(&session, &format!("{}/", PublicSite::SHOP)).await?;
    session.finish().await
}
