//! Nothing is lost when the page is reloaded half-method, or when the bank takes its time.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, BrowserSession, InputMethod, Restart, until};
use serde_json::Value;

#[tokio::test]
async fn a_reload_of_the_explanation_shows_the_accounts() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.page.reload().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_eq!(session.page.row(ALDER).await?.button.as_deref(), Some("Reconnect"));
    session.assert_sessions_for_alder(&[]).await?;
    session.finish().await
}

#[tokio::test]
async fn a_reload_at_the_bank_lets_the_attempt_go_and_the_next_one_works() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let bank = session.go_to_bank().await?;
    bank.sign_in().await?;
    session.page.reload().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_eq!(session.page.row(ALDER).await?.button.as_deref(), Some("Reconnect"));
    let bank = session.go_to_bank().await?;
    session.connect(bank).await?;
    session.assert_sessions_for_alder(&[("pending", Value::Null), ("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["relinked"])?;
    session.finish().await
}

#[tokio::test]
async fn a_reload_at_the_bank_after_the_account_was_shared_shows_success() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    session.page.reload().await?;
    session.page.assert_screen("relinked", "Alder Bank ••6789 is connected").await?;
    session.page.press("Done").await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    assert!(session.page.row(ALDER).await?.text.contains("Connected"));
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["relinked"])?;
    session.page.reload().await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.finish().await
}

#[tokio::test]
async fn an_attempt_outlives_the_server_that_began_it_and_the_page() -> Result<()> {
    let mut session = BrowserSession::begin().await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    session.environment.stop_server();
    session.environment.start_server(Restart::SameSettings).await?;
    session.page.reload().await?;
    session.page.assert_screen("relinked", "Alder Bank ••6789 is connected").await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["relinked"])?;
    session.finish().await
}

#[tokio::test]
async fn a_reload_while_the_outcome_is_still_unknown_shows_it_when_it_is_known() -> Result<()> {
    let session = BrowserSession::begin().await?;
    // Four requests with five reads each.
    session.environment.pending_reads(20).await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    until(async || {
        let screen = session.page.screen().await?;
        ensure!(["checking", "pending"].contains(&&*screen.name), "{screen:?}");
        Ok(())
    })
    .await?;
    session.page.reload().await?;
    session.page.assert_screen("relinked", "Alder Bank ••6789 is connected").await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_alder_status("active").await?;
    session.finish().await
}

#[tokio::test]
async fn while_the_bank_confirms_the_customer_may_leave_and_the_result_comes_by_itself() -> Result<()> {
    let session = BrowserSession::begin().await?;
    // Three requests with five reads each, and more than the server reads in the background meanwhile.
    session.environment.pending_reads(40).await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    session.page.assert_arrival_without_primary("checking", "Checking with your bank").await?;
    let heading = "Your bank is still confirming";
    let screen = session.page.assert_arrival("pending", heading, "See your accounts").await?;
    assert!(screen.text.contains("You can leave this page."), "{screen:?}");
    session.assert_success().await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["relinked"])?;
    session.finish().await
}

pub(crate) async fn a_pending_attempt_is_resumed_after_leaving(method: InputMethod) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    session.environment.pending_reads(1000).await?;
    let bank = session.go_to_bank().await?;
    bank.connect().await?;
    bank.close_with("Done").await?;
    session.page.assert_screen("pending", "Your bank is still confirming").await?;
    session.page.press("See your accounts").await?;
    session.page.assert_arrival_without_primary("browsing", "Your bank accounts").await?;
    session.page.reload().await?;
    session.page.assert_screen("checking", "Checking with your bank").await?;
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&[])?;
    session.finish().await
}
