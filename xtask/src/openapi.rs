//! Decides what is served of the API's description: the document, and what shows it to people.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::tools::Tools;
use crate::{dist, exec};

/// Of the viewer's package, what the page loads, and what its license asks for.
const VIEWER: [&str; 5] =
    ["swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css", "LICENSE", "NOTICE"];

/// Makes them, and gives the directory in which they lie.
pub fn assemble(root: &Path, work: &Path, tools: &Tools) -> Result<PathBuf> {
    let output = work.join("openapi");
    dist::empty(&output)?;
    exec::quiet(
        tools
            .command(&tools.node)
            .arg(root.join("openapi/write.mjs"))
            .arg(output.join("api/openapi.json"))
            .current_dir(root),
    )?;
    let viewer = output.join("docs/api/viewer");
    fs::create_dir_all(&viewer)?;
    for file in VIEWER {
        fs::copy(root.join("node_modules/swagger-ui-dist").join(file), viewer.join(file))
            .with_context(|| format!("swagger-ui-dist has no {file}"))?;
    }
    Ok(output)
}
