//! What can be wrong with the files of `locales/`.

use thiserror::Error;

/// One thing that is wrong, in a sentence that says where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Not there, or not to be read.
    #[error("{0} can't be read: {1}")]
    Unreadable(String, String),
    /// Not JSON, or something else than texts in it, or the same key twice.
    #[error("{0} is not an object of texts: {1}")]
    NotTexts(String, String),
    /// The others are measured by it.
    #[error("{0} has no en.json")]
    NoEnglish(String),
    /// English says it.
    #[error("{file} lacks `{key}`, which en.json has")]
    Missing {
        /// The language's file.
        file: String,
        /// The text's key.
        key: String,
    },
    /// Nobody would ever read it.
    #[error("{file} has `{key}`, which en.json lacks")]
    Extra {
        /// The language's file.
        file: String,
        /// The text's key.
        key: String,
    },
    /// The reader would not learn what it is about.
    #[error("{file}: `{key}` lacks {{{name}}}, which it has in en.json")]
    PlaceholderMissing {
        /// The language's file.
        file: String,
        /// The text's key.
        key: String,
        /// The placeholder's name.
        name: String,
    },
    /// Nobody would fill it.
    #[error("{file}: `{key}` has {{{name}}}, which it lacks in en.json")]
    PlaceholderExtra {
        /// The language's file.
        file: String,
        /// The text's key.
        key: String,
        /// The placeholder's name.
        name: String,
    },
    /// Not a placeholder.
    #[error("{0}: `{1}` has a brace without its pair")]
    Brace(String, String),
    /// A single digit stands for each in what browsers fetch.
    #[error("{0}: `{1}` has more than ten placeholders")]
    TooMany(String, String),
    /// What browsers fetch has a line for each text.
    #[error("{0}: `{1}` is empty or longer than a line")]
    NotALine(String, String),
    /// Another file's texts.
    #[error("{0}: `language` is `{1}`, which is not the file's name")]
    Language(String, String),
    /// A page is written in one of the two.
    #[error("{0}: `direction` is `{1}`, which is neither ltr nor rtl")]
    Direction(String, String),
    /// Browsers ask for the file by it.
    #[error("{0}: `script` is `{1}`, which is not four letters such as Latn")]
    Script(String, String),
}
