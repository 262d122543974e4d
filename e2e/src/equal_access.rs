//! Accessibility checks with IBM's Equal Access engine, whose rules are others than axe-core's.

use std::fs::read_to_string;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::axe::Violation;
use crate::page::Page;
use crate::program::env_path;

/// Rules that are left out:
///
/// - The first two count forms without a name among the landmarks, where HTML's mapping to ARIA does not. axe-core
///   compares the names of those that are landmarks.
/// - The last one forbids to reach a region by the Tab key. Without that, a keyboard could not scroll it, which axe-core's
///   `scrollable-region-focusable` demands.
const EXCEPTIONS: [&str; 3] =
    ["aria_form_label_unique", "aria_landmark_name_unique", "element_tabbable_role_valid"];

/// Runs the rules of WCAG 2.2 A and AA and of IBM's own requirements. Results are failures; what a person has to judge
/// ("potential") is left out.
const RUN: &str = r"
    const [exceptions, done] = arguments;
    const failed = ({ ruleId, value: [, verdict] }) => verdict === 'FAIL' && !exceptions.includes(ruleId);
    const one = (it) => ({ rule: it.ruleId, help: it.message, nodes: [`${it.path.dom}: ${it.snippet}`] });
    new ace.Checker().check(document, ['IBM_Accessibility'])
        .then(({ results }) => done(results.filter(failed).map(one)), (error) => done(String(error)));
";

impl Page {
    /// Returns what the Equal Access engine finds on the page, with the appearance that it has now.
    pub async fn equal_access_violations(&self) -> Result<Vec<Violation>> {
        if self.run("return typeof ace !== 'undefined';").await? != true {
            // Runs the engine as a classic script would: the names of a function would be gone when it ends.
            let engine = read_to_string(env_path("RELINK_E2E_EQUAL_ACCESS")?)?;
            self.driver.execute(format!("{engine}; window.ace = ace;"), Vec::new()).await?;
        }
        let found = self.driver.execute_async(RUN, vec![json!(EXCEPTIONS)]).await?;
        let found: &Value = found.json();
        ensure!(found.is_array(), "the Equal Access engine failed: {found}");
        Ok(serde_json::from_value(found.clone())?)
    }
}
