//! Payments can come from another account, or payouts go to it.

use leptos::prelude::*;
use relink_flow::{self as flow, Action};
use relink_protocol::Purpose;

use super::mandate::MandateCopy;
use super::text;
use crate::screens::names;
use crate::ui::{Card, Paragraph, PrimaryButton, Tone};

#[component]
pub(crate) fn Paid(paid: flow::Paid, act: Callback<Action>) -> impl IntoView {
    let (account, words) = (names::account(&paid.account), paid.mandate().to_owned());
    let overview = paid.finished.target.overview;
    let (purpose, merchant) = (overview.purpose, overview.merchant);
    let (heading, body) = if purpose == Purpose::Payouts {
        (text::paid_payouts_heading(&account), text::paid_payouts_body(&merchant))
    } else {
        (text::paid_heading(&account), text::paid_body(&merchant))
    };
    view! {
        <Card name="paid" heading tone=Tone::Success>
            <Paragraph text=body />
            <PrimaryButton label=text::DONE act action=Action::Leave />
            <MandateCopy purpose words merchant digits=names::digits(&paid.account) />
        </Card>
    }
}
