//! Outcome of an attempt: one screen for each that the server has verified with Stripe.
//!
//! The server reads `relink_result` and its `failure_reason` from the session at Stripe, and answers with one of these
//! outcomes (`relink_protocol::session_result`). The page never reads them: what Stripe.js reports to it is a hint.

use leptos::prelude::*;
use relink_flow::{Action, Finished};
use relink_protocol::RelinkOutcome;

use crate::screens::lazy::{
    Cancelled, NewAccount, NewAuthorization, NoAccount, NoAuthorization, Other, Relinked, WhichAccount,
};

#[component]
pub(crate) fn Outcome(finished: Finished, act: Callback<Action>) -> impl IntoView {
    match finished.outcome.clone() {
        outcome if outcome.is_question() => view! { <WhichAccount finished act /> }.into_any(),
        RelinkOutcome::Relinked(connected) => view! { <Relinked finished connected act /> }.into_any(),
        RelinkOutcome::NewAccount(connected) => view! { <NewAccount finished connected act /> }.into_any(),
        RelinkOutcome::NewAuthorization(connected) => {
            view! { <NewAuthorization finished connected act /> }.into_any()
        }
        RelinkOutcome::NoAccount => view! { <NoAccount finished act /> }.into_any(),
        RelinkOutcome::NoAuthorization => view! { <NoAuthorization finished act /> }.into_any(),
        RelinkOutcome::Cancelled => view! { <Cancelled finished act /> }.into_any(),
        // `Pending` is never a final outcome; as a fallback, nothing is promised.
        RelinkOutcome::Failed | RelinkOutcome::Pending => view! { <Other finished act /> }.into_any(),
    }
}
