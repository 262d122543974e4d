//! Commands other than serving: `migrate`, `export`, `import`, `backup`, `audit`, `customer`, `data-key` and `keys` need only the database;
//! `backfill` needs all that the server needs.

mod api_keys;
mod audit;
pub(crate) mod capacity;
pub(crate) mod check;
mod customer;
mod data_key;
pub(crate) mod doctor;
pub(crate) mod health_check;
mod os_user;

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::config::database::{DatabaseSettings, Engine};
use crate::config::options::{ApiKeyCommand, DataKeyCommand, Options, Task};
use crate::config::settings::{self, decide};
use crate::domain::audit::AuditAction;
use crate::domain::data_keys::DataKeys;
use crate::jobs;
use crate::logging;
use crate::store::export::import;
use crate::store::{Schema, Store};

/// Runs the command, and prints a summary to stderr.
pub(crate) async fn perform(task: Task, options: Options) -> anyhow::Result<()> {
    if let Task::DataKey(DataKeyCommand::Generate) = task {
        return print(Some(DataKeys::key_text(crate::clock::secret())));
    }
    let database = &settings::database(&options.database_url, &options.database)?;
    let done = match task {
        Task::Migrate => match Store::migrate(database).await? {
            Schema::UpToDate => "the database is up to date".to_owned(),
            Schema::Newer => "the database belongs to a newer version; nothing was changed".to_owned(),
        },
        Task::Export { file } if is_dash(&file) => {
            let store = Store::attach(database).await?;
            audit::enter(&store, AuditAction::DatabaseExported, audit::named(&file)).await?;
            let rows = store.export(&mut BufWriter::new(io::stdout().lock())).await?;
            format!("exported {rows} rows")
        }
        Task::Export { file } => {
            format!("exported {} rows to {}", export(database, &file).await?, file.display())
        }
        Task::Import { file } => format!("imported {} rows", fill(database, &file).await?),
        Task::Audit(task) => audit::perform(database, task).await?,
        Task::Customer(task) => {
            let (shown, said) = customer::perform(database, task).await?;
            print(shown)?;
            said
        }
        Task::DataKey(task) => {
            let (shown, said) = data_key::perform(database, task).await?;
            print(shown)?;
            said
        }
        Task::Backfill => Box::pin(backfill(options)).await?,
        Task::Keys(task) => {
            let (shown, said) = api_keys::perform(&store_for(&task, database).await?, task).await?;
            print(shown)?;
            said
        }
        Task::Backup { file } => {
            backup(database, &file).await?;
            format!("the copy is in {}", file.display())
        }
    };
    // For the person at the terminal, if there is still one; standard output may be the export.
    let _ = writeln!(io::stderr(), "relink-server: {done}");
    Ok(())
}

/// Opens the database. `keys create` may run before the server's first start, so it migrates; no other command does.
async fn store_for(task: &ApiKeyCommand, database: &DatabaseSettings) -> anyhow::Result<Store> {
    match task {
        ApiKeyCommand::Create { .. } => Ok(Store::open(database).await?),
        ApiKeyCommand::List | ApiKeyCommand::Revoke { .. } => Ok(Store::attach(database).await?),
    }
}

/// Prints what was asked for. A failure is one of the command: a new key is shown this once.
fn print(lines: Option<String>) -> anyhow::Result<()> {
    let Some(lines) = lines else { return Ok(()) };
    writeln!(io::stdout(), "{lines}").context("can't write to standard output")
}

async fn backfill(mut options: Options) -> anyhow::Result<String> {
    options.read_secret_files()?;
    logging::start(&options.log)?;
    let done = jobs::backfill::read_all(decide(options)?).await?;
    Ok(format!("read {} accounts", done.accounts))
}

fn is_dash(file: &Path) -> bool {
    file == Path::new("-")
}

async fn export(database: &DatabaseSettings, path: &Path) -> anyhow::Result<u64> {
    let store = Store::attach(database).await?;
    let part = PartialFile::of(path)?;
    audit::enter(&store, AuditAction::DatabaseExported, audit::named(path)).await?;
    let rows = part.export(&store).await?;
    part.publish(path)?;
    Ok(rows)
}

async fn backup(database: &DatabaseSettings, path: &Path) -> anyhow::Result<()> {
    if is_dash(path) {
        bail!("a backup goes to a file; `export -` writes to standard output");
    }
    let store = Store::attach(database).await?;
    let part = PartialFile::of(path)?;
    audit::enter(&store, AuditAction::DatabaseBackedUp, audit::named(path)).await?;
    match database.url.engine() {
        Engine::Sqlite => {
            let name = part.path.to_str().context("the name of the file must be Unicode")?;
            store.copy_file(name).await?;
            // The copy counts only once it is on the disk.
            part.file.sync_all()?;
        }
        Engine::Postgres => {
            part.export(&store).await?;
        }
    }
    part.publish(path)
}

async fn fill(database: &DatabaseSettings, path: &Path) -> anyhow::Result<u64> {
    let (rows, store) = if is_dash(path) {
        let store = Store::open(database).await?;
        (import(&store, io::stdin().lock()).await?, store)
    } else {
        let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
        let store = Store::open(database).await?;
        (import(&store, BufReader::new(file)).await?, store)
    };
    store.register_data_key().await?;
    // After the entries that were imported.
    audit::enter(&store, AuditAction::DatabaseImported, audit::named(path)).await?;
    Ok(rows)
}

/// File under a temporary name until it is complete, so that a partial copy can't be mistaken for one. Deleted on drop.
struct PartialFile {
    path: PathBuf,
    file: File,
}

impl PartialFile {
    /// Creates the file, readable for its owner only because it holds customers' data. Never overwrites a file.
    fn of(whole: &Path) -> anyhow::Result<Self> {
        if whole.symlink_metadata().is_ok() {
            bail!("{} is there already, and is not overwritten", whole.display());
        }
        let mut name = whole.as_os_str().to_owned();
        name.push(format!(".{}.part", crate::clock::new_id().simple()));
        let path = PathBuf::from(name);
        let file = private().open(&path).with_context(|| format!("can't make {}", path.display()))?;
        Ok(Self { path, file })
    }

    async fn export(&self, store: &Store) -> anyhow::Result<u64> {
        let rows = store.export(&mut BufWriter::new(&self.file)).await?;
        self.file.sync_all()?;
        Ok(rows)
    }

    /// Moves the file to its final name without replacing an existing file: a hard link fails if the name is taken;
    /// where hard links are not supported, an empty file reserves the name first.
    fn publish(&self, whole: &Path) -> anyhow::Result<()> {
        let published = match std::fs::hard_link(&self.path, whole) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                File::create_new(whole).and_then(|_| std::fs::rename(&self.path, whole))
            }
            linked => linked,
        };
        published.with_context(|| format!("can't make {}", whole.display()))
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        // If the file can't be deleted, its name still says that it is incomplete.
        let _ = std::fs::remove_file(&self.path);
    }
}
