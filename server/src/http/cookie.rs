//! Cookies of this server's own pages.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use jiff::SignedDuration;

use crate::domain::link_token::Secret;
use crate::state::AppState;

/// Returns the secret in the cookie of this name.
pub(crate) fn read(app: &AppState, headers: &HeaderMap, name: &str) -> Option<Secret> {
    text(app, headers, name).and_then(Secret::given)
}

/// Returns the value of the cookie of this name.
pub(crate) fn text<'a>(app: &AppState, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let name = prefixed(app, name);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name).map(|(_, value)| value)
}

/// Returns a `Set-Cookie` value that stores the secret; `None` deletes the cookie.
pub(crate) fn set(app: &AppState, name: &str, secret: Option<&Secret>, lasts: SignedDuration) -> String {
    let lasts = secret.map_or(SignedDuration::ZERO, |_| lasts);
    set_text(app, name, secret.map_or("", Secret::expose), lasts)
}

/// Returns a `Set-Cookie` value that stores the text, which has no character of a cookie's syntax.
///
/// It is not `Strict`, because a customer who opens a link from an email comes from another site.
pub(crate) fn set_text(app: &AppState, name: &str, text: &str, lasts: SignedDuration) -> String {
    let base = app.config.requests.base_path();
    let path = if base.is_empty() { "/" } else { base };
    let secure = if is_plain(app) { "" } else { "; Secure" };
    format!(
        "{}={text}; Path={path}; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
        prefixed(app, name),
        lasts.as_secs()
    )
}

/// Returns the name with its prefix. A server with a host name of its own uses `__Host-`, which no other host can set.
/// Browsers demand `Path=/` for that: where the public URL has a path, the shop would get the secrets with every request
/// to its own pages, so `__Secure-` takes its place. Over plain HTTP, browsers reject both.
fn prefixed(app: &AppState, name: &str) -> String {
    let prefix = match (is_plain(app), app.config.requests.base_path()) {
        (true, _) => "",
        (false, "") => "__Host-",
        (false, _) => "__Secure-",
    };
    format!("{prefix}{name}")
}

/// True if this server is reached over plain HTTP, which is allowed on this machine only. There, browsers reject
/// `Secure` cookies.
fn is_plain(app: &AppState) -> bool {
    match &app.config.requests.public_url {
        Some(url) => url.scheme() == "http",
        None => app.config.listen.ip().is_loopback() && !app.config.network.behind_tls_proxy,
    }
}
