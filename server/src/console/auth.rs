//! Authentication of operators, and protection of forms against cross-site request forgery.

use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use maud::Render;

use super::error::PageError;
use super::layout::Brand;
use super::return_to::ReturnTo;
use super::texts;
use crate::domain::audit::AuditSource;
use crate::domain::link_token::hash;
use crate::domain::role::Role;
use crate::domain::sign_in::{self, Operator, SessionEnd};
use crate::http::cookie;
use crate::http::extract::Client;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::operators::{Activity, Session};

/// Operator who is signed in.
#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) operator: Operator,
    pub(super) role: Role,
    /// Token that forms of this session have to contain.
    pub(super) form: String,
    /// Hash of the session's secret, which identifies the session.
    pub(super) session: String,
    /// Merchant and mode, for the header of every page.
    pub(super) brand: Brand,
    /// IP address of the client.
    ip_address: IpAddr,
}

impl SignedIn {
    /// True if forms that change something are taken from this operator.
    pub(super) fn may_act(&self) -> bool {
        self.role >= Acting::ROLE
    }

    /// Source of this operator's audit entries.
    pub(super) fn source(&self) -> AuditSource {
        self.operator.actor().at(self.ip_address)
    }
}

/// Cookie of a session.
pub(super) const SESSION: &str = "relink-console";
/// Cookie of a browser that has requested a code.
pub(super) const ASKING: &str = "relink-console-code";
/// Cookie of a browser in which an operator has signed in with a code.
pub(super) const KNOWN: &str = "relink-console-browser";
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl FromRequestParts<Arc<AppState>> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, PageError> {
        signed_in(parts, app, Activity::Page).await
    }
}

/// Operator's page that renews itself. Its requests don't keep the session alive, because nobody may be there.
#[derive(Debug)]
pub(super) struct Watcher;

impl FromRequestParts<Arc<AppState>> for Watcher {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, PageError> {
        signed_in(parts, app, Activity::Script).await.map(|_| Self)
    }
}

async fn signed_in(
    parts: &mut Parts,
    app: &Arc<AppState>,
    activity: Activity,
) -> Result<SignedIn, PageError> {
    let Client { ip: ip_address, .. } = Client::from_request_parts(parts, app).await?;
    let signed_out = || PageError::SignedOut(ReturnTo::of(parts));
    let secret = cookie::read(app, &parts.headers, SESSION).ok_or_else(signed_out)?;
    let session = secret.hash();
    let now = crate::clock::now();
    let end = match app.store.session_of(&session, activity, now).await? {
        Session::Absent => return Err(signed_out()),
        Session::Over(end) => end,
        Session::Open(operator) => match role_of(app, &operator, now).await? {
            Some(role) => {
                let form = hash(&format!("form {}", secret.expose()));
                let brand = Brand::of(&app.config);
                return Ok(SignedIn { operator, role, form, session, brand, ip_address });
            }
            None => SessionEnd::NoLongerAllowed,
        },
    };
    let entry = |operator: &Operator| sign_in::ended(operator.actor().at(ip_address), end);
    app.store.end_session(&session, entry, now).await?;
    Err(signed_out())
}

/// Returns the operator's current role; `None` without access. Settings and API keys can change during a session. Keys
/// are admins: with one, everything could be done through the API as well.
async fn role_of(app: &AppState, operator: &Operator, now: Timestamp) -> Result<Option<Role>, StoreError> {
    let oidc = app.config.oidc.as_ref();
    Ok(match operator {
        Operator::Oidc { account, values, .. } => {
            oidc.filter(|oidc| oidc.issuer == account.issuer).and_then(|oidc| oidc.roles.role(values))
        }
        Operator::Email { .. } | Operator::Key { .. } | Operator::Setting { .. }
            if oidc.is_some_and(|oidc| oidc.only) =>
        {
            None
        }
        Operator::Email { email } => app.config.console.operators.get(email).copied(),
        Operator::Key { key } => app.store.is_console_key(key, now).await?.then_some(Role::Admin),
        Operator::Setting { hash } => app.config.api_keys.load().has_hash(hash).then_some(Role::Admin),
    })
}

/// Role that a form needs.
pub(super) trait Needs: Send {
    /// The least role that may send the form.
    const ROLE: Role;
}

/// Every operator may send the form.
#[derive(Debug)]
pub(super) struct AnyRole;

impl Needs for AnyRole {
    const ROLE: Role = Role::Viewer;
}

/// The form changes something for customers or the merchant.
#[derive(Debug)]
pub(super) struct Acting;

impl Needs for Acting {
    const ROLE: Role = Role::Operator;
}

/// Fields of a form.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Returns the first value with this name, or an empty string.
    pub(super) fn one(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// Returns all values with this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Form sent by one of our own pages before sign-in.
#[derive(Debug)]
pub(super) struct SameOriginForm(pub(super) Fields);

impl FromRequest<Arc<AppState>> for SameOriginForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, PageError> {
        if !is_own(app, request.headers()) {
            tracing::warn!("rejected a cross-origin form");
            return Err(PageError::Foreign);
        }
        let form = Form::<Vec<(String, String)>>::from_request(request, app).await;
        let Form(fields) = form.map_err(|_| PageError::NotUnderstood(texts::error_form().render()))?;
        Ok(Self(Fields(fields)))
    }
}

/// Form sent by a signed-in operator with the role that it needs. It is the only extractor for such forms, so none escapes
/// the checks.
#[derive(Debug)]
pub(super) struct OperatorForm<R> {
    pub(super) by: SignedIn,
    pub(super) fields: Fields,
    pub(super) needs: PhantomData<R>,
}

impl<R: Needs> FromRequest<Arc<AppState>> for OperatorForm<R> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let by = SignedIn::from_request_parts(&mut parts, app).await?;
        let SameOriginForm(fields) =
            SameOriginForm::from_request(Request::from_parts(parts, body), app).await?;
        let given = fields.one("form");
        if verify_slices_are_equal(given.as_bytes(), by.form.as_bytes()).is_err() {
            tracing::warn!("a form for the console is not of this session");
            return Err(PageError::Foreign);
        }
        if by.role < R::ROLE {
            return Err(PageError::NeedsRole { needed: R::ROLE, given: by.role });
        }
        Ok(Self { by, fields, needs: PhantomData })
    }
}

/// True if the form comes from our own origin, by `Sec-Fetch-Site` or, in older browsers, `Origin`. A client that sends
/// neither is no browser and is rejected.
fn is_own(app: &AppState, headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let own = app.config.requests.public_url.as_ref().map(|url| url.origin().ascii_serialization());
    match (text(&FETCH_SITE), text(&ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => own.is_some_and(|own| own == origin),
        (None, None) => false,
    }
}
