//! Running other programs: what is said when one is missing or fails.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::{Context, Error, Result, bail};

/// Runs to the end with this terminal's output.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|e| missing(command, e))?;
    if !status.success() {
        bail!("{} failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs to the end and keeps its standard output; what it says on standard error is shown.
pub fn capture(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|e| missing(command, e))?;
    if !output.status.success() {
        bail!("{} failed ({})", describe(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} did not write UTF-8", describe(command)))
}

/// Runs silently: for a tool that talks on success too. What it said is part of the error.
pub fn quiet(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| missing(command, e))?;
    if !output.status.success() {
        bail!(
            "{} failed ({})\n{}{}",
            describe(command),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
    }
    Ok(())
}

/// What a program answers to `--version`, or nothing where it does not run.
pub fn version(program: impl AsRef<std::ffi::OsStr>) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn missing(command: &Command, error: std::io::Error) -> Error {
    let program = command.get_program().to_string_lossy().into_owned();
    if error.kind() != ErrorKind::NotFound {
        return Error::new(error).context(format!("{program} cannot be run"));
    }
    let remedy = match program.as_str() {
        "cargo" | "rustc" | "rustup" => "install Rust from https://rustup.rs",
        "node" | "npm" => "install Node.js 20 or later from https://nodejs.org",
        _ => "run `cargo xtask build`",
    };
    anyhow::anyhow!("{program} is not here: {remedy}")
}

fn describe(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args().take(4) {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    if command.get_args().len() > 4 {
        text.push_str(" …");
    }
    text
}
