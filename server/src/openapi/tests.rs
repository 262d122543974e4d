//! The description agrees with the scopes of API keys, and names each operation.

use serde_json::Value;

use crate::domain::api_key::Scope;
use crate::router::openapi;

/// Returns each operation with its method and path.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone();
        let path = path.clone();
        item.into_iter().map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn the_scopes_in_the_description_are_those_that_a_key_needs() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let mut checked = 0;
    for (method, path, operation) in operations(&document) {
        let requirements = operation["security"].as_array().cloned().unwrap_or_default();
        let Some(scopes) = requirements.iter().find_map(|one| one.get("api_key")) else { continue };
        let needed = Scope::of(&method, &path).map(Scope::as_str);
        assert_eq!(*scopes, serde_json::json!(needed.as_slice()), "{method} {path}");
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let all = operations(&document);
    let mut names: Vec<_> =
        all.iter().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
}
