//! State and settings of the sandbox.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Environment;

impl Environment {
    /// Returns the whole state of the sandbox.
    pub async fn state(&self) -> Result<Value> {
        let answer = self.client.get(self.sandbox_api("state")).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    /// Returns an account as Stripe has it.
    pub async fn account(&self, id: &str) -> Result<Value> {
        let state = self.state().await?;
        let mut accounts = state["accounts"].as_array().context("no accounts")?.iter();
        accounts.find(|account| account["id"] == id).cloned().with_context(|| format!("there is no {id}"))
    }

    /// Returns all sessions, oldest first.
    pub async fn sessions(&self) -> Result<Vec<Value>> {
        let state = self.state().await?;
        state["sessions"].as_array().cloned().context("no sessions")
    }

    /// Returns the number of calls to a route such as `GET /stripe.js`.
    pub async fn calls(&self, route: &str) -> Result<u64> {
        Ok(self.state().await?["calls"][route].as_u64().unwrap_or_default())
    }

    /// Makes the next calls to a route fail.
    pub async fn fail_next(&self, route: &str, status: u16, times: u32) -> Result<()> {
        let fault = json!({ "route": route, "status": status, "times": times });
        self.post_to_sandbox("faults", &fault).await
    }

    /// Removes all faults.
    pub async fn clear_faults(&self) -> Result<()> {
        self.client.delete(self.sandbox_api("faults")).send().await?.error_for_status()?;
        Ok(())
    }

    /// Makes sessions stay pending for this number of reads.
    pub async fn pending_reads(&self, reads: u32) -> Result<()> {
        self.set_sandbox(&json!({ "pending_reads": reads })).await
    }

    /// Changes the sandbox's settings.
    pub async fn set_sandbox(&self, settings: &Value) -> Result<()> {
        self.post_to_sandbox("settings", settings).await
    }

    /// Plays one of the sandbox's scenes.
    pub async fn play_scene(&self, scene: &Value) -> Result<()> {
        self.post_to_sandbox("scenes", scene).await
    }

    /// Returns Stripe's objects other than accounts: `payment_methods`, `setup_intents`, `mandates`.
    pub async fn stripe_objects(&self, list: &str) -> Result<Vec<Value>> {
        self.state().await?[list].as_array().cloned().with_context(|| format!("no {list}"))
    }

    pub(crate) async fn post_to_sandbox(&self, path: &str, body: &Value) -> Result<()> {
        self.client.post(self.sandbox_api(path)).json(body).send().await?.error_for_status()?;
        Ok(())
    }

    pub(super) fn sandbox_api(&self, path: &str) -> String {
        format!("{}/_sandbox/{path}", self.sandbox_url)
    }
}
