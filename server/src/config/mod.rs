//! All settings: `options` reads them from flags, variables and files, and `settings` validates them; `secret_files` reads secrets again.

pub(crate) mod database;
mod database_url;
mod file_access;
pub(crate) mod options;
pub(crate) mod page_source;
pub(crate) mod secret_files;
pub(crate) mod settings;
