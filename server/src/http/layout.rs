//! The layout of every page, in parts of their own.
//!
//! What an inherited template says is compiled into each page that inherits it; header, navigation
//! and footer are most of a page, so they stand here once and a page only calls for them.

use askama::Template;

use super::page::Page;

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident, $part:ident, $path:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Template)]
            #[template(path = $path)]
            pub struct $name<'a> {
                page: &'a Page,
            }
        )*

        impl Page {
            $(
                $(#[$doc])*
                pub fn $part(&self) -> $name<'_> {
                    $name { page: self }
                }
            )*
        }
    };
}

parts! {
    /// The head: what is the same for all pages.
    Head, head, "layout/head.html";
    /// The words that scripts say, as attributes of the body.
    Words, words, "layout/words.html";
    /// Above what the page says: the way past it, header, navigation.
    Top, top, "layout/top.html";
    /// What has to be said before the page itself.
    Notices, notices, "layout/notices.html";
    /// The footer.
    Foot, foot, "layout/foot.html";
}
