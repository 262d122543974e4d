//! Benchmarks of the server.

pub(crate) mod console;
pub(crate) mod contestant;
pub(crate) mod pages;
pub(crate) mod store;
pub(crate) mod webhooks;
