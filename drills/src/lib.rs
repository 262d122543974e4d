//! Drills: load, kill and fault-injection tests of the built server.
//!
//! They drive the programs from the outside, and read the database only where a promise is about stored data. They
//! share no type with the programs.

#![expect(clippy::print_stderr, reason = "progress, for whoever runs them")]

mod assertions;
mod backlog;
mod bench;
pub mod cli;
mod clock;
mod connection;
mod database;
mod email_kills;
mod event;
mod figures;
mod inputs;
mod kill;
mod load;
mod poll;
mod probe;
mod program;
mod relink_client;
mod report;
mod seed_accounts;
mod server;
mod server_clock;
mod soak;
mod storm;
mod stream;
mod stripe;
mod throttled_stripe;
mod webhooks;

pub use crate::bench::tenants::run as run_tenants;
pub use crate::database::DatabaseEngine;
pub use crate::email_kills::kill_while_sending_email;
pub use crate::inputs::Inputs;
pub use crate::kill::{Drill, KillReport, Kills, run};
