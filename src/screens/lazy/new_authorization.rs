//! A new bank login, shown account by account.

use leptos::prelude::*;
use relink_flow::{Action, Finished};
use relink_protocol::{Choice, Connected};

use super::connected_rows::ConnectedRows;
use super::mandate::Mandate;
use super::text;
use crate::ui::{Card, PrimaryButton, Tone};

#[component]
pub(crate) fn NewAuthorization(
    finished: Finished,
    connected: Connected,
    act: Callback<Action>,
) -> impl IntoView {
    let is_same_bank = finished.target.choice != Choice::AnotherBank;
    let heading = if connected.restored.is_empty() || !is_same_bank {
        text::CONNECTED_HEADING.to_owned()
    } else {
        text::connected_again_heading(&finished.target.account.name.institution_name)
    };
    // A check is for what works: with a mandate, the customer is asked first.
    let works = connected.mandate.is_none() || !connected.restored.is_empty();
    let purpose = finished.target.overview.purpose;
    let mandate = connected.mandate.clone().map(|words| view! { <Mandate purpose words /> });
    view! {
        <Card name="new_authorization" heading tone=works.then_some(Tone::Success)>
            {mandate}
            <ConnectedRows purpose connected act />
            <PrimaryButton label=text::DONE act action=Action::Leave />
        </Card>
    }
}
