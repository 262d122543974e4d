//! Random texts for secrets and for the ids of a run.

use std::hash::{BuildHasher, RandomState};

/// Returns 32 hexadecimal digits that can't be guessed.
pub(crate) fn random_token() -> String {
    let word = |salt: u8| RandomState::new().hash_one(salt);
    format!("{:016x}{:016x}", word(0), word(1))
}
