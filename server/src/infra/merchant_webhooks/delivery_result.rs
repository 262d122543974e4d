//! Decides what a response, or its absence, means for a message.

use std::error::Error;

use jiff::Timestamp;
use reqwest::StatusCode;

use super::resolver::OnlyPrivateAddresses;
use crate::domain::redelivery::wait;
use crate::store::merchant_events::Sent;
use crate::stripe::redact;

/// Reason for a missing response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The URL leads into a private network.
    Private,
    /// The message can't be decrypted. A key may be missing that is there after a restart.
    Undecryptable,
    /// The message can't be signed.
    Unsigned,
    TooSlow,
    /// Cause, as reported by the operating system.
    NoConnection(String),
}

impl Fault {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let causes: Vec<&(dyn Error + 'static)> =
            std::iter::successors(error.source(), |error| (*error).source()).collect();
        if causes.iter().any(|cause| cause.is::<OnlyPrivateAddresses>()) {
            Self::Private
        } else if error.is_timeout() {
            Self::TooSlow
        } else {
            Self::NoConnection(causes.last().map_or_else(String::new, |cause| redact(&cause.to_string())))
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Private => {
                "RELINK_WEBHOOK_URL leads into a private network; set RELINK_WEBHOOK_ALLOW_PRIVATE if it \
                              should"
                    .to_owned()
            }
            Self::Undecryptable => {
                "the message can't be decrypted: its data key is missing, or it was changed".to_owned()
            }
            Self::Unsigned => "the message can't be signed".to_owned(),
            Self::TooSlow => "no answer within 15 seconds".to_owned(),
            Self::NoConnection(cause) => format!("no connection: {cause}"),
        }
    }
}

/// Returns the new state of a message after `failures` earlier failed attempts, and the error text.
pub(super) fn verdict(
    answer: Result<StatusCode, Fault>,
    failures: u32,
    now: Timestamp,
    jitter: f64,
) -> (Sent, Option<String>) {
    let (is_final, error) = match answer {
        Ok(status) if status.is_success() => return (Sent::Delivered, None),
        Ok(StatusCode::GONE) => (true, "the answer is 410: this address wants no more messages".to_owned()),
        Ok(status) if status.is_redirection() => {
            (false, format!("the answer is {}, and a redirect is not followed", status.as_u16()))
        }
        Ok(status) => (false, format!("the answer is {}", status.as_u16())),
        Err(fault) => (matches!(fault, Fault::Private | Fault::Unsigned), fault.sentence()),
    };
    let again = wait(failures.saturating_add(1), jitter).filter(|_| !is_final);
    (again.map_or(Sent::Failed, |wait| Sent::Again(now.saturating_add(wait).unwrap_or(now))), Some(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    /// Returns the delay of the retry in seconds, whether the message failed for good, and the error.
    fn judge(answer: Result<u16, Fault>, failures: u32) -> (Option<i64>, bool, String) {
        let now = Timestamp::from_second(NOW).unwrap();
        let answer = answer.map(|status| StatusCode::from_u16(status).unwrap());
        let (sent, error) = verdict(answer, failures, now, 0.75);
        let again = match sent {
            Sent::Again(due) => Some(due.as_second() - NOW),
            Sent::Delivered | Sent::Failed => None,
        };
        (again, sent == Sent::Failed, error.unwrap_or_default())
    }

    #[test]
    fn an_answer_of_200_to_299_is_the_end_of_it() {
        for status in [200, 202, 204, 299] {
            assert_eq!(judge(Ok(status), 3), (None, false, String::new()), "{status}");
        }
    }

    #[test]
    fn every_other_answer_is_tried_again_except_the_one_that_says_never() {
        for status in [100, 300, 302, 308, 400, 401, 404, 409, 411, 429, 500, 503] {
            let (again, is_failed, error) = judge(Ok(status), 0);
            assert_eq!((again, is_failed), (Some(5), false), "{status}");
            assert!(error.contains(&status.to_string()), "{error}");
            assert_eq!(error.contains("redirect"), (300..400).contains(&status), "{error}");
        }
        assert_eq!(judge(Ok(410), 0).0, None);
        assert!(judge(Ok(410), 0).1);
    }

    #[test]
    fn a_private_address_is_not_tried_again_and_silence_is() {
        let (again, is_failed, error) = judge(Err(Fault::Private), 0);
        assert_eq!((again, is_failed), (None, true));
        assert!(error.contains("RELINK_WEBHOOK_ALLOW_PRIVATE"), "{error}");
        assert!(judge(Err(Fault::Unsigned), 0).1);
        assert_eq!(judge(Err(Fault::TooSlow), 1).0, Some(30));
        assert_eq!(judge(Err(Fault::Undecryptable), 0).0, Some(5));
        assert_eq!(judge(Err(Fault::NoConnection("refused".to_owned())), 2).0, Some(120));
    }

    #[test]
    fn after_fifteen_tries_it_is_given_up() {
        assert_eq!(judge(Ok(500), 13), (Some(12 * 60 * 60), false, "the answer is 500".to_owned()));
        assert!(judge(Ok(500), 14).1);
        assert!(judge(Ok(500), u32::MAX).1);
    }
}
