//! A private PostgreSQL cluster for tests, in a temporary folder.
//!
//! It listens only on the loopback interface, with its own port and password, and leaves the system's cluster alone.
//! [`url`] is for tests that start a cluster themselves; `cargo xtask` starts one with [`Programs`] and passes it on in
//! `RELINK_TEST_POSTGRES`.

mod process;
mod programs;

pub use self::process::url;
pub use self::programs::{Programs, USER, is_ready};
