//! Recorded API calls.

use std::collections::VecDeque;

use serde_json::Value;

/// The last calls, as many as its capacity.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    capacity: usize,
    calls: VecDeque<Value>,
}

impl Recorder {
    /// Returns the maximum number of calls; 0 if recording is off.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn set_capacity(&mut self, count: usize) {
        self.capacity = count;
        self.trim();
    }

    /// Returns all calls, oldest first.
    pub(crate) fn calls(&self) -> &VecDeque<Value> {
        &self.calls
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }

    pub(crate) fn add(&mut self, call: Value) {
        self.calls.push_back(call);
        self.trim();
    }

    fn trim(&mut self) {
        let too_many = self.calls.len().saturating_sub(self.capacity);
        self.calls.drain(..too_many);
    }
}
