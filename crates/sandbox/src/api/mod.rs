//! The REST API, one file per resource: the endpoints, and how the resource is written as JSON.

pub(crate) mod accounts;
pub(crate) mod authorizations;
pub(crate) mod holder;
pub(crate) mod institutions;
pub(crate) mod session_params;
pub(crate) mod sessions;
