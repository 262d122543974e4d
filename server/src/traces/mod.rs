//! OpenTelemetry traces: spans of requests, of calls to Stripe, of jobs and of webhooks to the merchant, which are sent to
//! a collector. Off unless `RELINK_TRACES_URL` is set.
//!
//! Spans have what is written here into them and nothing else: routes, statuses, kinds and pseudonyms, so that neither a
//! secret nor an identifier of a customer can get into them. The log is apart, and no line of it becomes part of a span.

mod collector;
mod traceparent;

use std::borrow::Cow;

use anyhow::Context as _;
use axum::http::HeaderValue;
pub(crate) use opentelemetry::trace::{FutureExt as InTrace, SpanKind};
use opentelemetry::trace::{SpanBuilder, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use reqwest::Url;

use self::collector::Collector;
use self::traceparent::header;
pub(crate) use self::traceparent::{HEADER, of_headers, parse, text};

/// Source of spans. Without a collector its spans are none. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces(Option<Sending>);

#[derive(Clone, Debug)]
struct Sending {
    tracer: SdkTracer,
    provider: SdkTracerProvider,
}

impl Traces {
    /// Sends spans to this collector by OTLP over HTTP, in batches, from a thread of its own. Of traces that begin here
    /// this share is sent; of others those that their beginner has chosen.
    pub(crate) fn to(collector: &Url, share: f64) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new()?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(collector.as_str())
            .build()
            .context("traces can't be sent to RELINK_TRACES_URL")?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder().with_service_name("relink-server").with_attribute(version).build();
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share)));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource)
            .build();
        Ok(Self(Some(Sending { tracer: provider.tracer("relink-server"), provider })))
    }

    /// Begins a span below `parent`, or below the current span if that is `None`.
    pub(crate) fn begin(
        &self,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
        parent: Option<Context>,
    ) -> Span {
        let parent = parent.unwrap_or_else(Context::current);
        let Some(Sending { tracer, .. }) = &self.0 else { return Span(parent) };
        let builder = SpanBuilder::from_name(name).with_kind(kind);
        let span = tracer.build_with_context(builder, &parent);
        Span(parent.with_span(span))
    }

    /// Returns the header by which a program that is called continues the trace of this span; `None` without a collector.
    pub(crate) fn header(&self, span: &Span) -> Option<HeaderValue> {
        if self.are_on() { header(&span.0) } else { None }
    }

    /// True if spans are sent to a collector.
    pub(crate) fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// Sends what has not been sent yet. Waits for the collector, so it is called from a thread that may block.
    pub(crate) fn flush(&self) {
        if let Some(Sending { provider, .. }) = &self.0 {
            // What the collector does not take is lost, as at any other time.
            let _ = provider.force_flush();
        }
    }
}

/// Returns the context of the span in which this runs.
pub(crate) fn current() -> Context {
    Context::current()
}

/// Span that has begun. It ends when it and all copies of its context are dropped, or by [`Span::end`].
#[derive(Debug, Default)]
pub(crate) struct Span(Context);

impl Span {
    /// Returns the context in which the work of the span runs.
    pub(crate) fn context(&self) -> Context {
        self.0.clone()
    }

    /// Sets an attribute. Values must be words of the program, numbers, or pseudonyms.
    pub(crate) fn set(&self, name: &'static str, value: impl Into<opentelemetry::Value>) {
        self.0.span().set_attribute(KeyValue::new(name, value));
    }

    /// Links the span to the current one, which belongs to another trace.
    pub(crate) fn link_current(&self) {
        let current = Context::current().span().span_context().clone();
        if current.is_valid() && current.trace_id() != self.0.span().span_context().trace_id() {
            self.0.span().add_link(current, Vec::new());
        }
    }

    /// Marks the span as failed.
    pub(crate) fn fail(&self) {
        self.0.span().set_status(Status::error(""));
    }

    /// Ends the span now.
    pub(crate) fn end(self) {
        self.0.span().end();
    }
}
