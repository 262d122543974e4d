//! Authentication of the merchant's back end by an API key.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::hmac::Key;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::scope::RequiredScope;
use super::{Client, bearer, scope};
use crate::domain::api_key::{Scope, is_key};
use crate::domain::audit::{Actor, AuditSource};
use crate::domain::customer_claims::Caller;
use crate::domain::link_token::{deriving, hash};
use crate::http::error::ApiError;
use crate::http::observe::RequestLog;
use crate::state::AppState;
use crate::store::api_keys::Key as ApiKey;

/// Name of the key that is a setting.
const SETTING: &str = "RELINK_API_KEY";

/// The merchant's back end, with a key that has the scope `S`. The argument `BackEnd<scope::RequestsRead>` of a handler
/// declares the scope of its route.
pub(crate) struct BackEnd<S> {
    /// Identifier of the key; `None` is `RELINK_API_KEY`.
    key: Option<String>,
    /// Address of the client.
    ip_address: IpAddr,
    /// Key from which links are derived, so that a retried request gets the same link.
    pub(crate) deriving: Key,
    scope: PhantomData<fn() -> S>,
}

impl<S> BackEnd<S> {
    /// Returns the back end as the source of an audit entry.
    pub(crate) fn source(&self) -> AuditSource {
        source(self.key.as_ref(), self.ip_address)
    }

    /// Returns the name of the key, which separates idempotency keys of different API keys.
    pub(crate) fn name(&self) -> &str {
        self.key.as_deref().unwrap_or(SETTING)
    }
}

impl<S> fmt::Debug for BackEnd<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackEnd").field("key", &self.key).finish_non_exhaustive()
    }
}

impl<S: RequiredScope> FromRequestParts<Arc<AppState>> for BackEnd<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        if let Some(back_end) = back_end(app, parts).await? {
            return Ok(back_end);
        }
        let given = bearer(&parts.headers);
        // Answers 404 rather than ask for a key if `RELINK_API_KEY` is not set and no API key was sent.
        if app.config.api_keys.load().is_empty() && !given.is_some_and(is_key) {
            return Err(ApiError::NotFound);
        }
        tracing::info!("refused: this route needs an API key");
        Err(ApiError::SignedOut)
    }
}

fn source(key: Option<&String>, ip_address: IpAddr) -> AuditSource {
    Actor::BackEnd { key: key.cloned() }.at(ip_address)
}

async fn back_end<S: RequiredScope>(
    app: &Arc<AppState>,
    parts: &mut Parts,
) -> Result<Option<BackEnd<S>>, ApiError> {
    let Some(given) = bearer(&parts.headers).map(str::to_owned) else { return Ok(None) };
    let is_setting = app.config.api_keys.load().find(&given).is_some();
    if !is_setting && !is_key(&given) {
        return Ok(None);
    }
    let Client { ip: ip_address, .. } = Client::from_request_parts(parts, app).await?;
    let deriving = deriving(&given);
    if is_setting {
        RequestLog::key(&parts.extensions, SETTING);
        return Ok(Some(BackEnd { key: None, ip_address, deriving, scope: PhantomData }));
    }
    let Some(key) = app.store.key(&hash(&given)).await? else { return Ok(None) };
    RequestLog::key(&parts.extensions, &key.id);
    let asked = json!({"method": parts.method.as_str(), "path": parts.uri.path()});
    check(app, &key, S::SCOPE, ip_address, asked).await?;
    Ok(Some(BackEnd { key: Some(key.id), ip_address, deriving, scope: PhantomData }))
}

/// Checks that the key has not expired and has the needed scope. A refusal is entered into the audit trail.
async fn check(
    app: &AppState,
    key: &ApiKey,
    needed: Scope,
    ip_address: IpAddr,
    mut asked: Value,
) -> Result<(), ApiError> {
    let now = crate::clock::now();
    let (reason, failure) = if key.is_expired(now) {
        ("expired", ApiError::KeyExpired)
    } else if !key.scopes.contains(&needed) {
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
        asked.insert("needs".to_owned(), json!(needed));
    }
    app.audit.key_refused(source(Some(&key.id), ip_address), asked).await;
    Err(failure)
}

/// Caller that may read an account: its customer, or the back end with the scope `accounts:read`.
#[derive(Debug)]
pub(crate) enum AccountReader {
    Customer(Box<Caller>),
    BackEnd(Box<BackEnd<scope::AccountsRead>>),
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
