//! What every call to the API goes through: keys, versions, parameters, errors, request ids, replays.
//! Knows nothing about bank accounts.

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
