//! `GET /console/faults`: failed jobs and failed merchant events, with buttons to retry them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, Render, html};
use serde_json::json;

use super::account_actions::entry;
use super::address::public_path;
use super::auth::{Acting, OperatorForm, SignedIn};
use super::error::PageError;
use super::layout::{Layout, form_token, moment};
use super::sign_in::to;
use super::texts;
use super::words::stored;
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
        h1 { (texts::nav_failed()) }
        h2 { (texts::failed_work()) }
        @if work.is_empty() { p.empty { (texts::none()) } } @else {
            table {
                caption.hidden { (texts::failed_work()) }
                thead { tr {
                    th scope="col" { (texts::column_what()) }
                    th.number scope="col" { (texts::column_tries()) }
                    th scope="col" { (texts::column_given_up()) }
                    th scope="col" { (texts::column_why()) }
                    th scope="col" { span.hidden { (texts::again()) } }
                } }
                tbody { @for item in &work { (work_row(&by, item)) } }
            }
        }
        h2 { (texts::failed_messages()) }
        @if messages.is_empty() { p.empty { (texts::none_messages()) } } @else {
            table {
                caption.hidden { (texts::failed_messages()) }
                thead { tr {
                    th scope="col" { (texts::column_message()) }
                    th scope="col" { (texts::column_about()) }
                    th.number scope="col" { (texts::column_tries()) }
                    th scope="col" { (texts::column_why()) }
                    th scope="col" { span.hidden { (texts::again()) } }
                } }
                tbody { @for message in &messages { (message_row(&by, message)) } }
            }
        }
        p.hint { (texts::at_most_each(SHOWN)) }
        (super::progress::section(&progress))
    };
    Ok(Layout::new(texts::nav_failed(), &by).page(&content))
}

fn work_row(by: &SignedIn, item: &JobRow) -> Markup {
    let at = item.parked_at.and_then(|at| jiff::Timestamp::from_second(at).ok());
    html! { tr {
        th scope="row" data-name=(texts::column_what()) { code { (item.id) } }
        td.number data-name=(texts::column_tries()) { (item.tries) }
        td data-name=(texts::column_given_up()) { @if let Some(at) = at { (moment(at)) } }
        td data-name=(texts::column_why()) { (why(item.last_error.as_deref())) }
        td { (again(by, "/console/faults/work", &item.id)) }
    } }
}

fn message_row(by: &SignedIn, message: &Delivery) -> Markup {
    html! { tr {
        th scope="row" data-name=(texts::column_message()) { code { (message.kind) } div.small { bdi { (message.id) } } }
        td data-name=(texts::column_about()) { bdi { (message.subject) } }
        td.number data-name=(texts::column_tries()) { (message.tries) }
        td data-name=(texts::column_why()) { (why(message.last_error.as_deref())) }
        td { (again(by, "/console/faults/messages", &message.id)) }
    } }
}

/// Renders an error, which is stored in English.
fn why(error: Option<&str>) -> Markup {
    error.map_or_else(|| texts::not_known().render(), stored)
}

fn again(by: &SignedIn, path: &str, id: &str) -> Markup {
    html! {
        @if by.may_act() {
            form method="post" action=(public_path(path)) {
                (form_token(by))
                input type="hidden" name="id" value=(id);
                button.quiet aria-label=(texts::try_again_of(id)) { (texts::try_again()) }
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
