//! Each outcome of a relink.

use anyhow::Result;
use relink_e2e::{BrowserSession, InputMethod, TERN};
use serde_json::{Value, json};

pub(crate) async fn the_right_account_works_again(method: InputMethod) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    assert_eq!(session.page.row(relink_e2e::ALDER).await?.button.as_deref(), Some("Reconnect"));
    let bank = session.go_to_bank().await?;
    session.connect(bank).await?;
    session.page.press("Done").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let row = session.page.row(relink_e2e::ALDER).await?;
    assert!(row.text.contains("Connected") && row.button.is_none(), "{row:?}");
    session.assert_sessions_for_alder(&[("succeeded", Value::Null)]).await?;
    let sessions = session.environment.sessions().await?;
    assert_eq!(sessions[0]["relink_result"]["account"], relink_e2e::ALDER);
    session.assert_alder_status("active").await?;
    session.assert_outcomes(&["relinked"])?;
    session.finish().await
}

pub(crate) async fn a_sign_in_that_was_left_unfinished_changes_nothing(method: InputMethod) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    let bank = session.go_to_bank().await?;
    bank.go_to_sign_in().await?;
    bank.press("Leave the sign-in unfinished").await?;
    bank.wait_for_screen("failed").await?;
    bank.close_with("Close").await?;
    session.assert_failure("no_authorization", "The sign-in wasn't finished", "Try again").await?;
    session.assert_sessions_for_alder(&[("failed", json!("no_authorization"))]).await?;
    session.assert_alder_status("inactive").await?;
    session.assert_outcomes(&["no_authorization"])?;
    session.finish().await
}

pub(crate) async fn a_window_closed_by_its_cross_is_a_cancellation(method: InputMethod) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    let bank = session.go_to_bank().await?;
    bank.sign_in().await?;
    bank.close().await?;
    session.assert_failure("cancelled", "You closed the bank window", "Start again").await?;
    session.assert_sessions_for_alder(&[("cancelled", Value::Null)]).await?;
    session.assert_alder_status("inactive").await?;
    session.assert_outcomes(&["cancelled"])?;
    session.page.press("Not now").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_eq!(session.page.row(relink_e2e::ALDER).await?.button.as_deref(), Some("Reconnect"));
    session.finish().await
}

pub(crate) async fn a_window_closed_by_escape_is_a_cancellation_and_can_be_started_again(
    method: InputMethod,
) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    session.go_to_bank().await?.escape().await?;
    session.assert_failure("cancelled", "You closed the bank window", "Start again").await?;
    session.assert_outcomes(&["cancelled"])?;
    session.page.press("Start again").await?;
    let bank = session.bank().await?;
    session.connect(bank).await?;
    session.assert_sessions_for_alder(&[("cancelled", Value::Null), ("succeeded", Value::Null)]).await?;
    session.assert_outcomes(&["cancelled", "relinked"])?;
    session.finish().await
}

pub(crate) async fn a_bank_that_fails_is_named_and_can_be_tried_again(method: InputMethod) -> Result<()> {
    let session = BrowserSession::begin_by(method, &[]).await?;
    let bank = session.go_to_bank().await?;
    bank.go_to_sign_in().await?;
    bank.press("Let the bank fail").await?;
    bank.wait_for_screen("failed").await?;
    bank.close_with("Close").await?;
    session.assert_failure("failed", "Alder Bank couldn't complete this", "Try again").await?;
    session.assert_sessions_for_alder(&[("failed", json!("other"))]).await?;
    session.assert_alder_status("inactive").await?;
    session.assert_outcomes(&["failed"])?;
    session.finish().await
}

#[tokio::test]
async fn an_account_that_was_closed_at_the_bank_says_so_and_makes_no_session() -> Result<()> {
    let session = BrowserSession::begin().await?;
    let why = "Tern Bank ••0937 was closed at the bank.";
    let row = session.page.row(TERN).await?;
    assert!(row.button.as_deref() == Some("Add a different bank") && row.text.contains(why), "{row:?}");
    session.page.go_to_account(session.environment.url(), TERN).await?;
    let screen = session.page.assert_screen("unrepairable", "This account can't be reconnected").await?;
    assert!(screen.text.contains(why), "{screen:?}");
    session.page.press("See your accounts").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.assert_sessions_for_alder(&[]).await?;
    session.assert_outcomes(&[])?;
    session.finish().await
}
