//! Connected accounts and customer accounts as holders of bank accounts: each sees and repairs its own and no other's.

use relink_server::{Options, PaymentOptions, RequestOptions, work_until_idle};
use relink_test_kit::SmtpStub;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{BROKEN, JENNY, Stand};
use crate::support::{API_KEY, now, signed, token};

/// Connected account of the scene, which is a customer account as well.
pub(super) const PAYEE: &str = "acct_SandboxVera";
/// The customer account, as the server writes it.
const MEMBER: &str = "customer_account_acct_SandboxVera";
/// Broken account of the connected account.
pub(super) const PAYOUTS: &str = "fca_LindenChecking4407";
/// Broken account of the customer account.
const MEMBERS: &str = "fca_LindenMember4431";
const HEALTHY: &str = "fca_CopperfieldChecking4423";
pub(super) const LINDEN: &str = "fcinst_LindenBank";

/// Starts a shop that pays out to the connected account of the scene, and debits customers.
async fn platform(change: impl FnOnce(Options) -> Options) -> Stand {
    let stand =
        Stand::start(|options| change(Options { purpose: "payouts,payments".to_owned(), ..options })).await;
    stand.control("/_sandbox/scenes", &json!({"scene": "payouts"})).await;
    stand
}

fn by_mail(url: &str) -> RequestOptions {
    RequestOptions {
        public_url: Some("https://reconnect.example".to_owned()),
        return_origins: Some("https://shop.example".to_owned()),
        smtp_url: Some(SecretString::from(url)),
        mail_from: Some("Acme <billing@acme.example>".to_owned()),
        ..RequestOptions::default()
    }
}

/// Returns a token of the customer account, as a back end signs it.
fn member() -> String {
    let claims = json!({
        "sub": PAYEE, "customer_account": true, "purpose": "payments", "sid": "s1", "iat": now(), "exp": now() + 300,
    });
    signed(&claims)
}

