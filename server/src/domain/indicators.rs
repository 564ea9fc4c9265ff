//! Indicators in free text: found, normalised, shown defanged.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::words::IndicatorKind;

/// At most so many are kept of one text.
const MOST: usize = 200;

#[expect(clippy::unwrap_used, reason = "the patterns are constants; a test compiles them")]
static PATTERNS: LazyLock<Vec<(IndicatorKind, Regex)>> = LazyLock::new(|| {
    [
        (IndicatorKind::Url, r#"(?i)\b(?:https?|hxxps?|ftp)://[^\s<>"'\]\)]{3,500}"#),
        (IndicatorKind::Email, r"(?i)\b[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+\b"),
        (IndicatorKind::Hash, r"(?i)\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b"),
        (IndicatorKind::Cve, r"(?i)\bCVE-\d{4}-\d{4,7}\b"),
        (IndicatorKind::Ip, r"(?:\d{1,3}\.){3}\d{1,3}"),
        (IndicatorKind::Ip, r"(?i)\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}\b"),
        (IndicatorKind::Domain, r"(?i)\b(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}\b"),
    ]
    .into_iter()
    .map(|(kind, pattern)| (kind, Regex::new(pattern).unwrap()))
    .collect()
});

/// Endings that look like a domain's and are a file's.
const FILES: [&str; 18] = [
    "exe", "dll", "doc", "docx", "xls", "xlsx", "pdf", "zip", "rar", "txt", "log", "jpg", "png",
    "php", "html", "js", "bat", "gov",
];

/// What a text names, each once, in the order of kinds. Defanged writing (`hxxp`, `[.]`) is read.
pub fn extract(text: &str) -> Vec<(IndicatorKind, String)> {
    let text = text.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").replace("[@]", "@");
    let mut rest = text.clone();
    let mut found: Vec<(IndicatorKind, String)> = Vec::new();
    for (kind, pattern) in PATTERNS.iter() {
        let mut taken = Vec::new();
        for one in pattern.find_iter(&rest) {
            if let Some(value) = normalised(*kind, one.as_str()) {
                taken.push(one.range());
                if !found.contains(&(*kind, value.clone())) && found.len() < MOST {
                    found.push((*kind, value));
                }
            }
        }
        // What was read as a URL is not read again as a domain.
        for range in taken.into_iter().rev() {
            rest.replace_range(range.clone(), &" ".repeat(range.len()));
        }
    }
    found
}

fn normalised(kind: IndicatorKind, text: &str) -> Option<String> {
    let lower = text.trim_end_matches(['.', ',', ';', ':', '!', '?']).to_lowercase();
    match kind {
        IndicatorKind::Ip => {
            let address: IpAddr = lower.parse().ok()?;
            (!address.is_unspecified() && !address.is_loopback()).then(|| address.to_string())
        }
        IndicatorKind::Url => Some(lower.replacen("hxxp", "http", 1)),
        IndicatorKind::Cve => Some(lower.to_uppercase()),
        IndicatorKind::Domain => {
            let last = lower.rsplit('.').next()?;
            (!FILES.contains(&last)).then_some(lower)
        }
        IndicatorKind::Hash | IndicatorKind::Email => Some(lower),
    }
}

/// As people may see it without clicking on it: `hxxp://1.2.3[.]4`.
pub fn defanged(kind: IndicatorKind, value: &str) -> String {
    match kind {
        IndicatorKind::Ip | IndicatorKind::Domain => match value.rsplit_once('.') {
            Some((head, tail)) => format!("{head}[.]{tail}"),
            None => value.to_owned(),
        },
        IndicatorKind::Url => value.replacen("http", "hxxp", 1).replacen('.', "[.]", 1),
        IndicatorKind::Email => value.replacen('@', "[@]", 1),
        IndicatorKind::Hash | IndicatorKind::Cve => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicators_are_found_once_and_normalised() {
        let text = "Từ 203.0.113.7 và hxxps://Xau[.]example/a.php, thư a@b.example; \
            CVE-2021-44228; tệp hoadon.exe; 203.0.113.7; 999.1.1.1; dll \
            d41d8cd98f00b204e9800998ecf8427e, trang dich-vu.example.";
        let found = extract(text);
        let expected = [
            (IndicatorKind::Url, "https://xau.example/a.php"),
            (IndicatorKind::Email, "a@b.example"),
            (IndicatorKind::Hash, "d41d8cd98f00b204e9800998ecf8427e"),
            (IndicatorKind::Cve, "CVE-2021-44228"),
            (IndicatorKind::Ip, "203.0.113.7"),
            (IndicatorKind::Domain, "dich-vu.example"),
        ];
        assert_eq!(found, expected.map(|(kind, value)| (kind, value.to_owned())));
    }

    #[test]
    fn defanged_values_cannot_be_clicked() {
        assert_eq!(defanged(IndicatorKind::Ip, "203.0.113.7"), "203.0.113[.]7");
        assert_eq!(defanged(IndicatorKind::Url, "http://a.example/"), "hxxp://a[.]example/");
    }
}
