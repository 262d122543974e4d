//! Settings for verifying customers' tokens. The algorithm is taken from the settings, never from a token.

use std::time::Duration;

use jsonwebtoken::Algorithm;
use relink_protocol::HolderId;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::addresses::is_loopback;
use super::keys::Mode;
use super::network::number;
use super::token_keys::{MOST_KEYS, VerificationKey};
use super::{ConfigError, TokenKeysError, list, present};
use crate::config::options::TokenKeyOptions;

/// Rules for customers' tokens.
#[derive(Clone, Debug)]
pub(crate) struct TokenRules {
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) keys: TokenKeySource,
    pub(crate) audience: Option<String>,
    /// Accepted difference between the clocks of back end and server.
    pub(crate) leeway: Duration,
}

/// Source of the keys that verify tokens.
#[derive(Clone, Debug)]
pub(crate) enum TokenKeySource {
    /// Keys of the settings or of files.
    Settings(Vec<VerificationKey>),
    /// Address of a JSON Web Key Set.
    Jwks(Url),
}

/// Customer as whom every visitor is signed in, in a demo, and the key that signs their tokens.
#[derive(Clone, Debug)]
pub(crate) struct Demo {
    pub(crate) customer: HolderId,
    pub(crate) key: SecretString,
}

#[derive(Debug)]
pub(crate) struct CheckedToken {
    pub(crate) rules: TokenRules,
    /// The key, if it is a shared secret, with which the server can also sign.
    shared: Option<SecretString>,
}

/// Accepted difference of clocks in seconds unless it is set, and at most.
const LEEWAY: u64 = 60;
const LONGEST_LEEWAY: u64 = 300;

pub(crate) fn decide(
    algorithms: Option<&str>,
    key: Option<SecretString>,
    several: TokenKeyOptions,
    audience: Option<String>,
    leeway: Option<String>,
) -> Result<CheckedToken, ConfigError> {
    let folder = several.folder().is_some();
    let jwks = present(several.token_jwks_url);
    if [key.is_some(), folder, jwks.is_some()].into_iter().filter(|is_set| *is_set).count() > 1 {
        return Err(TokenKeysError::SeveralSources.into());
    }
    if key.is_none() && !folder && jwks.is_none() {
        return Err(ConfigError::NoTokenKey);
    }
    let algorithms = self::algorithms(algorithms)?;
    let keys = match (&key, jwks) {
        (Some(key), _) => {
            TokenKeySource::Settings(vec![VerificationKey::parse(None, key.expose_secret(), &algorithms)?])
        }
        (None, Some(url)) => {
            if audience.is_none() {
                return Err(TokenKeysError::JwksWithoutAudience.into());
            }
            TokenKeySource::Jwks(self::jwks(&url, &algorithms)?)
        }
        (None, None) => TokenKeySource::Settings(from_folder(several.token_key_files, &algorithms)?),
    };
    let shared = key.filter(|_| algorithms == [Algorithm::HS256]);
    let rules = TokenRules { algorithms, keys, audience, leeway: leeway_of(leeway)? };
    Ok(CheckedToken { rules, shared })
}

fn leeway_of(text: Option<String>) -> Result<Duration, ConfigError> {
    let seconds =
        present(text).map_or(Ok(LEEWAY), |text| number("RELINK_TOKEN_LEEWAY", &text, 0, LONGEST_LEEWAY))?;
    Ok(Duration::from_secs(seconds))
}

pub(crate) fn demo(customer: HolderId, mode: Mode, token: &CheckedToken) -> Result<Demo, ConfigError> {
    if mode != Mode::Sandbox {
        return Err(ConfigError::DemoWithKeys);
    }
    let key = token.shared.clone().ok_or(ConfigError::DemoAlgorithm)?;
    Ok(Demo { customer, key })
}

/// Parses the algorithms. A shared secret goes with no public key: whoever reads a setting for the other would not know
/// that this one must be kept secret.
fn algorithms(text: Option<&str>) -> Result<Vec<Algorithm>, ConfigError> {
    let known = |word: &str| match word {
        "HS256" => Some(Algorithm::HS256),
        "ES256" => Some(Algorithm::ES256),
        "EdDSA" => Some(Algorithm::EdDSA),
        "RS256" => Some(Algorithm::RS256),
        "PS256" => Some(Algorithm::PS256),
        _ => None,
    };
    let algorithms = text.and_then(|text| list::list(text, known)).ok_or(ConfigError::NoTokenAlgorithm)?;
    if algorithms.len() > 1 && algorithms.contains(&Algorithm::HS256) {
        return Err(ConfigError::NoTokenAlgorithm);
    }
    Ok(algorithms)
}

fn from_folder(
    files: Vec<crate::config::options::TokenKeyFile>,
    algorithms: &[Algorithm],
) -> Result<Vec<VerificationKey>, ConfigError> {
    if files.is_empty() || files.len() > MOST_KEYS {
        return Err(TokenKeysError::Folder.into());
    }
    files
        .into_iter()
        .map(|file| {
            let key = VerificationKey::parse(Some(file.kid.clone()), file.key.expose_secret(), algorithms);
            key.map_err(|fault| TokenKeysError::File { kid: file.kid, fault: Box::new(fault) }.into())
        })
        .collect()
}

/// Parses the address of a key set. Whoever could change it on its way could sign any token.
fn jwks(text: &str, algorithms: &[Algorithm]) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| TokenKeysError::JwksUrl)?;
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !is_safe || !is_plain || url.host_str().is_none() {
        return Err(TokenKeysError::JwksUrl.into());
    }
    if algorithms.contains(&Algorithm::HS256) {
        return Err(TokenKeysError::JwksWithSharedSecret.into());
    }
    Ok(url)
}
