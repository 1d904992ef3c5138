// Shared by the build scripts of this crate and of the program: the texts of a folder, whichever stand there, as a list in Rust.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Writes `static <list>: &[(&str, &str)]`, paths below the folder and texts, into `<file>` of the build's output.
fn embed(folder: &str, list: &str, file: &str) -> io::Result<()> {
    let folder = Path::new(folder);
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut text = format!("static {list}: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(folder).map_err(io::Error::other)?;
        let name = name.to_string_lossy().replace('\\', "/");
        // Asked for by the compiler and not written here: what was built stays right when the project's folder is moved.
        let place = format!("/{}", file.to_string_lossy().replace('\\', "/"));
        writeln!(text, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {place:?}))),")
            .map_err(io::Error::other)?;
    }
    text.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo gives no OUT_DIR"))?;
    fs::write(PathBuf::from(out).join(file), text)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ["yaml", "csv", "cedar"].iter().any(|known| ending == *known)) {
            files.push(path);
        }
    }
    Ok(())
}
