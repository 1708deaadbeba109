//! Lists the files of the catalogue, so that the crate carries their text.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[expect(
    clippy::disallowed_methods,
    reason = "a build script learns its folders from the environment and writes there"
)]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=catalog");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog");
    let mut files = Vec::new();
    for folder in sorted(&root)? {
        if folder.is_dir() {
            files.extend(sorted(&folder)?.into_iter().filter(|file| file.extension().is_some_and(|end| end == "ron")));
        }
    }
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.with_extension("");
        let name = name.strip_prefix(&root).map_err(io::Error::other)?.display().to_string().replace('\\', "/");
        // Writing to a string cannot fail.
        let _ = writeln!(list, "    Shipped {{ name: {name:?}, text: include_str!({file:?}) }},");
    }
    list.push_str("]\n");
    let target = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo gives no OUT_DIR"))?;
    fs::write(Path::new(&target).join("catalog.rs"), list)
}

/// What is in a folder, in the order of names.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
