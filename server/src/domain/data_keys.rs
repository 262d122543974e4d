//! Keys that encrypt personal data in the database, and the form of what they encrypt.
//!
//! A value is stored as `relink1:`, the identifier of its key, a colon, and nonce, ciphertext and tag in Base64. The cipher is
//! AES-256-GCM-SIV (RFC 8452), because nonces are random and a key may encrypt many billions of values. Table, column and
//! row are authenticated with it, so that an encrypted value that was copied to another place is refused.
//!
//! A column that is searched for equal values has a blind index instead: `index1:`, the identifier of the key, a colon, and a
//! part of the HMAC of column and value.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use thiserror::Error;

/// Begin of every encrypted value. No JSON, email address or URL begins like this.
pub(crate) const ENCRYPTED: &str = "relink1:";
/// Begin of every blind index.
pub(crate) const INDEXED: &str = "index1:";

/// Line of the key file that stands for no encryption.
const PLAINTEXT: &str = "plaintext";
/// Line of the key file with which values in clear text are refused. It is there and not in the database, because whoever
/// can write to the database could change it there.
const ENCRYPTED_ONLY: &str = "encrypted-only";
/// Bytes of a key.
const KEY_LENGTH: usize = 32;
/// Bytes of a key's identifier.
const ID_LENGTH: usize = 6;
/// Bytes of a blind index.
const INDEX_LENGTH: usize = 16;

/// Random bits of one encryption.
pub(crate) type NonceBits = [u8; NONCE_LEN];

/// Place of a value: the column, and the key of the row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Table and column, such as `accounts.account`.
    pub(crate) column: &'static str,
    /// Values of the primary key.
    pub(crate) row: &'a [&'a str],
}

/// Keys of the key file. Cheap to clone, and all clones have the same keys, also after [`DataKeys::replace`]. Without a file
/// there are none, and everything is stored in clear text.
#[derive(Clone, Default)]
pub(crate) struct DataKeys(Arc<ArcSwap<Keys>>);

#[derive(Default)]
struct Keys {
    keys: Vec<DataKey>,
    clear_text: ClearText,
}

/// Values in clear text where there are keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ClearText {
    /// They are read, and new values are encrypted.
    #[default]
    Read,
    /// They are read, and new values are in clear text.
    Written,
    /// They are refused.
    Refused,
}

struct DataKey {
    id: String,
    cipher: LessSafeKey,
    index: hmac::Key,
}

/// Error in the key file. No message repeats a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DataKeysError {
    /// The file can't be read.
    #[error("it can't be read: {0}")]
    Unreadable(ErrorKind),
    /// The file has no key.
    #[error("it has no key; `relink-server data-key generate` makes one")]
    Empty,
    /// A line is no key.
    #[error(
        "line {0} is not a key: 32 random bytes in Base64, as `relink-server data-key generate` prints them"
    )]
    NotAKey(usize),
    /// A key stands there twice.
    #[error("line {0} repeats a key")]
    Repeated(usize),
    /// The word is behind a key or another word.
    #[error("line {0} is `{1}`, which must be before all keys, and the only word there")]
    WordNotFirst(usize, &'static str),
    /// Other users of the machine can read or change the file.
    #[error(
        "every user of this machine may read or change it; take that away (chmod o-rw; where it is mounted from a secret of \
         Kubernetes, defaultMode: 0440 and fsGroup)"
    )]
    Exposed,
}

/// Reason for which a value can't be decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// The key with this identifier is not in the file.
    NoKey(String),
    /// The value was changed, or moved here from another row or column.
    Forged,
    /// The value is in clear text, which the key file refuses.
    ClearText,
}

impl DataKeys {
    /// Parses a key file: a key in each line. Before them may be the word `plaintext`, with which they only decrypt, or
    /// `encrypted-only`, with which clear text is refused. Empty lines and those that begin with `#` are skipped.
    pub(crate) fn parse(text: &str) -> Result<Self, DataKeysError> {
        let mut keys: Vec<DataKey> = Vec::new();
        let mut clear_text = ClearText::Read;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some((word, meaning)) = word(line) {
                if !keys.is_empty() || clear_text != ClearText::Read {
                    return Err(DataKeysError::WordNotFirst(number, word));
                }
                clear_text = meaning;
                continue;
            }
            let key = BASE64_STANDARD.decode(line).ok().and_then(|bytes| DataKey::derive(&bytes));
            let key = key.ok_or(DataKeysError::NotAKey(number))?;
            if keys.iter().any(|other| other.id == key.id) {
                return Err(DataKeysError::Repeated(number));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            Err(DataKeysError::Empty)
        } else {
            Ok(Self(Arc::new(ArcSwap::from_pointee(Keys { keys, clear_text }))))
        }
    }

    /// Returns the text of a key, of these random bits.
    pub(crate) fn key_text(bits: [u8; KEY_LENGTH]) -> String {
        BASE64_STANDARD.encode(bits)
    }

    /// Uses the other keys from now on, here and in all clones. The one that encrypts must have been entered in the database.
    pub(crate) fn replace(&self, other: &Self) {
        self.0.store(other.0.load_full());
    }

