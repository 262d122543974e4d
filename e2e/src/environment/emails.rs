//! Relink requests: emails that the sandbox accepts, and API calls of the merchant's back end.

use std::process::Command;

use anyhow::{Context, Result};
use relink_test_kit::ReservedPort;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection as _};

use super::{Environment, Settings};

/// Reserves a port at which the sandbox accepts email, if the server is going to send any.
pub(super) fn smtp_port(settings: Settings) -> Result<Option<ReservedPort>> {
    if !settings.iter().any(|(name, _)| *name == "RELINK_MAIL_FROM") {
        return Ok(None);
    }
    ReservedPort::new().map(Some)
}

impl Environment {
    /// API key of the merchant's back end.
    pub const API_KEY: &str = "a-key-of-a-back-end-with-32-bytes-or-more";

    /// Makes the server send email to the sandbox, with links that lead to the proxy.
    pub(super) fn configure_email(&self, command: &mut Command) {
        let Some(port) = &self.smtp_port else { return };
        command
            .env("RELINK_SMTP_URL", format!("smtp://{}", port.address()))
            .env("RELINK_PUBLIC_URL", self.proxy.url());
        command.env("RELINK_API_KEY", Self::API_KEY);
    }

    /// Returns the emails that the sandbox has accepted, newest first.
    pub async fn emails(&self) -> Result<Vec<Value>> {
        let answer = self.client.get(self.sandbox_api("mails")).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    /// Calls the API as the merchant's back end and returns status and body.
    pub async fn call_api(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value)> {
        let request = self.client.request(method, format!("{}{path}", self.server_url));
        let request = request.bearer_auth(Self::API_KEY);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = request.send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    /// Creates a relink request with a link for this account and more fields of the body; returns its ID and URL.
    pub async fn link_for(&self, account: &str, more: &Value) -> Result<(String, String)> {
        let mut body = serde_json::json!({ "account": account, "delivery": "link" });
        let more = more.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
        body.as_object_mut().context("no object")?.extend(more);
        let (status, made) = self.call_api(Method::POST, "/v1/relink-requests", Some(&body)).await?;
        let text =
            |name: &str| made[name].as_str().map(str::to_owned).with_context(|| format!("{status} {made}"));
        Ok((text("id")?, text("url")?))
    }

    /// Sets the expiry of a relink request to a time in the past.
    pub async fn expire(&self, id: &str) -> Result<()> {
        install_default_drivers();
        let database = self.database_folder.path().join("relink.db");
        let mut connection = AnyConnection::connect(&format!("sqlite:{}", database.display())).await?;
        let expire = sqlx::query("UPDATE requests SET expires_at = 1 WHERE id = $1").bind(id);
        expire.execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Returns a relink request.
    pub async fn request(&self, id: &str) -> Result<Value> {
        Ok(self.call_api(Method::GET, &format!("/v1/relink-requests/{id}"), None).await?.1)
    }
}
