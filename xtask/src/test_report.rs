//! Decides how tests are counted and what is said of them at the end.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How a part of the tests went.
pub enum Outcome {
    /// A check that is one thing.
    Passed,
    /// One that counts its tests, and at least one of them ran.
    Tests(Tests),
    Failed(String),
    CouldNotRun(String),
    LeftOut(String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

/// What tests said of themselves.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tests {
    counts: Counts,
    /// The names of those that failed: each is said more than once.
    failed: BTreeSet<String>,
}

#[derive(Default)]
pub struct Report {
    parts: Vec<(&'static str, Duration, Outcome)>,
}

impl Report {
    pub fn part(&mut self, name: &'static str, run: impl FnOnce() -> Outcome) {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = run();
        let took = started.elapsed();
        println!("== {name}: {}, {:.1} s", outcome.word(), took.as_secs_f32());
        self.parts.push((name, took, outcome));
    }

    /// The table, the names of what failed, then the sum as the very last line.
    pub fn finish(self) -> Result<()> {
        let mut table = String::from("\n");
        let mut failed = String::new();
        let mut sum = Counts::default();
        for (name, took, outcome) in &self.parts {
            let counts = outcome.counts();
            sum.passed = sum.passed.saturating_add(counts.passed);
            sum.failed = sum.failed.saturating_add(counts.failed);
            writeln!(
                table,
                "{name:<34}{:<14}{:>7.1} s  {}",
                outcome.word(),
                took.as_secs_f32(),
                outcome.remark()
            )?;
            if let Outcome::Tests(tests) = outcome {
                for test in &tests.failed {
                    writeln!(failed, "FAILED {name}: {test}")?;
                }
            }
        }
        if !failed.is_empty() {
            writeln!(table, "\n{}", failed.trim_end())?;
        }
        println!("{table}\n{} passed, {} failed", sum.passed, sum.failed);
        if sum.failed > 0 {
            // The sum has said it, and is to stay the last line.
            std::process::exit(1);
        }
        Ok(())
    }
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Self::Tests(tests) if tests.counts.failed > 0 => "FAILED",
            Self::Passed | Self::Tests(_) => "passed",
            Self::Failed(_) => "FAILED",
            Self::CouldNotRun(_) => "COULD NOT RUN",
            Self::LeftOut(_) => "left out",
        }
    }

    fn counts(&self) -> Counts {
        match self {
            Self::Passed => Counts { passed: 1, ..Counts::default() },
            Self::Tests(tests) => tests.counts,
            Self::Failed(_) | Self::CouldNotRun(_) => Counts { failed: 1, ..Counts::default() },
            Self::LeftOut(_) => Counts::default(),
        }
    }

    fn remark(&self) -> String {
        match self {
            Self::Passed => String::new(),
            Self::Tests(Tests { counts: Counts { passed, failed, skipped: 0 }, .. }) => {
                format!("{passed} passed, {failed} failed")
            }
            Self::Tests(Tests { counts: Counts { passed, failed, skipped }, .. }) => {
                format!("{passed} passed, {failed} failed, {skipped} SKIPPED")
            }
            Self::Failed(why) | Self::CouldNotRun(why) | Self::LeftOut(why) => why.clone(),
        }
    }
}

/// Runs a check that is passed or not.
pub fn plain(command: &mut Command) -> Outcome {
    match crate::exec::run(command) {
        Ok(()) => Outcome::Passed,
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

/// Runs tests, shows what they say and counts them.
pub fn counted(command: &mut Command) -> Outcome {
    match listen(command) {
        Ok(tests) => Outcome::Tests(tests),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

fn listen(command: &mut Command) -> Result<Tests> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut tests = Tests::default();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let line = line?;
        println!("{line}");
        tests.read(&line);
    }
    let status = child.wait()?;
    match tests.counts {
        Counts { failed: 0, .. } if !status.success() => {
            bail!("no test failed, but the run did ({status})")
        }
        Counts { passed: 0, failed: 0, .. } => bail!("no test ran"),
        _ => Ok(tests),
    }
}

impl Tests {
    /// Takes what a line of `cargo test` or of `node --test` says of a test that failed, or of all.
    fn read(&mut self, line: &str) {
        if let Some(sums) = line.strip_prefix("test result: ") {
            let sums = sums.split_once(". ").map_or("", |(_, sums)| sums);
            for sum in sums.split("; ") {
                if let Some((number, word)) = sum.split_once(' ') {
                    self.counts.add(word, number);
                }
            }
        } else if let Some((word, number)) = line.strip_prefix("ℹ ").and_then(|sum| sum.split_once(' ')) {
            self.counts.add(word, number);
        } else if let Some(name) = failure(line) {
            self.failed.insert(name.to_owned());
        }
    }
}

/// The name of a test that a line says has failed. `node --test` puts the time behind it.
fn failure(line: &str) -> Option<&str> {
    if let Some(name) = line.strip_prefix("test ") {
        return name.strip_suffix(" ... FAILED");
    }
    let name = line.trim_start().strip_prefix("✖ ")?;
    name.ends_with("ms)").then(|| name.rsplit_once(" (").map_or(name, |(name, _)| name))
}

impl Counts {
    fn add(&mut self, word: &str, number: &str) {
        let Ok(number) = number.parse::<u32>() else {
            return;
        };
        let count = match word {
            "passed" | "pass" => &mut self.passed,
            "failed" | "fail" | "cancelled" => &mut self.failed,
            "ignored" | "skipped" | "todo" => &mut self.skipped,
            _ => return,
        };
        *count = count.saturating_add(number);
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Tests};

    #[test]
    fn both_kinds_of_tests_are_counted_and_what_failed_is_named_once() {
        let mut tests = Tests::default();
        for line in [
            "running 4 tests",
            "test queue::a_late_answer ... ok",
            "test queue::an_old_event ... FAILED",
            "test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "  ✔ a code (1) (0.2ms)",
            "  ✖ no code (2) (7976.18ms)",
            "ℹ tests 5",
            "ℹ pass 3",
            "ℹ fail 1",
            "ℹ cancelled 0",
            "ℹ skipped 1",
            "ℹ duration_ms 45.1",
            "✖ failing tests:",
            "✖ no code (2) (7976.18ms)",
        ] {
            tests.read(line);
        }
        assert_eq!(tests.counts, Counts { passed: 8, failed: 2, skipped: 2 });
        assert!(tests.failed.iter().eq(["no code (2)", "queue::an_old_event"]));
    }
}
