//! An attempt failed: the reason, whether anything was changed, and the next step.

use leptos::prelude::*;
use relink_flow::{Action, Failed, Reason, UncertainEffect};
use relink_protocol::Purpose;

use super::text;
use crate::screens::failed::{self, Explanation, FailureCard};
use crate::ui::{QuietButton, QuietLink};

#[component]
pub(crate) fn FailedAttempt(
    failed: Failed,
    /// URL of the companion server's own page, to offer where this one blocks Stripe.js; empty if this is that page.
    own_page: String,
    act: Callback<Action>,
) -> impl IntoView {
    let not_now = failed
        .target()
        .map(|_| view! { <QuietButton label=text::NOT_NOW act action=Action::Leave /> }.into_any());
    let is_offered = !own_page.is_empty()
        && failed.failure.reason == Reason::StripeBlocked
        && failed.target().is_some_and(|target| target.overview.own_page);
    let own_page = is_offered.then(|| view! { <QuietLink label=text::OWN_PAGE url=own_page /> }.into_any());
    view! {
        <FailureCard
            explanation=explanation(&failed)
            effect=effect(&failed)
            next=next(failed.failure.reason)
            alternatives=not_now.into_iter().chain(own_page).collect()
            failure=failed.failure
            act
        />
    }
}

/// Returns what may have changed nevertheless.
fn effect(failed: &Failed) -> Option<String> {
    Some(match (failed.uncertain_effect, failed.failure.reason) {
        (UncertainEffect::None, _) => text::NOTHING_CHANGED.to_owned(),
        (_, Reason::NotFound | Reason::NotRepairable | Reason::LinkUnusable) => return None,
        (UncertainEffect::Relink, _) => text::OUTCOME_UNKNOWN.to_owned(),
        (UncertainEffect::Payment, _) if is_of_payouts(failed) => text::PAYOUT_UNKNOWN.to_owned(),
        (UncertainEffect::Payment, _) => text::PAYMENT_UNKNOWN.to_owned(),
    })
}

fn is_of_payouts(failed: &Failed) -> bool {
    failed.target().is_some_and(|target| target.overview.purpose == Purpose::Payouts)
}

fn explanation(failed: &Failed) -> Explanation {
    let overview = failed.target().map(|target| &target.overview);
    match failed.failure.reason {
        Reason::NotFound | Reason::NotRepairable | Reason::LinkUnusable
            if failed.uncertain_effect != UncertainEffect::None =>
        {
            Explanation::new("lost", text::LOST_HEADING, text::LOST_BODY)
        }
        Reason::NotFound => Explanation::new("not_found", text::NOT_FOUND_HEADING, text::NOT_FOUND_BODY),
        Reason::NotRepairable => Explanation::new("changed", text::CHANGED_HEADING, text::CHANGED_BODY),
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
        Reason::ServerUnreachable if let Some(overview) = overview => {
            let heading = text::unreachable_heading(&overview.merchant);
            Explanation::new("unreachable", heading, text::UNREACHABLE_BODY)
        }
        reason @ (Reason::Offline
        | Reason::ServerUnreachable
        | Reason::SignedOut
        | Reason::LinkUnusable
        | Reason::StripeUnavailable
        | Reason::Busy
        | Reason::Internal) => failed::explanation(reason),
    }
}

/// Returns the label of the button that leads on.
fn next(reason: Reason) -> String {
    match reason {
        Reason::NotFound | Reason::NotRepairable | Reason::PaymentRefused => text::SEE_ACCOUNTS.to_owned(),
        Reason::Offline
        | Reason::ServerUnreachable
        | Reason::SignedOut
        | Reason::LinkUnusable
        | Reason::StripeBlocked
        | Reason::StripeUnavailable
        | Reason::Busy
        | Reason::Internal => failed::next(reason).to_owned(),
    }
}

/// Returns the host of a URL, which the customer may have to allow: the part between the second and the third slash.
fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or(url)
}
