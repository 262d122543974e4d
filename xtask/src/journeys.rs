//! Prepares the end-to-end tests (journeys): builds the programs and the page, and installs a browser and its driver.

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

/// Browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Engine of Chrome and Edge.
    Chromium,
    /// Gecko.
    Firefox,
    /// Engine of Safari, here as WebKitGTK.
    Webkit,
}

impl Engine {
    /// Name of the engine in `relink-e2e`.
    const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// Arguments that skip the journeys that this engine can't run; their modules say why.
    const fn out_of_reach(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &[],
            Self::Firefox => &["--skip=in_chromium::"],
            Self::Webkit => &["--skip=in_chromium::", "--skip=not_in_webkit::"],
        }
    }

    /// Installs the browser if it is missing, and sets the command's variables for it.
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

/// Arguments that skip the journeys that test the server's decisions rather than the engine.
///
/// These run only once, in Chromium: in the other engines they take a quarter of an hour and find nothing new.
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

/// Returns all journeys in one engine, on a demo build of the page.
pub(crate) fn all_in(project: &Project, engine: Engine) -> Result<Suite> {
    suite(project, &Stage::build(project, Quality::Demo)?, engine, &[])
}

/// Returns, for each engine, the journeys that depend on the engine, on a release build of the page.
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

/// Programs and page that the journeys run against.
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

    /// Sets the command's variables for the programs, the page and the browser.
    pub(crate) fn set(&self, project: &Project, engine: Engine, command: &mut Command) -> Result<()> {
        command.env("RELINK_E2E_SERVER", &self.programs.server);
        command.env("RELINK_E2E_SANDBOX", &self.programs.sandbox);
        command.env("RELINK_E2E_WEB_ROOT", &self.page);
        command.env("RELINK_E2E_AXE", axe::script(project)?);
        engine.ready(project, command)
    }
}
