//! Which shapes a call gets. Relink exists on preview versions only, from its first release on.

use axum::http::HeaderMap;

use super::error::ApiError;

/// What a call without the header gets: a version that knows nothing of relink.
const DEFAULT: &str = "2026-10-28.endive";
/// Every preview version with relink gets the shapes of this one.
const PREVIEW: &str = "2026-09-30.preview";
/// The first preview version with relink.
const FIRST_RELINK: &str = "2026-01-28";

/// The version of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    name: String,
}

impl Version {
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let name = match headers.get("stripe-version") {
            None => DEFAULT,
            Some(value) => value.to_str().unwrap_or("?"),
        };
        let (date, release) = name.split_once('.').unwrap_or((name, ""));
        let is_date = date.len() == 10 && date.chars().all(|c| c.is_ascii_digit() || c == '-');
        if !is_date || !release.chars().all(|c| c.is_ascii_lowercase()) {
            return Err(ApiError::malformed("Invalid Stripe API version in the Stripe-Version header."));
        }
        Ok(Self { name: name.to_owned() })
    }

    /// The version whose shapes the sandbox follows.
    pub(crate) fn preview() -> Self {
        Self { name: PREVIEW.to_owned() }
    }

    /// Do requests and answers have the relink fields?
    pub(crate) fn has_relink(&self) -> bool {
        match self.name.split_once('.') {
            Some((date, "preview")) => date >= FIRST_RELINK,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::Version;

    fn of(name: &str) -> Option<bool> {
        let headers = HeaderMap::from_iter([("stripe-version".parse().unwrap(), name.parse().unwrap())]);
        Version::of(&headers).ok().map(|version| version.has_relink())
    }

    #[test]
    fn only_previews_since_its_first_release_have_relink() {
        assert_eq!(of("2026-09-30.preview"), Some(true));
        assert_eq!(of("2026-01-28.preview"), Some(true));
        assert_eq!(of("2025-12-15.preview"), Some(false));
        assert_eq!(of("2026-10-28.endive"), Some(false));
        assert_eq!(of("2022-08-01"), Some(false));
        assert!(!Version::of(&HeaderMap::new()).unwrap().has_relink());
    }

    #[test]
    fn a_version_that_is_no_version_is_refused() {
        assert_eq!(of("latest"), None);
        assert_eq!(of("2026-09-30.preview; relink=v1"), None);
    }
}
