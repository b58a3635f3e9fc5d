//! Decides what lies in `dist/`: exactly the files of its sources, each replaced in one step.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Makes `dist` hold the files of all `sources` and no others.
///
/// New files come first and old ones go last, so that a server on top of it never names a file that is not there.
pub fn assemble(dist: &Path, sources: &[PathBuf], incoming: &Path) -> Result<()> {
    let mut wanted = BTreeMap::new();
    for source in sources {
        for (name, file) in files(source)? {
            if let Some(other) = wanted.insert(name.clone(), file) {
                bail!("{} is built, so {} cannot be served", name.display(), other.display());
            }
        }
    }
    fs::create_dir_all(dist)?;
    let present = files(dist)?;
    // What is named by its content, first; what refers to it by name, after.
    let (core, rest): (Vec<_>, Vec<_>) = wanted.iter().partition(|(name, _)| name.starts_with("core"));
    for (name, file) in core.into_iter().chain(rest) {
        let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let to = dist.join(name);
        if present.contains_key(name) && fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        if let Some(directory) = to.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(incoming, bytes)?;
        fs::rename(incoming, &to).with_context(|| format!("{} cannot be replaced", to.display()))?;
    }
    for (name, file) in present {
        if !wanted.contains_key(&name) {
            fs::remove_file(&file)?;
            for directory in file.ancestors().skip(1).take_while(|above| *above != dist) {
                if fs::remove_dir(directory).is_err() {
                    break; // not empty
                }
            }
        }
    }
    Ok(())
}

/// All files below a directory, by their path relative to it; none where there is no directory.
pub fn files(directory: &Path) -> Result<BTreeMap<PathBuf, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        let entries = match fs::read_dir(&next) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            other => other.with_context(|| format!("{} cannot be read", next.display()))?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(directory)?.to_path_buf(), path);
            }
        }
    }
    Ok(found)
}

/// Makes sure that a directory is there no more.
pub fn empty(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be deleted", directory.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{assemble, empty, files};
    use std::fs;
    use std::path::{Path, PathBuf};

    #[test]
    fn dist_holds_what_its_sources_hold_and_nothing_older() -> anyhow::Result<()> {
        let base = std::env::temp_dir().join(format!("xtask-dist-{}", std::process::id()));
        let (www, built, dist) = (base.join("www"), base.join("built"), base.join("dist"));
        for file in
            ["www/demo/index.html", "built/core/core-2.js", "dist/core/core-1.js", "dist/old/page.html"]
        {
            let file = base.join(file);
            fs::create_dir_all(file.parent().unwrap_or(&base))?;
            fs::write(file, "x")?;
        }
        assemble(&dist, &[www, built.clone()], &base.join("incoming"))?;
        let names: Vec<PathBuf> = files(&dist)?.into_keys().collect();
        assert_eq!(names, ["core/core-2.js", "demo/index.html"].map(PathBuf::from));
        assert!(!dist.join("old").exists());

        fs::write(built.join("index.html"), "x")?;
        let twice = assemble(&dist, &[built.clone(), built], Path::new("unused"));
        assert!(twice.is_err(), "two sources for one name");
        empty(&base)
    }
}
