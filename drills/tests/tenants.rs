//! Servers of several merchants beside each other.

use relink_drills::{Inputs, run_tenants};

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_token_api_key_and_webhook_open_no_other_merchants_server() {
    let report = run_tenants(&Inputs::read().unwrap(), true).await.unwrap();
    assert_eq!(report.failure(), None);
}
