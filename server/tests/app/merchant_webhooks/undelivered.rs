//! Messages that can't be delivered.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::{Merchant, at, breaks, header, tells};
use crate::support::API_KEY;

#[tokio::test]
async fn after_three_days_it_is_given_up_and_can_be_sent_once_more() {
    let merchant = Merchant::start().await;
    merchant.answers(ResponseTemplate::new(503), 15).await;
    merchant.answers(ResponseTemplate::new(200), 1).await;
    breaks(&merchant.app, "fca_1").await;
    let (mut hour, mut tries) = (0, 0);
    while merchant.message().await["state"] == "pending" {
        hour += 1;
        tries += merchant.send(hour * 3600).await;
    }
    assert_eq!(tries, 15);
    // 68 to 85 hours, by the jitter; each of the 14 waits ends at the next full hour here.
    assert!((68..100).contains(&hour), "{hour}");
    let failed = merchant.message().await;
    assert_eq!((&failed["state"], &failed["last_error"]), (&json!("failed"), &json!("the answer is 503")));
    assert_eq!(merchant.list("?state=failed").await["data"][0], failed);
    assert!(merchant.app.log().contains("that is given up"));

    let id = failed["id"].as_str().unwrap();
    let replayed = merchant.app.post(&format!("/api/deliveries/{id}/replay"), API_KEY, &json!({})).await;
    assert_eq!((replayed.status.as_u16(), &replayed.json()["state"]), (202, &json!("pending")));
    assert_eq!(replayed.json()["payload"]["type"], "connection.broken");
    assert_eq!(merchant.send(1).await, 1);
    assert_eq!(merchant.message().await["state"], "delivered");
    let received = merchant.received().await;
    assert!(received.iter().all(|request| header(request, "webhook-id") == id));
    // A delivered message can be replayed, too.
    assert_eq!(
        merchant.app.post(&format!("/api/deliveries/{id}/replay"), API_KEY, &json!({})).await.status,
        202
    );
}

#[tokio::test]
async fn an_address_that_is_gone_is_believed_and_a_redirect_is_not_followed() {
    let merchant = Merchant::start().await;
    let elsewhere = format!("{}/elsewhere", merchant.receiver.uri());
    merchant.answers(ResponseTemplate::new(307).insert_header("location", elsewhere.as_str()), 1).await;
    merchant.answers(ResponseTemplate::new(410), 1).await;
    breaks(&merchant.app, "fca_1").await;
    merchant.send(1).await;
    let message = merchant.message().await;
    assert_eq!((&message["state"], &message["last_status"]), (&json!("pending"), &json!(307)));
    merchant.send(60).await;
    let message = merchant.message().await;
    assert_eq!((&message["state"], &message["last_status"]), (&json!("failed"), &json!(410)));
    assert!(merchant.received().await.iter().all(|request| request.url.path() == "/hook"));
}

#[tokio::test]
async fn nobody_is_told_in_a_private_network_unless_that_is_wanted() {
    for url in [
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/x",
        "https://localhost/hook",
    ] {
        let app = tells(url, false).await;
        breaks(&app, "fca_1").await;
        assert_eq!(app.app.tell_merchant(at(1)).await, 1);
        let list = app.get("/api/deliveries?state=failed", API_KEY).await.json();
        let error = list["data"][0]["last_error"].as_str().unwrap();
        assert!(error.contains("RELINK_WEBHOOK_ALLOW_PRIVATE"), "{url}: {error}");
        assert_eq!(list["data"][0]["last_status"], json!(null));
    }
}

#[tokio::test]
async fn where_nobody_listens_it_is_tried_again() {
    // A port that was free just before.
    let url = {
        let receiver = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/hook", receiver.local_addr().unwrap())
    };
    let app = tells(&url, true).await;
    breaks(&app, "fca_1").await;
    assert_eq!(app.app.tell_merchant(at(1)).await, 1);
    let list = app.get("/api/deliveries?state=pending", API_KEY).await.json();
    let error = list["data"][0]["last_error"].as_str().unwrap();
    assert!(error.starts_with("no connection: "), "{error}");
}

#[tokio::test]
async fn an_answer_that_takes_long_holds_up_no_other_message() {
    let merchant = Merchant::start().await;
    // Longer than the timeout of a delivery.
    let slow = ResponseTemplate::new(200).set_delay(std::time::Duration::from_mins(1));
    merchant.answers(slow, 1).await;
    merchant.answers(ResponseTemplate::new(200), 9).await;
    for account in ["fca_1", "fca_2", "fca_3"] {
        breaks(&merchant.app, account).await;
    }
    let sending = tokio::spawn({
        let app = merchant.app.app.clone();
        async move { app.tell_merchant(at(1)).await }
    });
    while merchant.list("?state=delivered").await["data"].as_array().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(!sending.is_finished());
    assert_eq!(merchant.list("?state=pending").await["data"].as_array().unwrap().len(), 1);
    sending.abort();
}
