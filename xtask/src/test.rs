//! Decides what is checked and in which order. A part that fails stops no other; a part that cannot run is a failure too.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::browsers::{self, Browser};
use crate::test_report::{Outcome, Report, counted, plain};
use crate::tools::{self, Tools, WASM};
use crate::{deploy, exec, lighthouse, pipeline, schemathesis, sizes};

#[derive(Default)]
pub struct Options {
    pub quick: bool,
    pub install_browser: bool,
}

/// How many stories the adversary tells, and how many where somebody waits for it.
const STORIES: u32 = 10_000;
const FEWER_STORIES: u32 = 500;

const CHROMIUM: &str = "browser tests, Chromium";
const FIREFOX: &str = "browser tests, Firefox";
const WEBKIT: &str = "browser tests, WebKit";
const LIGHTHOUSE: &str = "pages, by Lighthouse";
const SCHEMATHESIS: &str = "API by its document";
const DURABLE: &str = "end-to-end tests, Durable Objects";

/// What is told of the ledger as well where it is kept in Durable Objects.
const IN_DURABLE_OBJECTS: [&str; 9] =
    ["api", "entries", "export", "moment", "orders", "public", "trust", "webhooks", "webhooks_out"];
const NEED_A_BUILD: [&str; 12] = [
    "build",
    "sizes",
    "script tests",
    "end-to-end tests",
    DURABLE,
    SCHEMATHESIS,
    CHROMIUM,
    FIREFOX,
    WEBKIT,
    LIGHTHOUSE,
    "npm package",
    "deploy, dry run",
];

/// What would bring a clock, randomness, the network or the browser into `domain`.
const NOT_IN_DOMAIN: [&str; 9] =
    ["worker", "wasm-bindgen", "url", "getrandom", "rand", "time", "js-sys", "web-sys", "tokio"];

/// chrono reads and writes dates there; with these features it would ask for the time.
const CLOCKS: [&str; 3] = ["clock", "now", "wasmbind"];

pub fn run(root: &Path, options: &Options) -> Result<()> {
    let mut report = Report::default();
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(root);
        command
    };

    report.part("format", || plain(&mut cargo(&["fmt", "--all", "--check"])));
    report.part("lints", || {
        let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        plain(&mut cargo(&lints))
    });
    report.part("lints, as WebAssembly", || {
        if let Err(error) = tools::wasm_target(root) {
            return Outcome::CouldNotRun(format!("{error:#}"));
        }
        // One after the other: beside edge's, tracker's dependencies would bring the std that it does without.
        let lint = |packages: &[&str]| {
            let packages: Vec<&str> = packages.iter().flat_map(|package| ["-p", package]).collect();
            let lints = [&["clippy"], &packages[..], &["--target", WASM, "--", "-D", "warnings"]].concat();
            plain(&mut cargo(&lints))
        };
        match lint(&["edge", "front", "back"]) {
            Outcome::Passed => lint(&["tracker"]),
            other => other,
        }
    });
    report.part("layering", || layering(root));
    report.part("unit tests", || counted(&mut cargo(&["test", "--workspace"])));

    report.part("adversary", || {
        let in_ci = env::var_os("CI").is_some_and(|ci| !ci.is_empty());
        let stories = if in_ci && !options.quick { STORIES } else { FEWER_STORIES };
        let tell = ["test", "--package", "edge", "--test", "adversary", "--profile", "adversary"];
        // What it says of its progress is for whoever waits.
        let mut command = cargo(&tell);
        command.args(["--", "--nocapture"]).env("ADVERSARY_SEEDS", stories.to_string());
        counted(&mut command)
    });

    if options.quick {
        for part in NEED_A_BUILD {
            report.part(part, || Outcome::LeftOut("--quick".to_owned()));
        }
        return report.finish();
    }

    let mut built = None;
    report.part("build", || match pipeline::build(root) {
        Ok(tools) => {
            built = Some(tools);
            Outcome::Passed
        }
        Err(error) => Outcome::Failed(format!("{error:#}")),
    });
    let install = options.install_browser || env::var("CI").is_ok_and(|ci| ci == "true");
    let needs_build = |part: &dyn Fn(&Tools) -> Outcome| match &built {
        Some(tools) => part(tools),
        None => Outcome::CouldNotRun("the build has failed".to_owned()),
    };
    report.part("sizes", || {
        needs_build(&|tools| match sizes::budgets(root, tools) {
            Ok(budgets) => {
                println!("{}", budgets.join("\n"));
                Outcome::Passed
            }
            Err(error) => Outcome::Failed(format!("{error:#}")),
        })
    });
    report.part("script tests", || needs_build(&|tools| node_tests(root, tools, "tests/loader", &[])));
    report.part("end-to-end tests", || needs_build(&|tools| node_tests(root, tools, "tests/e2e", &[])));
    report.part(DURABLE, || {
        let files = IN_DURABLE_OBJECTS.map(|name| root.join(format!("tests/e2e/{name}.test.mjs")));
        needs_build(&|tools| node_test(root, tools, &files, &[("LEDGER", "durable".into())]))
    });
    report.part(SCHEMATHESIS, || {
        needs_build(&|tools| match schemathesis::ensure(root, install) {
            Ok(found) => node_tests(root, tools, "tests/schemathesis", &found),
            Err(error) => Outcome::CouldNotRun(format!("{error:#}")),
        })
    });
    let mut in_browser = |part, directory, find: &dyn Fn() -> Result<Browser>| {
        report.part(part, || {
            needs_build(&|tools| match find() {
                Ok(browser) => node_tests(root, tools, directory, &browser),
                Err(error) => Outcome::CouldNotRun(format!("{error:#}")),
            })
        });
    };
    in_browser(CHROMIUM, "tests/browser", &|| browsers::chromium(install));
    in_browser(FIREFOX, "tests/engines", &|| browsers::firefox(root, install));
    in_browser(WEBKIT, "tests/engines", &|| browsers::webkit(install));
    in_browser(LIGHTHOUSE, "tests/lighthouse", &|| {
        lighthouse::ensure(root).and_then(|()| browsers::chromium(install))
    });
    in_browser("npm package", "tests/npm", &|| browsers::chromium(install));
    report.part("deploy, dry run", || {
        needs_build(&|_| match deploy::run(root, &["--dry-run".into()]) {
            Ok(()) => Outcome::Passed,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        })
    });
    report.finish()
}

