//! API versions, which decide the shape of objects. Relink exists on preview versions only, since its first release;
//! other shapes changed on a date, for preview and GA versions alike.

use axum::http::HeaderMap;

/// Version of calls without `Stripe-Version`, the account's default: a GA version without relink.
const DEFAULT: &str = "2026-10-28.endive";
/// Newest version whose shapes are known.
const PREVIEW: &str = "2026-09-30.preview";
/// First preview version with relink.
const FIRST_RELINK: &str = "2026-01-28";

/// API version of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    name: String,
}

impl Version {
    /// Reads the header `Stripe-Version`; returns `None` if it is not a version.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let name = match headers.get("stripe-version") {
            None => DEFAULT,
            Some(value) => value.to_str().unwrap_or("?"),
        };
        Self::parse(name)
    }

    /// Parses a version's name; returns `None` if it is not one.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (date, release) = name.split_once('.').unwrap_or((name, ""));
        let is_date = date.len() == 10 && date.chars().all(|c| c.is_ascii_digit() || c == '-');
        let is_version = is_date && release.chars().all(|c| c.is_ascii_lowercase());
        is_version.then(|| Self { name: name.to_owned() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the preview version, in which tests and the bank window see all fields.
    pub(crate) fn preview() -> Self {
        Self { name: PREVIEW.to_owned() }
    }

    /// True if the version is of this date, such as `2026-09-30`, or later.
    pub(crate) fn is_since(&self, date: &str) -> bool {
        self.name.split('.').next().is_some_and(|own| own >= date)
    }

    pub(crate) fn is_preview(&self) -> bool {
        self.name.ends_with(".preview")
    }

    /// True if requests and responses have the relink fields.
    pub(crate) fn has_relink(&self) -> bool {
        match self.name.split_once('.') {
            Some((date, "preview")) => date >= FIRST_RELINK,
            _ => false,
        }
    }
}

/// The default version of the merchant's account.
impl Default for Version {
    fn default() -> Self {
        Self { name: DEFAULT.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::Version;

    fn of(name: &str) -> Option<bool> {
        let headers = HeaderMap::from_iter([("stripe-version".parse().unwrap(), name.parse().unwrap())]);
        Version::from_headers(&headers).map(|version| version.has_relink())
    }

    #[test]
    fn only_previews_since_its_first_release_have_relink() {
        assert_eq!(of("2026-09-30.preview"), Some(true));
        assert_eq!(of("2026-01-28.preview"), Some(true));
        assert_eq!(of("2025-12-15.preview"), Some(false));
        assert_eq!(of("2026-10-28.endive"), Some(false));
        assert_eq!(of("2022-08-01"), Some(false));
        assert!(!Version::from_headers(&HeaderMap::new()).unwrap().has_relink());
    }

    #[test]
    fn a_change_of_shapes_holds_from_its_date_on() {
        assert!(Version::preview().is_since("2026-09-30") && !Version::preview().is_since("2026-10-01"));
        let ga = Version::from_headers(&HeaderMap::new()).unwrap();
        assert!(ga.is_since("2026-09-30"));
    }

    #[test]
    fn a_version_that_is_no_version_is_refused() {
        assert_eq!(of("latest"), None);
        assert_eq!(of("2026-09-30.preview; relink=v1"), None);
    }
}
