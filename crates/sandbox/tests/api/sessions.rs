//! Creating and reading sessions, and every result that a customer can cause.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{Client, EXACT, JENNY, SESSIONS};

fn outcome(session: &Value) -> String {
    let ids: Vec<&Value> =
        session["accounts"]["data"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    format!("{} {} {}", session["status"], session["relink_result"], json!(ids))
}

#[tokio::test]
async fn a_relink_session_has_the_documented_shape() {
    let client = Client::new();
    let mut session = client.create(EXACT).await.body;
    assert!(session["client_secret"].as_str().unwrap().starts_with("fcsess_client_secret_"));
    session["client_secret"] = "[secret]".into();
    assert_snapshot!(format!("{session:#}"), @r#"
    {
      "account_holder": {
        "customer": "cus_SandboxJenny",
        "type": "customer"
      },
      "accounts": {
        "data": [],
        "has_more": false,
        "object": "list",
        "url": "/v1/financial_connections/accounts"
      },
      "client_secret": "[secret]",
      "filters": {
        "account_subcategories": [
          "checking",
          "savings"
        ],
        "country": null
      },
      "id": "fcsess_Sandbox0001",
      "limits": {
        "accounts": 1
      },
      "livemode": false,
      "object": "financial_connections.session",
      "permissions": [
        "payment_method",
        "balances"
      ],
      "prefetch": null,
      "relink_options": {
        "account": "fca_AlderChecking6789",
        "authorization": "fcauth_AlderJenny"
      },
      "status": "pending",
      "status_details": {},
      "ui_mode": "modal",
      "url": null
    }
    "#);
}

#[tokio::test]
async fn fields_that_were_not_given_are_absent() {
    let session =
        Client::new().create(&format!("{JENNY}&permissions[]=balances&prefetch[0]=balances")).await.body;
    for absent in ["limits", "manual_entry", "relink_options", "relink_result", "return_url"] {
        assert!(session.get(absent).is_none(), "{absent}");
    }
    assert_eq!(session["prefetch"], json!(["balances"]));
}

#[tokio::test]
async fn the_exact_account_succeeds() {
    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    let result = client.choose(&secret, "6789").await.body;
    assert_eq!(result["accounts"][0]["id"], "fca_AlderChecking6789", "a plain array in the browser");
    let session = client.read_session(&id).await;
    assert_snapshot!(outcome(&session), @r#""succeeded" {"account":"fca_AlderChecking6789","authorization":"fcauth_AlderJenny","failure_reason":null} ["fca_AlderChecking6789"]"#);
    assert_eq!(result["relink_result"], session["relink_result"]);
    let authorization = client.get("/v1/financial_connections/authorizations/fcauth_AlderJenny").await.body;
    assert_eq!(authorization["status"], "active");
}

#[tokio::test]
async fn another_account_fails_with_no_account() {
    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    client.choose(&secret, "1204").await;
    assert_snapshot!(outcome(&client.read_session(&id).await), @r#""failed" {"account":null,"authorization":null,"failure_reason":"no_account"} []"#);
}

#[tokio::test]
async fn an_unfinished_login_and_a_failing_bank_have_their_own_reasons() {
    let client = Client::new();
    for reason in ["no_authorization", "other"] {
        let (id, secret) = client.session(EXACT).await;
        client.step("open", &secret, json!({})).await;
        client.step("fail", &secret, json!({ "reason": reason })).await;
        let result = json!({ "authorization": null, "account": null, "failure_reason": reason });
        let session = client.read_session(&id).await;
        assert_eq!((&session["status"], &session["relink_result"]), (&json!("failed"), &result));
    }
}

#[tokio::test]
async fn a_closed_window_is_a_cancellation_without_relink_result() {
    let client = Client::new();
    let (id, secret) = client.session(EXACT).await;
    client.step("open", &secret, json!({})).await;
    client.step("close", &secret, json!({})).await;
    let session = client.read_session(&id).await;
    assert_eq!(session["status"], "cancelled");
    assert_eq!(session["status_details"], json!({ "cancelled": { "reason": "other" } }));
    assert!(session.get("relink_result").is_none());
    assert_eq!(session["accounts"]["data"], json!([]));
}

#[tokio::test]
async fn an_authorization_alone_names_no_account_in_its_result() {
    let client = Client::new();
    let form = EXACT.replace("&relink_options[account]=fca_AlderChecking6789", "");
    let (id, secret) = client.session(&form).await;
    client.choose(&secret, "2231").await;
    assert_snapshot!(outcome(&client.read_session(&id).await), @r#""succeeded" {"account":null,"authorization":"fcauth_AlderJenny","failure_reason":null} ["fca_Sandbox0001"]"#);
}

#[tokio::test]
async fn an_account_without_a_holder_is_relinked_without_one() {
    let client = Client::new();
    let form = "permissions[]=payment_method&relink_options[authorization]=fcauth_AlderNoHolder\
        &relink_options[account]=fca_NoHolderChecking7300";
    let (id, secret) = client.session(form).await;
    client.choose(&secret, "7300").await;
    assert_snapshot!(outcome(&client.read_session(&id).await), @r#""succeeded" {"account":"fca_NoHolderChecking7300","authorization":"fcauth_AlderNoHolder","failure_reason":null} ["fca_NoHolderChecking7300"]"#);
    let refused = client.create(&format!("{form}&{JENNY}")).await;
    assert_eq!(refused.refusal(), "400 - account_holder");
}

#[tokio::test]
async fn reads_can_return_pending_after_the_end() {
    let client = Client::new();
    client.post("/_sandbox/settings", json!({ "pending_reads": 2 })).await;
    let (id, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    for _ in 0..2 {
        let session = client.read_session(&id).await;
        assert_eq!((&session["status"], session.get("relink_result")), (&json!("pending"), None));
        assert_eq!(session["accounts"]["data"], json!([]));
    }
    assert_eq!(client.read_session(&id).await["status"], "succeeded");
}

#[tokio::test]
async fn wrong_parameters_are_refused_by_name() {
    let client = Client::new();
    let relink = "&relink_options[authorization]=fcauth_AlderJenny";
    let table = [
        ("", "400 parameter_missing permissions"),
        ("permissions[]=everything", "400 - permissions[0]"),
        ("permissions=balances", "400 - permissions"),
        ("permissions[]=balances&colour=red", "400 parameter_unknown colour"),
        ("permissions[]=balances&limits[customers]=1", "400 parameter_unknown limits[customers]"),
        ("permissions[]=balances&limits[accounts]=0", "400 - limits[accounts]"),
        ("permissions[]=balances&limits[accounts]=one", "400 parameter_invalid_integer limits[accounts]"),
        (
            "permissions[]=balances&filters[account_subcategories][]=gold",
            "400 - filters[account_subcategories][0]",
        ),
        ("permissions[]=balances&filters[institution]=fcinst_x", "400 resource_missing filters[institution]"),
        (
            "permissions[]=balances&account_holder[customer]=cus_1",
            "400 parameter_missing account_holder[type]",
        ),
        (
            "permissions[]=balances&account_holder[type]=customer",
            "400 parameter_missing account_holder[customer]",
        ),
        ("permissions[]=balances&return_url=", "400 parameter_invalid_empty return_url"),
        (
            "permissions[]=balances&relink_options[account]=fca_AlderChecking6789",
            "400 parameter_missing relink_options[authorization]",
        ),
    ];
    for (form, refusal) in table {
        assert_eq!(client.create(form).await.refusal(), refusal, "{form}");
    }
    let form =
        format!("permissions[]=balances&{JENNY}{relink}&relink_options[account]=fca_CopperfieldSavings4421");
    assert_eq!(client.create(&form).await.refusal(), "400 - relink_options[account]");
    let two = EXACT.replace("limits[accounts]=1", "limits[accounts]=2");
    assert_eq!(client.create(&two).await.refusal(), "400 - limits[accounts]");
    let elsewhere = format!("{EXACT}&filters[institution]=fcinst_TernBank");
    assert_eq!(client.create(&elsewhere).await.refusal(), "400 - filters[institution]");
    let other = format!(
        "permissions[]=balances{relink}&account_holder[type]=customer&account_holder[customer]=cus_X"
    );
    assert_eq!(client.create(&other).await.refusal(), "400 - account_holder");
}

#[tokio::test]
async fn all_spellings_of_a_form_make_the_same_session() {
    let indexed = EXACT.replace(
        "permissions[]=payment_method&permissions[]",
        "permissions[0]=payment_method&permissions[1]",
    );
    let encoded = EXACT.replace('[', "%5B").replace(']', "%5D");
    for form in [EXACT, &indexed, &encoded] {
        let session = Client::new().create(form).await.body;
        assert_eq!(session["permissions"], json!(["payment_method", "balances"]));
        assert_eq!(session["relink_options"]["account"], "fca_AlderChecking6789");
    }
}

#[tokio::test]
async fn an_unknown_session_is_not_found() {
    let answer = Client::new().get(&format!("{SESSIONS}/fcsess_x")).await;
    assert_snapshot!(answer.body["error"], @r#"{"code":"resource_missing","doc_url":"https://stripe.com/docs/error-codes/resource-missing","message":"No such session: 'fcsess_x'","param":"id","type":"invalid_request_error"}"#);
    assert_eq!(answer.status, 404);
}
