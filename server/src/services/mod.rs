//! Use cases of routes, console and jobs.

pub(crate) mod accounts;
pub(crate) mod attempts;
pub(crate) mod audit_log;
pub(crate) mod relink_requests;
