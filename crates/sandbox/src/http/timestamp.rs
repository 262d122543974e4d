//! Times of the API's second version: RFC 3339 texts in UTC, with milliseconds.
//!
//! Source: the description of `created` of `v2.core.account`, and the samples of the API reference.

use jiff::Timestamp;

use super::{error::ApiError, params::Params};

/// Formats a time in Unix seconds, like `2026-11-18T20:26:40.000Z`.
pub(crate) fn rfc3339(seconds: i64) -> String {
    format!("{:.3}", Timestamp::from_second(seconds).unwrap_or_default())
}

impl Params {
    /// Returns a time, given as a text or in Unix seconds: the library for Node.js takes numbers only.
    pub(super) fn timestamp(&self, key: &str) -> Result<Option<Timestamp>, ApiError> {
        let parse = |text: &str| {
            let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
            let time = seconds.or_else(|| text.parse().ok());
            time.ok_or_else(|| ApiError::invalid(key, format!("Invalid timestamp: {text}")))
        };
        self.text(key)?.map(parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn times_are_texts_with_milliseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(951_827_696), "2000-02-29T12:34:56.000Z");
        assert_eq!(rfc3339(1_795_000_000), "2026-11-18T11:06:40.000Z");
    }
}
