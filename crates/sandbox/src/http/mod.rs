//! Layers and conventions of all API calls: keys, versions, parameters, errors, request ids, idempotency.
//!
//! Independent of bank accounts.

pub(crate) mod assets;
pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod error;
pub(crate) mod faults;
pub(crate) mod form;
pub(crate) mod idempotency;
pub(crate) mod line;
pub(crate) mod list;
pub(crate) mod live;
mod period;
pub(crate) mod rate;
pub(crate) mod recorder;
pub(crate) mod request_id;
pub(crate) mod version;
