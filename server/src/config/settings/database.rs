//! The database's address and limits.

use std::fs::File;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::ConfigError;
use crate::DatabaseOptions;
use crate::config::database::{DatabaseSettings, DatabaseUrl, Pooling};
use crate::config::file_access::is_open_to_all;
use crate::domain::data_keys::{DataKeys, DataKeysError};

/// The default of `DATABASE_URL`.
const DATABASE: &str = "sqlite:relink.db";

/// Warns that the connection to PostgreSQL may be unencrypted.
const PLAIN_TEXT: &str = "DATABASE_URL does not insist on TLS, so the password and customers' data may cross the network \
                          unencrypted; append ?sslmode=verify-full (with sslrootcert), or at least ?sslmode=require";

/// Validates the settings of the database; also used by commands that need nothing but the database.
pub(crate) fn decide(url: &SecretString, options: &DatabaseOptions) -> Result<DatabaseSettings, ConfigError> {
    let text = match url.expose_secret().trim() {
        "" => DATABASE,
        text => text,
    };
    let connections = options.database_connections;
    if !(2..=1000).contains(&connections) {
        return Err(ConfigError::DatabaseConnections);
    }
    Ok(DatabaseSettings {
        url: DatabaseUrl::parse(text).ok_or(ConfigError::DatabaseUrl)?,
        connections,
        acquire_timeout: seconds(options.database_acquire_timeout, 1..=60)?,
        statement_timeout: seconds(options.database_statement_timeout, 1..=3600)?,
        lock_timeout: seconds(options.database_lock_timeout, 1..=3600)?,
        pooling: match options.database_pooling.trim() {
            "" | "auto" => None,
            "session" => Some(Pooling::Session),
            "transaction" => Some(Pooling::Transaction),
            _ => return Err(ConfigError::DatabasePooling),
        },
        migration_lock_wait: seconds(options.migration_lock_wait, 0..=86_400)?,
        migration_statement_timeout: seconds(options.migration_statement_timeout, 0..=86_400)?,
        data_keys: data_keys(options.data_key_file.as_deref())?,
    })
}

/// Reads the key file. An empty setting counts as absent.
fn data_keys(file: Option<&Path>) -> Result<DataKeys, ConfigError> {
    let Some(file) = file.filter(|file| *file != Path::new("")) else { return Ok(DataKeys::default()) };
    read_keys(file).map_err(|error| ConfigError::DataKeys(file.to_owned(), error))
}

fn read_keys(file: &Path) -> Result<DataKeys, DataKeysError> {
    let unreadable = |error: std::io::Error| DataKeysError::Unreadable(error.kind());
    let mut opened = File::open(file).map_err(unreadable)?;
    if is_open_to_all(&opened.metadata().map_err(unreadable)?) {
        return Err(DataKeysError::Exposed);
    }
    let mut text = String::new();
    opened.read_to_string(&mut text).map_err(unreadable)?;
    DataKeys::parse(&text)
}

/// Returns a warning if PostgreSQL is on another machine and the connection may be unencrypted.
pub(super) fn warning(settings: &DatabaseSettings) -> Option<&'static str> {
    settings.url.may_be_plain_text().then_some(PLAIN_TEXT)
}

fn seconds(value: u32, range: RangeInclusive<u32>) -> Result<Duration, ConfigError> {
    if range.contains(&value) {
        Ok(Duration::from_secs(value.into()))
    } else {
        Err(ConfigError::DatabaseTimeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(change: impl FnOnce(&mut DatabaseOptions)) -> Result<DatabaseSettings, ConfigError> {
        let mut options = DatabaseOptions::default();
        change(&mut options);
        decide(&SecretString::from("sqlite:relink.db"), &options)
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_every_user_may_read_or_change_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data-keys");
        std::fs::write(&file, DataKeys::key_text([1; 32])).unwrap();
        // The last two are those of Kubernetes' secrets with `defaultMode: 0440` and without it.
        for (mode, is_accepted) in [(0o600, true), (0o602, false), (0o440, true), (0o644, false)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let settings = decided(|options| options.data_key_file = Some(file.clone()));
            let refused = ConfigError::DataKeys(file.clone(), DataKeysError::Exposed);
            assert_eq!(settings.err(), (!is_accepted).then_some(refused), "{mode:o}");
        }
    }

    #[test]
    fn limits_have_defaults_and_bounds() {
        let settings = decided(|_| ()).unwrap();
        assert_eq!((settings.connections, settings.pooling), (12, None));
        assert_eq!(settings.acquire_timeout, Duration::from_secs(5));
        assert_eq!(
            decided(|options| options.database_connections = 1),
            Err(ConfigError::DatabaseConnections)
        );
        assert_eq!(
            decided(|options| options.database_acquire_timeout = 0),
            Err(ConfigError::DatabaseTimeout)
        );
        assert_eq!(
            decided(|options| options.database_lock_timeout = 3601),
            Err(ConfigError::DatabaseTimeout)
        );
        assert!(decided(|options| options.migration_statement_timeout = 0).is_ok());
    }

    #[test]
    fn pooling_is_one_of_three_words() {
        let pooling = |word: &str| decided(|options| word.clone_into(&mut options.database_pooling));
        assert_eq!(pooling("transaction").unwrap().pooling, Some(Pooling::Transaction));
        assert_eq!(pooling(" session ").unwrap().pooling, Some(Pooling::Session));
        assert_eq!(pooling("auto").unwrap().pooling, None);
        assert_eq!(pooling("statement"), Err(ConfigError::DatabasePooling));
    }

    #[test]
    fn an_unencrypted_connection_to_another_machine_is_warned_of() {
        let warned = |url: &str| {
            warning(&decide(&SecretString::from(url), &DatabaseOptions::default()).unwrap()).is_some()
        };
        for url in [
            "postgres://relink@db.example/relink",
            "postgres://relink@10.0.0.7/relink?sslmode=prefer",
            "postgres://relink@[2001:db8::7]/relink?sslmode=disable",
            "postgres:///relink?host=db.example",
        ] {
            assert!(warned(url), "{url}");
        }
        for url in [
            "sqlite:relink.db",
            "postgres://relink@127.0.0.1/relink",
            "postgres://relink@localhost/relink",
            "postgres://relink@[::1]/relink",
            "postgres:///relink?host=/run/postgresql",
            "postgres://relink@db.example/relink?sslmode=require",
            "postgres://relink@db.example/relink?sslmode=verify-full",
        ] {
            assert!(!warned(url), "{url}");
        }
    }
}
