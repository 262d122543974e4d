//! Description of the API at `/openapi.json`.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use relink_server::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{API_KEY, CANARY, TestApp, request};

const DOCUMENT: &str = "/openapi.json";
const CHECKED_IN: &str = include_str!("../../../docs/openapi.json");
/// Methods of an OpenAPI path item.
const METHODS: [&str; 4] = ["get", "put", "post", "delete"];

/// Methods by path.
type Routes = BTreeMap<String, BTreeSet<String>>;

fn described(document: &Value) -> Routes {
    let methods = |item: &Value| {
        let used = METHODS.into_iter().filter(|method| item.get(method).is_some());
        used.map(str::to_uppercase).collect()
    };
    let paths = document["paths"].as_object().unwrap();
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// Returns the router's paths, except those of pages and files and those that catch all others.
fn api_paths(app: &TestApp) -> Vec<String> {
    let printed = format!("{:?}", app.router);
    let paths = printed.split('"').filter(|text| text.starts_with('/') && !text.contains("{*"));
    let is_api = |path: &&str| {
        let is_check = ["/healthz", "/readyz"].contains(path);
        let is_below = |folder| path.strip_prefix(folder).is_some_and(|rest| !rest.is_empty());
        is_check || ["/api/", "/v1/", "/r/"].into_iter().any(is_below)
    };
    paths.filter(is_api).map(str::to_owned).collect()
}

/// Returns a path with a value for each parameter.
fn filled(path: &str) -> String {
    let parts: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
    parts.join("/")
}

/// Returns the methods that a route names when it refuses another one.
async fn methods(app: &TestApp, path: &str) -> BTreeSet<String> {
    let answer = app.send(request(Method::TRACE, &filled(path), "", None)).await;
    assert_eq!(answer.status, 405, "{path:?}");
    let allowed = answer.headers["allow"].to_str().unwrap().split(',').map(|method| method.trim().to_owned());
    // Every route with GET has HEAD, too.
    allowed.filter(|method| method != "HEAD").collect()
}

#[test]
fn the_description_that_is_checked_in_is_that_of_the_code() {
    assert!(
        relink_server::openapi() == CHECKED_IN,
        "docs/openapi.json is out of date; renew it: cargo run -p relink-server -- openapi > docs/openapi.json"
    );
}

#[tokio::test]
async fn every_route_of_the_api_is_described_with_its_methods_and_no_other_is() {
    let app = TestApp::start().await;
    let mut routes = Routes::new();
    for path in api_paths(&app) {
        let methods = methods(&app, &path).await;
        routes.insert(path, methods);
    }
    assert_eq!(described(&app.get(DOCUMENT, "").await.json()), routes);
}

#[tokio::test]
async fn a_key_needs_the_scopes_of_the_description() {
    let app = TestApp::with(|options| Options { api_key: Some(API_KEY.into()), ..options }).await;
    // A scope that no route of the API needs.
    let key = crate::requests::keys::create(&app, "console");
    let document = app.get(DOCUMENT, "").await.json();
    let mut named = Vec::new();
    for (path, methods) in described(&document) {
        for method in methods {
            let security = document["paths"][&path][method.to_lowercase()]["security"].as_array().cloned();
            let mut ways = security.unwrap_or_default().into_iter();
            let Some(scopes) = ways.find_map(|way| way.get("api_key").cloned()) else { continue };
            let answer = app.send(request(method.parse().unwrap(), &filled(&path), &key, None)).await;
            assert_eq!(answer.status, 403, "{method} {path}");
            named.push(json!([method, filled(&path), scopes]));
        }
    }
    assert!(named.len() > 15, "{}", named.len());
    let list = app.get("/api/audit?limit=100", API_KEY).await.json();
    let entries = list["data"].as_array().unwrap().iter().rev().map(|entry| &entry["detail"]);
    let refused = entries.filter(|detail| detail["reason"] == "scope");
    let needed: Vec<_> =
        refused.map(|detail| json!([detail["method"], detail["path"], [detail["needs"]]])).collect();
    assert_eq!(named, needed);
}

#[tokio::test]
async fn the_description_may_be_read_by_every_page_and_is_revalidated() {
    let app = TestApp::start().await;
    let first = app.get(DOCUMENT, "").await;
    assert_eq!(first.status, 200);
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-cache"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(first.headers[name], value, "{name}");
    }
    assert_eq!(first.text, relink_server::openapi());
    let mut again: Request<Body> = request(Method::GET, DOCUMENT, "", None);
    again.headers_mut().insert("if-none-match", first.headers["etag"].clone());
    assert_eq!(app.send(again).await.status, 304);
}

#[tokio::test]
async fn the_description_is_the_same_for_every_merchant() {
    let app = TestApp::start().await;
    let text = app.get(DOCUMENT, "").await.text;
    for word in [CANARY, "Acme", &app.stripe.uri()] {
        assert!(!text.contains(word), "{word}");
    }
}
