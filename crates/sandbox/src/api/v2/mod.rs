//! The second version of the API: `/v2/core/…`, with JSON bodies and lists in numbered pages.

pub(crate) mod accounts;
pub(crate) mod event_destinations;
pub(crate) mod events;
mod pages;
