//! Words from fixed lists, as they are saved in a scenario and read back. The same word is kept once, for as
//! long as the program runs.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word that nobody frees. The name keeps serde from taking it for a part of what is read.
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

/// For lists of words.
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

/// For a word that may be missing.
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
