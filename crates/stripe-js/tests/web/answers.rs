//! Tests of all results of the window: sessions, errors, exceptions, and nonsense.

use stripe_js::{
    CollectError, CollectedAccount, CollectedSession, ErrorKind, FailureReason, RelinkResult, StripeError,
    Thrown,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{SECRET, collect, stripe};

#[expect(clippy::unnecessary_wraps, reason = "short for the fields that it fills")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

async fn session(fields: &str) -> CollectedSession {
    collect(&format!("return Promise.resolve({{ financialConnectionsSession: {fields} }});")).await.unwrap()
}

async fn relink(fields: &str) -> Option<RelinkResult> {
    session(&format!("{{ id: 'fcsess_1', accounts: [], relink_result: {fields} }}")).await.relink_result
}

fn checking() -> CollectedAccount {
    CollectedAccount {
        id: "fca_1".to_owned(),
        display_name: some("Everyday Checking"),
        institution_name: some("Alder Bank"),
        last4: some("6789"),
    }
}

const CHECKING: &str =
    "{ id: 'fca_1', object: 'financial_connections.account', display_name: 'Everyday Checking',
    institution_name: 'Alder Bank', last4: '6789', status: 'active', balance: null }";

#[wasm_bindgen_test]
async fn a_relinked_account_is_read() {
    let result = "{ authorization: 'fcauth_1', account: 'fca_1', failure_reason: null, later: {} }";
    let read =
        session(&format!("{{ id: 'fcsess_1', accounts: [{CHECKING}], relink_result: {result}, later: 1 }}"))
            .await;
    let relink_result =
        Some(RelinkResult { authorization: some("fcauth_1"), account: some("fca_1"), failure_reason: None });
    assert_eq!(read, CollectedSession { id: some("fcsess_1"), accounts: vec![checking()], relink_result });
}

#[wasm_bindgen_test]
async fn accounts_may_be_a_list_object() {
    let read = session(&format!(
        "{{ id: 'fcsess_1', accounts: {{ object: 'list', data: [{CHECKING}], has_more: false }} }}"
    ))
    .await;
    assert_eq!(
        read,
        CollectedSession { id: some("fcsess_1"), accounts: vec![checking()], relink_result: None }
    );
}

#[wasm_bindgen_test]
async fn each_failure_reason_is_told_apart() {
    let cases = [
        ("no_account", FailureReason::NoAccount),
        ("no_authorization", FailureReason::NoAuthorization),
        ("other", FailureReason::Other),
        ("moon_phase", FailureReason::Unknown("moon_phase".to_owned())),
    ];
    for (word, reason) in cases {
        let result =
            relink(&format!("{{ authorization: null, account: null, failure_reason: '{word}' }}")).await;
        assert_eq!(result, Some(RelinkResult { failure_reason: Some(reason), ..RelinkResult::default() }));
    }
}

#[wasm_bindgen_test]
async fn a_relink_result_may_be_absent_or_nonsense() {
    for fields in ["undefined", "null", "'fca_1'", "7", "true"] {
        assert_eq!(relink(fields).await, None, "{fields}");
    }
    let bare = Some(RelinkResult::default());
    for fields in
        ["{}", "[]", "{ authorization: 7, account: {}, failure_reason: ['other'] }", "{ failure_reason: '' }"]
    {
        assert_eq!(relink(fields).await, bare, "{fields}");
    }
}

#[wasm_bindgen_test]
async fn fields_of_the_wrong_type_are_left_out() {
    let nonsense =
        "[null, undefined, 7, 'fca_1', {}, { id: 7 }, , { id: 'fca_1', last4: 6789, display_name: null }]";
    let read = session(&format!("{{ id: 7, accounts: {nonsense} }}")).await;
    let bare =
        CollectedAccount { id: "fca_1".to_owned(), display_name: None, institution_name: None, last4: None };
    assert_eq!(read, CollectedSession { accounts: vec![bare], ..CollectedSession::default() });
    for accounts in
        ["undefined", "null", "7", "'abc'", "{}", "{ data: null }", "{ data: {} }", "{ length: 1 }"]
    {
        let read = session(&format!("{{ accounts: {accounts} }}")).await;
        assert_eq!(read, CollectedSession::default(), "{accounts}");
    }
}

#[wasm_bindgen_test]
async fn an_answer_without_a_session_is_an_empty_session() {
    let answers = [
        "return Promise.resolve({});",
        "return Promise.resolve();",
        "return Promise.resolve(null);",
        "return Promise.resolve('done');",
        "return Promise.resolve({ financialConnectionsSession: undefined, error: undefined });",
        "return Promise.resolve({ financialConnectionsSession: 'x', error: null });",
        "return {};",
        "",
    ];
    for answer in answers {
        assert_eq!(collect(answer).await, Ok(CollectedSession::default()), "{answer}");
    }
}

