//! Drills of the runbook: what each does makes its alert fire, by the query of `deploy/alerts.yaml`.

mod drills;
mod promql;

use self::promql::History;
use crate::metrics::{ALERTS, RUNBOOK};

/// Returns the query of the alert.
fn query(alert: &str) -> &'static str {
    let (_, rest) = ALERTS.split_once(&format!("- alert: {alert}\n")).unwrap();
    rest.split('\'').nth(1).unwrap()
}

/// Scrapes before and after something, with the alert that they are about.
struct Watch {
    alert: &'static str,
    history: History,
}

impl Watch {
    fn fires(&self) -> bool {
        self.history.fires(query(self.alert))
    }
}

#[tokio::test]
async fn each_drill_of_the_runbook_makes_its_alert_fire() {
    let sections: Vec<&'static str> = RUNBOOK.split("\n## ").skip(1).collect();
    assert!(sections.len() >= 21, "{} alerts", sections.len());
    for section in sections {
        let alert = section.lines().next().unwrap();
        assert!(section.contains("- **Drill**: "), "{alert} has no drill");
        let watch = drills::carry_out(Watch { alert, history: History::default() }).await;
        assert!(watch.fires(), "{alert}: {}", query(alert));
    }
}
