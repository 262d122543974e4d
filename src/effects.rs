//! Performs the requests of the flow.

use gloo_timers::future::TimeoutFuture;
use relink_flow::{Answer, Request, Ticket};
use relink_protocol::{Reported, SessionId};

use crate::api::Api;
use crate::bank_window;
use crate::runtime::Runtime;
use crate::watch_changes;

/// Like [`perform`], for the requests of [`relink_flow::update_early`], without the lazily loaded part of the program.
/// Except awaiting a change, which waits for that part.
pub(crate) async fn perform_early(api: &Api, request: &Request) -> Option<Answer> {
    let accounts = api.accounts().await;
    if !matches!(request, Request::Restart) {
        return Some(Answer::Accounts(accounts));
    }
    match accounts {
        Ok(_) => {
            api.host().restart_with_new_files();
            None
        }
        Err(failure) => Some(Answer::RestartFailed(failure)),
    }
}

/// Performs a request. `None` if its answer is no longer awaited.
pub(crate) async fn perform(runtime: &Runtime, ticket: Ticket, request: Request) -> Option<Answer> {
    let api = runtime.api();
    Some(match request {
        Request::LoadAccounts | Request::Restart => return perform_early(api, &request).await,
        Request::AwaitChange { since } => {
            return watch_changes::change(runtime, ticket, &since).await.map(Answer::Changed);
        }
        Request::LoadStripe { url } => Answer::Stripe(bank_window::load(&url, api.host().is_home()).await),
        Request::StartSession { account, choice } => {
            Answer::Session(api.start_session(account, choice).await)
        }
        Request::OpenBank { url, started } => {
            Answer::Bank(bank_window::open(&url, &started, api.language()).await)
        }
        Request::ReadOutcome { session, reported, after } => {
            return outcome(runtime, ticket, &session, reported, after).await;
        }
        Request::Pay { session, account } => Answer::Paid(api.pay(&session, account).await),
        Request::KeepPayments { session } => {
            // If it fails, the customer is asked again another time.
            let _ = api.keep_payments(&session).await;
            Answer::Kept
        }
    })
}

/// Waits, then reads the outcome, unless the flow has moved on in the meantime.
async fn outcome(
    runtime: &Runtime,
    ticket: Ticket,
    session: &SessionId,
    reported: Reported,
    after: u16,
) -> Option<Answer> {
    TimeoutFuture::new(u32::from(after) * 1_000).await;
    if !runtime.is_newest(ticket) {
        return None;
    }
    Some(Answer::Outcome(runtime.api().outcome(session, reported).await))
}
