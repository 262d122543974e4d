//! Connected accounts, whom a platform pays out to, as the people who use the page.

use anyhow::{Context, Result, ensure};
use relink_e2e::{BrowserSession, MerchantEndpoint, Settings, until};
use serde_json::json;

/// Connected account of the sandbox's scene.
const PAYEE: &str = "acct_SandboxVera";
const BROKEN: &str = "fca_LindenChecking4407";
const HEALTHY: &str = "fca_CopperfieldChecking4423";
const BANK: &str = "Linden Bank";

/// Opens the page of the connected account, whose platform receives merchant events.
async fn begin(more: Settings) -> Result<(BrowserSession, MerchantEndpoint)> {
    let merchant = MerchantEndpoint::start().await?;
    let settings = [
        ("RELINK_PURPOSE", "payouts"),
        ("RELINK_DEMO_CUSTOMER", PAYEE),
        // Leaked, because the server needs these at its start, and a test is short.
        ("RELINK_WEBHOOK_URL", &*merchant.url().to_owned().leak()),
        ("RELINK_WEBHOOK_SECRET", &*merchant.secret().to_owned().leak()),
        ("RELINK_WEBHOOK_ALLOW_PRIVATE", "true"),
    ];
    let settings: Vec<_> = settings.into_iter().chain(more.iter().copied()).collect();
    let session = BrowserSession::prepare_in("", settings.leak()).await?;
    session.environment.play_scene(&json!({ "scene": "payouts" })).await?;
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    Ok((session, merchant))
}

#[tokio::test]
async fn a_connected_account_repairs_its_account_and_sees_no_other_holders() -> Result<()> {
    let (session, merchant) = begin(&[]).await?;
    let rows = session.page.rows().await?;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    ensure!(ids == [BROKEN, HEALTHY], "{rows:?}");
    session.relink(BROKEN, BANK, &["4407"]).await?;
    let screen = session.page.assert_arrival("relinked", "Linden Bank ••4407 is connected", "Done").await?;
    ensure!(screen.text.contains("Payouts to this account work again."), "{screen:?}");
    session.back_to_accounts("Done").await?;
    let rows = session.page.rows().await?;
    ensure!(rows.iter().all(|row| row.button.is_none()), "{rows:?}");
    until(async || {
        let events = merchant.events();
        let repaired = events.iter().find(|event| event.kind == "connection.repaired");
        let data = &repaired.context("no connection.repaired")?.body["data"];
        ensure!(data["id"] == BROKEN && data["customer"] == PAYEE, "{data}");
        Ok(())
    })
    .await?;
    session.finish().await
}

#[tokio::test]
async fn in_place_of_an_account_that_was_not_shared_another_one_is_paid_out_to_once_agreed() -> Result<()> {
    let (session, merchant) = begin(&[("RELINK_ADD_EXTERNAL_ACCOUNTS", "true")]).await?;
    let window = session.go_to_bank_for(BROKEN, BANK).await?;
    window.sign_in_at(BANK).await?;
    window.choose("4415").await?;
    window.wait_for_screen("wrong-account").await?;
    window.close_with("Close").await?;
    let another = "Choose another Linden Bank account";
    session.page.assert_arrival("no_account", "That account wasn't shared", another).await?;
    session.page.press(another).await?;
    session.share_accounts(BANK, &["4415"]).await?;
    let accept = "Get paid to ••4415";
    let screen =
        session.page.assert_arrival("new_account", "Linden Bank ••4415 is connected", accept).await?;
    for text in [
        "Payouts still go to Linden Bank ••4407.",
        "Authorization for payouts",
        "you authorize Northwind to send your payouts",
    ] {
        ensure!(screen.text.contains(text), "{text} is not in {screen:?}");
    }
    session.page.press(accept).await?;
    let screen =
        session.page.assert_arrival("paid", "You get paid to Linden Bank ••4415 now", "Done").await?;
    ensure!(screen.text.contains("Northwind sends your payouts there from now on."), "{screen:?}");
    until(async || {
        let events = merchant.events();
        let created = events.iter().find(|event| event.kind == "external_account.created");
        let data = &created.context("no external_account.created")?.body["data"];
        ensure!(data["customer"] == PAYEE && data["account"]["last4"] == "4415", "{data}");
        ensure!(data["external_account"].as_str().is_some_and(|id| id.starts_with("ba_")), "{data}");
        Ok(())
    })
    .await?;
    session.back_to_accounts("Done").await?;
    session.finish().await
}
