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

/// Keys of the key file. Cheap to clone; without a file there are none, and everything is stored in clear text.
#[derive(Clone, Default)]
pub(crate) struct DataKeys(Arc<Keys>);

#[derive(Default)]
struct Keys {
    keys: Vec<DataKey>,
    /// True if new values are in clear text, although there are keys.
    is_read_only: bool,
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
    /// The word is not in the first line.
    #[error("line {0} is `plaintext`, which must be before all keys")]
    PlaintextNotFirst(usize),
}

/// Reason for which a value can't be decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// The key with this identifier is not in the file.
    NoKey(String),
    /// The value was changed, or moved here from another row or column.
    Forged,
}

impl DataKeys {
    /// Parses a key file: a key in each line, and the word `plaintext` before them if they only decrypt. Empty lines and those
    /// that begin with `#` are skipped.
    pub(crate) fn parse(text: &str) -> Result<Self, DataKeysError> {
        let mut keys: Vec<DataKey> = Vec::new();
        let mut is_read_only = false;
        for (number, line) in (1..).zip(text.lines()) {
            match line.trim() {
                line if line.is_empty() || line.starts_with('#') => (),
                PLAINTEXT if keys.is_empty() => is_read_only = true,
                PLAINTEXT => return Err(DataKeysError::PlaintextNotFirst(number)),
                line => {
                    let key = BASE64_STANDARD.decode(line).ok().and_then(|bytes| DataKey::derive(&bytes));
                    let key = key.ok_or(DataKeysError::NotAKey(number))?;
                    if keys.iter().any(|other| other.id == key.id) {
                        return Err(DataKeysError::Repeated(number));
                    }
                    keys.push(key);
                }
            }
        }
        if keys.is_empty() {
            Err(DataKeysError::Empty)
        } else {
            Ok(Self(Arc::new(Keys { keys, is_read_only })))
        }
    }

    /// Returns the text of a key, of these random bits.
    pub(crate) fn key_text(bits: [u8; KEY_LENGTH]) -> String {
        BASE64_STANDARD.encode(bits)
    }

