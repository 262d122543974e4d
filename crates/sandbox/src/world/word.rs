//! Serialization of the API's enum values, which are `&'static str` in memory. Each distinct value is leaked once.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Leaked string. The alias keeps serde's derive from borrowing the field from the input.
pub(crate) type Word = &'static str;

static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

fn known(word: String) -> &'static str {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(word) = known.get(word.as_str()) {
        return word;
    }
    let word: &'static str = Box::leak(word.into_boxed_str());
    known.insert(word);
    word
}

pub(crate) fn serialize<S: Serializer>(word: Word, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(word)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    String::deserialize(deserializer).map(known)
}

/// Serialization of lists.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, Serialize, Serializer, known};

    pub(crate) fn serialize<S: Serializer>(words: &[&'static str], serializer: S) -> Result<S::Ok, S::Error> {
        words.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<&'static str>, D::Error> {
        Ok(Vec::<String>::deserialize(deserializer)?.into_iter().map(known).collect())
    }
}

/// Serialization of optional values.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, known};

    #[expect(clippy::ref_option_ref, reason = "serde calls it with a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(
        word: &Option<&'static str>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        word.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<&'static str>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(known))
    }
}
