//! Sign-in at the issuer of `RELINK_OIDC_ISSUER`, by OpenID Connect.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use maud::{Markup, Render};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::SignedIn;
use super::error::PageError;
use super::return_to::ReturnTo;
use super::sign_in::{Params, Wrong, begin, sign_in_page, to};
use super::texts;
use crate::domain::audit::Actor;
use crate::domain::link_token::Secret;
use crate::domain::oidc::OidcSignIn;
use crate::domain::sign_in::Operator;
use crate::http::cookie;
use crate::http::extract::Client;
use crate::infra::oidc::{OidcClient, OidcError, OidcIdentity, printable};
use crate::state::AppState;

/// Cookie of a browser that is signing in at the issuer.
const SIGNING_IN: &str = "relink-console-oidc";
/// Time in which the operator has to sign in at the issuer.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Maximum length of the page to return to, because issuers limit the length of an address.
const LONGEST_PAGE: usize = 500;

/// `GET /console/oidc`: sends the browser to the issuer.
pub(super) async fn start(
    State(app): State<Arc<AppState>>,
    client: Client,
    Query(asked): Query<Params>,
) -> Result<Response, PageError> {
    app.limits.take_for_address(client.ip, crate::clock::now())?;
    let oidc = app.oidc.as_ref().ok_or(PageError::NotFound)?;
    let then = if asked.then.len() > LONGEST_PAGE { "" } else { &asked.then };
    let then = ReturnTo::given(then);
    let secret = Secret::new(crate::clock::secret());
    match oidc.authorization_url(&OidcSignIn::of(&secret), then.page()).await {
        Ok(url) => Ok(to(url.as_str(), &[cookie::set(&app, SIGNING_IN, Some(&secret), LIFETIME)])),
        Err(error) => Ok(failure(&app, &then, &OidcError::from(error))),
    }
}