    /// Returns the identifiers of all keys.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.0.keys.iter().map(|key| key.id.as_str()).collect()
    }

    /// Returns the identifier of the key that encrypts new values; `None` if they are stored in clear text.
    pub(crate) fn current_id(&self) -> Option<&str> {
        self.current().map(|key| key.id.as_str())
    }

    fn current(&self) -> Option<&DataKey> {
        self.0.keys.first().filter(|_| !self.0.is_read_only)
    }

    /// Encrypts a value; returns it as it is if there is no key. `None` if it is too long, many gigabytes.
    pub(crate) fn seal(&self, place: Place<'_>, text: &str, nonce: NonceBits) -> Option<String> {
        let Some(key) = self.current() else { return Some(text.to_owned()) };
        let mut sealed = text.as_bytes().to_vec();
        let aad = Aad::from(place.bytes());
        key.cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Some(format!("{ENCRYPTED}{}:{}", key.id, BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Decrypts a stored value. One in clear text is returned as it is.
    pub(crate) fn open<'a>(&self, place: Place<'_>, stored: &'a str) -> Result<Cow<'a, str>, OpenError> {
        let Some(rest) = stored.strip_prefix(ENCRYPTED) else { return Ok(stored.into()) };
        let (id, text) = rest.split_once(':').ok_or(OpenError::Forged)?;
        let key = self.0.keys.iter().find(|key| key.id == id);
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
        self.current().map_or_else(|| value.to_owned(), |key| key.index(column, value))
    }

    /// Returns everything that may be stored for this value: its index by each key, and the value itself.
    pub(crate) fn indexes(&self, column: &str, value: &str) -> Vec<String> {
        let by_key = self.0.keys.iter().map(|key| key.index(column, value));
        by_key.chain([value.to_owned()]).collect()
    }

    /// Returns those of the identifiers whose keys are not here.
    pub(crate) fn missing(&self, ids: impl IntoIterator<Item = String>) -> Vec<String> {
        let known: HashSet<&str> = self.ids().into_iter().collect();
        ids.into_iter().filter(|id| !known.contains(id.as_str())).collect()
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
        (self.ids(), self.0.is_read_only) == (other.ids(), other.0.is_read_only)
    }
}

impl Eq for DataKeys {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACE: Place<'static> = Place { column: "accounts.account", row: &["fca_1"] };
    const NONCE: NonceBits = [7; NONCE_LEN];

    fn key(byte: u8) -> String {
        DataKeys::key_text([byte; KEY_LENGTH])
    }

    fn keys(lines: &[&str]) -> DataKeys {
        DataKeys::parse(&lines.join("\n")).unwrap()
    }

    #[test]
    fn the_first_key_encrypts_and_all_decrypt() {
        let (old, new) = (key(1), key(2));
        let before = keys(&[&old]).seal(PLACE, "••6789", NONCE).unwrap();
        assert!(before.starts_with(ENCRYPTED) && !before.contains("6789"));
        let both = keys(&["# rotated in May", "", &new, &old]);
        assert_eq!(both.open(PLACE, &before).unwrap(), "••6789");
        assert_ne!(key_id(&before), both.current_id());
        let after = both.seal(PLACE, "••6789", NONCE).unwrap();
        assert_eq!(key_id(&after), both.current_id());
        assert_eq!(keys(&[&new]).open(PLACE, &after).unwrap(), "••6789");
        let lacking = keys(&[&new]).open(PLACE, &before).unwrap_err();
        assert_eq!(lacking, OpenError::NoKey(keys(&[&old]).current_id().unwrap().to_owned()));
    }

    #[test]
    fn clear_text_stays_readable_and_plaintext_as_the_first_line_writes_it() {
        let (none, on) = (DataKeys::default(), keys(&[&key(1)]));
        let ready = keys(&["plaintext", &key(1)]);
        assert_eq!(none.seal(PLACE, "x", NONCE).unwrap(), "x");
        assert_eq!(ready.seal(PLACE, "x", NONCE).unwrap(), "x");
        assert_eq!(on.open(PLACE, "x").unwrap(), "x");
        assert_eq!(ready.open(PLACE, &on.seal(PLACE, "x", NONCE).unwrap()).unwrap(), "x");
        assert_eq!((key_id("x"), ready.current_id()), (None, None));
        assert!(matches!(none.open(PLACE, &on.seal(PLACE, "x", NONCE).unwrap()), Err(OpenError::NoKey(_))));
    }

    #[test]
    fn a_value_in_another_place_is_refused() {
        let keys = keys(&[&key(1)]);
        let sealed = keys.seal(PLACE, "x", NONCE).unwrap();
        for place in [
            Place { row: &["fca_2"], ..PLACE },
            Place { column: "events.payload", ..PLACE },
            Place { row: &["fca", "_1"], ..PLACE },
            Place { row: &[], ..PLACE },
        ] {
            assert_eq!(keys.open(place, &sealed), Err(OpenError::Forged), "{place:?}");
        }
    }

    #[test]
    fn a_blind_index_depends_on_key_column_and_value() {
        let (old, new) = (key(1), key(2));
        let (one, other) = (keys(&[&old]), keys(&[&new, &old]));
        let stored = one.index("accounts.last4", "6789");
        assert!(other.indexes("accounts.last4", "6789").contains(&stored));
        assert!(other.indexes("accounts.last4", "6789").contains(&"6789".to_owned()));
        assert_ne!(stored, other.index("accounts.last4", "6789"));
        assert_ne!(stored, one.index("accounts.other", "6789"));
        assert_ne!(stored, one.index("accounts.last4", "6780"));
    }

    #[test]
    fn an_error_in_the_file_names_the_line_and_shows_nothing_of_it() {
        let short = BASE64_STANDARD.encode([1; 31]);
        for (text, expected) in [
            (String::new(), DataKeysError::Empty),
            ("plaintext\n".to_owned(), DataKeysError::Empty),
            (format!("{}\nsecret", key(1)), DataKeysError::NotAKey(2)),
            (short, DataKeysError::NotAKey(1)),
            (format!("{}\n\n{}", key(1), key(1)), DataKeysError::Repeated(3)),
            (format!("{}\nplaintext", key(1)), DataKeysError::PlaintextNotFirst(2)),
        ] {
            assert_eq!(DataKeys::parse(&text).unwrap_err(), expected);
        }
        assert!(!format!("{:?}", keys(&[&key(1)])).contains(&key(1)));
    }

    proptest! {
        #[test]
        fn what_is_encrypted_is_decrypted_and_a_changed_letter_is_noticed(text in "\\PC{0,200}", nonce: NonceBits, at: prop::sample::Index) {
            let keys = keys(&[&key(3)]);
            let sealed = keys.seal(PLACE, &text, nonce).unwrap();
            prop_assert_eq!(keys.open(PLACE, &sealed).unwrap(), text);
            let mut letters: Vec<char> = sealed.chars().collect();
            let place = at.index(letters.len());
            letters[place] = if letters[place] == 'A' { 'B' } else { 'A' };
            let changed: String = letters.into_iter().collect();
            // A value whose begin was changed is no longer taken for an encrypted one.
            prop_assert!(place < ENCRYPTED.len() || keys.open(PLACE, &changed).is_err());
        }
    }
}
