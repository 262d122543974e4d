//! Responses of the fake Stripe, and the requests that it received.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::support::TestApp;

impl TestApp {
    /// Sets the response to GETs of this path.
    pub(crate) async fn stripe_has(&self, address: &str, body: Value) {
        Self::stripe_answers(address, 200, body).mount(&self.stripe).await;
    }

    /// Makes GETs of this path fail, whatever was set before, with an error that is not retried.
    pub(crate) async fn stripe_refuses(&self, address: &str) {
        let why = json!({"error": {"type": "invalid_request_error"}});
        Self::stripe_answers(address, 400, why).with_priority(1).mount(&self.stripe).await;
    }

    fn stripe_answers(address: &str, status: u16, body: Value) -> Mock {
        let answer = ResponseTemplate::new(status).set_body_json(body).insert_header("request-id", "req_1");
        Mock::given(method("GET")).and(path(address)).respond_with(answer)
    }

    /// Adds an account at Stripe, or replaces the one with the same id.
    pub(crate) fn stripe_has_account(&self, account: Value) {
        self.accounts.put(account);
    }

    /// Sets the response to the next `times` POSTs of this path.
    pub(crate) async fn stripe_takes(&self, address: &str, answer: ResponseTemplate, times: u64) {
        Mock::given(method("POST"))
            .and(path(address))
            .respond_with(answer)
            .up_to_n_times(times)
            .mount(&self.stripe)
            .await;
    }

    /// Makes Stripe create this session.
    pub(crate) async fn stripe_makes(&self, session: Value) {
        self.stripe_answers_post(ResponseTemplate::new(200).set_body_json(session), u64::MAX).await;
    }

    pub(crate) async fn stripe_answers_post(&self, answer: ResponseTemplate, times: u64) {
        self.stripe_takes("/v1/financial_connections/sessions", answer, times).await;
    }

    /// Returns the POSTs that Stripe received at this path.
    pub(crate) async fn posts_to(&self, path: &str) -> Vec<Request> {
        self.posts().await.into_iter().filter(|post| post.url.path() == path).collect()
    }

    /// Returns the POSTs that Stripe received.
    pub(crate) async fn posts(&self) -> Vec<Request> {
        let requests = self.stripe.received_requests().await.unwrap();
        requests.into_iter().filter(|request| request.method.as_str() == "POST").collect()
    }
}
