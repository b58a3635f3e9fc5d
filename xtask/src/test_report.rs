//! Decides how tests are counted and what is said of them at the end.

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
    Tests(Counts),
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

    /// The table, then the sum as the very last line.
    pub fn finish(self) -> Result<()> {
        let mut table = String::from("\n");
        let mut sum = Counts::default();
        for (name, took, outcome) in &self.parts {
            let counts = outcome.counts();
            sum.passed = sum.passed.saturating_add(counts.passed);
            sum.failed = sum.failed.saturating_add(counts.failed);
            writeln!(
                table,
                "{name:<24}{:<14}{:>7.1} s  {}",
                outcome.word(),
                took.as_secs_f32(),
                outcome.remark()
            )?;
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
            Self::Tests(counts) if counts.failed > 0 => "FAILED",
            Self::Passed | Self::Tests(_) => "passed",
            Self::Failed(_) => "FAILED",
            Self::CouldNotRun(_) => "COULD NOT RUN",
            Self::LeftOut(_) => "left out",
        }
    }

    fn counts(&self) -> Counts {
        match self {
            Self::Passed => Counts { passed: 1, ..Counts::default() },
            Self::Tests(counts) => *counts,
            Self::Failed(_) | Self::CouldNotRun(_) => Counts { failed: 1, ..Counts::default() },
            Self::LeftOut(_) => Counts::default(),
        }
    }

    fn remark(&self) -> String {
        match self {
            Self::Passed => String::new(),
            Self::Tests(Counts { passed, failed, skipped: 0 }) => {
                format!("{passed} passed, {failed} failed")
            }
            Self::Tests(Counts { passed, failed, skipped }) => {
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
        Ok(counts) => Outcome::Tests(counts),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

fn listen(command: &mut Command) -> Result<Counts> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut counts = Counts::default();
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let line = line?;
        println!("{line}");
        counts.read(&line);
    }
    let status = child.wait()?;
    match counts {
        Counts { failed: 0, .. } if !status.success() => {
            bail!("no test failed, but the run did ({status})")
        }
        Counts { passed: 0, failed: 0, .. } => bail!("no test ran"),
        counts => Ok(counts),
    }
}

impl Counts {
    /// Adds what a line of `cargo test` or of `node --test` sums up.
    fn read(&mut self, line: &str) {
        if let Some(sums) = line.strip_prefix("test result: ") {
            let sums = sums.split_once(". ").map_or("", |(_, sums)| sums);
            for sum in sums.split("; ") {
                if let Some((number, word)) = sum.split_once(' ') {
                    self.add(word, number);
                }
            }
        } else if let Some((word, number)) = line.strip_prefix("ℹ ").and_then(|sum| sum.split_once(' ')) {
            self.add(word, number);
        }
    }

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
    use super::Counts;

    #[test]
    fn both_kinds_of_tests_are_counted() {
        let mut counts = Counts::default();
        for line in [
            "running 4 tests",
            "test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "ℹ tests 5",
            "ℹ pass 3",
            "ℹ fail 1",
            "ℹ cancelled 0",
            "ℹ skipped 1",
            "ℹ duration_ms 45.1",
        ] {
            counts.read(line);
        }
        assert_eq!(counts, Counts { passed: 8, failed: 2, skipped: 2 });
    }
}
