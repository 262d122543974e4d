//! Collector of traces.

use reqwest::Url;
use thiserror::Error;

use super::present;
use crate::config::options::TraceOptions;

/// Destination of traces.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TraceSettings {
    /// Address of the collector.
    pub(crate) url: Url,
    /// Share of the traces that is sent, from 0 to 1.
    pub(crate) share: f64,
}

/// Settings of traces that are invalid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TracesError {
    /// Not an address of the web, or one with a password, which would be logged.
    #[error(
        "RELINK_TRACES_URL is not an address such as http://127.0.0.1:4318/v1/traces, without a user name; headers for the \
         collector go into OTEL_EXPORTER_OTLP_HEADERS"
    )]
    Url,
    /// Not a part of all traces.
    #[error("RELINK_TRACES_SHARE is not a number from 0 to 1, such as 0.05")]
    Share,
}

/// Returns the settings; `None` if no traces are made.
pub(super) fn decide(options: TraceOptions) -> Result<Option<TraceSettings>, TracesError> {
    let share = match present(options.traces_share) {
        Some(text) => {
            text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or(TracesError::Share)?
        }
        None => 1.0,
    };
    let Some(text) = present(options.traces_url) else { return Ok(None) };
    let url: Url = text.parse().map_err(|_| TracesError::Url)?;
    let is_web = matches!(url.scheme(), "http" | "https");
    // A password there would be logged with errors; headers have a variable of their own.
    let is_bare = url.username().is_empty() && url.password().is_none();
    if is_web && is_bare { Ok(Some(TraceSettings { url, share })) } else { Err(TracesError::Url) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(url: &str, share: &str) -> Result<Option<TraceSettings>, TracesError> {
        decide(TraceOptions { traces_url: Some(url.to_owned()), traces_share: Some(share.to_owned()) })
    }

    #[test]
    fn a_collector_has_a_web_address_and_gets_a_share() {
        assert_eq!(decide(TraceOptions::default()), Ok(None));
        let url = "http://127.0.0.1:4318/v1/traces";
        assert_eq!(decided(url, "").unwrap().unwrap().share.to_string(), "1");
        assert_eq!(decided(url, "0.25").unwrap().unwrap().share.to_string(), "0.25");
        for share in ["2", "-1", "NaN", "half"] {
            assert_eq!(decided(url, share), Err(TracesError::Share), "{share}");
        }
        for url in ["collector:4318", "grpc://collector", "https://me:canary@collector.example/v1/traces"] {
            assert_eq!(decided(url, ""), Err(TracesError::Url), "{url}");
        }
    }
}
