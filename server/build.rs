//! How the program is linked: relocations are packed, which makes it 3 MB smaller.

#![expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by the environment")]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|value| value == wanted);
    // Rust brings its own linker (LLD) on this target; others' linkers may not know the word, and
    // C libraries other than glibc may not read what it makes.
    let known = is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu");
    if known && is("PROFILE", "release") {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
