//! Counts passed and failed tests from the output of test programs.

/// Sum of the results of one or several test programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TestSummary {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl TestSummary {
    /// Adds the counts of a result line; ignores other lines. cargo's tests and those in the browser both print
    /// `test result: ok. 3 passed; 0 failed; 0 ignored; …`.
    pub(crate) fn read(&mut self, line: &str) {
        let Some((_, result)) = line.split_once("test result: ") else { return };
        for count in result.split(['.', ';']) {
            let mut words = count.split_whitespace();
            let (number, what) = (words.next().and_then(|word| word.parse::<u64>().ok()), words.next());
            match (number, what) {
                (Some(number), Some("passed")) => self.passed += number,
                (Some(number), Some("failed")) => self.failed += number,
                (Some(number), Some("ignored")) => self.ignored += number,
                _ => {}
            }
        }
    }

    /// Returns the numbers of passed and failed tests of a command. `succeeded` is true if its exit status was 0.
    ///
    /// Counts every ignored test as failed. Counts one failure if the command failed without a failed test (it did not
    /// compile, or it crashed) or if no test ran.
    pub(crate) fn counts(self, succeeded: bool) -> (u64, u64) {
        let failed = self.failed + self.ignored;
        let silent = failed == 0 && (!succeeded || self.passed == 0);
        (self.passed, failed + u64::from(silent))
    }
}

#[cfg(test)]
mod tests {
    use super::TestSummary;

    fn summary_of(lines: &[&str]) -> TestSummary {
        let mut summary = TestSummary::default();
        for line in lines {
            summary.read(line);
        }
        summary
    }

    #[test]
    fn the_results_of_all_test_programs_are_summed() {
        let summary = summary_of(&[
            "running 4 tests",
            "test tests::a_fact ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.04s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 filtered out",
        ]);
        assert_eq!(summary, TestSummary { passed: 5, failed: 1, ignored: 1 });
        assert_eq!(summary.counts(false), (5, 2));
    }

    #[test]
    fn an_ignored_test_is_a_failed_one() {
        assert_eq!(summary_of(&["test result: ok. 3 passed; 0 failed; 2 ignored"]).counts(true), (3, 2));
    }

    #[test]
    fn a_part_that_was_not_built_is_one_failure() {
        assert_eq!(summary_of(&[]).counts(false), (0, 1));
    }

    #[test]
    fn a_crash_after_good_results_is_one_failure() {
        assert_eq!(summary_of(&["test result: ok. 3 passed; 0 failed; 0 ignored"]).counts(false), (3, 1));
    }

    #[test]
    fn a_part_in_which_no_test_ran_is_one_failure() {
        assert_eq!(summary_of(&["test result: ok. 0 passed; 0 failed; 0 ignored"]).counts(true), (0, 1));
    }

    #[test]
    fn a_part_in_which_all_is_well_has_no_failure() {
        assert_eq!(summary_of(&["test result: ok. 3 passed; 0 failed; 0 ignored"]).counts(true), (3, 0));
    }
}
