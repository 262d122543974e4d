//! Benchmarks of the server.

pub(crate) mod capacity;
pub(crate) mod console;
pub(crate) mod pages;
pub(crate) mod store;
pub(crate) mod subject;
pub(crate) mod tenants;
pub(crate) mod webhooks;
