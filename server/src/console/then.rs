//! Where an operator was going when they had to sign in first.

use axum::http::request::Parts;
use axum::http::{Method, Uri};
use maud::{Markup, html};

use super::page::address;
use super::who::Fields;

/// A page of the console, and nothing else: whoever makes a link to the sign-in leads nobody elsewhere by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Then(String);

/// The console's first page.
const HOME: &str = "/console";
/// Longer than the address of any page.
const LONGEST: usize = 2_000;

impl Default for Then {
    fn default() -> Self {
        Self(HOME.to_owned())
    }
}

impl Then {
    /// The page that was asked for. What a form was to do is not done later.
    pub(super) fn of(parts: &Parts) -> Self {
        let page = parts.uri.path_and_query().filter(|_| parts.method == Method::GET);
        page.map_or_else(Self::default, |page| Self::given(page.as_str()))
    }

    /// The one that a form holds.
    pub(super) fn of_form(fields: &Fields) -> Self {
        Self::given(fields.one("then"))
    }

    /// What somebody says it is; the first page where that is none of ours.
    pub(super) fn given(page: &str) -> Self {
        if is_ours(page) { Self(page.to_owned()) } else { Self::default() }
    }

    pub(super) fn page(&self) -> &str {
        &self.0
    }

    /// The sign-in that leads there.
    pub(super) fn sign_in(&self) -> String {
        let page = if self.0 == HOME { "" } else { &self.0 };
        address("/console/sign-in", &[("then", page)])
    }

    /// For a form.
    pub(super) fn hidden(&self) -> Markup {
        html! { @if self.0 != HOME { input type="hidden" name="then" value=(self.0); } }
    }
}

fn is_ours(page: &str) -> bool {
    let Ok(uri) = page.parse::<Uri>() else { return false };
    // Browsers go up where a path has dots in it, and take `%2e` for one.
    let goes_up = uri.path().to_lowercase().replace("%2e", ".").contains("/..");
    let is_below = uri.path() == HOME || uri.path().starts_with("/console/");
    uri.host().is_none() && is_below && !goes_up && page.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_console_are_led_to() {
        for page in ["/console", "/console?q=a%20b&state=broken", "/console/accounts/fca_1"] {
            assert_eq!(Then::given(page).page(), page);
        }
        for elsewhere in [
            "",
            "/",
            "/api/accounts",
            "/consoles",
            "//evil.example/console",
            "https://evil.example/console",
            "/console/\r\nset-cookie: a=b",
            "/console/../api",
            "/console/%2E./api",
            "/console.evil.example",
            "/console@evil.example",
            &format!("/console?{}", "a".repeat(2_000)),
        ] {
            assert_eq!(Then::given(elsewhere), Then::default(), "{elsewhere:?}");
        }
    }

    #[test]
    fn the_sign_in_says_where_it_leads_unless_that_is_where_it_leads_anyway() {
        assert_eq!(Then::default().sign_in(), "/console/sign-in");
        let there = Then::given("/console?q=a%20b").sign_in();
        assert_eq!(there, "/console/sign-in?then=%2Fconsole%3Fq%3Da%2520b");
    }
}
