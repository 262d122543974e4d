//! Looks at a page as axe-core does, for what keeps people from using it.

use std::fs::read_to_string;

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::page::Page;
use crate::program::given;

/// Everything that the law asks for, and good habits. The frame in front of the page is Stripe's.
const LOOK: &str = r"
    const [tags, done] = arguments;
    const all = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], iframes: false };
    const one = (it) => ({ rule: it.id, help: it.help, nodes: it.nodes.map((node) => `${node.html}: ${node.failureSummary}`) });
    axe.run({ exclude: ['iframe'] }, all).then(({ violations }) => done(violations.map(one)), (error) => done(String(error)));
";

/// WCAG 2.2 AA, and what axe-core's makers hold to be good besides. No rule is left out: the server's own page, on which
/// the screens are looked at, is a whole page.
pub const EVERYTHING: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Violation {
    /// Its name, such as `color-contrast`.
    pub rule: String,
    /// What should be.
    pub help: String,
    /// Each element, and why.
    pub nodes: Vec<String>,
}

impl Page {
    /// What is wrong with the page, by the rules with these tags.
    pub async fn violations(&self, tags: &[&str]) -> Result<Vec<Violation>> {
        let is_there = self.run("return typeof axe !== 'undefined';").await?;
        if is_there != true {
            // As a classic script would be run; a function's own names would be gone when it ends.
            let axe = read_to_string(given("RELINK_E2E_AXE")?)?;
            self.driver.execute(format!("{axe}; window.axe = axe;"), Vec::new()).await?;
        }
        let found = self.driver.execute_async(LOOK, vec![json!(tags)]).await?;
        let found: &Value = found.json();
        ensure!(found.is_array(), "axe-core did not look: {found}");
        Ok(serde_json::from_value(found.clone())?)
    }
}
