//! The bank window is open in front of the page.

use leptos::prelude::*;
use relink_flow::Action;

use crate::text;
use crate::ui::{Attention, Card, Paragraph, QuietButton};

#[component]
pub(crate) fn AtBank(act: Callback<Action>) -> impl IntoView {
    view! {
        <Card name="at_bank" heading=text::AT_BANK_HEADING busy=true attention=Attention::Announce>
            <Paragraph text=text::AT_BANK_BODY />
            <QuietButton label=text::CANCEL act action=Action::Leave />
        </Card>
    }
}
