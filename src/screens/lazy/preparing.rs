//! The bank window is about to open.

use leptos::prelude::*;
use relink_flow::{Action, Target};
use relink_protocol::Choice;

use super::text;
use crate::ui::{Card, Paragraph, QuietButton};

#[component]
pub(crate) fn Preparing(target: Target, act: Callback<Action>) -> impl IntoView {
    let heading = match target.choice {
        Choice::Repair | Choice::AnotherAccount => {
            text::preparing_heading(&target.account.name.institution_name)
        }
        Choice::AnotherBank => text::PREPARING_ANOTHER_HEADING.to_owned(),
    };
    view! {
        <Card name="preparing" heading busy=true>
            <Paragraph text=text::PREPARING_BODY />
            <QuietButton label=text::CANCEL act action=Action::Leave />
        </Card>
    }
}
