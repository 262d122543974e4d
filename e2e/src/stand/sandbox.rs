//! The sandbox behind the scenes: what it knows, and what is done to it.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Stand;

impl Stand {
    /// All that the sandbox knows.
    pub async fn state(&self) -> Result<Value> {
        let answer = self.client.get(self.behind("state")).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    /// One account, as Stripe has it.
    pub async fn account(&self, id: &str) -> Result<Value> {
        let state = self.state().await?;
        let mut accounts = state["accounts"].as_array().context("no accounts")?.iter();
        accounts.find(|account| account["id"] == id).cloned().with_context(|| format!("there is no {id}"))
    }

    /// The sessions that were made, oldest first.
    pub async fn sessions(&self) -> Result<Vec<Value>> {
        let state = self.state().await?;
        state["sessions"].as_array().cloned().context("no sessions")
    }

    /// How often the sandbox was asked for this; `route` is `GET /stripe.js`.
    pub async fn calls(&self, route: &str) -> Result<u64> {
        Ok(self.state().await?["calls"][route].as_u64().unwrap_or_default())
    }

    /// The next so many calls fail.
    pub async fn fault(&self, route: &str, status: u16, times: u32) -> Result<()> {
        let fault = json!({ "route": route, "status": status, "times": times });
        self.tell("faults", &fault).await
    }

    /// For so many reads, Stripe does not know yet how a session ended.
    pub async fn pending_reads(&self, reads: u32) -> Result<()> {
        self.set(&json!({ "pending_reads": reads })).await
    }

    /// Turns the sandbox's switches.
    pub async fn set(&self, switches: &Value) -> Result<()> {
        self.tell("settings", switches).await
    }

    /// What came to be at Stripe beside accounts: `payment_methods`, `setup_intents`.
    pub async fn made(&self, what: &str) -> Result<Vec<Value>> {
        self.state().await?[what].as_array().cloned().with_context(|| format!("no {what}"))
    }

    pub(crate) async fn tell(&self, what: &str, body: &Value) -> Result<()> {
        self.client.post(self.behind(what)).json(body).send().await?.error_for_status()?;
        Ok(())
    }

    pub(super) fn behind(&self, what: &str) -> String {
        format!("{}/_sandbox/{what}", self.sandbox_url)
    }
}
