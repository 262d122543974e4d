//! Checks of HTML with html-validate.

use std::fmt::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::program::env_path;

/// Rules, with the reason for each exception.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/html-validate.mjs");

/// Document or part of one, with a name for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Html {
    /// Address of the page, or name of the screen or email.
    pub name: String,
    /// Source text.
    pub source: String,
}

/// Fails with everything that html-validate finds in these documents. All are checked in one run of Node.js.
pub async fn assert_valid_html(documents: &[Html]) -> Result<()> {
    ensure!(!documents.is_empty(), "there is no document to check");
    let folder = tempfile::tempdir()?;
    for (number, document) in documents.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number:04}.html")), &document.source)?;
    }
    let mut node = Command::new("node");
    node.arg(env_path("RELINK_E2E_HTML_VALIDATE")?);
    node.args(["--config", CONFIG, "--formatter", "json"]).arg(folder.path());
    // To a file: the program exits without waiting until a pipe has taken all of it.
    let report = folder.path().join("report.json");
    node.stdout(std::fs::File::create(&report)?).stderr(Stdio::piped());
    let output = node.spawn().context("could not start node")?.wait_with_output().await?;
    let stdout = std::fs::read_to_string(&report)?;
    let results: Value = serde_json::from_str(&stdout).with_context(|| {
        format!("html-validate failed: {stdout}{}", String::from_utf8_lossy(&output.stderr))
    })?;
    let mut complaints = String::new();
    for result in results.as_array().context("html-validate printed no list")? {
        let file = result["filePath"].as_str().unwrap_or_default();
        let number: Option<usize> = file.rsplit('/').next().and_then(|name| name.get(..4)?.parse().ok());
        let name = number.and_then(|number| documents.get(number)).map_or(file, |document| &document.name);
        for message in result["messages"].as_array().into_iter().flatten() {
            let [rule, text] = ["ruleId", "message"].map(|field| message[field].as_str().unwrap_or_default());
            writeln!(
                complaints,
                "{name}: {rule}: {text} (line {}, {})",
                message["line"], message["selector"]
            )?;
        }
    }
    ensure!(complaints.is_empty() && output.status.success(), "html-validate has found:\n{complaints}");
    Ok(())
}
