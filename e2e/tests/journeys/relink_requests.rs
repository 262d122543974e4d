//! Relink requests: by an operator's email, by a link, and by links that don't work.

mod links;
mod unusable_links;

use anyhow::{Result, ensure};
use relink_e2e::{BrowserSession, MerchantEndpoint, Settings, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::live_updates::{COPPERFIELD, breaks};

pub(crate) const OPERATOR: &str = "ada@northwind.example";
const BANK: &str = "Copperfield Credit Union";

/// Prepares a session with a merchant who sends email and receives merchant events. No page is open yet.
pub(crate) async fn prepare_with_email(more: Settings) -> Result<(BrowserSession, MerchantEndpoint)> {
    prepare_with_email_in("", more).await
}

/// Like [`prepare_with_email`], for a customer who reads that language.
async fn prepare_with_email_in(locale: &str, more: Settings) -> Result<(BrowserSession, MerchantEndpoint)> {
    let merchant = MerchantEndpoint::start().await?;
    let settings = [
        ("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>"),
        ("RELINK_OPERATORS", OPERATOR),
        // Leaked, because the server needs these at its start, and a test is short.
        ("RELINK_WEBHOOK_URL", &*merchant.url().to_owned().leak()),
        ("RELINK_RETURN_ORIGINS", &*merchant.url().trim_end_matches("/hook").to_owned().leak()),
        ("RELINK_WEBHOOK_SECRET", &*merchant.secret().to_owned().leak()),
        ("RELINK_WEBHOOK_ALLOW_PRIVATE", "true"),
    ];
    let settings: Vec<_> = settings.into_iter().chain(more.iter().copied()).collect();
    Ok((BrowserSession::prepare_in(locale, settings.leak()).await?, merchant))
}

/// Waits until the merchant has received exactly these relink request events, in any order.
async fn assert_events(merchant: &MerchantEndpoint, expected: &[&str]) -> Result<()> {
    until(async || {
        let (events, mut expected) = (merchant.events(), expected.to_vec());
        let kinds = events.iter().filter_map(|event| event.kind.strip_prefix("relink_request."));
        let mut received: Vec<&str> = kinds.collect();
        received.sort_unstable();
        expected.sort_unstable();
        ensure!(received == expected, "the merchant has received {received:?}");
        Ok(())
    })
    .await
}

/// Waits for a text in a page of the console.
pub(crate) async fn wait_for_text(session: &BrowserSession, words: &str) -> Result<()> {
    until(async || {
        let text = session.page.run("return document.querySelector('main').innerText;").await?;
        let text = text.as_str().unwrap_or_default().to_owned();
        ensure!(text.contains(words), "{words:?} is not in {text}");
        Ok(())
    })
    .await
}

/// Opens the account's page in the console until it contains this text, because the server works in the background.
async fn wait_for_console_text(session: &BrowserSession, words: &str) -> Result<()> {
    until(async || {
        session.page.open(&format!("{}/console/accounts/{COPPERFIELD}", session.environment.url())).await?;
        let text = session.page.run("return document.body.innerText;").await?;
        ensure!(text.as_str().is_some_and(|text| text.contains(words)), "{words:?} is not in {text}");
        Ok(())
    })
    .await
}

async fn request_by_email(session: &BrowserSession) -> Result<Value> {
    let body = json!({ "account": COPPERFIELD, "delivery": "email" });
    let (_, answer) = session.environment.call_api(Method::POST, "/v1/relink-requests", Some(&body)).await?;
    Ok(answer)
}

#[tokio::test]
async fn an_operator_asks_by_mail_the_customer_relinks_and_everyone_hears_of_it() -> Result<()> {
    let (session, merchant) = prepare_with_email(&[]).await?;
    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    session.page.open(&format!("{}/console/sign-in", session.environment.url())).await?;
    session.submit("#email", OPERATOR).await?;
    wait_for_text(&session, "Enter the code").await?;
    session.submit("#code", &session.emailed_code().await?).await?;
    wait_for_text(&session, "Connections").await?;
    wait_for_console_text(&session, "Copperfield Credit Union ••4421").await?;
    session.page.press("Send an email").await?;
    assert_events(&merchant, &["created", "sent"]).await?;
    wait_for_console_text(&session, "mail: sent").await?;

    let refused = request_by_email(&session).await?;
    ensure!(refused["rule"] == "mailed_within_48_hours", "{refused}");
    let now = session.page.run("return Math.floor(Date.now() / 1000);").await?.as_i64();
    let wait = refused["allowed_from"].as_i64().zip(now).map(|(from, now)| from - now);
    ensure!(wait.is_some_and(|wait| (172_000..=172_800).contains(&wait)), "{refused}");
    wait_for_console_text(&session, "You can ask again from").await?;

    session.follow_email("Reconnect Copperfield Credit Union").await?;
    session.page.assert_screen("explaining", &format!("Reconnect your {BANK} account")).await?;
    session.page.press(&format!("Continue to {BANK}")).await?;
    session.share_accounts(BANK, &["4421"]).await?;
    session.page.assert_arrival("relinked", &format!("{BANK} ••4421 is connected"), "Done").await?;
    assert_events(&merchant, &["created", "sent", "opened", "completed"]).await?;
    wait_for_console_text(&session, "relink request completed").await?;

    session.environment.change_account(COPPERFIELD, &breaks()).await?;
    until(async || {
        let again = request_by_email(&session).await?;
        ensure!(again["state"] == "created", "the account works again, so a mail is allowed: {again}");
        Ok(())
    })
    .await?;
    session.finish().await
}
