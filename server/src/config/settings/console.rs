//! Operators who may sign in to the console, and what needs two of them.

use std::collections::BTreeMap;

use thiserror::Error;

use super::present;
use crate::config::options::ConsoleOptions;
use crate::domain::role::Role;
use crate::domain::sign_in::mailbox;

/// Largest number above which batches can be made to wait: so many accounts are counted when one begins.
const HIGHEST: i64 = 10_000;

/// Operators of the console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConsoleSettings {
    /// Role of each operator, by email address.
    pub(crate) operators: BTreeMap<String, Role>,
    /// Number of accounts above which a batch needs a second operator.
    pub(crate) approval_above: Option<i64>,
    /// True if names and email addresses of customers are stored and shown.
    pub(crate) customer_names: bool,
}

/// Settings of the console that are invalid or contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConsoleError {
    /// Not email addresses.
    #[error(
        "RELINK_OPERATORS is not a list of mailboxes separated by commas, such as ada@northwind.example, each with one of \
         the roles :viewer, :operator and :admin, or none"
    )]
    Operators,
    /// Sign-in codes need a mail server.
    #[error(
        "RELINK_OPERATORS is set but RELINK_SMTP_URL is not; set the mail server, or sign in with an API key"
    )]
    OperatorsWithoutMail,
    /// Nobody could approve a batch.
    #[error(
        "RELINK_BATCH_APPROVAL_ABOVE is not from 0 to 10000, or RELINK_OPERATORS has fewer than two who could approve, and \
         RELINK_OIDC_ISSUER is not set"
    )]
    BatchApproval,
}

/// Returns the operators, if any.
pub(super) fn decide(
    options: ConsoleOptions,
    has_mail: bool,
    has_issuer: bool,
) -> Result<ConsoleSettings, ConsoleError> {
    let operators: Option<BTreeMap<String, Role>> = match present(options.operators) {
        Some(list) => list.split(',').map(operator).collect(),
        None => Some(BTreeMap::new()),
    };
    let operators = operators.ok_or(ConsoleError::Operators)?;
    if !operators.is_empty() && !has_mail {
        return Err(ConsoleError::OperatorsWithoutMail);
    }
    let above = present(options.batch_approval_above).map(|text| text.parse().ok());
    let above = above.map(|above| above.filter(|above| (0..=HIGHEST).contains(above)));
    let approvers = operators.values().filter(|role| **role >= Role::Operator).count();
    let approval_above = match above {
        // How many could approve it at the issuer is not known here.
        Some(Some(above)) if approvers >= 2 || has_issuer => Some(above),
        Some(_) => return Err(ConsoleError::BatchApproval),
        None => None,
    };
    Ok(ConsoleSettings { operators, approval_above, customer_names: options.customer_names })
}

/// Reads a mailbox, which a role may follow. Before there were roles every operator could do everything.
fn operator(text: &str) -> Option<(String, Role)> {
    let with_role =
        text.rsplit_once(':').and_then(|(mailbox, role)| Some((mailbox, role.trim().parse().ok()?)));
    let (text, role) = with_role.unwrap_or((text, Role::Admin));
    Some((mailbox(text)?, role))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(operators: &str, above: &str, has_mail: bool) -> Result<ConsoleSettings, ConsoleError> {
        let given = |text: &str| Some(text.to_owned());
        let options = ConsoleOptions {
            operators: given(operators),
            batch_approval_above: given(above),
            ..ConsoleOptions::default()
        };
        decide(options, has_mail, false)
    }

    #[test]
    fn operators_are_mailboxes_that_can_be_mailed_to() {
        assert_eq!(decide(ConsoleOptions::default(), false, false), Ok(ConsoleSettings::default()));
        let two = decided("A@shop.example, b@shop.example", "", true).unwrap().operators;
        assert_eq!(two.into_keys().collect::<Vec<_>>(), ["a@shop.example", "b@shop.example"]);
        assert_eq!(decided("a@shop.example,ada", "", true), Err(ConsoleError::Operators));
        assert_eq!(decided("a@shop.example", "", false), Err(ConsoleError::OperatorsWithoutMail));
    }

    #[test]
    fn an_operator_without_a_role_is_an_admin_and_an_unknown_role_is_an_error() {
        let list = "a@shop.example, b@shop.example:operator , C@shop.example: viewer,d@shop.example:admin";
        let roles = decided(list, "", true).unwrap().operators;
        let expected = [Role::Admin, Role::Operator, Role::Viewer, Role::Admin];
        assert_eq!(roles.into_values().collect::<Vec<_>>(), expected);
        for wrong in ["a@shop.example:owner", "a@shop.example:", "a@shop.example:Viewer", ":viewer"] {
            assert_eq!(decided(wrong, "", true), Err(ConsoleError::Operators), "{wrong}");
        }
    }

    #[test]
    fn batches_wait_only_if_two_could_approve_them() {
        let two = "a@shop.example,b@shop.example:operator";
        assert_eq!(decided(two, "50", true).unwrap().approval_above, Some(50));
        assert_eq!(decided(two, "0", true).unwrap().approval_above, Some(0));
        for (operators, above) in [
            (two, "-1"),
            (two, "10001"),
            (two, "many"),
            ("a@shop.example", "50"),
            ("a@shop.example,b@shop.example:viewer", "50"),
        ] {
            assert_eq!(
                decided(operators, above, true),
                Err(ConsoleError::BatchApproval),
                "{operators} {above}"
            );
        }
    }
}
