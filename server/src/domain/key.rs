//! Keys of the merchant's back ends, and what each may do.

use serde::Serialize;

use super::link::Secret;

/// Something that a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) enum Scope {
    #[serde(rename = "accounts:read")]
    AccountsRead,
    #[serde(rename = "requests:read")]
    RequestsRead,
    #[serde(rename = "requests:write")]
    RequestsWrite,
    #[serde(rename = "operations:read")]
    OperationsRead,
    #[serde(rename = "operations:write")]
    OperationsWrite,
    #[serde(rename = "audit:read")]
    AuditRead,
    #[serde(rename = "console")]
    Console,
}

impl Scope {
    pub(crate) const ALL: [Self; 7] = [
        Self::AccountsRead,
        Self::RequestsRead,
        Self::RequestsWrite,
        Self::OperationsRead,
        Self::OperationsWrite,
        Self::AuditRead,
        Self::Console,
    ];

    /// As it is written.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AccountsRead => "accounts:read",
            Self::RequestsRead => "requests:read",
            Self::RequestsWrite => "requests:write",
            Self::OperationsRead => "operations:read",
            Self::OperationsWrite => "operations:write",
            Self::AuditRead => "audit:read",
            Self::Console => "console",
        }
    }

    /// The one that is written so.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// What a request to this path needs. One place for all of them, so that a new route is closed until it is here.
    pub(crate) fn of(method: &str, path: &str) -> Option<Self> {
        let (read, write) = match path.split('/').nth(2)? {
            "relink-requests" | "opt-outs" => (Self::RequestsRead, Some(Self::RequestsWrite)),
            "accounts" | "connections" => (Self::AccountsRead, None),
            "deliveries" | "work" | "status" => (Self::OperationsRead, Some(Self::OperationsWrite)),
            "audit" => (Self::AuditRead, None),
            _ => return None,
        };
        if matches!(method, "GET" | "HEAD") { Some(read) } else { write }
    }
}

/// What a key begins with: it says whose it is, for programs that look for lost keys, and for which mode.
pub(crate) const TEST: &str = "rlk_test_";
pub(crate) const LIVE: &str = "rlk_live_";

/// The whole key.
pub(crate) fn text(is_live: bool, secret: &Secret) -> String {
    [if is_live { LIVE } else { TEST }, secret.expose()].concat()
}

/// Whether this can be one of these keys.
pub(crate) fn is_key(text: &str) -> bool {
    let secret = text.strip_prefix(TEST).or_else(|| text.strip_prefix(LIVE));
    secret.and_then(Secret::given).is_some()
}

/// By which its owner knows it again: the mode and six characters, 36 bits of 256.
pub(crate) fn starts_with(text: &str) -> String {
    text.chars().take(TEST.len() + 6).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_its_mode_and_is_known_again() {
        let secret = Secret::new([7; 32]);
        for (is_live, begins) in [(false, "rlk_test_"), (true, "rlk_live_")] {
            let key = text(is_live, &secret);
            assert!(key.starts_with(begins) && is_key(&key));
            assert_eq!(starts_with(&key).len(), begins.len() + 6);
        }
        for other in ["", "rlk_test_", "rk_test_1", "rlk_test_short"] {
            assert!(!is_key(other), "{other}");
        }
    }

    #[test]
    fn every_route_needs_its_scope_and_an_unknown_one_has_none() {
        for (method, path, expected) in [
            ("GET", "/v1/relink-requests", Some(Scope::RequestsRead)),
            ("POST", "/v1/relink-requests", Some(Scope::RequestsWrite)),
            ("POST", "/v1/relink-requests/rlr_1/cancel", Some(Scope::RequestsWrite)),
            ("PUT", "/v1/opt-outs/cus_1", Some(Scope::RequestsWrite)),
            ("GET", "/api/connections", Some(Scope::AccountsRead)),
            ("GET", "/api/accounts/fca_1/owners", Some(Scope::AccountsRead)),
            ("GET", "/api/work", Some(Scope::OperationsRead)),
            ("POST", "/api/work/x/retry", Some(Scope::OperationsWrite)),
            ("POST", "/api/deliveries/x/replay", Some(Scope::OperationsWrite)),
            ("GET", "/api/audit", Some(Scope::AuditRead)),
            ("POST", "/api/audit", None),
            ("GET", "/v1/new-things", None),
        ] {
            assert_eq!(Scope::of(method, path), expected, "{method} {path}");
        }
        assert!(Scope::ALL.into_iter().all(|scope| Scope::named(scope.as_str()) == Some(scope)));
    }
}
