//! The one front door: reads the command line and hands over. What a command does is its module's business.

mod app;
mod bench;
mod browsers;
mod config;
mod deploy;
mod dev;
mod dist;
mod docs;
mod exec;
mod ledger;
mod lighthouse;
mod lists;
mod openapi;
mod pipeline;
mod schemathesis;
mod secrets;
mod seed;
mod sizes;
mod test;
mod test_report;
mod tools;
mod tracker;
mod verify;
mod widget;
mod workers;
mod wrangler;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::{Arg, ValueExt};

const USAGE: &str = "\
cargo xtask build                 tools, tracker, Worker and static files, into dist/ and edge/build/
cargo xtask dev                   build, then serve everything on this machine with a demo contest
    --port N                      default 8787
    --persist DIR                 where its store lies, default .dev
    --fresh                       start with an empty store
    --limits                      as many requests a minute as when deployed, not a hundred times as many
    --ledger kv|durable           keep all in that, whatever wrangler.toml says
cargo xtask test                  every check and test there is; with CI set, 10,000 stories of the adversary, else 500
    --quick                       only those that need no build: format, lints, layering, unit tests, 500 stories
    --install-browser             install with apt-get what is missing, browsers and Python (CI=true does so too)
cargo xtask bench [PART …]        budgets: what the tracker may cost; delivery: events lost of so many; trackers: the script beside
                                  published ones; edge: the Worker beside another; ledger: contests of ever more facts. Default all
    --tries N --runs N            (behind the parts) events for each case, default 200; times each is measured, default 15
    --facts N,N,…                 sizes of those contests, default 1000,10000,100000
    --write                       into docs/benchmarks.md as well
cargo xtask verify FILE           adds up the facts of a contest's export (JSON) again: do its final standings follow from them?
cargo xtask ledger export FILE    all that a deployment keeps, as lines of JSON; ADMIN_TOKEN is read from the environment
cargo xtask ledger import FILE    brings it; what is brought twice is there once
cargo xtask ledger move --to kv|durable     from the one that wrangler.toml names to the other, or back
    --host URL                    the deployment, default http://127.0.0.1:8787
    --in kv|durable               not the one that is in use
cargo xtask deploy [-- ARGS]      make the queues that are missing, build, then wrangler deploy ARGS
cargo xtask help                  this text
";

/// The command line cannot be understood: usage and exit code 2, rather than a failure of the work itself.
#[derive(Debug)]
struct Misuse(String);

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<lexopt::Error> for Misuse {
    fn from(error: lexopt::Error) -> Self {
        Self(error.to_string())
    }
}

enum Task {
    Build,
    Dev(dev::Options),
    Test(test::Options),
    Bench(Vec<OsString>),
    Deploy(Vec<OsString>),
    Verify(PathBuf),
    Ledger(ledger::Options),
    Help,
}

