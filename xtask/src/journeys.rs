//! Prepares the end-to-end tests (journeys): builds the programs and the page, and installs a browser and its driver.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::front_end::BuildMode;
use crate::progress::Progress;
use crate::project::Project;
use crate::suite::Suite;
use crate::tools::chromium::Chromium;
use crate::tools::firefox::Firefox;
use crate::tools::webkit::WebKit;
use crate::tools::{axe, equal_access, html_validate};
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
    const fn skipped_journeys(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &[],
            Self::Firefox => &["--skip=in_chromium::"],
            Self::Webkit => &["--skip=in_chromium::", "--skip=not_in_webkit::"],
        }
    }

    /// Installs the browser if it is missing, and sets the command's variables for it.
    fn set_up(self, project: &Project, command: &mut Command) -> Result<()> {
        command.env("RELINK_E2E_ENGINE", self.name());
        match self {
            Self::Chromium => {
                let browser = Chromium::ensure_installed(&project.tools)?;
                command.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
            }
            Self::Firefox => {
                let browser = Firefox::ensure_installed(project)?;
                command.env("GECKODRIVER", browser.driver).env("FIREFOX", browser.firefox);
            }
            Self::Webkit => {
                let browser = WebKit::ensure_installed(&project.tools)?;
                command.env("WEBKITDRIVER", browser.driver).env("MINIBROWSER", browser.browser);
            }
        }
        Ok(())
    }
}

/// Arguments that skip the journeys that test the server's decisions rather than the engine.
///
/// These run only once, in Chromium: in the other engines they take a quarter of an hour and find nothing new.
const SKIP_SERVER_LOGIC: [&str; 8] = [
    "--skip=access::",
    "--skip=account_states::",
    "--skip=narrowing::",
    "--skip=next_steps::",
    "--skip=payment_methods::",
    "--skip=purposes::",
    "--skip=reload::",
    "--skip=sandbox_dashboard::",
];

/// Arguments that skip, for the release build in Chromium, the journeys that test texts, styles and the console: the demo
/// build has the same, and they have just passed with it in this engine.
const SKIP_SAME_IN_DEMO: [&str; 4] =
    ["--skip=accessibility::", "--skip=console::", "--skip=languages::", "--skip=theme::"];

/// Returns all journeys in one engine, on a demo build of the page.
pub(crate) fn all_in(project: &Project, engine: Engine) -> Result<Suite> {
    suite(project, &TestEnv::build(project, BuildMode::Demo)?, engine, &[])
}

/// Returns, for each engine, the journeys that depend on the engine, on a release build of the page.
pub(crate) fn in_each_engine(project: &Project) -> Result<Vec<Result<Suite>>> {
    let env = TestEnv::build(project, BuildMode::Release)?;
    let suite_in = |engine: &Engine| {
        let same: &[&str] = if *engine == Engine::Chromium { &SKIP_SAME_IN_DEMO } else { &[] };
        suite(project, &env, *engine, &[&SKIP_SERVER_LOGIC, same].concat())
    };
    Ok(Engine::value_variants().iter().map(suite_in).collect())
}

fn suite(project: &Project, env: &TestEnv, engine: Engine, without: &[&str]) -> Result<Suite> {
    let mut suite =
        Suite::cargo(project, &["--package=relink-e2e", "--lib", "--test=journeys", "--no-fail-fast"]);
    suite.test_args(&[engine.skipped_journeys(), without].concat());
    for command in suite.commands() {
        env.set_variables(project, engine, command)?;
    }
    Ok(suite)
}

/// Programs and page that the journeys run against.
#[derive(Debug)]
pub(crate) struct TestEnv {
    programs: build::Programs,
    page: std::path::PathBuf,
}

impl TestEnv {
    /// Builds the page in this mode. The programs are always those of `cargo test`: the engines differ in what they make
    /// of the page, and a release build of the programs takes longer than all of its journeys.
    pub(crate) fn build(project: &Project, mode: BuildMode) -> Result<Self> {
        let modes = build::Modes { page: mode, programs: BuildMode::Demo };
        let (page, programs) = build::all(project, modes, &Progress::new(build::STEPS))?;
        let page = languages::page_for_tests(project, &page)?;
        Ok(Self { programs, page })
    }

    /// Sets the command's variables for the programs, the page and the browser.
    pub(crate) fn set_variables(
        &self,
        project: &Project,
        engine: Engine,
        command: &mut Command,
    ) -> Result<()> {
        command.env("RELINK_E2E_SERVER", &self.programs.server);
        command.env("RELINK_E2E_SANDBOX", &self.programs.sandbox);
        command.env("RELINK_E2E_WEB_ROOT", &self.page);
        command.env("RELINK_E2E_AXE", axe::script(project)?);
        command.env("RELINK_E2E_EQUAL_ACCESS", equal_access::script(project)?);
        command.env("RELINK_E2E_HTML_VALIDATE", html_validate::program(project)?);
        engine.set_up(project, command)
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::{Engine, SKIP_SAME_IN_DEMO, SKIP_SERVER_LOGIC};
    use crate::named_tests::in_tests::read;

    #[test]
    fn every_skipped_module_exists() {
        let journeys =
            [read("e2e/tests/journeys/main.rs"), read("e2e/tests/journeys/in_chromium.rs")].concat();
        let by_engine = Engine::value_variants().iter().flat_map(|engine| engine.skipped_journeys());
        for argument in by_engine.chain(&SKIP_SERVER_LOGIC).chain(&SKIP_SAME_IN_DEMO) {
            let module = argument.trim_start_matches("--skip=").trim_end_matches("::");
            assert!(journeys.contains(&format!("mod {module};")), "there is no module {module}");
        }
    }
}
