//! Page at `/r`. It is the same for all links, because the server does not know the link's secret yet.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::config::settings::{Config, TokenSource};
use crate::domain::language::Language;
use crate::domain::link_token::Secret;
use crate::domain::texts;
use crate::routes::brand;
use crate::routes::hosted_page::{HostedPage, merchant_address, way_to_merchant};
use crate::state::AppState;

/// Query parameters: the language, if the email names one.
#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    locale: Option<String>,
}

impl Params {
    /// Returns the language in the URL, or else the one that the browser prefers.
    pub(crate) fn language(&self, accepted: Language) -> Language {
        self.locale.as_deref().and_then(Language::of_locale).unwrap_or(accepted)
    }
}

/// `GET /r`: the page.
pub(crate) async fn document(
    State(app): State<Arc<AppState>>,
    accepted: Language,
    Query(wanted): Query<Params>,
) -> impl IntoResponse {
    let language = wanted.language(accepted);
    let title = texts::page_title(language);
    let page = HostedPage { config: &app.config, language, title: &title };
    let page = page.render(&sections(&app.config, language, &title), Some("/r.js"));
    (
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache"), (VARY, "accept-language")],
        page,
    )
}

/// `GET /r%23…`: a link whose `#` was encoded on its way, by a program or a person. Leads to the link as it was.
pub(crate) async fn with_encoded_hash(
    State(app): State<Arc<AppState>>,
    Path(secret): Path<String>,
) -> Response {
    let base = app.config.requests.base_path();
    match Secret::given(secret.get(..Secret::LENGTH).unwrap_or_default()) {
        Some(secret) => Redirect::to(&format!("{base}/r#{}", secret.expose())).into_response(),
        None => Redirect::to(&format!("{base}/r")).into_response(),
    }
}

/// Renders the sections of the page; the script shows one at a time.
fn sections(config: &Config, language: Language, title: &str) -> Markup {
    let merchant = config.merchant_name.as_str();
    let token_path = config.requests.token_address.as_ref().and_then(TokenSource::path);
    let go = merchant_address(config).map(|address| way_to_merchant(language, merchant, &address));
    let end = |id: &str, heading: String, body: String, rest: Markup| {
        html! { section .card id=(id) hidden { h1 tabindex="-1" { (heading) } p { (body) } (rest) } }
    };
    let again = |id: &str| html! { button.primary .again type="button" id=(id) { (texts::again(language)) } };
    html! {
        main data-token-url=(token_path.unwrap_or_default()) {
            section #loading .card { h1 { (title) } p { (texts::page_loading(language)) } }
            (end("over", texts::over_heading(language), texts::over_body(language, merchant), go.unwrap_or_default()))
            (end("incomplete", texts::incomplete_heading(language), texts::incomplete_body(language), html! {}))
            (end("often", texts::often_heading(language), texts::often_body(language), again("again-later")))
            (end("failed", texts::failed_heading(language), texts::failed_body(language), again("again")))
            (end("cookies", texts::cookies_heading(language), texts::cookies_body(language), again("again-with-cookies")))
            section #account hidden {}
            p #back hidden { a #return {} }
            noscript { p.card { (texts::no_script(language)) } }
        }
    }
}

/// `GET /r.js`: the page's script.
pub(crate) async fn script() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("page.js"))
}

/// `GET /r.css`: the styles of this page and of others with one card, with the merchant's colour.
pub(crate) async fn styles(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    file("text/css; charset=utf-8", [include_str!("page.css"), brand::css(&app.config).as_str()].concat())
}

fn file(kind: &'static str, text: impl Into<String>) -> impl IntoResponse {
    let text = text.into();
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text)
}
