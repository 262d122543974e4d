//! What a command found: for people, for programs, and whether a limit was exceeded.

use serde_json::{Map, Value};

/// Printed, written as JSON, and turned into an exit code by `main`.
#[derive(Debug)]
pub struct Report {
    text: String,
    figures: Map<String, Value>,
    failures: Vec<String>,
}

impl Report {
    /// An empty one of the command with this name.
    pub(crate) fn new(command: &str) -> Self {
        let figures = Map::from_iter([("command".to_owned(), command.into())]);
        Self { text: String::new(), figures, failures: Vec::new() }
    }

    /// Adds text for people.
    pub(crate) fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a figure for programs.
    pub(crate) fn figure(&mut self, name: &str, value: Value) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Notes that a limit was exceeded.
    pub(crate) fn fail(&mut self, why: String) {
        self.failures.push(why);
    }

    /// Everything for people.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Everything for programs; `passed` says whether all limits were kept.
    pub fn figures(&self) -> Value {
        let mut figures = self.figures.clone();
        figures.insert("passed".to_owned(), self.failures.is_empty().into());
        Value::Object(figures)
    }

    /// What exceeded its limit, in words; `None` if nothing did.
    pub fn failure(&self) -> Option<String> {
        (!self.failures.is_empty()).then(|| self.failures.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn a_report_passes_until_a_limit_is_exceeded() {
        let mut report = Report::new("bench console");
        report.figure("reads", 100.into());
        assert_eq!(report.figures().to_string(), r#"{"command":"bench console","passed":true,"reads":100}"#);
        assert_eq!(report.failure(), None);
        report.fail("too slow".to_owned());
        report.fail("too large".to_owned());
        assert_eq!(report.figures()["passed"], false);
        assert_eq!(report.failure().as_deref(), Some("too slow\ntoo large"));
    }
}
