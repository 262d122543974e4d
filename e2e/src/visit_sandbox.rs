//! Visit of the sandbox's pages and of the emails, which its inbox shows.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser_session::BrowserSession;
use crate::environment::{ALDER, Settings};
use crate::poll::until;
use crate::visit_every_screen::ScreenVisitor;

const WITH_EMAIL: Settings = &[
    ("RELINK_MAIL_FROM", "Northwind <billing@northwind.example>"),
    ("RELINK_OPERATORS", "ada@northwind.example"),
    ("RELINK_HELP_URL", "https://help.northwind.example/"),
];
/// Emails about accounts that broke or will, whose languages take turns. There is one about an account in two days.
const EMAILS: [(&str, &str); 5] = [
    ("email_broken", ALDER),
    ("email_broken", "fca_FoundryCreditCard3003"),
    ("email_number_expired", "fca_PinecrestNumberExpired8820"),
    ("email_expiring", "fca_HarborExpiring2750"),
    ("email_broken", "fca_CopperfieldSavings4421"),
];

/// Email with the code of a sign-in, the last one.
const CODE: &str = "email_code-en";

/// Visits the dashboard, the inbox, and the bank window from its beginning to its end.
pub async fn every_sandbox_page(visit: impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::prepare_with(WITH_EMAIL, Value::Null).await?;
    let sandbox = session.environment.sandbox_url().to_owned();
    session.page.open(session.environment.url()).await?;
    let bank = session.go_to_bank().await?;
    visit(&session, "bank_consent").await?;
    bank.go_to_sign_in().await?;
    visit(&session, "bank_login").await?;
    bank.close().await?;
    session.page.wait_for_screen("cancelled").await?;
    let bank = session.press_into_bank("Start again").await?;
    bank.sign_in().await?;
    visit(&session, "bank_choice").await?;
    bank.choose("6789").await?;
    bank.wait_for_screen("done").await?;
    visit(&session, "bank_done").await?;
    bank.close_with("Done").await?;
    session.go_to(&sandbox).await?;
    until(async || {
        let rows = session.page.run("return document.querySelectorAll('li[data-account]').length;").await?;
        ensure!(rows.as_i64().is_some_and(|rows| rows > 3), "the dashboard has {rows} accounts");
        Ok(())
    })
    .await?;
    visit(&session, "dashboard").await?;
    session.page.run("for (const one of document.querySelectorAll('details')) one.open = true;").await?;
    visit(&session, "dashboard_open").await?;
    session.go_to(&format!("{sandbox}/inbox")).await?;
    visit(&session, "inbox_empty").await?;
    send_emails(&session, &["en"]).await?;
    session.go_to(&format!("{sandbox}/inbox")).await?;
    until(async || {
        let frames = session.page.run("return document.querySelectorAll('#mail iframe').length;").await?;
        ensure!(frames == 1, "no email is open");
        Ok(())
    })
    .await?;
    visit(&session, "inbox").await?;
    session.finish().await
}

/// Visits the emails in these languages as HTML, and the page that ends them.
pub async fn every_email(languages: &[&str], visit: impl ScreenVisitor) -> Result<()> {
    let session = BrowserSession::prepare_with(WITH_EMAIL, Value::Null).await?;
    let code = send_emails(&session, languages).await?;
    let emails = session.environment.emails().await?;
    let names = EMAILS.iter().zip(languages.iter().cycle());
    let names = names.map(|((name, _), language)| format!("{name}-{language}")).chain([CODE.to_owned()]);
    // The newest is the first.
    for (name, email) in names.zip(emails.iter().rev()) {
        let html = email["html"].as_str().context("no HTML")?;
        ensure!(name != CODE || html.contains(&code), "the last email has no code");
        session
            .go_to(&format!("data:text/html;charset=utf-8;base64,{}", BASE64_STANDARD.encode(html)))
            .await?;
        visit(&session, &name).await?;
    }
    session.go_to(&format!("{}/u/unknown", session.environment.url())).await?;
    visit(&session, "opt_out_unknown").await?;
    session.finish().await
}

/// Sends every email, one after the other, and returns the code in the last one.
async fn send_emails(session: &BrowserSession, languages: &[&str]) -> Result<String> {
    let environment = &session.environment;
    let breaks = json!({ "status": "inactive", "action": "relink_required", "cause": "access_expired" });
    for (number, ((name, account), language)) in EMAILS.iter().zip(languages.iter().cycle()).enumerate() {
        if *name == "email_broken" {
            environment.change_account(account, &breaks).await?;
        }
        let body = json!({ "account": account, "delivery": "email", "locale": language });
        until(async || {
            let (status, answer) =
                environment.call_api(Method::POST, "/v1/relink-requests", Some(&body)).await?;
            ensure!(status.is_success(), "{account}: {answer}");
            Ok(())
        })
        .await?;
        until(async || {
            let emails = environment.emails().await?.len();
            ensure!(emails > number, "{emails} emails");
            Ok(())
        })
        .await?;
    }
    let sign_in = environment.client.post(format!("{}/console/sign-in", environment.url()));
    let sign_in = sign_in.header("origin", environment.url()).form(&[("email", "ada@northwind.example")]);
    sign_in.send().await?.error_for_status()?;
    session.emailed_code().await
}
