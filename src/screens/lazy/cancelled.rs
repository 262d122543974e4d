//! The customer has closed the bank window.

use leptos::prelude::*;
use relink_flow::{Action, Finished};

use super::text;
use crate::ui::{Card, Paragraph, PrimaryButton, QuietButton, Tone};

#[component]
pub(crate) fn Cancelled(finished: Finished, act: Callback<Action>) -> impl IntoView {
    let stays = finished.target.works();
    view! {
        <Card name="cancelled" heading=text::CANCELLED_HEADING tone=Tone::Neutral>
            <Paragraph text=if stays { text::CANCELLED_STAYS.get() } else { text::NOTHING_CHANGED.get() } />
            <PrimaryButton label=text::START_AGAIN act action=Action::TryAgain />
            <QuietButton label=text::NOT_NOW act action=Action::Leave />
        </Card>
    }
}