/// Answer that the browser brings from the issuer (OpenID Connect Core 1.0, section 3.1.2.5).
#[derive(Debug, Deserialize)]
pub(super) struct Callback {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// `GET /console/oidc/callback`: signs in with the code that the browser brings.
pub(super) async fn callback(
    State(app): State<Arc<AppState>>,
    client: Client,
    headers: HeaderMap,
    Query(answer): Query<Callback>,
) -> Result<Response, PageError> {
    app.limits.take_for_address(client.ip, crate::clock::now())?;
    let oidc = app.oidc.as_ref().ok_or(PageError::NotFound)?;
    let secret = cookie::read(&app, &headers, SIGNING_IN);
    let sign_in = secret.as_ref().map(OidcSignIn::of);
    let page = sign_in.as_ref().and_then(|sign_in| sign_in.page_of(&answer.state));
    let (Some(sign_in), Some(page)) = (sign_in, page) else {
        // The answer to another tab, or a stranger's link, ends no sign-in that this browser has begun.
        return Ok(refusal(&app, &client, &ReturnTo::default(), Refusal::State).await);
    };
    let then = ReturnTo::given(&page);
    let mut response = signed_in(&app, oidc, &client, &headers, &answer, &sign_in, &then).await?;
    // A sign-in is tried once.
    let ended = cookie::set(&app, SIGNING_IN, None, LIFETIME);
    if let Ok(ended) = HeaderValue::try_from(ended) {
        response.headers_mut().append(SET_COOKIE, ended);
    }
    Ok(response)
}

async fn signed_in(
    app: &AppState,
    oidc: &OidcClient,
    client: &Client,
    headers: &HeaderMap,
    answer: &Callback,
    sign_in: &OidcSignIn<'_>,
    then: &ReturnTo,
) -> Result<Response, PageError> {
    match oidc.is_from_issuer(answer.iss.as_deref()).await {
        Ok(true) => (),
        Ok(false) => return Ok(refusal(app, client, then, Refusal::Issuer).await),
        Err(error) => return Ok(failure(app, then, &OidcError::from(error))),
    }
    let Some(code) = answer.code.as_deref().filter(|_| answer.error.is_none()) else {
        let error = printable(answer.error.as_deref().unwrap_or("no code"));
        return Ok(refusal(app, client, then, Refusal::Denied(error)).await);
    };
    let now = crate::clock::now();
    let identity = match oidc.finish(sign_in, code, now).await {
        Ok(identity) => identity,
        Err(error) if error.is_outage() => return Ok(failure(app, then, &error)),
        Err(error) => return Ok(refusal(app, client, then, Refusal::Answer(error)).await),
    };
    let settings = app.config.oidc.as_ref().ok_or(PageError::NotFound)?;
    if settings.roles.role(&identity.values).is_none() {
        return Ok(refusal(app, client, then, Refusal::Role(identity)).await);
    }
    let OidcIdentity { account, email, values, id_token } = identity;
    let until = (now + settings.session).as_millisecond();
    let operator = Operator::Oidc { account, email, values, until };
    begin(app, client, headers, operator, Some(&id_token), then).await
}

/// Returns the address at which an operator who signs out of this session is signed out at the issuer, too. `None` if they did
/// not sign in there, or the issuer has no such address. A token that is too long for an address is not stored, so it is left out.
pub(super) async fn sign_out_url(app: &AppState, by: &SignedIn) -> Option<Url> {
    let (oidc, settings) = (app.oidc.as_ref()?, app.config.oidc.as_ref()?);
    if !matches!(by.operator, Operator::Oidc { .. }) {
        return None;
    }
    // Whatever happens to the token, the session here must end.
    let id_token =
        app.store.id_token(&by.session).await.inspect_err(
            |error| tracing::error!(%error, "an operator is not signed out at the issuer: {error}"),
        );
    oidc.sign_out_url(id_token.ok()?.as_deref(), &settings.signed_out_url)
}

/// Reason for which nobody is signed in.
enum Refusal {
    /// The browser has not begun this sign-in, or not within its time.
    State,
    /// The answer names another issuer.
    Issuer,
    /// The issuer or the operator refused, with this error.
    Denied(String),
    /// The code or the ID token is invalid.
    Answer(OidcError),
    /// No value of the claim stands for a role.
    Role(OidcIdentity),
}

impl Refusal {
    fn detail(&self) -> Value {
        match self {
            Self::State => json!({"with": "oidc", "reason": "state"}),
            Self::Issuer => json!({"with": "oidc", "reason": "issuer"}),
            Self::Denied(error) => json!({"with": "oidc", "reason": "denied", "error": error}),
            Self::Answer(error) => json!({"with": "oidc", "reason": "answer", "error": error.to_string()}),
            Self::Role(OidcIdentity { account, email, .. }) => {
                json!({"with": "oidc", "reason": "role", "account": account, "email": email})
            }
        }
    }

    fn sentence(&self, issuer: &str) -> Markup {
        match self {
            Self::State => texts::oidc_other_browser().render(),
            Self::Denied(_) => texts::oidc_denied(issuer),
            Self::Issuer | Self::Answer(_) => texts::oidc_invalid(issuer),
            Self::Role(identity) => {
                let who = identity.email.as_deref().unwrap_or(&identity.account.subject);
                texts::oidc_no_role(issuer, who)
            }
        }
    }
}

fn issuer_of(app: &AppState) -> &str {
    app.config.oidc.as_ref().map_or("", |oidc| &oidc.name)
}

/// Records the refusal, and renders the sign-in page with its reason.
async fn refusal(app: &AppState, client: &Client, then: &ReturnTo, refusal: Refusal) -> Response {
    app.audit.sign_in_failed(Actor::Unknown.at(client.ip), refusal.detail()).await;
    let page = sign_in_page(app, then, Some(Wrong::Issuer(&refusal.sentence(issuer_of(app)))));
    (StatusCode::FORBIDDEN, page).into_response()
}

/// Logs why the issuer can't be used, and renders the sign-in page.
fn failure(app: &AppState, then: &ReturnTo, error: &OidcError) -> Response {
    tracing::error!(%error, "an operator can't sign in at RELINK_OIDC_ISSUER: {error}");
    let why = texts::oidc_down(issuer_of(app));
    (StatusCode::SERVICE_UNAVAILABLE, sign_in_page(app, then, Some(Wrong::Issuer(&why)))).into_response()
}
