//! Valid HTML: every page for customers in every language, the sandbox's pages, and the emails.

use anyhow::{Context as _, Result, ensure};
use relink_e2e::{ALDER, Environment, Html, Settings, Shop, assert_valid_html, until};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::live_updates::{COPPERFIELD, breaks};

const LANGUAGES: [&str; 7] = ["ar", "de", "en", "es", "fr", "pt-BR", "zh-Hans"];
const SETTINGS: Settings = &[
    ("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>"),
    ("RELINK_OPERATORS", "ada@northwind.example"),
    ("RELINK_HELP_URL", "https://help.northwind.example/"),
];
/// Accounts that an email is about, one for each language.
const BROKEN: [&str; 7] = [
    ALDER,
    COPPERFIELD,
    "fca_FoundryCreditCard3003",
    "fca_HarborExpiring2750",
    "fca_PinecrestNumberExpired8820",
    "fca_FoundryChecking3001",
    "fca_FoundrySavings3002",
];

async fn page(client: &Client, method: Method, address: &str, language: &str) -> Result<Html> {
    let request = client.request(method.clone(), address);
    let request = request.header("accept", "text/html").header("accept-language", language);
    let answer = request.send().await?;
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ensure!(kind.starts_with("text/html"), "{method} {address} is {kind}: {}", answer.status());
    Ok(Html { name: format!("{method} {address} in {language}"), source: answer.text().await? })
}

#[tokio::test]
async fn every_page_for_customers_is_valid_in_every_language() -> Result<()> {
    let environment = Environment::with(SETTINGS, Value::Null).await?;
    let without_tokens: Settings =
        &[Shop::STRIPE_KEYS[0], Shop::STRIPE_KEYS[1], ("RELINK_ORIGINS", "https://shop.example")];
    let without_tokens = Environment::with(without_tokens, Value::Null).await?;
    let (client, url) = (&environment.client, environment.url());
    let mut pages = Vec::new();
    for language in LANGUAGES {
        for path in ["/", "/frame.html", "/r", "/u/unknown"] {
            pages.push(page(client, Method::GET, &format!("{url}{path}"), language).await?);
        }
        pages.push(page(client, Method::GET, &format!("{}/", without_tokens.url()), language).await?);
    }
    for path in ["/", "/inbox", "/bank", "/bank/oauth"] {
        let address = format!("{}{path}", environment.sandbox_url());
        pages.push(page(client, Method::GET, &address, "en").await?);
    }
    assert_valid_html(&pages).await
}

#[tokio::test]
async fn every_email_is_valid_html_in_every_language() -> Result<()> {
    let environment = Environment::with(SETTINGS, Value::Null).await?;
    for (account, language) in BROKEN.into_iter().zip(LANGUAGES) {
        let body = json!({ "account": account, "delivery": "email", "locale": language });
        environment.change_account(account, &breaks()).await?;
        // The server may not have heard of the change yet.
        until(async || {
            let (status, answer) =
                environment.call_api(Method::POST, "/v1/relink-requests", Some(&body)).await?;
            ensure!(status.is_success(), "{account}: {answer}");
            Ok(())
        })
        .await?;
    }
    let sign_in = environment.client.post(format!("{}/console/sign-in", environment.url()));
    let sign_in = sign_in.header("origin", environment.url()).form(&[("email", "ada@northwind.example")]);
    sign_in.send().await?.error_for_status()?;
    let mails = until(async || {
        let mails = environment.emails().await?;
        ensure!(mails.len() == BROKEN.len() + 1, "{} emails", mails.len());
        Ok(mails)
    })
    .await?;
    let html = |mail: &Value| {
        let source = mail["html"].as_str().context("no HTML")?.to_owned();
        Ok(Html { name: mail["subject"].to_string(), source })
    };
    assert_valid_html(&mails.iter().map(html).collect::<Result<Vec<_>>>()?).await
}
