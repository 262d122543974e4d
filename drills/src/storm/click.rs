//! A customer who repairs an account while the storm blows: what they wait for is timed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::clock;
use crate::server::token;
use crate::stripe::{Account, Stripe, client};

/// What the customer waited for: the accounts, the session, the outcome.
pub(crate) type Waits = [Duration; 3];

/// All that a click needs.
#[derive(Clone, Debug)]
pub(crate) struct Clicker {
    client: Client,
    server: String,
    stripe: Arc<Stripe>,
}

impl Clicker {
    pub(crate) fn new(server: &str, stripe: &Arc<Stripe>) -> Result<Self> {
        Ok(Self { client: client()?, server: server.to_owned(), stripe: Arc::clone(stripe) })
    }

    /// Opens the page, chooses to repair the account, signs in at the bank, and comes back.
    pub(crate) async fn click(self, account: Account) -> Result<Waits> {
        let Account { id, customer } = account;
        let token = token(&customer)?;
        let at = |path: &str| format!("http://{}{path}", self.server);
        let overview = self.client.get(at("/api/accounts")).bearer_auth(&token);
        let (overview, first) = timed(overview).await.context("the accounts")?;
        let accounts = overview.get("accounts").and_then(Value::as_array).context("no accounts")?;
        ensure!(accounts.iter().any(|one| one.to_string().contains(&id)), "{id} is not among {overview}");
        let start = self.client.post(at("/api/sessions")).bearer_auth(&token);
        let start = start.json(&json!({ "account": id, "choice": "repair" }));
        let (session, second) = timed(start).await.context("the session")?;
        self.at_the_bank(&session).await?;
        let session = session.get("session").and_then(Value::as_str).context("no session")?;
        let outcome = self.client.post(at(&format!("/api/sessions/{session}/outcome"))).bearer_auth(&token);
        let (outcome, third) =
            timed(outcome.json(&json!({ "reported": "finished" }))).await.context("the outcome")?;
        ensure!(outcome.to_string().contains("relinked"), "the outcome is {outcome}");
        Ok([first, second, third])
    }

    /// What the customer does in the bank's window. Those are not calls to Stripe's API.
    async fn at_the_bank(&self, session: &Value) -> Result<()> {
        let secret = session.get("client_secret").context("no client secret")?;
        self.step("open", json!({ "client_secret": secret })).await?;
        let login = json!({ "client_secret": secret, "institution": "fcinst_AlderBank" });
        let signed_in = self.step("sign_in", login).await?;
        let chosen = signed_in.pointer("/holdings/0/id").context("nothing to choose")?;
        self.step("choose", json!({ "client_secret": secret, "holdings": [chosen] })).await?;
        Ok(())
    }

    async fn step(&self, step: &str, body: Value) -> Result<Value> {
        let request = self.client.post(format!("http://{}/bank/{step}", self.stripe.host));
        let answer = request.bearer_auth("pk_test_sandbox").json(&body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }
}

async fn timed(request: RequestBuilder) -> Result<(Value, Duration)> {
    let asked = clock::tick();
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    let took = asked.elapsed();
    ensure!(status.is_success(), "{status}: {body}");
    Ok((serde_json::from_str(&body)?, took))
}
