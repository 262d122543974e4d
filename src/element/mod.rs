//! The program's side of the custom element.

pub(crate) mod events;
mod host;

pub(crate) use events::ElementEvent;
pub use host::{ElementHost, Mounted, mount};
