//! The inbox: emails received by SMTP and from Stripe, as JSON and as pages.

use relink_sandbox::accept_emails;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::client::{Client, EXACT};

const EMAIL: &str = "From: a@shop.example\r\nTo: b@mail.example\r\nSubject: Hello\r\nContent-Type: text/html\r\n\r\n\
    <html><head></head><body>..Hi<script>alert(1)</script></body></html>\r\n";

/// Sends these lines by SMTP, one after the other, and returns the replies.
async fn send_lines(client: &Client, lines: &[&str]) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(accept_emails(listener, client.sandbox.clone()));
    let (read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let mut answers = BufReader::new(read).lines();
    answers.next_line().await.unwrap().unwrap();
    let mut replies = Vec::new();
    for line in lines {
        write.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        loop {
            let answer = answers.next_line().await.unwrap().unwrap();
            if answer.chars().nth(3) != Some('-') {
                replies.push(answer.chars().take(3).collect());
                break;
            }
        }
    }
    serving.abort();
    replies
}

const ENVELOPE: [&str; 4] = ["EHLO shop", "MAIL FROM:<a@shop.example>", "RCPT TO:<b@mail.example>", "DATA"];

#[tokio::test]
async fn an_email_is_received_and_shown_without_its_scripts() {
    let client = Client::new();
    let dotted = EMAIL.replace("\r\n..", "\r\n...");
    let whole = format!("{dotted}.");
    let lines = [&ENVELOPE[..], &[whole.as_str(), "QUIT"]].concat();
    assert_eq!(send_lines(&client, &lines).await, ["250", "250", "250", "354", "250", "221"]);
    let emails = client.get("/_sandbox/mails").await.body;
    assert_eq!((&emails[0]["subject"], &emails[0]["to"]), (&json!("Hello"), &json!("b@mail.example")));
    let page = client.get("/_sandbox/mails/mail_Sandbox0001/html").await;
    assert!(page.header("content-security-policy").contains("sandbox allow-popups"));
    assert!(page.text.contains("<base target=\"_blank\">"), "{}", page.text);
    assert_eq!(client.get("/_sandbox/mails/mail_Sandbox0009").await.status, 404);
    assert!(client.get("/inbox").await.text.contains("/inbox/inbox.js"));
    assert_eq!(client.get("/inbox/inbox.css").await.status, 200);
}

#[tokio::test]
async fn one_connection_carries_several_large_emails() {
    let client = Client::new();
    let lines = "x".repeat(998) + "\r\n";
    let large = format!("{EMAIL}{}.", lines.repeat(3 * 1024));
    let email = [&ENVELOPE[1..], &[large.as_str()]].concat();
    let replies = send_lines(&client, &[&["EHLO shop"][..], &email, &email].concat()).await;
    assert_eq!(replies, ["250", "250", "250", "354", "250", "250", "250", "354", "250"]);
    assert_eq!(client.get("/_sandbox/mails").await.body.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_setting_refuses_recipients_and_the_order_of_commands_matters() {
    let client = Client::new();
    assert_eq!(
        send_lines(&client, &["DATA", "RCPT TO:<a@b.c>", "MAIL FROM:<a@b.c>", "RCPT TO: a", "WHAT"]).await,
        ["503", "503", "250", "501", "502"]
    );
    client.post("/_sandbox/settings", json!({"mail_refusal": "550 no such mailbox"})).await;
    assert_eq!(send_lines(&client, &ENVELOPE[..3]).await, ["250", "250", "550"]);
    assert_eq!(client.get("/_sandbox/mails").await.body, json!([]));
}

#[tokio::test]
async fn stripes_email_has_the_link_of_the_hosted_page() {
    let client = Client::new();
    let form = format!("{EXACT}&ui_mode=hosted&hosted[delivery_method]=email&return_url=https://m.example/");
    client.create(&form).await;
    let emails = client.get("/_sandbox/mails").await.body;
    let text = emails[0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("/hosted/"), "{emails}");
}

#[tokio::test]
async fn without_the_preview_the_parameters_of_hosted_sessions_are_unknown() {
    let client = Client::new();
    client.post("/_sandbox/settings", json!({"no_hosted_relink": true})).await;
    let form = format!("{EXACT}&ui_mode=hosted&hosted[delivery_method]=url&return_url=https://m.example/");
    assert!(client.create(&form).await.refusal().starts_with("400 parameter_unknown "));
    assert_eq!(client.create(EXACT).await.status, 200);
    assert_ne!(client.get("/_sandbox/state").await.body, Value::Null);
}
