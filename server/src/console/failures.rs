//! `GET /console/faults`: failed jobs and failed merchant events, with buttons to retry them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::json;

use super::account_actions::entry;
use super::address::public_path;
use super::auth::{Acting, OperatorForm, SignedIn};
use super::error::PageError;
use super::layout::{Layout, form_token, moment};
use super::sign_in::to;
use crate::domain::audit::AuditAction;
use crate::services::progress::progress;
use crate::state::AppState;
use crate::store::job_queue::list::{JobRow, QueuePart};
use crate::store::merchant_events::{Delivery, State as Progress};

const SHOWN: i64 = 100;

/// Renders the page.
pub(super) async fn page(State(app): State<Arc<AppState>>, by: SignedIn) -> Result<Markup, PageError> {
    let work = app.store.list_jobs(Some(QueuePart::Parked), None, SHOWN, crate::clock::now()).await?;
    let messages = app.store.deliveries(Some(Progress::Failed), None, SHOWN).await?;
    let progress = progress(&app, crate::clock::now()).await?;
    let content = html! {
        h1 { "Failed" }
        h2 { "Work that was given up" }
        @if work.is_empty() { p.empty { "None." } } @else {
            table {
                caption.hidden { "Work that was given up" }
                thead { tr { th scope="col" { "What" } th.number scope="col" { "Tries" } th scope="col" { "Given up" } th scope="col" { "Why" } th scope="col" { span.hidden { "Again" } } } }
                tbody { @for item in &work { (work_row(&by, item)) } }
            }
        }
        h2 { "Messages that did not reach your back end" }
        @if messages.is_empty() { p.empty { "None." } } @else {
            table {
                caption.hidden { "Messages that did not reach your back end" }
                thead { tr { th scope="col" { "Message" } th scope="col" { "About" } th.number scope="col" { "Tries" } th scope="col" { "Why" } th scope="col" { span.hidden { "Again" } } } }
                tbody { @for message in &messages { (message_row(&by, message)) } }
            }
        }
        p.hint { "At most " (SHOWN) " of each." }
        (super::progress::section(&progress))
    };
    Ok(Layout::new("Failed", &by).page(&content))
}

fn work_row(by: &SignedIn, item: &JobRow) -> Markup {
    let at = item.parked_at.and_then(|at| jiff::Timestamp::from_second(at).ok());
    html! { tr {
        th scope="row" data-name="What" { (item.id) }
        td.number data-name="Tries" { (item.tries) }
        td data-name="Given up" { @if let Some(at) = at { (moment(at)) } }
        td data-name="Why" { (item.last_error.as_deref().unwrap_or("not known")) }
        td { (again(by, "/console/faults/work", &item.id)) }
    } }
}

fn message_row(by: &SignedIn, message: &Delivery) -> Markup {
    html! { tr {
        th scope="row" data-name="Message" { (message.kind) div.small { (message.id) } }
        td data-name="About" { (message.subject) }
        td.number data-name="Tries" { (message.tries) }
        td data-name="Why" { (message.last_error.as_deref().unwrap_or("not known")) }
        td { (again(by, "/console/faults/messages", &message.id)) }
    } }
}

fn again(by: &SignedIn, path: &str, id: &str) -> Markup {
    html! {
        @if by.may_act() {
            form method="post" action=(public_path(path)) {
                (form_token(by))
                input type="hidden" name="id" value=(id);
                button.quiet aria-label={ "Try again: " (id) } { "Try again" }
            }
        }
    }
}

/// `POST /console/faults/work`: retries a failed job.
pub(super) async fn retry(
    State(app): State<Arc<AppState>>,
    OperatorForm { by, fields, .. }: OperatorForm<Acting>,
) -> Result<Response, PageError> {
    let id = fields.one("id");
    let entry = entry(by.source(), AuditAction::WorkRetried, None, json!({"work": id}));
    if !app.store.retry_job(id, &entry, crate::clock::now()).await? {
        return Err(PageError::NotFound);
    }
    app.connections.work().notify_one();
    Ok(to(&public_path("/console/faults"), &[]))
}

/// `POST /console/faults/messages`: sends a failed merchant event again.
pub(super) async fn replay(
    State(app): State<Arc<AppState>>,
    OperatorForm { by, fields, .. }: OperatorForm<Acting>,
) -> Result<Response, PageError> {
    let id = fields.one("id");
    let entry = entry(by.source(), AuditAction::MessageReplayed, None, json!({"message": id}));
    if !app.store.replay_merchant_event(id, &entry, crate::clock::now()).await? {
        return Err(PageError::NotFound);
    }
    app.connections.messages().notify_one();
    Ok(to(&public_path("/console/faults"), &[]))
}
