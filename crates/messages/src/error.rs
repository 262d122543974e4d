//! Errors in the files of `locales/`.

use thiserror::Error;

use crate::TypographyError;

/// An error in a file, with a message that names the place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MessageError {
    /// The file or folder does not exist or can't be read.
    #[error("{0} can't be read: {1}")]
    Unreadable(String, String),
    /// Not JSON, not an object of strings, or a duplicate key.
    #[error("{0} is not an object of texts: {1}")]
    NotMessages(String, String),
    /// English is missing, which the others are compared with.
    #[error("{0} has no en.json")]
    NoEnglish(String),
    /// A text of English is missing.
    #[error("{file} lacks `{key}`, which en.json has")]
    Missing {
        /// File of the language.
        file: String,
        /// Key of the text.
        key: String,
    },
    /// A text that English does not have, so that it is never used.
    #[error("{file} has `{key}`, which en.json lacks")]
    Extra {
        /// File of the language.
        file: String,
        /// Key of the text.
        key: String,
    },
    /// A placeholder of English is missing, so that its value would not be shown.
    #[error("{file}: `{key}` lacks {{{name}}}, which it has in en.json")]
    PlaceholderMissing {
        /// File of the language.
        file: String,
        /// Key of the text.
        key: String,
        /// Name of the placeholder.
        name: String,
    },
    /// A placeholder that English does not have, so that it would not be replaced.
    #[error("{file}: `{key}` has {{{name}}}, which it lacks in en.json")]
    PlaceholderExtra {
        /// File of the language.
        file: String,
        /// Key of the text.
        key: String,
        /// Name of the placeholder.
        name: String,
    },
    /// A plural whose forms are not those of its language.
    #[error("{file}: `{key}` needs the forms {needed}, and no others")]
    PluralForms {
        /// File of the language.
        file: String,
        /// Key of the text.
        key: String,
        /// Plural categories of the language.
        needed: String,
    },
    /// An unpaired brace.
    #[error("{0}: `{1}` has a brace without its pair")]
    UnpairedBrace(String, String),
    /// Too many placeholders: in the files for browsers, a single digit stands for each.
    #[error("{0}: `{1}` has more than ten placeholders")]
    TooMany(String, String),
    /// A text that is not exactly one line, as the files for browsers require.
    #[error("{0}: `{1}` is empty or longer than a line")]
    NotOneLine(String, String),
    /// A text that its language would not write like this.
    #[error("{0}: `{1}`: {2}")]
    Typography(String, String, TypographyError),
    /// The language code differs from the file's name.
    #[error("{0}: `language` is `{1}`, which is not the file's name")]
    Language(String, String),
    /// An invalid writing direction.
    #[error("{0}: `direction` is `{1}`, which is neither ltr nor rtl")]
    Direction(String, String),
    /// An invalid script code, which is part of the name of the file for browsers.
    #[error("{0}: `script` is `{1}`, which is not four letters such as Latn")]
    Script(String, String),
}
