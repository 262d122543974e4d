//! Batches: relink requests to many customers at once. Starts a batch, shows its progress and stops it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde_json::json;

use super::account_actions::entry;
use super::auth::{OperatorForm, SignedIn};
use super::error::PageError;
use super::layout::{Layout, count, form_token, many, moment};
use super::preview::chosen;
use super::sign_in::to;
use crate::domain::audit::AuditAction;
use crate::domain::request_refusal::RequestRefusal;
use crate::state::AppState;
use crate::store::batches::{self, Batch, Chosen};
use crate::store::job_queue::{JobKind, NewJob, Urgency, mark};
use crate::store::{StoreError, audit};

/// `POST /console/batches`: writes the selection, the job and the audit entry in one transaction.
pub(super) async fn begin(
    State(app): State<Arc<AppState>>,
    OperatorForm { by, fields }: OperatorForm,
) -> Result<Response, PageError> {
    let chosen = chosen(&app, &fields).await?;
    let now = crate::clock::now();
    let id = format!("bat_{}", crate::clock::new_id().simple());
    let detail = json!({"batch": id, "accounts": chosen});
    let batch = Batch {
        id: id.clone(),
        operator: by.operator.clone(),
        chosen,
        place: String::new(),
        state: "running".to_owned(),
        created_at: now,
        ended_at: None,
    };
    let work = NewJob {
        kind: JobKind::Batch,
        subject: id.clone(),
        urgency: Urgency::Routine,
        created: None,
        due: now,
    };
    let mut change = app.store.change().await?;
    batches::enter(&mut change, &batch).await?;
    mark(&mut change, &[work], now).await?;
    let entry = entry(by.source(), AuditAction::BatchBegun, None, detail);
    audit::enter(&mut change, &entry, crate::clock::new_id(), now).await?;
    change.commit().await.map_err(StoreError::from)?;
    app.connections.work().notify_one();
    Ok(to(&format!("/console/batches/{id}"), &[]))
}

/// `GET /console/batches/{id}`: the progress. The page does not reload by itself, so that it doesn't interrupt its
/// reader.
pub(super) async fn page(
    State(app): State<Arc<AppState>>,
    by: SignedIn,
    Path(id): Path<String>,
) -> Result<Markup, PageError> {
    let batch = app.store.batch(&id).await?.ok_or(PageError::NotFound)?;
    let counts = app.store.batch_counts(&id).await?;
    let done: i64 = counts.values().sum();
    let is_running = batch.state == "running";
    let of = |is_asked: bool| counts.iter().filter(move |(result, _)| (*result == "asked") == is_asked);
    let (asked, left_out) = (of(true), of(false));
    let content = html! {
        h1 { (heading(&batch)) }
        p { "Processed: " @match &batch.chosen {
                Chosen::Named(accounts) => { (many(done)) " of " (count(i64::try_from(accounts.len()).unwrap_or(i64::MAX), "account")) "." },
                Chosen::Matching(_) => { (count(done, "account")) @if is_running { " so far" } "." },
            } }
        @if let Chosen::Named(accounts) = &batch.chosen {
            progress max=(accounts.len()) value=(done) aria-label="Accounts dealt with" {}
        }
        table {
            caption.hidden { "Result" }
            thead { tr { th scope="col" { "Result" } th.number scope="col" { "Accounts" } } }
            tbody { @for (result, accounts) in asked.chain(left_out) {
                tr { th scope="row" data-name="Result" { (sentence(result)) } td.number data-name="Accounts" { (many(*accounts)) } }
            } }
        }
        @if is_running {
            p { a.button href={ "/console/batches/" (id) } { "See how far it is now" } }
            form method="post" action={ "/console/batches/" (id) "/stop" } {
                (form_token(&by))
                button.quiet { "Stop sending" }
            }
        }
        p.hint { "Begun " (moment(batch.created_at)) " by " (batch.operator.name())
            @if let Some(at) = batch.ended_at { ", ended " (moment(at)) "." } @else { ". It goes on when the server is restarted." } }
    };
    Ok(Layout::new("Mails", &by).page(&content))
}

fn heading(batch: &Batch) -> &'static str {
    match batch.state.as_str() {
        "running" => "Sending emails",
        "stopped" => "Stopped",
        _ => "Finished",
    }
}

fn sentence(result: &str) -> &'static str {
    match result {
        "asked" => "Asked by mail. The account's page says what came of it.",
        "account_unknown" => "Stripe no longer knows the account.",
        "failed" => "Not asked, as this failed again and again. The server's log says why.",
        other => RequestRefusal::parse(other)
            .map_or("Left out by a rule of another version.", RequestRefusal::sentence),
    }
}

/// `POST /console/batches/{id}/stop`: stops a batch.
pub(super) async fn stop(
    State(app): State<Arc<AppState>>,
    Path(id): Path<String>,
    OperatorForm { by, .. }: OperatorForm,
) -> Result<Response, PageError> {
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    if batches::stop(&mut change, &id, now).await? {
        let entry = entry(by.source(), AuditAction::BatchStopped, None, json!({"batch": id}));
        audit::enter(&mut change, &entry, crate::clock::new_id(), now).await?;
    }
    change.commit().await.map_err(StoreError::from)?;
    Ok(to(&format!("/console/batches/{id}"), &[]))
}

const SHOWN: i64 = 50;

/// `GET /console/batches`: the newest batches.
pub(super) async fn list(State(app): State<Arc<AppState>>, by: SignedIn) -> Result<Markup, PageError> {
    let batches = app.store.batches(None, SHOWN).await?;
    let content = html! {
        h1 { "Requests" }
        @if batches.is_empty() {
            p.empty { "Nobody has asked many customers at once yet. Choose some in the " a href="/console" { "table of connections" } "." }
        } @else {
            table {
                caption.hidden { "Mails to many customers" }
                thead { tr { th scope="col" { "Begun" } th scope="col" { "By" } th scope="col" { "State" } } }
                tbody { @for batch in &batches { tr {
                    th scope="row" data-name="Begun" { a href={ "/console/batches/" (batch.id) } { (moment(batch.created_at)) } }
                    td data-name="By" { (batch.operator.name()) }
                    td data-name="State" { (heading(batch)) }
                } } }
            }
            p.hint { "The newest " (SHOWN) "." }
        }
    };
    Ok(Layout::new("Requests", &by).page(&content))
}
