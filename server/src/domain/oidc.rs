//! Sign-in by OpenID Connect (Core 1.0, authorization code flow): what binds a sign-in to its browser, which ID tokens are
//! accepted, and what their claims say about the operator.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::link_token::{Secret, hash};
use super::role::Role;
use super::sign_in::mailbox;

/// Account at an issuer, which the two together identify (section 5.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OidcSubject {
    pub(crate) issuer: String,
    pub(crate) subject: String,
}

/// Sign-in that a browser has begun. All of it is derived from the secret in the browser's cookie, so nothing is stored,
/// any server can finish it, and no other browser can.
#[derive(Debug)]
pub(crate) struct OidcSignIn<'a> {
    secret: &'a Secret,
}

impl<'a> OidcSignIn<'a> {
    pub(crate) fn of(secret: &'a Secret) -> Self {
        Self { secret }
    }

    /// Returns the `state` of the authorization request, which also has the page to return to.
    pub(crate) fn state(&self, then: &str) -> String {
        format!("{}.{}", self.derived(&format!("state {then}")), BASE64_URL_SAFE_NO_PAD.encode(then))
    }

    /// Returns the page to return to, if the `state` is one of this sign-in.
    pub(crate) fn page_of(&self, state: &str) -> Option<String> {
        let (_, then) = state.split_once('.')?;
        let then = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(then).ok()?).ok()?;
        verify_slices_are_equal(self.state(&then).as_bytes(), state.as_bytes()).ok().map(|()| then)
    }

    /// Returns the `nonce`, which the ID token has to repeat.
    pub(crate) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// Returns the `code_verifier` of PKCE (RFC 7636), which the issuer requires for the code.
    pub(crate) fn code_verifier(&self) -> String {
        self.derived("code verifier")
    }

    /// Returns the `code_challenge` for the method `S256`.
    pub(crate) fn code_challenge(&self) -> String {
        hash(&self.code_verifier())
    }

    fn derived(&self, purpose: &str) -> String {
        hash(&format!("console oidc {purpose} {}", self.secret.expose()))
    }
}

/// Claims of an ID token whose signature has been verified.
pub(crate) type IdTokenClaims = Map<String, Value>;

/// Values that the claims of an ID token must have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedToken<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a str,
}

/// Reason for which an ID token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum IdTokenError {
    #[error("it is not a JSON Web Token signed with RS256, PS256, ES256 or EdDSA")]
    Malformed,
    #[error("its key is not in the issuer's key set")]
    UnknownKey,
    #[error("the issuer's key set can't be read")]
    NoKeys,
    #[error("its signature is not the issuer's")]
    Signature,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for another client")]
    Audience,
    #[error("it has expired, or is not valid yet; compare the clocks of the issuer and of this server")]
    Time,
    #[error("it belongs to another sign-in")]
    Nonce,
    #[error("it names no subject, or one of more than 255 characters")]
    Subject,
}

/// Accepted difference between the clocks of the issuer and of this server, in seconds.
const LEEWAY: f64 = 60.0;
/// Maximum length of a subject (section 2).
const LONGEST_SUBJECT: usize = 255;

/// Validates the claims by section 3.1.3.7, and returns the subject.
pub(crate) fn accept(
    claims: &IdTokenClaims,
    expected: ExpectedToken<'_>,
    now: Timestamp,
) -> Result<OidcSubject, IdTokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    if text("iss") != Some(expected.issuer) {
        return Err(IdTokenError::Issuer);
    }
    let audience = texts(claims.get("aud"));
    // With several audiences the authorized party says for which of them the token was issued.
    let party = match (claims.get("azp"), audience.as_slice()) {
        (Some(party), _) => party.as_str(),
        (None, [only]) => Some(*only),
        (None, _) => None,
    };
    if !audience.contains(&expected.client_id) || party != Some(expected.client_id) {
        return Err(IdTokenError::Audience);
    }
    let now = now.as_duration().as_secs_f64();
    let is_current = time("exp").is_some_and(|end| end + LEEWAY > now)
        && time("iat").is_some_and(|issued| issued - LEEWAY <= now)
        && (claims.get("nbf").is_none() || time("nbf").is_some_and(|begin| begin - LEEWAY <= now));
    if !is_current {
        return Err(IdTokenError::Time);
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(IdTokenError::Nonce);
    }
    let subject = text("sub").filter(|sub| !sub.is_empty() && sub.len() <= LONGEST_SUBJECT);
    let subject = subject.ok_or(IdTokenError::Subject)?.to_owned();
    Ok(OidcSubject { issuer: expected.issuer.to_owned(), subject })
}

/// Returns the email address that the issuer has verified, if there is one.
pub(crate) fn verified_email(claims: &IdTokenClaims) -> Option<String> {
    // Some issuers write the claim as text.
    let is_verified = match claims.get("email_verified") {
        Some(Value::Bool(is_verified)) => *is_verified,
        Some(Value::String(text)) => text == "true",
        _ => false,
    };
    claims.get("email").and_then(Value::as_str).filter(|_| is_verified).and_then(mailbox)
}

/// Roles by the values of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleClaim {
    /// Name of the claim, or a path of names with dots between them.
    pub(crate) name: String,
    pub(crate) roles: Vec<(String, Role)>,
}

impl RoleClaim {
    /// Returns the claim's values that stand for a role; `None` if there is no such claim.
    pub(crate) fn values(&self, claims: &IdTokenClaims) -> Option<Vec<String>> {
        let email = verified_email(claims).map(Value::String);
        // Anyone may be able to write an address into their account that is not theirs.
        let claim = if self.name == "email" { email.as_ref() } else { self.find(claims) };
        let given = texts(Some(claim?));
        let known = self.roles.iter().map(|(value, _)| value).filter(|value| given.contains(&value.as_str()));
        Some(known.cloned().collect())
    }

    /// Returns the highest role that one of the values stands for.
    pub(crate) fn role(&self, values: &[String]) -> Option<Role> {
        let of = self.roles.iter().filter(|(value, _)| values.contains(value)).map(|(_, role)| *role);
        of.max()
    }

    /// Finds the claim by its whole name, which may be an address with dots, or else by the path.
    fn find<'a>(&self, claims: &'a IdTokenClaims) -> Option<&'a Value> {
        if let Some(value) = claims.get(&self.name) {
            return Some(value);
        }
        let mut names = self.name.split('.');
        let first = claims.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }
}

/// Returns a text, the texts of a list, or the names in an object, in which some issuers have roles. A name whose value is
/// `false` or null is none that the operator has.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::Object(object)) => {
            let has = |value: &Value| !matches!(value, Value::Null | Value::Bool(false));
            object.iter().filter(|(_, value)| has(value)).map(|(name, _)| name.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
