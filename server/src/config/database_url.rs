//! `DATABASE_URL`: location and kind of the database.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A file that only this server uses.
    Sqlite,
    /// PostgreSQL, for several servers.
    Postgres,
}

/// Location of the database. `Debug` does not print it, because it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl {
    engine: Engine,
    text: String,
    /// SQLite's file.
    file: Option<PathBuf>,
}

impl DatabaseUrl {
    /// Parses `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Some(Self { engine: Engine::Postgres, text: text.to_owned(), file: None });
        }
        let path = text.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains(['?', '#', '%']) || path.starts_with(":memory:") {
            return None;
        }
        // `mode=rw` never creates the file: a connection that is opened later must not start an empty database.
        let text = format!("sqlite:{path}?mode=rw");
        Some(Self { engine: Engine::Sqlite, text, file: Some(PathBuf::from(path)) })
    }

    /// Returns the kind of database.
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns the URL for the driver.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns PostgreSQL's URL for a pooler that assigns a connection per transaction: statements that were prepared
    /// in an earlier transaction do not exist on it.
    pub(crate) fn without_statement_cache(&self) -> String {
        let separator = if self.text.contains('?') { '&' } else { '?' };
        format!("{}{separator}statement-cache-capacity=0", self.text)
    }

    /// True if data sent to PostgreSQL may cross a network unencrypted.
    pub(crate) fn may_be_plain_text(&self) -> bool {
        if self.engine == Engine::Sqlite {
            return false;
        }
        let Ok(options) = self.text.parse::<PgConnectOptions>() else { return false };
        let insists_on_tls = matches!(
            options.get_ssl_mode(),
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
        );
        !insists_on_tls && options.get_socket().is_none() && !is_loopback(options.get_host())
    }

    /// Returns SQLite's file.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

fn is_loopback(host: &str) -> bool {
    // The driver takes a path for the directory of a Unix socket.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.starts_with('/') || host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseUrl").field("engine", &self.engine).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_which_database_it_is() {
        for (text, expected) in [
            ("sqlite:relink.db", Some(Engine::Sqlite)),
            ("sqlite:///var/lib/relink.db", Some(Engine::Sqlite)),
            ("postgres://relink@db/relink", Some(Engine::Postgres)),
            ("postgresql://relink@db/relink", Some(Engine::Postgres)),
            ("sqlite::memory:", None),
            ("sqlite:", None),
            ("sqlite:a.db?mode=ro", None),
            ("mysql://db", None),
            ("relink.db", None),
        ] {
            assert_eq!(DatabaseUrl::parse(text).map(|url| url.engine()), expected, "{text}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let url = DatabaseUrl::parse("postgres://relink:canary@db/relink");
        assert!(!format!("{url:?}").contains("canary"));
    }
}