#[wasm_bindgen_test]
async fn an_error_of_stripe_is_read_whole() {
    let error = collect(
        "return Promise.resolve({ error: { type: 'invalid_request_error', code: 'resource_missing',
            message: 'No such session', param: 'client_secret', doc_url: 'https://docs.example/x',
            request_log_url: 'https://dashboard.example/req_1', payment_intent: {} } });",
    )
    .await
    .unwrap_err();
    assert_eq!(error.to_string(), "invalid_request_error: No such session");
    let expected = StripeError {
        kind: ErrorKind::InvalidRequest,
        code: some("resource_missing"),
        message: some("No such session"),
        param: some("client_secret"),
        doc_url: some("https://docs.example/x"),
        request_log_url: some("https://dashboard.example/req_1"),
    };
    assert_eq!(error, CollectError::Stripe(Box::new(expected)));
}

#[wasm_bindgen_test]
async fn an_error_of_stripe_may_be_of_any_shape() {
    let unknown = |word: &str| ErrorKind::Unknown(word.to_owned());
    let cases = [
        ("{}", unknown(""), None, "error"),
        ("{ type: 'api_error' }", ErrorKind::Api, None, "api_error"),
        ("{ type: 'later_error', message: 7 }", unknown("later_error"), None, "later_error"),
        ("'plain words'", unknown(""), some("plain words"), "error: plain words"),
        ("true", unknown(""), None, "error"),
    ];
    for (error, kind, message, printed) in cases {
        let read = collect(&format!("return Promise.resolve({{ error: {error} }});")).await.unwrap_err();
        assert_eq!(read.to_string(), printed, "{error}");
        let expected =
            StripeError { kind, code: None, message, param: None, doc_url: None, request_log_url: None };
        assert_eq!(read, CollectError::Stripe(Box::new(expected)), "{error}");
    }
}

#[wasm_bindgen_test]
async fn each_kind_of_error_keeps_stripes_word() {
    let cases = [
        ("api_connection_error", ErrorKind::ApiConnection),
        ("api_error", ErrorKind::Api),
        ("authentication_error", ErrorKind::Authentication),
        ("card_error", ErrorKind::Card),
        ("idempotency_error", ErrorKind::Idempotency),
        ("invalid_request_error", ErrorKind::InvalidRequest),
        ("rate_limit_error", ErrorKind::RateLimit),
        ("validation_error", ErrorKind::Validation),
    ];
    for (word, kind) in cases {
        assert_eq!(kind.as_str(), word);
        let read = collect(&format!("return {{ error: {{ type: '{word}' }} }};")).await.unwrap_err();
        let expected = StripeError {
            kind,
            code: None,
            message: None,
            param: None,
            doc_url: None,
            request_log_url: None,
        };
        assert_eq!(read, CollectError::Stripe(Box::new(expected)));
    }
}

#[wasm_bindgen_test]
async fn an_exception_is_thrown_whether_at_once_or_later() {
    let made = "Object.assign(new Error('no window'), { name: 'IntegrationError' })";
    for body in [format!("throw {made};"), format!("return Promise.reject({made});")] {
        let expected = Thrown { name: "IntegrationError".to_owned(), message: "no window".to_owned() };
        assert_eq!(collect(&body).await, Err(CollectError::Thrown(expected)), "{body}");
    }
}

#[wasm_bindgen_test]
async fn anything_may_be_thrown() {
    let cases = [
        ("'plain words'", "", "plain words"),
        ("undefined", "", "undefined"),
        ("null", "", "null"),
        ("42", "", "42"),
        ("Symbol('s')", "", "Symbol(s)"),
        ("{ message: 'half an error' }", "", "half an error"),
        ("{ name: 'Odd', message: 7, toString: () => 'by hand' }", "Odd", "by hand"),
        ("Object.create(null)", "", ""),
        ("{ get name() { throw 1; }, get message() { throw 2; }, toString() { throw 3; } }", "", ""),
    ];
    for (value, name, message) in cases {
        let expected = Thrown { name: name.to_owned(), message: message.to_owned() };
        let body = format!("return Promise.reject({value});");
        assert_eq!(collect(&body).await, Err(CollectError::Thrown(expected)), "{value}");
    }
}

#[wasm_bindgen_test]
async fn no_text_that_comes_back_shows_a_client_secret() {
    let echo = "const say = `<${clientSecret}> and fcsess_client_secret_Canary`;";
    let bodies = [
        "throw new Error(say);",
        "return Promise.reject(Object.assign(new Error(say), { name: say }));",
        "return Promise.reject(say);",
        "return Promise.reject({ toString: () => say });",
        "return { error: say };",
        "return { error: { type: say, code: say, message: say, param: say, doc_url: say, request_log_url: say } };",
        "return { financialConnectionsSession: { id: say, relink_result: { authorization: say, account: say,
            failure_reason: say }, accounts: [{ id: say, display_name: say, institution_name: say, last4: say }] } };",
    ];
    for body in bodies {
        let answer = collect(&format!("{echo} {body}")).await;
        let shown = answer.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let printed = format!("{answer:?} {shown}");
        assert!(printed.contains("[redacted]"), "{printed}");
        assert!(!printed.contains(SECRET) && !printed.contains("Canary"), "{printed}");
    }
}

#[wasm_bindgen_test]
async fn an_instance_prints_nothing_of_what_it_was_given() {
    let stripe = stripe("return new Promise(() => {});").await;
    assert_eq!(format!("{stripe:?}"), "Stripe");
}
