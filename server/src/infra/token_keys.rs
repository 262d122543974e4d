//! Keys that verify tokens, in the order in which they are tried: those of the settings, or those of a JSON Web Key Set
//! (RFC 7517), which is read from time to time and when a token names an unknown key.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, Header, TokenData};
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::settings::{JwkFault, MOST_KEYS, TokenKeySource, TokenRules, VerificationKey};
use crate::domain::customer_claims::TokenError;
use crate::infra::fetch::{self, FetchError};

/// Interval at which the set is read again. A key that the merchant removes is accepted for this long.
const REFRESH: Duration = Duration::from_mins(5);
/// Interval after a failure.
const RETRY: Duration = Duration::from_secs(30);
/// Minimum time between two readings because of unknown keys, which anyone can name in a customer's token.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(10);

/// Keys in use.
#[derive(Debug)]
pub(crate) struct TokenKeys {
    /// `None` until a set has been read.
    keys: ArcSwap<Option<Vec<VerificationKey>>>,
    jwks: Option<Jwks>,
}

#[derive(Debug)]
struct Jwks {
    http: reqwest::Client,
    url: Url,
    /// Setting from which the address is.
    setting: &'static str,
    algorithms: Vec<Algorithm>,
    /// Minimum time between two readings because of unknown keys.
    shortest_interval: Duration,
    /// Start of the last reading. Locked during a reading, so that requests that come meanwhile wait for the same one.
    last: Arc<Mutex<Option<Instant>>>,
}

/// Reason for which the set can't be used.
#[derive(Debug, Error)]
enum JwksError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("it is not a JSON Web Key Set")]
    Malformed,
    #[error("it has more than {MOST_KEYS} keys")]
    TooMany,
}

impl TokenKeys {
    pub(crate) fn new(rules: &TokenRules) -> anyhow::Result<Self> {
        match &rules.keys {
            TokenKeySource::Settings(keys) => {
                Ok(Self { keys: ArcSwap::from_pointee(Some(keys.clone())), jwks: None })
            }
            TokenKeySource::Jwks(url) => {
                let http = fetch::client().context("RELINK_TOKEN_JWKS_URL can't be read")?;
                Ok(Self::of_jwks(Jwks {
                    http,
                    url: url.clone(),
                    setting: "RELINK_TOKEN_JWKS_URL",
                    algorithms: rules.algorithms.clone(),
                    shortest_interval: SHORTEST_INTERVAL,
                    last: Arc::default(),
                }))
            }
        }
    }

    /// Creates the keys of an issuer, none of which has been read yet. Only the issuer names them, so an unknown one is
    /// looked for at once.
    pub(crate) fn of_issuer(http: reqwest::Client, url: Url, algorithms: Vec<Algorithm>) -> Self {
        Self::of_jwks(Jwks {
            http,
            url,
            setting: "RELINK_OIDC_ISSUER",
            algorithms,
            shortest_interval: Duration::ZERO,
            last: Arc::default(),
        })
    }

    fn of_jwks(jwks: Jwks) -> Self {
        Self { keys: ArcSwap::default(), jwks: Some(jwks) }
    }

    /// Uses other keys of the settings from now on.
    pub(crate) fn replace(&self, source: &TokenKeySource) {
        if let (TokenKeySource::Settings(keys), None) = (source, &self.jwks) {
            self.keys.store(Arc::new(Some(keys.clone())));
        }
    }

    /// Verifies the signature of a token with this header.
    pub(crate) fn verify<T: DeserializeOwned + Clone>(
        &self,
        token: &str,
        header: &Header,
    ) -> Result<TokenData<T>, TokenError> {
        let keys = self.keys.load();
        let keys = keys.as_ref().as_ref().ok_or(TokenError::NoKeys)?;
        let mut candidates = keys.iter().filter(|key| key.may_be_of(header)).peekable();
        if candidates.peek().is_none() {
            return Err(TokenError::UnknownKey);
        }
        let mut fault = TokenError::Algorithm;
        for key in candidates {
            match key.verify(token, header) {
                Ok(token) => return Ok(token),
                Err(ErrorKind::InvalidAlgorithm) => (),
                Err(ErrorKind::InvalidSignature) => fault = TokenError::Key,
                // The signature is right, or the token has the wrong form for every key.
                Err(_) => return Err(TokenError::Invalid),
            }
        }
        Err(fault)
    }

