//! Recorders, which store readings and events together with the work that follows from them.

pub(crate) mod connections;
pub(crate) mod relink_requests;
pub(crate) mod uptime;
pub(crate) mod webhook_inbox;
