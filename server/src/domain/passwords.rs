//! What a password has to be (security.md section 9): long, not guessable from common words or
//! from what is known of its owner. No rule about kinds of characters, and no expiry.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use crate::domain::refusal::FieldError;
use crate::domain::text::folded;

/// At least so many characters, as long as there is no second factor.
pub const SHORTEST: usize = 15;
/// At least so many with one.
pub const SHORTEST_OF_TWO: usize = 12;
/// At most so many characters.
pub const LONGEST: usize = 128;
/// At most so many bytes in UTF-8.
pub const LONGEST_BYTES: usize = 512;
/// The last passwords that may not be used again.
pub const REMEMBERED: usize = 5;

/// Where the words come from: server/words/README.md.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../words/common.txt")
        .lines()
        .chain(include_str!("../../words/vietnamese.txt").lines())
        .collect()
});

/// What is known of the owner and may not be the password.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The person's name.
    pub name: String,
    /// The address of the account.
    pub email: String,
    /// The organisation's short key.
    pub organisation_key: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// The account has a second factor.
    pub second_factor: bool,
}

/// The password as it is hashed: NFC, so that the same keys give the same bytes everywhere.
pub fn normalised(password: &str) -> String {
    password.nfc().collect()
}

/// Checks a new password and answers it normalised.
///
/// # Errors
/// `field-password-short`, `-long`, `-common` or `-context` for `field`.
pub fn check(field: &'static str, password: &str, about: &About) -> Result<String, FieldError> {
    let password = normalised(password);
    let length = password.chars().count();
    let shortest = if about.second_factor { SHORTEST_OF_TWO } else { SHORTEST };
    if length < shortest {
        return Err(FieldError::with(field, "field-password-short", shortest));
    }
    if length > LONGEST || password.len() > LONGEST_BYTES {
        return Err(FieldError::with(field, "field-password-long", LONGEST));
    }
    let plain = plain(&password);
    if let Some(word) = context(about).into_iter().find(|word| plain.contains(word.as_str())) {
        return Err(FieldError::with(field, "field-password-context", word));
    }
    if is_common(&password) {
        return Err(FieldError::new(field, "field-password-common"));
    }
    Ok(password)
}

