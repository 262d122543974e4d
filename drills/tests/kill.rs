//! Server that is killed 20 times on each engine, with SIGKILL, under a stream of webhooks.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests; the seed and the figures are for whoever looks"
)]

use relink_drills::{DatabaseEngine, Drill, Inputs, KillReport, Kills, run};

const KILLS: u32 = 20;
/// Limit of the median start after a kill, as a multiple of the median start of the same server with nothing to do. The
/// stream of webhooks takes a part of the processor meanwhile.
const MOST_IDLE_STARTS: u32 = 4;

async fn killed_on(engine: DatabaseEngine) -> KillReport {
    let inputs = Inputs::read().unwrap();
    let seed = std::env::var_os("RELINK_DRILLS_SEED");
    let seed = seed.map_or_else(rand::random, |seed| seed.to_str().unwrap().parse().unwrap());
    println!("repeat with RELINK_DRILLS_SEED={seed}");
    let drill = Drill { engine, servers: 1, kills: Kills::Times(KILLS), seed };
    let report = run(&inputs, &drill).await.unwrap();
    println!("{engine:?}: {}", report.sentence());
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_sqlite_that_is_killed_again_and_again_loses_nothing_that_it_answered_for() {
    let report = killed_on(DatabaseEngine::Sqlite).await;
    assert_eq!(report.lost_events(), 0);
    assert!(
        report.median_restart() <= report.median_idle_restart() * MOST_IDLE_STARTS,
        "{}",
        report.sentence()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_postgresql_that_is_killed_again_and_again_loses_nothing_that_it_answered_for() {
    let report = killed_on(DatabaseEngine::Postgres).await;
    assert_eq!(report.lost_events(), 0);
    assert!(
        report.median_restart() <= report.median_idle_restart() * MOST_IDLE_STARTS,
        "{}",
        report.sentence()
    );
}
