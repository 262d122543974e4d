//! `relink-server check`, with Stripe faked at the socket.

use std::process::Command;

use relink_test_kit::{IssuerStub, OIDC_CLIENT};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::console::oidc::KEY;
use crate::process::Process;
use crate::support::{CANARY, TOKEN_KEY, WEBHOOK_SECRET};

/// Runs the command with the settings of a shop, changed by these. Returns whether it succeeded, and what it printed.
fn check(stripe: &str, changes: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relink-server"));
    command.arg("check").env_clear();
    for (name, value) in [
        ("DATABASE_URL", "sqlite:/nowhere/relink.db"),
        ("RELINK_MERCHANT_NAME", "Acme"),
        ("RELINK_TOKEN_ALGORITHM", "HS256"),
        ("RELINK_TOKEN_KEY", TOKEN_KEY),
        ("STRIPE_API_URL", stripe),
        ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"),
        ("STRIPE_SECRET_KEY", "rk_test_canary"),
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
    ] {
        command.env(name, value);
    }
    let output = command.envs(changes.iter().copied()).output().unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!printed.contains(CANARY), "{printed}");
    (output.status.success(), printed)
}

/// Returns the lines about this subject.
fn lines<'a>(printed: &'a str, subject: &str) -> Vec<&'a str> {
    printed.lines().filter(|line| line.contains(subject)).collect()
}

