//! Session plans: whether a customer has a choice, and Stripe's parameters for it. The page shows the
//! permissions that are computed here.

use relink_protocol::stripe::{Account, Permission, RelinkOptions, Session};
use relink_protocol::{
    Choice, Condition, HolderId, HolderKind, MissingPreviewFields, PermissionChange, Requested,
};

use super::policy::Terms;
use super::version::ApiVersion;

/// Session to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionPlan {
    /// Requested account or bank login, with which the outcome is compared.
    pub(crate) requested: Requested,
    /// Stripe's parameters.
    pub(crate) form: Vec<(&'static str, String)>,
}

/// Reason for which a choice is refused, for the log.
pub(crate) type Refusal = &'static str;

/// Checks that the customer may choose this for an account in this condition. `missed` is true if they tried before and
/// Stripe did not find the account at its bank; `is_updatable` is the answer of [`is_updatable`].
pub(crate) fn allows(
    terms: &Terms,
    choice: Choice,
    condition: &Condition,
    is_updatable: bool,
    missed: bool,
) -> Result<(), Refusal> {
    match choice {
        Choice::Repair if condition.is_repairable() || is_updatable => Ok(()),
        Choice::Repair => Err("a relink can't help an account in this condition"),
        Choice::AnotherAccount | Choice::AnotherBank if !terms.may_replace => {
            Err("the token insists on the very account (any_account is false)")
        }
        Choice::AnotherAccount if !condition.is_repairable() => {
            Err("a relink can't help an account in this condition, so no other one of its login either")
        }
        Choice::AnotherAccount if terms.any_account || missed => Ok(()),
        Choice::AnotherAccount => Err(
            "another account is for after the very account was not found, unless RELINK_ANY_ACCOUNT is set",
        ),
        Choice::AnotherBank
            if missed || matches!(condition, Condition::Unrepairable { .. } | Condition::Disconnected) =>
        {
            Ok(())
        }
        Choice::AnotherBank => {
            Err("another bank is for accounts that no relink repairs, or that were not found at their bank")
        }
    }
}

/// True if the account works, lacks a permission that the merchant has set, and the customer may grant it. According to
/// Stripe any account can be relinked, and only a relink changes the permissions.
///
/// An account whose payments Stripe blocks has other worries, and nothing is asked of its customer.
pub(crate) fn is_updatable(terms: &Terms, account: &Account, condition: &Condition) -> bool {
    let is_blocked = account.payment_block.is_some() && terms.purpose.moves_money();
    let is_asked = terms.permissions.is_some() && terms.may_update;
    is_asked
        && *condition == Condition::Healthy
        && !is_blocked
        && !permission_change(terms, account).added.is_empty()
}

/// Returns the permissions that the customer will be asked to share.
pub(crate) fn permissions(terms: &Terms, account: &Account) -> Vec<Permission> {
    let mut permissions = match &terms.permissions {
        Some(permissions) => permissions.clone(),
        None => account.permissions.clone().unwrap_or_default(),
    };
    if let Some(at_most) = &terms.at_most {
        permissions.retain(|permission| at_most.contains(permission));
    }
    // Without this permission no payment method can be made.
    if terms.purpose.moves_money() && !permissions.contains(&Permission::PaymentMethod) {
        permissions.push(Permission::PaymentMethod);
    }
    permissions
}

/// Returns these permissions, compared with those that the customer shares now.
pub(crate) fn permission_change(terms: &Terms, account: &Account) -> PermissionChange<Permission> {
    let given = account.permissions.as_deref().unwrap_or_default();
    PermissionChange::between(given, &permissions(terms, account))
}

/// Returns the session for a choice that the customer has.
pub(crate) fn plan(
    terms: &Terms,
    choice: Choice,
    account: &Account,
    customer: &HolderId,
    version: ApiVersion,
) -> Result<SessionPlan, MissingPreviewFields> {
    let requested = requested(terms, choice, account)?;
    let mut form = Vec::new();
    let holder = match &requested {
        // Copied, or left out if the account has none, because Stripe refuses an empty one.
        Requested::Account { .. } | Requested::Authorization(_) => account.holder(),
        Requested::Anything => Some(customer),
    };
    form.extend(holder.map(holder_parameters).into_iter().flatten());
    let permissions = permissions(terms, account);
    form.extend(permissions.iter().map(|permission| ("permissions[]", permission.as_str().to_owned())));
    match &requested {
        Requested::Account { account, authorization } => {
            form.push(("relink_options[authorization]", authorization.at_stripe().to_owned()));
            form.push(("relink_options[account]", account.at_stripe().to_owned()));
        }
        Requested::Authorization(authorization) => {
            form.push(("relink_options[authorization]", authorization.at_stripe().to_owned()));
        }
        Requested::Anything => (),
    }
    form.extend(
        terms.subcategories.iter().map(|one| ("filters[account_subcategories][]", one.as_str().to_owned())),
    );
    if let Some(country) = &terms.country {
        form.push((version.country_filter(), country.clone()));
    }
    if terms.purpose.moves_money() {
        form.push(("limits[accounts]", "1".to_owned()));
    }
    Ok(SessionPlan { requested, form })
}

/// Returns Stripe's parameters for the account holder. A customer account is of the type `customer`, too.
fn holder_parameters(holder: &HolderId) -> [(&'static str, String); 2] {
    let (kind, parameter) = match holder.kind() {
        HolderKind::Customer => ("customer", "account_holder[customer]"),
        HolderKind::ConnectedAccount => ("account", "account_holder[account]"),
        HolderKind::CustomerAccount => ("customer", "account_holder[customer_account]"),
    };
    [("account_holder[type]", kind.to_owned()), (parameter, holder.at_stripe().to_owned())]
}

fn requested(terms: &Terms, choice: Choice, account: &Account) -> Result<Requested, MissingPreviewFields> {
    let authorization = account.authorization.clone().ok_or(MissingPreviewFields)?;
    Ok(match choice {
        // Only a session that names the account keeps another one from being linked instead.
        Choice::Repair if !terms.any_account => {
            Requested::Account { account: account.id.clone(), authorization }
        }
        Choice::Repair | Choice::AnotherAccount => Requested::Authorization(authorization),
        Choice::AnotherBank => Requested::Anything,
    })
}

/// True if a session at Stripe is the one that was requested.
pub(crate) fn is_as_requested(
    session: &Session,
    requested: &Requested,
) -> Result<bool, MissingPreviewFields> {
    let wanted = match requested {
        Requested::Account { account, authorization } => (authorization, Some(account)),
        Requested::Authorization(authorization) => (authorization, None),
        Requested::Anything => return Ok(session.relink_options.is_none()),
    };
    let RelinkOptions { authorization, account } =
        session.relink_options.as_ref().ok_or(MissingPreviewFields)?;
    Ok((authorization, account.as_ref()) == wanted)
}

#[cfg(test)]
mod tests;
