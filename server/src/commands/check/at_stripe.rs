//! Checks at Stripe: the key's permissions, the event destination and the clock.

use serde_json::Value;

use super::{Finding, State, stripe};
use crate::config::settings::{Config, Mode};
use crate::domain::event::known_types;
use crate::domain::stripe_accounts::{ConnectedAccounts, StripeAccounts};
use crate::stripe::{Allowance, PERMISSIONS, Stripe};

/// Path below the public URL to which Stripe sends its events.
const PATH: &str = "webhooks/stripe";
/// Difference from Stripe's clock at which its events are refused, in seconds.
const REFUSED_FROM: i64 = 300;
/// Difference that a clock set by NTP does not have, in seconds.
const DOUBTFUL_FROM: i64 = 5;

/// Makes one call for each permission, and reads the event destinations.
pub(super) async fn all(config: &Config) -> Vec<Finding> {
    // Event destinations are those of the account of the key, also for events of connected accounts.
    let accounts = config.stripe_accounts.clone();
    let (stripe, keys) = match (stripe(config, accounts), stripe(config, StripeAccounts::Own)) {
        (Ok(stripe), Ok(keys)) => (stripe, keys),
        (Err(error), _) | (_, Err(error)) => {
            return vec![Finding::new("Stripe", State::Bad, format!("{error:#}"))];
        }
    };
    let mut findings = connected_accounts(config, &stripe).await;
    // All calls of a server for one connected account would fail in the same way.
    let is_lost = config.stripe_accounts.header().is_some()
        && findings.iter().any(|finding| finding.state == State::Bad);
    if !is_lost {
        findings.extend(permissions(config, &stripe).await);
    }
    findings.push(clock(&stripe));
    findings.push(destination(config, &keys).await);
    findings
}

/// Tries whether the key reaches the connected accounts that the settings name.
async fn connected_accounts(config: &Config, stripe: &Stripe) -> Vec<Finding> {
    // The client of a server for one connected account names it in all calls.
    let named = match &config.stripe_accounts {
        StripeAccounts::Own | StripeAccounts::Platform(ConnectedAccounts::All) => Vec::new(),
        StripeAccounts::Connected(account) => vec![(account, None)],
        StripeAccounts::Platform(ConnectedAccounts::Listed(listed)) => {
            listed.iter().map(|account| (account, Some(account.clone()))).collect()
        }
    };
    let mut findings = Vec::new();
    for (account, qualifier) in named {
        let finding = |state, text: &str| Finding::new(format!("connected account {account}"), state, text);
        findings.push(match stripe.reaches(qualifier).await {
            Ok(true) => finding(State::Good, "the key reaches it"),
            Ok(false) => finding(
                State::Bad,
                "the key has no access to it: connect it to the platform of the keys, in their mode, or correct the setting",
            ),
            Err(error) => finding(State::Unknown, &error.to_string()),
        });
    }
    findings
}

async fn permissions(config: &Config, stripe: &Stripe) -> Vec<Finding> {
    let moves_money = config.policy.purposes.iter().any(|purpose| purpose.moves_money());
    let mut findings = Vec::new();
    for permission in &PERMISSIONS {
        let subject = format!("key: {}", permission.name);
        findings.push(match stripe.allows(permission).await {
            Allowance::Allowed => Finding::new(subject, State::Good, "allowed"),
            Allowance::Denied(_) if permission.is_for_payments && !moves_money => {
                Finding::new(subject, State::Good, "not allowed, and not needed without payments")
            }
            Allowance::Denied(why) => {
                Finding::new(subject, State::Bad, format!("grant it to the key: {why}"))
            }
            Allowance::Unknown(why) => Finding::new(subject, State::Unknown, why),
        });
    }
    findings
}

fn clock(stripe: &Stripe) -> Finding {
    let finding = |state, text: String| Finding::new("clock", state, text);
    match stripe.skew().measured(crate::clock::now()) {
        None => finding(State::Unknown, "Stripe has not answered".to_owned()),
        Some(ahead) if ahead.abs() >= REFUSED_FROM => {
            finding(State::Bad, format!("{ahead:+} s from Stripe's, which refuses all events: set it by NTP"))
        }
        Some(ahead) if ahead.abs() >= DOUBTFUL_FROM => {
            finding(State::Doubtful, format!("{ahead:+} s from Stripe's: set it by NTP"))
        }
        Some(ahead) => finding(State::Good, format!("{ahead:+} s from Stripe's")),
    }
}

async fn destination(config: &Config, stripe: &Stripe) -> Finding {
    let list = match stripe.webhook_endpoints().await {
        Ok(list) => list,
        Err(error) => {
            let text = format!("can't be read with this key, so look at it in Stripe's dashboard: {error}");
            return Finding::new("event destination", State::Unknown, text);
        }
    };
    let public = config.requests.public_url.as_ref().and_then(|url| url.join(PATH).ok());
    let (state, text) = judge(&list, public.as_ref().map(reqwest::Url::as_str), config);
    Finding::new("event destination", state, text)
}

/// Judges the destinations. Without a public address, one with this server's path counts as its own.
fn judge(list: &Value, address: Option<&str>, config: &Config) -> (State, String) {
    let all = list["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_ours = |endpoint: &&Value| {
        let url = endpoint["url"].as_str().unwrap_or_default();
        address.map_or_else(|| url.ends_with(PATH), |address| url == address)
    };
    let Some(ours) = all.iter().find(is_ours) else {
        let address = address.unwrap_or(PATH);
        return match config.keys.mode {
            Mode::Sandbox => (State::Doubtful, format!("the sandbox sends no events to {address}")),
            Mode::Test | Mode::Live => (
                State::Bad,
                format!("none sends to {address}; make one, or see if it is an event destination of v2"),
            ),
        };
    };
    judge_one(ours, &config.stripe_version.to_string())
}

fn judge_one(endpoint: &Value, version: &str) -> (State, String) {
    if endpoint["status"] == "disabled" {
        return (State::Bad, "it is disabled; enable it in Stripe's dashboard".to_owned());
    }
    let events: Vec<&str> =
        endpoint["enabled_events"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let missing: Vec<&str> =
        known_types().filter(|known| !events.contains(known) && !events.contains(&"*")).collect();
    if !missing.is_empty() {
        return (State::Bad, format!("it lacks events; add {}", missing.join(", ")));
    }
    match endpoint["api_version"].as_str() {
        Some(its) if its == version => (State::Good, format!("enabled, version {its}, all events")),
        its => {
            let its = its.unwrap_or("the account's default");
            (
                State::Doubtful,
                format!("its version is {its} and STRIPE_VERSION is {version}; make one with that version"),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_destination_is_enabled_has_all_events_and_the_version() {
        let all: Vec<&str> = known_types().collect();
        let version = "2026-09-30.preview";
        for (endpoint, state, words) in [
            (
                json!({"status": "enabled", "enabled_events": all, "api_version": version}),
                State::Good,
                "all events",
            ),
            (
                json!({"status": "enabled", "enabled_events": ["*"], "api_version": version}),
                State::Good,
                "all events",
            ),
            (
                json!({"status": "enabled", "enabled_events": all[1..], "api_version": version}),
                State::Bad,
                all[0],
            ),
            (
                json!({"status": "disabled", "enabled_events": all, "api_version": version}),
                State::Bad,
                "disabled",
            ),
            (
                json!({"status": "enabled", "enabled_events": all, "api_version": null}),
                State::Doubtful,
                "default",
            ),
        ] {
            let (found, text) = judge_one(&endpoint, version);
            assert!(found == state && text.contains(words), "{endpoint}: {found:?} {text}");
        }
    }
}
