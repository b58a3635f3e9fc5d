//! How the script that sites paste is built, and the core that it loads, as WebAssembly and as JavaScript.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::pipeline::{ESBUILD, Stamp, WASM_FEATURES, keep, keep_called, quiet_again, short_hash, target};
use crate::tools::{Tools, WASM};
use crate::{dist, exec};

/// Each flag was measured to make the core smaller; `cargo xtask build` prints by how much it is.
const WASM_BINDGEN: &str = "--target bundler --no-typescript --encode-into always \
    --remove-name-section --remove-producers-section --out-name tracker";
const WASM_OPT: &str = "-Oz --flatten --rereloop -Oz -Oz --low-memory-unused --strip-target-features";
const WASM_LOWERING: &str =
    "--llvm-memory-copy-fill-lowering --llvm-nontrapping-fptoint-lowering --signext-lowering";
/// What core.js calls; wasm-bindgen exports more, for handles of JavaScript values, which are not used here.
const EXPORTS: [&str; 5] = ["memory", "run", "answered", "__wbindgen_malloc", "__wbindgen_realloc"];
/// What a name ends in that loader and core know each other's properties by: it becomes a letter, the same one in both.
const INTERNAL: &str = "_$";

const TERSER: &str = "--compress passes=3,ecma=2020 --mangle --ecma 2020";

/// Where it was built, and whether it has changed.
pub fn build(root: &Path, work: &Path, tools: &Tools) -> Result<(PathBuf, bool)> {
    println!("tracker: cargo build");
    let wasm = target(root).join(WASM).join("tracker/tracker.wasm");
    exec::run(
        Command::new("cargo")
            .args(["build", "--package", "tracker", "--lib"])
            .args(["--target", WASM, "--profile", "tracker"])
            .args(quiet_again(&wasm))
            .current_dir(root),
    )?;
    let loader = root.join("tracker/loader");

    let output = work.join("tracker");
    let mut stamp = Stamp::begin(root)?;
    stamp.text(include_str!("tracker.rs"));
    stamp.file(&wasm)?;
    for file in dist::files(&loader)?.values() {
        stamp.text(&file.to_string_lossy());
        stamp.file(file)?;
    }
    let stamp = stamp.end(work.join("tracker.stamp"));
    if stamp.is_current() && output.is_dir() {
        return Ok((output, false));
    }

    println!("tracker: wasm-bindgen, wasm-opt, wasm2js, esbuild, terser");
    let draft = work.join("tracker.draft");
    dist::empty(&draft)?;
    fs::create_dir_all(draft.join("core"))?;

    let glue = work.join("glue");
    dist::empty(&glue)?;
    exec::run(
        Command::new(&tools.wasm_bindgen)
            .args(WASM_BINDGEN.split_whitespace())
            .arg("--out-dir")
            .arg(&glue)
            .arg(&wasm),
    )?;
    let (wasm, names) = core(&glue, tools)?;
    let glue_module = glue.join("tracker_bg.js");
    let text = fs::read_to_string(&glue_module)?;
    fs::write(&glue_module, names.in_glue(&follow_growth(&text)?)?)?;
    let imports_module = glue.join("imports.js");
    fs::write(&imports_module, names.imports_module())?;
    let letters = glue.join("letters.json");
    fs::write(&letters, "{}")?;

    let engine_name = keep(&draft, "engine", &engine(&wasm, &glue, tools)?)?;
    let bundle = |entry: &str, format: &str, defines: &[(&str, &str)]| -> Result<PathBuf> {
        let bundled = glue.join(format!("bundled-{entry}"));
        let output = glue.join(format!("minified-{entry}"));
        exec::quiet(
            tools
                .command(&tools.esbuild)
                .arg(loader.join(entry))
                .args(ESBUILD.split_whitespace())
                .arg(format!("--format={format}"))
                .args(defines.iter().map(|(name, value)| format!("--define:{name}={value:?}")))
                .arg(format!("--mangle-props={INTERNAL}"))
                .arg(format!("--mangle-cache={}", letters.display()))
                .arg(format!("--alias:tracker-glue={}", glue_module.display()))
                .arg(format!("--alias:tracker-imports={}", imports_module.display()))
                .arg(format!("--alias:tracker-host={}", loader.join("host.js").display()))
                .arg(format!("--outfile={}", bundled.display())),
        )?;
        exec::quiet(
            tools
                .command(&tools.terser)
                .args(TERSER.split_whitespace())
                .args((format == "esm").then_some("--module"))
                .arg("--output")
                .arg(&output)
                .arg("--")
                .arg(bundled),
        )?;
        Ok(output)
    };
    // The pasted script has its pick of the letters, before it knows what the core is called.
    bundle("loader.js", "iife", &[("CORE_URL", "")])?;
    let view_name = keep(&draft, "view", &bundle("view.js", "esm", &[])?)?;
    let doctor_name = keep(&draft, "doctor", &bundle("doctor.js", "esm", &[("VIEW_URL", &view_name)])?)?;
    // The deployment's own page has no script that would tell it these names.
    fs::create_dir_all(draft.join("doctor"))?;
    fs::write(
        draft.join("doctor/modules.js"),
        format!("export * from \"../core/{doctor_name}\";\nexport * from \"../core/{view_name}\";\n"),
    )?;
    let defines = [("ENGINE_URL", engine_name.as_str()), ("DOCTOR_URL", &doctor_name)];
    let script = bundle("core.js", "esm", &defines)?;
    // Both have one name, which the loader then has to hold once.
    let core_name = format!("core-{}", short_hash(&[fs::read(&script)?, fs::read(&wasm)?].concat()));
    for (file, extension) in [(script, "js"), (wasm, "wasm")] {
        fs::copy(file, draft.join("core").join(format!("{core_name}.{extension}")))?;
    }
    let pasted = bundle("loader.js", "iife", &[("CORE_URL", &format!("core/{core_name}"))])?;
    fs::copy(pasted, draft.join("referral-tracker.js"))?;

    dist::empty(&output)?;
    fs::rename(&draft, &output)?;
    stamp.set()?;
    Ok((output, true))
}

