//! A stand-in for Stripe Financial Connections: REST API, Stripe.js and bank windows, without keys.
//! Shares no type with the rest of Relink, so that a misspelt field can't cancel itself out.
//!
//! Layers, each of which uses only those below: [`record`](mod@record), [`server`], [`smtp`] and [`webhook_sender`]; [`app`]; the routes in
//! [`api`], [`admin_api`], [`bank_window`], [`dashboard`], [`hosted`], [`inbox`] and [`stripe_js`]; [`http`];
//! [`state`]; [`webhooks`] and [`emails`]; [`world`].

mod admin_api;
mod api;
mod app;
mod bank_window;
mod dashboard;
mod emails;
mod event_types;
mod hosted;
mod http;
mod inbox;
mod random;
mod record;
mod server;
mod smtp;
mod startup;
mod state;
mod stripe_js;
mod version;
mod webhook_sender;
mod webhooks;
mod world;

pub use crate::{
    app::router,
    record::{RecordSettings, record},
    server::serve,
    smtp::accept_emails,
    startup::WebhookDestination,
    state::{Clock, Sandbox},
};
