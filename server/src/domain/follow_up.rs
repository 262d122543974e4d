//! Follow-up work after a relink: refreshes of an account's data, and subscriptions that keep it up to date.

use relink_protocol::AccountId;
use relink_protocol::stripe::{Account, AccountStatus, Feature, Permission, Refresh, RefreshStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The merchant's settings for follow-up work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FollowUpRules {
    pub(crate) refresh: Vec<Feature>,
    pub(crate) subscribe: Vec<Feature>,
}

/// Call to Stripe that follows a relink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FollowUp {
    pub(crate) action: FollowUpAction,
    pub(crate) feature: Feature,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FollowUpAction {
    /// Refresh the data once.
    Refresh,
    /// Keep the data up to date from now on.
    Subscribe,
}

/// Follow-up call and its progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FollowUpProgress)]
pub(crate) struct Progress {
    #[serde(flatten)]
    pub(crate) follow_up: FollowUp,
    #[serde(rename = "state")]
    pub(crate) stage: FollowUpState,
    /// Number of calls made to Stripe.
    pub(crate) tries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FollowUpState {
    /// Waiting for a worker.
    Queued,
    /// Stripe failed, and the call will be retried.
    Retrying,
    /// Stripe accepted the call. The account shows the progress at Stripe.
    Done,
    /// Stripe refused, or every retry failed.
    Failed,
}

impl FollowUp {
    /// Returns the subject of the job.
    pub(crate) fn subject(&self, account: &AccountId) -> String {
        let action = match self.action {
            FollowUpAction::Refresh => REFRESH,
            FollowUpAction::Subscribe => SUBSCRIBE,
        };
        format!("{account} {action} {}", self.feature.as_str())
    }

    /// Parses the subject of a job.
    pub(crate) fn parse(subject: &str) -> Option<(AccountId, Self)> {
        let mut words = subject.splitn(3, ' ');
        let account = words.next()?.parse().ok()?;
        let action = match words.next()? {
            REFRESH => FollowUpAction::Refresh,
            SUBSCRIBE => FollowUpAction::Subscribe,
            _ => return None,
        };
        Some((account, Self { action, feature: Feature::from(words.next()?.to_owned()) }))
    }
}

const REFRESH: &str = "refresh";
const SUBSCRIBE: &str = "subscribe";

/// Returns the calls that this account needs, given the customer's permissions and what Stripe does already.
pub(crate) fn needed(account: &Account, rules: &FollowUpRules) -> Vec<FollowUp> {
    if account.status != AccountStatus::Active {
        return Vec::new();
    }
    let permissions = account.permissions.as_deref().unwrap_or_default();
    let refreshes = rules
        .refresh
        .iter()
        .filter(|feature| !is_under_way(account, feature))
        .map(|feature| FollowUp { action: FollowUpAction::Refresh, feature: feature.clone() });
    let subscriptions = rules
        .subscribe
        .iter()
        .filter(|feature| !account.subscriptions.iter().flatten().any(|subscribed| subscribed == *feature))
        .map(|feature| FollowUp { action: FollowUpAction::Subscribe, feature: feature.clone() });
    refreshes.chain(subscriptions).filter(|follow_up| is_shared(&follow_up.feature, permissions)).collect()
}

/// True if these permissions include the feature.
pub(crate) fn is_shared(feature: &Feature, permissions: &[Permission]) -> bool {
    let permission = match feature {
        Feature::Balance => Permission::Balances,
        Feature::Ownership => Permission::Ownership,
        Feature::Transactions => Permission::Transactions,
        Feature::Other(_) => return false,
    };
    permissions.contains(&permission)
}

fn is_under_way(account: &Account, feature: &Feature) -> bool {
    refresh_of(account, feature).is_some_and(|refresh| refresh.status == RefreshStatus::Pending)
}

/// Returns Stripe's newest refresh of this feature.
pub(crate) fn refresh_of<'a>(account: &'a Account, feature: &Feature) -> Option<&'a Refresh> {
    match feature {
        Feature::Balance => account.balance_refresh.as_ref(),
        Feature::Ownership => account.ownership_refresh.as_ref(),
        Feature::Transactions => account.transaction_refresh.as_ref(),
        Feature::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn needs(rules: &FollowUpRules, change: &Value) -> String {
        let mut account = json!({
            "id": "fca_1", "authorization": "fcauth_1", "institution_name": "Alder Bank", "livemode": false,
            "permissions": ["balances", "ownership", "transactions"], "status": "active", "subcategory": "checking"
        });
        account.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let account = serde_json::from_value(account).unwrap();
        let words = needed(&account, rules).into_iter().map(|one| {
            let action = if one.action == FollowUpAction::Refresh { "" } else { "+" };
            format!("{action}{}", one.feature.as_str())
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn work_is_named_so_that_it_can_be_read_back() {
        let account: AccountId = "fca_1".parse().unwrap();
        for action in [FollowUpAction::Refresh, FollowUpAction::Subscribe] {
            for feature in [Feature::Balance, Feature::Other("new thing".to_owned())] {
                let follow_up = FollowUp { action, feature };
                let subject = follow_up.subject(&account);
                assert_eq!(FollowUp::parse(&subject), Some((account.clone(), follow_up)), "{subject}");
            }
        }
        for subject in ["", "fca_1", "fca_1 refresh", "fca_1 forget balance", "cus_1 refresh balance"] {
            assert_eq!(FollowUp::parse(subject), None, "{subject}");
        }
    }

    #[test]
    fn an_account_needs_what_is_shared_wanted_and_not_done_already() {
        let all = || vec![Feature::Balance, Feature::Ownership, Feature::Transactions];
        let everything =
            FollowUpRules { refresh: all(), subscribe: vec![Feature::Balance, Feature::Transactions] };
        let refresh = |status: &str| json!({"status": status, "last_attempted_at": 1, "next_refresh_available_at": null});
        for (change, expected) in [
            (json!({}), "balance ownership transactions +balance +transactions"),
            (json!({"permissions": null}), ""),
            (json!({"permissions": ["payment_method"]}), ""),
            (json!({"permissions": ["payment_method", "balances"]}), "balance +balance"),
            (json!({"permissions": ["ownership"]}), "ownership"),
            (json!({"subscriptions": ["transactions"]}), "balance ownership transactions +balance"),
            (json!({"balance_refresh": refresh("pending")}), "ownership transactions +balance +transactions"),
            (json!({"ownership_refresh": refresh("pending")}), "balance transactions +balance +transactions"),
            (
                json!({"transaction_refresh": refresh("failed")}),
                "balance ownership transactions +balance +transactions",
            ),
            (json!({"status": "inactive"}), ""),
        ] {
            assert_eq!(needs(&everything, &change), expected, "{change}");
        }
        let nothing = FollowUpRules { refresh: Vec::new(), subscribe: Vec::new() };
        assert_eq!(needs(&nothing, &json!({})), "");
    }
}
