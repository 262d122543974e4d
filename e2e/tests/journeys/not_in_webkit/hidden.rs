//! A hidden page closes its stream of changes, and catches up when it is visible again.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, RecordedRequest, until};

use crate::live_updates::{COPPERFIELD, LISTEN, breaks, row_becomes, said};

/// The page's streams of changes, in order.
fn streams(session: &BrowserSession) -> Vec<RecordedRequest> {
    session.environment.proxy.requests("/api/changes")
}

/// Waits until the newest stream is open or closed.
async fn listens(session: &BrowserSession, yes: bool) -> Result<()> {
    until(async || {
        let is_open = streams(session).last().is_some_and(|stream| !stream.response_ended());
        ensure!(is_open == yes, "{:?}", streams(session));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_hidden_page_lets_go_and_hears_what_it_missed_when_it_is_shown_again() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.page.run(LISTEN).await?;
    listens(&session, true).await?;
    let driver = session.browser()?.driver()?;
    let page = driver.window().await?;
    let other = driver.new_tab().await?;
    driver.switch_to_window(other).await?;
    listens(&session, false).await?;
    let before = streams(&session).len();
    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    session.environment.server_knows(COPPERFIELD, "broken").await?;
    ensure!(streams(&session).len() == before, "hidden, it asks for nothing: {:?}", streams(&session));
    driver.close_window().await?;
    driver.switch_to_window(page).await?;
    row_becomes(&session, COPPERFIELD, "Sign in to your bank again", Some("Reconnect")).await?;
    ensure!(said(&session).await?.contains("account ending in 4421: Sign in to your bank again."));
    listens(&session, true).await?;
    ensure!(streams(&session).len() > before, "it listens again");
    session.finish().await
}

/// Browsers open six connections to a server that speaks HTTP/1.1, for all tabs together.
#[tokio::test]
async fn eight_open_tabs_leave_a_connection_for_a_press() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let driver = session.browser()?.driver()?;
    for opened in 1..8 {
        let tab = driver.new_tab().await?;
        driver.switch_to_window(tab).await?;
        session.page.open(session.environment.url()).await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
        until(async || {
            ensure!(streams(&session).len() > opened, "{:?}", streams(&session));
            Ok(())
        })
        .await?;
    }
    let open = streams(&session).iter().filter(|stream| !stream.response_ended()).count();
    ensure!(open <= 2, "{open} streams are open");
    let bank = session.go_to_bank().await?;
    session.connect(bank).await?;
    session.assert_success().await?;
    session.finish().await
}
