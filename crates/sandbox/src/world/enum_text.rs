//! Serialization of the API's enum values, which are `&'static str` in memory. Each distinct value is leaked once.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Leaked string. The alias keeps serde's derive from borrowing the field from the input.
pub(crate) type EnumText = &'static str;

static INTERNED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

fn intern(word: String) -> &'static str {
    let mut interned = INTERNED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(word) = interned.get(word.as_str()) {
        return word;
    }
    let word: &'static str = Box::leak(word.into_boxed_str());
    interned.insert(word);
    word
}

pub(crate) fn serialize<S: Serializer>(word: EnumText, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(word)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EnumText, D::Error> {
    String::deserialize(deserializer).map(intern)
}

/// Serialization of lists.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, Serialize, Serializer, intern};

    pub(crate) fn serialize<S: Serializer>(words: &[&'static str], serializer: S) -> Result<S::Ok, S::Error> {
        words.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<&'static str>, D::Error> {
        Ok(Vec::<String>::deserialize(deserializer)?.into_iter().map(intern).collect())
    }
}

/// Serialization of optional values.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, intern};

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
        Ok(Option::<String>::deserialize(deserializer)?.map(intern))
    }
}
