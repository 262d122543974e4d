//! `relink-server doctor`: writes a support bundle without secrets. Reads only, here and at Stripe.

mod bundle;
mod redaction;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use self::bundle::Bundle;
use self::redaction::{Redaction, without_credentials};
use super::{PartialFile, check, health_check, is_dash};
use crate::config::database::DatabaseSettings;
use crate::config::options::{GivenSetting, Options, given_settings};
use crate::config::settings;
use crate::store::{Store, StoreError};

/// Time limit for the running server's answer.
const TIMEOUT: Duration = Duration::from_secs(10);

const README: &str = "\
Support bundle of relink-server, written by `relink-server doctor`.

about.json      versions of the program, its platform
settings.json   each setting, where its value is from, and the value; secrets have none
check.txt       the table of `relink-server check`
database.json   schema, size, rows of each table, queues and their ages
failures.json   jobs, webhooks to the merchant and emails that failed, counted by their errors
server.json     health of the server that runs on this machine
metrics.txt     its metrics, if its management port answers

Secrets, identifiers of customers and accounts, and names in email addresses were removed. Look it through before you
send it: texts that you have set, such as the mandate, are in it.
";

/// Writes the bundle.
pub(crate) async fn perform(path: &Path, mut options: Options) -> anyhow::Result<()> {
    anyhow::ensure!(!is_dash(path), "the bundle goes to a file");
    let settings = given_settings();
    let as_given = options.clone();
    // An unreadable file of a secret is in the table of `check`; the bundle is needed then, too.
    let _ = options.read_secret_files();
    let file = PartialFile::of(path)?;
    let now = crate::clock::now();
    let mut bundle = Bundle::new(&file.file, Redaction::of(&options.secrets()), now);
    bundle.text("README.txt", README)?;
    bundle.json("about.json", about(&options))?;
    bundle.json("settings.json", value_of(&listed(settings)))?;
    bundle.text("check.txt", &Box::pin(check::printed(as_given)).await)?;
    match settings::database(&options.database_url, &options.database) {
        Ok(database) => {
            let (figures, failures) = database_figures(&database).await;
            bundle.json("database.json", figures)?;
            bundle.json("failures.json", failures)?;
        }
        Err(error) => bundle.json("database.json", json!({"error": error.to_string()}))?,
    }
    let (main, _) = ask(options.listen, "/readyz").await;
    let management = management(&options);
    let (metrics, text) = match management {
        Some(address) => ask(address, "/metrics").await,
        None => (json!("RELINK_MANAGEMENT_LISTEN is not set"), None),
    };
    bundle.json("server.json", json!({"ready": main, "metrics": metrics}))?;
    if let Some(text) = text {
        bundle.text("metrics.txt", &text)?;
    }
    bundle.finish()?;
    file.file.sync_all()?;
    file.publish(path)?;
    super::print(Some(format!(
        "the support bundle is in {}; look it through before you send it",
        path.display()
    )))
}

fn about(options: &Options) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "stripe_version": options.stripe_version,
        "written_at": crate::clock::now().to_string(),
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "processors": std::thread::available_parallelism().ok().map(std::num::NonZero::get),
        "open_files": rlimit::Resource::NOFILE.get().ok(),
        "debug_build": cfg!(debug_assertions),
    })
}

fn listed(settings: Vec<GivenSetting>) -> Vec<GivenSetting> {
    let shortened = |value: Option<String>| value.map(|value| without_credentials(&value));
    settings.into_iter().map(|given| GivenSetting { value: shortened(given.value), ..given }).collect()
}

/// Returns figures of the database, and what failed.
async fn database_figures(settings: &DatabaseSettings) -> (Value, Value) {
    let store = match Store::attach(settings).await {
        Ok(store) => store,
        Err(error) => return (json!({"error": error.to_string()}), Value::Null),
    };
    let now = crate::clock::now();
    let figures = json!({
        "schema": answer(store.schema_figures().await),
        "rows": store.row_counts().await,
        "jobs": answer(store.backlog(now).await),
        "jobs_by_kind": answer(store.job_figures(now).await),
        "jobs_failing": answer(store.failing_jobs().await),
        "merchant_webhooks": answer(store.delivery_totals(now).await),
        "emails": answer(store.unsent_email_counts().await),
        "backfill": answer(store.backfill().await),
        "oldest_reading": answer(store.oldest_reading().await.map(|at| at.map(jiff::Timestamp::as_second))),
    });
    (figures, answer(store.failure_figures().await))
}

/// Returns the figure, or the reason for which it could not be read: an older schema may lack its table.
fn answer<T: Serialize>(read: Result<T, StoreError>) -> Value {
    match read {
        Ok(figure) => value_of(&figure),
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn value_of<T: Serialize>(figure: &T) -> Value {
    serde_json::to_value(figure).unwrap_or_default()
}

/// Returns the address of the management listener, unless its port is any free one.
fn management(options: &Options) -> Option<SocketAddr> {
    let address: SocketAddr = options.network.management_listen.as_deref()?.trim().parse().ok()?;
    Some(address).filter(|address| address.port() != 0)
}

/// Asks the server on this machine. Returns the status or error, and the body of a 200.
async fn ask(listen: SocketAddr, path: &str) -> (Value, Option<String>) {
    let url = format!("http://{}{path}", health_check::reachable(listen));
    let client = match reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build() {
        Ok(client) => client,
        Err(error) => return (json!(error.to_string()), None),
    };
    match client.get(&url).send().await {
        Ok(response) => {
            let status = response.status();
            let text = if status.is_success() { response.text().await.ok() } else { None };
            (json!({"url": url, "status": status.as_u16()}), text)
        }
        Err(error) => (json!({"url": url, "error": error.without_url().to_string()}), None),
    }
}
