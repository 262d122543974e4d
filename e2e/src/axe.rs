//! Accessibility checks with axe-core.

use std::fs::read_to_string;

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::page::Page;
use crate::program::env_path;

/// Runs all rules with the given tags. The frame in front of the page is Stripe's, so it is left out.
const RUN_AXE: &str = r"
    const [tags, done] = arguments;
    const all = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], iframes: false };
    const one = (it) => ({ rule: it.id, help: it.help, nodes: it.nodes.map((node) => `${node.html}: ${node.failureSummary}`) });
    axe.run({ exclude: ['iframe'] }, all).then(({ violations }) => done(violations.map(one)), (error) => done(String(error)));
";

/// WCAG 2.2 AA and axe-core's best practices. No rule is left out, because the screens are checked on the server's
/// own page, which is a complete document.
pub const ALL_TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// Violated rule, with the elements that violate it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Violation {
    /// ID of the rule, such as `color-contrast`.
    pub rule: String,
    /// Requirement of the rule.
    pub help: String,
    /// HTML of each element, with the reason.
    pub nodes: Vec<String>,
}

impl Page {
    /// Returns the page's violations of the rules with these tags.
    pub async fn violations(&self, tags: &[&str]) -> Result<Vec<Violation>> {
        let is_there = self.run("return typeof axe !== 'undefined';").await?;
        if is_there != true {
            // Runs axe-core as a classic script would: the names of a function would be gone when it ends.
            let axe = read_to_string(env_path("RELINK_E2E_AXE")?)?;
            self.driver.execute(format!("{axe}; window.axe = axe;"), Vec::new()).await?;
        }
        let found = self.driver.execute_async(RUN_AXE, vec![json!(tags)]).await?;
        let found: &Value = found.json();
        ensure!(found.is_array(), "axe-core failed: {found}");
        Ok(serde_json::from_value(found.clone())?)
    }
}
