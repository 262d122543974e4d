//! Names and meanings of the metrics.

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use relink_protocol::RelinkOutcome;
use strum::{VariantArray, VariantNames};

use super::labels::{BlockedLabels, CauseLabels, JobLabels, OutcomeLabels, ResultLabels, ShareLabels};
use super::{DeliveryOutcome, EmailOutcome, JobOutcome, Metrics, Share};
use crate::domain::browser_report::{Blocked, Directive, LoadFailure};
use crate::domain::job_kind::JobKind;

/// Prefix of every metric of Relink.
pub(crate) const PREFIX: &str = "relink";

/// Upper bounds for requests and calls, in seconds.
const CALLS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper bounds for waits in a queue, in seconds.
const WAITS: [f64; 10] = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 30.0];
/// Upper bounds for the time from an event to its effect, in seconds. Stripe resends for three days.
const LAGS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86400.0];

fn calls() -> Histogram {
    Histogram::new(CALLS)
}

fn waits() -> Histogram {
    Histogram::new(WAITS)
}

impl Metrics {
    /// Makes all metrics. Those whose labels are known begin at zero.
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            http_requests: Family::default(),
            http_duration: Family::new_with_constructor(calls),
            stripe_calls: Family::default(),
            stripe_duration: Family::new_with_constructor(calls),
            budget_wait: Family::new_with_constructor(waits),
            events_accepted: Counter::default(),
            events_refused: Family::default(),
            event_lag: Histogram::new(LAGS),
            jobs: Family::default(),
            emails: Family::default(),
            merchant_webhooks: Family::default(),
            merchant_webhook_duration: calls(),
            sessions_started: Family::default(),
            sessions_settled: Family::default(),
            browser_reports: Family::default(),
            element_load_failures: Family::default(),
        };
        metrics.begin_at_zero();
        let mut registry = Registry::with_prefix(PREFIX);
        metrics.register_calls(&mut registry);
        metrics.register_work(&mut registry);
        metrics.registry = Arc::new(registry);
        metrics
    }

    fn register_calls(&self, registry: &mut Registry) {
        registry.register(
            "http_requests",
            "Requests answered, by the pattern of their route; `other` are files and unknown paths",
            self.http_requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time to the head of the response; streams last longer",
            Unit::Seconds,
            self.http_duration.clone(),
        );
        registry.register(
            "stripe_calls",
            "Calls to Stripe, each retry counted; `over_budget` were not sent",
            self.stripe_calls.clone(),
        );
        registry.register_with_unit(
            "stripe_call_duration",
            "Time to the end of Stripe's answer",
            Unit::Seconds,
            self.stripe_duration.clone(),
        );
        registry.register_with_unit(
            "stripe_budget_wait",
            "Wait of calls for the budget, `RELINK_STRIPE_RATE`; a customer's gives up after 4 seconds",
            Unit::Seconds,
            self.budget_wait.clone(),
        );
        registry.register(
            "stripe_events_accepted",
            "Webhooks of Stripe that were stored and acknowledged",
            self.events_accepted.clone(),
        );
        registry.register(
            "stripe_events_refused",
            "Webhooks that were refused; Stripe sends its own again, except those of an `other_account`",
            self.events_refused.clone(),
        );
    }

    fn register_work(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "stripe_event_lag",
            "Time from an event, by Stripe's clock, to the reading that it led to",
            Unit::Seconds,
            self.event_lag.clone(),
        );
        registry.register("jobs", "Runs of background jobs", self.jobs.clone());
        registry.register("emails", "Tries to send an email about a relink request", self.emails.clone());
        registry.register(
            "merchant_webhooks",
            "Tries to deliver a webhook to the merchant",
            self.merchant_webhooks.clone(),
        );
        registry.register_with_unit(
            "merchant_webhook_duration",
            "Time to the merchant's answer, or to giving up on it",
            Unit::Seconds,
            self.merchant_webhook_duration.clone(),
        );
        registry.register(
            "sessions_started",
            "Sessions that customers began, by what they chose",
            self.sessions_started.clone(),
        );
        registry.register(
            "sessions_settled",
            "Outcomes stored; one that Stripe corrects after the page reported it counts for both",
            self.sessions_settled.clone(),
        );
        registry.register(
            "browser_reports",
            "Reports of browsers that a content security policy has blocked something",
            self.browser_reports.clone(),
        );
        registry.register(
            "element_load_failures",
            "Elements that did not load, by the cause that their script reports",
            self.element_load_failures.clone(),
        );
    }

    fn begin_at_zero(&self) {
        for share in Share::VARIANTS {
            drop(self.budget_wait.get_or_create(&ShareLabels { share: share.into() }));
        }
        for directive in Directive::VARIANTS {
            for blocked in Blocked::VARIANTS {
                let labels = BlockedLabels { blocked: blocked.into(), directive: directive.into() };
                drop(self.browser_reports.get_or_create(&labels));
            }
        }
        for cause in LoadFailure::VARIANTS {
            drop(self.element_load_failures.get_or_create(&CauseLabels { cause: cause.into() }));
        }
        for kind in JobKind::VARIANTS {
            for result in JobOutcome::VARIANTS {
                drop(self.jobs.get_or_create(&JobLabels { kind: kind.as_str(), result: result.into() }));
            }
        }
        for result in EmailOutcome::VARIANTS {
            drop(self.emails.get_or_create(&ResultLabels { result: result.into() }));
        }
        for result in DeliveryOutcome::VARIANTS {
            drop(self.merchant_webhooks.get_or_create(&ResultLabels { result: result.into() }));
        }
        let pending = RelinkOutcome::Pending.name();
        for outcome in RelinkOutcome::VARIANTS.iter().copied().filter(|name| *name != pending) {
            for by in ["stripe", "page"] {
                drop(self.sessions_settled.get_or_create(&OutcomeLabels { outcome, by }));
            }
        }
    }
}
