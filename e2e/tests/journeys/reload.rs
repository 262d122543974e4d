//! Nothing is lost when the page is reloaded half-way, or when the bank takes its time.

use anyhow::{Result, ensure};
use relink_e2e::{ALDER, Restart, Visit, Way, until};
use serde_json::Value;

#[tokio::test]
async fn a_reload_of_the_explanation_shows_the_accounts() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.page.reload().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    assert_eq!(visit.page.row(ALDER).await?.button.as_deref(), Some("Reconnect"));
    visit.recorded(&[]).await?;
    visit.end().await
}

#[tokio::test]
async fn a_reload_at_the_bank_lets_the_attempt_go_and_the_next_one_works() -> Result<()> {
    let visit = Visit::begin().await?;
    let bank = visit.go_to_bank().await?;
    bank.sign_in().await?;
    visit.page.reload().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    assert_eq!(visit.page.row(ALDER).await?.button.as_deref(), Some("Reconnect"));
    let bank = visit.go_to_bank().await?;
    visit.connects(bank).await?;
    visit.recorded(&[("pending", Value::Null), ("succeeded", Value::Null)]).await?;
    visit.server_gave(&["relinked"])?;
    visit.end().await
}

#[tokio::test]
async fn a_reload_at_the_bank_after_the_account_was_shared_shows_success() -> Result<()> {
    let visit = Visit::begin().await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    visit.page.reload().await?;
    visit.page.shows("relinked", "Alder Bank ••6789 is connected").await?;
    visit.page.press("Done").await?;
    visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
    assert!(visit.page.row(ALDER).await?.text.contains("Connected"));
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.server_gave(&["relinked"])?;
    visit.page.reload().await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    visit.end().await
}

#[tokio::test]
async fn an_attempt_outlives_the_server_that_began_it_and_the_page() -> Result<()> {
    let mut visit = Visit::begin().await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    visit.stand.stop_server();
    visit.stand.start_server(Restart::Same).await?;
    visit.page.reload().await?;
    visit.page.shows("relinked", "Alder Bank ••6789 is connected").await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.server_gave(&["relinked"])?;
    visit.end().await
}

#[tokio::test]
async fn a_reload_while_the_outcome_is_still_unknown_shows_it_when_it_is_known() -> Result<()> {
    let visit = Visit::begin().await?;
    // Four requests with five reads each.
    visit.stand.pending_reads(20).await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    until(async || {
        let screen = visit.page.screen().await?;
        ensure!(["checking", "pending"].contains(&&*screen.name), "{screen:?}");
        Ok(())
    })
    .await?;
    visit.page.reload().await?;
    visit.page.shows("relinked", "Alder Bank ••6789 is connected").await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.account_is("active").await?;
    visit.end().await
}

#[tokio::test]
async fn while_the_bank_confirms_the_customer_may_leave_and_the_result_comes_by_itself() -> Result<()> {
    let visit = Visit::begin().await?;
    // Three requests with five reads each, and more than the server reads in the background meanwhile.
    visit.stand.pending_reads(40).await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    visit.page.arrives_without_choice("checking", "Checking with your bank").await?;
    let heading = "Your bank is still confirming";
    let screen = visit.page.arrives("pending", heading, "See your accounts").await?;
    assert!(screen.text.contains("You can leave this page."), "{screen:?}");
    visit.sees_success().await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.server_gave(&["relinked"])?;
    visit.end().await
}

pub(crate) async fn whoever_leaves_while_the_bank_confirms_finds_the_question_again_later(
    way: Way,
) -> Result<()> {
    let visit = Visit::begin_by(way, &[]).await?;
    visit.stand.pending_reads(1000).await?;
    let bank = visit.go_to_bank().await?;
    bank.connect().await?;
    bank.leave_by("Done").await?;
    visit.page.shows("pending", "Your bank is still confirming").await?;
    visit.page.press("See your accounts").await?;
    visit.page.arrives_without_choice("browsing", "Your bank accounts").await?;
    visit.page.reload().await?;
    visit.page.shows("checking", "Checking with your bank").await?;
    visit.recorded(&[("succeeded", Value::Null)]).await?;
    visit.server_gave(&[])?;
    visit.end().await
}
