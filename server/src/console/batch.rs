//! Batches: relink requests to many customers at once. Starts, stops and lists batches.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, Render, html};
use relink_protocol::StripeAccountId;
use serde::Deserialize;
use serde_json::json;

use super::account_actions::entry;
use super::address::{address, public_path};
use super::auth::{Acting, OperatorForm, SignedIn};
use super::error::PageError;
use super::layout::{Layout, many, moment, unreadable_row};
use super::preview::{chosen, none_chosen, reason};
use super::results::percent;
use super::search_form::by_stripe_account;
use super::sign_in::to;
use super::texts;
use super::words::filter_error;
use crate::domain::audit::AuditAction;
use crate::domain::filter::{Filter, Identifier, stripe_account};
use crate::domain::role::Role;
use crate::domain::stripe_accounts::StripeAccounts;
use crate::state::AppState;
use crate::store::batches::{self, Batch, Chosen};
use crate::store::connection_search::Order;
use crate::store::job_queue::{JobKind, NewJob, Urgency, mark};
use crate::store::requests::results::BatchTotals;
use crate::store::{StoreError, audit};

/// `POST /console/batches`: writes the selection, the job and the audit entry in one transaction.
pub(super) async fn begin(
    State(app): State<Arc<AppState>>,
    OperatorForm { by, fields, .. }: OperatorForm<Acting>,
) -> Result<Response, PageError> {
    let Some(chosen) = chosen(&app, &fields).await? else { return Ok(none_chosen(&fields)) };
    let reason = reason(&fields);
    let waits = needs_approval(&app, &chosen).await?;
    let chosen = stored(&app, chosen).await?;
    let now = crate::clock::now();
    let id = format!("bat_{}", crate::clock::new_id().simple());
    let detail = json!({"batch": id, "accounts": chosen, "reason": reason, "needs_approval": waits});
    let batch = Batch {
        id: id.clone(),
        operator: by.operator.clone(),
        chosen,
        reason,
        place: String::new(),
        state: if waits { "waiting" } else { "running" }.to_owned(),
        created_at: now,
        ended_at: None,
    };
    let mut change = app.store.change().await?;
    batches::enter(&mut change, &batch).await?;
    if !waits {
        mark(&mut change, &[work(&id, now)], now).await?;
    }
    let entry = entry(by.source(), AuditAction::BatchBegun, None, detail);
    audit::enter(&mut change, &entry, crate::clock::new_id(), now).await?;
    change.commit().await.map_err(StoreError::from)?;
    app.connections.work().notify_one();
    Ok(to(&public_path(&format!("/console/batches/{id}")), &[]))
}

/// Returns the selection as it is stored: that of several customers as their accounts, so that a server of the previous
/// release, which knows no such filter, can go on with the batch.
async fn stored(app: &AppState, chosen: Chosen) -> Result<Chosen, StoreError> {
    let Chosen::Matching(filter @ Filter { who: Some(Identifier::Customers(_)), .. }) = &chosen else {
        return Ok(chosen);
    };
    let (mut accounts, mut after) = (Vec::new(), None);
    loop {
        let page = app.store.table(filter, Order::NewestFirst, after.as_ref(), PIECE).await?;
        let is_last = i64::try_from(page.len()).unwrap_or(PIECE) < PIECE;
        for row in page {
            accounts.push(row.kept.account.id);
            after = Some(row.place);
        }
        if is_last {
            return Ok(Chosen::Named(accounts));
        }
    }
}

/// Accounts that are read at once.
const PIECE: i64 = 500;

fn work(batch: &str, now: Timestamp) -> NewJob {
    NewJob {
        kind: JobKind::Batch,
        subject: batch.to_owned(),
        urgency: Urgency::Routine,
        created: None,
        due: now,
    }
}

/// True if the batch is so large that a second operator has to approve it.
pub(super) async fn needs_approval(app: &AppState, chosen: &Chosen) -> Result<bool, StoreError> {
    let Some(above) = app.config.console.approval_above else { return Ok(false) };
    let accounts = match chosen {
        Chosen::Named(accounts) => accounts.len(),
        Chosen::Matching(filter) => app.store.table(filter, Order::NewestFirst, None, above + 1).await?.len(),
    };
    Ok(i64::try_from(accounts).unwrap_or(i64::MAX) > above)
}

/// True if this operator may approve the batch: somebody else than the one who began it.
pub(super) fn may_approve(by: &SignedIn, batch: &Batch) -> bool {
    let is_another = by.operator.may_approve_after(&batch.operator);
    batch.state == "waiting" && by.role >= Role::Operator && is_another
}

/// `POST /console/batches/{id}/approve`: lets a batch begin that waits for a second operator.
pub(super) async fn approve(
    State(app): State<Arc<AppState>>,
    Path(id): Path<String>,
    OperatorForm { by, .. }: OperatorForm<Acting>,
) -> Result<Response, PageError> {
    let batch = app.store.batch(&id).await?.filter(|batch| batch.state == "waiting");
    let batch = batch.ok_or(PageError::NotFound)?;
    if !may_approve(&by, &batch) {
        return Err(PageError::NeedsAnother);
    }
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    if !batches::approve(&mut change, &id).await? {
        return Err(PageError::NotFound);
    }
    mark(&mut change, &[work(&id, now)], now).await?;
    let entry = entry(by.source(), AuditAction::BatchApproved, None, json!({"batch": id}));
    audit::enter(&mut change, &entry, crate::clock::new_id(), now).await?;
    change.commit().await.map_err(StoreError::from)?;
    app.connections.work().notify_one();
    Ok(to(&public_path(&format!("/console/batches/{id}")), &[]))
}

