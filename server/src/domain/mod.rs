//! What is decided without network, clock and chance: these come in as arguments.

pub(crate) mod access;
pub(crate) mod caller;
pub(crate) mod session;
pub(crate) mod settings;