/// Stripe that knows none of the objects that are asked for, and has one event destination.
async fn stripe() -> MockServer {
    let stripe = MockServer::start().await;
    let missing = json!({"error": {"code": "resource_missing", "message": "No such object"}});
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(404).set_body_json(missing))
        .with_priority(200)
        .mount(&stripe)
        .await;
    let list = json!({"object": "list", "has_more": false, "data": [{
        "id": "we_1", "url": "https://relink.acme.example/webhooks/stripe", "status": "enabled",
        "enabled_events": ["*"], "api_version": "2026-09-30.preview",
    }]});
    let answer = ResponseTemplate::new(200).set_body_json(list);
    Mock::given(path("/v1/webhook_endpoints")).respond_with(answer).mount(&stripe).await;
    stripe
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_do_everything_passes_and_nothing_is_made_at_stripe() {
    let stripe = stripe().await;
    let (is_good, printed) = check(&stripe.uri(), &[]);
    assert!(is_good, "{printed}");
    assert_eq!(lines(&printed, "key: ").len(), 9, "{printed}");
    assert!(lines(&printed, "key: ").iter().all(|line| line.starts_with("ok ")), "{printed}");
    assert!(lines(&printed, "event destination")[0].starts_with("ok "), "{printed}");
    assert!(lines(&printed, "clock")[0].starts_with("ok "), "{printed}");
    assert!(lines(&printed, "database")[0].starts_with("look "), "{printed}");
    for request in stripe.received_requests().await.unwrap() {
        let is_harmless = request.method.as_str() == "GET" || request.body.is_empty();
        assert!(is_harmless, "{request:?}");
        // The one POST with which Stripe would make an object without any parameter.
        assert_ne!((request.method.as_str(), request.url.path()), ("POST", "/v1/setup_intents"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_the_key_lacks_is_named_and_fails() {
    let stripe = stripe().await;
    let denied = json!({"error": {"message": "The provided key 'rk_test_*********nary' does not have the required permissions."}});
    let answer = ResponseTemplate::new(403).set_body_json(denied);
    Mock::given(method("POST")).and(path("/v1/payment_methods")).respond_with(answer).mount(&stripe).await;
    let (is_good, printed) = check(&stripe.uri(), &[]);
    assert!(!is_good && printed.contains("1 of "), "{printed}");
    let line = lines(&printed, "key: Payment methods: write")[0];
    assert!(line.starts_with("FAIL ") && line.contains("does not have the required permissions"), "{line}");
    let data = [("RELINK_PURPOSE", "data"), ("RELINK_PERMISSIONS", "balances")];
    let (is_good, printed) = check(&stripe.uri(), &data);
    assert!(is_good && printed.contains("not needed without payments"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_account_that_the_key_has_no_access_to_fails() {
    let stripe = stripe().await;
    let ada = [("RELINK_STRIPE_ACCOUNT", "acct_Ada")];
    let (is_good, printed) = check(&stripe.uri(), &ada);
    assert!(is_good, "{printed}");
    assert!(lines(&printed, "connected account")[0].starts_with("?  "), "not found is no answer: {printed}");
    let unknown = json!({"error": {"code": "account_invalid", "message": "The provided key does not have access to account 'acct_Ada'"}});
    let refused = ResponseTemplate::new(403).set_body_json(unknown);
    let of_ada = wiremock::matchers::header("stripe-account", "acct_Ada");
    Mock::given(of_ada).respond_with(refused).with_priority(1).mount(&stripe).await;
    let (is_good, printed) = check(&stripe.uri(), &ada);
    let line = lines(&printed, "connected account")[0];
    assert!(
        !is_good && line.starts_with("FAIL ") && line.contains("acct_Ada") && line.contains("no access"),
        "{printed}"
    );
    assert!(lines(&printed, "key: ").is_empty(), "each would fail for this reason: {printed}");
    assert!(lines(&printed, "event destination")[0].starts_with("ok "), "the platform's: {printed}");
}

#[test]
fn what_cannot_be_tried_is_no_failure_and_settings_come_first() {
    let (is_good, printed) = check("http://127.0.0.1:9", &[]);
    assert!(is_good && lines(&printed, "key: ").iter().all(|line| line.starts_with("?  ")), "{printed}");
    let (is_good, printed) = check("http://127.0.0.1:9", &[("RELINK_TOKEN_KEY", "short")]);
    assert!(!is_good && printed.starts_with("FAIL  settings  RELINK_TOKEN_KEY is too short"), "{printed}");
}

#[test]
fn the_file_in_the_working_folder_sets_what_no_variable_sets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relink.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let checked = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relink-server"));
        command.arg("check").env_clear().current_dir(folder.path());
        command.env("RELINK_TOKEN_KEY", TOKEN_KEY).env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET);
        command.env("RELINK_SANDBOX_URL", "http://127.0.0.1:9");
        let output = command.envs(variables.iter().copied()).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    write(
        "RELINK_TOKEN_ALGORITHM = 'HS256'\nRELINK_LISTEN = '127.0.0.1:0'\nRELINK_OPERATORS = ['ada', 'bob']\n",
    );
    let printed = checked(&[]);
    assert!(lines(&printed, "settings")[1].contains("RELINK_OPERATORS is not a list"), "{printed}");
    let printed = checked(&[("RELINK_OPERATORS", "")]);
    let line = "ok    settings file           relink.toml sets RELINK_LISTEN, RELINK_TOKEN_ALGORITHM";
    assert!(lines(&printed, "settings file")[0].split_whitespace().eq(line.split_whitespace()), "{printed}");
    assert!(lines(&printed, "token key")[0].contains("HS256"), "{printed}");
    write("RELINK_TOKEN_ALGO = 'HS256'\n");
    let printed = checked(&[]);
    let expected = "error: the settings in relink.toml: there is no setting `RELINK_TOKEN_ALGO`; \
                    RELINK_TOKEN_ALGORITHM is similar";
    assert!(printed.contains(expected), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_running_server_is_asked_by_a_signed_event_that_it_does_not_keep() {
    let (stripe, folder) = (stripe().await, tempfile::tempdir().unwrap());
    let database = format!("sqlite:{}/relink.db", folder.path().display());
    let server = Process::start(&database, "").await;
    let public = server.url.as_str();
    let settings = [("RELINK_PUBLIC_URL", public), ("DATABASE_URL", &database)];
    let (_, printed) = check(&stripe.uri(), &settings);
    assert!(lines(&printed, "public address")[0].starts_with("ok "), "{printed}");
    assert!(lines(&printed, "webhook secret 1")[0].starts_with("ok "), "{printed}");
    assert!(lines(&printed, "database")[0].starts_with("ok "), "{printed}");
    let other = [settings[0], settings[1], ("STRIPE_WEBHOOK_SECRET", "whsec_another_canary")];
    let (is_good, printed) = check(&stripe.uri(), &other);
    let line = lines(&printed, "webhook secret 1")[0];
    assert!(
        !is_good && line.starts_with("FAIL ") && line.contains("The signature does not match"),
        "{printed}"
    );
    let events = crate::database::Database { url: database }.texts("SELECT id FROM events").await;
    assert!(events.is_empty(), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_running_server_is_asked_below_the_path_of_its_public_url() {
    let (stripe, folder) = (stripe().await, tempfile::tempdir().unwrap());
    let database = format!("sqlite:{}/relink.db", folder.path().display());
    let settings = [("RELINK_PUBLIC_URL", "http://127.0.0.1:9/relink")];
    let server = Process::start_with(&database, "", &settings).await;
    for (path, is_there) in [("/relink", true), ("/relink/", true), ("/elsewhere", false)] {
        let public = format!("{}{path}", server.url);
        let settings = [("RELINK_PUBLIC_URL", public.as_str()), ("DATABASE_URL", &database)];
        let (_, printed) = check(&stripe.uri(), &settings);
        let address = lines(&printed, "public address")[0];
        assert_eq!(address.starts_with("ok "), is_there, "{printed}");
        assert!(address.contains(&format!("{}/readyz", public.trim_end_matches('/'))), "{printed}");
        let secret = lines(&printed, "webhook secret 1");
        assert_eq!(secret.first().is_some_and(|line| line.starts_with("ok ")), is_there, "{printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_issuer_is_read_and_has_to_take_the_secret() {
    let (stripe, issuer) = (stripe().await, IssuerStub::start(KEY).await.unwrap());
    let name = issuer.name();
    let settings = [
        ("RELINK_OIDC_ISSUER", name.as_str()),
        ("RELINK_OIDC_CLIENT_ID", OIDC_CLIENT.0),
        ("RELINK_OIDC_CLIENT_SECRET", OIDC_CLIENT.1),
        ("RELINK_OIDC_ROLES", "staff:viewer"),
        ("RELINK_OIDC_REDIRECT_URL", "http://127.0.0.1/console/oidc/callback"),
    ];
    let checked = |name: &str, value: &str| {
        let settings = settings.map(|given| if given.0 == name { (given.0, value) } else { given });
        let (is_good, printed) = check(&stripe.uri(), &settings);
        (is_good, lines(&printed, "operators' issuer").concat())
    };
    let (is_good, line) = checked("", "");
    assert!(is_good && line.starts_with("ok "), "{line}");
    let (is_good, line) = checked("RELINK_OIDC_CLIENT_SECRET", "another");
    assert!(!is_good && line.starts_with("FAIL ") && line.contains("invalid_client"), "{line}");
    let (is_good, line) = checked("RELINK_OIDC_ISSUER", &format!("{name}/"));
    assert!(!is_good && line.contains(&format!("the issuer names itself `{name}`")), "{line}");
    issuer.set_down(true);
    let (is_good, line) = checked("", "");
    assert!(!is_good && line.contains("503"), "{line}");
    let (is_good, printed) = check(&stripe.uri(), &settings[..1]);
    assert!(!is_good && printed.contains("RELINK_OIDC_ROLES is not set"), "{printed}");
}
