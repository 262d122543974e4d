//! An account can't be repaired, and why.

use leptos::prelude::*;
use relink_flow::{self as flow, Action};

use super::text;
use crate::screens::trouble;
use crate::ui::{Card, Paragraph, PrimaryButton, QuietButton, Tone};

#[component]
pub(crate) fn Unrepairable(unrepairable: Memo<flow::Unrepairable>, act: Callback<Action>) -> impl IntoView {
    // The cause may change while the customer reads.
    let why = move || {
        let unrepairable = unrepairable.read();
        view! { <Paragraph text=trouble::cause(&unrepairable.target.account.name, &unrepairable.cause) /> }
    };
    let next = move || {
        let overview = &unrepairable.read().target.overview;
        if overview.allows_another {
            view! {
                <PrimaryButton label=text::ANOTHER_BANK act action=Action::AnotherBank />
                <QuietButton label=text::SEE_ACCOUNTS act action=Action::Leave />
            }
            .into_any()
        } else {
            view! {
                <Paragraph text=text::unrepairable_next(&overview.merchant) />
                <PrimaryButton label=text::SEE_ACCOUNTS act action=Action::Leave />
            }
            .into_any()
        }
    };
    view! {
        <Card name="unrepairable" heading=text::UNREPAIRABLE_HEADING tone=Tone::Error>
            {why}
            {next}
        </Card>
    }
}
