//! Decides in which order things are built, and what need not be built again.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::tools::{self, Tools, WASM};
use crate::{app, dist, docs, exec, lists, openapi, sizes, widget, workers};

/// What rustc takes for granted on this target; wasm-opt refuses code that uses more than it is told of.
pub(crate) const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds all there is, and leaves `dist/` and `edge/build/` as they were where anything fails.
pub fn build(root: &Path) -> Result<Tools> {
    let started = Instant::now();
    let work = root.join("target/xtask");
    fs::create_dir_all(&work)?;
    // Wrangler builds by itself when it starts, and tests start several at once.
    let _lock = lock(&work.join("lock"))?;

    let tools = tools::ensure(root)?;
    let tracker = tracker(root, &work, &tools)?;
    let (widget, widget_changed) = widget::build(root, &work, &tools)?;
    let edge_changed = workers::build(root, &work, &tools)?;
    package(root, &work)?;
    let sources = [
        root.join("www"),
        tracker.output.clone(),
        widget,
        app::build(root, &work, &tools)?,
        openapi::assemble(root, &work, &tools)?,
        docs::build(root, &work, &tools)?,
        lists::disposable(root, &work)?,
    ];
    dist::assemble(&root.join("dist"), &sources, &work.join("incoming"))?;

    let report = work.join("sizes.txt");
    if tracker.changed || widget_changed || edge_changed || !report.is_file() {
        fs::write(&report, sizes::report(root, &tools)?)?;
    }
    print!("{}", fs::read_to_string(&report)?);
    println!("built in {:.1} s", started.elapsed().as_secs_f32());
    Ok(tools)
}

/// The npm package as it would be published, with what `npm pack` says of it beside it. Its sources are what it holds.
fn package(root: &Path, work: &Path) -> Result<()> {
    let (sources, output) = (root.join("npm"), root.join("target/npm"));
    let mut stamp = Stamp::begin(root)?;
    for (name, file) in dist::files(&sources)? {
        stamp.text(&name.to_string_lossy());
        stamp.file(&file)?;
    }
    let stamp = stamp.end(work.join("package.stamp"));
    let report = output.join("pack.json");
    if stamp.is_current() && report.is_file() {
        return Ok(());
    }
    println!("npm package: npm pack");
    dist::empty(&output)?;
    fs::create_dir_all(&output)?;
    let packed = exec::capture(
        Command::new("npm")
            .args(["pack", "--json", "--loglevel=error", "--pack-destination"])
            .arg(&output)
            .current_dir(&sources),
    )?;
    fs::write(&report, packed)?;
    stamp.set()
}

fn lock(path: &Path) -> Result<File> {
    let file = File::create(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            println!("another build is running: waiting for it …");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    Ok(file)
}

/// Each flag was measured to make the core smaller; `cargo xtask build` prints by how much it is.
const WASM_BINDGEN: &str = "--target bundler --no-typescript --encode-into always \
    --remove-name-section --remove-producers-section --out-name tracker";
const WASM_OPT: &str = "-Oz --flatten --rereloop -Oz -Oz --low-memory-unused --strip-target-features";
const WASM_LOWERING: &str =
    "--llvm-memory-copy-fill-lowering --llvm-nontrapping-fptoint-lowering --signext-lowering";
/// What core.js calls; wasm-bindgen exports more, for handles of JavaScript values, which are not used here.
const EXPORTS: [&str; 5] = ["memory", "run", "answered", "__wbindgen_malloc", "__wbindgen_realloc"];
pub(crate) const ESBUILD: &str = "--bundle --minify --target=es2020 --legal-comments=none";
/// What a name ends in that loader and core know each other's properties by: it becomes a letter, the same one in both.
const INTERNAL: &str = "_$";

const TERSER: &str = "--compress passes=3,ecma=2020 --mangle --ecma 2020";

struct Tracker {
    output: PathBuf,
    changed: bool,
}

fn tracker(root: &Path, work: &Path, tools: &Tools) -> Result<Tracker> {
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
    stamp.file(&wasm)?;
    for file in dist::files(&loader)?.values() {
        stamp.text(&file.to_string_lossy());
        stamp.file(file)?;
    }
    let stamp = stamp.end(work.join("tracker.stamp"));
    if stamp.is_current() && output.is_dir() {
        return Ok(Tracker { output, changed: false });
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
    Ok(Tracker { output, changed: true })
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

/// Of what wasm-bindgen exports, what is called by these names, and what that needs.
pub(crate) fn keep_called(
    wasm: &Path,
    names: &[&str],
    options: &[&str],
    called: &Path,
    tools: &Tools,
) -> Result<()> {
    let mut graph = vec![serde_json::json!({"name": "page", "root": true, "reaches": names})];
    graph.extend(names.iter().map(|name| serde_json::json!({"name": name, "export": name})));
    let graph_file = called.with_extension("json");
    fs::write(&graph_file, serde_json::to_string(&graph)?)?;
    exec::quiet(
        tools
            .command(tools.wasm_opt.with_file_name("wasm-metadce"))
            .args(WASM_FEATURES)
            .args(options)
            .arg("--graph-file")
            .arg(&graph_file)
            .arg(wasm)
            .arg("-o")
            .arg(called),
    )
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

/// Puts a file into `core/`, under a name that changes with its content; returns that name.
pub(crate) fn keep(draft: &Path, name: &str, file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    let name = format!("{name}-{}.{extension}", short_hash(&bytes));
    fs::write(draft.join("core").join(&name), bytes)?;
    Ok(name)
}

/// The first build takes long enough to want cargo's progress; later ones speak only of what is wrong.
pub(crate) fn quiet_again(built: &Path) -> Option<&'static str> {
    built.is_file().then_some("--quiet")
}

/// Where cargo puts what it builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}

fn short_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)).chars().take(8).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A hash of everything a result follows from; kept beside the result, it tells whether that is still good.
pub(crate) struct Stamp(Sha256);

impl Stamp {
    pub(crate) fn begin(root: &Path) -> Result<Self> {
        let mut stamp = Self(Sha256::new());
        stamp.text(include_str!("pipeline.rs"));
        stamp.file(&root.join("package-lock.json"))?;
        let lock = fs::read_to_string(root.join("Cargo.lock"))?;
        let versions: BTreeMap<_, _> = ["wasm-bindgen", "worker"]
            .into_iter()
            .map(|package| (package, tools::locked(&lock, package)))
            .collect();
        stamp.text(&format!("{versions:?}"));
        Ok(stamp)
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.0.update(text.len().to_le_bytes());
        self.0.update(text);
    }

    pub(crate) fn file(&mut self, path: &Path) -> Result<()> {
        let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        self.0.update(bytes.len().to_le_bytes());
        self.0.update(bytes);
        Ok(())
    }

    pub(crate) fn end(self, path: PathBuf) -> Sealed {
        Sealed { path, hash: hex(&self.0.finalize()) }
    }
}

pub(crate) struct Sealed {
    path: PathBuf,
    hash: String,
}

impl Sealed {
    pub(crate) fn is_current(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|found| found == self.hash)
    }

    pub(crate) fn set(&self) -> Result<()> {
        fs::write(&self.path, &self.hash)
            .with_context(|| format!("{} cannot be written", self.path.display()))
    }
}
