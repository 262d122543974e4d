//! Reasons for rejecting an event, with advice for developers.

use axum::http::StatusCode;
use relink_protocol::ProblemCode;
use strum::{IntoStaticStr, VariantArray};

use crate::config::settings::Mode;
use crate::domain::event::EventError;
use crate::domain::signature::Refusal;
use crate::records::webhook_inbox::EnqueueError;

/// Reason for rejecting an event. Stripe resends it for three days, whatever the reason; only one of another account is
/// acknowledged, because the destination of a platform gets those of all its connected accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum WebhookError {
    Method,
    Encoded,
    NoSignature,
    Malformed,
    NotSigned,
    Stale,
    Early,
    TooLarge,
    TooSlow,
    Broken,
    NoEvent,
    Thin,
    OtherMode,
    OtherAccount,
    Full,
    Store,
}

impl WebhookError {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::OtherAccount => StatusCode::OK,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoSignature
            | Self::Malformed
            | Self::NotSigned
            | Self::Stale
            | Self::Early
            | Self::Broken
            | Self::NoEvent
            | Self::Thin
            | Self::OtherMode => StatusCode::BAD_REQUEST,
            Self::Full | Self::Store => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// True if the request is not proven to come from Stripe.
    pub(super) fn is_anyones(self) -> bool {
        match self {
            Self::Method
            | Self::Encoded
            | Self::NoSignature
            | Self::Malformed
            | Self::NotSigned
            | Self::TooLarge
            | Self::TooSlow
            | Self::Broken => true,
            Self::Stale
            | Self::Early
            | Self::NoEvent
            | Self::Thin
            | Self::OtherMode
            | Self::OtherAccount
            | Self::Full
            | Self::Store => false,
        }
    }

    pub(super) fn code(self) -> ProblemCode {
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            ProblemCode::Other("store_unavailable".to_owned())
        } else {
            ProblemCode::InvalidRequest
        }
    }

    /// Returns advice for the developer. It never contains any of the input.
    pub(super) fn title(self, mode: Mode) -> &'static str {
        match self {
            Self::Method => "Stripe sends its events here, by POST.",
            Self::Encoded => {
                "The body must come as Stripe signed it, without Content-Encoding: let no proxy compress it."
            }
            Self::NoSignature => {
                "The header Stripe-Signature is missing. Only Stripe sends events here; a proxy in front of this server \
                 must pass the header on."
            }
            Self::Malformed => {
                "The header Stripe-Signature is not in Stripe's form. A proxy in front of this server must pass it on \
                 unchanged."
            }
            Self::NotSigned => {
                "The signature does not match. Put the signing secret of this very event destination into \
                 STRIPE_WEBHOOK_SECRET, and let nothing on the way change the body."
            }
            Self::Stale => {
                "The signature is more than 5 minutes old by this server's clock. Set that clock by NTP; if it is right, \
                 somebody sends an old event again."
            }
            Self::Early => {
                "The signature is more than 5 minutes ahead of this server's clock. Set that clock by NTP."
            }
            Self::TooLarge => {
                "The event is larger than 64 KiB. Choose only events of Financial Connections for this event destination."
            }
            Self::TooSlow => "The body did not arrive within 10 seconds.",
            Self::Broken => "The body did not arrive whole.",
            Self::NoEvent => {
                "The body is not an event of Stripe's as it should be. Check that this event destination has snapshot \
                 payloads and the preview version that is in STRIPE_VERSION."
            }
            Self::Thin => {
                "This event destination sends thin payloads. Make one with snapshot payloads in its place, in the preview \
                 version that is in STRIPE_VERSION."
            }
            Self::OtherMode if mode == Mode::Live => {
                "This is a test event, and this server has live keys. Send it to a server with test keys, or make the \
                 event destination in live mode."
            }
            Self::OtherMode => {
                "This is a live event, and this server has test keys. Send it to a server with live keys, or make the \
                 event destination in test mode."
            }
            Self::OtherAccount => {
                "This event is of a Stripe account that this server does not work for, and is ignored."
            }
            Self::Full => {
                "More events are waiting than can be kept at once. Nothing is lost: Stripe sends this again."
            }
            Self::Store => {
                "The database does not take events at the moment. Nothing is lost: Stripe sends this again."
            }
        }
    }
}

impl From<Refusal> for WebhookError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed => Self::Malformed,
            Refusal::NotSigned => Self::NotSigned,
            Refusal::Stale => Self::Stale,
            Refusal::Early => Self::Early,
        }
    }
}

impl From<EventError> for WebhookError {
    fn from(reason: EventError) -> Self {
        match reason {
            EventError::Unreadable => Self::NoEvent,
            EventError::Thin => Self::Thin,
            EventError::OtherMode => Self::OtherMode,
            EventError::OtherAccount => Self::OtherAccount,
        }
    }
}

impl From<EnqueueError> for WebhookError {
    fn from(reason: EnqueueError) -> Self {
        match reason {
            EnqueueError::Full => Self::Full,
            EnqueueError::Store => Self::Store,
        }
    }
}
