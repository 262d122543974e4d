//! The merchant's back end, by one of its keys.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac::Key;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::bearer;
use crate::app::App;
use crate::domain::audit::Actor;
use crate::domain::caller::Caller;
use crate::domain::key::{Scope, is_key};
use crate::domain::link::{deriving, hash};
use crate::failure::Failure;

/// The merchant's back end, with a key that may do what it asks for.
pub(crate) struct BackEnd {
    /// Which key; `None` is `RELINK_API_KEY`.
    key: Option<String>,
    /// With which links are made again for the same question.
    pub(crate) deriving: Key,
}

impl BackEnd {
    /// Whose doing it is.
    pub(crate) fn actor(&self) -> Actor {
        Actor::BackEnd { key: self.key.clone() }
    }

    /// By which what one key made is kept apart from what another one did.
    pub(crate) fn name(&self) -> &str {
        self.key.as_deref().unwrap_or("RELINK_API_KEY")
    }
}

impl fmt::Debug for BackEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackEnd").field("key", &self.key).finish_non_exhaustive()
    }
}

impl FromRequestParts<Arc<App>> for BackEnd {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let given = bearer(&parts.headers);
        if let Some(back_end) = back_end(app, parts, given).await? {
            return Ok(back_end);
        }
        // Where nothing could let anybody in there is nothing to ask for.
        if app.config.api_key.is_none() && !given.is_some_and(is_key) {
            return Err(Failure::NotFound);
        }
        tracing::info!("this is for the merchant's back end with its API key only");
        Err(Failure::SignedOut)
    }
}

async fn back_end(app: &App, parts: &Parts, given: Option<&str>) -> Result<Option<BackEnd>, Failure> {
    let Some(given) = given else { return Ok(None) };
    if app.config.api_key.as_ref().is_some_and(|key| key.is(given)) {
        return Ok(Some(BackEnd { key: None, deriving: deriving(given) }));
    }
    if !is_key(given) {
        return Ok(None);
    }
    let Some(key) = app.store.key(&hash(given)).await? else { return Ok(None) };
    let needed = Scope::of(parts.method.as_str(), parts.uri.path());
    if !needed.is_some_and(|needed| key.scopes.contains(&needed)) {
        let needed = needed.map_or("none that there is", Scope::as_str);
        tracing::info!(key = key.id, "the key lacks the scope {needed}");
        return Err(Failure::Forbidden);
    }
    Ok(Some(BackEnd { key: Some(key.id), deriving: deriving(given) }))
}

/// Whoever may ask for an account.
#[derive(Debug)]
pub(crate) enum Asker {
    Customer(Box<Caller>),
    BackEnd(Box<BackEnd>),
}

impl Asker {
    /// The customer, if it is one.
    pub(crate) fn customer(&self) -> Option<&Caller> {
        match self {
            Self::Customer(caller) => Some(caller),
            Self::BackEnd(_) => None,
        }
    }
}

impl FromRequestParts<Arc<App>> for Asker {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        match back_end(app, parts, bearer(&parts.headers)).await? {
            Some(back_end) => Ok(Self::BackEnd(Box::new(back_end))),
            None => {
                Caller::from_request_parts(parts, app).await.map(|caller| Self::Customer(Box::new(caller)))
            }
        }
    }
}
