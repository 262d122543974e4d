//! Use cases of routes, console and jobs.

pub(crate) mod accounts;
pub(crate) mod attempts;
pub(crate) mod banks;
pub(crate) mod customer_names;
pub(crate) mod merchant_names;
pub(crate) mod opt_outs;
pub(crate) mod progress;
pub(crate) mod relink_requests;
