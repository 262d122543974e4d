//! The hash `account_holder`.

use serde_json::{Value, json};

use crate::world::AccountHolder;

pub(crate) fn render(holder: Option<&AccountHolder>) -> Value {
    match holder {
        None => Value::Null,
        Some(AccountHolder::Customer(id)) => json!({ "type": "customer", "customer": id }),
        Some(AccountHolder::CustomerAccount(id)) => json!({ "type": "customer", "customer_account": id }),
        Some(AccountHolder::Account(id)) => json!({ "type": "account", "account": id }),
    }
}
