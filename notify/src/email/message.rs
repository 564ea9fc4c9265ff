//! From envelope to RFC 5322 message. Everything that comes from people is cleaned before it comes
//! near a header, and nothing here can add one.

use std::time::SystemTime;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, address};

use crate::{Envelope, clean, render};

const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
const NO_AUTO_REPLY: HeaderName = HeaderName::new_from_ascii_str("X-Auto-Response-Suppress");
const LANGUAGE: HeaderName = HeaderName::new_from_ascii_str("Content-Language");
const IMPORTANCE: HeaderName = HeaderName::new_from_ascii_str("Importance");

/// Reads an address strictly: no spaces, quotes, brackets or control characters, which a lenient
/// parser might let through into an SMTP command.
pub(super) fn address(text: &str) -> Result<Address, String> {
    let strange = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '<' | '>' | '"' | '\\' | ',' | ';' | '(' | ')')
    };
    if text.len() > 254 || text.chars().any(strange) {
        return Err(format!("not a mail address: {:?}", clean::one_line(text, 80)));
    }
    text.parse().map_err(|why: address::AddressError| {
        format!("not a mail address: {:?} ({why})", clean::one_line(text, 80))
    })
}

pub(super) fn mailbox(name: &str, address: Address) -> Mailbox {
    let name = clean::one_line(name, 200);
    Mailbox::new((!name.is_empty()).then_some(name), address)
}

/// Writes the message. An error is final: the same envelope will never be right.
pub(super) fn compose(
    from: &Mailbox,
    envelope: &Envelope,
    date: Option<SystemTime>,
) -> Result<Message, String> {
    let letter = &envelope.letter;
    let to = address(&envelope.to_address)?;
    let path = address::Envelope::new(Some(from.email.clone()), vec![to.clone()])
        .map_err(|e| e.to_string())?;
    let message_id = id(&envelope.message_id)?;
    let subject = clean::one_line(&letter.subject, 250);

    let mut builder = Message::builder()
        .envelope(path)
        .from(from.clone())
        .to(mailbox(&envelope.to_name, to))
        .message_id(Some(message_id.clone()))
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .raw_header(HeaderValue::new(NO_AUTO_REPLY, "All".to_owned()))
        .raw_header(HeaderValue::new(LANGUAGE, letter.language.tag().to_owned()))
        .subject(subject);
    if let Some(thread) = &envelope.thread {
        let root = id(&thread.root)?;
        if root != message_id {
            builder = builder.in_reply_to(root.clone()).references(root);
        }
    }
    if letter.urgent {
        builder = builder.raw_header(HeaderValue::new(IMPORTANCE, "high".to_owned()));
    }
    if let Some(date) = date {
        builder = builder.date(date);
    }
    let html = render::html(letter).map_err(|e| format!("the mail cannot be written: {e}"))?;
    // The Content-Type belongs to the body: set here as well it would stand there twice.
    builder
        .multipart(
            MultiPart::alternative()
                .singlepart(SinglePart::plain(render::text(letter)))
                .singlepart(SinglePart::html(html)),
        )
        .map_err(|e| format!("the mail cannot be written: {e}"))
}

