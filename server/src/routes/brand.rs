//! The merchant's logo, icon and colours, for the pages that this server hosts and for no other site.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};

use super::static_files::cached;
use crate::config::settings::Config;
use crate::domain::email::{BLUE, button_colors};
use crate::state::AppState;

/// Stylesheet of header and footer.
pub(super) const STYLES: &str = "/brand.css";
/// The merchant's own logo; 404 without one.
pub(super) const LOGO: &str = "/brand/logo";
/// Icon of the merchant's initial.
pub(super) const ICON: &str = "/brand/icon.svg";

/// Keeps a logo that is opened as a page from running scripts.
const IMAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const SVG: &str = "image/svg+xml";

/// Returns the routes.
pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route(STYLES, get(styles))
        .route(LOGO, get(logo))
        .route(ICON, get(icon))
        .layer(from_fn(cached))
}

/// Returns the path of the icon of a page: the logo if it is set, otherwise the initial.
pub(super) fn icon_of(config: &Config) -> &'static str {
    if config.requests.logo.is_some() { LOGO } else { ICON }
}

async fn logo(State(app): State<Arc<AppState>>) -> Response {
    let Some(logo) = &app.config.requests.logo else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [(CONTENT_TYPE, logo.format.media_type()), (CONTENT_SECURITY_POLICY, IMAGE_POLICY)];
    (headers, logo.content.clone()).into_response()
}

async fn icon(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    let picture = initial(&app.config.merchant_name, app.config.requests.color.unwrap_or(BLUE));
    ([(CONTENT_TYPE, SVG), (CONTENT_SECURITY_POLICY, IMAGE_POLICY)], picture.into_string())
}

fn initial(merchant: &str, color: [u8; 3]) -> Markup {
    let (color, ink) = button_colors(color);
    let initial: String = merchant
        .chars()
        .find(|letter| letter.is_alphanumeric())
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" {
            rect width="32" height="32" rx="8" fill=(color) {}
            text x="16" y="22" font-family="system-ui, sans-serif" font-size="18" font-weight="600" text-anchor="middle" fill=(ink) { (initial) }
        }
    }
}

async fn styles(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], css(&app.config))
}

/// Returns the styles of header and footer, with the merchant's colour.
pub(super) fn css(config: &Config) -> String {
    let own = config.requests.color.map(|color| {
        let (color, ink) = button_colors(color);
        format!("\nbody {{\n  --relink-accent: {color};\n  --accent: {color};\n  --on-accent: {ink};\n}}\n")
    });
    [include_str!("brand.css"), own.as_deref().unwrap_or_default()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_the_initial_of_the_name_in_the_merchants_colour() {
        let icon = initial("“élan” <b>", [0xff, 0xd6, 0]).into_string();
        assert!(icon.contains(">É</text>") && icon.contains("fill=\"#ffd600\""), "{icon}");
        assert!(icon.contains("fill=\"#0a1426\""), "legible: {icon}");
        assert!(
            initial("!!", BLUE).into_string().contains("></text>"),
            "a name without letters has a plain icon"
        );
    }
}
