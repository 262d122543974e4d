//! Layers and conventions of all API calls: keys, versions, parameters, errors, request ids, idempotency.
//!
//! Independent of bank accounts. What they remember between calls is in [`crate::state`].

pub(crate) mod api_call;
pub(crate) mod assets;
pub(crate) mod auth;
pub(crate) mod connection_reset;
pub(crate) mod cors;
pub(crate) mod error;
pub(crate) mod faults;
pub(crate) mod idempotency;
mod json_params;
mod metadata;
pub(crate) mod modes;
pub(crate) mod pagination;
pub(crate) mod params;
pub(crate) mod rate_limits;
pub(crate) mod recorder;
pub(crate) mod request_id;
pub(crate) mod time_filter;
pub(crate) mod timestamp;
pub(crate) mod worlds;
