//! Server that is killed with SIGKILL during the SMTP conversation, on each engine.

use relink_drills::{DatabaseEngine, Inputs, kill_while_sending_email};

/// Number of kills at each of the four points.
const TIMES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_sqlite_that_is_killed_while_a_mail_is_on_its_way_sends_none_twice() {
    kill_while_sending_email(&Inputs::read().unwrap(), DatabaseEngine::Sqlite, TIMES).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_postgresql_that_is_killed_while_a_mail_is_on_its_way_sends_none_twice() {
    kill_while_sending_email(&Inputs::read().unwrap(), DatabaseEngine::Postgres, TIMES).await.unwrap();
}
