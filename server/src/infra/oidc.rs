//! Client of the issuer at which operators sign in (OpenID Connect Core 1.0, authorization code flow with PKCE).

mod issuer;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded::byte_serialize;

use self::issuer::Issuer;
pub(crate) use self::issuer::IssuerError;
use crate::config::settings::OidcSettings;
use crate::domain::oidc::{self, ExpectedToken, IdTokenClaims, IdTokenError, OidcSignIn, OidcSubject};
use crate::infra::fetch::{self, FetchError};

/// Interval at which the issuer's configuration and keys are read again. A key that it removes is accepted for this long.
const REFRESH: Duration = Duration::from_mins(5);
/// Interval after a failure.
const RETRY: Duration = Duration::from_secs(30);
/// Minimum time between two readings for sign-ins, which anyone can begin.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(5);

/// Client of the issuer.
#[derive(Debug)]
pub(crate) struct OidcClient {
    settings: OidcSettings,
    secret: ArcSwap<SecretString>,
    http: Client,
    /// `None` until the issuer has been read.
    issuer: ArcSwapOption<Issuer>,
    /// Start of the last reading for a sign-in. Locked during one, so that others wait for it.
    last: Mutex<Option<Instant>>,
}

/// Operator who has signed in at the issuer.
#[derive(Clone, Debug)]
pub(crate) struct OidcIdentity {
    pub(crate) account: OidcSubject,
    /// Email address that the issuer has verified.
    pub(crate) email: Option<String>,
    /// Values of the roles' claim that stand for a role.
    pub(crate) values: Vec<String>,
    /// ID token of the sign-in, which has passed its checks.
    pub(crate) id_token: SecretString,
}

/// Reason for which a sign-in failed.
#[derive(Debug, Error)]
pub(crate) enum OidcError {
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    #[error("the token endpoint of the issuer: {0}")]
    Token(#[source] FetchError),
    #[error("the token endpoint of the issuer answers {0} with the error `{1}`")]
    Refused(StatusCode, String),
    #[error("the token endpoint of the issuer answers no ID token")]
    NoIdToken,
    #[error("the ID token is refused: {0}")]
    IdToken(#[from] IdTokenError),
    #[error("the userinfo endpoint of the issuer: {0}")]
    Userinfo(#[source] FetchError),
    #[error("the userinfo endpoint of the issuer answers no claims of the operator")]
    NotUserinfo,
}

impl OidcError {
    /// True if the issuer can't be used at the moment, whoever signs in.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Issuer(_) | Self::Token(_) | Self::Userinfo(_) => true,
            // Keycloak says the second of a wrong secret.
            Self::Refused(status, error) => {
                status.is_server_error() || matches!(error.as_str(), "invalid_client" | "unauthorized_client")
            }
            Self::NoIdToken | Self::IdToken(_) | Self::NotUserinfo => false,
        }
    }
}

/// Answer of the token endpoint.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// Error of the token endpoint (RFC 6749, section 5.2).
#[derive(Default, Deserialize)]
struct TokenFault {
    #[serde(default)]
    error: String,
}

impl OidcClient {
    pub(crate) fn new(settings: OidcSettings) -> anyhow::Result<Self> {
        let http = fetch::client().context("RELINK_OIDC_ISSUER can't be reached")?;
        let secret = ArcSwap::from_pointee(settings.client_secret.clone());
        Ok(Self { settings, secret, http, issuer: ArcSwapOption::empty(), last: Mutex::default() })
    }

    /// Uses another secret from now on.
    pub(crate) fn replace_secret(&self, secret: SecretString) {
        self.secret.store(Arc::new(secret));
    }

    /// Returns the address of the issuer to which the browser is sent for a sign-in.
    pub(crate) async fn authorization_url(
        &self,
        sign_in: &OidcSignIn<'_>,
        then: &str,
    ) -> Result<Url, IssuerError> {
        let mut url = self.issuer().await?.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", self.settings.redirect_url.as_str())
            .append_pair("scope", &self.settings.scopes)
            .append_pair("state", &sign_in.state(then))
            .append_pair("nonce", &sign_in.nonce())
            .append_pair("code_challenge", &sign_in.code_challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Returns the address of the issuer to which the browser is sent to be signed out there, too, and which sends it back to
    /// `back`; `None` if the issuer names none (RP-Initiated Logout 1.0, section 2). Without the ID token of the sign-in, the
    /// issuer asks the operator whether to sign out.
    pub(crate) fn sign_out_url(&self, id_token: Option<&str>, back: &Url) -> Option<Url> {
        let mut url = self.issuer.load().as_ref()?.end_session_endpoint.clone()?;
        url.query_pairs_mut()
            .extend_pairs(id_token.map(|token| ("id_token_hint", token)))
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", back.as_str());
        Some(url)
    }

    /// True if the answer that a browser brings is this issuer's, by the name in it (RFC 9207).
    pub(crate) async fn is_from_issuer(&self, named: Option<&str>) -> Result<bool, IssuerError> {
        Ok(match named {
            Some(named) => named == self.settings.issuer,
            None => !self.issuer().await?.names_itself,
        })
    }

    /// Exchanges the code for the operator's identity.
    pub(crate) async fn finish(
        &self,
        sign_in: &OidcSignIn<'_>,
        code: &str,
        now: Timestamp,
    ) -> Result<OidcIdentity, OidcError> {
        let issuer = self.issuer().await?;
        let tokens = self.tokens(&issuer, code, &sign_in.code_verifier()).await?;
        let claims = issuer.verify(&tokens.id_token).await?;
        let nonce = sign_in.nonce();
        let expected = ExpectedToken {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &nonce,
        };
        let account = oidc::accept(&claims, expected, now)?;
        let mut email = oidc::verified_email(&claims);
        let mut values = self.settings.roles.values(&claims);
        // Issuers may leave to the userinfo endpoint what the scopes ask for (Core 1.0, section 5.4).
        let lacks_email = email.is_none() && self.settings.scopes.split(' ').any(|scope| scope == "email");
        if (values.is_none() || lacks_email)
            && let (Some(endpoint), Some(token)) = (&issuer.userinfo_endpoint, &tokens.access_token)
        {
            match self.userinfo(endpoint, token, &account).await {
                Ok(claims) => {
                    email = email.or_else(|| oidc::verified_email(&claims));
                    values = values.or_else(|| self.settings.roles.values(&claims));
                }
                Err(error) if values.is_none() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "an operator signs in without an email address: {error}");
                }
            }
        }
        let (values, id_token) = (values.unwrap_or_default(), SecretString::from(tokens.id_token));
        Ok(OidcIdentity { account, email, values, id_token })
    }

