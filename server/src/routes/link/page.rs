//! Page at `/r`. It is the same for all links, because the server does not know the link's secret yet.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::config::settings::TokenSource;
use crate::domain::email::{button_colors, escaped};
use crate::domain::language::Language;
use crate::domain::texts;
use crate::state::AppState;

/// Query parameters: the language, if the email names one.
#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    locale: Option<String>,
}

impl Params {
    /// Returns the language in the URL, or else the one that the browser prefers.
    pub(crate) fn language(&self, accepted: Language) -> Language {
        self.locale.as_deref().map_or(accepted, Language::accepted)
    }
}

/// `GET /r`: the page.
pub(crate) async fn document(
    State(app): State<Arc<AppState>>,
    accepted: Language,
    Query(wanted): Query<Params>,
) -> impl IntoResponse {
    let language = wanted.language(accepted);
    let merchant = app.config.merchant_name.as_str();
    let go = app.config.help_url.as_deref().map_or_else(String::new, |help| go(language, merchant, help));
    let direction = if language.is_right_to_left() { "rtl" } else { "ltr" };
    let mut page = include_str!("page.html").replace("{go}", &go);
    for (place, text) in [
        ("{language}", language.code().to_owned()),
        ("{direction}", direction.to_owned()),
        (
            "{token_url}",
            app.config
                .requests
                .token_address
                .as_ref()
                .and_then(TokenSource::path)
                .unwrap_or_default()
                .to_owned(),
        ),
        ("{page_title}", texts::page_title(language)),
        ("{page_loading}", texts::page_loading(language)),
        ("{over_heading}", texts::over_heading(language)),
        ("{over_body}", texts::over_body(language, merchant)),
        ("{often_heading}", texts::often_heading(language)),
        ("{often_body}", texts::often_body(language)),
        ("{failed_heading}", texts::failed_heading(language)),
        ("{failed_body}", texts::failed_body(language)),
        ("{again}", texts::again(language)),
        ("{no_script}", texts::no_script(language)),
    ] {
        page = page.replace(place, &escaped(&text));
    }
    (
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache"), (VARY, "accept-language")],
        page,
    )
}

/// Renders a link to the merchant. An email address is shown as the label.
pub(crate) fn go(language: Language, merchant: &str, address: &str) -> String {
    let label =
        address.strip_prefix("mailto:").map_or_else(|| texts::over_go(language, merchant), str::to_owned);
    format!("<a class=\"primary\" href=\"{}\">{}</a>", escaped(address), escaped(&label))
}

/// `GET /r.js`: the page's script.
pub(crate) async fn script() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("page.js"))
}

/// `GET /r.css`: the page's styles, with the merchant's colour.
pub(crate) async fn styles(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    let own = app.config.requests.color.map(|color| {
        let (color, ink) = button_colors(color);
        format!("\nbody {{\n  --relink-accent: {color};\n  --accent: {color};\n  --on-accent: {ink};\n}}\n")
    });
    file("text/css; charset=utf-8", [include_str!("page.css"), own.as_deref().unwrap_or_default()].concat())
}

fn file(kind: &'static str, text: impl Into<String>) -> impl IntoResponse {
    let text = text.into();
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text)
}
