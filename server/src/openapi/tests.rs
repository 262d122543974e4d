//! The description names each operation.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::router::openapi;

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations: Vec<&Value> = paths.flat_map(|item| item.as_object().unwrap().values()).collect();
    let names = operations.iter().map(|operation| operation["operationId"].as_str().unwrap());
    assert_eq!(names.collect::<BTreeSet<_>>().len(), operations.len());
}
