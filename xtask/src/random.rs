//! Random keys for one run.

use std::fs::File;
use std::io::Read as _;

use anyhow::{Context as _, Result};

/// Returns 256 random bits as 64 hexadecimal digits.
pub(crate) fn key() -> Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("could not read /dev/urandom")?;
    let digit = |four: u8| char::from_digit(u32::from(four), 16);
    Ok(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_has_256_bits_and_differs_each_time() {
        let one = key().unwrap();
        assert_eq!(one.len(), 64);
        assert_ne!(one, key().unwrap());
    }
}
