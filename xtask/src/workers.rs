//! Builds the Workers of `edge` into `edge/build/`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::pipeline::{Stamp, WASM_FEATURES, keep_called, quiet_again, target};
use crate::tools::{Tools, WASM};
use crate::{dist, exec};

/// What the Workers' calls to JavaScript may do.
const MAY_THROW: &str = "--enable-exception-handling";

/// Each of the Workers: its package, the profile it is built in, and what wasm-opt is to make of it. Shoppers wait for the front one; the
/// other is to be small: functions that are called from one place only stay as they are, and have more in common for gzip.
const WORKERS: [(&str, &str, &str); 2] = [
    ("front", "front", "-O3"),
    ("back", "release", "-Oz --merge-similar-functions --one-caller-inline-max-function-size=30"),
];

/// True where `edge/build/` has changed.
pub fn build(root: &Path, work: &Path, tools: &Tools) -> Result<bool> {
    let mut changed = false;
    for one in WORKERS {
        changed |= worker(root, work, tools, one)?;
    }
    Ok(changed)
}

fn worker(
    root: &Path,
    work: &Path,
    tools: &Tools,
    (package, profile, optimised): (&str, &str, &str),
) -> Result<bool> {
    println!("{package}: cargo build");
    let wasm = target(root).join(WASM).join(profile).join(package).with_extension("wasm");
    exec::run(
        Command::new("cargo")
            .args(["build", "--package", package, "--lib", "--profile", profile, "--target", WASM])
            .args(quiet_again(&wasm))
            .current_dir(root)
            .env("WASM_BINDGEN_USE_JS_SYS", "1"),
    )?;
    let sources = root.join("edge");
    let (entry, instance) = (sources.join(package).join("worker.js"), sources.join("src/instance.js"));
    let mut stamp = Stamp::begin(root)?;
    stamp.text(include_str!("workers.rs"));
    for file in [&wasm, &entry, &instance] {
        stamp.file(file)?;
    }
    let stamp = stamp.end(work.join(package).with_extension("stamp"));
    let built = sources.join("build").join(package);
    let complete = || ["index.js", "index_bg.wasm"].iter().all(|file| built.join(file).is_file());
    if stamp.is_current() && complete() {
        return Ok(false);
    }

    println!("{package}: wasm-bindgen, esbuild, wasm-opt");
    let glue = work.join(package);
    dist::empty(&glue)?;
    exec::quiet(
        tools
            .command(&tools.wasm_bindgen)
            .args(["--target", "module", "--no-typescript", "--out-name", "index"])
            // For instance.js.
            .args(["--experimental-reset-state-function", "--force-enable-abort-handler"])
            .arg("--out-dir")
            .args([&glue, &wasm]),
    )?;
    let (bundled, called, small) =
        (glue.join("worker.js"), glue.join("called.wasm"), glue.join("small.wasm"));
    exec::quiet(
        tools
            .command(&tools.esbuild)
            .args(["--bundle", "--minify-syntax", "--format=esm", "--external:*.wasm", "--log-level=warning"])
            // By which classes that nobody uses would be kept.
            .arg("--define:Symbol.dispose=undefined")
            .arg(format!("--alias:wasm={}", glue.join("index.js").display()))
            .arg(format!("--outfile={}", bundled.display()))
            .arg(entry),
    )?;
    // Workers import a module that they instantiate by themselves without that word.
    let text = fs::read_to_string(&bundled)?.replacen("import source ", "import ", 1);
    fs::write(&bundled, &text)?;
    // By their names its functions are put in order, for gzip, which looks 32 KB back: what is of one generic stands together.
    let options = [MAY_THROW, "--debuginfo"];
    keep_called(&glue.join("index_bg.wasm"), &called_by(&text), &options, &called, tools)?;
    exec::quiet(
        tools
            .command(&tools.wasm_opt)
            .args(WASM_FEATURES)
            .arg(MAY_THROW)
            .args(optimised.split_whitespace())
            .args(["--low-memory-unused", "--reorder-functions-by-name"])
            .arg(called)
            .arg("-o")
            .arg(&small),
    )?;
    fs::create_dir_all(&built)?;
    exec::quiet(
        tools
            .command(&tools.esbuild)
            .args(["--minify", "--format=esm", "--log-level=warning"])
            .arg(format!("--outfile={}", built.join("index.js").display()))
            .arg(bundled),
    )?;
    fs::rename(&small, built.join("index_bg.wasm"))?;
    stamp.set()?;
    Ok(true)
}

/// The exports of WebAssembly that wasm-bindgen's glue calls in what is left of it.
fn called_by(glue: &str) -> Vec<&str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut names: Vec<&str> = glue
        .split("wasm.")
        .skip(1)
        .filter_map(|rest| rest.split(|letter| !is_name(letter)).next())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::called_by;

    #[test]
    fn what_the_glue_calls_is_named_once_and_nothing_else() {
        let glue = "import * as wasm from './index_bg.wasm';\nwasm.b_2(wasm.a(), 1); export const c = wasm.memory; wasm.a(); let wasmer = 1;";
        assert_eq!(called_by(glue), ["a", "b_2", "memory"]);
    }
}
