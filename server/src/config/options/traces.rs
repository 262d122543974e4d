//! Settings for traces.

use clap::Args;

/// OpenTelemetry traces.
#[derive(Clone, Debug, Default, Args)]
pub struct TraceOptions {
    /// Address of an OpenTelemetry collector that takes traces by OTLP over HTTP, such as
    /// `http://127.0.0.1:4318/v1/traces`. Spans name routes, jobs and statuses, neither secrets nor customers. Headers for
    /// the collector are in the standard variable `OTEL_EXPORTER_OTLP_HEADERS`. Otherwise no traces are made.
    #[arg(long, env = "RELINK_TRACES_URL")]
    pub traces_url: Option<String>,

    /// Share of the traces that begin at this server which is sent, from 0 to 1, such as 0.05. A request with a
    /// `traceparent` goes by what that says. Otherwise 1.
    #[arg(long, env = "RELINK_TRACES_SHARE")]
    pub traces_share: Option<String>,
}
