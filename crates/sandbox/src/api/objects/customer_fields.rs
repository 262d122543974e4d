//! The fields `customer` and `customer_account`, one of which has the id of an object's customer.

/// Returns the id if it is that of a Customer.
pub(crate) fn customer(id: Option<&str>) -> Option<&str> {
    id.filter(|id| !is_account(id))
}

/// Returns the id if it is that of an Account that represents a customer.
pub(crate) fn customer_account(id: Option<&str>) -> Option<&str> {
    id.filter(|id| is_account(id))
}

fn is_account(id: &str) -> bool {
    id.starts_with("acct_")
}
