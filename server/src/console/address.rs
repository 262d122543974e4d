//! Addresses of the console's pages, as browsers see them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::state::AppState;

tokio::task_local! {
    /// Path of the public URL. A task-local, because error pages are rendered without the server's state.
    static BASE: String;
}

/// Middleware that makes the path of the public URL known to [`public_path`] and [`address`].
pub(super) async fn know_base(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    BASE.scope(app.config.requests.base_path().to_owned(), next.run(request)).await
}

/// Returns the address of one of this server's paths.
pub(super) fn public_path(path: &str) -> String {
    BASE.try_with(|base| format!("{base}{path}")).unwrap_or_else(|_| path.to_owned())
}

/// Returns the address of one of this server's paths with the non-empty values as its query.
pub(super) fn address(path: &str, values: &[(&str, &str)]) -> String {
    let given = values.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = given
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    if pairs.is_empty() { public_path(path) } else { format!("{}?{}", public_path(path), pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_what_is_given_and_nothing_can_break_out_of_it() {
        assert_eq!(address("/console", &[("q", ""), ("bank", "A & B")]), "/console?bank=A%20%26%20B");
        assert_eq!(address("/console", &[]), "/console");
    }
}
