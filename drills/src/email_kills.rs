//! Server that is killed while it sends an email, at each point of the SMTP conversation.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use relink_test_kit::{MerchantEndpoint, SmtpPoint, SmtpStub};
use serde_json::{Value, json};

use crate::database::{Database, DatabaseEngine};
use crate::inputs::Inputs;
use crate::poll::until;
use crate::server::{Server, ServerSettings};
use crate::stripe::{Account, AccountState, Stripe};

/// Timeout. It is longer than any email takes to be started, and longer than the lease on the work of a killed
/// server.
const TIMEOUT: Duration = Duration::from_mins(3);

/// Kills a server this many times at each point. Fails if an email was sent twice, or if an email that may or may not
/// have been sent has any other state than `unknown`.
pub async fn kill_while_sending_email(inputs: &Inputs, engine: DatabaseEngine, times: usize) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let database = Database::create(engine, &inputs.postgres, folder.path()).await?;
    let stripe = Stripe::start(inputs, folder.path()).await?;
    let accounts = stripe.add(SmtpPoint::ALL.len() * times, AccountState::Broken).await?;
    let (smtp, merchant) = (SmtpStub::start().await?, MerchantEndpoint::start().await?);
    let settings = ServerSettings::new(inputs, folder.path(), &database.url, &stripe.host)?;
    let public = format!("http://{}", settings.host);
    let settings = settings
        .with("RELINK_PUBLIC_URL", public)
        .with("RELINK_SMTP_URL", smtp.url())
        .with("RELINK_MAIL_FROM", "Drill <drill@northwind.example>")
        .with("RELINK_WEBHOOK_URL", merchant.url())
        .with("RELINK_WEBHOOK_SECRET", merchant.secret())
        .with("RELINK_WEBHOOK_ALLOW_PRIVATE", "true");
    let (mut server, _) = settings.start().await?;
    let mut requests = Vec::new();
    for (account, point) in accounts.iter().zip(SmtpPoint::ALL.into_iter().cycle()) {
        smtp.stop_at(Some(point));
        let request = request_email(&server, account).await?;
        tokio::time::timeout(TIMEOUT, smtp.stopped()).await.context("no email was started")?;
        let settings = server.kill()?;
        smtp.stop_at(None);
        server = settings.start().await?.0;
        requests.push((account, point, request));
    }
    for (account, point, request) in &requests {
        wait_for_unknown(&server, request).await.with_context(|| format!("killed at {point:?}"))?;
        let emails = smtp.emails_to(&address(account));
        let expected = usize::from(*point == SmtpPoint::Whole);
        ensure!(emails == expected, "killed at {point:?}: {emails} emails were sent: {account:?}");
        let again = server.post("/v1/relink-requests", &request_body(account)).await?;
        ensure!(again.get("rule") == Some(&json!("mailed_within_48_hours")), "{again}");
    }
    ensure!(merchant.invalid_signatures() == 0, "messages without a valid signature");
    server.stop().await?;
    database.check().await?;
    database.remove().await
}

/// Returns the email address for an account.
fn address(account: &Account) -> String {
    format!("{}@mail.example", account.id)
}

fn request_body(account: &Account) -> Value {
    json!({ "account": account.id, "delivery": "email", "email": address(account) })
}

async fn request_email(server: &Server, account: &Account) -> Result<String> {
    let created = server.post("/v1/relink-requests", &request_body(account)).await?;
    created
        .get("id")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .with_context(|| format!("refused: {created}"))
}

/// Waits until a server has recorded that the state of the email is unknown.
async fn wait_for_unknown(server: &Server, request: &str) -> Result<()> {
    until(TIMEOUT, async || {
        let read = server.get(&format!("/v1/relink-requests/{request}")).await?;
        let state = read.pointer("/mail/state").and_then(Value::as_str);
        ensure!(state == Some("unknown"), "the email is {state:?}");
        Ok(())
    })
    .await
}
