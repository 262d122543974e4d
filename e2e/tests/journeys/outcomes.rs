//! Each outcome of a relink.

use anyhow::Result;
use relink_e2e::{TERN, Visit, Way};
use serde_json::{Value, json};

pub(crate) async fn the_right_account_works_again(way: Way) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    assert_eq!(visit.page.row(relink_e2e::ALDER).await?.button.as_deref(), Some("Reconnect"));
    let bank = visit.go_to_bank().await?;
    visit.connects(bank).await?;
    visit.page.press("Done").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    let row = visit.page.row(relink_e2e::ALDER).await?;
    assert!(row.text.contains("Connected") && row.button.is_none(), "{row:?}");
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    let sessions = visit.stand.sessions().await?;
    assert_eq!(sessions[0]["relink_result"]["account"], relink_e2e::ALDER);
    visit.account_is("active").await?;
    visit.server_gave(&["relinked"])?;
    visit.end().await
}

pub(crate) async fn a_sign_in_that_was_left_unfinished_changes_nothing(way: Way) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    let bank = visit.go_to_bank().await?;
    bank.go_to_sign_in().await?;
    bank.press("Leave the sign-in unfinished").await?;
    bank.shows("failed").await?;
    bank.leave_by("Close").await?;
    visit.sees_failure("no_authorization", "The sign-in wasn't finished", "Try again").await?;
    visit.recorded(&[("failed", json!("no_authorization"))]).await?;
    visit.account_is("inactive").await?;
    visit.server_gave(&["no_authorization"])?;
    visit.end().await
}

pub(crate) async fn a_window_closed_by_its_cross_is_a_cancellation(way: Way) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    let bank = visit.go_to_bank().await?;
    bank.sign_in().await?;
    bank.close().await?;
    visit.sees_failure("cancelled", "You closed the bank window", "Start again").await?;
    visit.recorded(&[("cancelled", Value::Null)]).await?;
    visit.account_is("inactive").await?;
    visit.server_gave(&["cancelled"])?;
    visit.page.press("Not now").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    assert_eq!(visit.page.row(relink_e2e::ALDER).await?.button.as_deref(), Some("Reconnect"));
    visit.end().await
}

pub(crate) async fn a_window_closed_by_escape_is_a_cancellation_and_can_be_started_again(
    way: Way,
) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    visit.go_to_bank().await?.escape().await?;
    visit.sees_failure("cancelled", "You closed the bank window", "Start again").await?;
    visit.server_gave(&["cancelled"])?;
    visit.page.press("Start again").await?;
    let bank = visit.bank().await?;
    visit.connects(bank).await?;
    visit.recorded(&[("cancelled", Value::Null), ("succeeded", Value::Null)]).await?;
    visit.server_gave(&["cancelled", "relinked"])?;
    visit.end().await
}

pub(crate) async fn a_bank_that_fails_is_named_and_can_be_tried_again(way: Way) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    let bank = visit.go_to_bank().await?;
    bank.go_to_sign_in().await?;
    bank.press("Let the bank fail").await?;
    bank.shows("failed").await?;
    bank.leave_by("Close").await?;
    visit.sees_failure("failed", "Alder Bank couldn't complete this", "Try again").await?;
    visit.recorded(&[("failed", json!("other"))]).await?;
    visit.account_is("inactive").await?;
    visit.server_gave(&["failed"])?;
    visit.end().await
}

#[tokio::test]
async fn an_account_that_was_closed_at_the_bank_says_so_and_makes_no_session() -> Result<()> {
    let visit = Visit::begin().await?;
    assert_eq!(visit.page.row(TERN).await?.button.as_deref(), Some("See why"));
    visit.page.choose(TERN).await?;
    let heading = "This account can't be reconnected";
    let screen = visit.page.arrives("unrepairable", heading, "Add a different bank").await?;
    assert!(screen.text.contains("Tern Bank ••0937 was closed at the bank."), "{screen:?}");
    visit.page.press("See your accounts").await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.recorded(&[]).await?;
    visit.server_gave(&[])?;
    visit.end().await
}
