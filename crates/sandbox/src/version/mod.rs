//! API versions, which decide the shape of objects. Relink exists on preview versions only, since its first release;
//! other shapes changed on a date, for preview and GA versions alike or on two different dates.

mod fields;
mod known;
pub(crate) mod shape;

use axum::http::HeaderMap;

/// Version of calls without `Stripe-Version`, the account's default: a GA version without relink.
const DEFAULT: &str = "2026-10-28.endive";

/// API version of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    name: String,
}

/// First version with a field, a value, a parameter or an event type. `None` is never; an empty date is always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Since {
    pub(crate) ga: Option<&'static str>,
    pub(crate) preview: Option<&'static str>,
}

impl Since {
    /// In every version.
    pub(crate) const ALWAYS: Self = Self::both("");
    /// First versions with everything that relink needs.
    pub(crate) const RELINK: Self = Self::preview("2026-01-28");
    /// First versions in which a customer can be an Account.
    pub(crate) const CUSTOMER_ACCOUNTS: Self = Self::dates("2025-12-15", "");
    /// In every preview version and in no GA version.
    pub(crate) const EVERY_PREVIEW: Self = Self::preview("");

    /// From this date on, in GA and preview versions.
    pub(crate) const fn both(date: &'static str) -> Self {
        Self::dates(date, date)
    }

    /// From this date on, in preview versions only.
    pub(crate) const fn preview(date: &'static str) -> Self {
        Self { ga: None, preview: Some(date) }
    }

    /// From the first date on in GA versions, from the second on in preview versions.
    pub(crate) const fn dates(ga: &'static str, preview: &'static str) -> Self {
        Self { ga: Some(ga), preview: Some(preview) }
    }
}

impl Version {
    /// Name in the header `Stripe-Version`, or of the account's default version.
    pub(crate) fn requested_name(headers: &HeaderMap) -> &str {
        headers.get("stripe-version").map_or(DEFAULT, |value| value.to_str().unwrap_or("?"))
    }

    /// Parses the name of a published version; returns `None` for any other.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let is_known = match name.strip_suffix(".preview") {
            Some(date) => known::PREVIEWS.split_whitespace().any(|known| known == date),
            None => known::GA.split_whitespace().any(|known| known == name),
        };
        is_known.then(|| Self { name: name.to_owned() })
    }

    /// Parses the name of a version that was published after this program. It has the shapes of the newest known.
    pub(crate) fn parse_newer(name: &str) -> Option<Self> {
        let (date, release) = name.split_once('.')?;
        let is_date = date.len() == known::NEWEST.len()
            && date
                .char_indices()
                .all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() });
        let is_release = !release.is_empty() && release.chars().all(|c| c.is_ascii_lowercase());
        (is_date && is_release && date > known::NEWEST).then(|| Self { name: name.to_owned() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn date(&self) -> &str {
        self.name.split_once('.').map_or(self.name.as_str(), |(date, _)| date)
    }

    /// True if the version has what exists since then.
    pub(crate) fn has(&self, since: Since) -> bool {
        let first = if self.is_preview() { since.preview } else { since.ga };
        first.is_some_and(|first| self.date() >= first)
    }

    /// True if the version is of this date or earlier.
    pub(crate) fn is_until(&self, date: &str) -> bool {
        self.date() <= date
    }

    pub(crate) fn is_preview(&self) -> bool {
        self.name.ends_with(".preview")
    }

    /// True if requests and responses have the relink fields.
    pub(crate) fn has_relink(&self) -> bool {
        self.has(Since::RELINK)
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
    use super::{Since, Version, known};

    fn relink(name: &str) -> Option<bool> {
        Version::parse(name).map(|version| version.has_relink())
    }

    #[test]
    fn only_previews_since_its_first_release_have_relink() {
        assert_eq!(relink("2026-09-30.preview"), Some(true));
        assert_eq!(relink("2026-01-28.preview"), Some(true));
        assert_eq!(relink("2025-12-15.preview"), Some(false));
        assert_eq!(relink("2026-10-28.endive"), Some(false));
        assert_eq!(relink("2022-08-01"), Some(false));
        assert!(!Version::default().has_relink());
    }

    #[test]
    fn a_change_of_shapes_holds_from_its_dates_on() {
        let of = |name: &str| Version::parse(name).unwrap();
        let since = Since::dates("2026-07-29", "2026-06-24");
        for (name, has) in [
            ("2026-05-27.preview", false),
            ("2026-06-24.preview", true),
            ("2026-06-24.dahlia", false),
            ("2026-07-29.dahlia", true),
            ("2020-08-27", false),
        ] {
            assert_eq!(of(name).has(since), has, "{name}");
        }
        assert!(of("2020-08-27").has(Since::ALWAYS) && !of("2020-08-27").has(Since::EVERY_PREVIEW));
        assert!(
            of("2026-08-26.preview").is_until("2026-08-26")
                && !of("2026-09-30.preview").is_until("2026-08-26")
        );
    }

    #[test]
    fn only_published_versions_are_versions() {
        for name in [
            "latest",
            "2026-09-31.preview",
            "2099-01-01.preview",
            "2026-09-30.dahlia",
            "2026-09-30",
            "2025-03-01.preview",
            "2026-09-30.preview; relink=v1",
            "",
        ] {
            assert_eq!(Version::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_newer_version_is_well_formed_and_later_than_all_published_ones() {
        for (name, is_newer) in [
            ("2026-12-16.preview", true),
            ("2027-03-31.fig", true),
            ("2026-09-29.preview", false),
            ("2026-11-18.preview", false),
            ("2026-12-16", false),
            ("2026/12/16.preview", false),
            ("2026-12-16.Preview", false),
            ("2026-12-16.preview; x=v1", false),
        ] {
            assert_eq!(Version::parse_newer(name).is_some(), is_newer, "{name}");
        }
    }

    #[test]
    fn the_default_is_published_and_lists_are_in_order_up_to_the_newest() {
        assert!(Version::parse(super::DEFAULT).is_some());
        for list in [known::GA, known::PREVIEWS] {
            let all: Vec<&str> = list.split_whitespace().collect();
            assert!(all.is_sorted() && all.last().unwrap().starts_with(known::NEWEST), "{list}");
        }
    }
}
