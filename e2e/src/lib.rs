//! Journeys in real browsers against the built programs: a sandbox, a server, and a browser for each customer.
//!
//! A journey drives the page as a customer does, and inspects only what the programs record: the sandbox's state and
//! the server's log. No program is changed to make a test easier; faults are injected at the socket.

#![expect(clippy::indexing_slicing, reason = "only of JSON, where what is not there is null")]

mod axe;
mod bank;
mod browser;
mod elsewhere;
mod engine;
mod gate;
mod hand;
mod merchant;
mod page;
mod program;
mod shop;
mod speech;
mod stand;
mod tour;
mod visit;
mod wait;

pub use axe::{EVERYTHING, Violation};
pub use bank::BankWindow;
pub use browser::Browser;
pub use engine::Engine;
pub use gate::{Asked, Gate, Rule};
pub use hand::Way;
pub use merchant::Merchant;
pub use page::{Page, Row, Screen};
pub use program::Program;
pub use shop::Shop;
pub use stand::{ALDER, ALDER_SAVINGS, Restart, Settings, Stand, TERN};
pub use tour::{Look, every_screen};
pub use visit::Visit;
pub use wait::until;
