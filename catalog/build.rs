//! Puts the files of `standards/` into the program.

include!("embed.rs");

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=embed.rs");
    embed("standards", "STANDARDS", "standards.rs")
}
