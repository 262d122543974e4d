//! The accounts could not be read, or the rest of the program did not load: the reason, and the next step.
//!
//! Failures of an attempt have a later screen, [`super::lazy::FailedAttempt`].

use leptos::prelude::*;
use relink_flow::{Action, Failed, Failure, Reason, UncertainEffect};

use crate::text::{self, Text};
use crate::ui::{Card, Details, Paragraph, PrimaryButton, Tone};

#[component]
pub(crate) fn FailedScreen(
    failure: Failure,
    effect: UncertainEffect,
    act: Callback<Action>,
) -> impl IntoView {
    let reason = failure.reason;
    let effect = match effect {
        UncertainEffect::None => text::NOTHING_CHANGED,
        UncertainEffect::Relink | UncertainEffect::Payment => text::OUTCOME_UNKNOWN,
    };
    view! {
        <FailureCard
            explanation=explanation(reason)
            effect=Some(effect.to_owned())
            next=next(reason).to_owned()
            alternatives=Vec::new()
            failure
            act
        />
    }
}

/// True if this is a failure of an attempt to repair an account: such a screen needs the rest of the program, which is
/// there by then.
pub(super) fn is_of_attempt(failed: &Failed) -> bool {
    let is_reason_of_attempt = match failed.failure.reason {
        Reason::NotFound | Reason::NotRepairable | Reason::PaymentRefused | Reason::StripeBlocked => true,
        Reason::Offline
        | Reason::ServerUnreachable
        | Reason::SignedOut
        | Reason::LinkUnusable
        | Reason::StripeUnavailable
        | Reason::Busy
        | Reason::Internal => false,
    };
    is_reason_of_attempt || failed.target().is_some() || failed.uncertain_effect != UncertainEffect::None
}

/// Card of a failure, with what support needs to know.
#[component]
pub(super) fn FailureCard(
    explanation: Explanation,
    /// Sentence about what may have changed nevertheless.
    effect: Option<String>,
    /// Label of the button that retries.
    next: String,
    /// Other buttons and links.
    alternatives: Vec<AnyView>,
    failure: Failure,
    act: Callback<Action>,
) -> AnyView {
    let Explanation { name, heading, body } = explanation;
    let support = failure.request_id.as_deref().map(text::support_request);
    view! {
        <Card name heading tone=tone(failure.reason)>
            <Paragraph text=body />
            {effect.map(|text| view! { <Paragraph text /> })}
            <PrimaryButton label=next act action=Action::TryAgain />
            {alternatives}
            {support.map(|text| view! { <Details text /> })}
        </Card>
    }
    .into_any()
}

/// Name, heading and first paragraph of a failure.
pub(super) struct Explanation {
    name: &'static str,
    heading: String,
    body: String,
}

impl Explanation {
    pub(super) fn new(name: &'static str, heading: impl Into<String>, body: impl Into<String>) -> Self {
        Self { name, heading: heading.into(), body: body.into() }
    }
}

/// Returns the explanation of a reason that is not only an attempt's.
pub(super) fn explanation(reason: Reason) -> Explanation {
    let (name, heading, body) = match reason {
        Reason::Offline => ("offline", text::OFFLINE_HEADING, text::OFFLINE_BODY),
        Reason::ServerUnreachable => {
            ("unreachable", text::UNREACHABLE_HEADING_UNNAMED, text::UNREACHABLE_BODY)
        }
        Reason::SignedOut => ("signed_out", text::SIGNED_OUT_HEADING, text::SIGNED_OUT_BODY),
        Reason::LinkUnusable => ("link_unusable", text::LINK_UNUSABLE_HEADING, text::LINK_UNUSABLE_BODY),
        Reason::StripeUnavailable => ("stripe_down", text::STRIPE_DOWN_HEADING, text::STRIPE_DOWN_BODY),
        Reason::Busy => ("busy", text::BUSY_HEADING, text::BUSY_BODY),
        // The last four are an attempt's.
        Reason::Internal
        | Reason::NotFound
        | Reason::NotRepairable
        | Reason::PaymentRefused
        | Reason::StripeBlocked => ("internal", text::INTERNAL_HEADING, text::INTERNAL_BODY),
    };
    Explanation::new(name, heading, body)
}

/// Returns the tone: a warning only where the customer may have to do something else than sign in, wait or try again.
fn tone(reason: Reason) -> Tone {
    match reason {
        Reason::Offline | Reason::SignedOut | Reason::Busy => Tone::Neutral,
        Reason::ServerUnreachable
        | Reason::NotFound
        | Reason::NotRepairable
        | Reason::LinkUnusable
        | Reason::PaymentRefused
        | Reason::StripeBlocked
        | Reason::StripeUnavailable
        | Reason::Internal => Tone::Warning,
    }
}

/// Returns the label of the button that retries.
pub(super) fn next(reason: Reason) -> Text {
    if reason == Reason::SignedOut { text::SIGNED_OUT_ACTION } else { text::TRY_AGAIN }
}
