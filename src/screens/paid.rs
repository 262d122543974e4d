//! Payments can come from another account.

use leptos::prelude::*;
use relink_flow::{self as flow, Action};

use super::mandate::MandateCopy;
use super::names;
use crate::text;
use crate::ui::{Card, Paragraph, PrimaryButton, Tone};

#[component]
pub(crate) fn Paid(paid: flow::Paid, act: Callback<Action>) -> impl IntoView {
    view! {
        <Card name="paid" heading=text::paid_heading(&names::account(&paid.account)) tone=Tone::Success>
            <Paragraph text=text::paid_body(&paid.target.overview.merchant) />
            <PrimaryButton label=text::DONE act action=Action::Leave />
            <MandateCopy words=paid.mandate merchant=paid.target.overview.merchant digits=names::digits(&paid.account) />
        </Card>
    }
}
