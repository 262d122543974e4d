//! HTTP API, one file per resource: each route extracts its input, calls one function, and responds.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod authorizations;
pub(crate) mod brand;
pub(crate) mod browser_reports;
pub(crate) mod changes;
pub(crate) mod connections;
pub(crate) mod deliveries;
pub(crate) mod demo;
pub(crate) mod eligibility;
pub(crate) mod health;
mod hosted_page;
pub(crate) mod link;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod opt_out;
pub(crate) mod outcome;
pub(crate) mod own_page;
mod paging;
pub(crate) mod payment_method;
pub(crate) mod requests;
pub(crate) mod sessions;
pub(crate) mod static_files;
pub(crate) mod status;
pub(crate) mod webhook;
pub(crate) mod work;
