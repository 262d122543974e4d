//! File of a support bundle: a tar archive, compressed with gzip.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::Value;
use tar::{Builder, Header};

use super::redaction::Redaction;

/// Archive to which only texts without secrets can be added.
pub(super) struct Bundle<W: Write> {
    archive: Builder<GzEncoder<W>>,
    redaction: Redaction,
    at: Timestamp,
}

impl<W: Write> Bundle<W> {
    pub(super) fn new(out: W, redaction: Redaction, at: Timestamp) -> Self {
        Self { archive: Builder::new(GzEncoder::new(out, Compression::default())), redaction, at }
    }

    /// Adds a text.
    pub(super) fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.add(name, self.redaction.text(text).as_bytes())
    }

    /// Adds a value as JSON.
    pub(super) fn json(&mut self, name: &str, value: Value) -> io::Result<()> {
        let text = serde_json::to_string_pretty(&self.redaction.value(value))?;
        self.add(name, text.as_bytes())
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len().try_into().unwrap_or(u64::MAX));
        header.set_mode(0o600);
        header.set_mtime(self.at.as_second().try_into().unwrap_or_default());
        self.archive.append_data(&mut header, format!("relink-support/{name}"), bytes)
    }

    /// Completes the archive.
    pub(super) fn finish(self) -> io::Result<()> {
        self.archive.into_inner()?.finish()?.flush()
    }
}
