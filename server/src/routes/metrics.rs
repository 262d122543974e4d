//! `GET /metrics` of the management port: the metrics of this process, and what the database knows at the moment.

mod current;

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::IntoResponse;

use crate::http::error::ApiError;
use crate::metrics::Format;
use crate::state::AppState;

const OPEN_METRICS: &str = "application/openmetrics-text";

/// Returns all metrics as text. While the database can't be read, its metrics are missing and
/// `relink_database_readable` is 0; the scrape succeeds.
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let format = wanted(&headers);
    let current = current::registry(&app, crate::clock::now()).await;
    let text = app.metrics.write(format, &current).map_err(|_| ApiError::Internal)?;
    let content_type = match format {
        Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        Format::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
    };
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")];
    Ok((headers.map(|(name, value)| (name, HeaderValue::from_static(value))), text))
}

/// Returns the format that the scraper understands. Prometheus lists OpenMetrics first; some other programs know only
/// the older text.
fn wanted(headers: &HeaderMap) -> Format {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let is_open =
        accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with(OPEN_METRICS));
    if is_open { Format::OpenMetrics } else { Format::Prometheus }
}
