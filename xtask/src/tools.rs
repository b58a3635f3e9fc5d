//! Decides which tools a build and its tests use, and brings in those that are missing, each at the version that is written
//! down: in the lock files, or here.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{dist, exec};

pub const WASM: &str = "wasm32-unknown-unknown";

const OLDEST_NODE_FOR_WRANGLER: u32 = 22;
const OLDEST_NODE_FOR_NPM: u32 = 20;

/// What drives Firefox; no lock file names it, as nothing here is compiled against it.
const GECKODRIVER: &str = "0.37.1";

/// Where everything a build needs is found.
pub struct Tools {
    pub node: PathBuf,
    pub wrangler: PathBuf,
    pub esbuild: PathBuf,
    pub terser: PathBuf,
    pub wasm_opt: PathBuf,
    pub wasm_bindgen: PathBuf,
    path: OsString,
}

impl Tools {
    /// A command that finds this project's Node and npm packages before the machine's.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", &self.path);
        command
    }
}

const PACKAGES: &str = "npm packages (wrangler, esbuild, binaryen, …)";

pub fn ensure(root: &Path) -> Result<Tools> {
    let modules = root.join("node_modules");

    step(1, &format!("Rust target {WASM}"), wasm_target(root)?);
    step(2, "Node.js and npm", node_and_npm()?);
    step(3, PACKAGES, packages(root)?);
    let node = recent_node(&modules)?;

    let lock = fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let (wasm_bindgen, found) = wasm_bindgen(root, &lock)?;
    step(4, "wasm-bindgen", found);
    dist::empty(&shared_target(root))?;

    let mut path = vec![modules.join(".bin")];
    path.extend(node.parent().map(Path::to_path_buf));
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    Ok(Tools {
        node,
        wrangler: modules.join("wrangler/bin/wrangler.js"),
        esbuild: modules.join(".bin/esbuild"),
        terser: modules.join(".bin/terser"),
        wasm_opt: modules.join(".bin/wasm-opt"),
        wasm_bindgen,
        path: env::join_paths(path)?,
    })
}

fn step(number: u8, name: &str, state: impl std::fmt::Display) {
    println!("[{number}/4] {name} ... {state}");
}

/// Adds the target that tracker and edge are compiled for, if it is not there.
pub fn wasm_target(root: &Path) -> Result<&'static str> {
    let installed = || -> Result<bool> {
        let sysroot = exec::capture(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root))?;
        Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(WASM).is_dir())
    };
    if installed()? {
        return Ok("present");
    }
    step(1, &format!("Rust target {WASM}"), "installing …");
    exec::run(Command::new("rustup").args(["target", "add", WASM]).current_dir(root))?;
    if !installed()? {
        bail!("rustup has added {WASM} to another toolchain than the one rust-toolchain.toml names");
    }
    Ok("installed")
}

fn node_and_npm() -> Result<String> {
    let node = exec::capture(Command::new("node").arg("--version"))?;
    let npm = exec::capture(Command::new("npm").args(["--version", "--loglevel=error"]))?;
    if major(&node) < OLDEST_NODE_FOR_NPM {
        bail!(
            "Node.js {} is too old: install {OLDEST_NODE_FOR_NPM} or later from https://nodejs.org",
            node.trim()
        );
    }
    Ok(format!("present ({}, npm {})", node.trim(), npm.trim()))
}

fn packages(root: &Path) -> Result<&'static str> {
    if in_step(root)? {
        return Ok("present");
    }
    step(3, PACKAGES, "installing (about half a minute) …");
    // Wrangler asks for a newer Node than npm may be running on; the packages bring that Node along, so its warning
    // would only puzzle.
    exec::run(
        Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(root),
    )?;
    if !in_step(root)? {
        bail!("npm ci has not installed what package-lock.json names: delete node_modules and try again");
    }
    Ok("installed")
}

/// Whether `node_modules` holds what package-lock.json names, up to packages that are for other platforms.
fn in_step(root: &Path) -> Result<bool> {
    let locked: Value = serde_json::from_slice(
        &fs::read(root.join("package-lock.json")).context("package-lock.json cannot be read")?,
    )
    .context("package-lock.json is not JSON")?;
    let Ok(installed) = fs::read(root.join("node_modules/.package-lock.json")) else {
        return Ok(false);
    };
    let Ok(installed) = serde_json::from_slice::<Value>(&installed) else {
        return Ok(false);
    };
    Ok(same_packages(&locked, &installed))
}

fn same_packages(locked: &Value, installed: &Value) -> bool {
    let packages = |lock: &Value| lock.get("packages").and_then(Value::as_object).cloned();
    let (Some(mut locked), Some(installed)) = (packages(locked), packages(installed)) else {
        return false;
    };
    locked.remove(""); // the project itself
    installed.keys().all(|name| locked.contains_key(name))
        && locked.iter().all(|(name, wanted)| match installed.get(name) {
            Some(found) => found.get("version") == wanted.get("version"),
            None => wanted.get("optional") == Some(&Value::Bool(true)),
        })
}

