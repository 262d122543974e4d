//! Sends relink requests to many customers in pieces, across restarts of the server.

use std::sync::Arc;

use relink_protocol::AccountId;

use super::worker::{JobError, JobResult};
use crate::domain::link_token::hash;
use crate::domain::relink_request::Delivery;
use crate::http::error::ApiError;
use crate::services::relink_requests::{self, CreateError, NewRelinkRequest, Once};
use crate::state::AppState;
use crate::store::batches::{Batch, BatchResult, Chosen};
use crate::store::connection_search::{Order, PageCursor};
use crate::store::job_queue::Job;

/// Accounts per run, few enough to finish long before the time limit of a job.
const PIECE: usize = 20;

/// Sends the requests of one piece.
pub(super) async fn ask(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Some(batch) = app.store.batch(&job.subject).await? else { return Ok(JobResult::Finished) };
    if batch.state != "running" {
        return Ok(JobResult::Finished);
    }
    let piece = next(app, &batch).await?;
    let mut results = Vec::new();
    for (account, _) in &piece {
        let (result, request) = one(app, &batch, account, job.tries).await?;
        results.push(BatchResult { account: account.clone(), result, request });
    }
    let place = piece.last().map(|(_, place)| place.as_str()).filter(|_| piece.len() == PIECE);
    let now = crate::clock::now();
    // The accounts of the last piece still count.
    if place.is_none() && !results.is_empty() {
        let last = piece.last().map(|(_, place)| place.as_str());
        app.store.advance_batch(&batch, last, &results, now).await?;
        return Ok(JobResult::Again(now));
    }
    let is_moved = app.store.advance_batch(&batch, place, &results, now).await?;
    Ok(if is_moved && place.is_some() { JobResult::Again(now) } else { JobResult::Finished })
}

/// Returns the next accounts, each with its position.
async fn next(app: &Arc<AppState>, batch: &Batch) -> Result<Vec<(AccountId, String)>, JobError> {
    match &batch.chosen {
        Chosen::Named(accounts) => {
            let begin = batch.place.parse().map_or(0, |last: usize| last + 1);
            let rest = accounts.iter().enumerate().skip(begin).take(PIECE);
            Ok(rest.map(|(place, account)| (account.clone(), place.to_string())).collect())
        }
        Chosen::Matching(filter) => {
            let mut filter = filter.clone();
            // An account that changes from now on was not among those that the operator saw.
            let begun = batch.created_at.as_millisecond();
            filter.until = Some(filter.until.map_or(begun, |until| until.min(begun)));
            let after = PageCursor::read(&batch.place);
            let most = i64::try_from(PIECE).unwrap_or(i64::MAX);
            let page = app.store.table(&filter, Order::NewestFirst, after.as_ref(), most).await?;
            Ok(page.into_iter().map(|row| (row.kept.account.id, row.place.to_string())).collect())
        }
    }
}

/// Returns the result: `asked` and the request, the rule that refused the account, or `failed`.
async fn one(
    app: &Arc<AppState>,
    batch: &Batch,
    account: &AccountId,
    tries: u32,
) -> Result<(String, Option<String>), JobError> {
    let ask = NewRelinkRequest {
        account: account.clone(),
        delivery: Delivery::Email,
        reason: batch.reason,
        language: None,
        return_url: None,
        email: None,
        expires_in: None,
        is_automatic: false,
        source: batch.operator.actor().into(),
        link: None,
    };
    // The idempotency key keeps a repeated piece (after a server was killed) from asking a customer twice.
    let key = hash(&format!("batch {} {account}", batch.id));
    let once = Once { key: key.clone(), fingerprint: batch.id.clone(), salt: String::new() };
    match relink_requests::create(app, ask, Some(&once)).await {
        Ok(made) => Ok(("asked".to_owned(), Some(made.request.id))),
        Err(CreateError::Repeated) => {
            let made = app.store.idempotent_result(&key).await?;
            Ok(("asked".to_owned(), made.map(|made| made.request)))
        }
        Err(CreateError::Refused(rule, _)) => Ok((rule.as_str().to_owned(), None)),
        Err(CreateError::Failed(ApiError::NotFound)) => Ok(("account_unknown".to_owned(), None)),
        Err(CreateError::Failed(failure)) if waits(failure, tries) => Err(JobError::Ask(failure)),
        // The log has the cause. The other accounts are still asked.
        Err(CreateError::Failed(_)) => Ok(("failed".to_owned(), None)),
    }
}

/// True if the piece should be retried. An outage always ends and is not the account's fault. Another failure may come
/// from the API key, which the operator may be fixing, or from this account alone, which must not hold up the others;
/// so it is retried three times.
fn waits(failure: ApiError, tries: u32) -> bool {
    let is_outage = matches!(
        failure,
        ApiError::StripeUnavailable
            | ApiError::RateLimited
            | ApiError::OverBudget
            | ApiError::StoreUnavailable
    );
    is_outage || tries < 3
}
