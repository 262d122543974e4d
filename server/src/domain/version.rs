//! Stripe's API version. Parameters changed between preview versions, so requests depend on it.

use std::fmt;

use jiff::civil::{Date, date};

/// A preview version, `YYYY-MM-DD.preview`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ApiVersion(Date);

impl ApiVersion {
    /// First version with relink.
    const RELINK: Self = Self(date(2026, 1, 28));
    /// Preview versions with relink that Stripe had published when this program was built, oldest first.
    const PUBLISHED: [Self; 11] = [
        Self(date(2026, 1, 28)),
        Self(date(2026, 2, 25)),
        Self(date(2026, 3, 4)),
        Self(date(2026, 3, 25)),
        Self(date(2026, 4, 22)),
        Self(date(2026, 5, 27)),
        Self(date(2026, 6, 24)),
        Self(date(2026, 7, 29)),
        Self(date(2026, 8, 26)),
        Self(date(2026, 9, 30)),
        Self(date(2026, 11, 18)),
    ];
    /// Renamed `payment_method_types` of setup intents.
    const ALLOWED_PAYMENT_METHOD_TYPES: Self = Self(date(2026, 8, 26));
    /// Replaced `filters[countries]` of sessions by a single country.
    const ONE_COUNTRY: Self = Self(date(2026, 9, 30));

    /// Parses a preview version that has relink. A general version would omit the relink fields from
    /// every response, without an error.
    pub(crate) fn with_relink(text: &str) -> Option<Self> {
        let day = text.strip_suffix(".preview").filter(|day| day.len() == "YYYY-MM-DD".len())?;
        day.parse().ok().map(Self).filter(|version| *version >= Self::RELINK)
    }

    /// True if Stripe published this version, or may have done so since this program was built. Stripe refuses every
    /// call on a version that does not exist.
    pub(crate) fn may_exist(self) -> bool {
        Self::PUBLISHED.last().is_none_or(|newest| self > *newest) || Self::PUBLISHED.contains(&self)
    }

    /// Returns the parameter that limits a session to a country.
    pub(crate) fn country_filter(self) -> &'static str {
        if self >= Self::ONE_COUNTRY { "filters[country]" } else { "filters[countries][]" }
    }

    /// Returns the parameter that limits a setup intent's payment methods.
    pub(crate) fn payment_method_types(self) -> &'static str {
        if self >= Self::ALLOWED_PAYMENT_METHOD_TYPES {
            "allowed_payment_method_types[]"
        } else {
            "payment_method_types[]"
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.preview", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_version_with_relink_is_kept_as_it_is_written() {
        for (text, accepted) in [
            ("2026-01-28.preview", true),
            ("2026-09-30.preview", true),
            ("2026-11-18.preview", true),
            ("2031-02-28.preview", true),
            ("2026-01-27.preview", false),
            ("2026-02-30.preview", false),
            ("20260930.preview", false),
            ("2026-10-28.endive", false),
            ("2026-11-18.endive", false),
            ("2026-09-30", false),
            ("", false),
        ] {
            let shown = ApiVersion::with_relink(text).map(|version| version.to_string());
            assert_eq!(shown.as_deref(), accepted.then_some(text), "{text}");
        }
    }

    #[test]
    fn a_version_between_two_published_ones_does_not_exist() {
        for (text, may_exist) in [
            ("2026-01-28.preview", true),
            ("2026-09-30.preview", true),
            ("2026-09-29.preview", false),
            ("2026-10-28.preview", false),
            ("2026-11-18.preview", true),
            ("2026-12-16.preview", true),
        ] {
            assert_eq!(ApiVersion::with_relink(text).unwrap().may_exist(), may_exist, "{text}");
        }
        assert!(ApiVersion::PUBLISHED.is_sorted());
    }

    #[test]
    fn parameters_have_the_names_of_their_version() {
        for (version, country, types) in [
            ("2026-07-29.preview", "filters[countries][]", "payment_method_types[]"),
            ("2026-08-25.preview", "filters[countries][]", "payment_method_types[]"),
            ("2026-08-26.preview", "filters[countries][]", "allowed_payment_method_types[]"),
            ("2026-09-29.preview", "filters[countries][]", "allowed_payment_method_types[]"),
            ("2026-09-30.preview", "filters[country]", "allowed_payment_method_types[]"),
            ("2026-11-18.preview", "filters[country]", "allowed_payment_method_types[]"),
        ] {
            let version = ApiVersion::with_relink(version).unwrap();
            assert_eq!(
                (version.country_filter(), version.payment_method_types()),
                (country, types),
                "{version}"
            );
        }
    }
}
