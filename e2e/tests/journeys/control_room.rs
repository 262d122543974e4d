//! The sandbox's dashboard: the customer sees the changes that are made there by hand.

use anyhow::{Result, ensure};
use relink_e2e::{Visit, until};

const SAVINGS: &str = "fca_CopperfieldSavings4421";

#[tokio::test]
async fn an_account_that_was_deactivated_by_hand_needs_its_customer() -> Result<()> {
    let visit = Visit::prepare().await?;
    visit.page.open(visit.stand.sandbox_url()).await?;
    let deactivate = format!(
        "const row = document.querySelector('li[data-account={SAVINGS}]');
        row?.querySelector('summary').click();
        row?.querySelector('button.danger').click();
        return row !== null;"
    );
    until(async || {
        ensure!(visit.page.run(&deactivate).await? == true, "the account is not there yet");
        Ok(())
    })
    .await?;
    until(async || {
        let account = visit.stand.account(SAVINGS).await?;
        ensure!(account["status"] == "inactive", "{account}");
        Ok(())
    })
    .await?;
    visit.page.open(visit.stand.url()).await?;
    visit.page.shows("browsing", "Your bank accounts").await?;
    let row = visit.page.row(SAVINGS).await?;
    ensure!(row.button.as_deref() == Some("Reconnect"), "{row:?}");
    visit.relink(SAVINGS, "Copperfield Credit Union", &["4421"]).await?;
    visit.page.arrives("relinked", "Copperfield Credit Union ••4421 is connected", "Done").await?;
    visit.end().await
}
