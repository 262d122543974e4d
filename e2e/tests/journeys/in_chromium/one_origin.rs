//! Shop and relink-server at one origin: the server is behind a path of the shop.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, PublicSite, until};
use thirtyfour::By;

use super::over_tls::{ask_as_operator, complaints, cookies, is_at, repair_alder};
use crate::live_updates::{COPPERFIELD, breaks};

const BANK: &str = "Copperfield Credit Union";

/// Checks that the browser has asked no other origin but Stripe's, the server below its path alone, that it has sent no
/// preflight, and that it complains of nothing. Returns the number of requests to the server.
async fn assert_one_origin(session: &BrowserSession) -> Result<usize> {
    let mut to_server = 0;
    for event in session.browser()?.network().await? {
        let request = &event["params"]["request"];
        let Some(url) = request["url"].as_str() else { continue };
        ensure!(request["method"] != "OPTIONS", "a preflight: {url}");
        let is_other =
            ["data:", "chrome:", "https://stripe.example/"].iter().any(|begin| url.starts_with(begin));
        ensure!(is_other || url.starts_with("https://shop.example/"), "{url} was requested");
        let is_servers = ["/relink.js", "/api/", ".wasm", "/words-"].iter().any(|part| url.contains(part));
        ensure!(
            !is_servers || url.starts_with(PublicSite::RELINK_BELOW_SHOP),
            "{url} is outside of the path"
        );
        to_server += usize::from(url.starts_with(PublicSite::RELINK_BELOW_SHOP));
    }
    let complaints = complaints(session).await?;
    ensure!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    Ok(to_server)
}

#[tokio::test]
async fn at_one_origin_the_element_repairs_an_account_and_browsers_send_no_preflight() -> Result<()> {
    let (session, _site) = PublicSite::prepare_with_one_origin().await?;
    session.go_to(PublicSite::SHOP).await?;
    session.page.find(".banner .primary").await?.click().await?;
    let heading = "Reconnect your Alder Bank account";
    session.page.assert_arrival("explaining", heading, "Continue to Alder Bank").await?;
    repair_alder(&session).await?;
    session.page.press("Done").await?;
    let requests = assert_one_origin(&session).await?;
    ensure!(requests > 6, "{requests} requests for the element's files and of its API");
    session.finish().await
}

#[tokio::test]
async fn at_one_origin_the_servers_pages_work_below_the_path() -> Result<()> {
    let (session, _site) = PublicSite::prepare_with_one_origin().await?;
    // The proxy leaves this to the server, which adds the slash.
    session.go_to(PublicSite::RELINK_BELOW_SHOP).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    is_at(&session, &format!("{}/", PublicSite::RELINK_BELOW_SHOP)).await?;
    session.go_to_explanation().await?;
    repair_alder(&session).await?;
    assert_one_origin(&session).await?;
    session.go_to(&format!("{}/iframe", PublicSite::SHOP)).await?;
    let driver = session.browser()?.driver()?;
    let frame = until(async || Ok(driver.find(By::Css("iframe[src]")).await?)).await?;
    frame.enter_frame().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_one_origin(&session).await?;
    session.finish().await
}

#[tokio::test]
async fn at_one_origin_an_operator_signs_in_and_the_emails_link_repairs_an_account() -> Result<()> {
    let (session, _site) = PublicSite::prepare_with_one_origin().await?;
    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    let console = format!("{}/console", PublicSite::RELINK_BELOW_SHOP);
    ask_as_operator(&session, &console).await?;
    assert_one_origin(&session).await?;
    session.follow_email_at(PublicSite::STRIPE, &format!("Reconnect {BANK}")).await?;
    session.page.assert_screen("explaining", &format!("Reconnect your {BANK} account")).await?;
    is_at(&session, &format!("{}/r", PublicSite::RELINK_BELOW_SHOP)).await?;
    session.page.press(&format!("Continue to {BANK}")).await?;
    session.share_accounts(BANK, &["4421"]).await?;
    session.page.assert_arrival("relinked", &format!("{BANK} ••4421 is connected"), "Done").await?;
    assert_one_origin(&session).await?;
    for cookie in cookies(&session).await? {
        let name = cookie["name"].as_str().unwrap_or_default();
        let is_relinks = name.starts_with("__Secure-relink-") && cookie["path"] == "/relink";
        ensure!(is_relinks || name == "shop_session", "{cookie:#}");
    }
    session.finish().await
}
