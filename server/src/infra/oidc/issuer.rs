//! Configuration of an issuer (OpenID Connect Discovery 1.0, section 4) with its keys.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, decode_header};
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::config::settings::is_loopback;
use crate::domain::customer_claims::TokenError;
use crate::domain::oidc::{IdTokenClaims, IdTokenError};
use crate::infra::fetch::{self, FetchError};
use crate::infra::token_keys::TokenKeys;

/// Algorithms of ID tokens; every issuer has RS256 (Core 1.0, section 15.1).
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
const CONFIGURATION: &str = "/.well-known/openid-configuration";

/// Issuer as it describes itself.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    /// Address at which a browser is signed out (OpenID Connect RP-Initiated Logout 1.0).
    pub(super) end_session_endpoint: Option<Url>,
    /// True if the client's secret is sent in the form, and not in the header.
    pub(super) takes_secret_in_form: bool,
    /// True if the issuer names itself in every answer that the browser brings (RFC 9207).
    pub(super) names_itself: bool,
    keys: Arc<TokenKeys>,
}

/// Reason for which an issuer can't be used.
#[derive(Debug, Error)]
pub(crate) enum IssuerError {
    #[error("the configuration of the issuer is not readable: {0}")]
    Fetch(#[from] FetchError),
    #[error("the configuration of the issuer is not that of an OpenID provider: {0}")]
    Malformed(#[source] serde_json::Error),
    #[error("the issuer names itself `{0}`; set RELINK_OIDC_ISSUER to exactly that, if it is yours")]
    Name(String),
    #[error("the {0} of the issuer is not an https address")]
    Endpoint(&'static str),
    #[error("the issuer does not take a client_secret: no client_secret_basic or client_secret_post")]
    Authentication,
    #[error("the key set of the issuer can't be read")]
    Keys,
    #[error("the issuer could not be read a few seconds ago")]
    Recently,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    /// Of any type, because it is no reason to refuse the issuer.
    end_session_endpoint: Option<Value>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Issuer {
    /// Reads the configuration and the keys of the issuer with this name.
    pub(super) async fn read(http: &Client, name: &str) -> Result<Self, IssuerError> {
        let own = Url::parse(name).map_err(|_| IssuerError::Endpoint("address"))?;
        let address = format!("{}{CONFIGURATION}", name.trim_end_matches('/'));
        let address = Url::parse(&address).map_err(|_| IssuerError::Endpoint("address"))?;
        let document = fetch::get(http, address).await?;
        let metadata: Metadata = serde_json::from_slice(&document).map_err(IssuerError::Malformed)?;
        // One issuer must not be able to pose as another one (Discovery, section 4.3).
        if metadata.issuer != name {
            return Err(IssuerError::Name(metadata.issuer.chars().take(200).collect()));
        }
        let endpoint = |text: &str, what| {
            let url =
                Url::parse(text).ok().filter(|url| url.scheme() == "https" || is_of_this_machine(&own, url));
            url.ok_or(IssuerError::Endpoint(what))
        };
        let userinfo = metadata.userinfo_endpoint.map(|text| endpoint(&text, "userinfo_endpoint"));
        let end_session = metadata.end_session_endpoint.and_then(|value| {
            let url = value.as_str().and_then(|text| endpoint(text, "end_session_endpoint").ok());
            if url.is_none() {
                tracing::warn!(
                    "the end_session_endpoint of the issuer is not an https address; it is not used"
                );
            }
            url
        });
        // client_secret_basic is what applies if the issuer says nothing (Discovery, section 3).
        let takes = |way: &str| {
            let ways = metadata.token_endpoint_auth_methods_supported.as_deref();
            ways.map(|ways| ways.iter().any(|taken| taken == way))
        };
        let takes_header = takes("client_secret_basic").unwrap_or(true);
        if !takes_header && takes("client_secret_post") != Some(true) {
            return Err(IssuerError::Authentication);
        }
        let jwks = endpoint(&metadata.jwks_uri, "jwks_uri")?;
        let keys = Arc::new(TokenKeys::of_issuer(http.clone(), jwks, ALGORITHMS.to_vec()));
        if !keys.read().await {
            return Err(IssuerError::Keys);
        }
        Ok(Self {
            authorization_endpoint: endpoint(&metadata.authorization_endpoint, "authorization_endpoint")?,
            token_endpoint: endpoint(&metadata.token_endpoint, "token_endpoint")?,
            userinfo_endpoint: userinfo.transpose()?,
            end_session_endpoint: end_session,
            takes_secret_in_form: !takes_header,
            names_itself: metadata.authorization_response_iss_parameter_supported,
            keys,
        })
    }

    /// Verifies the signature of an ID token. Its key is looked for if it is not known yet.
    pub(super) async fn verify(&self, token: &str) -> Result<IdTokenClaims, IdTokenError> {
        let header = decode_header(token).map_err(|_| IdTokenError::Malformed)?;
        // RFC 7515, 4.1.11: a token with critical extensions that are not understood must be rejected.
        if header.crit.is_some() {
            return Err(IdTokenError::Malformed);
        }
        self.keys.look_for(&header).await;
        match self.keys.verify::<IdTokenClaims>(token, &header) {
            Ok(token) => Ok(token.claims),
            Err(TokenError::NoKeys) => Err(IdTokenError::NoKeys),
            Err(TokenError::UnknownKey) => Err(IdTokenError::UnknownKey),
            Err(TokenError::Key | TokenError::Algorithm) => Err(IdTokenError::Signature),
            Err(_) => Err(IdTokenError::Malformed),
        }
    }
}

/// True if issuer and endpoint are both on this machine, where plain http is enough.
fn is_of_this_machine(issuer: &Url, endpoint: &Url) -> bool {
    is_loopback(issuer) && is_loopback(endpoint) && endpoint.scheme() == "http"
}
