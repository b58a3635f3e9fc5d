//! Decides what goes to Cloudflare: what a build made, by wrangler, with the caller's own arguments.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Result;

use crate::{exec, pipeline, wrangler};

pub fn run(root: &Path, arguments: &[OsString]) -> Result<()> {
    let tools = pipeline::build(root)?;
    exec::run(wrangler::command(root, &tools).arg("deploy").args(arguments))?;
    println!(
        "
The Worker needs two secrets, once:
  npx wrangler secret put ADMIN_TOKEN     (who holds it makes the first API key)
  npx wrangler secret put LEDGER_SECRET   (keep it: ids and codes follow from it)"
    );
    Ok(())
}
