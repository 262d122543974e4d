//! Time filters of lists: an exact time or bounds.

use std::ops::RangeInclusive;

use super::{error::ApiError, params::Params};

/// Parameters of lists that can be filtered by the time at which an object was created.
pub(crate) const CREATED_PARAMS: &[&str] =
    &["created", "created[gt]", "created[gte]", "created[lt]", "created[lte]"];

impl Params {
    /// Returns the requested range in Unix seconds, from `name=…` or `name[gte]=…`, `gt`, `lte` and `lt`.
    pub(crate) fn time_range(&self, name: &str) -> Result<RangeInclusive<i64>, ApiError> {
        if let Some(moment) = self.integer(name)? {
            return Ok(moment..=moment);
        }
        let bound = |end: &str| self.integer(&format!("{name}[{end}]"));
        let first = [bound("gte")?, bound("gt")?.map(|after| after.saturating_add(1))];
        let last = [bound("lte")?, bound("lt")?.map(|before| before.saturating_sub(1))];
        let first = first.into_iter().flatten().max().unwrap_or(i64::MIN);
        Ok(first..=last.into_iter().flatten().min().unwrap_or(i64::MAX))
    }
}
