//! All settings: `options` reads them from flags, variables and files, and `settings` validates them.

pub(crate) mod database;
mod database_url;
pub(crate) mod options;
pub(crate) mod page_source;
pub(crate) mod settings;
