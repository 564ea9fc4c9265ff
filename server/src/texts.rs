//! Every word that a user sees: the message catalogs, Vietnamese first, English second.

pub mod refusals;

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;

use crate::domain::words::Language;

#[derive(RustEmbed)]
#[folder = "catalog/"]
struct Catalog;

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> =
    LazyLock::new(|| [bundle(Language::Vi), bundle(Language::En)]);

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let tag: unic_langid::LanguageIdentifier = language.as_word().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks around values would end up in mail subjects and file names.
    bundle.set_use_isolating(false);
    let mut files: Vec<_> =
        Catalog::iter().filter(|path| path.starts_with(language.as_word())).collect();
    files.sort();
    for path in files {
        let Some(file) = Catalog::get(&path) else { continue };
        let text = String::from_utf8_lossy(&file.data).into_owned();
        // What is wrong in a catalog is found by its test, not by a user's page.
        let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// The texts of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts(pub Language);

impl Texts {
    /// The text of a key; a missing key shows itself.
    pub fn t(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// The text of a key with one value.
    pub fn t1(&self, key: &str, name: &str, value: &str) -> String {
        self.with(key, &[(name, value)])
    }

    /// The text of a key with values.
    pub fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set((*name).to_owned(), FluentValue::from((*value).to_owned()));
        }
        self.format(key, Some(&args))
    }

    /// The text of a key with a number, for plurals.
    pub fn count(&self, key: &str, count: i64) -> String {
        let mut args = FluentArgs::new();
        args.set("count", FluentValue::from(count));
        self.format(key, Some(&args))
    }

    /// `vi` or `en`.
    pub fn lang(&self) -> &'static str {
        self.0.as_word()
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = &BUNDLES[usize::from(self.0 == Language::En)];
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut errors = Vec::new();
        bundle.format_pattern(pattern, args, &mut errors).into_owned()
    }
}

/// The keys of a language's catalog, for the test that both have the same.
pub fn keys(language: Language) -> Vec<String> {
    let mut keys = Vec::new();
    for path in Catalog::iter().filter(|path| path.starts_with(language.as_word())) {
        let Some(file) = Catalog::get(&path) else { continue };
        for line in String::from_utf8_lossy(&file.data).lines() {
            if let Some((key, _)) = line.split_once('=')
                && line.starts_with(|c: char| c.is_ascii_alphabetic())
            {
                keys.push(key.trim().to_owned());
            }
        }
    }
    keys.sort();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_catalogs_have_the_same_keys_once_and_parse() {
        let (vi, en) = (keys(Language::Vi), keys(Language::En));
        let missing = |a: &[String], b: &[String]| -> Vec<String> {
            a.iter().filter(|key| !b.contains(key)).cloned().collect()
        };
        assert_eq!(missing(&vi, &en), Vec::<String>::new(), "missing in en");
        assert_eq!(missing(&en, &vi), Vec::<String>::new(), "missing in vi");
        assert!(vi.windows(2).all(|pair| pair[0] != pair[1]), "a key twice");
        for path in Catalog::iter() {
            let text = String::from_utf8(Catalog::get(&path).unwrap().data.into_owned()).unwrap();
            if let Err((_, errors)) = FluentResource::try_new(text) {
                panic!("{path}: {errors:?}");
            }
        }
    }
}
