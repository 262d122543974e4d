//! Settings for permissions, accounts and follow-up work.

use relink_protocol::Purpose;
use relink_protocol::stripe::{Feature, Permission, Subcategory};

use super::list::list;
use super::{ConfigError, countries};
use crate::Options;
use crate::domain::follow_up::{self, FollowUpRules};
use crate::domain::policy::Policy;

pub(super) fn decide(options: &Options) -> Result<(Policy, FollowUpRules), ConfigError> {
    let purposes = list(set(Some(&options.purpose)).unwrap_or("payments"), |word| word.parse().ok())
        .ok_or(ConfigError::Purpose)?;
    let permissions = match set(options.permissions.as_deref()) {
        Some(text) => Some(list(text, permission).ok_or(ConfigError::Permissions)?),
        None => None,
    };
    if purposes.contains(&Purpose::Data) && permissions.is_none() {
        return Err(ConfigError::DataWithoutPermissions);
    }
    let follow_up = follow_up_rules(options, permissions.as_deref())?;
    let policy = Policy {
        subcategories: subcategories(set(options.account_subcategories.as_deref()), &purposes)?,
        purposes,
        permissions,
        country: set(options.country.as_deref()).map(country).transpose()?,
        any_account: options.any_account,
    };
    Ok((policy, follow_up))
}

/// Treats an empty setting as absent.
fn set(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn permission(word: &str) -> Option<Permission> {
    let permission = Permission::from(word.to_owned());
    (!matches!(permission, Permission::Other(_))).then_some(permission)
}

fn subcategories(text: Option<&str>, purposes: &[Purpose]) -> Result<Option<Vec<Subcategory>>, ConfigError> {
    let Some(text) = text else { return Ok(None) };
    let known = |word: &str| {
        let subcategory = Subcategory::from(word.to_owned());
        (!matches!(subcategory, Subcategory::Other(_))).then_some(subcategory)
    };
    let subcategories = list(text, known).ok_or(ConfigError::Subcategories)?;
    let moves_money = |one: &_| matches!(one, Subcategory::Checking | Subcategory::Savings);
    if purposes.iter().any(|purpose| purpose.moves_money()) && !subcategories.iter().all(moves_money) {
        return Err(ConfigError::SubcategoriesWithoutMoney);
    }
    Ok(Some(subcategories))
}

fn country(text: &str) -> Result<String, ConfigError> {
    let country = text.to_ascii_uppercase();
    if countries::is_one(&country) { Ok(country) } else { Err(ConfigError::Country) }
}

fn follow_up_rules(
    options: &Options,
    permissions: Option<&[Permission]>,
) -> Result<FollowUpRules, ConfigError> {
    let known = |word: &str| {
        let feature = Feature::from(word.to_owned());
        (!matches!(feature, Feature::Other(_))).then_some(feature)
    };
    let kept_up_to_date = |word: &str| known(word).filter(|feature| *feature != Feature::Ownership);
    let refresh = match set(options.refresh.as_deref()) {
        None => None,
        Some("none") => Some(Vec::new()),
        Some(text) => Some(list(text, known).ok_or(ConfigError::Refresh)?),
    };
    let subscribe = match set(options.subscribe.as_deref()) {
        None => Vec::new(),
        Some(text) => list(text, kept_up_to_date).ok_or(ConfigError::Subscribe)?,
    };
    if let Some(permissions) = permissions {
        let mut named = refresh.iter().flatten().chain(&subscribe);
        if !named.all(|feature| follow_up::is_shared(feature, permissions)) {
            return Err(ConfigError::FollowUpNotPermitted);
        }
    }
    let everything = || vec![Feature::Balance, Feature::Ownership, Feature::Transactions];
    Ok(FollowUpRules { refresh: refresh.unwrap_or_else(everything), subscribe })
}
