//! Results of a storm, with their limits.

use std::time::Duration;

use serde_json::{Value, json};

use super::CALLS_A_SECOND;
use crate::figures::{Times, format_count, format_mib, format_ms, to_float};
use crate::relink_client::Waits;
use crate::soak::Check;

/// Limit of the 99th percentile for each wait of a customer.
const MAX_WAIT: Duration = Duration::from_secs(1);
const MAX_MEMORY: u64 = 150 * 1024 * 1024;

/// Results of a storm.
#[derive(Debug)]
pub(super) struct StormReport {
    pub(super) accounts: u32,
    pub(super) accepted: Times,
    pub(super) took: Duration,
    pub(super) relinks: Vec<Waits>,
    pub(super) read: usize,
    pub(super) most_reads: u32,
    pub(super) other_calls: u32,
    pub(super) refused_calls: u32,
    pub(super) memory: u64,
    pub(super) processor: f64,
}

impl StormReport {
    fn waits(&self, step: usize) -> Times {
        Times::new(self.relinks.iter().filter_map(|waits| waits.get(step).copied()).collect())
    }

    pub(super) fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for (step, name) in ["the accounts", "the session", "the outcome"].into_iter().enumerate() {
            checks.push(Check::time(
                format!("wait for {name}, p99"),
                self.waits(step).percentile(99),
                MAX_WAIT,
            ));
        }
        checks.push(Check::at_most("readings of one account, most", self.most_reads as usize, 1));
        checks.push(Check::memory("memory", self.memory, MAX_MEMORY));
        checks
    }

    /// Returns the results as JSON; times are in seconds.
    pub(super) fn figures(&self) -> Value {
        let waits = [0, 1, 2].map(|step| {
            let waits = self.waits(step);
            json!({ "p50": waits.percentile(50).as_secs_f64(), "p99": waits.percentile(99).as_secs_f64() })
        });
        json!({
            "accounts": self.accounts,
            "events_accepted": self.accepted.count(),
            "accepted_p50": self.accepted.percentile(50).as_secs_f64(),
            "accepted_p99": self.accepted.percentile(99).as_secs_f64(),
            "took": self.took.as_secs_f64(),
            "waits_for_accounts_session_outcome": waits,
            "accounts_read": self.read,
            "other_calls": self.other_calls,
            "calls_refused_by_stripe": self.refused_calls,
            "memory_bytes": self.memory,
            "processor": self.processor,
        })
    }

    pub(super) fn text(&self) -> String {
        let [accounts, session, outcome] = [0, 1, 2].map(|step| {
            let waits = self.waits(step);
            format!("p50 {}, p99 {}", format_ms(waits.percentile(50)), format_ms(waits.percentile(99)))
        });
        let left = u64::from(self.accounts).saturating_sub(self.read as u64);
        let a_second = to_float(self.read as u64) / self.took.as_secs_f64();
        let minutes = to_float(left) / a_second / 60.0;
        format!(
            "  {} events for {} accounts in {:.0} s, all accepted (p50 {}, p99 {})\n  \
             {} customers: accounts {accounts}; session {session}; outcome {outcome}\n  \
             {} accounts read, each {} time at most; {} other calls, {} refused by the limit of {CALLS_A_SECOND} a \
             second\n  \
             {} accounts left: {minutes:.0} minutes at {a_second:.1} a second\n  \
             memory {}, processor {:.1} s\n",
            format_count(self.accepted.count() as u64),
            format_count(u64::from(self.accounts)),
            self.took.as_secs_f64(),
            format_ms(self.accepted.percentile(50)),
            format_ms(self.accepted.percentile(99)),
            self.relinks.len(),
            format_count(self.read as u64),
            self.most_reads,
            self.other_calls,
            self.refused_calls,
            format_count(left),
            format_mib(self.memory),
            self.processor,
        )
    }
}