fn recent_node(modules: &Path) -> Result<PathBuf> {
    let ours = modules.join(".bin/node");
    [ours, PathBuf::from("node")]
        .into_iter()
        .find(|node| exec::version(node).is_some_and(|v| major(&v) >= OLDEST_NODE_FOR_WRANGLER))
        .with_context(|| {
            format!(
                "wrangler needs Node.js {OLDEST_NODE_FOR_WRANGLER}, and the npm package `node` that brings it has not \
                 been set up (are npm's install scripts turned off?): run `npm rebuild node`"
            )
        })
}

fn major(version: &str) -> u32 {
    let digits = version.trim().trim_start_matches('v');
    digits.split('.').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// The command, which must be of the very version that Cargo.lock has of the crate.
fn wasm_bindgen(root: &Path, lock: &str) -> Result<(PathBuf, String)> {
    let wanted = locked(lock, "wasm-bindgen").context("Cargo.lock has no package wasm-bindgen")?;
    if let Some(present) = crate_present(root, "wasm-bindgen", wanted) {
        return Ok((present, format!("present ({wanted})")));
    }
    step(4, "wasm-bindgen", format!("installing {wanted} (about a minute) …"));
    // Not --locked: the lock published with wasm-bindgen-cli 0.2.130 names a version that has been taken back.
    let installed = install_crate(root, "wasm-bindgen", "wasm-bindgen-cli", wanted, &[])?;
    Ok((installed, format!("installed ({wanted})")))
}

/// The driver of Firefox.
pub fn geckodriver(root: &Path) -> Result<PathBuf> {
    if let Some(present) = crate_present(root, "geckodriver", GECKODRIVER) {
        return Ok(present);
    }
    println!("geckodriver: installing {GECKODRIVER} (about two minutes) …");
    let installed = install_crate(root, "geckodriver", "geckodriver", GECKODRIVER, &["--locked"])?;
    dist::empty(&shared_target(root))?;
    Ok(installed)
}

fn crate_present(root: &Path, command: &str, wanted: &str) -> Option<PathBuf> {
    [installed_crate(root, command), on_path(command).unwrap_or_default()]
        .into_iter()
        .find(|program| is_of_version(program, wanted))
}

fn install_crate(root: &Path, command: &str, package: &str, wanted: &str, more: &[&str]) -> Result<PathBuf> {
    // Not optimized: compiling them would take three times as long, and they run for a fifth of a second.
    exec::run(
        Command::new("cargo")
            .args(["install", &format!("{package}@{wanted}"), "--bin", command])
            .args(more)
            .args(["--force", "--root"])
            .arg(root.join(".tools"))
            .current_dir(root)
            .env("CARGO_TARGET_DIR", shared_target(root))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    )?;
    let installed = installed_crate(root, command);
    if !is_of_version(&installed, wanted) {
        bail!("{} is not of version {wanted} after its installation", installed.display());
    }
    Ok(installed)
}

fn installed_crate(root: &Path, command: &str) -> PathBuf {
    root.join(".tools/bin").join(command)
}

fn is_of_version(program: &Path, wanted: &str) -> bool {
    exec::version(program).is_some_and(|v| v.split_whitespace().any(|word| word == wanted))
}

fn shared_target(root: &Path) -> PathBuf {
    root.join(".tools/target")
}

/// Where the shell would find a command.
pub fn on_path(command: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(command))
        .find(|program| program.is_file())
}

/// The version that Cargo.lock gives a package of which there is one.
pub fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::{locked, major, same_packages};
    use serde_json::json;

    #[test]
    fn a_locked_version_is_that_of_the_package_and_not_of_its_namesakes() {
        let lock = "[[package]]\nname = \"worker-macros\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"worker\"\nversion = \"0.8.7\"\n";
        assert_eq!(locked(lock, "worker"), Some("0.8.7"));
        assert_eq!(locked(lock, "work"), None);
    }

    #[test]
    fn node_modules_is_in_step_when_only_other_platforms_packages_are_missing() {
        let lock = json!({"packages": {"": {}, "node_modules/a": {"version": "1"},
            "node_modules/a-mac": {"version": "1", "optional": true}}});
        for (installed, expected) in [
            (json!({"node_modules/a": {"version": "1"}}), true),
            (json!({"node_modules/a": {"version": "2"}}), false),
            (json!({}), false),
            (json!({"node_modules/a": {"version": "1"}, "node_modules/b": {"version": "1"}}), false),
        ] {
            let found = same_packages(&lock, &json!({ "packages": installed }));
            assert_eq!(found, expected, "{installed}");
        }
    }

    #[test]
    fn a_node_version_has_a_major_number() {
        assert_eq!(major("v22.23.3\n"), 22);
        assert_eq!(major("nothing"), 0);
    }
}
