//! Prints the progress of a command; of one that takes minutes, a line when a step begins and one when it ends.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};

use crate::clock;

/// Prints progress to stderr, because stdout is for results.
pub(crate) fn print_progress(text: impl AsRef<str>) {
    eprintln!("{}", text.as_ref());
}

/// Steps of one command. Several may run at once, on different threads.
#[derive(Debug)]
pub(crate) struct Progress {
    total: usize,
    begun: AtomicUsize,
    done: AtomicUsize,
}

/// One step of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Names the product of the step and its purpose.
    pub(crate) name: &'static str,
    /// Advice for the case that the step fails; completes "What to do: ".
    pub(crate) remedy: &'static str,
}

impl Progress {
    pub(crate) const fn new(total: usize) -> Self {
        Self { total, begun: AtomicUsize::new(0), done: AtomicUsize::new(0) }
    }

    /// Runs a step and prints its progress. If it fails, the error contains the step's remedy.
    pub(crate) fn run<T>(&self, step: Step, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let label = format!("[{number}/{}]", self.total);
        print_progress(format!("{label} {} …", step.name));
        let began = clock::now();
        let made = work().with_context(|| format!("{label} failed. What to do: {}", step.remedy))?;
        let seconds = began.elapsed().as_secs_f64();
        let left = self.total - (self.done.fetch_add(1, Ordering::SeqCst) + 1);
        print_progress(StepLine { label: &label, name: step.name, seconds, left }.line());
        Ok(made)
    }
}

/// Content of the line that is printed when a step ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StepLine<'a> {
    label: &'a str,
    pub(crate) name: &'a str,
    pub(crate) seconds: f64,
    left: usize,
}

impl<'a> StepLine<'a> {
    fn line(&self) -> String {
        let Self { label, name, seconds, left } = self;
        format!("{label} {name}: {seconds:.1} s, {left} left")
    }

    /// Parses such a line. Returns `None` for any other line.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let (label, rest) = line.split_once(' ').filter(|(label, _)| label.starts_with('['))?;
        let (name, figures) = rest.rsplit_once(": ")?;
        let (seconds, left) = figures.strip_suffix(" left")?.split_once(" s, ")?;
        Some(Self { label, name, seconds: seconds.parse().ok()?, left: left.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::{Progress, Step, StepLine};

    const STEP: Step = Step { name: "the saw: it cuts", remedy: "oil it" };

    #[test]
    fn a_finished_steps_line_is_read_as_it_was_written() {
        let finished = StepLine { label: "[2/3]", name: STEP.name, seconds: 4.5, left: 1 };
        assert_eq!(finished.line(), "[2/3] the saw: it cuts: 4.5 s, 1 left");
        assert_eq!(StepLine::parse(&finished.line()), Some(finished));
        for other in ["[2/3] the saw: it cuts …", "ready http://127.0.0.1:4282/", ""] {
            assert_eq!(StepLine::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_step_that_fails_says_what_to_do_and_why() {
        let error = Progress::new(1).run(STEP, || -> anyhow::Result<()> { bail!("no oil") }).unwrap_err();
        assert_eq!(format!("{error:#}"), "[1/1] failed. What to do: oil it: no oil");
    }
}
