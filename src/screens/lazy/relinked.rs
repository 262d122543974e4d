//! The requested account works again.

use leptos::prelude::*;
use relink_flow::{Action, Finished};
use relink_protocol::{Connected, Purpose};

use super::connected_rows::ConnectedRows;
use super::text;
use crate::screens::names;
use crate::ui::{Card, Paragraph, PrimaryButton, Tone};

#[component]
pub(crate) fn Relinked(finished: Finished, connected: Connected, act: Callback<Action>) -> impl IntoView {
    let target = finished.target;
    let is_restored = connected.restored.iter().any(|account| account.id == target.account.name.id);
    let heading = match connected.restored.first() {
        _ if is_restored && target.is_update() => text::UPDATED_HEADING.to_owned(),
        _ if is_restored => text::relinked_heading(&names::account(&target.account.name)),
        Some(other) => text::relinked_heading(&names::account(other)),
        None => text::CONNECTED_NONE_HEADING.to_owned(),
    };
    let tone = if connected.restored.is_empty() { Tone::Warning } else { Tone::Success };
    let purpose = target.overview.purpose;
    let again = is_restored.then(|| match purpose {
        _ if target.is_update() => text::updated_body(&target.overview.merchant),
        _ if target.works() => text::RELINKED_STAYS.to_owned(),
        Purpose::Payments => text::RELINKED_PAYMENTS.to_owned(),
        Purpose::Payouts => text::RELINKED_PAYOUTS.to_owned(),
        Purpose::Data => text::relinked_data(&target.overview.merchant),
    });
    let heading_says_it_all = is_restored
        && connected.restored.len() == 1
        && connected.added.is_empty()
        && connected.still_broken.is_empty()
        && connected.still_ending.is_empty();
    let rows = (!heading_says_it_all).then(|| view! { <ConnectedRows purpose connected act /> });
    view! {
        <Card name="relinked" heading tone>
            {again.map(|text| view! { <Paragraph text /> })}
            {rows}
            <PrimaryButton label=text::DONE act action=Action::Leave />
        </Card>
    }
}
