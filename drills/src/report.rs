//! Results of a command, as text and as JSON, and the limits that were exceeded.

use serde_json::{Map, Value};

/// Results that `main` prints, writes as JSON, and turns into an exit code.
#[derive(Debug)]
pub struct Report {
    text: String,
    figures: Map<String, Value>,
    failures: Vec<String>,
}

impl Report {
    /// Creates an empty report for the command with this name.
    pub(crate) fn new(command: &str) -> Self {
        let figures = Map::from_iter([("command".to_owned(), command.into())]);
        Self { text: String::new(), figures, failures: Vec::new() }
    }

    /// Adds to the text.
    pub(crate) fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a figure to the JSON.
    pub(crate) fn figure(&mut self, name: &str, value: Value) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Records an exceeded limit.
    pub(crate) fn fail(&mut self, why: String) {
        self.failures.push(why);
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the JSON; `passed` is true if no limit was exceeded.
    pub fn figures(&self) -> Value {
        let mut figures = self.figures.clone();
        figures.insert("passed".to_owned(), self.failures.is_empty().into());
        Value::Object(figures)
    }

    /// Returns the exceeded limits as text; `None` if there are none.
    pub fn failure(&self) -> Option<String> {
        (!self.failures.is_empty()).then(|| self.failures.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Report;

    #[test]
    fn a_report_passes_until_a_limit_is_exceeded() {
        let mut report = Report::new("bench console");
        report.figure("reads", 100.into());
        assert_eq!(report.figures(), json!({ "command": "bench console", "passed": true, "reads": 100 }));
        assert_eq!(report.failure(), None);
        report.fail("too slow".to_owned());
        report.fail("too large".to_owned());
        assert_eq!(report.figures()["passed"], false);
        assert_eq!(report.failure().as_deref(), Some("too slow\ntoo large"));
    }
}
