//! Finds what nobody has looked at for long, so that what no event told of is seen all the same.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::worker::{Done, JobError};
use crate::app::App;
use crate::store::StoreError;
use crate::store::work::{Kind, Mark, Urgency, mark};

/// Everything is looked at again after this.
const STALE: SignedDuration = SignedDuration::from_hours(24);
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Enters what time alone may have changed, and some of what was not read for long: so much that a part of the budget is
/// enough for it until the next time.
pub(super) async fn sweep(app: &Arc<App>) -> Result<Done, JobError> {
    let now = crate::clock::now();
    app.expire_requests(now).await?;
    // What was read before a gap may be wrong since.
    let stale = (now - STALE).max(app.watch.without_gap_since);
    let most = i64::from(app.config.stripe_rate) * EVERY.as_secs() / 4;
    let due = app.store.accounts_to_recheck(now, most).await?;
    let alone = app.store.stale_accounts_without_customer(stale, most).await?;
    let customers = app.store.stale_customers(stale, most).await?;
    let marks = marks(now, &due, Kind::Account, Urgency::News)
        .chain(marks(now, &alone, Kind::Account, Urgency::Sweep))
        .chain(marks(now, &customers, Kind::Customer, Urgency::Sweep))
        .collect::<Vec<_>>();
    let mut change = app.store.change().await?;
    mark(&mut change, &marks, now).await?;
    change.commit().await.map_err(StoreError::from)?;
    if !marks.is_empty() {
        app.connections.work().notify_one();
    }
    Ok(Done::Again(now + EVERY))
}

fn marks(now: Timestamp, subjects: &[String], kind: Kind, urgency: Urgency) -> impl Iterator<Item = Mark> {
    subjects.iter().map(move |subject| Mark {
        kind,
        subject: subject.clone(),
        urgency,
        created: None,
        due: now,
    })
}
