//! Checks of what Stripe's stand-in and the server's log have recorded of a browser session.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::BrowserSession;
use crate::environment::ALDER;

impl BrowserSession {
    /// Checks that every session was made for exactly [`ALDER`], and how each ended: its status, and Stripe's failure
    /// reason or `null`.
    pub async fn assert_sessions_for_alder(&self, results: &[(&str, Value)]) -> Result<()> {
        let parameters = json!({
            "relink_options": { "authorization": "fcauth_AlderJenny", "account": ALDER },
            "account_holder": { "type": "customer", "customer": "cus_SandboxJenny" },
            "permissions": ["payment_method", "balances"],
            "filters": { "account_subcategories": ["checking", "savings"] },
            "limits": { "accounts": 1 },
        });
        self.assert_session_parameters(&vec![parameters; results.len()]).await?;
        self.assert_session_results(results).await
    }

    /// Checks the parameters of each session, and that each had one window.
    pub async fn assert_session_parameters(&self, expected: &[Value]) -> Result<()> {
        let sessions = self.environment.sessions().await?;
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
    pub async fn assert_session_results(&self, results: &[(&str, Value)]) -> Result<()> {
        let sessions = self.environment.sessions().await?;
        let ending = |session: &Value| {
            let status = session["status"].as_str().unwrap_or_default().to_owned();
            (status, session["relink_result"]["failure_reason"].clone())
        };
        let ended: Vec<_> = sessions.iter().map(ending).collect();
        let is_so = |((status, reason), (expected, why)): (&(String, Value), &(&str, Value))| {
            status == expected && reason == why
        };
        let all = ended.len() == results.len() && ended.iter().zip(results).all(is_so);
        ensure!(all, "the results of the sessions are {ended:?}");
        Ok(())
    }

    /// Checks how many times a session was requested from Stripe, whatever the response.
    pub async fn assert_session_requests(&self, times: u32) -> Result<()> {
        let state = self.environment.state().await?;
        ensure!(state["session_posts"] == times, "{} requests for a session", state["session_posts"]);
        Ok(())
    }

    /// Checks that Stripe has [`ALDER`] as `active` or `inactive`.
    pub async fn assert_alder_status(&self, status: &str) -> Result<()> {
        self.assert_account_status(&[ALDER], status).await
    }

    /// Like [`BrowserSession::assert_alder_status`], for other accounts.
    pub async fn assert_account_status(&self, ids: &[&str], status: &str) -> Result<()> {
        for id in ids {
            let account = self.environment.account(id).await?;
            ensure!(account["status"] == status, "{account}");
        }
        Ok(())
    }

    /// Checks the outcomes that the server returned, in order.
    pub fn assert_outcomes(&self, outcomes: &[&str]) -> Result<()> {
        let returned = self.environment.logged_outcomes()?;
        ensure!(returned == outcomes, "the server returned {returned:?}, not {outcomes:?}");
        Ok(())
    }
}
