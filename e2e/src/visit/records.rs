//! Checks of what Stripe's stand-in and the server's log have recorded of a browser session.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Visit;
use crate::stand::ALDER;

impl Visit {
    /// Checks that every session was made for exactly [`ALDER`], and how each ended: its status, and Stripe's failure
    /// reason or `null`.
    pub async fn recorded(&self, endings: &[(&str, Value)]) -> Result<()> {
        let asked_for = json!({
            "relink_options": { "authorization": "fcauth_AlderJenny", "account": ALDER },
            "account_holder": { "type": "customer", "customer": "cus_SandboxJenny" },
            "permissions": ["payment_method", "balances"],
            "filters": { "account_subcategories": ["checking", "savings"] },
            "limits": { "accounts": 1 },
        });
        self.asked_for(&vec![asked_for; endings.len()]).await?;
        self.ended(endings).await
    }

    /// Checks the parameters of each session, and that each had one window.
    pub async fn asked_for(&self, expected: &[Value]) -> Result<()> {
        let sessions = self.stand.sessions().await?;
        ensure!(sessions.len() == expected.len(), "{} sessions: {sessions:?}", sessions.len());
        for (session, expected) in sessions.iter().zip(expected) {
            for (field, value) in expected.as_object().context("no object")? {
                ensure!(session[field] == *value, "{field} is {}, not {value}", session[field]);
            }
            ensure!(session["windows_opened"] == 1, "{session}");
        }
        Ok(())
    }

    /// Checks how each session ended: its status, and Stripe's failure reason.
    pub async fn ended(&self, endings: &[(&str, Value)]) -> Result<()> {
        let sessions = self.stand.sessions().await?;
        let ending = |session: &Value| {
            let status = session["status"].as_str().unwrap_or_default().to_owned();
            (status, session["relink_result"]["failure_reason"].clone())
        };
        let ended: Vec<_> = sessions.iter().map(ending).collect();
        let is_so = |((status, reason), (expected, why)): (&(String, Value), &(&str, Value))| {
            status == expected && reason == why
        };
        let all = ended.len() == endings.len() && ended.iter().zip(endings).all(is_so);
        ensure!(all, "the sessions ended like this: {ended:?}");
        Ok(())
    }

    /// Checks how many times a session was requested from Stripe, whatever the response.
    pub async fn sessions_were_asked_for(&self, times: u32) -> Result<()> {
        let state = self.stand.state().await?;
        ensure!(state["session_posts"] == times, "{} times", state["session_posts"]);
        Ok(())
    }

    /// Checks that Stripe has [`ALDER`] as `active` or `inactive`.
    pub async fn account_is(&self, status: &str) -> Result<()> {
        self.accounts_are(&[ALDER], status).await
    }

    /// Like [`Visit::account_is`], for other accounts.
    pub async fn accounts_are(&self, ids: &[&str], status: &str) -> Result<()> {
        for id in ids {
            let account = self.stand.account(id).await?;
            ensure!(account["status"] == status, "{account}");
        }
        Ok(())
    }

    /// Checks the outcomes that the server returned, in order.
    pub fn server_gave(&self, outcomes: &[&str]) -> Result<()> {
        let given = self.stand.outcomes()?;
        ensure!(given == outcomes, "the server gave {given:?}, not {outcomes:?}");
        Ok(())
    }
}
