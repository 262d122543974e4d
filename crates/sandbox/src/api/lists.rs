//! Lists of objects that are kept in the order in which they were made.

use serde_json::Value;

use crate::http::{error::ApiError, pagination::paginate, params::Params};

/// A kind of object in lists.
pub(super) struct Listed<T> {
    /// Stripe's word for the object in the message of a missing one.
    pub(super) missing: &'static str,
    /// URL of the list.
    pub(super) path: &'static str,
    pub(super) id: fn(&T) -> &str,
}

impl<T> Listed<T> {
    /// Returns a page of the wanted objects, newest first.
    pub(super) fn page(
        &self,
        params: &Params,
        objects: &[T],
        is_wanted: impl Fn(&T) -> bool,
        render: impl Fn(&T) -> Value,
    ) -> Result<Value, ApiError> {
        let wanted: Vec<&T> = objects.iter().rev().filter(|object| is_wanted(object)).collect();
        paginate(
            params,
            &wanted,
            |object| (self.id)(object),
            self.missing,
            self.path,
            |object| render(object),
        )
    }
}