    /// Reads the set if it may have a key for this header that is not known yet.
    pub(crate) async fn look_for(self: &Arc<Self>, header: &Header) {
        let Some(jwks) = &self.jwks else { return };
        if self.has_key_for(header) {
            return;
        }
        let mut last = jwks.last.clone().lock_owned().await;
        let is_too_early = last.is_some_and(|last| last.elapsed() < jwks.shortest_interval);
        if self.has_key_for(header) || is_too_early {
            return;
        }
        *last = Some(Instant::now());
        // In a task of its own, because a client that disconnects would otherwise end the reading for all others.
        let keys = self.clone();
        let reading = tokio::spawn(async move {
            keys.read().await;
            drop(last);
        });
        if reading.await.is_err() {
            tracing::error!("reading the JWKS panicked");
        }
    }

    fn has_key_for(&self, header: &Header) -> bool {
        self.keys.load().as_ref().as_ref().is_some_and(|keys| keys.iter().any(|key| key.may_be_of(header)))
    }

    /// Reads the set now and then again and again, until `stop`. Without an address for it does nothing.
    pub(crate) async fn keep_current(self: &Arc<Self>, stop: &CancellationToken) {
        let Some(jwks) = &self.jwks else { return };
        loop {
            let mut last = jwks.last.lock().await;
            *last = Some(Instant::now());
            let is_read = self.read().await;
            drop(last);
            let wait = if is_read { REFRESH } else { RETRY };
            if stop
                .run_until_cancelled(tokio::time::sleep(wait.mul_f64(crate::clock::jitter())))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    /// Reads the set, and returns whether that worked. Otherwise the keys that were read before stay in use.
    pub(crate) async fn read(&self) -> bool {
        let Some(jwks) = &self.jwks else { return false };
        let setting = jwks.setting;
        match jwks.read().await {
            Ok(keys) => {
                if keys.is_empty() {
                    tracing::error!(
                        "the JWKS of {setting} has no key for an accepted algorithm, so every token is refused"
                    );
                }
                tracing::debug!(keys = keys.len(), "the JWKS was read");
                self.keys.store(Arc::new(Some(keys)));
                true
            }
            Err(error) => {
                tracing::error!(%error, "the JWKS of {setting} can't be used; keys read before stay: {error}");
                false
            }
        }
    }
}

impl Jwks {
    async fn read(&self) -> Result<Vec<VerificationKey>, JwksError> {
        let body = fetch::get(&self.http, self.url.clone()).await?;
        parse(&body, &self.algorithms)
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// Parses the set. RFC 7517, section 5: keys that are not understood are left out.
fn parse(body: &[u8], algorithms: &[Algorithm]) -> Result<Vec<VerificationKey>, JwksError> {
    let KeySet { keys } = serde_json::from_slice(body).map_err(|_| JwksError::Malformed)?;
    let mut usable = Vec::new();
    for key in keys {
        let Ok(key) = serde_json::from_value::<Jwk>(key) else { continue };
        match VerificationKey::from_jwk(&key, algorithms) {
            Ok(key) => usable.push(key),
            Err(JwkFault::Unsuitable) => (),
            Err(fault) => {
                let kid = key.common.key_id.as_deref();
                tracing::warn!(kid, "a key of the JWKS is left out: {fault}");
            }
        }
    }
    if usable.len() > MOST_KEYS { Err(JwksError::TooMany) } else { Ok(usable) }
}

#[cfg(test)]
mod tests;
