//! Measures every request: one log line and its metrics. The outermost layer, so that no route is left out.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::Response;
use relink_protocol::HolderId;
use tokio::time::Instant;

use crate::config::settings::LogCustomers;
use crate::domain::pseudonym::pseudonym;
use crate::http::extract::Client;
use crate::state::AppState;
use crate::traces::{self, InTrace, Span, SpanKind};

/// Caller or subject of a request, which extractors enter for the log line.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestLog(Arc<OnceLock<Subject>>);

#[derive(Debug)]
enum Subject {
    Customer(HolderId),
    /// Identifier of an API key.
    Key(String),
    /// Identifier of an event of Stripe.
    Event(String),
}

impl RequestLog {
    /// Enters the customer who is signed in, or whose link it is.
    pub(crate) fn customer(extensions: &Extensions, customer: &HolderId) {
        Self::enter(extensions, || Subject::Customer(customer.clone()));
    }

    /// Enters the API key by its identifier, which is no secret.
    pub(crate) fn key(extensions: &Extensions, id: &str) {
        Self::enter(extensions, || Subject::Key(id.to_owned()));
    }

    /// Enters the event of Stripe that the request carries.
    pub(crate) fn event(extensions: &Extensions, id: &str) {
        Self::enter(extensions, || Subject::Event(id.to_owned()));
    }

    fn enter(extensions: &Extensions, caller: impl FnOnce() -> Subject) {
        if let Some(log) = extensions.get::<Self>() {
            log.0.get_or_init(caller);
        }
    }

    fn customer_name(&self, setting: LogCustomers) -> Option<String> {
        let Some(Subject::Customer(id)) = self.0.get() else { return None };
        match setting {
            LogCustomers::Hash => Some(pseudonym(id.as_str())),
            LogCustomers::Id => Some(id.to_string()),
            LogCustomers::Off => None,
        }
    }

    fn key_and_event(&self) -> (Option<&str>, Option<&str>) {
        match self.0.get() {
            Some(Subject::Key(id)) => (Some(id), None),
            Some(Subject::Event(id)) => (None, Some(id)),
            Some(Subject::Customer(_)) | None => (None, None),
        }
    }
}

/// Counts and logs the request once the head of its response is there; a stream of updates goes on after that.
pub(crate) async fn observe(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let (mut parts, body) = request.into_parts();
    let method = parts.method.clone();
    let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let client = Client::from_request_parts(&mut parts, &app).await.ok();
    let ip = client.as_ref().map(|client| client.ip);
    if let Some(client) = client {
        // For the log lines in between.
        parts.extensions.insert(client);
    }
    let log = RequestLog::default();
    parts.extensions.insert(log.clone());
    let span = span(&app, &parts.headers, method.as_str(), route.as_deref());
    let response = next.run(Request::from_parts(parts, body)).with_context(span.context()).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.metrics.http_request(&method, route.as_deref(), status, took);
    let line = Line { method: method.as_str(), route: route.as_deref(), status, took, client: ip };
    line.write(&log, &app, &response);
    line.finish(span, &log, &app);
    response
}

/// Begins the span of a request, in the trace that its header names. Health checks have none.
fn span(app: &AppState, headers: &HeaderMap, method: &str, route: Option<&str>) -> Span {
    let route = route.unwrap_or(crate::metrics::NO_ROUTE);
    if !app.traces.are_on() || HEALTH.contains(&route) {
        return Span::default();
    }
    let method = if METHODS.contains(&method) { method } else { "_OTHER" };
    let parent = traces::of_headers(headers);
    let span = app.traces.begin(SpanKind::Server, format!("{method} {route}"), parent);
    span.set("http.request.method", method.to_owned());
    span.set("http.route", route.to_owned());
    span
}

/// Methods that spans name; others are text from outside.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

struct Line<'a> {
    method: &'a str,
    route: Option<&'a str>,
    status: u16,
    took: Duration,
    client: Option<IpAddr>,
}

/// Routes that load balancers ask every second or so.
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];

impl Line<'_> {
    /// Ends the span of the request. Its customer is a pseudonym, even if the log has the identifier.
    fn finish(&self, span: Span, log: &RequestLog, app: &AppState) {
        span.set("http.response.status_code", i64::from(self.status));
        if app.config.log_customers != LogCustomers::Off
            && let Some(customer) = log.customer_name(LogCustomers::Hash)
        {
            span.set("relink.customer", customer);
        }
        if self.status >= 500 {
            span.fail();
        }
        span.end();
    }

    fn write(&self, log: &RequestLog, app: &AppState, response: &Response) {
        let customer = log.customer_name(app.config.log_customers);
        let (key, event) = log.key_and_event();
        let request_id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        let Self { method, route, status, .. } = *self;
        let client = self.client.map(|ip| ip.to_string());
        let route = route.unwrap_or(crate::metrics::NO_ROUTE);
        let duration_ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
        if HEALTH.contains(&route) && status < 400 {
            tracing::debug!(
                request_id,
                method,
                route,
                status,
                duration_ms,
                client,
                "answered a health check"
            );
        } else {
            tracing::info!(
                request_id,
                method,
                route,
                status,
                duration_ms,
                client,
                customer,
                key,
                event,
                "answered a request"
            );
        }
    }
}
