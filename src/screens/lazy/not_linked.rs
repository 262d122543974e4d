//! The customer signed in at the right bank but did not share the account (`no_account`), or did not finish the bank
//! login (`no_authorization`).

use leptos::prelude::*;
use relink_flow::{Action, Finished};

use super::text;
use crate::ui::{Card, Paragraph, PrimaryButton, QuietButton, Tone};

#[component]
pub(crate) fn NoAccount(finished: Finished, act: Callback<Action>) -> impl IntoView {
    let (name, overview) = (&finished.target.account.name, &finished.target.overview);
    let (bank, merchant) = (&name.institution_name, &overview.merchant);
    let was_exact = finished.target.is_exact();
    let body = match &name.last4 {
        _ if !was_exact => text::no_account_body_any(bank, merchant),
        Some(last4) => text::no_account_body(bank, last4),
        None => text::no_account_body_unnumbered(bank, merchant),
    };
    let next = if finished.offers_another() {
        let (label, action) = if was_exact {
            (text::no_account_another(bank), Action::AnotherAccount)
        } else {
            (text::TRY_AGAIN.to_owned(), Action::TryAgain)
        };
        view! {
            <Paragraph text=text::NOTHING_CHANGED />
            <PrimaryButton label act action />
            <QuietButton label=text::ANOTHER_BANK act action=Action::AnotherBank />
            <QuietButton label=text::NOT_NOW act action=Action::Leave />
        }
        .into_any()
    } else {
        view! { <TryAgain act /> }.into_any()
    };
    view! {
        <Card name="no_account" heading=text::NO_ACCOUNT_HEADING tone=Tone::Warning>
            <Paragraph text=body />
            {next}
        </Card>
    }
}

#[component]
pub(crate) fn NoAuthorization(finished: Finished, act: Callback<Action>) -> impl IntoView {
    let body = text::no_authorization_body(&finished.target.account.name.institution_name);
    view! {
        <Card name="no_authorization" heading=text::NO_AUTHORIZATION_HEADING tone=Tone::Warning>
            <Paragraph text=body />
            <TryAgain act />
        </Card>
    }
}

/// End of a screen after which the same can be tried again.
#[component]
pub(super) fn TryAgain(act: Callback<Action>) -> impl IntoView {
    view! {
        <Paragraph text=text::NOTHING_CHANGED />
        <PrimaryButton label=text::TRY_AGAIN act action=Action::TryAgain />
        <QuietButton label=text::NOT_NOW act action=Action::Leave />
    }
}
