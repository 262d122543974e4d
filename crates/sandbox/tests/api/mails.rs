//! The inbox: emails received by SMTP and from Stripe, as JSON and as pages.

use relink_sandbox::take_mails;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::client::{Client, EXACT};

const MAIL: &str = "From: a@shop.example\r\nTo: b@mail.example\r\nSubject: Hello\r\nContent-Type: text/html\r\n\r\n\
    <html><head></head><body>..Hi<script>alert(1)</script></body></html>\r\n";

/// Sends these lines by SMTP, one after the other, and returns the replies.
async fn say(client: &Client, lines: &[&str]) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(take_mails(listener, client.sandbox.clone()));
    let (read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let mut answers = BufReader::new(read).lines();
    answers.next_line().await.unwrap().unwrap();
    let mut heard = Vec::new();
    for line in lines {
        write.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        loop {
            let answer = answers.next_line().await.unwrap().unwrap();
            if answer.chars().nth(3) != Some('-') {
                heard.push(answer.chars().take(3).collect());
                break;
            }
        }
    }
    serving.abort();
    heard
}

const ENVELOPE: [&str; 4] = ["EHLO shop", "MAIL FROM:<a@shop.example>", "RCPT TO:<b@mail.example>", "DATA"];

#[tokio::test]
async fn a_mail_is_taken_and_shown_without_its_scripts() {
    let client = Client::new();
    let dotted = MAIL.replace("\r\n..", "\r\n...");
    let whole = format!("{dotted}.");
    let lines = [&ENVELOPE[..], &[whole.as_str(), "QUIT"]].concat();
    assert_eq!(say(&client, &lines).await, ["250", "250", "250", "354", "250", "221"]);
    let mails = client.get("/_sandbox/mails").await.body;
    assert_eq!((&mails[0]["subject"], &mails[0]["to"]), (&json!("Hello"), &json!("b@mail.example")));
    let page = client.get("/_sandbox/mails/mail_0001/html").await;
    assert!(page.header("content-security-policy").contains("sandbox allow-popups"));
    assert!(page.text.contains("<base target=\"_blank\">"), "{}", page.text);
    assert_eq!(client.get("/_sandbox/mails/mail_0009").await.status, 404);
    assert!(client.get("/inbox").await.text.contains("/inbox/inbox.js"));
    assert_eq!(client.get("/inbox/inbox.css").await.status, 200);
}

#[tokio::test]
async fn a_switch_refuses_mails_and_the_order_of_words_matters() {
    let client = Client::new();
    assert_eq!(
        say(&client, &["DATA", "RCPT TO:<a@b.c>", "MAIL FROM:<a@b.c>", "RCPT TO: a", "WHAT"]).await,
        ["503", "503", "250", "501", "502"]
    );
    client.post("/_sandbox/settings", json!({"mail_refusal": "550 no such mailbox"})).await;
    assert_eq!(say(&client, &ENVELOPE[..3]).await, ["250", "250", "550"]);
    assert_eq!(client.get("/_sandbox/mails").await.body, json!([]));
}

#[tokio::test]
async fn stripes_own_mail_has_the_link_of_the_hosted_page() {
    let client = Client::new();
    let form = format!("{EXACT}&ui_mode=hosted&hosted[delivery_method]=email&return_url=https://m.example/");
    client.create(&form).await;
    let mails = client.get("/_sandbox/mails").await.body;
    let text = mails[0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("/hosted/"), "{mails}");
}

#[tokio::test]
async fn without_the_preview_stripe_does_not_know_the_words() {
    let client = Client::new();
    client.post("/_sandbox/settings", json!({"no_hosted_relink": true})).await;
    let form = format!("{EXACT}&ui_mode=hosted&hosted[delivery_method]=url&return_url=https://m.example/");
    assert!(client.create(&form).await.refusal().starts_with("400 parameter_unknown "));
    assert_eq!(client.create(EXACT).await.status, 200);
    assert_ne!(client.get("/_sandbox/state").await.body, Value::Null);
}
