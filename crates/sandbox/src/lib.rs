//! A stand-in for Stripe Financial Connections: REST API, Stripe.js and bank windows, without keys.
//! Shares no type with the rest of Relink, so that a misspelt field can't cancel itself out.

mod api;
mod app;
mod bank;
mod control;
mod control_room;
mod hosted;
mod http;
mod inbox;
mod mails;
mod serve;
mod start;
mod state;
mod stripe_js;
mod webhooks;
mod world;

pub use crate::{
    app::router,
    mails::smtp::take_mails,
    serve::serve,
    start::Destination,
    state::{Clock, Sandbox},
};