/// Letters and digits alone, folded: what is left when accents and punctuation are taken away.
fn plain(text: &str) -> String {
    folded(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The words about the owner, each long enough not to meet by chance.
fn context(about: &About) -> Vec<String> {
    let mailbox = about.email.split('@').next().unwrap_or_default();
    [
        (mailbox, 4),
        (about.name.as_str(), 6),
        (about.organisation_key.as_str(), 4),
        (about.organisation_name.as_str(), 6),
        ("dieuphoi", 1),
    ]
    .into_iter()
    .map(|(word, least)| (plain(word), least))
    .filter(|(word, least)| word.chars().count() >= *least)
    .map(|(word, _)| word)
    .collect()
}

/// Whether it is a common word dressed up: repeated, padded with digits and signs, written with
/// digits for letters, or two such words in a row.
fn is_common(password: &str) -> bool {
    let lower = folded(password);
    let distinct: HashSet<char> = lower.chars().collect();
    if distinct.len() < 5 {
        return true;
    }
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let spoken: String = lower.chars().map(letter_for).filter(|c| c.is_alphabetic()).collect();
    let whole = plain(&lower);
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let core_spoken: String = core.chars().map(letter_for).filter(|c| c.is_alphabetic()).collect();
    [whole, letters, spoken, core_spoken].iter().any(|form| is_word_or_two(repeated_unit(form)))
}

/// The letter that a digit or sign often stands for.
const fn letter_for(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        c => c,
    }
}

/// `abcabcabc` is `abc`.
fn repeated_unit(text: &str) -> &str {
    let ends = text.char_indices().map(|(at, _)| at).skip(1);
    for end in ends.take_while(|end| end * 2 <= text.len()) {
        let unit = &text[..end];
        if text.as_bytes().chunks(end).all(|part| unit.as_bytes().starts_with(part)) {
            return unit;
        }
    }
    text
}

/// Nothing but one common word, two of them, or hardly anything at all.
fn is_word_or_two(text: &str) -> bool {
    if text.is_empty() {
        // Only digits and signs: judged by the other forms.
        return false;
    }
    if COMMON.contains(text) || is_run(text) {
        return true;
    }
    text.char_indices().map(|(at, _)| at).skip(1).any(|at| {
        let (one, two) = (repeated_unit(&text[..at]), repeated_unit(&text[at..]));
        (COMMON.contains(one) || is_run(one)) && (COMMON.contains(two) || is_run(two))
    })
}

/// A run along the alphabet, the digits or a row of keys, in either direction.
fn is_run(text: &str) -> bool {
    const ROWS: [&str; 5] = [
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789012345678901234567890",
        "qwertyuiopasdfghjklzxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "1q2w3e4r5t6y7u8i9o0p",
    ];
    let backwards: String = text.chars().rev().collect();
    ROWS.iter().any(|row| row.contains(text) || row.contains(backwards.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            name: "Lê Thị Na".to_owned(),
            email: "lethina@sonv.example".to_owned(),
            organisation_key: "so-noi-vu".to_owned(),
            organisation_name: "Sở Nội vụ".to_owned(),
            second_factor: false,
        }
    }

    #[test]
    fn passwords_are_long_and_not_guessable() {
        let refused = [
            ("ngắn quá", "field-password-short"),
            ("12345678901234", "field-password-short"),
            ("aaaaaaaaaaaaaaaaaaaa", "field-password-common"),
            ("123456789012345", "field-password-common"),
            ("987654321098765", "field-password-common"),
            ("abababababababab", "field-password-common"),
            ("passwordpassword", "field-password-common"),
            ("Password12345678", "field-password-common"),
            ("P@ssw0rd!!!!!!!!", "field-password-common"),
            ("matkhau123456789", "field-password-common"),
            ("MậtKhẩu@2026@2026", "field-password-common"),
            ("matkhaumatkhaumatkhau", "field-password-common"),
            ("anhyeuememyeuanh", "field-password-common"),
            ("qwertyuiopasdfgh", "field-password-common"),
            ("ThanhHoa@2026!!!!!", "field-password-common"),
            ("Lê Thị Na đi chợ Tết", "field-password-context"),
            ("lethina-va-con-meo", "field-password-context"),
            ("xin mời vào Sở Nội Vụ", "field-password-context"),
            ("hệ thống điều phối này", "field-password-context"),
        ];
        for (password, key) in refused {
            let why = check("new", password, &about()).expect_err(password);
            assert_eq!((why.field, why.key), ("new", key), "{password}");
        }
        let long = "ạ".repeat(129);
        assert_eq!(check("new", &long, &about()).unwrap_err().key, "field-password-long");
        for fine in [
            "con trâu gặm cỏ sau đình",
            "correct horse battery staple",
            "Gió mùa về sớm 3 hôm",
            "kho-hiu-9-bac-thang",
            "tmXw8#zqL2vR9!bPd",
            "bốn mùa hoa nở quanh nhà",
        ] {
            assert_eq!(check("new", fine, &about()), Ok(normalised(fine)), "{fine}");
        }
    }

    #[test]
    fn the_same_keys_give_the_same_bytes() {
        let decomposed: String = "con trâu gặm cỏ sau đình".nfd().collect();
        assert_eq!(check("new", &decomposed, &about()).unwrap(), "con trâu gặm cỏ sau đình");
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(check("new", "ửng hồng nắng mai", &about()).is_ok());
        assert!(check("new", &format!("{}z", "ưđ xk".repeat(25)), &about()).is_ok(), "126");
    }
}
