//! What is decided without network, clock and chance: these come in as arguments.

pub(crate) mod access;
pub(crate) mod after;
pub(crate) mod caller;
pub(crate) mod client;
pub(crate) mod follow_up;
pub(crate) mod known;
pub(crate) mod mandate;
pub(crate) mod payment;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod settings;
pub(crate) mod siblings;
pub(crate) mod version;
