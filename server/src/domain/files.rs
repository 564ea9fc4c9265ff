//! What a file is called and what it is, decided by its bytes and never by what its sender says
//! (security.md T13, T14). A name is only shown; bytes lie under an identifier of ours.

use unicode_normalization::UnicodeNormalization;

use crate::domain::text::limit;

/// What the bytes look like. Everything else is kept as it is and handed out as opaque bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Portable Document Format.
    Pdf,
    /// A word processor's document (Office Open XML).
    Docx,
    /// A spreadsheet (Office Open XML).
    Xlsx,
    /// A word processor's document (OpenDocument).
    Odt,
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// A picture.
    Webp,
    /// Readable text: logs, tables, mails.
    Text,
    /// Anything else: programs, archives, memory dumps. Evidence often is malware.
    Opaque,
}

impl Form {
    /// The content type under which it is handed out; never one that a browser runs.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Text => "text/plain",
            Self::Opaque => OPAQUE,
        }
    }

    /// The endings that fit; the first is added to a name that has none of them.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Odt => &["odt"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Webp => &["webp"],
            Self::Text => &["txt", "log", "csv", "json", "eml", "md"],
            Self::Opaque => &["bin"],
        }
    }
}

/// The content type of what is not one of the known forms.
pub const OPAQUE: &str = "application/octet-stream";

/// What the first bytes tell. A ZIP is opaque here: what is in it is asked of the whole file.
pub fn form_of_head(head: &[u8]) -> Form {
    let early = &head[..head.len().min(1024)];
    if early.windows(5).any(|window| window == b"%PDF-") {
        return Form::Pdf;
    }
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Form::Png,
        [0xff, 0xd8, 0xff, ..] => Form::Jpeg,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Form::Webp,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] if head.len() >= 4 => Form::Text,
        _ if is_text(head) => Form::Text,
        _ => Form::Opaque,
    }
}

/// Whether the file is a ZIP, as every DOCX, XLSX and ODT is.
pub const fn is_zip(head: &[u8]) -> bool {
    matches!(head, [b'P', b'K', 3, 4, ..])
}

fn is_text(head: &[u8]) -> bool {
    let readable = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside a character.
        Err(why) if why.error_len().is_none() => {
            std::str::from_utf8(&head[..why.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !head.is_empty()
        && readable.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}'))
}

/// The name as it is shown and handed out: no path, no control or direction characters, nothing
/// that a system reserves, at most 120 characters, and an ending that fits the bytes.
pub fn clean_name(given: &str, form: Form) -> String {
    let given: String = given.nfc().collect();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .map(|c| if "<>:\"|?*;".contains(c) { '_' } else { c })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = plain.trim_matches(['.', ' ']);
    let stem = plain.split('.').next().unwrap_or_default().trim().to_uppercase();
    let numbered = |head: &str| {
        stem.strip_prefix(head)
            .is_some_and(|rest| rest.len() == 1 && rest.chars().all(|c| c.is_ascii_digit()))
    };
    let reserved = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || numbered("COM")
        || numbered("LPT");
    let name = match plain {
        "" => "tep".to_owned(),
        plain if reserved => format!("_{plain}"),
        plain => plain.to_owned(),
    };
    let endings = form.endings();
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if endings.contains(&ending.to_lowercase().as_str()) => {
            (stem.to_owned(), ending.to_owned())
        }
        _ => (name, endings[0].to_owned()),
    };
    let room = limit::NAME.saturating_sub(ending.chars().count() + 1);
    let stem: String = stem.chars().take(room).collect();
    format!("{}.{ending}", stem.trim_end_matches(['.', ' ']))
}

/// Marks of direction, joiners and byte order: a name that shows something else than it is.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{00AD}' | '\u{061C}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_no_path_and_no_tricks() {
        for (given, form, shown) in [
            ("../../etc/passwd", Form::Text, "passwd.txt"),
            ("C:\\Users\\na\\báo cáo.pdf", Form::Pdf, "báo cáo.pdf"),
            ("..", Form::Opaque, "tep.bin"),
            ("", Form::Png, "tep.png"),
            ("con.txt", Form::Text, "_con.txt"),
            ("LPT1", Form::Text, "_LPT1.txt"),
            ("a\u{202E}fdp.exe", Form::Opaque, "afdp.exe.bin"),
            ("a\r\nSet-Cookie: x.log", Form::Text, "aSet-Cookie_ x.log"),
            ("trang.html", Form::Text, "trang.html.txt"),
            ("ảnh.JPEG", Form::Jpeg, "ảnh.JPEG"),
            ("x.svg", Form::Text, "x.svg.txt"),
            ("\0.pdf", Form::Pdf, "pdf.pdf"),
            ("a\"; filename=b.pdf", Form::Pdf, "a__ filename=b.pdf"),
        ] {
            assert_eq!(clean_name(given, form), shown, "{given:?}");
        }
        let long = clean_name(&format!("{}.pdf", "ư".repeat(500)), Form::Pdf);
        assert_eq!(long.chars().count(), 120);
        assert!(long.ends_with(".pdf"));
    }

    #[test]
    fn the_bytes_say_what_it_is() {
        assert_eq!(form_of_head(b"%PDF-1.7\n"), Form::Pdf);
        assert_eq!(form_of_head(&[0xff, 0xd8, 0xff, 0xe0]), Form::Jpeg);
        assert_eq!(form_of_head(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Form::Webp);
        assert_eq!(form_of_head("Nhật ký\r\n".as_bytes()), Form::Text);
        assert_eq!(form_of_head(&"Nhật".as_bytes()[..4]), Form::Text, "cut inside a character");
        assert_eq!(form_of_head(b"MZ\x90\0\x03"), Form::Opaque);
        assert_eq!(form_of_head(b"PK\x03\x04\x14\0\0\0"), Form::Opaque);
        assert_eq!(form_of_head(b"<svg onload=alert(1)>"), Form::Text);
        assert_eq!(form_of_head(b""), Form::Opaque);
    }

    proptest::proptest! {
        #[test]
        fn no_name_at_all_escapes(given in ".{0,300}") {
            for form in [Form::Pdf, Form::Text, Form::Opaque] {
                let name = clean_name(&given, form);
                proptest::prop_assert!(name.chars().count() <= 120);
                let bad = |c: char| c.is_control() || "/\\\"<>|?*:;".contains(c);
                proptest::prop_assert!(!name.contains(bad), "{name:?}");
                proptest::prop_assert!(!name.starts_with('.') && name.len() > 3);
            }
        }
    }
}
