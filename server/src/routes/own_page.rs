//! This server's own page, `/`: the built `index.html` with the URL of the customer's token in it. Without such a URL,
//! a page that leads to the merchant.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use maud::html;
use strum::IntoEnumIterator as _;

use super::brand;
use super::hosted_page::{HostedPage, footer, header, merchant_address, way_to_merchant};
use super::link::page::Params;
use super::static_files::cached;
use crate::config::settings::{Config, TokenSource};
use crate::domain::email::escaped;
use crate::domain::language::Language;
use crate::domain::texts;
use crate::state::AppState;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Page at `/`, rendered once at start.
#[derive(Clone, Debug)]
enum OwnPage {
    /// The element, which fetches the customer's token from the merchant; in each language, for the title and readers
    /// without JavaScript.
    Element { pages: BTreeMap<Language, String> },
    /// A page without the element, because no sign-in is configured. The address is the merchant's.
    WayToMerchant { address: Option<String> },
}

impl OwnPage {
    /// Puts the URL of the customer's token into `index`, the text of the built `index.html`.
    fn new(config: &Config, index: &str) -> Self {
        let Some(element) = element(config) else {
            return Self::WayToMerchant { address: merchant_address(config) };
        };
        let html = with_element(index, &element).unwrap_or_else(|| {
            tracing::warn!("index.html has no <bank-relink> element; it is served as it is");
            index.to_owned()
        });
        let page = |language| with_frame(&translated(&html, language), config, language);
        let pages = Language::iter().map(|language| (language, page(language)));
        Self::Element { pages: pages.collect() }
    }
}

/// True if the page can sign a customer in.
pub(crate) fn signs_in(config: &Config) -> bool {
    element(config).is_some()
}

/// Returns the element with the URL of the token: the merchant's, or in a demo this server's. `None` if there is
/// neither.
fn element(config: &Config) -> Option<String> {
    let (attribute, address) = match &config.requests.token_address {
        Some(TokenSource::Path(path)) => ("token-url", path.clone()),
        Some(TokenSource::SignIn(url)) => ("data-sign-in", url.to_string()),
        None if config.demo.is_some() => ("token-url", format!("{}/demo/token", config.requests.base_path())),
        None => return None,
    };
    Some(format!("<bank-relink {attribute}=\"{}\"></bank-relink>", escaped(&address)))
}

/// Replaces the `<bank-relink>` element in `html` by `element`.
fn with_element(html: &str, element: &str) -> Option<String> {
    with(html, "<bank-relink", "</bank-relink>", element)
}

/// Replaces everything from `begin` to `end` in `html`.
fn with(html: &str, begin: &str, end: &str, content: &str) -> Option<String> {
    let (before, rest) = html.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some([before, content, after].concat())
}

/// Puts into the page all that a reader sees before the element is there: the language, the title, and the text for
/// browsers without JavaScript. Leaves out a part that the page does not have.
fn translated(html: &str, language: Language) -> String {
    let [title, no_script] = [texts::accounts_title(language), texts::no_script(language)];
    let root = format!("<html lang=\"{}\" dir=\"{}\">", language.code(), texts::direction(language));
    let title = format!("<title>{}</title>", escaped(&title));
    let no_script = format!("<noscript><p>{}</p></noscript>", escaped(&no_script));
    [("<html", ">", root), ("<title>", "</title>", title), ("<noscript>", "</noscript>", no_script)]
        .into_iter()
        .fold(html.to_owned(), |html, (begin, end, content)| {
            with(&html, begin, end, &content).unwrap_or(html)
        })
}

