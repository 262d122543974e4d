//! Follow-ups that accounts need after a relink, and their progress.

use jiff::Timestamp;
use relink_protocol::AccountId;
use relink_protocol::stripe::Feature;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::job_queue::{JobKind, NewJob, Urgency};
use super::json_columns::{from_word, word};
use super::{Store, StoreError, Transaction};
use crate::domain::follow_up::{FollowUp, FollowUpState, Progress};

impl Store {
    /// Returns the progress of the follow-ups of this account's newest relink.
    pub(crate) async fn follow_ups(&self, account: &AccountId) -> Result<Vec<Progress>, StoreError> {
        let rows = sqlx::query(
            "SELECT action, feature, state, tries FROM follow_ups WHERE account = $1 ORDER BY action, feature",
        );
        let rows = rows.bind(account.to_string()).fetch_all(self.reader()).await?;
        rows.iter().map(progress).collect()
    }

    /// Stores the result of one more request to Stripe.
    pub(crate) async fn record_follow_up(
        &self,
        account: &AccountId,
        follow_up: &FollowUp,
        stage: FollowUpState,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE follow_ups SET state = $1, tries = tries + 1, changed_at = $2 \
             WHERE account = $3 AND action = $4 AND feature = $5",
        )
        .bind(word(&stage, "follow_ups.state")?)
        .bind(now.as_millisecond())
        .bind(account.to_string())
        .bind(word(&follow_up.action, "follow_ups.action")?)
        .bind(follow_up.feature.as_str().to_owned())
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

/// Replaces the account's follow-ups with those needed now. Returns the jobs to enqueue.
pub(crate) async fn begin(
    change: &mut Transaction,
    account: &AccountId,
    needed: &[FollowUp],
    now: Timestamp,
) -> Result<Vec<NewJob>, StoreError> {
    sqlx::query("DELETE FROM follow_ups WHERE account = $1")
        .bind(account.to_string())
        .execute(&mut *change)
        .await?;
    let mut marks = Vec::with_capacity(needed.len());
    for follow_up in needed {
        sqlx::query(
            "INSERT INTO follow_ups (account, action, feature, state, tries, changed_at) \
             VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (account, action, feature) DO UPDATE \
             SET state = excluded.state, tries = 0, changed_at = excluded.changed_at",
        )
        .bind(account.to_string())
        .bind(word(&follow_up.action, "follow_ups.action")?)
        .bind(follow_up.feature.as_str().to_owned())
        .bind(word(&FollowUpState::Queued, "follow_ups.state")?)
        .bind(now.as_millisecond())
        .execute(&mut *change)
        .await?;
        let subject = follow_up.subject(account);
        marks.push(NewJob {
            kind: JobKind::FollowUp,
            subject,
            urgency: Urgency::Routine,
            created: None,
            due: now,
        });
    }
    Ok(marks)
}

fn progress(row: &AnyRow) -> Result<Progress, StoreError> {
    let tries: i64 = row.try_get("tries")?;
    let feature: String = row.try_get("feature")?;
    Ok(Progress {
        follow_up: FollowUp {
            action: from_word(row.try_get("action")?, "follow_ups.action")?,
            feature: Feature::from(feature),
        },
        stage: from_word(row.try_get("state")?, "follow_ups.state")?,
        tries: u32::try_from(tries).unwrap_or(u32::MAX),
    })
}
