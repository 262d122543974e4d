//! The server asks Stripe for the outcome, which takes a moment or longer.

use leptos::prelude::*;
use relink_flow::Action;

use super::text;
use crate::ui::{Card, Paragraph, PrimaryButton, QuietButton};

/// How long it has taken so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// A moment.
    Short,
    /// So long that the customer should know they can leave.
    Long,
    /// So long that the page has stopped asking.
    Ended,
}

#[component]
pub(crate) fn Checking(patience: Patience, act: Callback<Action>) -> impl IntoView {
    match patience {
        Patience::Short => view! {
            <Card name="checking" heading=text::CHECKING_HEADING busy=true>
                <Paragraph text=text::CHECKING_BODY />
            </Card>
        }
        .into_any(),
        Patience::Long => view! {
            <Card name="pending" heading=text::PENDING_HEADING busy=true>
                <Paragraph text=text::PENDING_BODY />
                <PrimaryButton label=text::SEE_ACCOUNTS act action=Action::Leave />
            </Card>
        }
        .into_any(),
        Patience::Ended => view! {
            <Card name="pending" heading=text::PENDING_HEADING>
                <Paragraph text=text::PENDING_STOPPED />
                <PrimaryButton label=text::PENDING_CHECK_AGAIN act action=Action::TryAgain />
                <QuietButton label=text::SEE_ACCOUNTS act action=Action::Leave />
            </Card>
        }
        .into_any(),
    }
}
