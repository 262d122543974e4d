//! A request failed: the reason, whether anything was changed, and the next step.

use relink_flow::{Action, Failed, Reason, UncertainEffect};

use crate::text;
use crate::ui::{Card, Tone};

pub(super) fn draw(failed: &Failed) -> Card {
    let card = match (failed.uncertain_effect, failed.failure.reason) {
        (UncertainEffect::None, _) => reason(failed).paragraph(text::NOTHING_CHANGED),
        (_, Reason::NotFound | Reason::NotRepairable | Reason::LinkUnusable) => reason(failed),
        (UncertainEffect::Relink, _) => reason(failed).paragraph(text::OUTCOME_UNKNOWN),
        (UncertainEffect::Payment, _) => reason(failed).paragraph(text::PAYMENT_UNKNOWN),
    };
    let card = match failed.target() {
        Some(_) => card.secondary(text::NOT_NOW, Action::Leave),
        None => card,
    };
    let offers_own_page = failed.failure.reason == Reason::StripeBlocked
        && failed.target().is_some_and(|target| target.overview.own_page);
    Card { offers_own_page, support: failed.failure.request_id.as_deref().map(text::support_request), ..card }
}

fn reason(failed: &Failed) -> Card {
    let merchant = failed.target().map(|target| target.overview.merchant.as_str());
    let (screen, heading, body): (_, String, String) = match failed.failure.reason {
        Reason::Offline => ("offline", text::OFFLINE_HEADING.into(), text::OFFLINE_BODY.into()),
        Reason::ServerUnreachable => {
            let heading =
                merchant.map_or(text::UNREACHABLE_HEADING_UNNAMED.into(), text::unreachable_heading);
            ("unreachable", heading, text::UNREACHABLE_BODY.into())
        }
        Reason::SignedOut => ("signed_out", text::SIGNED_OUT_HEADING.into(), text::SIGNED_OUT_BODY.into()),
        Reason::NotFound | Reason::NotRepairable | Reason::LinkUnusable
            if failed.uncertain_effect != UncertainEffect::None =>
        {
            ("lost", text::LOST_HEADING.into(), text::LOST_BODY.into())
        }
        Reason::NotFound => ("not_found", text::NOT_FOUND_HEADING.into(), text::NOT_FOUND_BODY.into()),
        Reason::NotRepairable => ("changed", text::CHANGED_HEADING.into(), text::CHANGED_BODY.into()),
        Reason::LinkUnusable => {
            ("link_unusable", text::LINK_UNUSABLE_HEADING.into(), text::LINK_UNUSABLE_BODY.into())
        }
        Reason::PaymentRefused => {
            ("payment_refused", text::PAYMENT_REFUSED_HEADING.into(), text::PAYMENT_REFUSED_BODY.into())
        }
        Reason::StripeBlocked => {
            let host = failed.target().map_or("", |target| host(&target.overview.stripe_js));
            ("stripe_blocked", text::STRIPE_BLOCKED_HEADING.into(), text::stripe_blocked_body(host))
        }
        Reason::StripeUnavailable => {
            ("stripe_down", text::STRIPE_DOWN_HEADING.into(), text::STRIPE_DOWN_BODY.into())
        }
        Reason::Busy => ("busy", text::BUSY_HEADING.into(), text::BUSY_BODY.into()),
        Reason::Internal => ("internal", text::INTERNAL_HEADING.into(), text::INTERNAL_BODY.into()),
    };
    let next = match failed.failure.reason {
        Reason::SignedOut => text::SIGNED_OUT_ACTION,
        Reason::NotFound | Reason::NotRepairable | Reason::PaymentRefused => text::SEE_ACCOUNTS,
        Reason::Offline
        | Reason::ServerUnreachable
        | Reason::LinkUnusable
        | Reason::StripeBlocked
        | Reason::StripeUnavailable
        | Reason::Busy
        | Reason::Internal => text::TRY_AGAIN,
    };
    Card::new(screen, heading).tone(Tone::Warning).paragraph(body).primary(next, Action::TryAgain)
}

/// Returns the host of a URL, which the customer may have to allow: the part between the second and the third slash.
fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or(url)
}
