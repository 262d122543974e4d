//! Hash chain of the audit trail: the hash of each entry covers the entry and the previous hash, so that a later change
//! is detected. docs/audit.md specifies it for other programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use thiserror::Error;

/// Identifies the format, so that a later one can be told apart.
const FORMAT: &str = "relink-audit-1";
/// Format of the hash of what is kept of an entry about an erased customer.
const ERASED: &str = "relink-audit-erased-1";
/// Action of an entry that lists such hashes.
const ERASURE: &str = "customer.erased";

/// Entry with the exact texts that the database stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) id: String,
    /// In milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) customer: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) ip_address: Option<String>,
    pub(crate) detail: String,
}

/// Position in the chain: the number of an entry and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) position: i64,
    /// SHA-256 in hexadecimal digits.
    pub(crate) hash: String,
}

impl Link {
    /// Returns the position before the first entry.
    pub(crate) fn start() -> Self {
        Self { position: 0, hash: "0".repeat(64) }
    }

    /// Returns the position of the entry that follows this one.
    pub(crate) fn next(&self, record: &Record) -> Self {
        let position = self.position + 1;
        Self { position, hash: hash(FORMAT, &self.hash, position, record) }
    }

    /// Returns the hash of what is kept of the entry at this place. It covers the entry's own hash, which stays.
    pub(crate) fn erased(&self, kept: &Record) -> String {
        hash(ERASED, &self.hash, self.position, kept)
    }
}

/// Returns the SHA-256 of an entry, in hexadecimal digits.
fn hash(format: &str, link: &str, position: i64, record: &Record) -> String {
    let (at, number) = (record.at.to_string(), position.to_string());
    let fields = [
        Some(format),
        Some(link),
        Some(number.as_str()),
        Some(record.id.as_str()),
        Some(at.as_str()),
        Some(record.actor.as_str()),
        Some(record.action.as_str()),
        record.customer.as_deref(),
        record.session.as_deref(),
        record.account.as_deref(),
        record.ip_address.as_deref(),
        Some(record.detail.as_str()),
    ];
    let text: String = fields.into_iter().map(netstring).collect();
    hexadecimal(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Encodes a field as its length in bytes, a colon, the text and a comma; `None` as `-,`. The encoding is unambiguous:
/// no two lists of fields have the same one.
fn netstring(field: Option<&str>) -> String {
    field.map_or_else(|| "-,".to_owned(), |text| format!("{}:{text},", text.len()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Break in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum ChainBreak {
    /// Entries were removed, or never written.
    #[error("entries {from} to {to} are missing")]
    Missing { from: i64, to: i64 },
    /// Entry was changed, inserted, or moved to another position.
    #[error("the hash of entry {position} ({id}) does not match: it or the entry before it was changed")]
    Changed { position: i64, id: String },
    /// Several rows have the same number.
    #[error("entry {position} ({id}) is there more than once")]
    Repeated { position: i64, id: String },
    /// Rows have no number.
    #[error(
        "{0} entries are not in the chain: a server of an older version wrote them, or somebody inserted them; a \
         server chains them when it starts, and says so in the trail"
    )]
    Unchained(i64),
    /// The head names another end than the rows have.
    #[error("the chain ends with entry {last}, and its head names entry {head} or another hash")]
    Head { last: i64, head: i64 },
    /// No entry has the hash of a head that was noted earlier.
    #[error("no entry has the hash {0}: the trail was cut off, or rewritten, since that head was noted")]
    NotTheHead(String),
}

/// Result of the verification of a chain.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) entries: i64,
    pub(crate) end: Link,
    /// The first breaks, up to `TOLD`.
    pub(crate) breaks: Vec<ChainBreak>,
    pub(crate) number_of_breaks: usize,
}

/// Detail of an entry about an erasure: positions of entries, and the hashes of what is kept of them.
#[derive(Deserialize)]
struct Erasure {
    entries: BTreeMap<String, String>,
}

/// Maximum number of breaks that are listed.
const TOLD: usize = 20;

/// Verifies a chain from its first entry to its last.
#[derive(Debug)]
pub(crate) struct Verification {
    report: Report,
    /// Entries whose hash does not match, with the hash that an entry about an erasure must list for them.
    changed: BTreeMap<i64, (String, String)>,
    /// Hash of a head that was kept elsewhere, until it is found.
    noted: Option<String>,
}

impl Verification {
    /// Starts a verification. `noted` is the hash of a head that must be in the chain.
    pub(crate) fn new(noted: Option<String>) -> Self {
        let report = Report { entries: 0, end: Link::start(), breaks: Vec::new(), number_of_breaks: 0 };
        Self { report, changed: BTreeMap::new(), noted }
    }

    /// Checks the next entry, in the order of the numbers.
    pub(crate) fn take(&mut self, found: Link, record: &Record) {
        let before = self.report.end.clone();
        let expected = before.position + 1;
        if found.position < expected {
            self.breaks(ChainBreak::Repeated { position: found.position, id: record.id.clone() });
        } else if found.position > expected {
            self.breaks(ChainBreak::Missing { from: expected, to: found.position - 1 });
        } else if before.next(record) != found {
            self.changed.insert(found.position, (record.id.clone(), found.erased(record)));
        } else if record.action == ERASURE {
            self.excuse(&record.detail);
        }
        self.report.entries += 1;
        self.noted = self.noted.take().filter(|noted| *noted != found.hash);
        // Later entries are compared with the stored hash, so that one change is reported once or twice and
        // not for every entry after it.
        self.report.end = found;
    }

    /// Ends the verification. `head` is the stored head, and `unchained` the number of rows outside the chain.
    pub(crate) fn finish(mut self, head: Option<&Link>, unchained: i64) -> Report {
        for (position, (id, _)) in std::mem::take(&mut self.changed) {
            self.breaks(ChainBreak::Changed { position, id });
        }
        let end = self.report.end.clone();
        let head = head.cloned().unwrap_or_else(Link::start);
        if head.position > end.position {
            self.breaks(ChainBreak::Missing { from: end.position + 1, to: head.position });
        } else if head != end {
            self.breaks(ChainBreak::Head { last: end.position, head: head.position });
        }
        if unchained > 0 {
            self.breaks(ChainBreak::Unchained(unchained));
        }
        if let Some(noted) = self.noted.take() {
            self.breaks(ChainBreak::NotTheHead(noted));
        }
        self.report
    }

    /// Accepts the changed entries that an erasure lists. That entry is in the chain itself, so none can be added later.
    fn excuse(&mut self, detail: &str) {
        let Ok(Erasure { entries }) = serde_json::from_str(detail) else { return };
        for (position, hash) in entries {
            let listed = position
                .parse()
                .ok()
                .filter(|position| self.changed.get(position).is_some_and(|(_, expected)| *expected == hash));
            if let Some(position) = listed {
                self.changed.remove(&position);
            }
        }
    }

    fn breaks(&mut self, found: ChainBreak) {
        self.report.number_of_breaks += 1;
        if self.report.breaks.len() < TOLD {
            self.report.breaks.push(found);
        }
    }
}

#[cfg(test)]
mod tests;
