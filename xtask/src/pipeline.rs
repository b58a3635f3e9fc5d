//! Decides in which order things are built, and what need not be built again.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::tools::{self, Tools};
use crate::{app, dist, docs, exec, lists, openapi, sizes, tracker, widget, workers};

/// What rustc takes for granted on this target; wasm-opt refuses code that uses more than it is told of.
pub(crate) const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// For what browsers run.
pub(crate) const ESBUILD: &str = "--bundle --minify --target=es2020 --legal-comments=none";

/// Builds all there is, and leaves `dist/` and `edge/build/` as they were where anything fails.
pub fn build(root: &Path) -> Result<Tools> {
    let started = Instant::now();
    let work = root.join("target/xtask");
    fs::create_dir_all(&work)?;
    // Wrangler builds by itself when it starts, and tests start several at once.
    let _lock = lock(&work.join("lock"))?;

    let tools = tools::ensure(root)?;
    let (tracker, tracker_changed) = tracker::build(root, &work, &tools)?;
    let (widget, widget_changed) = widget::build(root, &work, &tools)?;
    let edge_changed = workers::build(root, &work, &tools)?;
    package(root, &work)?;
    let sources = [
        root.join("www"),
        tracker,
        widget,
        app::build(root, &work, &tools)?,
        openapi::assemble(root, &work, &tools)?,
        docs::build(root, &work, &tools)?,
        lists::disposable(root, &work)?,
    ];
    dist::assemble(&root.join("dist"), &sources, &work.join("incoming"))?;

    let report = work.join("sizes.txt");
    if tracker_changed || widget_changed || edge_changed || !report.is_file() {
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

pub(crate) fn short_hash(bytes: &[u8]) -> String {
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
