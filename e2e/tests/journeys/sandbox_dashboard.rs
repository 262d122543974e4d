//! The sandbox's dashboard: the customer sees the changes that are made there by input.

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, until};

const SAVINGS: &str = "fca_CopperfieldSavings4421";

#[tokio::test]
async fn an_account_that_was_deactivated_by_hand_needs_its_customer() -> Result<()> {
    let session = BrowserSession::prepare().await?;
    session.page.open(session.environment.sandbox_url()).await?;
    let deactivate = format!(
        "const row = document.querySelector('li[data-account={SAVINGS}]');
        row?.querySelector('summary').click();
        row?.querySelector('button.danger').click();
        return row !== null;"
    );
    until(async || {
        ensure!(session.page.run(&deactivate).await? == true, "the account is not there yet");
        Ok(())
    })
    .await?;
    until(async || {
        let account = session.environment.account(SAVINGS).await?;
        ensure!(account["status"] == "inactive", "{account}");
        Ok(())
    })
    .await?;
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    let row = session.page.row(SAVINGS).await?;
    ensure!(row.button.as_deref() == Some("Reconnect"), "{row:?}");
    session.relink(SAVINGS, "Copperfield Credit Union", &["4421"]).await?;
    session.page.assert_arrival("relinked", "Copperfield Credit Union ••4421 is connected", "Done").await?;
    session.finish().await
}
