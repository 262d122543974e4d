//! Journeys in real browsers against the built programs: a sandbox, a server, and a browser for each customer.
//!
//! A journey drives the page as a customer does, and inspects only what the programs record: the sandbox's state and
//! the server's log. No program is changed to make a test easier; faults are injected at the socket.

#![expect(clippy::indexing_slicing, reason = "only of JSON, where what is not there is null")]

mod axe;
mod bank;
mod browser;
mod browser_session;
mod engine;
mod environment;
mod equal_access;
mod external_changes;
mod fault_proxy;
mod html_validate;
mod input;
mod page;
mod poll;
mod program;
mod public_site;
mod shop;
mod slow_network;
mod slow_sites;
mod stripe_application;
mod tls_proxy;
mod translations;
mod visit_console;
mod visit_every_screen;
mod visit_sandbox;

pub use axe::{ALL_TAGS, Violation};
pub use bank::BankWindow;
pub use browser::Browser;
pub use browser_session::BrowserSession;
pub use engine::Engine;
pub use environment::{ALDER, ALDER_SAVINGS, Environment, Restart, Settings, TERN};
pub use fault_proxy::{FaultProxy, RecordedRequest, Rule};
pub use html_validate::{Html, assert_valid_html};
pub use input::InputMethod;
pub use page::{Page, Row, Screen};
pub use poll::until;
pub use program::Program;
pub use public_site::PublicSite;
pub use relink_test_kit::MerchantEndpoint;
pub use shop::{Shop, every_shop_page};
pub use slow_network::Conditions;
pub use slow_sites::SlowSites;
pub use stripe_application::StripeApplication;
pub use visit_console::every_console_page;
pub use visit_every_screen::{ScreenVisitor, every_screen};
pub use visit_sandbox::{every_email, every_sandbox_page};
