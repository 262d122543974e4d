//! Reads all accounts at Stripe, so that a fresh server knows them before their customers arrive.
//!
//! One run reads pages for a few seconds, saves its position after each, and leaves the rest to the next run. The lease
//! of its only job lets one server run it at a time. See [`Backfill`] for what is listed.

mod command;

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use relink_protocol::stripe::Account;
use relink_protocol::{ConditionRules, HolderId, Qualify, StripeAccountId, condition};
use serde_json::Value;
use tokio::time::Instant;

pub(crate) use self::command::read_all;
use super::schedule::Schedule;
use super::worker::{JobError, JobResult};
use crate::domain::backfill::{Backfill, BackfillPage, Phase};
use crate::domain::connection::{ReadReason, Reading};
use crate::records::connections::{ConnectionRecorder, StoreReadingError};
use crate::state::AppState;
use crate::store::Store;
use crate::store::job_queue::Urgency;
use crate::stripe::{Holders, Stripe, StripeError};

/// Time after which a run ends behind its current page, well before the time limit of a job.
pub(super) const SLICE: Duration = Duration::from_secs(8);
/// Early after a failed page, and at once where a pass goes on. [`Backfill::next_pass`] says when the next pass begins.
/// Less urgent than changes, because it reads all accounts.
pub(super) const SCHEDULE: Schedule =
    Schedule { every: SignedDuration::ZERO, early: SignedDuration::from_secs(5), urgency: Urgency::Routine };

/// Reader of all accounts.
#[derive(Clone, Debug)]
pub(crate) struct Backfiller {
    store: Store,
    stripe: Stripe,
    connections: ConnectionRecorder,
}

/// Runs for a time slice, or begins the next pass.
pub(super) async fn backfill(app: &AppState) -> Result<JobResult, JobError> {
    let now = crate::clock::now();
    let next_pass =
        |done: &Backfill, now| done.next_pass(app.config.recheck_every, app.watch.without_gap_since(), now);
    let before = app.store.backfill().await?;
    if let Some(done) = before.filter(Backfill::is_over) {
        match next_pass(&done, now) {
            None => return Ok(JobResult::Finished),
            Some(due) if due > now => return Ok(JobResult::Again(due)),
            Some(_) => app.store.save_backfill(&done.next(now, app.stripe.is_platform())).await?,
        }
    }
    let backfiller = Backfiller::new(app.store.clone(), &app.stripe, app.connections.clone());
    let (backfill, failed) = backfiller.run(SLICE).await?;
    let now = crate::clock::now();
    Ok(match (backfill.is_over(), next_pass(&backfill, now)) {
        (true, None) => JobResult::Finished,
        (true, Some(due)) => JobResult::Again(due),
        (false, _) if failed => SCHEDULE.early(now),
        (false, _) => SCHEDULE.next(now),
    })
}

impl Backfiller {
    pub(crate) fn new(store: Store, stripe: &Stripe, connections: ConnectionRecorder) -> Self {
        Self { store, stripe: stripe.in_background(), connections }
    }

    /// Reads pages until the pass is over or `slice` has passed. Returns the position and true if a page failed; fails
    /// if the first page does.
    pub(super) async fn run(&self, slice: Duration) -> Result<(Backfill, bool), JobError> {
        let started = Instant::now();
        let begun = self.store.backfill().await?;
        let mut backfill =
            begun.unwrap_or_else(|| Backfill::begin(crate::clock::now(), self.stripe.is_platform()));
        let mut pages = 0_u32;
        while !backfill.is_over() {
            match self.step(&mut backfill).await {
                Ok(()) => self.store.save_backfill(&backfill).await?,
                Err(error) if pages > 0 => {
                    tracing::warn!(%error, pages, "the backfill will continue later: {error}");
                    return Ok((backfill, true));
                }
                Err(error) => return Err(error),
            }
            pages += 1;
            if started.elapsed() >= slice {
                break;
            }
        }
        log(&backfill);
        Ok((backfill, false))
    }

