//! Rules by which the proxy treats requests.

/// Treatment of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Forwards it.
    Pass,
    /// Forwards it, and marks the response as `no-store`.
    Fresh,
    /// Holds it until another rule applies.
    Hold,
    /// Closes the connection without a response.
    Cut,
    /// Responds with 404.
    Missing,
    /// Forwards it with another hash in the name of the translations' folder, which is what a server of an older
    /// version has.
    OlderServer,
    /// Forwards it, and labels the response as plain text.
    Mistyped,
    /// Responds with the loader of an older version, as if it were still in the browser's cache.
    Older,
    /// Rewrites the loader as it was before a deployment: the files that it names no longer exist.
    Outdated,
    /// Responds with 404 until the page is loaded again: its version was replaced by one with other files.
    Replaced,
}

/// Rules and settings of the proxy. The newest rule that matches a path applies.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    rules: Vec<(String, Rule)>,
    /// Host and port of the server.
    pub(super) server: String,
    /// Scripts that pages run before their own.
    pub(super) script: String,
    pub(super) is_cut: bool,
}

impl Plan {
    pub(super) fn set(&mut self, part: &str, rule: Rule) {
        self.rules.retain(|(other, _)| other != part);
        self.rules.push((part.to_owned(), rule));
    }

    pub(super) fn runs_first(&mut self, script: &str) {
        // In a block of its own, so that two scripts may use the same names.
        self.script.extend(["{\n", script, "\n}\n"]);
    }

    pub(super) fn rule(&self, path: &str) -> Rule {
        let of_path = self.rules.iter().rev().find(|(part, _)| path.contains(part.as_str()));
        of_path.map_or(Rule::Pass, |(_, rule)| *rule)
    }

    /// Switches to the new version of the page, now that the page is loaded. Returns true if a rule has changed.
    pub(super) fn has_new_page(&mut self) -> bool {
        let replaced = self.rules.iter_mut().filter(|(_, rule)| *rule == Rule::Replaced);
        replaced.map(|(_, rule)| *rule = Rule::Pass).count() > 0
    }
}
