//! Accessibility of every screen: legible, large enough and understandable, light and dark, left to right and right
//! to left.

use anyhow::{Result, ensure};
use relink_e2e::{EVERYTHING, Visit, every_screen};
use serde_json::json;

use super::looks::{DARK, FORCED, LIGHT, fits, passes};

/// Returns the controls that are smaller than a finger needs. Text for screen readers alone has no size.
const TOO_SMALL: &str = r"
    const small = ({ width, height }) => width < 24 || height < 24;
    return [...root.querySelectorAll('a, button, input, summary')]
        .filter((one) => !one.closest('.spoken') && small(one.getBoundingClientRect()))
        .map((one) => one.outerHTML);
";

/// Sets the text direction, as a language with this direction would.
fn turn(direction: &str) -> String {
    format!("(root.querySelector('[dir]') ?? document.documentElement).dir = document.dir = '{direction}';")
}

async fn is_for_everyone(visit: &Visit, name: &str) -> Result<()> {
    visit.page.run("for (const one of root.querySelectorAll('details')) one.open = true;").await?;
    for direction in ["ltr", "rtl"] {
        visit.page.run(&turn(direction)).await?;
        passes(visit, &format!("{name}, {direction}"), &[LIGHT, DARK]).await?;
    }
    visit.page.run(&turn("ltr")).await?;
    passes(visit, name, &FORCED).await?;
    fits(visit, name, async || {
        let small = visit.page.run(TOO_SMALL).await?;
        ensure!(small == json!([]), "on {name} too small to hit: {small}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn on_every_screen_axe_finds_nothing_and_everything_can_be_hit() -> Result<()> {
    every_screen("", is_for_everyone).await
}

/// Adds three faults: an image without a text, grey on white, and a button that is too small for a finger and has no
/// text.
const FAULTS: &str = r"
    const card = root.querySelector('section.card');
    for (const kind of ['img', 'p', 'button']) card.append(document.createElement(kind));
    Object.assign(card.querySelector('p:last-of-type'), { textContent: 'faint' }).style.color = '#bbb';
    const button = card.querySelector('button:last-of-type');
    Object.assign(button.style, { width: '12px', minHeight: '0', height: '12px', padding: '0' });
";

#[tokio::test]
async fn what_is_wrong_inside_the_element_is_found() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.page.run(FAULTS).await?;
    let violations = visit.page.violations(&EVERYTHING).await?;
    let found: Vec<&str> = violations.iter().map(|one| one.rule.as_str()).collect();
    for rule in ["button-name", "color-contrast", "image-alt"] {
        ensure!(found.contains(&rule), "{rule} is not among {found:?}");
    }
    let small = visit.page.run(TOO_SMALL).await?;
    ensure!(small.as_array().is_some_and(|small| small.len() == 1), "{small}");
    visit.end().await
}
