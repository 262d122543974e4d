//! A payment method is being made.

use leptos::prelude::*;

use crate::text;
use crate::ui::{Card, Paragraph};

#[component]
pub(crate) fn Paying() -> impl IntoView {
    view! {
        <Card name="paying" heading=text::PAYING_HEADING busy=true>
            <Paragraph text=text::PAYING_BODY />
        </Card>
    }
}
