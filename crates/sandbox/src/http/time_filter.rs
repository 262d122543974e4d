//! Time filters of lists: an exact time or bounds.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use super::{error::ApiError, params::Params};

/// Parameters of lists that can be filtered by the time at which an object was created.
pub(crate) const CREATED_PARAMS: &[&str] =
    &["created", "created[gt]", "created[gte]", "created[lt]", "created[lte]"];
/// The same of the API's second version, which has bounds only.
pub(crate) const CREATED_BOUNDS: &[&str] = &["created[gt]", "created[gte]", "created[lt]", "created[lte]"];

impl Params {
    /// Returns the requested range in Unix seconds, from `name=…` or `name[gte]=…`, `gt`, `lte` and `lt`.
    pub(crate) fn time_range(&self, name: &str) -> Result<RangeInclusive<i64>, ApiError> {
        if let Some(moment) = self.integer(name)? {
            return Ok(moment..=moment);
        }
        let bound = |end: &str| self.integer(&format!("{name}[{end}]"));
        let first = [bound("gte")?, bound("gt")?.map(|after| after.saturating_add(1))];
        let last = [bound("lte")?, bound("lt")?.map(|before| before.saturating_sub(1))];
        Ok(range(first, last))
    }

    /// Like [`Params::time_range`], for the times of the API's second version.
    pub(crate) fn timestamp_range(&self, name: &str) -> Result<RangeInclusive<i64>, ApiError> {
        let bound = |end: &str| self.timestamp(&format!("{name}[{end}]"));
        let whole = |time: Timestamp| time.as_second();
        let whole_or_next = |time: Timestamp| time.as_second() + i64::from(time.subsec_nanosecond() > 0);
        let first = [bound("gte")?.map(whole_or_next), bound("gt")?.map(|after| whole(after) + 1)];
        let last = [bound("lte")?.map(whole), bound("lt")?.map(|before| whole_or_next(before) - 1)];
        Ok(range(first, last))
    }
}

fn range(first: [Option<i64>; 2], last: [Option<i64>; 2]) -> RangeInclusive<i64> {
    let first = first.into_iter().flatten().max().unwrap_or(i64::MIN);
    first..=last.into_iter().flatten().min().unwrap_or(i64::MAX)
}
