//! The REST API, one file per resource with its endpoints; `objects` has its JSON representation.

pub(crate) mod account_actions;
pub(crate) mod account_features;
pub(crate) mod accounts;
pub(crate) mod authorizations;
mod bank_options;
mod customer_params;
mod customer_search;
pub(crate) mod customers;
pub(crate) mod events;
mod expand;
pub(crate) mod holder;
pub(crate) mod institutions;
pub(crate) mod mandates;
pub(crate) mod objects;
mod payment_intent_params;
pub(crate) mod payment_intents;
pub(crate) mod payment_methods;
pub(crate) mod respond;
pub(crate) mod session_params;
pub(crate) mod sessions;
pub(crate) mod setup_intent_params;
pub(crate) mod setup_intents;
pub(crate) mod transactions;
pub(crate) mod webhook_endpoints;