    /// Returns the identifiers of all keys.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.0.load().keys.iter().map(|key| key.id.clone()).collect()
    }

    /// Returns the identifier of the key that encrypts new values; `None` if they are stored in clear text.
    pub(crate) fn current_id(&self) -> Option<String> {
        self.0.load().current().map(|key| key.id.clone())
    }

    /// True if values in clear text are refused.
    pub(crate) fn refuse_clear_text(&self) -> bool {
        self.0.load().clear_text == ClearText::Refused
    }

    /// Encrypts a value; returns it as it is if there is no key. `None` if it is too long, many gigabytes.
    pub(crate) fn seal(&self, place: Place<'_>, text: &str, nonce: NonceBits) -> Option<String> {
        let keys = self.0.load();
        let Some(key) = keys.current() else { return Some(text.to_owned()) };
        let mut sealed = text.as_bytes().to_vec();
        let aad = Aad::from(place.bytes());
        key.cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Some(format!("{ENCRYPTED}{}:{}", key.id, BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Decrypts a stored value. One in clear text is returned as it is, unless that is refused.
    pub(crate) fn open<'a>(&self, place: Place<'_>, stored: &'a str) -> Result<Cow<'a, str>, OpenError> {
        let keys = self.0.load();
        let Some(rest) = stored.strip_prefix(ENCRYPTED) else {
            let is_refused = keys.clear_text == ClearText::Refused;
            return if is_refused { Err(OpenError::ClearText) } else { Ok(stored.into()) };
        };
        let (id, text) = rest.split_once(':').ok_or(OpenError::Forged)?;
        let key = keys.keys.iter().find(|key| key.id == id);
        let key = key.ok_or_else(|| OpenError::NoKey(id.to_owned()))?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| OpenError::Forged)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(OpenError::Forged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError::Forged)?;
        let mut sealed = sealed.to_vec();
        let opened = key.cipher.open_in_place(nonce, Aad::from(place.bytes()), &mut sealed);
        let length = opened.map_err(|_| OpenError::Forged)?.len();
        sealed.truncate(length);
        String::from_utf8(sealed).map(Cow::Owned).map_err(|_| OpenError::Forged)
    }

    /// Returns what is stored in a column with a blind index: the value itself if there is no key.
    pub(crate) fn index(&self, column: &str, value: &str) -> String {
        self.0.load().current().map_or_else(|| value.to_owned(), |key| key.index(column, value))
    }

    /// Returns everything that may be stored for this value: its index by each key, and the value itself, unless clear text
    /// is refused.
    pub(crate) fn indexes(&self, column: &str, value: &str) -> Vec<String> {
        let keys = self.0.load();
        let by_key = keys.keys.iter().map(|key| key.index(column, value));
        let itself = (keys.clear_text != ClearText::Refused).then(|| value.to_owned());
        by_key.chain(itself).collect()
    }

    /// Returns those of the identifiers whose keys are not here.
    pub(crate) fn missing(&self, ids: impl IntoIterator<Item = String>) -> Vec<String> {
        let known: HashSet<String> = self.ids().into_iter().collect();
        ids.into_iter().filter(|id| !known.contains(id)).collect()
    }
}

/// Returns the word of a line, if it is one, and its meaning.
fn word(line: &str) -> Option<(&'static str, ClearText)> {
    let words = [(PLAINTEXT, ClearText::Written), (ENCRYPTED_ONLY, ClearText::Refused)];
    words.into_iter().find(|(word, _)| *word == line)
}

impl Keys {
    /// Returns the key that encrypts new values.
    fn current(&self) -> Option<&DataKey> {
        self.keys.first().filter(|_| self.clear_text != ClearText::Written)
    }
}

/// Returns the identifier of the key with which this was encrypted or indexed; `None` if it is clear text.
pub(crate) fn key_id(stored: &str) -> Option<&str> {
    let rest = stored.strip_prefix(ENCRYPTED).or_else(|| stored.strip_prefix(INDEXED))?;
    Some(rest.split_once(':').map_or(rest, |(id, _)| id))
}

impl DataKey {
    /// Derives the keys of both uses and the identifier; `None` if the bytes are too few or too many.
    fn derive(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != KEY_LENGTH {
            return None;
        }
        let secret = Salt::new(HKDF_SHA256, b"relink data key 1").extract(bytes);
        let cipher =
            UnboundKey::new(&AES_256_GCM_SIV, &expanded::<KEY_LENGTH>(&secret, b"encryption")?).ok()?;
        let index = hmac::Key::new(hmac::HMAC_SHA256, &expanded::<KEY_LENGTH>(&secret, b"blind index")?);
        let id = hexadecimal(&expanded::<ID_LENGTH>(&secret, b"identifier")?);
        Some(Self { id, cipher: LessSafeKey::new(cipher), index })
    }

    fn index(&self, column: &str, value: &str) -> String {
        let tag = hmac::sign(&self.index, &joined(&[column, value]));
        let tag: Vec<u8> = tag.as_ref().iter().copied().take(INDEX_LENGTH).collect();
        format!("{INDEXED}{}:{}", self.id, BASE64_URL_SAFE_NO_PAD.encode(tag))
    }
}

impl Place<'_> {
    fn bytes(&self) -> Vec<u8> {
        let fields: Vec<&str> = std::iter::once(self.column).chain(self.row.iter().copied()).collect();
        joined(&fields)
    }
}

/// Joins the fields, each with its length, so that no two lists are the same.
fn joined(fields: &[&str]) -> Vec<u8> {
    fields.iter().flat_map(|field| format!("{}:{field},", field.len()).into_bytes()).collect()
}

/// Length of what is derived.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expanded<const N: usize>(secret: &Prk, purpose: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    secret.expand(&[purpose], Length(N)).ok()?.fill(&mut bytes).ok()?;
    Some(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

impl fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DataKeys").field(&self.ids()).finish()
    }
}

impl PartialEq for DataKeys {
    fn eq(&self, other: &Self) -> bool {
        (self.ids(), self.0.load().clear_text) == (other.ids(), other.0.load().clear_text)
    }
}

impl Eq for DataKeys {}

#[cfg(test)]
mod tests;
