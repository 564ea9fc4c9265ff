//! Reading the head of a file for marks of state secrets. Archives are never unpacked: of a
//! document's parts a bounded head is read, whatever they claim to be (security.md T15).

use std::io::Read as _;

use crate::domain::files::Form;
use crate::domain::secrecy::{self, Mark};

/// What of one part of a document is read, unpacked.
const PART: u64 = 512 * 1024;

/// What one stream of a PDF may unpack to.
const PDF_STREAM: usize = 8 * 1024 * 1024;

/// Parts of a document beyond which nobody looks.
const MOST_PARTS: usize = 10_000;

/// What reading a whole document told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// It is stamped.
    Marked(Mark),
    /// It is not, as far as it can be read; and this is what it is.
    Plain(Form),
}

/// Screens the head of a file that is read as it stands.
pub(super) fn head(form: Form, bytes: &[u8]) -> Option<Mark> {
    (form == Form::Text).then(|| secrecy::marked_head(&decoded(bytes))).flatten()
}

fn decoded(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], big: bool| {
        let units: Vec<u16> = rest
            .chunks_exact(2)
            .map(|pair| {
                let pair = [pair[0], pair[1]];
                if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
            })
            .collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, false),
        [0xfe, 0xff, rest @ ..] => utf16(rest, true),
        _ => String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned(),
    }
}

/// Screens a PDF or what looks like an office document, off the web's threads. A file that cannot
/// be read (broken, encrypted, a scan) says nothing; a reader that gives up is the same.
pub(super) async fn whole(form: Form, bytes: Vec<u8>) -> (Vec<u8>, Read) {
    let shared = std::sync::Arc::new(bytes);
    let copy = shared.clone();
    let read = tokio::task::spawn_blocking(move || match form {
        Form::Pdf => pdf(&copy),
        _ => office(&copy),
    })
    .await
    .unwrap_or(Read::Plain(form));
    let bytes = std::sync::Arc::try_unwrap(shared).unwrap_or_else(|shared| shared.to_vec());
    (bytes, read)
}

fn pdf(bytes: &[u8]) -> Read {
    let options =
        lopdf::LoadOptions { max_decompressed_size: Some(PDF_STREAM), ..Default::default() };
    let Ok(document) = lopdf::Document::load_mem_with_options(bytes, options) else {
        return Read::Plain(Form::Pdf);
    };
    let text: String = document
        .extract_text_chunks_with_limit(&[1], PDF_STREAM)
        .into_iter()
        .filter_map(Result::ok)
        .collect::<Vec<_>>()
        .join("\n");
    secrecy::marked_head(&text).map_or(Read::Plain(Form::Pdf), Read::Marked)
}

fn office(bytes: &[u8]) -> Read {
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) else {
        return Read::Plain(Form::Opaque);
    };
    if archive.len() > MOST_PARTS {
        return Read::Plain(Form::Opaque);
    }
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    let has = |name: &str| names.iter().any(|one| one == name);
    let odt = has("content.xml")
        && part(&mut archive, "mimetype").trim() == "application/vnd.oasis.opendocument.text";
    // Macros make a document a program.
    let macros = names.iter().any(|name| name.ends_with("vbaProject.bin"));
    let form = if odt {
        Form::Odt
    } else if has("[Content_Types].xml") && has("word/document.xml") && !macros {
        Form::Docx
    } else if has("[Content_Types].xml") && has("xl/workbook.xml") && !macros {
        Form::Xlsx
    } else {
        Form::Opaque
    };
    let told = names.iter().filter(|name| {
        matches!(
            name.as_str(),
            "word/document.xml" | "xl/sharedStrings.xml" | "content.xml" | "docProps/core.xml"
        ) || (name.ends_with(".xml")
            && (name.starts_with("word/header") || name.starts_with("word/footer")))
    });
    let mark = told
        .take(12)
        .filter_map(|name| secrecy::marked_head(&words(&part(&mut archive, name))))
        .max();
    mark.map_or(Read::Plain(form), Read::Marked)
}

/// The first half mebibyte of a part; empty when it is not there or does not unpack.
fn part(archive: &mut zip::ZipArchive<std::io::Cursor<&[u8]>>, name: &str) -> String {
    let Ok(packed) = archive.by_name(name) else { return String::new() };
    let mut bytes = Vec::new();
    // What was read before an error counts all the same.
    let _read = packed.take(PART).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The text of a document's XML: a line for each paragraph, runs joined.
fn words(xml: &str) -> String {
    let mut text = String::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('>') else { return entities(&text) };
        let tag = &rest[at + 1..at + end];
        let name = tag.split([' ', '\t', '\n', '\r']).next().unwrap_or_default();
        let name = name.trim_end_matches('/');
        // Ends and beginnings alike: a text box begins a paragraph inside another.
        if matches!(
            name,
            "/w:p"
                | "w:p"
                | "w:br"
                | "w:cr"
                | "/text:p"
                | "text:p"
                | "/text:h"
                | "text:h"
                | "text:line-break"
                | "/si"
                | "si"
                | "/dc:title"
                | "/dc:subject"
                | "/cp:keywords"
        ) {
            text.push('\n');
        } else if matches!(name, "w:tab" | "text:tab" | "text:s") {
            text.push(' ');
        }
        rest = &rest[at + end + 1..];
    }
    text.push_str(rest);
    entities(&text)
}

fn entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let Some(end) = after.find(';').filter(|end| *end <= 10) else {
            plain.push('&');
            rest = after;
            continue;
        };
        let name = &after[..end];
        let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        });
        match name {
            "amp" => plain.push('&'),
            "lt" => plain.push('<'),
            "gt" => plain.push('>'),
            "quot" => plain.push('"'),
            "apos" => plain.push('\''),
            _ => plain.push(number.and_then(char::from_u32).unwrap_or(' ')),
        }
        rest = &after[end + 1..];
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_lines_and_runs_are_joined() {
        let xml = "<w:p><w:r><w:t>M</w:t></w:r><w:r><w:t xml:space=\"preserve\">&#7852;T</w:t>\
                   </w:r></w:p><w:p><w:t>a &amp; b</w:t></w:p>";
        let text = words(xml);
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["MẬT", "a", "&", "b"]);
        assert_eq!(secrecy::marked_head(&text), Some(Mark::Secret));
    }

    #[test]
    fn broken_markup_ends_quietly() {
        for xml in ["<", "a<b", "&", "&#x110000;", "&#;", "<w:p", "&amp"] {
            let _text = words(xml);
        }
    }

    #[test]
    fn texts_of_two_bytes_are_read() {
        let text: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("UBND\nTỐI MẬT\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(head(Form::Text, &text), Some(Mark::TopSecret));
    }
}
