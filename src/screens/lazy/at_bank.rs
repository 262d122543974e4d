//! The bank window is open in front of the page.

use std::time::Duration;

use leptos::prelude::*;
use relink_flow::Action;

use super::text;
use crate::ui::{Attention, Card, Paragraph, QuietButton, is_bank_window_covered};

/// Time between two looks at what is in front. The page may close its own dialogs first.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

#[component]
pub(crate) fn AtBank(act: Callback<Action>) -> impl IntoView {
    let (is_covered, set_covered) = signal(false);
    let look = move || {
        let is_now = is_bank_window_covered();
        // An equal value would announce the sentence again.
        if is_covered.get_untracked() != is_now {
            set_covered.set(is_now);
        }
    };
    if let Ok(looks) = set_interval_with_handle(look, BETWEEN_LOOKS) {
        on_cleanup(move || looks.clear());
    }
    view! {
        <Card name="at_bank" heading=text::AT_BANK_HEADING busy=true attention=Attention::Announce>
            <Paragraph text=text::AT_BANK_BODY />
            <div role="alert">
                {move || is_covered.get().then(|| view! { <Paragraph class="notice" text=text::AT_BANK_COVERED /> })}
            </div>
            <QuietButton label=text::CANCEL act action=Action::Leave />
        </Card>
    }
}
