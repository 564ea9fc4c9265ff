//! What the program is made of besides its code: the API's description, packed; and how
//! it is linked: relocations are packed, which makes it 3 MB smaller.

#![expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by the environment")]

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=openapi.json");
    // No text of JSON goes over two lines, so what leads a line is never part of one.
    let spaced = std::fs::read_to_string("openapi.json")?;
    let dense: String = spaced.lines().map(str::trim_start).collect();
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(dense.as_bytes())?;
    let out = Path::new(&std::env::var("OUT_DIR")?).join("openapi.json.gz");
    std::fs::write(out, packed.finish()?)?;
    let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|value| value == wanted);
    // Rust brings its own linker (LLD) on this target; others' linkers may not know the word, and
    // C libraries other than glibc may not read what it makes.
    let known = is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu");
    if known && is("PROFILE", "release") {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    Ok(())
}
