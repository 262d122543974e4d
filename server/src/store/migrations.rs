//! Schema migrations from `server/migrations`, which the build script lists.

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Version, description and SQL of each migration.
const FILES: &[(i64, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Returns all migrations, in order.
pub(super) fn all() -> Migrator {
    let migration = |(version, description, sql): &(i64, &'static str, &'static str)| {
        let is_without_transaction = sql.starts_with("-- no-transaction");
        let (kind, text) = (MigrationType::Simple, SqlStr::from_static(sql));
        Migration::new(*version, (*description).into(), kind, text, is_without_transaction)
    };
    Migrator::with_migrations(FILES.iter().map(migration).collect())
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn every_file_is_a_step_and_the_first_is_what_databases_in_use_began_with() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
        let migrations = all();
        assert_eq!(migrations.iter().count(), files.count());
        assert!(migrations.iter().is_sorted_by(|one, next| one.version < next.version));
        let first = migrations.iter().next().unwrap();
        assert_eq!(first.description, "start");
        // sqlx refuses a database whose migrations had another checksum.
        let checksum = first.checksum.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!(
            checksum,
            "58ae6e2f7d49f4a992854da1301495b972d3c760a27a668869643f547d73\
             52c302fa61b51c4a66e2a7a1577d5e2a6ba5"
        );
    }
}
