//! Anything else prevented the relink: Stripe's `other`, and reasons that are newer than this code.

use leptos::prelude::*;
use relink_flow::{Action, Finished};

use super::not_linked::TryAgain;
use super::text;
use crate::ui::{Card, Paragraph, QuietLink, Tone};

#[component]
pub(crate) fn Other(finished: Finished, act: Callback<Action>) -> impl IntoView {
    let target = finished.target;
    let help = target.overview.help_url.map(|url| view! { <QuietLink label=text::GET_HELP url /> });
    view! {
        <Card name="failed" heading=text::failed_heading(&target.account.name.institution_name) tone=Tone::Error>
            <Paragraph text=text::FAILED_BODY />
            <TryAgain act />
            {help}
        </Card>
    }
}
