//! Writes anew what is told about each of the wrong files in `tests/all/wrong`, beside the file.

#[path = "../tests/all/register.rs"]
mod register;

#[expect(clippy::disallowed_methods, reason = "golden files are rewritten by hand alone")]
fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/wrong");
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            std::fs::write(path.with_extension("txt"), register::told(&std::fs::read(&path)?))?;
        }
    }
    Ok(())
}