fn main() -> ExitCode {
    let task = match read(lexopt::Parser::from_env()) {
        Ok(task) => task,
        Err(misuse) => {
            eprintln!("error: {misuse}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let root = workspace();
    let outcome = match task {
        Task::Build => pipeline::build(&root).map(|_| ()),
        Task::Dev(options) => dev::run(&root, &options),
        Task::Test(options) => test::run(&root, &options),
        Task::Bench(arguments) => bench::run(&root, &arguments),
        Task::Ledger(options) => ledger::run(&options),
        Task::Deploy(arguments) => deploy::run(&root, &arguments),
        Task::Verify(file) => verify::run(&file),
        Task::Help => {
            print!("{USAGE}");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            if env::var_os(dev::REBUILDING).is_some() {
                eprintln!("what was built before is still served");
                return ExitCode::SUCCESS;
            }
            ExitCode::FAILURE
        }
    }
}

fn read(mut parser: lexopt::Parser) -> Result<Task, Misuse> {
    let name = match parser.next()? {
        Some(Arg::Value(name)) => name.string()?,
        Some(Arg::Short('h') | Arg::Long("help")) | None => return Ok(Task::Help),
        Some(other) => return Err(other.unexpected().into()),
    };
    match name.as_str() {
        "build" => match parser.next()? {
            None => Ok(Task::Build),
            Some(other) => Err(other.unexpected().into()),
        },
        "dev" => {
            let mut options = dev::Options::default();
            while let Some(argument) = parser.next()? {
                match argument {
                    Arg::Long("port") => options.port = parser.value()?.parse()?,
                    Arg::Long("persist") => options.persist = Some(parser.value()?.into()),
                    Arg::Long("fresh") => options.fresh = true,
                    Arg::Long("limits") => options.limits = true,
                    Arg::Long("ledger") => options.ledger = Some(parser.value()?.string()?),
                    other => return Err(other.unexpected().into()),
                }
            }
            Ok(Task::Dev(options))
        }
        "test" => {
            let mut options = test::Options::default();
            while let Some(argument) = parser.next()? {
                match argument {
                    Arg::Long("quick") => options.quick = true,
                    Arg::Long("install-browser") => options.install_browser = true,
                    other => return Err(other.unexpected().into()),
                }
            }
            Ok(Task::Test(options))
        }
        "bench" => Ok(Task::Bench(passed_on(&mut parser)?)),
        "deploy" => Ok(Task::Deploy(passed_on(&mut parser)?)),
        "verify" => {
            let file = parser.value().map_err(|_| Misuse("verify takes a file".to_owned()))?;
            match parser.next()? {
                None => Ok(Task::Verify(file.into())),
                Some(other) => Err(other.unexpected().into()),
            }
        }
        "ledger" => ledger_options(&mut parser).map(Task::Ledger),
        "help" => Ok(Task::Help),
        _ => Err(Misuse(format!("there is no command `{name}`"))),
    }
}

fn ledger_options(parser: &mut lexopt::Parser) -> Result<ledger::Options, Misuse> {
    let task = match parser.value()?.string()?.as_str() {
        "export" => ledger::Task::Export(parser.value()?.into()),
        "import" => ledger::Task::Import(parser.value()?.into()),
        "move" => ledger::Task::Move,
        other => return Err(Misuse(format!("a ledger has export, import and move, and no `{other}`"))),
    };
    let mut options = ledger::Options { task, host: "http://127.0.0.1:8787".to_owned(), ledger: None };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("host") => options.host = parser.value()?.string()?,
            Arg::Long("in") if !matches!(options.task, ledger::Task::Move) => {
                options.ledger = Some(parser.value()?.string()?);
            }
            Arg::Long("to") if matches!(options.task, ledger::Task::Move) => {
                options.ledger = Some(parser.value()?.string()?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

/// What is behind `--`, for another program.
fn passed_on(parser: &mut lexopt::Parser) -> Result<Vec<OsString>, Misuse> {
    match parser.next()? {
        None => Ok(Vec::new()),
        // lexopt swallows the `--` itself; what is behind it arrives as values.
        Some(Arg::Value(first)) => {
            let rest = parser.raw_args()?;
            Ok(std::iter::once(first).chain(rest).collect())
        }
        Some(other) => Err(other.unexpected().into()),
    }
}

fn workspace() -> PathBuf {
    // Cargo says where the checkout is now; the constant is where it was when xtask was compiled.
    let here = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

#[cfg(test)]
mod tests {
    use super::{Task, read};

    fn reads(line: &str) -> Result<Task, super::Misuse> {
        read(lexopt::Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for line in [
            "serve",
            "ledger",
            "ledger burn",
            "ledger move --in kv",
            "dev --prot 1",
            "dev --port",
            "dev --port x",
            "build it",
            "verify",
            "verify a b",
            "--verbose",
        ] {
            assert!(reads(line).is_err(), "{line}");
        }
    }

    #[test]
    fn what_is_known_is_read() {
        assert!(matches!(reads(""), Ok(Task::Help)));
        assert!(matches!(reads("build"), Ok(Task::Build)));
        assert!(matches!(
            reads("dev --port 9000 --fresh"),
            Ok(Task::Dev(options)) if options.port == 9000 && options.fresh && !options.limits
        ));
        assert!(matches!(
            reads("ledger move --to durable --host https://r.example"),
            Ok(Task::Ledger(options)) if options.ledger.as_deref() == Some("durable") && options.host == "https://r.example"
        ));
        assert!(matches!(
            reads("dev --limits"),
            Ok(Task::Dev(options)) if options.limits
        ));
        assert!(matches!(
            reads("deploy -- --env staging"),
            Ok(Task::Deploy(arguments)) if arguments == ["--env", "staging"]
        ));
    }
}
