//! Decides which sizes are reported, the ones a visitor downloads and the one that Workers limits, and how large they may be.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::tools::Tools;
use crate::{dist, exec};

/// Node is here anyway and has both compressions; a crate for them would have to be compiled.
const MEASURE: &str = "
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { brotliCompressSync, gzipSync } = require('node:zlib');
for (const file of process.argv.slice(1)) {
  const bytes = readFileSync(file);
  const sizes = [bytes.length, brotliCompressSync(bytes).length, gzipSync(bytes, { level: 9 }).length];
  console.log(...sizes, 'sha384-' + createHash('sha384').update(bytes).digest('base64'));
}";

/// At most how many bytes, each a sum of parts: of what a visitor downloads, in brotli; of what each isolate starts from, in
/// gzip, as Workers counts it.
const BUDGETS: [(&str, &[&str], Measure, usize); 5] = [
    ("the loader", &[LOADER], ("brotli", |part| part.brotli), 2_000),
    ("loader and core", &[LOADER, CORE_JS, CORE_WASM], ("brotli", |part| part.brotli), 16_000),
    (
        "the widget without QR, in its largest language",
        &[WIDGET, WIDGET_WORDS],
        ("brotli", |part| part.brotli),
        12_000,
    ),
    ("the front Worker", &[FRONT_JS, FRONT_WASM], ("gzip", |part| part.gzip), 250_000),
    ("the Worker behind it", &[BACK_JS, BACK_WASM], ("gzip", |part| part.gzip), 409_000),
];

type Measure = (&'static str, fn(&Part) -> usize);

const LOADER: &str = "loader";
const CORE_JS: &str = "core js";
const CORE_WASM: &str = "core wasm";
const FRONT_JS: &str = "front js";
const FRONT_WASM: &str = "front wasm";
const BACK_JS: &str = "back js";
const BACK_WASM: &str = "back wasm";
const WIDGET: &str = "widget";
const WIDGET_WORDS: &str = "widget ja";

struct Part {
    name: &'static str,
    file: PathBuf,
    raw: usize,
    brotli: usize,
    gzip: usize,
    integrity: String,
}

/// A small table of bytes, raw and compressed, and what a page's `integrity` attribute says of each file.
pub fn report(root: &Path, tools: &Tools) -> Result<String> {
    let parts = measure(root, tools)?;
    let mut report = format!("{:<11}{:>10}{:>10}{:>10}\n", "bytes", "raw", "brotli", "gzip");
    for Part { name, raw, brotli, gzip, .. } in &parts {
        writeln!(report, "{name:<11}{raw:>10}{brotli:>10}{gzip:>10}")?;
    }
    report.push_str("integrity\n");
    for Part { file, integrity, .. } in &parts {
        if let Ok(name) = file.strip_prefix(root.join("dist")) {
            writeln!(report, "{:<28}{integrity}", name.display())?;
        }
    }
    Ok(report)
}

/// What of each budget is used; fails where one is exceeded.
pub fn budgets(root: &Path, tools: &Tools) -> Result<Vec<String>> {
    let parts = measure(root, tools)?;
    let used = |(name, summands, (compression, size), most): &(&str, &[&str], Measure, usize)| {
        let bytes: usize = parts.iter().filter(|part| summands.contains(&part.name)).map(size).sum();
        if bytes > *most {
            bail!("{name}: {bytes} bytes of {compression} are more than its budget of {most}");
        }
        Ok(format!("{name}: {bytes} of {most} bytes of {compression}"))
    };
    BUDGETS.iter().map(used).collect()
}

fn measure(root: &Path, tools: &Tools) -> Result<Vec<Part>> {
    let core = dist::files(&root.join("dist/core"))?;
    let named = |name: &str, extension: &str| -> Result<PathBuf> {
        core.iter()
            .find(|(path, _)| {
                let path = path.to_string_lossy();
                path.starts_with(name) && path.ends_with(extension)
            })
            .map(|(_, file)| file.clone())
            .with_context(|| format!("dist/core holds no {name}*{extension}"))
    };
    let parts = [
        (LOADER, root.join("dist/referral-tracker.js")),
        (CORE_JS, named("core-", ".js")?),
        (CORE_WASM, named("core-", ".wasm")?),
        ("engine js", named("engine-", ".js")?),
        ("doctor js", named("doctor-", ".js")?),
        ("view js", named("view-", ".js")?),
        (WIDGET, root.join("dist/referral-widget.js")),
        (WIDGET_WORDS, named("widget-ja-", ".js")?),
        ("widget qr", named("widget-qr-", ".js")?),
        (FRONT_JS, root.join("edge/build/front/index.js")),
        (FRONT_WASM, root.join("edge/build/front/index_bg.wasm")),
        (BACK_JS, root.join("edge/build/back/index.js")),
        (BACK_WASM, root.join("edge/build/back/index_bg.wasm")),
    ];
    let output = exec::capture(
        tools.command(&tools.node).args(["--eval", MEASURE]).args(parts.iter().map(|(_, file)| file)),
    )?;
    let measured = parts.into_iter().zip(output.lines()).map(|((name, file), line)| {
        let mut words = line.split(' ');
        let mut word = || words.next().context("node has said too little");
        Ok(Part {
            name,
            file,
            raw: word()?.parse()?,
            brotli: word()?.parse()?,
            gzip: word()?.parse()?,
            integrity: word()?.to_owned(),
        })
    });
    measured.collect()
}
