//! The REST API, one file per resource with its endpoints and its JSON representation.

pub(crate) mod account_actions;
pub(crate) mod account_data;
pub(crate) mod account_object;
pub(crate) mod accounts;
pub(crate) mod answer;
pub(crate) mod authorizations;
pub(crate) mod customers;
pub(crate) mod event_object;
pub(crate) mod event_types;
pub(crate) mod events;
mod expand;
pub(crate) mod holder;
pub(crate) mod institutions;
pub(crate) mod mandates;
pub(crate) mod payment_methods;
pub(crate) mod session_params;
pub(crate) mod sessions;
pub(crate) mod setup_intent_params;
pub(crate) mod setup_intents;
pub(crate) mod tokens;
pub(crate) mod transactions;
pub(crate) mod webhook_endpoints;