fn layering(root: &Path) -> Outcome {
    let tree = exec::capture(
        Command::new("cargo")
            .args(["tree", "--package", "domain", "--edges", "normal", "--all-features"])
            .args(["--target", "all", "--prefix", "none", "--format", "{p} features:{f}"])
            .current_dir(root),
    );
    match tree {
        Err(error) => Outcome::Failed(format!("{error:#}")),
        Ok(tree) => match intruders(&tree).as_slice() {
            [] => Outcome::Passed,
            found => Outcome::Failed(format!("domain depends on {}", found.join(", "))),
        },
    }
}

fn intruders(tree: &str) -> Vec<&str> {
    let forbidden = |line: &str| {
        let package = line.split_whitespace().next().unwrap_or_default();
        let (_, features) = line.split_once(" features:").unwrap_or_default();
        // A package that was listed before ends in ` (*)`.
        let features = features.split_whitespace().next().unwrap_or_default();
        let clock = package == "chrono" && features.split(',').any(|feature| CLOCKS.contains(&feature));
        clock || NOT_IN_DOMAIN.contains(&package)
    };
    let mut found: Vec<_> = tree
        .lines()
        .filter(|line| forbidden(line))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn node_tests(root: &Path, tools: &Tools, directory: &str, environment: &[(&str, OsString)]) -> Outcome {
    let mut files: Vec<PathBuf> = fs::read_dir(root.join(directory))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    if files.is_empty() {
        return Outcome::CouldNotRun(format!("{directory} holds no *.test.mjs"));
    }
    files.sort();
    node_test(root, tools, &files, environment)
}

fn node_test(root: &Path, tools: &Tools, files: &[PathBuf], environment: &[(&str, OsString)]) -> Outcome {
    let mut command = tools.command(&tools.node);
    command.args(["--test", "--test-reporter=spec"]).args(files).current_dir(root);
    command.envs(environment.iter().cloned());
    counted(&mut command)
}

#[cfg(test)]
mod tests {
    use super::intruders;

    #[test]
    fn a_forbidden_crate_is_found_by_its_whole_name() {
        let tree = "domain v0.1.0 (here) features:serde\nsha2 v0.11.1 features:\nurl v2.5.8 features:std\n\
            url v2.5.8 features:std\ntime-core v0.1.8 features:\nchrono v0.4.45 features:alloc";
        assert_eq!(intruders(tree), ["url"]);
        assert_eq!(intruders("chrono v0.4.45 features:alloc,clock,now (*)"), ["chrono"]);
        assert_eq!(intruders("chrono v0.4.45 features:now (*)"), ["chrono"]);
    }
}
