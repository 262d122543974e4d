//! Fake of Stripe's accounts.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Accounts at the fake Stripe, listed by holder and read by id. Mocks of a test take precedence.
#[derive(Clone, Default)]
pub(crate) struct Accounts(Arc<Mutex<Vec<Value>>>);

impl Accounts {
    /// Adds the account, or replaces the one with the same id.
    pub(crate) fn put(&self, account: Value) {
        let mut accounts = self.0.lock().unwrap();
        accounts.retain(|other| other["id"] != account["id"]);
        accounts.push(account);
    }

    pub(crate) async fn mount(&self, stripe: &MockServer) {
        let get = || Mock::given(method("GET"));
        let (list, read) = (self.clone(), self.clone());
        get()
            .and(path("/v1/financial_connections/accounts"))
            .respond_with(move |request: &Request| list.held(request))
            .with_priority(10)
            .mount(stripe)
            .await;
        get()
            .and(path_regex("^/v1/financial_connections/accounts/[^/]+$"))
            .respond_with(move |request: &Request| read.named(request))
            .with_priority(10)
            .mount(stripe)
            .await;
    }

    fn held(&self, request: &Request) -> ResponseTemplate {
        let holder = request.url.query_pairs().find(|(name, _)| name == "account_holder[customer]");
        let is_held = |account: &&Value| {
            holder.as_ref().is_none_or(|(_, holder)| account["account_holder"]["customer"] == **holder)
        };
        let accounts = self.0.lock().unwrap();
        let held: Vec<&Value> = accounts.iter().filter(is_held).collect();
        ResponseTemplate::new(200).set_body_json(json!({"object": "list", "data": held, "has_more": false}))
    }

    fn named(&self, request: &Request) -> ResponseTemplate {
        let id = request.url.path().rsplit('/').next().unwrap();
        let accounts = self.0.lock().unwrap();
        match accounts.iter().find(|account| account["id"] == id) {
            Some(account) => ResponseTemplate::new(200).set_body_json(account),
            None => ResponseTemplate::new(404),
        }
    }
}
