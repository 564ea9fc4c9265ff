//! The channels against real sockets: a small SMTP server and a small Bot API, both scriptable,
//! and the local mailbox.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bot_api;
mod homeserver;
mod mail;
mod mailbox;
mod matrix;
mod push;
mod smtp_server;
mod telegram;
mod webhook;

use notify::{Button, Envelope, Fact, Language, Letter, Thread};

fn letter(subject: &str) -> Letter {
    Letter {
        language: Language::Vi,
        subject: subject.to_owned(),
        greeting: Some("Kính gửi ông Trần Văn Trực,".to_owned()),
        paragraphs: vec!["Ủy ban nhân dân xã An Bình vừa báo một sự cố.".to_owned()],
        facts: vec![Fact { label: "Mức ưu tiên".to_owned(), value: "Khẩn cấp".to_owned() }],
        steps: vec!["Xác nhận đã tiếp nhận".to_owned()],
        buttons: vec![Button {
            label: "Tiếp nhận".to_owned(),
            url: "https://dieuphoi.example/su-co/SC-2026-000001".to_owned(),
        }],
        footer: vec!["Sở Thông tin và Truyền thông".to_owned()],
        urgent: true,
        ..Letter::default()
    }
}

fn envelope(n: u32, to: &str) -> Envelope {
    Envelope {
        id: format!("delivery-{n}"),
        message_id: format!("<delivery-{n}@dieuphoi.example>"),
        to_name: "Trần Văn Trực".to_owned(),
        to_address: to.to_owned(),
        letter: letter(&format!("SC-2026-{n:06}: Mã hóa dữ liệu")),
        thread: Some(Thread { root: "<SC-2026-000001@dieuphoi.example>".to_owned() }),
    }
}
