//! This server's own page, `/`: the built `index.html` with the URL of the customer's token in it. Without such a URL,
//! a page that leads to the merchant.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};

use super::link::page::{Params, go};
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
    /// The element, which fetches the customer's token from the merchant.
    Element { html: String },
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
        Self::Element { html }
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
        Some(TokenSource::Path(path)) => ("token-url", path.as_str()),
        Some(TokenSource::SignIn(url)) => ("data-sign-in", url.as_str()),
        None => ("token-url", config.demo.as_ref().map(|_| "/demo/token")?),
    };
    Some(format!("<bank-relink {attribute}=\"{}\"></bank-relink>", escaped(address)))
}

/// Replaces the `<bank-relink>` element in `html` by `element`.
fn with_element(html: &str, element: &str) -> Option<String> {
    let (before, rest) = html.split_once("<bank-relink")?;
    let (_, after) = rest.split_once("</bank-relink>")?;
    Some([before, element, after].concat())
}

/// Returns the merchant's first return origin, otherwise the first origin with the element, otherwise the help URL.
fn merchant_address(config: &Config) -> Option<String> {
    let origin = config.requests.return_origins.first().cloned();
    let origin = origin.or_else(|| config.origins.first().map(ToString::to_string));
    origin.or_else(|| config.help_url.clone())
}

/// Returns the routes of the page, which is rendered once.
pub(crate) fn routes(app: &AppState) -> Router<Arc<AppState>> {
    let page = Arc::new(OwnPage::new(&app.config, &app.index));
    Router::new()
        .route("/", get(document))
        .route("/index.html", get(document))
        .route("/own-page.js", get(script))
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
    match &*page {
        OwnPage::Element { html } => ([(CONTENT_TYPE, HTML)], html.clone()).into_response(),
        OwnPage::WayToMerchant { address } => {
            let merchant = &app.config.merchant_name;
            // An invalid query must not keep anyone from the page.
            let language = wanted.map_or(accepted, |Query(wanted)| wanted.language(accepted));
            let html = way_to_merchant(language, merchant, address.as_deref());
            ([(CONTENT_TYPE, HTML), (VARY, "accept-language")], html).into_response()
        }
    }
}

fn way_to_merchant(language: Language, merchant: &str, address: Option<&str>) -> String {
    let direction = if language.is_right_to_left() { "rtl" } else { "ltr" };
    let heading = escaped(&texts::elsewhere_heading(language, merchant));
    let body = escaped(&texts::elsewhere_body(language, merchant));
    let go = address.map_or_else(String::new, |address| go(language, merchant, address));
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{heading}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/r.css\">\n</head>\n<body>\n\
         <main class=\"card\">\n<h1>{heading}</h1>\n<p>{body}</p>\n{go}\n</main>\n</body>\n</html>\n",
        language.code()
    )
}

/// `GET /own-page.js`: lets the element on a merchant's page find out if this server's own page can sign the customer
/// in. It is a module because a content security policy that allows the element's script allows this one, too.
async fn script(State(app): State<Arc<AppState>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, SCRIPT)], format!("export const works = {};\n", signs_in(&app.config)))
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
}
