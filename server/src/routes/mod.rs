//! One file per resource: take the request apart, ask, answer.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod demo;
pub(crate) mod health;
pub(crate) mod outcome;
pub(crate) mod page;
pub(crate) mod payment_method;
pub(crate) mod sessions;
