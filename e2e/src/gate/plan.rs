//! What the gate does with requests.

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It is passed on.
    Pass,
    /// It is passed on, and the browser is told not to keep the answer.
    Fresh,
    /// It waits for another rule.
    Hold,
    /// It is not answered.
    Cut,
    /// What it asks for is not there.
    Missing,
    /// A server of an older version takes it: the folder of words has another hash there.
    OlderServer,
    /// It is passed on, and the browser is told that the answer is plain text.
    Mistyped,
    /// It is the loader of an older version, which the browser still has.
    Older,
    /// It is the loader from before a deployment: the names that it knows lead nowhere.
    Outdated,
    /// There is a new version of the page since this one was loaded: what it asks for is not there, that of the new one is.
    Replaced,
}

/// All that was said, the last word first in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    rules: Vec<(String, Rule)>,
    /// Host and port.
    pub(super) server: String,
    /// What pages run before anything of their own.
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

    /// The page is loaded anew, and is the new version. Whether that makes a difference.
    pub(super) fn has_new_page(&mut self) -> bool {
        let replaced = self.rules.iter_mut().filter(|(_, rule)| *rule == Rule::Replaced);
        replaced.map(|(_, rule)| *rule = Rule::Pass).count() > 0
    }
}
