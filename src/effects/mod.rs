//! Performs the requests of the flow, one kind each in a file of its own.

pub(crate) mod api;
mod bank_window;
mod event_stream;
mod listen;
mod watch_changes;

use gloo_timers::future::TimeoutFuture;
use relink_flow::{Answer, Request, Ticket};
use relink_protocol::{Reported, SessionId};

use crate::conversation::Conversation;

/// Performs the first request of a conversation. `None` if the conversation has ended.
pub(crate) async fn load_accounts(conversation: Conversation) -> Option<Answer> {
    Some(Answer::Accounts(conversation.api()?.accounts().await))
}

/// Performs a request. `None` if its answer is no longer awaited.
pub(crate) async fn perform(conversation: Conversation, ticket: Ticket, request: Request) -> Option<Answer> {
    let api = conversation.api()?;
    Some(match request {
        Request::LoadAccounts => return load_accounts(conversation).await,
        Request::AwaitChange { since } => {
            return watch_changes::change(conversation, ticket, &since).await.map(Answer::Changed);
        }
        Request::LoadStripe { url } => Answer::Stripe(bank_window::load(&url, api.host().is_home()).await),
        Request::StartSession { account, choice } => {
            Answer::Session(api.start_session(account, choice).await)
        }
        Request::OpenBank { url, started } => {
            // Fails with an old loader only.
            let _ = api.host().page_is_ready().await;
            Answer::Bank(bank_window::open(&url, &started, api.language()).await)
        }
        Request::ReadOutcome { session, reported, after } => {
            return outcome(conversation, ticket, &session, reported, after).await;
        }
        Request::Pair { session, pairs } => Answer::Outcome(api.pair(&session, pairs).await),
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
    conversation: Conversation,
    ticket: Ticket,
    session: &SessionId,
    reported: Reported,
    after: u16,
) -> Option<Answer> {
    TimeoutFuture::new(u32::from(after) * 1_000).await;
    if !conversation.is_newest(ticket) {
        return None;
    }
    Some(Answer::Outcome(conversation.api()?.outcome(session, reported).await))
}
