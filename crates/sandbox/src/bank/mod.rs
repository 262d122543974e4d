//! The bank window: its page, and the private endpoints that its script calls.

pub(crate) mod page;
pub(crate) mod receipt;
pub(crate) mod steps;
