//! A customer with an account in each state: its text, and its next step.

use anyhow::{Context, Result, ensure};
use relink_e2e::{BrowserSession, Settings};

const KAI: Settings = &[("RELINK_DEMO_CUSTOMER", "cus_SandboxKai")];
const EXPIRING: &str = "fca_HarborExpiring2750";

#[tokio::test]
async fn every_state_is_told_in_words_with_what_can_be_done() -> Result<()> {
    let session = BrowserSession::begin_with(KAI).await?;
    for (account, words, button) in [
        (EXPIRING, "Reconnect before ", Some("Reconnect")),
        ("fca_PinecrestNumberExpiring8812", "Reconnect before ", Some("Reconnect")),
        ("fca_PinecrestNumberExpired8820", "Needs a new account number", Some("Reconnect")),
        ("fca_LarkspurDenied3115", "Can't be reconnected", Some("Add a different bank")),
        ("fca_WillowDisconnected9371", "Disconnected", Some("Add a different bank")),
    ] {
        let row = session.page.row(account).await?;
        ensure!(row.text.contains(words) && row.button.as_deref() == button, "{row:?}");
    }
    session.finish().await
}

#[tokio::test]
async fn every_cause_that_no_relink_mends_is_explained() -> Result<()> {
    let session = BrowserSession::begin_with(KAI).await?;
    for (account, why) in [
        ("fca_LarkspurDenied3115", "You asked Larkspur Bank to stop sharing"),
        ("fca_QuarryExpired4460", "has ended, and"),
        ("fca_MeridianUnavailable5527", "no longer makes"),
        ("fca_SummitRequirement6034", "no longer allows this kind of connection"),
        ("fca_DriftwoodUnspecified7193", "didn't say why"),
        ("fca_BeaconNewCause8246", "doesn't allow"),
    ] {
        let row = session.page.row(account).await?;
        ensure!(row.text.contains(why), "{why} is not in {row:?}");
    }
    session.finish().await
}

#[tokio::test]
async fn backing_out_leaves_a_working_connection_working_and_says_so() -> Result<()> {
    let session = BrowserSession::begin_with(KAI).await?;
    let screen = session.go_to_explanation_for(EXPIRING, "Harbor Federal Bank").await?;
    ensure!(screen.text.contains("Your account stays connected if you change your mind."), "{screen:?}");
    session.page.press("Continue to Harbor Federal Bank").await?;
    session.bank().await?.close().await?;
    let screen =
        session.page.assert_arrival("cancelled", "You closed the bank window", "Start again").await?;
    ensure!(screen.text.contains("Nothing was changed. Your account stays connected."), "{screen:?}");
    ensure!(session.environment.account(EXPIRING).await?["status"] == "active");
    session.page.press("Not now").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    session.finish().await
}

#[tokio::test]
async fn an_early_relink_takes_the_warning_away() -> Result<()> {
    let session = BrowserSession::begin_with(KAI).await?;
    let (stays, again) = ("It's still connected.", "Payments from this account work again.");
    for (account, bank, last4, says) in [
        (EXPIRING, "Harbor Federal Bank", "2750", stays),
        ("fca_PinecrestNumberExpiring8812", "Pinecrest Bank", "8812", stays),
        ("fca_PinecrestNumberExpired8820", "Pinecrest Bank", "8820", again),
    ] {
        session.relink(account, bank, &[last4]).await?;
        let heading = format!("{bank} ••{last4} is connected");
        let screen = session.page.assert_arrival("relinked", &heading, "Done").await?;
        ensure!(screen.text.contains(says), "{screen:?}");
        session.page.press("Done").await?;
        session.page.assert_screen("browsing", "Your bank accounts").await?;
        let row = session.page.row(account).await?;
        ensure!(row.text.contains("Connected") && row.button.is_none(), "{row:?}");
    }
    session.finish().await
}

#[tokio::test]
async fn a_healthy_account_shares_what_is_new_or_stays_as_it_is() -> Result<()> {
    const HEALTHY: &str = "fca_CopperfieldSavings4421";
    const BANK: &str = "Copperfield Credit Union";
    let session =
        BrowserSession::begin_with(&[("RELINK_PERMISSIONS", "payment_method,balances,ownership")]).await?;
    let row = session.page.row(HEALTHY).await?;
    let news = "Northwind is asking to see, for the first time: The account owner's name and address";
    ensure!(row.text.contains("Connected") && row.text.contains(news), "{row:?}");
    ensure!(row.button.as_deref() == Some("Update what you share"), "{row:?}");
    let go = async || {
        session.page.open_account(HEALTHY).await?;
        let next = format!("Continue to {BANK}");
        session.page.assert_arrival("explaining", "Update what you share", &next).await?;
        session.page.press(&next).await
    };
    go().await?;
    session.bank().await?.close().await?;
    session.page.assert_arrival("cancelled", "You closed the bank window", "Start again").await?;
    ensure!(session.environment.account(HEALTHY).await?["status"] == "active");
    session.page.press("Not now").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    go().await?;
    session.share_accounts(BANK, &["4421"]).await?;
    session.page.assert_arrival("relinked", "What you share is updated", "Done").await?;
    session.page.press("Done").await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let row = session.page.row(HEALTHY).await?;
    ensure!(row.text.contains("Connected") && row.button.is_none(), "{row:?}");
    session.finish().await
}

#[tokio::test]
async fn when_a_connection_ends_is_told_as_the_reader_writes_dates() -> Result<()> {
    let session = BrowserSession::begin_with(KAI).await?;
    let account = session.environment.account(EXPIRING).await?;
    let end = account["status_details"]["active"]["expected_deactivation_date"].as_i64();
    let number = session.environment.account("fca_PinecrestNumberExpiring8812").await?;
    let expiry = number["account_numbers"][0]["expected_expiry_date"].as_i64();
    for (account, date) in [(EXPIRING, end), ("fca_PinecrestNumberExpiring8812", expiry)] {
        let date = date.context("no date")?;
        let words = "toLocaleDateString('default', { day: 'numeric', month: 'long' })";
        let date = session.page.run(&format!("return new Date({date} * 1000).{words};")).await?;
        let notice = format!("Reconnect before {}", date.as_str().unwrap_or_default());
        let row = session.page.row(account).await?;
        ensure!(row.text.contains(&notice), "{notice} is not in {row:?}");
    }
    session.finish().await
}
