//! Changes outside of the page: at the bank, and on the customer's other devices.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::environment::{ALDER, Environment};
use crate::poll::until;

impl Environment {
    /// Changes an account at its bank; `change` is in the sandbox's format.
    pub async fn change_account(&self, id: &str, change: &Value) -> Result<()> {
        self.post_to_sandbox(&format!("accounts/{id}"), change).await
    }

    /// Waits until the server knows that an account is in this condition: `broken`, `healthy` and so on.
    pub async fn server_knows(&self, id: &str, condition: &str) -> Result<()> {
        until(async || {
            let overview = self.get("/api/accounts").await?;
            let accounts = overview["accounts"].as_array().context("no accounts")?;
            let account = accounts.iter().find(|account| account["id"] == id).context("no such account")?;
            let known = &account["condition"];
            ensure!(known == condition || !known[condition].is_null(), "the server knows {account}");
            Ok(())
        })
        .await
    }

    /// Repairs the account as the same customer on another device, and waits until the server has heard of it.
    pub async fn repair_elsewhere(&self) -> Result<()> {
        let (_, session) =
            self.post("/api/sessions", &json!({ "account": ALDER, "choice": "repair" })).await?;
        let secret = session["client_secret"].clone();
        self.bank_step("open", json!({ "client_secret": secret })).await?;
        let bank = json!({ "client_secret": secret, "institution": "fcinst_AlderBank" });
        let signed_in = self.bank_step("sign_in", bank).await?;
        let holdings = signed_in["holdings"].as_array().context("no accounts to choose from")?;
        let chosen = holdings.iter().find(|holding| holding["last4"] == "6789").context("no ••6789")?;
        let choice = json!({ "client_secret": secret, "holdings": [chosen["id"]] });
        self.bank_step("choose", choice).await?;
        self.server_knows(ALDER, "healthy").await
    }

    /// Takes one step in a bank window that is not displayed.
    async fn bank_step(&self, step: &str, body: Value) -> Result<Value> {
        let request = self.client.post(format!("{}/bank/{step}", self.sandbox_url()));
        let answer = request.bearer_auth("pk_test_sandbox").json(&body).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }
}
