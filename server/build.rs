//! What the program is made of besides its code: what is read whole once in a while, packed; and how
//! it is linked: relocations are packed, which makes it 3 MB smaller.

#![expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by the environment")]

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

const DEMO: [&str; 5] =
    ["incidents.json", "organisations.csv", "contacts.csv", "systems.csv", "accounts.csv"];

/// Writes `NAME.gz` for `crate::packed`.
fn pack(name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes)?;
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    std::fs::write(Path::new(&out).join(format!("{name}.gz")), packed.finish()?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=openapi.json");
    println!("cargo:rerun-if-changed=demo");
    // No text of JSON goes over two lines, so what leads a line is never part of one.
    let spaced = std::fs::read_to_string("openapi.json")?;
    let dense: String = spaced.lines().map(str::trim_start).collect();
    pack("openapi.json", dense.as_bytes())?;
    for name in DEMO {
        pack(name, &std::fs::read(Path::new("demo").join(name))?)?;
    }
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
