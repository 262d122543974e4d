//! Rules by which the proxy treats requests.

/// Treatment of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Forwards it.
    Forward,
    /// Forwards it, and marks the response as `no-store`.
    NoStore,
    /// Holds it until another rule applies.
    Hold,
    /// Closes the connection without a response.
    Disconnect,
    /// Responds with 404.
    NotFound,
    /// Responds with 401, as the merchant's back end to a customer who is signed out.
    SignedOut,
    /// Forwards it with another hash in the name of the translations' folder, which is what a server of an older
    /// version has.
    OtherTranslationsHash,
    /// Forwards it, and labels the response as plain text.
    WrongContentType,
    /// Responds with the loader of an older version, as if it were still in the browser's cache.
    OldestLoader,
    /// Rewrites the loader as it was before a deployment: the files that it names no longer exist.
    OutdatedLoader,
    /// Responds with 404 until the page is loaded again: its version was replaced by one with other files.
    NotFoundUntilReload,
}

/// Rules and settings of the proxy. The newest rule that matches a path applies.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// Rules with the part of the path that they apply to, newest last.
    by_path: Vec<(String, Rule)>,
    /// Host and port of the server.
    pub(super) upstream: String,
    /// Scripts that pages run before their own.
    pub(super) script: String,
    /// True if the HTML of pages is recorded.
    pub(super) records_documents: bool,
    pub(super) offline: bool,
}

impl Rules {
    pub(super) fn set(&mut self, part: &str, rule: Rule) {
        self.by_path.retain(|(other, _)| other != part);
        self.by_path.push((part.to_owned(), rule));
    }

    pub(super) fn inject_script(&mut self, script: &str) {
        // In a block of its own, so that two scripts may use the same names.
        self.script.extend(["{\n", script, "\n}\n"]);
    }

    pub(super) fn rule(&self, path: &str) -> Rule {
        let newest = self.by_path.iter().rev().find(|(part, _)| path.contains(part.as_str()));
        newest.map_or(Rule::Forward, |(_, rule)| *rule)
    }

    /// Ends the rules of a replaced version, now that the page is loaded again. Returns true if there were any.
    pub(super) fn end_replaced_rules(&mut self) -> bool {
        let replaced = self.by_path.iter_mut().filter(|(_, rule)| *rule == Rule::NotFoundUntilReload);
        replaced.map(|(_, rule)| *rule = Rule::Forward).count() > 0
    }
}
