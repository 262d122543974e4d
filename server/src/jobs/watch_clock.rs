//! Keeps this server's clock in step with the reference clock, and logs differences.

use jiff::SignedDuration;

use crate::state::AppState;
use crate::store::StoreError;

/// Smallest difference that is logged.
const NOTABLE: SignedDuration = SignedDuration::from_secs(2);

/// Watches the clock for as long as the server runs.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    /// Difference of the clocks when it was last logged.
    told: SignedDuration,
    /// Number of further checks that correct stored times after the clock was set back.
    corrections: u32,
}

/// Number of checks that correct stored times: together they last longer than any work that began by the old clock and
/// may store a time when it ends.
const CORRECTIONS: u32 = 6;

impl ClockWatch {
    /// Reads the reference clock, and corrects stored times if this one was ahead.
    pub(super) async fn look(&mut self, app: &AppState) -> Result<(), StoreError> {
        let jump = app.store.synchronize_clock().await?;
        if jump.abs() >= NOTABLE {
            tracing::warn!(
                seconds = jump.as_secs_f64(),
                "the clock jumped by {:.1} seconds",
                jump.as_secs_f64()
            );
        }
        if jump < -NOTABLE {
            self.corrections = CORRECTIONS;
            clock_was_set_back(app, -jump).await?;
        } else if self.corrections > 0 {
            self.corrections -= 1;
            app.store.correct_times(crate::clock::now()).await?;
        }
        self.tell();
        Ok(())
    }

    /// Logs the difference to the database's clock. On PostgreSQL the machine's own clock has no effect, but should
    /// still be right.
    fn tell(&mut self) {
        let Some(ahead) = crate::clock::ahead_of_database() else { return };
        if (ahead - self.told).abs() < NOTABLE {
            return;
        }
        self.told = ahead;
        let seconds = ahead.as_secs_f64();
        if ahead.abs() < NOTABLE {
            tracing::info!(seconds, "this machine's clock and the database's agree again");
        } else {
            tracing::warn!(
                seconds,
                "this machine's clock is {seconds:.1} seconds ahead of the database's, which is the one that counts: set \
                 both by NTP"
            );
        }
    }
}

/// Corrects times that were stored before the clock was set back by `by`.
pub(super) async fn clock_was_set_back(app: &AppState, by: SignedDuration) -> Result<(), StoreError> {
    let now = crate::clock::now();
    app.watch.set_back(&app.store, by, now).await?;
    let rows = app.store.correct_times(now).await?;
    tracing::info!(
        rows,
        "corrected stored times that were ahead of the clock, which was set back (rows: {rows})"
    );
    app.connections.work().notify_one();
    Ok(())
}
