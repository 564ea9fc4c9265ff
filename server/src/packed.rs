//! What the program carries packed, because it is read whole and seldom: build.rs packs it.

use std::io::Read as _;

use flate2::read::GzDecoder;

/// The bytes that build.rs packed under this name.
macro_rules! carried {
    ($name:literal) => {
        $crate::packed::unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")))
    };
}
pub(crate) use carried;

/// As it was before it was packed; empty when that cannot be read, which the tests of its readers find.
pub(crate) fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).map(|_| bytes).unwrap_or_default()
}
