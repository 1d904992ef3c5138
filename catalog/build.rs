//! Puts the files of `standards/` into the program, whichever stand there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new("standards");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut list = String::from("static STANDARDS: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(folder).map_err(io::Error::other)?;
        let name = name.to_string_lossy().replace('\\', "/");
        let place = env::current_dir()?.join(&file);
        writeln!(list, "    ({name:?}, include_str!({place:?})),").map_err(io::Error::other)?;
    }
    list.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo gives no OUT_DIR"))?;
    fs::write(PathBuf::from(out).join("standards.rs"), list)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "csv") {
            files.push(path);
        }
    }
    Ok(())
}
