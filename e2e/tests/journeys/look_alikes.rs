//! Accounts that look alike: after a relink with new identifiers, the customer tells which is which.

use anyhow::{Context, Result, ensure};
use relink_e2e::{BrowserSession, MerchantEndpoint, until};
use reqwest::Method;
use serde_json::{Value, json};

/// Two accounts of the sandbox's scene that look alike, and the other one of that customer.
const OLD: &str = "fca_WrenSavings7788";
const TWIN: &str = "fca_WrenSavings7788Twin";
const CHECKING: &str = "fca_WrenChecking7796";
const BANK: &str = "Wren Savings Bank";

/// Opens the page of the scene's customer, whose merchant reads data and receives merchant events.
async fn begin() -> Result<(BrowserSession, MerchantEndpoint)> {
    let merchant = MerchantEndpoint::start().await?;
    let settings = [
        ("RELINK_PURPOSE", "data"),
        ("RELINK_PERMISSIONS", "balances"),
        ("RELINK_DEMO_CUSTOMER", "cus_SandboxToma"),
        ("RELINK_OPERATORS", "ada@northwind.example"),
        ("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>"),
        // Leaked, because the server needs these at its start, and a test is short.
        ("RELINK_WEBHOOK_URL", &*merchant.url().to_owned().leak()),
        ("RELINK_WEBHOOK_SECRET", &*merchant.secret().to_owned().leak()),
        ("RELINK_WEBHOOK_ALLOW_PRIVATE", "true"),
    ];
    let session = BrowserSession::prepare_in("", settings.to_vec().leak()).await?;
    session.environment.play_scene(&json!({ "scene": "look_alikes" })).await?;
    session.page.open(session.environment.url()).await?;
    session.page.assert_screen("browsing", "Your bank accounts").await?;
    Ok((session, merchant))
}

/// Returns the identifiers of the accounts in the list, and those with a button.
async fn list(session: &BrowserSession) -> Result<(Vec<String>, Vec<String>)> {
    let rows = session.page.rows().await?;
    let to_repair = rows.iter().filter(|row| row.button.is_some()).map(|row| row.id.clone()).collect();
    Ok((rows.into_iter().map(|row| row.id).collect(), to_repair))
}

/// Returns the payloads of these events that the merchant has received.
fn received(merchant: &MerchantEndpoint, kind: &str) -> Vec<Value> {
    merchant.events().into_iter().filter(|event| event.kind == kind).map(|event| event.body).collect()
}

#[tokio::test]
async fn the_customer_tells_which_of_two_accounts_came_back_and_the_list_and_the_merchant_hear_it()
-> Result<()> {
    let (session, merchant) = begin().await?;
    let body = json!({ "account": TWIN, "delivery": "link" });
    let (status, request) =
        session.environment.call_api(Method::POST, "/v1/relink-requests", Some(&body)).await?;
    ensure!(status == 201, "{request}");
    session.relink(OLD, BANK, &["7788"]).await?;
    let question = "Which of these did you just reconnect?";
    let screen = session.page.assert_arrival_without_primary("which_account", question).await?;
    ensure!(screen.text.matches("Connected on").count() == 2, "{screen:?}");
    // A reload in the middle loses nothing.
    session.page.reload().await?;
    session.page.assert_screen("which_account", question).await?;
    session.page.open_account(TWIN).await?;
    session.page.wait_for_screen("new_authorization").await?;
    session.back_to_accounts("Done").await?;
    let (accounts, to_repair) = list(&session).await?;
    ensure!(!accounts.contains(&TWIN.to_owned()) && accounts.len() == 3, "{accounts:?}");
    ensure!(to_repair.len() == 2 && [OLD, CHECKING].iter().all(|id| to_repair.contains(&(*id).to_owned())));
    let new = accounts.iter().find(|id| !to_repair.contains(id)).context("no new account")?;
    until(async || {
        let replaced = received(&merchant, "connection.replaced");
        let [told] = replaced.as_slice() else { anyhow::bail!("{replaced:?}") };
        ensure!(told["data"]["id"] == TWIN && told["data"]["replaced_by"] == new.as_str(), "{told}");
        let completed = received(&merchant, "relink_request.completed");
        ensure!(completed.len() == 1, "{completed:?}");
        Ok(())
    })
    .await?;
    ensure!(received(&merchant, "account.added").is_empty(), "it is no new account");
    let path = format!("/v1/relink-requests/{}", request["id"].as_str().unwrap_or_default());
    let (_, request) = session.environment.call_api(Method::GET, &path, None).await?;
    ensure!(request["state"] == "completed", "{request}");
    // The other one is as broken as before, and can still be asked for.
    let body = json!({ "account": OLD, "delivery": "link" });
    let (status, other) =
        session.environment.call_api(Method::POST, "/v1/relink-requests", Some(&body)).await?;
    ensure!(status == 201, "{other}");
    session.finish().await
}

#[tokio::test]
async fn a_customer_who_cannot_tell_sees_all_accounts_for_what_they_are() -> Result<()> {
    let (session, merchant) = begin().await?;
    session.relink(CHECKING, BANK, &["7796", "7796"]).await?;
    let question = "Which of these did you use before?";
    session.page.assert_arrival_without_primary("which_account", question).await?;
    session.page.press("None of these, or I'm not sure").await?;
    session.page.assert_arrival("new_authorization", "Your accounts are connected", "Done").await?;
    session.back_to_accounts("Done").await?;
    let (accounts, to_repair) = list(&session).await?;
    ensure!(accounts.len() == 5 && to_repair.len() == 3, "{accounts:?} {to_repair:?}");
    ensure!(received(&merchant, "connection.replaced").is_empty());
    session.finish().await
}
