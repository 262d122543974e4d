//! Metrics of this process. A label is a word of the program or one of its routes, never text from outside, so that the
//! number of series has a limit.
//!
//! Figures of the database are read at each scrape instead: `routes::metrics`.

mod labels;
mod register;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use jiff::Timestamp;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use self::labels::{
    BlockedLabels, CauseLabels, ChoiceLabels, HttpLabels, JobLabels, OperationLabels, OutcomeLabels,
    ReasonLabels, ResultLabels, RouteLabels, ShareLabels, StripeLabels, method_label,
};
use crate::domain::browser_report::{BrowserReport, LoadFailure};
use crate::domain::job_kind::JobKind;

pub(crate) use self::register::PREFIX;

type Counters<L> = Family<L, Counter>;
type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// Route of requests that match none: files of the page, and unknown paths.
pub(crate) const NO_ROUTE: &str = "other";

/// Counters and histograms of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    http_requests: Counters<HttpLabels>,
    http_duration: Histograms<RouteLabels>,
    stripe_calls: Counters<StripeLabels>,
    stripe_duration: Histograms<OperationLabels>,
    budget_wait: Histograms<ShareLabels>,
    events_accepted: Counter,
    events_refused: Counters<ReasonLabels>,
    event_lag: Histogram,
    jobs: Counters<JobLabels>,
    emails: Counters<ResultLabels>,
    merchant_webhooks: Counters<ResultLabels>,
    merchant_webhook_duration: Histogram,
    sessions_started: Counters<ChoiceLabels>,
    sessions_settled: Counters<OutcomeLabels>,
    browser_reports: Counters<BlockedLabels>,
    element_load_failures: Counters<CauseLabels>,
}

/// Result of a background job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum JobOutcome {
    Done,
    /// Put off by a rate limit.
    Delayed,
    /// Failed, and will be tried again.
    Failed,
    /// Failed too often.
    GivenUp,
}

/// Result of one try to send an email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum EmailOutcome {
    Sent,
    /// Will be tried again.
    Later,
    Failed,
    /// Possibly sent.
    Unknown,
}

/// Result of one try to deliver a merchant event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum DeliveryOutcome {
    Delivered,
    /// Will be tried again.
    Later,
    GivenUp,
}

/// Share of the budget of Stripe calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Share {
    Customers,
    Background,
}

/// Text format of a scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text format 0.0.4, for scrapers that do not ask for the other.
    Prometheus,
}

impl Metrics {
    /// Counts a request of this route, which is the pattern in the router, not the path.
    pub(crate) fn http_request(&self, method: &Method, route: Option<&str>, status: u16, took: Duration) {
        let route: Arc<str> = Arc::from(route.unwrap_or(NO_ROUTE));
        let labels = HttpLabels { method: method_label(method), route: route.clone(), status };
        self.http_requests.get_or_create(&labels).inc();
        self.http_duration.get_or_create(&RouteLabels { route }).observe(took.as_secs_f64());
    }

    /// Counts one try of a call to Stripe.
    pub(crate) fn stripe_call(&self, operation: &'static str, outcome: &'static str, took: Duration) {
        self.stripe_calls.get_or_create(&StripeLabels { operation, outcome }).inc();
        self.stripe_duration.get_or_create(&OperationLabels { operation }).observe(took.as_secs_f64());
    }

    /// Lets the counters of these calls and outcomes begin at zero, so that the first failure is an increase.
    pub(crate) fn expect_stripe_calls(&self, operations: &[&'static str], outcomes: &[&'static str]) {
        for operation in operations {
            for outcome in outcomes {
                drop(self.stripe_calls.get_or_create(&StripeLabels { operation, outcome }));
            }
        }
    }

    /// Counts a call that was not sent, because the budget allowed none in time.
    pub(crate) fn stripe_call_over_budget(&self, operation: &'static str) {
        self.stripe_calls.get_or_create(&StripeLabels { operation, outcome: "over_budget" }).inc();
    }

    /// Records the wait for the budget of Stripe calls.
    pub(crate) fn budget_wait(&self, share: Share, waited: Duration) {
        self.budget_wait.get_or_create(&ShareLabels { share: share.into() }).observe(waited.as_secs_f64());
    }

    /// Counts an event of Stripe that was stored and acknowledged.
    pub(crate) fn event_accepted(&self) {
        self.events_accepted.inc();
    }

    /// Counts an event that was refused.
    pub(crate) fn event_refused(&self, reason: &'static str) {
        self.events_refused.get_or_create(&ReasonLabels { reason }).inc();
    }

    /// Lets the counters of these reasons begin at zero, so that the first refusal is an increase.
    pub(crate) fn expect_refusals(&self, reasons: impl IntoIterator<Item = &'static str>) {
        for reason in reasons {
            drop(self.events_refused.get_or_create(&ReasonLabels { reason }));
        }
    }

    /// Records that what an event of this time (in seconds, by Stripe's clock) reported is now in the database.
    pub(crate) fn event_applied(&self, created: i64, now: Timestamp) {
        let lag = now.as_second().saturating_sub(created).max(0);
        self.event_lag.observe(Duration::from_secs(lag.unsigned_abs()).as_secs_f64());
    }

    /// Counts a report that a page's policy has blocked something.
    pub(crate) fn browser_report(&self, BrowserReport { directive, blocked }: BrowserReport) {
        let labels = BlockedLabels { blocked: blocked.into(), directive: directive.into() };
        self.browser_reports.get_or_create(&labels).inc();
    }

    /// Counts an element that did not load.
    pub(crate) fn element_load_failure(&self, cause: LoadFailure) {
        self.element_load_failures.get_or_create(&CauseLabels { cause: cause.into() }).inc();
    }

    /// Counts one run of a job.
    pub(crate) fn job(&self, kind: JobKind, outcome: JobOutcome) {
        self.jobs.get_or_create(&JobLabels { kind: kind.as_str(), result: outcome.into() }).inc();
    }

    /// Counts one try to send an email.
    pub(crate) fn email(&self, outcome: EmailOutcome) {
        self.emails.get_or_create(&ResultLabels { result: outcome.into() }).inc();
    }

    /// Counts one try to deliver a merchant event.
    pub(crate) fn merchant_webhook(&self, outcome: DeliveryOutcome, took: Duration) {
        self.merchant_webhooks.get_or_create(&ResultLabels { result: outcome.into() }).inc();
        self.merchant_webhook_duration.observe(took.as_secs_f64());
    }

    /// Counts a session that a customer has begun; `choice` is the name of what they chose.
    pub(crate) fn session_started(&self, choice: &'static str) {
        self.sessions_started.get_or_create(&ChoiceLabels { choice }).inc();
    }

    /// Counts an outcome when it is stored.
    pub(crate) fn session_settled(&self, outcome: &'static str, by_stripe: bool) {
        let by = if by_stripe { "stripe" } else { "page" };
        self.sessions_settled.get_or_create(&OutcomeLabels { outcome, by }).inc();
    }

    /// Writes all metrics, then those of `current`, which were read for this scrape.
    pub(crate) fn write(&self, format: Format, current: &Registry) -> Result<String, fmt::Error> {
        let mut out = String::new();
        for registry in [&self.registry, current] {
            match format {
                Format::OpenMetrics => text::encode_registry(&mut out, registry)?,
                Format::Prometheus => prometheus_text::encode(&mut out, registry)?,
            }
        }
        if format == Format::OpenMetrics {
            text::encode_eof(&mut out)?;
        }
        Ok(out)
    }
}
