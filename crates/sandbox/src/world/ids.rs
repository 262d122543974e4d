//! Ids of the objects that are created while the sandbox runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts ids by prefix. An id never repeats: not within a process, because a reset keeps the counters, and not in
/// the next process, because its ids contain another `run_prefix`. A database that outlives the sandbox relies on both.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ids {
    /// Part of every id of this run; empty if the ids are to be equal in every run.
    #[serde(rename = "run")]
    run_prefix: String,
    #[serde(rename = "made")]
    counters: BTreeMap<String, u64>,
}

impl Ids {
    /// Creates ids that all contain this text.
    pub(crate) fn of_run(run: String) -> Self {
        Self { run_prefix: run, counters: BTreeMap::new() }
    }

    /// Returns the part that all ids of this run have.
    pub(crate) fn run(&self) -> &str {
        &self.run_prefix
    }

    /// Creates ids of the same run that count from one again.
    pub(crate) fn restarted(&self) -> Self {
        Self::of_run(self.run_prefix.clone())
    }

    /// The next id with this prefix, such as `fcsess_Sandbox0001` for `fcsess`.
    pub(crate) fn next(&mut self, prefix: &str) -> String {
        let made = self.counters.entry(prefix.to_owned()).or_default();
        *made += 1;
        format!("{prefix}_Sandbox{}{made:04}", self.run_prefix)
    }

    /// Continues the run of `earlier`, with counters beyond those of both.
    pub(super) fn continue_ids_of(&mut self, earlier: &Self) {
        self.run_prefix.clone_from(&earlier.run_prefix);
        for (prefix, earlier) in &earlier.counters {
            let made = self.counters.entry(prefix.clone()).or_default();
            *made = (*made).max(*earlier);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_are_counted_by_prefix_and_hold_their_run() {
        let mut ids = Ids::of_run("7f3a".to_owned());
        assert_eq!(ids.next("fcsess"), "fcsess_Sandbox7f3a0001");
        assert_eq!(ids.next("fcsess"), "fcsess_Sandbox7f3a0002");
        assert_eq!(ids.next("fca"), "fca_Sandbox7f3a0001");
        assert_eq!(Ids::default().next("fca"), "fca_Sandbox0001");
    }

    #[test]
    fn a_world_that_replaces_another_continues_its_run_and_repeats_no_id() {
        let (mut ids, mut earlier) = (Ids::of_run("old".to_owned()), Ids::of_run("new".to_owned()));
        for _ in 0..3 {
            ids.next("fca");
            earlier.next("fcsess");
        }
        ids.continue_ids_of(&earlier);
        assert_eq!(ids.next("fca"), "fca_Sandboxnew0004");
        assert_eq!(ids.next("fcsess"), "fcsess_Sandboxnew0004");
    }
}
