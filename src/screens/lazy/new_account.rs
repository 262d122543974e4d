//! One new account, which payments or payouts don't use yet.

use leptos::prelude::*;
use relink_flow::{Action, Finished};
use relink_protocol::{AccountName, Choice, Connected, Purpose};

use super::mandate::{Mandate, accept};
use super::relinked::Relinked;
use super::text;
use crate::screens::names;
use crate::ui::{Card, Paragraph, PrimaryButton, QuietButton, Tone};

#[component]
pub(crate) fn NewAccount(finished: Finished, connected: Connected, act: Callback<Action>) -> impl IntoView {
    let Some(new) = connected.added.first().cloned() else {
        return view! { <Relinked finished connected act /> }.into_any();
    };
    let (old, overview) = (&finished.target.account.name, &finished.target.overview);
    let is_renewed = new.looks_like(old);
    let is_instead = !is_renewed && finished.target.choice == Choice::Repair;
    let purpose = overview.purpose;
    let heading = match connected.mandate {
        Some(_) if is_instead && purpose == Purpose::Payouts => {
            text::new_account_payout_heading(&names::digits(&new))
        }
        Some(_) if is_instead => text::new_account_pay_heading(&names::digits(&new)),
        None if is_instead => text::NEW_ACCOUNT_HEADING.to_owned(),
        Some(_) | None => text::relinked_heading(&names::account(&new)),
    };
    let body = if is_renewed {
        Some(text::new_account_renewed(&old.institution_name))
    } else {
        is_instead.then(|| text::new_account_body(&names::account(&new)))
    };
    let money = match purpose {
        Purpose::Payouts if connected.mandate.is_some() && is_renewed => {
            text::NEW_ACCOUNT_CONFIRM_PAYOUTS.to_owned()
        }
        Purpose::Payouts if connected.mandate.is_some() => {
            text::new_account_payouts_still(&names::account(old))
        }
        Purpose::Payouts => text::new_account_payouts(&names::account(old), &overview.merchant),
        Purpose::Payments | Purpose::Data if is_renewed => text::NEW_ACCOUNT_CONFIRM.to_owned(),
        Purpose::Payments | Purpose::Data => text::new_account_payments(&names::account(old)),
    };
    // A check is for what works: with a mandate, the customer is asked first.
    let tone = connected.mandate.is_none().then_some(Tone::Success);
    let keeps_nothing = finished.target.choice == Choice::AnotherBank || is_renewed;
    let keep = if keeps_nothing { text::NOT_NOW.to_owned() } else { text::keep(&names::digits(old)) };
    let next = match connected.mandate {
        Some(words) => view! { <Pay purpose words new keep act /> }.into_any(),
        None => view! { <PrimaryButton label=text::DONE act action=Action::Leave /> }.into_any(),
    };
    view! {
        <Card name="new_account" heading tone>
            {body.map(|text| view! { <Paragraph text /> })}
            <Paragraph text=money />
            {next}
        </Card>
    }
    .into_any()
}

/// The mandate, and the choice between the new account and the old one.
#[component]
fn Pay(
    purpose: Purpose,
    words: String,
    new: AccountName,
    keep: String,
    act: Callback<Action>,
) -> impl IntoView {
    let label = accept(purpose, &names::digits(&new));
    view! {
        <Mandate purpose words />
        <PrimaryButton label act action=Action::Pay(new.id.clone()) />
        <QuietButton label=keep act action=Action::Leave />
    }
}
