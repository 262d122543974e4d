//! Server that is killed while it sends an email, at each point of the SMTP conversation.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::database::{Database, Engine};
use crate::given::Given;
use crate::post::{Moment, PostOffice};
use crate::receiver::Receiver;
use crate::server::{Recipe, Server};
use crate::stripe::{Account, Mood, Stripe};
use crate::wait::until;

/// Timeout. It is longer than any email takes to be started, and longer than the lease on the work of a killed
/// server.
const LONGEST: Duration = Duration::from_mins(3);

/// Kills a server this many times at each point. Fails if an email was sent twice, or if an email that may or may not
/// have been sent has any other state than `unknown`.
pub async fn killed_while_mailing(given: &Given, engine: Engine, times: usize) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let database = Database::create(engine, &given.postgres, folder.path()).await?;
    let stripe = Stripe::start(given, folder.path()).await?;
    let accounts = stripe.add(Moment::ALL.len() * times, Mood::Broken).await?;
    let (office, receiver) = (PostOffice::start().await?, Receiver::start().await?);
    let recipe = Recipe::new(given, folder.path(), &database.url, &stripe.host)?;
    let public = format!("http://{}", recipe.host);
    let recipe = recipe
        .with("RELINK_PUBLIC_URL", public)
        .with("RELINK_SMTP_URL", office.url.as_str())
        .with("RELINK_MAIL_FROM", "Drill <drill@northwind.example>")
        .with("RELINK_WEBHOOK_URL", receiver.url.as_str())
        .with("RELINK_WEBHOOK_SECRET", receiver.secret.as_str())
        .with("RELINK_WEBHOOK_ALLOW_PRIVATE", "true");
    let (mut server, _) = recipe.start().await?;
    let mut asked = Vec::new();
    for (account, moment) in accounts.iter().zip(Moment::ALL.into_iter().cycle()) {
        office.stops_at(Some(moment));
        let request = asked_for(&server, account).await?;
        tokio::time::timeout(LONGEST, office.is_reached()).await.context("no mail was begun")?;
        let recipe = server.kill().await?;
        office.stops_at(None);
        server = recipe.start().await?.0;
        asked.push((account, moment, request));
    }
    for (account, moment, request) in &asked {
        is_unknown(&server, request).await.with_context(|| format!("killed when {moment:?}"))?;
        let mails = office.mails_to(&address(account));
        let expected = usize::from(*moment == Moment::Whole);
        ensure!(mails == expected, "killed when {moment:?}, and {mails} mails were given: {account:?}");
        let again = server.post("/v1/relink-requests", &question(account)).await?;
        ensure!(again.get("rule") == Some(&json!("mailed_within_48_hours")), "{again}");
    }
    ensure!(receiver.forged() == 0, "messages that are not signed");
    server.stop().await?;
    database.check().await?;
    database.remove().await
}

/// Returns the email address for an account.
fn address(account: &Account) -> String {
    format!("{}@mail.example", account.id)
}

fn question(account: &Account) -> Value {
    json!({ "account": account.id, "delivery": "email", "email": address(account) })
}

async fn asked_for(server: &Server, account: &Account) -> Result<String> {
    let made = server.post("/v1/relink-requests", &question(account)).await?;
    made.get("id").and_then(Value::as_str).map(str::to_owned).with_context(|| format!("refused: {made}"))
}

/// Waits until a server has recorded that the state of the email is unknown.
async fn is_unknown(server: &Server, request: &str) -> Result<()> {
    until(LONGEST, async || {
        let read = server.ask(&format!("/v1/relink-requests/{request}")).await?;
        let state = read.pointer("/mail/state").and_then(Value::as_str);
        ensure!(state == Some("unknown"), "the mail is {state:?}");
        Ok(())
    })
    .await
}
