//! A request failed: the reason, whether anything was changed, and the next step.

use leptos::prelude::*;
use relink_flow::{Action, Failed, Reason, UncertainEffect};
use relink_protocol::Purpose;

use crate::text::{self, Text};
use crate::ui::{Card, Details, Paragraph, PrimaryButton, QuietButton, QuietLink, Tone};

#[component]
pub(crate) fn FailedScreen(
    failed: Failed,
    /// URL of the companion server's own page, to offer where this one blocks Stripe.js; empty if this is that page.
    own_page: String,
    act: Callback<Action>,
) -> impl IntoView {
    let Explanation { name, heading, body } = explanation(&failed);
    let effect = effect(&failed).map(|text| view! { <Paragraph text /> });
    let not_now = failed.target().map(|_| {
        view! { <QuietButton label=text::NOT_NOW act action=Action::Leave /> }
    });
    let is_offered = !own_page.is_empty()
        && failed.failure.reason == Reason::StripeBlocked
        && failed.target().is_some_and(|target| target.overview.own_page);
    let own_page = is_offered.then(|| view! { <QuietLink label=text::OWN_PAGE url=own_page /> });
    let support = failed.failure.request_id.as_deref().map(text::support_request);
    view! {
        <Card name heading tone=tone(failed.failure.reason)>
            <Paragraph text=body />
            {effect}
            <PrimaryButton label=next(failed.failure.reason) act action=Action::TryAgain />
            {not_now}
            {own_page}
            {support.map(|text| view! { <Details text /> })}
        </Card>
    }
}

/// Returns what may have changed nevertheless.
fn effect(failed: &Failed) -> Option<Text> {
    match (failed.uncertain_effect, failed.failure.reason) {
        (UncertainEffect::None, _) => Some(text::NOTHING_CHANGED),
        (_, Reason::NotFound | Reason::NotRepairable | Reason::LinkUnusable) => None,
        (UncertainEffect::Relink, _) => Some(text::OUTCOME_UNKNOWN),
        (UncertainEffect::Payment, _) if is_of_payouts(failed) => Some(text::PAYOUT_UNKNOWN),
        (UncertainEffect::Payment, _) => Some(text::PAYMENT_UNKNOWN),
    }
}

fn is_of_payouts(failed: &Failed) -> bool {
    failed.target().is_some_and(|target| target.overview.purpose == Purpose::Payouts)
}

/// Name, heading and first paragraph of a failure.
struct Explanation {
    name: &'static str,
    heading: String,
    body: String,
}

impl Explanation {
    fn new(name: &'static str, heading: impl Into<String>, body: impl Into<String>) -> Self {
        Self { name, heading: heading.into(), body: body.into() }
    }
}

fn explanation(failed: &Failed) -> Explanation {
    let overview = failed.target().map(|target| &target.overview);
    match failed.failure.reason {
        Reason::Offline => Explanation::new("offline", text::OFFLINE_HEADING, text::OFFLINE_BODY),
        Reason::ServerUnreachable => {
            let heading = overview.map_or(text::UNREACHABLE_HEADING_UNNAMED.into(), |overview| {
                text::unreachable_heading(&overview.merchant)
            });
            Explanation::new("unreachable", heading, text::UNREACHABLE_BODY)
        }
        Reason::SignedOut => Explanation::new("signed_out", text::SIGNED_OUT_HEADING, text::SIGNED_OUT_BODY),
        Reason::NotFound | Reason::NotRepairable | Reason::LinkUnusable
            if failed.uncertain_effect != UncertainEffect::None =>
        {
            Explanation::new("lost", text::LOST_HEADING, text::LOST_BODY)
        }
        Reason::NotFound => Explanation::new("not_found", text::NOT_FOUND_HEADING, text::NOT_FOUND_BODY),
        Reason::NotRepairable => Explanation::new("changed", text::CHANGED_HEADING, text::CHANGED_BODY),
        Reason::LinkUnusable => {
            Explanation::new("link_unusable", text::LINK_UNUSABLE_HEADING, text::LINK_UNUSABLE_BODY)
        }
        Reason::PaymentRefused if is_of_payouts(failed) => {
            Explanation::new("payment_refused", text::PAYOUT_REFUSED_HEADING, text::PAYOUT_REFUSED_BODY)
        }
        Reason::PaymentRefused => {
            Explanation::new("payment_refused", text::PAYMENT_REFUSED_HEADING, text::PAYMENT_REFUSED_BODY)
        }
        Reason::StripeBlocked => {
            let host = overview.map_or("", |overview| host(&overview.stripe_js));
            Explanation::new("stripe_blocked", text::STRIPE_BLOCKED_HEADING, text::stripe_blocked_body(host))
        }
        Reason::StripeUnavailable => {
            Explanation::new("stripe_down", text::STRIPE_DOWN_HEADING, text::STRIPE_DOWN_BODY)
        }
        Reason::Busy => Explanation::new("busy", text::BUSY_HEADING, text::BUSY_BODY),
        Reason::Internal => Explanation::new("internal", text::INTERNAL_HEADING, text::INTERNAL_BODY),
    }
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

fn next(reason: Reason) -> Text {
    match reason {
        Reason::SignedOut => text::SIGNED_OUT_ACTION,
        Reason::NotFound | Reason::NotRepairable | Reason::PaymentRefused => text::SEE_ACCOUNTS,
        Reason::Offline
        | Reason::ServerUnreachable
        | Reason::LinkUnusable
        | Reason::StripeBlocked
        | Reason::StripeUnavailable
        | Reason::Busy
        | Reason::Internal => text::TRY_AGAIN,
    }
}

/// Returns the host of a URL, which the customer may have to allow: the part between the second and the third slash.
fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or(url)
}