/// Puts the merchant's header, footer and icon around the page. Leaves out a part that the page has no place for.
fn with_frame(html: &str, config: &Config, language: Language) -> String {
    let [icon, styles] = [brand::icon_of(config), brand::STYLES];
    let base = config.requests.base_path();
    let links = html! {
        link rel="icon" href={ (base) (icon) };
        link rel="stylesheet" href={ (base) (styles) };
    };
    let links = links.into_string();
    let before = format!("{}<main>", header(config).into_string());
    let after = format!("</main>{}", footer(config, language).into_string());
    [("<link rel=\"icon\"", ">", links), ("<main", ">", before), ("</main", ">", after)]
        .into_iter()
        .fold(html.to_owned(), |html, (begin, end, content)| {
            with(&html, begin, end, &content).unwrap_or(html)
        })
}

/// Returns the routes of the page, which is rendered once.
pub(crate) fn routes(app: &AppState) -> Router<Arc<AppState>> {
    let page = Arc::new(OwnPage::new(&app.config, &app.index));
    Router::new()
        .route("/", get(document))
        .route("/index.html", get(document))
        .route("/own-page.js", get(script))
        .route("/opener.js", get(opener))
        .layer(from_fn(cached))
        .layer(Extension(page))
}

/// `GET /`: the page.
async fn document(
    State(app): State<Arc<AppState>>,
    Extension(page): Extension<Arc<OwnPage>>,
    accepted: Language,
    wanted: Result<Query<Params>, QueryRejection>,
) -> Response {
    // An invalid query must not keep anyone from the page.
    let language = wanted.map_or(accepted, |Query(wanted)| wanted.language(accepted));
    let html = match &*page {
        OwnPage::Element { pages } => pages.get(&language).cloned().unwrap_or_default(),
        OwnPage::WayToMerchant { address } => elsewhere(&app.config, language, address.as_deref()),
    };
    ([(CONTENT_TYPE, HTML), (VARY, "accept-language")], html).into_response()
}

/// Renders the page without the element.
fn elsewhere(config: &Config, language: Language, address: Option<&str>) -> String {
    let merchant = config.merchant_name.as_str();
    let title = texts::elsewhere_heading(language, merchant);
    let body = texts::elsewhere_body(language, merchant);
    let go = address.map(|address| way_to_merchant(language, merchant, address)).unwrap_or_default();
    HostedPage { config, language, title: &title }.card(&body, &go).into_string()
}

/// `GET /own-page.js`: lets the element on a merchant's page find out if this server's own page can sign the customer
/// in. It is a module because a content security policy that allows the element's script allows this one, too.
async fn script(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, SCRIPT)], format!("export const works = {};\n", signs_in(&app.config)))
}

/// `GET /opener.js`: tells the developers of a page if its Cross-Origin-Opener-Policy separates it from the bank's window.
/// A file of its own, because few pages need it.
async fn opener() -> impl IntoResponse {
    ([(CONTENT_TYPE, SCRIPT)], include_str!("opener.js"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_element_is_replaced_however_a_minifier_has_written_it() {
        let new = "<bank-relink token-url=\"/t\"></bank-relink>";
        for old in [
            "<bank-relink token-url=\"/demo/token\"></bank-relink>",
            "<bank-relink token-url=/demo/token></bank-relink>",
            "<bank-relink\n  banner>\n</bank-relink>",
        ] {
            let page = format!("<main>{old}<noscript></noscript></main>");
            let expected = format!("<main>{new}<noscript></noscript></main>");
            assert_eq!(with_element(&page, new), Some(expected), "{old}");
        }
        assert_eq!(with_element("<main></main>", new), None);
    }

    #[test]
    fn the_page_is_in_the_readers_language_before_any_script_runs() {
        let built = include_str!("../../../index.html");
        let page = translated(built, Language::Arabic);
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
        assert!(page.contains("<title>حساباتك البنكية</title>") && !page.contains("Your bank"), "{page}");
        assert!(page.contains("<noscript><p>تحتاج") && !page.contains("This page needs"), "{page}");
        assert_eq!(
            translated("<html lang=en><main></main>", Language::German),
            "<html lang=\"de\" dir=\"ltr\"><main></main>"
        );
    }
}
