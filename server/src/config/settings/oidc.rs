//! Sign-in of operators by OpenID Connect.

use jiff::SignedDuration;
use reqwest::Url;
use secrecy::SecretString;
use thiserror::Error;

use super::addresses::{is_local, is_loopback};
use super::background::interval;
use super::{present, present_secret};
use crate::config::options::OidcOptions;
use crate::domain::oidc::RoleClaim;
use crate::domain::role::Role;
use crate::domain::sign_in::mailbox;

/// Issuer at which operators sign in.
#[derive(Clone, Debug)]
pub(crate) struct OidcSettings {
    /// The issuer as it names itself; compared as text.
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    /// Name of the issuer for operators.
    pub(crate) name: String,
    pub(crate) scopes: String,
    pub(crate) roles: RoleClaim,
    /// Address to which the issuer sends the browser back.
    pub(crate) redirect_url: Url,
    /// Address to which the issuer sends the browser back after a sign-out: the page for signing in, beside the other one.
    pub(crate) signed_out_url: Url,
    /// Longest session.
    pub(crate) session: SignedDuration,
    /// True if operators sign in there only.
    pub(crate) only: bool,
}

/// Settings of the issuer that are invalid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OidcSettingsError {
    /// None of these has an effect alone.
    #[error(
        "RELINK_OIDC_ISSUER, RELINK_OIDC_CLIENT_ID, RELINK_OIDC_CLIENT_SECRET and RELINK_OIDC_ROLES go together, and the other \
         RELINK_OIDC_ settings need them; {0} is not set"
    )]
    Missing(&'static str),
    /// Anyone who can change its answers on their way can sign in.
    #[error(
        "RELINK_OIDC_ISSUER is not an https address without user, query and fragment, such as \
         https://login.shop.example/realms/staff; plain http is for this machine only"
    )]
    Issuer,
    /// Unknown role, or no value.
    #[error(
        "RELINK_OIDC_ROLES is not a list of values of the claim, each with one of the roles :viewer, :operator and :admin, \
         separated by commas, such as console-admins:admin,support:operator"
    )]
    Roles,
    /// Without this scope it is not OpenID Connect.
    #[error(
        "RELINK_OIDC_SCOPES has no openid; name the scopes with spaces between them, such as openid email groups"
    )]
    Scopes,
    /// Not known, or not an address of the console.
    #[error(
        "RELINK_OIDC_ISSUER is set and it is not known where the issuer sends browsers back to; set RELINK_PUBLIC_URL, or \
         RELINK_OIDC_REDIRECT_URL to an https address with the path of RELINK_PUBLIC_URL and /console/oidc/callback (http is for \
         this machine only)"
    )]
    RedirectUrl,
    /// Not a duration, or too short or too long.
    #[error("RELINK_OIDC_SESSION is not a number with m or h from 5m to 12h, such as 1h")]
    Session,
}

/// Path of the redirect URI, below the path of the public URL.
const CALLBACK: &str = "console/oidc/callback";
const USUAL_SESSION: SignedDuration = SignedDuration::from_hours(1);
const SHORTEST_SESSION: SignedDuration = SignedDuration::from_mins(5);
const LONGEST_SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Returns the settings; `None` if there is no issuer.
pub(super) fn decide(
    options: OidcOptions,
    public_url: Option<&Url>,
) -> Result<Option<OidcSettings>, OidcSettingsError> {
    use OidcSettingsError::Missing;
    let (issuer, client_id) = (present(options.oidc_issuer), present(options.oidc_client_id));
    let client_secret = present_secret(options.oidc_client_secret);
    let (roles, claim) = (present(options.oidc_roles), present(options.oidc_roles_claim));
    let (scopes, name) = (present(options.oidc_scopes), present(options.oidc_name));
    let (redirect, session) = (present(options.oidc_redirect_url), present(options.oidc_session));
    let others = [&client_id, &roles, &claim, &scopes, &name, &redirect, &session];
    let is_any = client_secret.is_some() || options.oidc_only || others.into_iter().any(Option::is_some);
    let Some(issuer) = issuer else {
        return if is_any { Err(Missing("RELINK_OIDC_ISSUER")) } else { Ok(None) };
    };
    let host = host(&issuer).ok_or(OidcSettingsError::Issuer)?;
    let roles = roles.ok_or(Missing("RELINK_OIDC_ROLES"))?;
    let roles: Option<Vec<_>> = roles.split(',').map(role).collect();
    let claim = claim.unwrap_or_else(|| "roles".to_owned());
    // As the address of an operator is compared.
    let roles = roles.and_then(|roles| match claim.as_str() {
        "email" => roles.into_iter().map(|(value, role)| Some((mailbox(&value)?, role))).collect(),
        _ => Some(roles),
    });
    let scopes = scopes.unwrap_or_else(|| "openid email".to_owned());
    if !scopes.split(' ').any(|scope| scope == "openid") {
        return Err(OidcSettingsError::Scopes);
    }
    let session = session.map_or(Some(USUAL_SESSION), |text| interval(&text));
    let session = session.filter(|session| (SHORTEST_SESSION..=LONGEST_SESSION).contains(session));
    let redirect_url = redirect_url(redirect, public_url).ok_or(OidcSettingsError::RedirectUrl)?;
    let signed_out_url = redirect_url.join("../sign-in").map_err(|_| OidcSettingsError::RedirectUrl)?;
    Ok(Some(OidcSettings {
        client_id: client_id.ok_or(Missing("RELINK_OIDC_CLIENT_ID"))?,
        client_secret: client_secret.ok_or(Missing("RELINK_OIDC_CLIENT_SECRET"))?,
        name: name.unwrap_or(host),
        scopes,
        roles: RoleClaim { name: claim, roles: roles.ok_or(OidcSettingsError::Roles)? },
        redirect_url,
        signed_out_url,
        session: session.ok_or(OidcSettingsError::Session)?,
        only: options.oidc_only,
        issuer,
    }))
}

/// Returns the host name of an issuer. Its address has no query or fragment (Discovery 1.0, section 3).
fn host(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    (is_safe && is_bare(&url)).then(|| url.host_str().map(str::to_owned)).flatten()
}

fn is_bare(url: &Url) -> bool {
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    is_anonymous && url.query().is_none() && url.fragment().is_none()
}

/// Reads a value, which may have colons, and the role after it.
fn role(text: &str) -> Option<(String, Role)> {
    let (value, role) = text.trim().rsplit_once(':')?;
    let value = value.trim();
    (!value.is_empty()).then_some((value.to_owned(), role.trim().parse().ok()?))
}

fn redirect_url(given: Option<String>, public_url: Option<&Url>) -> Option<Url> {
    let Some(given) = given else { return public_url?.join(CALLBACK).ok() };
    let url = Url::parse(&given).ok()?;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_local(&url));
    // The console's cookies are those of this path.
    let path = public_url.map_or("", |url| url.path().trim_end_matches('/'));
    let is_callback = url.path().strip_prefix(path).is_some_and(|rest| rest == format!("/{CALLBACK}"));
    (is_safe && is_bare(&url) && is_callback).then_some(url)
}

#[cfg(test)]
mod tests;
