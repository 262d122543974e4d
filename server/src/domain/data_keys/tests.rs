//! The key file, encrypted values and blind indexes.

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
    assert_ne!(key_id(&before), both.current_id().as_deref());
    let after = both.seal(PLACE, "••6789", NONCE).unwrap();
    assert_eq!(key_id(&after), both.current_id().as_deref());
    assert_eq!(keys(&[&new]).open(PLACE, &after).unwrap(), "••6789");
    let lacking = keys(&[&new]).open(PLACE, &before).unwrap_err();
    assert_eq!(lacking, OpenError::NoKey(keys(&[&old]).current_id().unwrap()));
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
fn with_encrypted_only_clear_text_is_neither_read_nor_found() {
    let only = keys(&["encrypted-only", &key(1)]);
    let sealed = only.seal(PLACE, "x", NONCE).unwrap();
    assert_eq!(only.open(PLACE, &sealed).unwrap(), "x");
    assert_eq!(only.open(PLACE, "x"), Err(OpenError::ClearText));
    assert_eq!(only.indexes("accounts.last4", "6789"), [only.index("accounts.last4", "6789")]);
}

#[test]
fn a_clone_gets_the_keys_that_replace_the_former_ones() {
    let (old, new) = (key(1), key(2));
    let used = keys(&[&old]);
    let clone = used.clone();
    let before = clone.seal(PLACE, "x", NONCE).unwrap();
    used.replace(&keys(&[&new, &old]));
    assert_eq!(clone.current_id(), keys(&[&new]).current_id());
    assert_eq!(clone.open(PLACE, &before).unwrap(), "x");
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
        (format!("{}\nplaintext", key(1)), DataKeysError::WordNotFirst(2, PLAINTEXT)),
        (format!("{}\nencrypted-only", key(1)), DataKeysError::WordNotFirst(2, ENCRYPTED_ONLY)),
        (format!("plaintext\nencrypted-only\n{}", key(1)), DataKeysError::WordNotFirst(2, ENCRYPTED_ONLY)),
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
