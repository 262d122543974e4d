//! A payment method or an external account is being made.

use leptos::prelude::*;
use relink_protocol::Purpose;

use super::text;
use crate::ui::{Card, Paragraph};

#[component]
pub(crate) fn Paying(purpose: Purpose) -> impl IntoView {
    let heading =
        if purpose == Purpose::Payouts { text::PAYING_PAYOUTS_HEADING } else { text::PAYING_HEADING };
    view! {
        <Card name="paying" heading busy=true>
            <Paragraph text=text::PAYING_BODY />
        </Card>
    }
}
