//! Address and browser of the client, with or without proxies in between.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::{FORWARDED, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::domain::forwarded::{forwarded, x_forwarded_for};
use crate::domain::trusted_proxies::{AddressDoubt, ClientAddress};
use crate::http::error::ApiError;
use crate::state::AppState;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Maximum length of a user agent, longer than any browser's.
const LONGEST_USER_AGENT: usize = 500;

/// Address and browser of the client that sent the request.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Address of the client or, if a proxy hides it, of the proxy. Rate limits use it.
    pub(crate) ip: IpAddr,
    pub(crate) user_agent: String,
    doubt: Option<AddressDoubt>,
}

impl Client {
    /// Fails if a mandate would record the address of a proxy as the customer's.
    pub(crate) fn require_true_address(&self, app: &AppState) -> Result<(), ApiError> {
        match self.doubt {
            Some(doubt) if app.config.network.needs_true_address => {
                tracing::error!(peer = %self.ip, "misconfigured: no mandate without the customer's address: {doubt}");
                Err(ApiError::CustomerAddressUnknown)
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl FromRequestParts<Arc<AppState>> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, ApiError> {
        let Some(ClientAddress { ip, doubt }) = address(app, &parts.headers, &parts.extensions) else {
            tracing::error!("the connection has no peer address");
            return Err(ApiError::Internal);
        };
        let user_agent =
            parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("unknown");
        Ok(Self { ip, user_agent: user_agent.chars().take(LONGEST_USER_AGENT).collect(), doubt })
    }
}

/// Returns the client's address; `None` if the connection has no peer address, as in tests.
fn address(app: &AppState, headers: &HeaderMap, extensions: &Extensions) -> Option<ClientAddress> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    // A header that is not text counts as an unreadable address.
    let texts = |name| headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    let proxies = &app.config.network.trusted_proxies;
    Some(proxies.client(peer.ip(), &x_forwarded_for(texts(X_FORWARDED_FOR)), &forwarded(texts(FORWARDED))))
}

/// Warns once if requests come through a proxy that is not trusted: all customers then share one address, and mandates are
/// refused.
pub(crate) async fn warn_of_unknown_proxies(State(app): State<Arc<AppState>>, request: Request) -> Request {
    if !app.config.network.needs_true_address || app.has_warned_of_proxies.load(Ordering::Relaxed) {
        return request;
    }
    let address = address(&app, request.headers(), request.extensions());
    if let Some(ClientAddress { ip, doubt: Some(doubt @ AddressDoubt::UntrustedPeer) }) = address
        && !app.has_warned_of_proxies.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(
            peer = %ip,
            "{doubt}. Until then all its customers are limited as one, and no payment method can be made"
        );
    }
    request
}
