//! The bank window: its page, and the private endpoints that its script calls.

pub(crate) mod complete;
mod intents;
pub(crate) mod js_session;
pub(crate) mod page;
pub(crate) mod steps;
