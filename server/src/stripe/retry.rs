//! Stripe's rules for retries: after a lost connection, or if Stripe says so, else after a conflict or a server error.
//! Never after a plain 429, which a retry would make worse; a 429 for an object that another call is using is none.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// Advice of an answer about retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There was no answer. The idempotency key makes a retry safe.
    Lost,
    /// Retry, by Stripe's header or by its rules.
    Again,
    /// No retry.
    Final,
}

const MAX_TRIES: u32 = 2;
/// Time after which there are no retries, so that a customer's click ends within the time limit of one call.
const BUDGET: Duration = Duration::from_secs(8);
const FIRST_WAIT: Duration = Duration::from_millis(500);

pub(super) fn verdict(status: StatusCode, headers: &HeaderMap) -> Verdict {
    if status.is_success() {
        return Verdict::Final;
    }
    match headers.get("stripe-should-retry").map(reqwest::header::HeaderValue::as_bytes) {
        Some(b"true") => Verdict::Again,
        Some(b"false") => Verdict::Final,
        _ if status == StatusCode::CONFLICT || status.is_server_error() => Verdict::Again,
        _ => Verdict::Final,
    }
}

/// Returns the verdict with regard to the error's code. An object that is locked is free again in a moment, and Stripe
/// answers for it with the status of a rate limit; its own libraries retry it.
pub(super) fn verdict_with_code(verdict: Verdict, headers: &HeaderMap, code: Option<&str>) -> Verdict {
    let is_left_open = !headers.contains_key("stripe-should-retry");
    if is_left_open && code == Some("lock_timeout") { Verdict::Again } else { verdict }
}

/// Returns the wait before the next retry; `None` if there is none. `jitter` is between one half and one.
pub(super) fn wait(verdict: Verdict, tries: u32, elapsed: Duration, jitter: f64) -> Option<Duration> {
    let wait = FIRST_WAIT.mul_f64(jitter) * 2_u32.saturating_pow(tries.saturating_sub(1));
    match verdict {
        Verdict::Lost | Verdict::Again if tries < MAX_TRIES && elapsed + wait < BUDGET => Some(wait),
        Verdict::Lost | Verdict::Again | Verdict::Final => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_word_wins_over_its_status() {
        for (status, should_retry, expected) in [
            (200, None, Verdict::Final),
            (400, None, Verdict::Final),
            (400, Some("true"), Verdict::Again),
            (402, None, Verdict::Final),
            (404, None, Verdict::Final),
            (409, None, Verdict::Again),
            (409, Some("false"), Verdict::Final),
            (429, None, Verdict::Final),
            (429, Some("true"), Verdict::Again),
            (500, None, Verdict::Again),
            (500, Some("false"), Verdict::Final),
            (503, None, Verdict::Again),
            (503, Some("nonsense"), Verdict::Again),
            (302, None, Verdict::Final),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = should_retry {
                headers.insert("stripe-should-retry", value.parse().unwrap());
            }
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(verdict(status, &headers), expected, "{status} {should_retry:?}");
        }
    }

    #[test]
    fn a_locked_object_is_tried_again_unless_stripe_advises_against_it() {
        let advice = |value: &str| {
            HeaderMap::from_iter([("stripe-should-retry".parse().unwrap(), value.parse().unwrap())])
        };
        let of = |headers: &HeaderMap, code| {
            verdict_with_code(verdict(StatusCode::TOO_MANY_REQUESTS, headers), headers, code)
        };
        assert_eq!(of(&HeaderMap::new(), Some("lock_timeout")), Verdict::Again);
        assert_eq!(of(&advice("true"), Some("lock_timeout")), Verdict::Again);
        assert_eq!(of(&advice("false"), Some("lock_timeout")), Verdict::Final);
        assert_eq!(of(&HeaderMap::new(), Some("rate_limit")), Verdict::Final);
        assert_eq!(of(&HeaderMap::new(), None), Verdict::Final);
    }

    #[test]
    fn there_are_two_tries_within_the_budget() {
        let second = Duration::from_secs(1);
        assert_eq!(wait(Verdict::Again, 1, second, 1.0), Some(Duration::from_millis(500)));
        assert_eq!(wait(Verdict::Lost, 1, second, 0.5), Some(Duration::from_millis(250)));
        assert_eq!(wait(Verdict::Again, 2, second, 1.0), None);
        assert_eq!(wait(Verdict::Lost, 1, second * 8, 0.5), None);
        assert_eq!(wait(Verdict::Final, 1, second, 1.0), None);
    }
}
