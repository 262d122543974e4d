//! Language of the console: the operator's choice, which a cookie remembers, or else the browser's.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use jiff::SignedDuration;
use maud::{Markup, html};
use strum::IntoEnumIterator;

use super::address::public_path;
use super::auth::SameOriginForm;
use super::error::PageError;
use super::return_to::ReturnTo;
use super::sign_in::to;
use super::texts::{self, in_language};
use crate::domain::language::Language;
use crate::http::cookie;
use crate::state::AppState;

/// Cookie with the code of the chosen language.
const CHOSEN: &str = "relink-console-language";
/// The longest time for which browsers keep a cookie.
const LIFETIME: SignedDuration = SignedDuration::from_hours(400 * 24);

tokio::task_local! {
    /// Page of the request, to which the choice of a language leads back.
    static PAGE: ReturnTo;
}

/// Middleware that makes the language known to [`texts`].
pub(super) async fn know_language(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let accepted = Language::from_request_parts(&mut parts, &app).await.unwrap_or(Language::English);
    let chosen = cookie::text(&app, &parts.headers, CHOSEN).and_then(Language::of_locale);
    let page = ReturnTo::of(&parts);
    let response = next.run(Request::from_parts(parts, body));
    PAGE.scope(page, in_language(chosen.unwrap_or(accepted), response)).await
}

/// Renders the choice of a language as a small menu in the header, which needs no script.
pub(super) fn chooser() -> Markup {
    let current = texts::language();
    html! {
        details.menu {
            summary { span.hidden { (texts::language_label()) " " } bdi lang=(current.code()) { (own_name(current)) } }
            div { (languages()) }
        }
    }
}

/// Renders the languages as the buttons of a form.
pub(super) fn languages() -> Markup {
    let page = PAGE.try_with(ReturnTo::clone).unwrap_or_default();
    let current = texts::language();
    html! {
        form method="post" action=(public_path("/console/language")) aria-label=(texts::language_label()) {
            (page.hidden())
            @for language in Language::iter() {
                button.quiet name="language" value=(language.code()) lang=(language.code())
                    aria-current=[(language == current).then_some("true")] { (own_name(language)) }
            }
        }
    }
}

/// Returns the name of a language in itself, which its speakers find whatever the page is in.
fn own_name(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::Arabic => "العربية",
        Language::German => "Deutsch",
        Language::Spanish => "Español",
        Language::French => "Français",
        Language::BrazilianPortuguese => "Português (Brasil)",
        Language::SimplifiedChinese => "简体中文",
    }
}

/// `POST /console/language`: remembers the choice, and leads back to the page.
pub(super) async fn choose(
    State(app): State<Arc<AppState>>,
    SameOriginForm(fields): SameOriginForm,
) -> Result<Response, PageError> {
    let chosen = Language::of_locale(fields.one("language")).ok_or(PageError::NotFound)?;
    let cookie = cookie::set_text(&app, CHOSEN, chosen.code(), LIFETIME);
    Ok(to(&public_path(ReturnTo::of_form(&fields).page()), &[cookie]))
}