/// The core as it is served: nothing in it that the page does not call, and short names for what is left.
fn core(glue: &Path, tools: &Tools) -> Result<(PathBuf, Names)> {
    let called = glue.join("called.wasm");
    keep_called(&glue.join("tracker_bg.wasm"), &EXPORTS, &[], &called, tools)?;
    let wasm = glue.join("core.wasm");
    let names = exec::capture(
        tools
            .command(&tools.wasm_opt)
            .args(WASM_OPT.split_whitespace())
            .arg("--minify-imports-and-exports-and-modules")
            .args(WASM_FEATURES)
            .arg(called)
            .arg("-o")
            .arg(&wasm),
    )?;
    let names =
        serde_json::from_str(&names).context("wasm-opt writes its names in another form than it did")?;
    Ok((wasm, names))
}

/// What wasm-opt has shortened: the long names of wasm-bindgen hold hashes, which no compression makes any shorter.
#[derive(serde::Deserialize)]
struct Names {
    /// Module, name, short name.
    imports: Vec<(String, String, String)>,
    /// Name, short name.
    exports: Vec<(String, String)>,
}

impl Names {
    /// wasm-bindgen's glue, calling the exports by their short names.
    fn in_glue(&self, glue: &str) -> Result<String> {
        let mut text = glue.to_owned();
        for (name, short) in &self.exports {
            let long = format!("wasm.{name}");
            if !text.contains(&long) {
                bail!("wasm-bindgen's glue does not call {name}");
            }
            text = text.replace(&long, &format!("wasm.{short}"));
        }
        Ok(text)
    }

    /// What the core imports, by the short names, all of them in the module that wasm-opt calls `a`.
    fn imports_module(&self) -> String {
        let mut module = String::from("import * as glue from \"tracker-glue\";\nexport default { a: {\n");
        for (_, name, short) in &self.imports {
            let _ = writeln!(module, "  {short}: glue.{name},");
        }
        module.push_str("} };\n");
        module
    }
}

/// The same core as a module of JavaScript; what it exports makes an instance of the imports it is given.
fn engine(wasm: &Path, glue: &Path, tools: &Tools) -> Result<PathBuf> {
    let (lowered, written) = (glue.join("lowered.wasm"), glue.join("written.js"));
    exec::run(
        tools
            .command(&tools.wasm_opt)
            .args(WASM_FEATURES)
            .args(WASM_LOWERING.split_whitespace())
            .arg(wasm)
            .arg("-o")
            .arg(&lowered),
    )?;
    exec::run(
        tools
            .command(tools.wasm_opt.with_file_name("wasm2js"))
            .arg("-Oz")
            .arg(lowered)
            .arg("-o")
            .arg(&written),
    )?;
    let text = fs::read_to_string(&written)?;
    // It begins with an import of the glue and ends with one instance; in between is `asmFunc`.
    let body = text
        .split_once(";\n")
        .and_then(|(import, rest)| import.starts_with("import ").then_some(rest))
        .and_then(|rest| rest.split_once("var retasmFunc"))
        .context("wasm2js writes another form than it did")?
        .0;
    fs::write(&written, format!("{body}export default asmFunc;\n"))?;
    let output = glue.join("engine.js");
    exec::quiet(
        tools
            .command(&tools.esbuild)
            .arg(written)
            .args(ESBUILD.split_whitespace())
            .arg("--format=esm")
            .arg(format!("--outfile={}", output.display())),
    )?;
    Ok(output)
}

/// wasm-bindgen takes a buffer for outgrown when it has no bytes left; the one of [`engine`] keeps them.
fn follow_growth(glue: &str) -> Result<String> {
    let mut text = glue.to_owned();
    for (name, outgrown) in [
        ("cachedUint8ArrayMemory0", "NAME.byteLength === 0"),
        (
            "cachedDataViewMemory0",
            "NAME.buffer.detached === true || (NAME.buffer.detached === undefined && NAME.buffer !== wasm.memory.buffer)",
        ),
    ] {
        let outgrown = outgrown.replace("NAME", name);
        if !text.contains(&outgrown) {
            bail!("wasm-bindgen asks for an outgrown buffer in another way than `{outgrown}`");
        }
        text = text.replace(&outgrown, &format!("{name}.buffer !== wasm.memory.buffer"));
    }
    Ok(text)
}