/// Returns the state of a batch in words.
pub(super) fn heading(batch: &Batch) -> &'static str {
    match batch.state.as_str() {
        "running" => texts::batch_running(),
        "waiting" => texts::batch_waiting(),
        "stopped" => texts::batch_stopped(),
        _ => texts::batch_finished(),
    }
}

/// `POST /console/batches/{id}/stop`: stops a batch.
pub(super) async fn stop(
    State(app): State<Arc<AppState>>,
    Path(id): Path<String>,
    OperatorForm { by, .. }: OperatorForm<Acting>,
) -> Result<Response, PageError> {
    let now = crate::clock::now();
    let mut change = app.store.change().await?;
    if batches::stop(&mut change, &id, now).await? {
        let entry = entry(by.source(), AuditAction::BatchStopped, None, json!({"batch": id}));
        audit::enter(&mut change, &entry, crate::clock::new_id(), now).await?;
    }
    change.commit().await.map_err(StoreError::from)?;
    Ok(to(&public_path(&format!("/console/batches/{id}")), &[]))
}

const SHOWN: i64 = 50;

/// `GET /console/batches`: the newest batches, each with its results so far.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<Params>,
) -> Result<Markup, PageError> {
    let account = of_account(&asked.stripe_account)?;
    let batches = app.store.batches(None, account.as_ref(), SHOWN).await?;
    let mut totals = app
        .store
        .batch_totals(batches.iter().flatten().map(|batch| batch.id.as_str()), account.as_ref())
        .await?;
    let heads =
        [texts::stage_asked(), texts::result_opened(), texts::result_repaired(), texts::column_repair_rate()];
    let table = html! { a href=(public_path("/console")) { (texts::batches_table()) } };
    let content = html! {
        h1 { (texts::nav_requests()) }
        (narrow("/console/batches", &[], &asked.stripe_account, &app))
        @if batches.is_empty() && account.is_some() {
            p.empty { (texts::batch_list_empty()) }
        } @else if batches.is_empty() {
            p.empty { (texts::batches_empty(table)) }
        } @else {
            table {
                caption.hidden { (texts::batches_caption()) }
                thead { tr {
                    th scope="col" { (texts::column_begun()) } th scope="col" { (texts::column_begun_by()) } th scope="col" { (texts::column_state()) }
                    @for name in heads { th.number scope="col" { (name) } }
                } }
                tbody { @for batch in &batches { @match batch {
                    Ok(batch) => (row(batch, totals.remove(&batch.id), account.as_ref())),
                    Err(lost) => (unreadable_row(Some(&lost.id), lost, 7)),
                } } }
            }
            p.hint { (texts::batches_hint(SHOWN)) }
        }
    };
    Ok(Layout::new(texts::nav_requests(), &by).page(&content))
}

/// Query parameters of the list.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    /// Connected account; empty for all.
    #[serde(default)]
    stripe_account: String,
}

/// Parses the connected account of a filter; `None` if it is empty.
pub(super) fn of_account(text: &str) -> Result<Option<StripeAccountId>, PageError> {
    stripe_account(text).map_err(|error| PageError::NotUnderstood(filter_error(error)))
}

/// Renders the form that narrows requests to those of a connected account and keeps the other parameters; nothing where the
/// server works for none.
pub(super) fn narrow(path: &str, others: &[(&str, &str)], chosen: &str, app: &AppState) -> Markup {
    let StripeAccounts::Platform(served) = &app.config.stripe_accounts else { return html! {} };
    html! {
        form.search method="get" action=(public_path(path)) role="search" {
            @for (name, value) in others.iter().filter(|(_, value)| !value.is_empty()) {
                input type="hidden" name=(name) value=(value);
            }
            (by_stripe_account(chosen, served))
            div { button.quiet { (texts::apply()) } }
            @if !chosen.is_empty() { a href=(address(path, others)) { (texts::show_all()) } }
        }
    }
}

fn row(batch: &Batch, totals: Option<BatchTotals>, account: Option<&StripeAccountId>) -> Markup {
    let account = account.map(StripeAccountId::as_str).unwrap_or_default();
    let page = address(&format!("/console/batches/{}", batch.id), &[("stripe_account", account)]);
    let number = |of: fn(&BatchTotals) -> i64| {
        totals.as_ref().map_or_else(|| "—".to_owned(), |totals| many(of(totals)))
    };
    let rate = totals.as_ref().map_or_else(|| "—".render(), |totals| percent(totals.repaired, totals.asked));
    html! { tr {
        th scope="row" data-name=(texts::column_begun()) { a href=(page) { (moment(batch.created_at)) } }
        td data-name=(texts::column_begun_by()) { bdi { (batch.operator.name()) } }
        td data-name=(texts::column_state()) { (heading(batch)) }
        td.number data-name=(texts::stage_asked()) { (number(|totals| totals.asked)) }
        td.number data-name=(texts::result_opened()) { (number(|totals| totals.opened)) }
        td.number data-name=(texts::result_repaired()) { (number(|totals| totals.repaired)) }
        td.number data-name=(texts::column_repair_rate()) { (rate) }
    } }
}
