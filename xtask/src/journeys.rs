//! What it takes to walk through the page in a real browser: everything built, a browser and its driver.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::front_end::Quality;
use crate::project::Project;
use crate::steps::Steps;
use crate::test::Suite;
use crate::tools::axe;
use crate::tools::chromium::Browser;
use crate::tools::firefox::Firefox;
use crate::tools::webkit::WebKit;
use crate::{build, languages};

/// What lays out the page and runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// As in Chrome and Edge
    Chromium,
    /// Gecko
    Firefox,
    /// As in Safari; here WebKitGTK's
    Webkit,
}

impl Engine {
    /// As `relink-e2e` has it.
    const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Journeys that it can't be driven through; their modules say why.
    const fn out_of_reach(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &[],
            Self::Firefox => &["--skip=in_chromium::"],
            Self::Webkit => &["--skip=in_chromium::", "--skip=not_in_webkit::"],
        }
    }

    /// Installs it if need be, and tells the command where it is.
    fn ready(self, project: &Project, command: &mut Command) -> Result<()> {
        command.env("RELINK_E2E_ENGINE", self.name());
        match self {
            Self::Chromium => {
                let browser = Browser::ready(&project.tools)?;
                command.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
            }
            Self::Firefox => {
                let browser = Firefox::ready(project)?;
                command.env("GECKODRIVER", browser.driver).env("FIREFOX", browser.firefox);
            }
            Self::Webkit => {
                let browser = WebKit::ready(&project.tools)?;
                command.env("WEBKITDRIVER", browser.driver).env("MINIBROWSER", browser.browser);
            }
        }
        Ok(())
    }
}

/// Journeys in which the server decides and the page only shows it: they are walked once, in Chromium, because they take
/// a quarter of an hour in the other engines and tell nothing new.
const DECIDED_BY_THE_SERVER: [&str; 8] = [
    "--skip=access::",
    "--skip=control_room::",
    "--skip=kinds::",
    "--skip=narrowing::",
    "--skip=next_steps::",
    "--skip=paying::",
    "--skip=reload::",
    "--skip=states::",
];

/// All journeys in one engine, on a page that is quick to build.
pub(crate) fn all_in(project: &Project, engine: Engine) -> Result<Suite> {
    suite(project, &Stage::build(project, Quality::Demo)?, engine, &[])
}

/// In each engine the journeys that depend on it, on the page that is shipped.
pub(crate) fn in_each_engine(project: &Project) -> Result<Vec<Result<Suite>>> {
    let stage = Stage::build(project, Quality::Release)?;
    let engines = Engine::value_variants().iter();
    Ok(engines.map(|engine| suite(project, &stage, *engine, &DECIDED_BY_THE_SERVER)).collect())
}

fn suite(project: &Project, stage: &Stage, engine: Engine, without: &[&str]) -> Result<Suite> {
    let mut suite =
        Suite::cargo(project, &["--package=relink-e2e", "--lib", "--test=journeys", "--no-fail-fast"]);
    suite.test_args(&[engine.out_of_reach(), without].concat());
    for command in suite.commands() {
        stage.set(project, engine, command)?;
    }
    Ok(suite)
}

/// What a journey needs beside a browser.
#[derive(Debug)]
pub(crate) struct Stage {
    programs: build::Programs,
    page: std::path::PathBuf,
}

impl Stage {
    pub(crate) fn build(project: &Project, quality: Quality) -> Result<Self> {
        let (page, programs) = build::all(project, quality, &Steps::new(build::STEPS))?;
        let page = languages::page_for_tests(project, &page)?;
        Ok(Self { programs, page })
    }

    /// Tells the command where everything is.
    pub(crate) fn set(&self, project: &Project, engine: Engine, command: &mut Command) -> Result<()> {
        command.env("RELINK_E2E_SERVER", &self.programs.server);
        command.env("RELINK_E2E_SANDBOX", &self.programs.sandbox);
        command.env("RELINK_E2E_WEB_ROOT", &self.page);
        command.env("RELINK_E2E_AXE", axe::script(project)?);
        engine.ready(project, command)
    }
}
