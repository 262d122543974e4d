//! `expand[]`: replaces ids by their objects. Paths go through hashes and lists, as in
//! `data.account_holder.customer`.

use serde_json::Value;

use super::objects::{account_features, customer, institution, mandate, payment_method};
use crate::{
    http::{error::ApiError, params::Params},
    world::World,
};

/// Fields with an id that can be expanded.
const EXPANDABLE: &[&str] =
    &["customer", "default_payment_method", "institution", "mandate", "ownership", "payment_method"];
const MAX_EXPAND_DEPTH: usize = 4;

/// Refuses paths that no object has, before the call is executed.
pub(crate) fn check(params: &Params) -> Result<(), ApiError> {
    for path in params.list("expand") {
        if path.split('.').count() > MAX_EXPAND_DEPTH {
            return Err(ApiError::invalid("expand", "You may not expand more than 4 levels."));
        }
        if !path.split('.').next_back().is_some_and(|field| EXPANDABLE.contains(&field)) {
            return Err(refused(path));
        }
    }
    Ok(())
}

pub(crate) fn all(world: &World, params: &Params, mut body: Value) -> Result<Value, ApiError> {
    check(params)?;
    let mut paths = params.list("expand");
    // Parents have shorter paths and must be expanded before their fields.
    paths.sort_unstable_by_key(|path| path.len());
    for path in paths {
        let fields: Vec<&str> = path.split('.').collect();
        if !expand(world, &mut body, &fields) {
            return Err(refused(path));
        }
    }
    Ok(body)
}

/// Expands one path; returns false if a field of it does not exist.
fn expand(world: &World, value: &mut Value, path: &[&str]) -> bool {
    if let Some(list) = value.as_array_mut() {
        return list.iter_mut().all(|item| expand(world, item, path));
    }
    let Some((field, rest)) = path.split_first() else { return true };
    match value.get_mut(field) {
        None => false,
        Some(inner) if !rest.is_empty() => inner.is_null() || expand(world, inner, rest),
        Some(inner) => {
            if let Some(object) = inner.as_str().and_then(|id| object(world, id)) {
                *inner = object;
            }
            true
        }
    }
}

/// Finds an object; the id's prefix names its kind.
fn object(world: &World, id: &str) -> Option<Value> {
    match id.split('_').next()? {
        "cus" => world.customer(id).map(customer::render),
        "fcinst" => world.institution(id).map(institution::render),
        "fcaowns" => world.ownership(id).map(account_features::render_ownership),
        "mandate" => world.mandate(id).map(mandate::render),
        "pm" => world.payment_method(id).map(|found| payment_method::render(world, found)),
        _ => None,
    }
}

fn refused(path: &str) -> ApiError {
    ApiError::invalid("expand", format!("This property cannot be expanded ({path})."))
}
