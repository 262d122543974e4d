//! The sandbox on a real socket: broken connections, and webhooks sent automatically.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    client::{ACCOUNTS, Client},
    receiver::Receiver,
};

/// Starts a sandbox and returns its address.
async fn serving() -> (Client, String) {
    let client = Client::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sandbox = client.sandbox.clone();
    tokio::spawn(relink_sandbox::serve(listener, sandbox, std::future::pending()));
    (client, address)
}

/// Makes one call and reads until the connection ends; returns the kind of the end and the text before it.
async fn call(address: &str) -> (Result<usize, std::io::ErrorKind>, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET {ACCOUNTS} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer sk_test_sandbox\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    let end = stream.read_to_end(&mut text).await.map_err(|error| error.kind());
    (end, String::from_utf8(text).unwrap())
}

async fn add(client: &Client, kind: &str) {
    let fault = json!({ "route": format!("GET {ACCOUNTS}"), "kind": kind });
    assert_eq!(client.post("/_sandbox/faults", fault).await.status, 200);
}

#[tokio::test]
async fn a_fault_can_reset_the_connection() {
    let (client, address) = serving().await;
    add(&client, "reset").await;
    let (end, text) = call(&address).await;
    assert_eq!((end, text.as_str()), (Err(std::io::ErrorKind::ConnectionReset), ""));
    assert!(call(&address).await.1.starts_with("HTTP/1.1 200"), "the next one works");
}

#[tokio::test]
async fn an_answer_can_end_in_the_middle() {
    let (client, address) = serving().await;
    let whole = call(&address).await.1;
    add(&client, "cut").await;
    let cut = call(&address).await.1;
    let body = |text: &str| text.split_once("\r\n\r\n").unwrap().1.to_owned();
    let (whole, cut_body) = (body(&whole), body(&cut));
    assert!(cut.to_lowercase().contains(&format!("content-length: {}", whole.len())), "{cut}");
    assert!(whole.starts_with(&cut_body) && cut_body.len() == whole.len() / 2, "{cut}");
}

#[tokio::test]
async fn webhooks_are_sent_by_themselves() {
    let (client, _) = serving().await;
    let receiver = Receiver::new(&[]).await;
    let form = format!("url={}&enabled_events[]=*", receiver.url);
    client.submit("/v1/webhook_endpoints", &form).await;
    client.deactivate("fca_CopperfieldSavings4421").await;
    receiver.came(1).await;
    assert_eq!(receiver.types(), "account.deactivated");
}

#[tokio::test]
async fn a_connection_stays_open_after_a_refusal() {
    let (_, address) = serving().await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    for _ in 0..2 {
        let head = "POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk_test_wrong\r\n\
                    content-length: 8\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        // Clients send the body by itself.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        stream.write_all(b"name=Ada").await.unwrap();
        let mut text = [0; 1024];
        let length = stream.read(&mut text).await.unwrap();
        assert!(text[..length].starts_with(b"HTTP/1.1 401"), "{}", String::from_utf8_lossy(&text[..length]));
    }
}
