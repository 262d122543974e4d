//! Relink requests: by an operator's email, by a link, and by links that don't work.

mod links;
mod nowhere;

use anyhow::{Result, ensure};
use relink_e2e::{Merchant, Settings, Visit, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::live::{COPPERFIELD, breaks};

pub(crate) const OPERATOR: &str = "ada@northwind.example";
const BANK: &str = "Copperfield Credit Union";

/// Prepares a session with a merchant who sends email and receives merchant events. No page is open yet.
pub(crate) async fn asking(more: Settings) -> Result<(Visit, Merchant)> {
    asking_in("", more).await
}

/// Like [`asking`], for a customer who reads that language.
async fn asking_in(locale: &str, more: Settings) -> Result<(Visit, Merchant)> {
    let merchant = Merchant::open().await?;
    let settings = [
        ("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>"),
        ("RELINK_OPERATORS", OPERATOR),
        // Leaked, because the server needs the URLs at its start, and a test is short.
        ("RELINK_WEBHOOK_URL", &*merchant.url().to_owned().leak()),
        ("RELINK_RETURN_ORIGINS", &*merchant.url().trim_end_matches("/hook").to_owned().leak()),
        ("RELINK_WEBHOOK_SECRET", "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="),
        ("RELINK_WEBHOOK_ALLOW_PRIVATE", "true"),
    ];
    let settings: Vec<_> = settings.into_iter().chain(more.iter().copied()).collect();
    Ok((Visit::prepare_in(locale, settings.leak()).await?, merchant))
}

/// Waits until the merchant has received exactly these relink request events, in any order.
async fn hears(merchant: &Merchant, expected: &[&str]) -> Result<()> {
    until(async || {
        let (mut heard, mut expected) = (merchant.heard_of_requests(), expected.to_vec());
        heard.sort();
        expected.sort_unstable();
        ensure!(heard == expected, "the merchant has heard {heard:?}");
        Ok(())
    })
    .await
}

/// Waits for a text in a page of the console.
pub(crate) async fn reads(visit: &Visit, words: &str) -> Result<()> {
    until(async || {
        let text = visit.page.run("return document.querySelector('main').innerText;").await?;
        let text = text.as_str().unwrap_or_default().to_owned();
        ensure!(text.contains(words), "{words:?} is not in {text}");
        Ok(())
    })
    .await
}

/// Opens the account's page in the console until it contains this text, because the server works in the background.
async fn console_says(visit: &Visit, words: &str) -> Result<()> {
    until(async || {
        visit.page.open(&format!("{}/console/accounts/{COPPERFIELD}", visit.stand.url())).await?;
        let text = visit.page.run("return document.body.innerText;").await?;
        ensure!(text.as_str().is_some_and(|text| text.contains(words)), "{words:?} is not in {text}");
        Ok(())
    })
    .await
}

async fn ask_by_mail(visit: &Visit) -> Result<Value> {
    let body = json!({ "account": COPPERFIELD, "delivery": "email" });
    let (_, answer) = visit.stand.back_end(Method::POST, "/v1/relink-requests", Some(&body)).await?;
    Ok(answer)
}

#[tokio::test]
async fn an_operator_asks_by_mail_the_customer_relinks_and_everyone_hears_of_it() -> Result<()> {
    let (visit, merchant) = asking(&[]).await?;
    visit.stand.change_account(COPPERFIELD, &breaks()).await?;
    visit.page.open(&format!("{}/console/sign-in", visit.stand.url())).await?;
    visit.submits("#email", OPERATOR).await?;
    reads(&visit, "Enter the code").await?;
    visit.submits("#code", &visit.mailed_code().await?).await?;
    reads(&visit, "Connections").await?;
    console_says(&visit, "Copperfield Credit Union ••4421").await?;
    visit.page.press("Send a mail").await?;
    hears(&merchant, &["created", "sent"]).await?;
    console_says(&visit, "mail: sent").await?;

    let refused = ask_by_mail(&visit).await?;
    ensure!(refused["rule"] == "mailed_within_48_hours", "{refused}");
    let now = visit.page.run("return Math.floor(Date.now() / 1000);").await?.as_i64();
    let wait = refused["allowed_from"].as_i64().zip(now).map(|(from, now)| from - now);
    ensure!(wait.is_some_and(|wait| (172_000..=172_800).contains(&wait)), "{refused}");
    console_says(&visit, "It is allowed from").await?;

    visit.follows_mail("Reconnect Copperfield Credit Union").await?;
    visit.page.shows("explaining", &format!("Reconnect your {BANK} account")).await?;
    visit.page.press(&format!("Continue to {BANK}")).await?;
    visit.share(BANK, &["4421"]).await?;
    visit.page.arrives("relinked", &format!("{BANK} ••4421 is connected"), "Done").await?;
    hears(&merchant, &["created", "sent", "opened", "completed"]).await?;
    console_says(&visit, "relink request completed").await?;

    visit.stand.change_account(COPPERFIELD, &breaks()).await?;
    until(async || {
        let again = ask_by_mail(&visit).await?;
        ensure!(again["state"] == "created", "the account works again, so a mail is allowed: {again}");
        Ok(())
    })
    .await?;
    visit.end().await
}
