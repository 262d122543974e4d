//! Operators who may sign in to the console.

use super::ConfigError;
use crate::domain::sign_in::mailbox;

/// Returns the operators' email addresses, if any.
pub(super) fn decide(operators: Option<&str>, has_mail: bool) -> Result<Vec<String>, ConfigError> {
    let Some(list) = operators else { return Ok(Vec::new()) };
    let operators: Option<Vec<String>> = list.split(',').map(mailbox).collect();
    let operators = operators.ok_or(ConfigError::Operators)?;
    if has_mail { Ok(operators) } else { Err(ConfigError::OperatorsWithoutMail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_mailboxes_that_can_be_mailed_to() {
        assert_eq!(decide(None, false), Ok(Vec::new()));
        let two = ["a@shop.example", "b@shop.example"].map(str::to_owned).to_vec();
        assert_eq!(decide(Some("A@shop.example, b@shop.example"), true), Ok(two));
        assert_eq!(decide(Some("a@shop.example,ada"), true), Err(ConfigError::Operators));
        assert_eq!(decide(Some("a@shop.example"), false), Err(ConfigError::OperatorsWithoutMail));
    }
}
