//! What is decided without network, clock and chance: these come in as arguments.

pub(crate) mod access;
pub(crate) mod after;
pub(crate) mod audit;
pub(crate) mod backoff;
pub(crate) mod caller;
pub(crate) mod client;
pub(crate) mod connection;
pub(crate) mod destination;
pub(crate) mod event;
pub(crate) mod follow_up;
pub(crate) mod known;
pub(crate) mod language;
pub(crate) mod mandate;
pub(crate) mod message;
pub(crate) mod notice;
pub(crate) mod payment;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod redelivery;
pub(crate) mod settings;
pub(crate) mod siblings;
pub(crate) mod signature;
pub(crate) mod version;
