//! A page that demands Trusted Types.

use anyhow::Result;

use crate::element::load_errors::{OURS, fails, policy};

#[tokio::test]
async fn a_policy_that_demands_trusted_types_is_named() -> Result<()> {
    let script = policy("require-trusted-types-for 'script'");
    let (session, _) = fails(&script, OURS, "policy_blocked CSP: remove require-trusted-types-for").await?;
    session.finish().await
}