    /// Reads one page and moves the position behind it.
    async fn step(&self, backfill: &mut Backfill) -> Result<(), JobError> {
        let page = match backfill.phase {
            Phase::AllAccounts => self.accounts(backfill).await,
            Phase::Customers => self.holders(backfill, Holders::Customers).await,
            Phase::ConnectedAccounts => self.holders(backfill, Holders::ConnectedAccounts).await,
            Phase::StripeAccounts => return self.stripe_accounts(backfill).await,
        };
        match page {
            Ok(page) => backfill.advance(page, crate::clock::now()),
            Err(JobError::Stripe(error)) => give_way(backfill, error)?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Lists the connected accounts that are read next.
    async fn stripe_accounts(&self, backfill: &mut Backfill) -> Result<(), JobError> {
        match self.stripe.stripe_accounts(backfill.after.as_deref()).await {
            Ok(list) => backfill.enter(list.data, list.has_more, crate::clock::now()),
            Err(error) => give_way(backfill, error)?,
        }
        Ok(())
    }

    /// Reads a page of all accounts.
    async fn accounts(&self, backfill: &Backfill) -> Result<BackfillPage, JobError> {
        let of = backfill.stripe_account.as_ref();
        let read = self.stripe.all_accounts(of.cloned(), backfill.after.as_deref()).await?;
        let last = read.value.data.last().and_then(|account| account["id"].as_str()).map(str::to_owned);
        let now = crate::clock::now();
        let accounts = read.value.data.iter().filter_map(|account| readable(account, of, now));
        let readings: Vec<_> = accounts.map(|account| Reading { account, as_of: read.as_of }).collect();
        let accounts = readings.len() as u64;
        self.keep(readings).await?;
        Ok(BackfillPage { last, has_more: read.value.has_more, accounts, holders: 0 })
    }

    /// Reads the accounts of a page of holders, concurrently.
    async fn holders(&self, backfill: &Backfill, kind: Holders) -> Result<BackfillPage, JobError> {
        let of = backfill.stripe_account.as_ref();
        let page = self.stripe.holders(of.cloned(), kind, backfill.after.as_deref()).await?;
        let last = page.data.last().map(|holder| holder.id.clone());
        let started = Timestamp::from_second(backfill.started_at).unwrap_or(Timestamp::MIN);
        let holders = page.data.iter().filter_map(|holder| {
            let mut id = holder.id.parse::<HolderId>().ok()?;
            if let Some(of) = of {
                id.qualify(of);
            }
            Some(id)
        });
        let holders: Vec<HolderId> = holders.collect();
        let reads = holders.iter().map(|holder| self.holder(holder, started));
        let reads: FuturesUnordered<_> = reads.collect();
        let accounts = reads.try_fold(0, async |sum, accounts| Ok(sum + accounts)).await?;
        Ok(BackfillPage { last, has_more: page.has_more, accounts, holders: page.data.len() as u64 })
    }

    /// Reads all accounts of a holder and returns their number. An error that concerns this holder only is logged, so
    /// that the others are still read.
    async fn holder(&self, id: &HolderId, started: Timestamp) -> Result<u64, JobError> {
        let mut read = self.accounts_of(id, started).await;
        if matches!(read, Err(JobError::Stripe(StripeError::Unreadable(_)))) {
            read = self.accounts_of(id, started).await;
        }
        match read {
            Err(JobError::Stripe(
                error @ (StripeError::NotFound(_) | StripeError::Refused(..) | StripeError::Unreadable(_)),
            )) => {
                tracing::warn!(%error, holder = %id, "the accounts of {id} can't be listed: {error}");
                Ok(0)
            }
            Err(JobError::Keep(StoreReadingError::Version(error))) => {
                tracing::warn!(%error, holder = %id, "the accounts of {id} lack what relink needs: {error}");
                Ok(0)
            }
            read => read,
        }
    }

    /// Skips a holder whose accounts were listed since the backfill began, by an earlier try or for a visit of theirs.
    async fn accounts_of(&self, holder: &HolderId, started: Timestamp) -> Result<u64, JobError> {
        if self.store.listed_at(holder).await?.is_some_and(|at| at >= started) {
            return Ok(0);
        }
        let read = self.stripe.accounts_of(holder).await?;
        let accounts = read.value.len() as u64;
        self.connections.keep_all_of(holder, read.value, read.as_of, ReadReason::Backfill).await?;
        Ok(accounts)
    }

    /// Stores the readings in one transaction. If the database refuses one for its content, that one is skipped and
    /// logged, so that the others are still stored.
    async fn keep(&self, readings: Vec<Reading>) -> Result<(), StoreReadingError> {
        match self.connections.keep(readings.clone(), ReadReason::Backfill).await {
            Err(StoreReadingError::Store(error)) if error.is_of_a_row() => (),
            kept => return kept,
        }
        for reading in readings {
            let id = reading.account.id.clone();
            match self.connections.keep(vec![reading], ReadReason::Backfill).await {
                Err(StoreReadingError::Store(error)) if error.is_of_a_row() => {
                    tracing::error!(%error, account = %id, "the account {id} can't be stored: {error}");
                }
                kept => kept?,
            }
        }
        Ok(())
    }
}

/// Returns an account that can be stored, qualified with its connected account. Others are logged, so that the page does not
/// fail for them.
fn readable(account: &Value, of: Option<&StripeAccountId>, now: Timestamp) -> Option<Account> {
    let id = account["id"].as_str().unwrap_or("without an id");
    let parsed =
        serde_json::from_value::<Account>(account.clone()).map_err(|error| StripeError::unreadable(&error));
    let why = match parsed {
        Ok(mut account) => match condition(&account, ConditionRules::default(), now.as_second()) {
            Ok(_) => {
                if let Some(of) = of {
                    account.qualify(of);
                }
                return Some(account);
            }
            Err(missing) => missing.to_string(),
        },
        Err(error) => error.to_string(),
    };
    tracing::warn!(account = id, "the account {id} is left out: {why}");
    None
}

/// Takes another way where Stripe has refused the current one for good.
fn give_way(backfill: &mut Backfill, error: StripeError) -> Result<(), StripeError> {
    let is_refusal = matches!(error, StripeError::Refused(..) | StripeError::NotFound(_));
    let is_denial = error.is_denial();
    let is_first = backfill.after.is_none();
    match backfill.phase {
        _ if error.is_invalid_cursor() && !is_first => backfill.restart_phase(),
        // Connected accounts differ: one may be disconnected, have no access to Financial Connections, or have given the
        // key fewer permissions.
        Phase::AllAccounts | Phase::Customers
            if (is_refusal || is_denial) && backfill.stripe_account.is_some() =>
        {
            let account = backfill.stripe_account.as_ref().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(%error, account, "the accounts of {account} can't be listed: {error}");
            backfill.skip(crate::clock::now());
        }
        Phase::AllAccounts if is_refusal && is_first => {
            tracing::info!(%error, "Stripe does not list accounts without a holder, so each customer's are listed");
            backfill.switch_to_holders();
        }
        // A merchant that is no platform has none, and a key need not have the permission to list them.
        Phase::ConnectedAccounts | Phase::StripeAccounts if is_refusal || is_denial => {
            tracing::info!(%error, "connected accounts are not listed: {error}");
            backfill.skip(crate::clock::now());
        }
        Phase::AllAccounts | Phase::Customers | Phase::ConnectedAccounts | Phase::StripeAccounts => {
            return Err(error);
        }
    }
    Ok(())
}

fn log(backfill: &Backfill) {
    let Backfill { accounts, holders, .. } = backfill;
    if backfill.is_over() {
        tracing::info!(accounts, holders, "all accounts at Stripe were read: {accounts}");
    } else {
        tracing::info!(accounts, holders, "{accounts} accounts at Stripe were read so far");
    }
}
