use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{Instant, sleep};

use super::super::activity::RequestGuard;
use super::*;

const TIMEOUTS: Timeouts = Timeouts {
    header: Duration::from_secs(10),
    keep_alive: Duration::from_secs(75),
    write: Duration::from_secs(30),
};

struct Pair {
    server: TimedStream<DuplexStream>,
    client: DuplexStream,
    activity: Arc<Activity>,
    began: Instant,
}

/// Returns a connection with a buffer of 4 KB to the client.
fn pair() -> Pair {
    let (server, client) = duplex(4096);
    let activity = Arc::new(Activity::default());
    let server = TimedStream::new(server, activity.clone(), TIMEOUTS);
    Pair { server, client, activity, began: Instant::now() }
}

impl Pair {
    /// Reads until the timeout. Returns the seconds since the connection began.
    async fn seconds_to_the_end(&mut self) -> u64 {
        let mut bytes = [0; 64];
        loop {
            match self.server.read(&mut bytes).await {
                Ok(_) => (),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::TimedOut);
                    return self.began.elapsed().as_secs();
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_ends_when_its_first_request_is_due() {
    assert_eq!(pair().seconds_to_the_end().await, 10);
}

#[tokio::test(start_paused = true)]
async fn bytes_do_not_extend_the_time_for_a_requests_headers() {
    let mut pair = pair();
    let (_server, mut client) = duplex(1);
    std::mem::swap(&mut client, &mut pair.client);
    let dripping = tokio::spawn(async move {
        while client.write_all(b"X").await.is_ok() {
            sleep(Duration::from_secs(3)).await;
        }
    });
    assert_eq!(pair.seconds_to_the_end().await, 10);
    drop(pair);
    dripping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_answered_connection_may_be_idle_for_longer_than_headers_take() {
    let mut pair = pair();
    drop(RequestGuard::begin(&pair.activity));
    assert_eq!(pair.seconds_to_the_end().await, 75);
}

#[tokio::test(start_paused = true)]
async fn a_next_request_that_has_begun_is_due_soon() {
    let mut pair = pair();
    drop(RequestGuard::begin(&pair.activity));
    let (_server, mut client) = duplex(1);
    std::mem::swap(&mut client, &mut pair.client);
    let beginning = tokio::spawn(async move {
        sleep(Duration::from_mins(1)).await;
        client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        client
    });
    assert_eq!(pair.seconds_to_the_end().await, 70);
    drop(beginning.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_due_while_a_request_is_answered() {
    let mut pair = pair();
    let answering = RequestGuard::begin(&pair.activity);
    let waiting = tokio::time::timeout(Duration::from_mins(10), pair.server.read_u8());
    assert!(waiting.await.is_err());
    drop(answering);
    assert_eq!(pair.seconds_to_the_end().await, 600 + 75);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_given_up() {
    let mut pair = pair();
    let error = pair.server.write_all(&[0; 8192]).await.unwrap_err();
    assert_eq!((error.kind(), pair.began.elapsed().as_secs()), (ErrorKind::TimedOut, 30));
    assert!(!pair.activity.is_idle());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_next_to_nothing_is_given_up_too() {
    let mut pair = pair();
    let (_server, mut client) = duplex(1);
    std::mem::swap(&mut client, &mut pair.client);
    let dripping = tokio::spawn(async move {
        while client.read_u8().await.is_ok() {
            sleep(Duration::from_secs(5)).await;
        }
    });
    let error = pair.server.write_all(&[0; 8192]).await.unwrap_err();
    assert_eq!((error.kind(), pair.began.elapsed().as_secs()), (ErrorKind::TimedOut, 30));
    drop(pair);
    dripping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_gets_all_of_its_answer() {
    let mut pair = pair();
    let (_server, mut client) = duplex(1);
    std::mem::swap(&mut client, &mut pair.client);
    let reading = tokio::spawn(async move {
        let mut piece = [0; 2048];
        for _ in 0..100 {
            client.read_exact(&mut piece).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
    });
    pair.server.write_all(&vec![0; 100 * 2048]).await.unwrap();
    reading.await.unwrap();
    assert!(pair.activity.is_idle());
}
