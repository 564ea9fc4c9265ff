//! The marks of state secrets (design.md section 6; Điều 3.2, 5.1.d). "MẬT", "TỐI MẬT" and
//! "TUYỆT MẬT" standing alone are marks; "mật khẩu", "bảo mật", "bí mật" in a sentence are not.

use unicode_normalization::UnicodeNormalization;

/// The three levels (Luật BVBMNN Điều 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Mật.
    Secret,
    /// Tối mật.
    TopSecret,
    /// Tuyệt mật.
    MostSecret,
}

impl Mark {
    /// The stamp's words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Secret => "MẬT",
            Self::TopSecret => "TỐI MẬT",
            Self::MostSecret => "TUYỆT MẬT",
        }
    }
}

/// Finds a mark that stands alone in a text: on a line of its own, or between brackets or
/// quotation marks, in capitals, or after "độ mật:"; composed or decomposed, with odd spacing.
pub fn marked(text: &str) -> Option<Mark> {
    text.nfc().collect::<String>().lines().filter_map(mark_of_line).max()
}

/// How much of a text's beginning is its head, where stamps are.
const HEAD_LINES: usize = 40;

/// Finds a mark in the first lines of a file's text.
pub fn marked_head(text: &str) -> Option<Mark> {
    let head: Vec<&str> =
        text.lines().filter(|line| !line.trim().is_empty()).take(HEAD_LINES).collect();
    marked(&head.join("\n"))
}

/// Finds a mark in a file's name, as a word of its own. "mật khẩu", "bảo mật" and the like are
/// ordinary words.
pub fn marked_name(name: &str) -> Option<Mark> {
    let name: String = name.nfc().collect::<String>().to_uppercase();
    let words: Vec<&str> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let ordinary_before = ["BẢO", "BÍ", "CƠ", "MẬT", "ĂN", "TUẦN"];
    let ordinary_after = ["KHẨU", "MÃ", "ONG", "ĐỘ", "THIẾT", "THÁM", "VỤ"];
    (0..words.len())
        .filter_map(|at| {
            let before = at.checked_sub(1).map_or("", |before| words[before]);
            let after = words.get(at + 1).copied().unwrap_or_default();
            match words[at] {
                "TUYỆTMẬT" => Some(Mark::MostSecret),
                "TỐIMẬT" => Some(Mark::TopSecret),
                "MẬT" if before == "TUYỆT" => Some(Mark::MostSecret),
                "MẬT" if before == "TỐI" => Some(Mark::TopSecret),
                // Names often lose their accents on the way; this one is not ambiguous without.
                "MAT" if before == "TUYET" => Some(Mark::MostSecret),
                "MẬT" if ordinary_before.contains(&before) || ordinary_after.contains(&after) => {
                    None
                }
                "MẬT" => Some(Mark::Secret),
                _ => None,
            }
        })
        .max()
}

fn mark_of_line(line: &str) -> Option<Mark> {
    let plain: String = line
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let alone = exact(&plain.to_uppercase());
    if alone.is_some() {
        return alone;
    }
    if let Some((_, rest)) = line.to_lowercase().split_once("độ mật") {
        let rest = rest.trim_start_matches([':', ' ', '-', '=']).to_uppercase();
        let found = [Mark::MostSecret, Mark::TopSecret, Mark::Secret]
            .into_iter()
            .find(|mark| rest.starts_with(mark.words()));
        if found.is_some() {
            return found;
        }
    }
    line.split(['[', ']', '(', ')', '"', '“', '”', '«', '»', '{', '}', '<', '>', '|'])
        .skip(1)
        .filter_map(|piece| exact(piece.trim()))
        .max()
}

fn exact(text: &str) -> Option<Mark> {
    // "T U Y Ệ T  M Ậ T" is how stamps are spaced.
    let spaced = text.split(' ').all(|piece| piece.chars().count() == 1);
    let squeezed: String = if spaced { text.replace(' ', "") } else { text.to_owned() };
    match squeezed.as_str() {
        "MẬT" => Some(Mark::Secret),
        "TỐI MẬT" | "TỐIMẬT" => Some(Mark::TopSecret),
        "TUYỆT MẬT" | "TUYỆTMẬT" => Some(Mark::MostSecret),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_standing_alone_are_found() {
        let nfd: String = "TUYỆT MẬT".nfd().collect();
        for (text, mark) in [
            ("MẬT", Mark::Secret),
            ("  mật \n", Mark::Secret),
            ("Công văn\nTỐI MẬT\nKính gửi", Mark::TopSecret),
            ("--- TUYỆT  MẬT ---", Mark::MostSecret),
            (nfd.as_str(), Mark::MostSecret),
            ("M Ậ T", Mark::Secret),
            ("Gửi kèm văn bản [MẬT] số 12", Mark::Secret),
            ("Độ mật: Tối mật", Mark::TopSecret),
        ] {
            assert_eq!(marked(text), Some(mark), "{text}");
        }
    }

    #[test]
    fn names_of_files_carry_marks_as_words() {
        let nfd: String = "Kế hoạch (Tối mật).docx".nfd().collect();
        for (name, mark) in [
            ("MẬT_BC-12.pdf", Mark::Secret),
            ("BC 12 [mật].pdf", Mark::Secret),
            ("TUYỆT-MẬT.txt", Mark::MostSecret),
            ("tuyet_mat.pdf", Mark::MostSecret),
            (nfd.as_str(), Mark::TopSecret),
        ] {
            assert_eq!(marked_name(name), Some(mark), "{name}");
        }
        for name in
            ["danh sách mật khẩu.xlsx", "bảo mật.pdf", "BÍ_MẬT_KD.txt", "mat mang.log", "a.pdf"]
        {
            assert_eq!(marked_name(name), None, "{name}");
        }
    }

    #[test]
    fn only_the_head_of_a_text_is_stamped() {
        let late = format!("{}MẬT\n", "dòng nhật ký\n".repeat(50));
        assert_eq!(marked_head(&late), None);
        assert_eq!(marked_head("\n\n\nUBND TỈNH\nMẬT\n"), Some(Mark::Secret));
    }

    #[test]
    fn ordinary_sentences_pass() {
        for text in [
            "Quên mật khẩu, cần đặt lại",
            "phần mềm bảo mật bị tắt",
            "lộ bí mật kinh doanh",
            "nghi lộ tài liệu mật",
            "MẬT KHẨU BỊ ĐỔI",
            "mật ong",
            "",
        ] {
            assert_eq!(marked(text), None, "{text}");
        }
    }
}
