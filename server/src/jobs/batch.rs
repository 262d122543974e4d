//! Asks many customers, piece by piece, however often the server is restarted meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use relink_protocol::AccountId;

use super::worker::{Done, JobError};
use crate::app::App;
use crate::domain::language::Language;
use crate::domain::link::hash;
use crate::domain::request::Delivery;
use crate::failure::Failure;
use crate::requests::{Ask, AskError, Once};
use crate::store::batches::{Batch, Chosen};
use crate::store::table::{Order, Place};
use crate::store::work::Job;

/// So many at a time: a piece is dealt with long before a job has to end.
const PIECE: usize = 20;

/// One piece of it.
pub(super) async fn ask(app: &Arc<App>, job: &Job) -> Result<Done, JobError> {
    let Some(batch) = app.store.batch(&job.subject).await? else { return Ok(Done::Finished) };
    if batch.state != "running" {
        return Ok(Done::Finished);
    }
    let piece = next(app, &batch).await?;
    let mut results = BTreeMap::new();
    for (account, _) in &piece {
        *results.entry(one(app, &batch, account, job.tries).await?).or_insert(0) += 1;
    }
    let place = piece.last().map(|(_, place)| place.as_str()).filter(|_| piece.len() == PIECE);
    let now = crate::clock::now();
    // The rest of a last piece still counts.
    if place.is_none() && !results.is_empty() {
        let last = piece.last().map(|(_, place)| place.as_str());
        app.store.advance_batch(&batch, last, &results, now).await?;
        return Ok(Done::Again(now));
    }
    let is_moved = app.store.advance_batch(&batch, place, &results, now).await?;
    Ok(if is_moved && place.is_some() { Done::Again(now) } else { Done::Finished })
}

/// The accounts that come next, each with where that is.
async fn next(app: &Arc<App>, batch: &Batch) -> Result<Vec<(AccountId, String)>, JobError> {
    match &batch.chosen {
        Chosen::Named(accounts) => {
            let begin = batch.place.parse().map_or(0, |last: usize| last + 1);
            let rest = accounts.iter().enumerate().skip(begin).take(PIECE);
            Ok(rest.map(|(place, account)| (account.clone(), place.to_string())).collect())
        }
        Chosen::Matching(filter) => {
            let mut filter = filter.clone();
            // What changes from now on was not among those that the operator saw.
            let begun = batch.created_at.as_millisecond();
            filter.until = Some(filter.until.map_or(begun, |until| until.min(begun)));
            let after = Place::read(&batch.place);
            let most = i64::try_from(PIECE).unwrap_or(i64::MAX);
            let page = app.store.table(&filter, Order::NewestFirst, after.as_ref(), most).await?;
            Ok(page.iter().map(|kept| (kept.account.id.clone(), Place::behind(kept).to_string())).collect())
        }
    }
}

/// What came of it: `asked`, the rule that leaves the account out, or `failed`.
async fn one(app: &Arc<App>, batch: &Batch, account: &AccountId, tries: u32) -> Result<String, JobError> {
    let ask = Ask {
        account: account.clone(),
        delivery: Delivery::Email,
        language: app.store.language_of(account).await?.unwrap_or(Language::English),
        return_url: None,
        email: None,
        expires_in: None,
        is_automatic: false,
        source: batch.operator.actor().into(),
        link: None,
    };
    // A piece that is done again because a server was killed asks nobody twice.
    let key = hash(&format!("batch {} {account}", batch.id));
    let once = Once { key, fingerprint: batch.id.clone(), salt: String::new() };
    match app.ask(ask, Some(&once)).await {
        Ok(_) | Err(AskError::Repeated) => Ok("asked".to_owned()),
        Err(AskError::Refused(rule, _)) => Ok(rule.as_str().to_owned()),
        Err(AskError::Failed(Failure::NotFound)) => Ok("account_unknown".to_owned()),
        Err(AskError::Failed(failure)) if waits(failure, tries) => {
            Err(JobError::Mail(failure.title().to_owned()))
        }
        // The log has the cause. It keeps nobody else from being asked.
        Err(AskError::Failed(_)) => Ok("failed".to_owned()),
    }
}

/// Whether a later try may help, after so many failures of a piece: an outage ends, and is no account's fault. A refusal
/// of Stripe's may be the key's, which somebody may be changing, or the account's alone, which the others can't wait for.
fn waits(failure: Failure, tries: u32) -> bool {
    let is_outage = matches!(
        failure,
        Failure::StripeUnavailable | Failure::RateLimited | Failure::OverBudget | Failure::StoreUnavailable
    );
    is_outage || tries < 3
}
