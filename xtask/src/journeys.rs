//! What it takes to walk through the page in a real browser: everything built, a browser and its driver.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::project::Project;
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

/// Journeys in which the server decides and the page only shows it: what comes after Chromium leaves them out where all
/// engines run, because they take a quarter of an hour and tell nothing new. With `--engine` they are walked, too.
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

/// The journeys in each engine, or all of them in one.
pub(crate) fn tests(project: &Project, only: Option<Engine>) -> Result<Vec<Result<Command>>> {
    let stage = Stage::build(project)?;
    let engines = Engine::value_variants().iter().copied();
    let engines = engines.filter(|engine| only.is_none_or(|only| only == *engine));
    let test = |engine: Engine| {
        let mut test = project.cargo("test", &["--package=relink-e2e", "--lib", "--test=journeys"]);
        test.args(["--no-fail-fast", "--"]).args(engine.out_of_reach());
        if only.is_none() && engine != Engine::Chromium {
            test.args(DECIDED_BY_THE_SERVER);
        }
        stage.set(project, engine, &mut test)?;
        Ok(test)
    };
    Ok(engines.map(test).collect())
}

/// What a journey needs beside a browser.
#[derive(Debug)]
pub(crate) struct Stage {
    programs: build::Programs,
    page: std::path::PathBuf,
}

impl Stage {
    pub(crate) fn build(project: &Project) -> Result<Self> {
        build::front_end(project, true)?;
        let page = languages::page_for_tests(project)?;
        Ok(Self { programs: build::programs(project, true)?, page })
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
