//! Authentication of the merchant's back end by an API key.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::hmac::Key;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::{Client, bearer};
use crate::domain::api_key::{Scope, is_key};
use crate::domain::audit::{Actor, AuditSource};
use crate::domain::customer_claims::Caller;
use crate::domain::link_token::{deriving, hash};
use crate::http::error::ApiError;
use crate::state::AppState;
use crate::store::api_keys::Key as ApiKey;

/// The merchant's back end, with a key whose scopes allow the request.
pub(crate) struct BackEnd {
    /// Identifier of the key; `None` is `RELINK_API_KEY`.
    key: Option<String>,
    /// Address of the client.
    ip_address: IpAddr,
    /// Key from which links are derived, so that a retried request gets the same link.
    pub(crate) deriving: Key,
}

impl BackEnd {
    /// Returns the back end as the source of an audit entry.
    pub(crate) fn source(&self) -> AuditSource {
        Actor::BackEnd { key: self.key.clone() }.at(self.ip_address)
    }

    /// Returns the name of the key, which separates idempotency keys of different API keys.
    pub(crate) fn name(&self) -> &str {
        self.key.as_deref().unwrap_or("RELINK_API_KEY")
    }
}

impl fmt::Debug for BackEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackEnd").field("key", &self.key).finish_non_exhaustive()
    }
}

impl FromRequestParts<Arc<AppState>> for BackEnd {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        if let Some(back_end) = back_end(app, parts).await? {
            return Ok(back_end);
        }
        let given = bearer(&parts.headers);
        // Answers 404 rather than ask for a key if `RELINK_API_KEY` is not set and no API key was sent.
        if app.config.api_key.is_none() && !given.is_some_and(is_key) {
            return Err(ApiError::NotFound);
        }
        tracing::info!("refused: this route needs an API key");
        Err(ApiError::SignedOut)
    }
}

async fn back_end(app: &Arc<AppState>, parts: &mut Parts) -> Result<Option<BackEnd>, ApiError> {
    let Some(given) = bearer(&parts.headers).map(str::to_owned) else { return Ok(None) };
    let is_setting = app.config.api_key.as_ref().is_some_and(|key| key.is(&given));
    if !is_setting && !is_key(&given) {
        return Ok(None);
    }
    let Client { ip: ip_address, .. } = Client::from_request_parts(parts, app).await?;
    let deriving = deriving(&given);
    if is_setting {
        return Ok(Some(BackEnd { key: None, ip_address, deriving }));
    }
    let Some(key) = app.store.key(&hash(&given)).await? else { return Ok(None) };
    let back_end = BackEnd { key: Some(key.id.clone()), ip_address, deriving };
    let asked = json!({"method": parts.method.as_str(), "path": parts.uri.path()});
    check(app, &key, Scope::of(parts.method.as_str(), parts.uri.path()), &back_end, asked).await?;
    Ok(Some(back_end))
}

/// Checks that the key has not expired and has the needed scope. A refusal is entered into the audit trail.
async fn check(
    app: &AppState,
    key: &ApiKey,
    needed: Option<Scope>,
    back_end: &BackEnd,
    mut asked: Value,
) -> Result<(), ApiError> {
    let now = crate::clock::now();
    let (reason, failure) = if key.is_expired(now) {
        ("expired", ApiError::KeyExpired)
    } else if !needed.is_some_and(|needed| key.scopes.contains(&needed)) {
        ("scope", ApiError::Forbidden)
    } else {
        if let Err(error) = app.store.record_key_use(key, now).await {
            // Reads keep working while the database is read-only.
            tracing::warn!(%error, key = key.id, "failed to record the last use of an API key: {error}");
        }
        return Ok(());
    };
    if let Value::Object(asked) = &mut asked {
        asked.insert("reason".to_owned(), json!(reason));
        asked.insert("needs".to_owned(), json!(needed.map(Scope::as_str)));
    }
    app.key_refused(back_end.source(), asked).await;
    Err(failure)
}

/// Caller that may read an account: its customer or the back end.
#[derive(Debug)]
pub(crate) enum AccountReader {
    Customer(Box<Caller>),
    BackEnd(Box<BackEnd>),
}

impl AccountReader {
    /// Returns the customer, if the caller is one.
    pub(crate) fn customer(&self) -> Option<&Caller> {
        match self {
            Self::Customer(caller) => Some(caller),
            Self::BackEnd(_) => None,
        }
    }
}

impl FromRequestParts<Arc<AppState>> for AccountReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        match back_end(app, parts).await? {
            Some(back_end) => Ok(Self::BackEnd(Box::new(back_end))),
            None => {
                Caller::from_request_parts(parts, app).await.map(|caller| Self::Customer(Box::new(caller)))
            }
        }
    }
}
