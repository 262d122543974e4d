//! Accessibility of every page of the operators' console.

use anyhow::{Result, ensure};
use relink_e2e::{Visit, until};

use super::looks::{DARK, FORCED, LIGHT, fits, passes};
use crate::asked::{OPERATOR, asking, reads};
use crate::live::{COPPERFIELD, breaks};

/// Checks the open page, which contains this text.
async fn is_for_everyone(visit: &Visit, words: &str) -> Result<()> {
    reads(visit, words).await?;
    passes(visit, words, &[LIGHT, DARK]).await?;
    passes(visit, words, &FORCED).await?;
    fits(visit, words, async || Ok(())).await
}

#[tokio::test]
async fn on_every_page_of_the_console_axe_finds_nothing() -> Result<()> {
    let (visit, _merchant) = asking(&[]).await?;
    visit.stand.change_account(COPPERFIELD, &breaks()).await?;
    let console = format!("{}/console", visit.stand.url());
    // The server reads the accounts of all customers from its start.
    let jenny = format!("{console}?q=cus_SandboxJenny");
    visit.goes_to(&format!("{console}/sign-in")).await?;
    is_for_everyone(&visit, "Sign in to the console").await?;
    visit.submits("#email", OPERATOR).await?;
    is_for_everyone(&visit, "Nine digits").await?;
    visit.submits("#code", "000000000").await?;
    is_for_everyone(&visit, "This code is not right").await?;
    visit.submits("#code", &visit.mailed_code().await?).await?;
    reads(&visit, "Connections").await?;
    until(async || {
        visit.goes_to(&jenny).await?;
        let rows = visit.page.run("return document.querySelectorAll('tbody tr').length;").await?;
        ensure!(rows == 4, "{rows} of 4 accounts are known");
        Ok(())
    })
    .await?;
    is_for_everyone(&visit, "Copperfield Credit Union").await?;

    visit.goes_to(&format!("{console}/accounts/{COPPERFIELD}")).await?;
    is_for_everyone(&visit, "Ask the customer").await?;
    visit.page.press("Make a link").await?;
    is_for_everyone(&visit, "Here is the link").await?;
    visit.goes_to(&jenny).await?;
    reads(&visit, "Connections").await?;
    visit.page.press("Ask all that match…").await?;
    is_for_everyone(&visit, "What would happen").await?;
    visit.page.press("Send 3 mails").await?;
    is_for_everyone(&visit, "Dealt with").await?;
    for (page, words) in [
        ("?q=nobody", "Connections"),
        (&*format!("/accounts/{COPPERFIELD}"), "Copperfield Credit Union"),
        ("/batches", "Sent"),
        ("/pictures", "Pictures"),
        ("/faults", "Failed"),
        ("/keys", "API keys"),
        ("/audit", "Audit trail"),
        ("/nowhere", "There is no such page"),
    ] {
        visit.goes_to(&[&console, page].concat()).await?;
        is_for_everyone(&visit, words).await?;
    }
    visit.end().await
}
