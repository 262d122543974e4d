//! Return address of the sign-in: the page that the operator wanted to open.

use axum::http::Method;
use axum::http::request::Parts;
use maud::{Markup, html};
use reqwest::Url;

use super::address::address;
use super::auth::Fields;

/// Path of a console page. No other address is possible, so a crafted link to the sign-in is no open redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReturnTo(String);

/// First page of the console.
const HOME: &str = "/console";
/// Maximum length in bytes. The console's own addresses are shorter.
const LONGEST: usize = 2_000;

impl Default for ReturnTo {
    fn default() -> Self {
        Self(HOME.to_owned())
    }
}

impl ReturnTo {
    /// Returns the requested page; the first page for a form, which is not sent again after the sign-in.
    pub(super) fn of(parts: &Parts) -> Self {
        let page = parts.uri.path_and_query().filter(|_| parts.method == Method::GET);
        page.map_or_else(Self::default, |page| Self::given(page.as_str()))
    }

    /// Returns the page in the form's field `then`.
    pub(super) fn of_form(fields: &Fields) -> Self {
        Self::given(fields.one("then"))
    }

    /// Returns the given page, or the first page if it is not a page of the console.
    pub(super) fn given(page: &str) -> Self {
        console_page(page).map_or_else(Self::default, Self)
    }

    pub(super) fn page(&self) -> &str {
        &self.0
    }

    /// Returns the address of the sign-in that leads to this page.
    pub(super) fn sign_in(&self) -> String {
        let page = if self.0 == HOME { "" } else { &self.0 };
        address("/console/sign-in", &[("then", page)])
    }

    /// Renders the page as a hidden form field.
    pub(super) fn hidden(&self) -> Markup {
        html! { @if self.0 != HOME { input type="hidden" name="then" value=(self.0); } }
    }
}

/// Returns the path and query that a browser would open, if they are the console's. Parsed by the URL standard, because
/// browsers treat `\` as `/` and `%2e` as a dot, and drop line breaks and tabs.
fn console_page(page: &str) -> Option<String> {
    // Any origin will do, as long as `page` does not leave it.
    let base = Url::parse("https://console.invalid/").ok()?;
    let url = base.join(page).ok()?;
    let is_console = url.path() == HOME || url.path().starts_with("/console/");
    let stays = url.origin() == base.origin() && page.starts_with('/') && page.len() <= LONGEST;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    (is_console && stays).then(|| format!("{}{query}", url.path()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    #[test]
    fn only_pages_of_the_console_are_led_to() {
        for page in ["/console", "/console?q=a%20b&state=broken", "/console/accounts/fca_1"] {
            assert_eq!(ReturnTo::given(page).page(), page);
        }
        for elsewhere in [
            "",
            "/",
            "/api/accounts",
            "/consoles",
            "//evil.example/console",
            "https://evil.example/console",
            "/console/../api",
            "/console/%2E./api",
            "/console/\\..\\..\\api/accounts",
            "/console/.%2e\\../api",
            "\\\\evil.example/console",
            "/\\evil.example/console",
            "/\t/evil.example/console",
            "/console.evil.example",
            "/console@evil.example",
            &format!("/console?{}", "a".repeat(2_000)),
        ] {
            assert_eq!(ReturnTo::given(elsewhere), ReturnTo::default(), "{elsewhere:?}");
        }
    }

    #[test]
    fn the_page_is_taken_as_browsers_read_it_and_not_as_typed() {
        for (typed, page) in [
            ("/console/\r\nset-cookie: a=b", "/console/set-cookie:%20a=b"),
            ("/console\\accounts", "/console/accounts"),
            ("/console/x/../accounts#top", "/console/accounts"),
        ] {
            assert_eq!(ReturnTo::given(typed).page(), page, "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn every_page_that_is_taken_is_one_of_the_console_to_a_browser(
            page in "(/console|/|//|)(/|\\\\|\\.|%2[eE]|console|api|@|:|\\?|#|\t|\r\n|\u{202e}| |[a-z]){0,12}"
        ) {
            let taken = ReturnTo::given(&page);
            let here = Url::parse("https://server.example/console/sign-in").unwrap();
            let there = here.join(taken.page()).unwrap();
            prop_assert!(there.origin() == here.origin());
            prop_assert!(there.path() == HOME || there.path().starts_with("/console/"), "{there}");
            prop_assert!(taken.page().bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    #[test]
    fn the_sign_in_says_where_it_leads_unless_that_is_where_it_leads_anyway() {
        assert_eq!(ReturnTo::default().sign_in(), "/console/sign-in");
        let there = ReturnTo::given("/console?q=a%20b").sign_in();
        assert_eq!(there, "/console/sign-in?then=%2Fconsole%3Fq%3Da%2520b");
    }
}
