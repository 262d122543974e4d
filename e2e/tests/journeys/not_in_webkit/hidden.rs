//! A hidden page closes its stream of changes, and catches up when it is visible again.

use anyhow::{Context, Result, ensure};
use relink_e2e::{Asked, Visit, until};

use crate::live::{COPPERFIELD, LISTEN, breaks, row_becomes, said};

/// The page's streams of changes, in order.
fn streams(visit: &Visit) -> Vec<Asked> {
    visit.stand.gate.asked("/api/changes")
}

/// Waits until the newest stream is open or closed.
async fn listens(visit: &Visit, yes: bool) -> Result<()> {
    until(async || {
        let is_open = streams(visit).last().is_some_and(|stream| !stream.is_over());
        ensure!(is_open == yes, "{:?}", streams(visit));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_hidden_page_lets_go_and_hears_what_it_missed_when_it_is_shown_again() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.page.run(LISTEN).await?;
    listens(&visit, true).await?;
    let driver = visit.browser()?.driver()?;
    let page = driver.window().await?;
    let other = driver.new_tab().await?;
    driver.switch_to_window(other).await?;
    listens(&visit, false).await?;
    let before = streams(&visit).len();
    visit.stand.change_account(COPPERFIELD, &breaks()).await?;
    visit.stand.server_knows(COPPERFIELD, "broken").await?;
    ensure!(streams(&visit).len() == before, "hidden, it asks for nothing: {:?}", streams(&visit));
    driver.close_window().await?;
    driver.switch_to_window(page).await?;
    row_becomes(&visit, COPPERFIELD, "Needs you to sign in again", Some("Reconnect")).await?;
    ensure!(said(&visit).await?.contains("account ending in 4421: Needs you to sign in again."));
    until(async || {
        let streams = streams(&visit);
        let versions: Vec<_> = streams.iter().map(|stream| stream.headers.get("last-event-id")).collect();
        let (last, shown) = (versions.last().context("none")?, versions.get(before).context("no new one")?);
        ensure!(versions.first() == Some(shown) && last != shown && last.is_some(), "{versions:?}");
        Ok(())
    })
    .await?;
    visit.end().await
}
