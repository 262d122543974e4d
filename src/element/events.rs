//! Events that the element dispatches to the page: plain facts, never a secret.
//!
//! Each one is a name and a JSON object, written by hand: all values are identifiers, numbers and constants.

use relink_flow::{Action, AtBank, Event, Failure, Finished, Stage};
use relink_protocol::{AccountId, AccountName, Condition, Connected, RelinkOutcome};

/// Name and JSON detail of an event.
pub(crate) type ElementEvent = (&'static str, String);

/// Returns the event of a new screen.
pub(crate) fn screen(name: &str) -> ElementEvent {
    ("screen", object(&[("screen", text(name))]))
}

/// Returns the event of the first screen with accounts, if this is one.
pub(crate) fn ready(stage: &Stage) -> Option<ElementEvent> {
    let Stage::Browsing(browsing) = stage else { return None };
    let accounts = &browsing.overview.accounts;
    let count = |test: fn(&Condition) -> bool| accounts.iter().filter(|one| test(&one.condition)).count();
    let broken = count(|condition| matches!(condition, Condition::Broken { .. } | Condition::NumberExpired));
    let expiring = count(|condition| matches!(condition, Condition::Expiring { .. }));
    let number = |number: usize| number.to_string();
    let detail =
        [("accounts", number(accounts.len())), ("broken", number(broken)), ("expiring", number(expiring))];
    Some(("ready", object(&detail)))
}

/// Returns the event of a failure, with the name of its screen as code.
pub(crate) fn failed(failure: &Failure, screen: &str) -> ElementEvent {
    let request = failure.request_id.as_deref().map_or_else(null, text);
    ("error", object(&[("code", text(screen)), ("request_id", request)]))
}

/// Returns the event of a customer who turns away before an attempt.
pub(crate) fn before(stage: &Stage, event: &Event) -> Option<ElementEvent> {
    match (stage, event) {
        (Stage::Explaining(stage), Event::Action(Action::Leave)) => {
            Some(exit("closed", &stage.target.account.name.id))
        }
        _ => None,
    }
}

/// Returns the event for entering a stage before an attempt.
pub(crate) fn on_enter(stage: &Stage) -> Option<ElementEvent> {
    let Stage::Unrepairable(stage) = stage else { return None };
    Some(exit("not_repairable", &stage.target.account.name.id))
}

/// Returns the events for entering a stage of an attempt. Called only through [`crate::lazy`], because an attempt needs
/// what is loaded lazily.
pub(crate) fn on_enter_attempt(stage: &Stage) -> Vec<ElementEvent> {
    match stage {
        Stage::AtBank(AtBank { target, .. }) => {
            vec![("open", object(&[("account", id(&target.account.name.id))]))]
        }
        Stage::Finished(finished) => outcome(finished),
        Stage::Opening(_)
        | Stage::Browsing(_)
        | Stage::Explaining(_)
        | Stage::Unrepairable(_)
        | Stage::Preparing(_)
        | Stage::Checking(_)
        | Stage::Paying(_)
        | Stage::Paid(_)
        | Stage::Failed(_) => Vec::new(),
    }
}

fn outcome(finished: &Finished) -> Vec<ElementEvent> {
    let account = &finished.target.account.name.id;
    match &finished.outcome {
        // The answer decides what there is to tell.
        outcome if outcome.is_question() => Vec::new(),
        RelinkOutcome::NewAccount(connected) => connected_again(account, connected, Some(account)),
        RelinkOutcome::Relinked(connected) | RelinkOutcome::NewAuthorization(connected) => {
            connected_again(account, connected, None)
        }
        RelinkOutcome::NoAccount => vec![exit("no_account", account)],
        RelinkOutcome::NoAuthorization => vec![exit("no_authorization", account)],
        RelinkOutcome::Cancelled => vec![exit("cancelled", account)],
        RelinkOutcome::Failed | RelinkOutcome::Pending => vec![exit("other", account)],
    }
}

fn connected_again(
    account: &AccountId,
    connected: &Connected,
    replaces: Option<&AccountId>,
) -> Vec<ElementEvent> {
    let Connected { restored, added, .. } = connected;
    let mut events = Vec::new();
    if !restored.is_empty() {
        events.push(("success", object(&[("account", id(account)), ("repaired", ids(restored))])));
    }
    if let Some(first) = added.first() {
        let detail = [
            ("account", id(&first.id)),
            ("accounts", ids(added)),
            ("replaces", replaces.map_or_else(null, id)),
        ];
        events.push(("new-account", object(&detail)));
    }
    events
}

fn exit(reason: &str, account: &AccountId) -> ElementEvent {
    ("exit", object(&[("reason", text(reason)), ("account", id(account))]))
}

fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| [&text(name), ":", value].concat()).collect();
    ["{", &fields.join(","), "}"].concat()
}

fn ids(accounts: &[AccountName]) -> String {
    let ids: Vec<String> = accounts.iter().map(|account| id(&account.id)).collect();
    ["[", &ids.join(","), "]"].concat()
}

fn id(id: &AccountId) -> String {
    text(id.as_str())
}

fn null() -> String {
    "null".to_owned()
}

/// Quotes a string. Needs no escaping: no value of ours has characters to escape, and they are removed from others.
fn text(text: &str) -> String {
    let plain = |letter: &char| !letter.is_control() && !['"', '\\'].contains(letter);
    let plain: String = text.chars().filter(plain).collect();
    ["\"", &plain, "\""].concat()
}

#[cfg(test)]
mod tests;