async fn listed(stand: &Stand, token: &str) -> Vec<String> {
    let list = stand.app.get("/api/accounts", token).await;
    assert_eq!(list.status, 200, "{}", list.text);
    let list = list.json();
    let ids = list["accounts"].as_array().unwrap_or_else(|| panic!("{list}")).iter();
    ids.map(|account| account["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_holder_lists_its_own_accounts_and_reaches_no_others() {
    let stand = platform(|options| options).await;
    assert_eq!(listed(&stand, &token(PAYEE)).await, [PAYOUTS, HEALTHY]);
    assert_eq!(listed(&stand, &member()).await, [MEMBERS]);
    assert_eq!(listed(&stand, &token("acct_SandboxNobody")).await, [""; 0]);
    let all = [BROKEN, PAYOUTS, MEMBERS];
    for (token, own) in [(token(JENNY), BROKEN), (token(PAYEE), PAYOUTS), (member(), MEMBERS)] {
        for account in all {
            let read = stand.app.get(&format!("/api/accounts/{account}"), &token).await;
            let begun = stand.app.begin(&token, account).await;
            let expected = if account == own { 200 } else { 404 };
            assert_eq!(
                (read.status.as_u16(), begun.status.as_u16()),
                (expected, expected),
                "{own} {account}"
            );
        }
    }
}

#[tokio::test]
async fn a_session_names_the_holder_as_stripe_does() {
    let stand = platform(|options| options).await;
    for (token, account, expected) in [
        (token(PAYEE), PAYOUTS, json!({"type": "account", "account": PAYEE})),
        (member(), MEMBERS, json!({"type": "customer", "customer_account": PAYEE})),
    ] {
        let begun = stand.app.begin(&token, account).await.json();
        let path = format!("/v1/financial_connections/sessions/{}", begun["session"].as_str().unwrap());
        assert_eq!(stand.read(&path).await["account_holder"], expected);
    }
}

#[tokio::test]
async fn a_connected_account_relinks_its_account_and_the_merchant_hears_whose_it_is() {
    let stand = platform(|options| options).await;
    assert_eq!(listed(&stand, &token(PAYEE)).await, [PAYOUTS, HEALTHY]);
    let (_, outcome) = stand.relink_those(PAYEE, PAYOUTS, LINDEN, |holding| holding["last4"] == "4407").await;
    assert_eq!(outcome["relinked"]["restored"][0]["id"], PAYOUTS, "{outcome}");
    stand.deliver_events().await;
    let heard = stand.merchant_hears("connection.repaired").await;
    let [repaired] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!((&repaired["data"]["id"], &repaired["data"]["customer"]), (&json!(PAYOUTS), &json!(PAYEE)));
    let overview = stand.app.get("/api/accounts", &token(PAYEE)).await.json();
    assert_eq!(overview["accounts"][0]["condition"], "healthy", "{overview}");
}

#[tokio::test]
async fn nobody_is_offered_to_debit_a_connected_account() {
    let stand = platform(crate::payment_method::lenient).await;
    let claims = json!({"sub": PAYEE, "purpose": "payments", "sid": "s1", "iat": now(), "exp": now() + 300});
    let outcome =
        stand.relink_with(&signed(&claims), PAYOUTS, LINDEN, |holding| holding["last4"] == "4415").await.1;
    let new = &outcome["new_account"];
    assert_eq!((&new["added"][0]["last4"], &new["mandate"]), (&json!("4415"), &Value::Null), "{outcome}");
}

#[tokio::test]
async fn a_customer_account_pays_from_another_account_under_its_own_name() {
    let stand = platform(crate::payment_method::lenient).await;
    let claims = json!({
        "sub": PAYEE, "customer_account": true, "purpose": "payments", "name": "Vera Lindqvist", "sid": "s1",
        "iat": now(), "exp": now() + 300,
    });
    let mine = signed(&claims);
    stand.control("/_sandbox/settings", &json!({"changed_ids": true})).await;
    let (session, outcome) =
        stand.relink_with(&mine, MEMBERS, LINDEN, |holding| holding["last4"] == "4431").await;
    let account = outcome["new_account"]["added"][0]["id"].as_str().unwrap_or_else(|| panic!("{outcome}"));
    let answer = stand.app.pay(&mine, &session, account).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    work_until_idle(&stand.app.app).await;
    let heard = stand.merchant_hears("payment_method.created").await;
    let [created] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(created["data"]["customer"], MEMBER);
    let method = created["data"]["payment_method"].as_str().unwrap();
    let method = stand.read(&format!("/v1/payment_methods/{method}")).await;
    assert_eq!((&method["customer_account"], &method["customer"]), (&json!(PAYEE), &Value::Null));
}

#[tokio::test]
async fn the_default_of_a_customer_account_is_changed_where_the_replaced_account_was_it() {
    let payments = PaymentOptions { make_default: true, ..PaymentOptions::default() };
    let stand = platform(|options| Options { payments, ..crate::payment_method::lenient(options) }).await;
    stand.bank_changes(MEMBERS, json!({"status": "active"})).await;
    let form = format!(
        "type=us_bank_account&billing_details[name]=Vera&us_bank_account[financial_connections_account]={MEMBERS}"
    );
    let old = stand.write("/v1/payment_methods", &form).await["id"].clone();
    let old = old.as_str().unwrap();
    let of_member = format!("customer_account={PAYEE}");
    stand.write(&format!("/v1/payment_methods/{old}/attach"), &of_member).await;
    let account = format!("/v2/core/accounts/{PAYEE}");
    let default = json!({"configuration": {"customer": {"billing": {"default_payment_method": old}}}});
    stand.write(&account, &default.to_string()).await;
    let form = format!("{of_member}&items[0][price]=price_1&default_payment_method={old}");
    let subscription = stand.write("/v1/subscriptions", &form).await["id"].clone();
    stand.bank_changes(MEMBERS, json!({"status": "inactive"})).await;
    stand.control("/_sandbox/settings", &json!({"changed_ids": true})).await;
    let claims = json!({
        "sub": PAYEE, "customer_account": true, "purpose": "payments", "name": "Vera Lindqvist", "sid": "s1",
        "iat": now(), "exp": now() + 300,
    });
    let mine = signed(&claims);
    let (session, outcome) =
        stand.relink_with(&mine, MEMBERS, LINDEN, |holding| holding["last4"] == "4431").await;
    let new = outcome["new_account"]["added"][0]["id"].as_str().unwrap_or_else(|| panic!("{outcome}"));
    assert_eq!(stand.app.pay(&mine, &session, new).await.status, 204);
    work_until_idle(&stand.app.app).await;
    let heard = stand.merchant_hears("payment_method.").await;
    let [created, default] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(default["type"], "payment_method.made_default", "{default}");
    let (method, data) = (&created["data"]["payment_method"], &default["data"]);
    assert_eq!((&data["customer"], &data["is_customers_default"]), (&json!(MEMBER), &json!(true)));
    assert_eq!(data["subscriptions"], json!([subscription]));
    let read = stand.read(&format!("{account}?include[0]=configuration.customer")).await;
    assert_eq!(read["configuration"]["customer"]["billing"]["default_payment_method"], *method);
    let read = stand.read(&format!("/v1/subscriptions/{}", subscription.as_str().unwrap())).await;
    assert_eq!(read["default_payment_method"], *method);
}

#[tokio::test]
async fn a_request_by_link_mail_or_stripe_reaches_each_holder() {
    let office = SmtpStub::start().await.unwrap();
    let stand = platform(|options| Options { requests: by_mail(office.url()), ..options }).await;
    let ask = async |account: &str, delivery: &str| {
        let body =
            json!({"account": account, "delivery": delivery, "return_url": "https://shop.example/back"});
        let answer = stand.app.post("/v1/relink-requests", API_KEY, &body).await;
        assert_eq!(answer.status, 201, "{account} {delivery}: {}", answer.text);
        work_until_idle(&stand.app.app).await;
        answer.json()
    };
    for (account, holder) in [(PAYOUTS, PAYEE), (MEMBERS, MEMBER)] {
        let eligible = format!("/v1/relink-requests/eligibility?account={account}&delivery=email");
        assert_eq!(stand.app.get(&eligible, API_KEY).await.json()["eligible"], true);
        for delivery in ["link", "email", "stripe_link"] {
            assert_eq!(ask(account, delivery).await["customer"], holder, "{delivery}");
        }
    }
    let mails = office.emails();
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| mail.contains("To: vera.lindqvist@example.com")), "{mails:?}");
    let list = format!("/v1/relink-requests?customer={MEMBER}");
    assert_eq!(stand.app.get(&list, API_KEY).await.json()["data"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn stripe_mails_a_connected_account_at_its_own_address() {
    let stand = platform(|options| Options { requests: by_mail("smtp://127.0.0.1:9"), ..options }).await;
    let body =
        json!({"account": PAYOUTS, "delivery": "stripe_email", "return_url": "https://shop.example/back"});
    let answer = stand.app.post("/v1/relink-requests", API_KEY, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let mails = stand.read("/_sandbox/mails").await;
    assert_eq!(mails[0]["to"], "vera.lindqvist@example.com", "{mails}");
}

#[tokio::test]
async fn the_back_end_lists_and_opts_out_holders_by_the_names_that_it_is_told() {
    let stand = platform(|options| options).await;
    for (holder, accounts) in [(token(PAYEE), 2), (member(), 1)] {
        assert_eq!(listed(&stand, &holder).await.len(), accounts);
    }
    for (holder, expected) in [(PAYEE, vec![HEALTHY, PAYOUTS]), (MEMBER, vec![MEMBERS])] {
        let list = stand.app.get(&format!("/api/connections?customer={holder}"), API_KEY).await.json();
        let rows = list["data"].as_array().unwrap();
        let ids: Vec<&str> = rows.iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected);
        assert!(rows.iter().all(|one| one["customer"] == holder), "{list}");
        let out = stand.app.send(crate::support::request(
            reqwest::Method::PUT,
            &format!("/v1/opt-outs/{holder}"),
            API_KEY,
            None,
        ));
        assert!(out.await.status.is_success());
    }
}
