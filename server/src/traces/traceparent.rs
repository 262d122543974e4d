//! `traceparent`, by which a trace goes on in another program (W3C Trace Context), and in which form it is stored with
//! jobs, attempts and merchant events.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

/// Name of the header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("traceparent");
/// Version of the header's format.
const VERSION: &str = "00";

/// Returns the current span as text; `None` outside of a trace.
pub(crate) fn text(context: &Context) -> Option<String> {
    let span = context.span().span_context().clone();
    span.is_valid().then(|| {
        format!("{VERSION}-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8())
    })
}

/// Returns the header that continues the trace of this context in the program that is called.
pub(crate) fn header(context: &Context) -> Option<HeaderValue> {
    text(context).and_then(|text| HeaderValue::try_from(text).ok())
}

/// Returns the context of a stored or received text; `None` if it is no `traceparent`. Later versions may append fields.
pub(crate) fn parse(text: &str) -> Option<Context> {
    let (version, rest) = text.split_once('-')?;
    let mut parts = rest.split('-');
    let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
    };
    let has_more = parts.next().is_some();
    let is_valid = is_hex(version, 2)
        && version != "ff"
        && (version != VERSION || !has_more)
        && is_hex(trace, 32)
        && is_hex(span, 16)
        && is_hex(flags, 2);
    if !is_valid {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then(|| Context::new().with_remote_span_context(context))
}

/// Returns the trace to which a request belongs, if it has exactly one valid header.
pub(crate) fn of_headers(headers: &HeaderMap) -> Option<Context> {
    let mut values = headers.get_all(HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    parse(value.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_header_is_read_and_written_and_an_invalid_one_is_ignored() {
        assert_eq!(parse(GIVEN).and_then(|context| text(&context)).as_deref(), Some(GIVEN));
        let of_the_future = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-more";
        assert_eq!(parse(of_the_future).and_then(|context| text(&context)).as_deref(), Some(GIVEN));
        for invalid in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        ] {
            assert!(parse(invalid).is_none(), "{invalid}");
        }
        assert_eq!(text(&Context::new()), None);
    }

    #[test]
    fn several_headers_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(HEADER, HeaderValue::from_static(GIVEN));
        assert!(of_headers(&headers).is_some());
        headers.append(HEADER, HeaderValue::from_static(GIVEN));
        assert!(of_headers(&headers).is_none());
    }

    proptest! {
        #[test]
        fn no_text_panics(given in "\\PC{0,80}") {
            let _ = parse(&given);
        }

        #[test]
        fn every_valid_text_comes_back(trace in 1_u128.., span in 1_u64.., is_sampled: bool) {
            let given = format!("00-{trace:032x}-{span:016x}-{:02x}", u8::from(is_sampled));
            prop_assert_eq!(parse(&given).and_then(|context| text(&context)), Some(given));
        }
    }
}
