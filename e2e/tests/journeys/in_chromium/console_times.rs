//! Times of the console in the operator's time zone.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::relink_requests::{OPERATOR, prepare_with_email, wait_for_text};

/// Returns the number of times on the page, and those that are not half an hour and five hours ahead of UTC.
const TIMES: &str = r"
    const minute = (milliseconds) => {
        const [, day, month, year, hour, minute] = new Date(milliseconds).toUTCString().match(/(\d+) (\w+) (\d+) (\d+):(\d+)/);
        return `${month} ${Number(day)}, ${year}, ${hour % 12 || 12}:${minute} ${hour < 12 ? 'AM' : 'PM'}`;
    };
    const times = [...document.querySelectorAll('time')];
    const wrong = times.filter((time) => {
        const at = Date.parse(time.dateTime);
        return time.innerText !== `${minute(at + 5.5 * 3600e3)} GMT+5:30` || time.title !== `${minute(at)} UTC`;
    });
    return [times.length, wrong.map((time) => time.outerHTML)];";

#[tokio::test]
async fn times_are_in_the_operators_time_zone_with_utc_as_a_hint() -> Result<()> {
    let (session, _merchant) = prepare_with_email(&[]).await?;
    let zone = json!({ "timezoneId": "Asia/Kolkata" });
    session.browser()?.devtools("Emulation.setTimezoneOverride", zone).await?;
    let console = format!("{}/console", session.environment.url());
    session.go_to(&format!("{console}/sign-in")).await?;
    session.submit("#email", OPERATOR).await?;
    session.submit("#code", &session.emailed_code().await?).await?;
    wait_for_text(&session, "Connections").await?;
    session.go_to(&format!("{console}/audit")).await?;
    wait_for_text(&session, "Audit trail").await?;
    let times = session.page.run(TIMES).await?;
    ensure!(times[0] != 0, "the audit trail has no entry");
    ensure!(times[1] == json!([]), "{times}");
    session.finish().await
}
