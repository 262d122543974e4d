//! A private PostgreSQL cluster for tests, in a temporary folder.
//!
//! It listens on the loopback only, at a port of its own, and has a password of its own. The system's own cluster, if
//! there is one, is left alone. [`url`] is for tests that start one by themselves; `cargo xtask` starts its own with
//! [`Programs`] and names it in `RELINK_TEST_POSTGRES`.

mod process;
mod programs;

pub use self::process::url;
pub use self::programs::{Programs, USER, is_ready};
