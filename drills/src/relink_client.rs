//! Simulated customer who repairs an account; the wait for each response is measured.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::clock;
use crate::probe::{Refused, Request, one_shot_client, send};
use crate::server::token_at;
use crate::server_clock::ServerClock;
use crate::stripe::{Account, Stripe, client};

/// Waits of the customer: for the accounts, for the session, and for the outcome.
pub(crate) type Waits = [Duration; 3];

/// Simulated customer.
#[derive(Clone, Debug)]
pub(crate) struct CustomerClient {
    client: Client,
    server: String,
    stripe: Arc<Stripe>,
    /// Time of the customer's tokens, in seconds since 1970; `None` for the current time.
    token_at: Option<u64>,
}

impl CustomerClient {
    pub(crate) fn new(server: &str, stripe: &Arc<Stripe>) -> Result<Self> {
        let (server, stripe) = (server.to_owned(), Arc::clone(stripe));
        Ok(Self { client: client()?, server, stripe, token_at: None })
    }

    /// Like [`CustomerClient::new`], with a connection for each request and a timeout of ten seconds.
    pub(crate) fn with_new_connections(server: &str, stripe: &Arc<Stripe>) -> Result<Self> {
        Ok(Self { client: one_shot_client()?, ..Self::new(server, stripe)? })
    }

    /// Opens the page, chooses to repair the account, signs in at the bank, and waits for the outcome.
    pub(crate) async fn relink(&self, account: Account) -> Result<Waits> {
        let first = self.open(&account).await?;
        let (session, second) = self.begin(&account).await?;
        self.complete_at_bank(&session).await?;
        let session = session.get("session").and_then(Value::as_str).context("no session")?;
        let outcome = self.post(&format!("/api/sessions/{session}/outcome"), &account)?;
        let (outcome, third) =
            timed(outcome.json(&json!({ "reported": "finished" }))).await.context("the outcome")?;
        ensure!(outcome.to_string().contains("relinked"), "the outcome is {outcome}");
        Ok([first, second, third])
    }

    /// Opens the page, which has to list the account.
    pub(crate) async fn open(&self, account: &Account) -> Result<Duration> {
        let page = self.client.get(format!("http://{}/api/accounts", self.server));
        let page = page.bearer_auth(self.token(account)?);
        let (overview, took) = timed(page).await.context("the accounts")?;
        let accounts = overview.get("accounts").and_then(Value::as_array).context("no accounts")?;
        let id = account.id.as_str();
        ensure!(accounts.iter().any(|one| one.to_string().contains(id)), "{id} is not among {overview}");
        Ok(took)
    }

    /// Chooses to repair the account, and returns the session.
    pub(crate) async fn begin(&self, account: &Account) -> Result<(Value, Duration)> {
        let start = self.post("/api/sessions", account)?;
        timed(start.json(&json!({ "account": account.id, "choice": "repair" }))).await.context("the session")
    }

    fn post(&self, path: &str, account: &Account) -> Result<RequestBuilder> {
        Ok(self.client.post(format!("http://{}{path}", self.server)).bearer_auth(self.token(account)?))
    }

    fn token(&self, account: &Account) -> Result<String> {
        token_at(&account.customer, self.token_at.unwrap_or_else(clock::seconds))
    }

    /// Performs the customer's steps in the bank window, which are not calls to Stripe's API.
    async fn complete_at_bank(&self, session: &Value) -> Result<()> {
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
    let (body, took) = send(request).await?;
    Ok((serde_json::from_str(&body)?, took))
}

/// Probe request that relinks one account after the other.
#[derive(Clone, Debug)]
pub(crate) struct Relinks {
    pub(crate) customer: CustomerClient,
    pub(crate) accounts: Vec<Account>,
    pub(crate) clock: ServerClock,
}

impl Request for Relinks {
    /// Returns the longest of the three waits.
    async fn send(&self, number: usize) -> Result<Duration> {
        let account = self.accounts.get(number).context("there is no account left to repair")?;
        let [now, before] = self.clock.possible_times();
        let relink = async |at| {
            CustomerClient { token_at: Some(at), ..self.customer.clone() }.relink(account.clone()).await
        };
        // The server notices a step of its clock with a delay, perhaps in the middle of a relink.
        let mut waits = relink(now).await;
        for at in [before, now] {
            match waits {
                Err(error) if Refused::is(&error, 401) => waits = relink(at).await,
                other => {
                    waits = other;
                    break;
                }
            }
        }
        Ok(waits?.into_iter().max().unwrap_or_default())
    }
}