    /// Tries whether the issuer can be read and takes the client's secret, by a code that does not exist.
    pub(crate) async fn check(&self) -> Result<(), OidcError> {
        let issuer = self.issuer().await?;
        match self.tokens(&issuer, "relink-check", &"0".repeat(43)).await {
            Err(OidcError::Refused(_, error)) if error == "invalid_grant" => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(OidcError::NoIdToken),
        }
    }

    async fn tokens(&self, issuer: &Issuer, code: &str, verifier: &str) -> Result<Tokens, OidcError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.settings.redirect_url.as_str()),
            ("code_verifier", verifier),
        ];
        let secret = self.secret.load();
        let request = self.http.post(issuer.token_endpoint.clone());
        let request = if issuer.takes_secret_in_form {
            form.push(("client_id", &self.settings.client_id));
            form.push(("client_secret", secret.expose_secret()));
            request
        } else {
            with_secret(request, &self.settings.client_id, &secret)
        };
        let response = request.form(&form).send().await.map_err(|error| OidcError::Token(error.into()))?;
        let status = response.status();
        let body = fetch::body(response).await.map_err(OidcError::Token)?;
        if status != StatusCode::OK {
            let TokenFault { error } = serde_json::from_slice(&body).unwrap_or_default();
            return Err(OidcError::Refused(status, printable(&error)));
        }
        serde_json::from_slice(&body).map_err(|_| OidcError::NoIdToken)
    }

    /// Reads further claims about the operator (Core 1.0, section 5.3).
    async fn userinfo(
        &self,
        endpoint: &Url,
        access_token: &str,
        account: &OidcSubject,
    ) -> Result<IdTokenClaims, OidcError> {
        let request = self.http.get(endpoint.clone()).bearer_auth(access_token);
        let response = request.send().await.map_err(|error| OidcError::Userinfo(error.into()))?;
        if response.status() != StatusCode::OK {
            return Err(OidcError::Userinfo(FetchError::Status(response.status())));
        }
        let body = fetch::body(response).await.map_err(OidcError::Userinfo)?;
        let claims: IdTokenClaims = serde_json::from_slice(&body).map_err(|_| OidcError::NotUserinfo)?;
        // The claims of another account must not be taken for the operator's.
        let is_theirs = claims.get("sub").and_then(|sub| sub.as_str()) == Some(account.subject.as_str());
        if is_theirs { Ok(claims) } else { Err(OidcError::NotUserinfo) }
    }

    /// Returns the issuer, which is read first if that has not worked yet.
    async fn issuer(&self) -> Result<Arc<Issuer>, IssuerError> {
        if let Some(issuer) = self.issuer.load_full() {
            return Ok(issuer);
        }
        let mut last = self.last.lock().await;
        if let Some(issuer) = self.issuer.load_full() {
            return Ok(issuer);
        }
        if last.is_some_and(|last| last.elapsed() < SHORTEST_INTERVAL) {
            return Err(IssuerError::Recently);
        }
        *last = Some(Instant::now());
        self.read().await
    }

    async fn read(&self) -> Result<Arc<Issuer>, IssuerError> {
        let issuer = Arc::new(Issuer::read(&self.http, &self.settings.issuer).await?);
        self.issuer.store(Some(issuer.clone()));
        Ok(issuer)
    }

    /// Reads the issuer now and then again and again, until `stop`. What was read before stays in use after a failure.
    pub(crate) async fn keep_current(&self, stop: &CancellationToken) {
        loop {
            let wait = match self.read().await {
                Ok(_) => REFRESH,
                Err(error) => {
                    tracing::error!(%error, "operators may not be able to sign in at RELINK_OIDC_ISSUER: {error}");
                    RETRY
                }
            };
            let wait = tokio::time::sleep(wait.mul_f64(crate::clock::jitter()));
            if stop.run_until_cancelled(wait).await.is_none() {
                return;
            }
        }
    }
}

/// Sends the client's secret in the header. RFC 6749, section 2.3.1: both are encoded as in a form first.
fn with_secret(request: RequestBuilder, client_id: &str, secret: &SecretString) -> RequestBuilder {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    request.basic_auth(encoded(client_id), Some(encoded(secret.expose_secret())))
}

/// Returns a text from outside in a form for the log.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(60).collect()
}
