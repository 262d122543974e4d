//! Injected faults that are not used up yet.

use super::fault::Fault;

/// Faults that are not used up yet.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    active: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.active.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    pub(crate) fn active(&mut self, now: i64) -> &[Fault] {
        self.active.retain(|fault| !fault.is_over(now));
        &self.active
    }

    /// Returns the first fault that matches the route's pattern or path, and uses up one of its times.
    pub(crate) fn take_matching(&mut self, pattern: &str, route: &str, now: i64) -> Option<Fault> {
        self.active.retain(|fault| !fault.is_over(now));
        let fault = self.active.iter_mut().find(|fault| fault.matches(pattern, route))?;
        fault.count_use();
        Some(fault.clone())
    }
}