/// A Message-ID in its brackets. They are made by programs: a bad one is a fault, not bad input.
fn id(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text);
    let fine = bare.len() <= 200
        && bare.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',' | ';'))
        && bare.split_once('@').is_some_and(|(left, right)| {
            !left.is_empty() && !right.is_empty() && !right.contains('@')
        });
    if fine {
        Ok(format!("<{bare}>"))
    } else {
        Err(format!("not a Message-ID: {:?}", clean::one_line(text, 80)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Thread;
    use crate::render::tests::letter;
    use proptest::prelude::*;

    fn envelope() -> Envelope {
        Envelope {
            id: "0198".to_owned(),
            message_id: "0198@dieuphoi.example".to_owned(),
            to_name: "Nguyễn Văn Đầu Mối".to_owned(),
            to_address: "dau.moi@xa.example".to_owned(),
            letter: letter(),
            thread: Some(Thread { root: "<SC-2026-000123@dieuphoi.example>".to_owned() }),
        }
    }

    fn written(envelope: &Envelope) -> Result<String, String> {
        let from = mailbox("Điều phối sự cố", address("truc-ban@so.example")?);
        let mail = compose(&from, envelope, Some(SystemTime::UNIX_EPOCH))?;
        String::from_utf8(mail.formatted()).map_err(|e| e.to_string())
    }

    /// Header names of the message's own head.
    fn names(mail: &str) -> Vec<String> {
        let head = mail.split("\r\n\r\n").next().unwrap_or_default();
        head.lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap_or_default().to_ascii_lowercase())
            .collect()
    }

    #[test]
    fn the_head_is_complete_and_each_header_stands_once() {
        let mail = written(&envelope()).unwrap();
        let mut names = names(&mail);
        names.sort();
        assert_eq!(
            names,
            [
                "auto-submitted",
                "content-language",
                "content-type",
                "date",
                "from",
                "in-reply-to",
                "message-id",
                "mime-version",
                "references",
                "subject",
                "to",
                "x-auto-response-suppress"
            ]
        );
        for line in [
            "Message-ID: <0198@dieuphoi.example>\r\n",
            "In-Reply-To: <SC-2026-000123@dieuphoi.example>\r\n",
            "References: <SC-2026-000123@dieuphoi.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(mail.contains(line), "{line}\n{mail}");
        }
        assert!(mail.is_ascii(), "no 8BITMIME needed");
        assert!(mail.lines().all(|line| line.len() <= 998));
        let (text, html) = (mail.find("text/plain").unwrap(), mail.find("text/html").unwrap());
        assert!(text < html, "the best version comes last");
    }

    #[test]
    fn the_root_does_not_answer_itself() {
        let mut root = envelope();
        root.thread = Some(Thread { root: "<0198@dieuphoi.example>".to_owned() });
        assert!(!names(&written(&root).unwrap()).contains(&"in-reply-to".to_owned()));
    }

    #[test]
    fn urgent_says_so() {
        let mut urgent = envelope();
        urgent.letter.urgent = true;
        assert!(written(&urgent).unwrap().contains("Importance: high\r\n"));
    }

    #[test]
    fn bad_addresses_and_ids_are_refused() {
        for bad in [
            "",
            "a",
            "a@",
            "@b.example",
            "a@b.example\r\nRCPT TO:<x@evil.example>",
            "a b@c.example",
            "a@b.example,c@d.example",
            "<a@b.example>",
            "\"a\r\nDATA\"@b.example",
            "a@b.example\0",
        ] {
            let mut envelope = envelope();
            envelope.to_address = bad.to_owned();
            assert!(written(&envelope).is_err(), "{bad:?}");
        }
        for bad in ["", "no-at", "a@b\r\nX: y", "a@b c", "<a@b>>", "ạ@b"] {
            let mut envelope = envelope();
            envelope.message_id = bad.to_owned();
            assert!(written(&envelope).is_err(), "{bad:?}");
            let mut envelope = self::envelope();
            envelope.thread = Some(Thread { root: bad.to_owned() });
            assert!(written(&envelope).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_adds_a_header(
            name in "(\\PC|[\r\n\0:]){0,60}",
            subject in "(\\PC|[\r\n\0\t]|\r\nBcc: x@evil.example\r\n\r\n){0,60}",
            paragraph in any::<String>(),
        ) {
            let mut envelope = envelope();
            let plain = names(&written(&envelope).unwrap());
            envelope.to_name = name;
            envelope.letter.subject = subject;
            envelope.letter.paragraphs = vec![paragraph];
            let mail = written(&envelope).unwrap();
            prop_assert_eq!(names(&mail), plain);
            prop_assert!(mail.is_ascii());
            prop_assert!(!mail.replace("\r\n", "").contains(['\r', '\n']));
        }
    }
}
