//! Changes that a test makes to an account in the bank's place. Only valid states can result.

use super::{
    Account, World,
    account::{Action, Notice, Status},
    number::AccountNumber,
};

/// Causes that only an inactive account can have, because they mean that it is already unreachable.
const ONLY_INACTIVE: [&str; 3] = ["access_denied", "account_closed", "account_unavailable"];

/// Fields to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountChange {
    pub(crate) status: Option<&'static str>,
    pub(crate) action: Option<Action>,
    pub(crate) cause: Option<String>,
    pub(crate) expected_deactivation_date: DateChange,
    pub(crate) numbers: Option<Vec<AccountNumber>>,
    pub(crate) permissions: Option<Vec<&'static str>>,
    pub(crate) is_payable: Option<bool>,
}

/// Change of a date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum DateChange {
    /// Keeps the date.
    #[default]
    Kept,
    /// Removes the date.
    Removed,
    /// Sets the date, in Unix seconds.
    Set(i64),
}

/// Error that names the field that does not fit, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidChange {
    pub(crate) field: &'static str,
    pub(crate) message: &'static str,
}

impl AccountChange {
    pub(crate) const STATUSES: &'static [&'static str] = &["active", "inactive", "disconnected"];

    fn has_details(&self) -> bool {
        let keeps_date = self.expected_deactivation_date == DateChange::Kept;
        self.action.is_some() || self.cause.is_some() || !keeps_date
    }

    /// Returns the status after the change.
    fn status(&self, old: &Status) -> Result<Status, InvalidChange> {
        let word = self.status.unwrap_or(match old {
            Status::Active(_) => "active",
            Status::Inactive { .. } => "inactive",
            Status::Disconnected => "disconnected",
        });
        match word {
            "active" => self.active(old).map(Status::Active),
            "inactive" => self.inactive(old),
            _ if self.has_details() => {
                let message = "A disconnected account has no action, cause or expected_deactivation_date.";
                Err(InvalidChange { field: "status", message })
            }
            _ => Ok(Status::Disconnected),
        }
    }

    fn active(&self, old: &Status) -> Result<Option<Notice>, InvalidChange> {
        let known = match old {
            Status::Active(notice) => notice.as_ref(),
            Status::Inactive { .. } | Status::Disconnected => None,
        };
        if !self.has_details() {
            return Ok(known.filter(|_| self.status.is_none()).cloned());
        }
        let date = match self.expected_deactivation_date {
            DateChange::Kept => known.map(|notice| notice.expected_deactivation_date),
            // An announcement without its date is void.
            DateChange::Removed if self.action.is_none() && self.cause.is_none() => return Ok(None),
            DateChange::Removed => None,
            DateChange::Set(date) => Some(date),
        };
        let message = "An active account with an action or a cause has an expected_deactivation_date.";
        let date = date.ok_or(InvalidChange { field: "expected_deactivation_date", message })?;
        let cause = self.cause.clone().or_else(|| known.map(|notice| notice.cause.clone()));
        let cause = cause.unwrap_or_else(|| "access_expired".to_owned());
        if ONLY_INACTIVE.contains(&cause.as_str()) {
            return Err(InvalidChange {
                field: "cause",
                message: "Only an inactive account has this cause.",
            });
        }
        let action = self.action.or_else(|| known.map(|notice| notice.action));
        let action = action.unwrap_or(Action::RelinkRequired);
        Ok(Some(Notice { action, cause, expected_deactivation_date: date }))
    }

    fn inactive(&self, old: &Status) -> Result<Status, InvalidChange> {
        if let DateChange::Set(_) = self.expected_deactivation_date {
            let message = "Only an active account has an expected_deactivation_date.";
            return Err(InvalidChange { field: "expected_deactivation_date", message });
        }
        let (action, cause) = match old {
            Status::Inactive { action, cause } => (*action, cause.as_str()),
            Status::Active(_) | Status::Disconnected => (Action::RelinkRequired, "access_expired"),
        };
        let cause = self.cause.clone().unwrap_or_else(|| cause.to_owned());
        Ok(Status::Inactive { action: self.action.unwrap_or(action), cause })
    }
}

impl World {
    /// Applies the whole change or, on an error, nothing. Returns `None` if there is no such account.
    pub(crate) fn change_account(
        &mut self,
        id: &str,
        change: AccountChange,
    ) -> Option<Result<(), InvalidChange>> {
        let account: &mut Account = self.accounts.iter_mut().find(|account| account.id == id)?;
        let status = match change.status(&account.status) {
            Ok(status) => status,
            Err(invalid) => return Some(Err(invalid)),
        };
        account.status = status;
        account.numbers = change.numbers.unwrap_or_else(|| account.numbers.clone());
        account.is_payable = change.is_payable.or(account.is_payable);
        account.permissions = change.permissions.unwrap_or_else(|| account.permissions.clone());
        Some(Ok(()))
    }
}
