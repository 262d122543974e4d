//! An account can't be repaired, and why.

use leptos::prelude::*;
use relink_flow::{self as flow, Action};
use relink_protocol::stripe::Cause;

use super::names;
use crate::text;
use crate::ui::{Card, Paragraph, PrimaryButton, QuietButton, Tone};

#[component]
pub(crate) fn Unrepairable(unrepairable: Memo<flow::Unrepairable>, act: Callback<Action>) -> impl IntoView {
    // The cause may change while the customer reads.
    let why = move || view! { <Paragraph text=why(&unrepairable.read()) /> };
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

fn why(unrepairable: &flow::Unrepairable) -> String {
    let name = &unrepairable.target.account.name;
    let (account, bank) = (names::account(name), &name.institution_name);
    match unrepairable.cause {
        Cause::AccountClosed => text::unrepairable_closed(&account),
        Cause::AccessDenied => text::unrepairable_denied(&account, bank),
        Cause::AccessExpired => text::unrepairable_expired(&account, bank),
        Cause::AccountUnavailable => text::unrepairable_unavailable(&account, bank),
        Cause::InstitutionRequirement => text::unrepairable_requirement(&account, bank),
        Cause::Unspecified => text::unrepairable_unspecified(&account, bank),
        Cause::Other(_) => text::unrepairable_unknown(&account, bank),
    }
}
