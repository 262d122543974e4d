//! Customers of connected accounts that charge them themselves (direct charges), on the page of the platform.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, Settings};
use reqwest::StatusCode;
use serde_json::{Value, json};

const SETTINGS: Settings = &[("RELINK_CONNECTED_ACCOUNTS", "all")];
/// Two customers with the same id, of two connected accounts.
const POTTERS: &str = "acct_SandboxPotter.fca_AlderInga";
const WEAVERS: &str = "acct_SandboxWeaver.fca_AlderInga";

/// Returns the claims of the customer of a connected account.
fn inga_of(account: &str) -> Value {
    json!({ "sub": "cus_SandboxInga", "stripe_account": account })
}

#[tokio::test]
async fn the_customer_of_a_connected_account_repairs_its_account_and_another_ones_sees_nothing_of_it()
-> Result<()> {
    let mut session = BrowserSession::prepare_with(SETTINGS, inga_of("acct_SandboxPotter")).await?;
    session.environment.play_scene(&json!({ "scene": "connect" })).await?;
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_rows(&session, &[(POTTERS, "4536", true)]).await?;
    session.relink(POTTERS, "Alder Bank", &["4536"]).await?;
    session.page.assert_arrival("relinked", "Alder Bank ••4536 is connected", "Done").await?;
    session.back_to_accounts("Done").await?;
    assert_rows(&session, &[(POTTERS, "4536", false)]).await?;

    session.sign_in_as(inga_of("acct_SandboxWeaver")).await?;
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    assert_rows(&session, &[(WEAVERS, "4544", true)]).await?;
    let asked = json!({ "account": POTTERS, "choice": "repair" });
    let (status, body) = session.environment.post("/api/sessions", &asked).await?;
    ensure!(status == StatusCode::NOT_FOUND, "{status} {body}");
    session.finish().await
}

/// Checks the list: identifiers, last digits, and whether the account can be reconnected.
async fn assert_rows(session: &BrowserSession, expected: &[(&str, &str, bool)]) -> Result<()> {
    let rows = session.page.rows().await?;
    let is_expected = rows.len() == expected.len()
        && rows.iter().zip(expected).all(|(row, (id, last4, is_broken))| {
            row.id == *id && row.text.contains(last4) && row.button.is_some() == *is_broken
        });
    ensure!(is_expected, "{rows:?}");
    Ok(())
}
