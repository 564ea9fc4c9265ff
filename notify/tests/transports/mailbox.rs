//! The local mailbox and the scripted channel.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use notify::scripted::Turn;
use notify::{Channel, ChannelKind, Keep, Kept, LocalMailbox, Outcome, Scripted};

use crate::envelope;

#[derive(Default)]
struct Drawer {
    kept: Mutex<Vec<Kept>>,
    jammed: bool,
}

impl Keep for Drawer {
    fn keep<'a>(
        &'a self,
        message: Kept,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            if self.jammed {
                return Err("the drawer is jammed".to_owned());
            }
            self.kept.lock().unwrap().push(message);
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_mail_is_kept_as_its_reader_would_see_it() {
    let drawer = Arc::new(Drawer::default());
    let mailbox = LocalMailbox::new(ChannelKind::Mail, Arc::clone(&drawer));
    let outcome = mailbox.send(&envelope(1, "lan@xa.example")).await;
    assert!(matches!(outcome, Outcome::Sent { reference: Some(_) }));
    let kept = drawer.kept.lock().unwrap()[0].clone();
    assert_eq!((kept.delivery_id.as_str(), kept.channel), ("delivery-1", ChannelKind::Mail));
    assert_eq!((kept.to.as_str(), kept.to_name.as_str()), ("lan@xa.example", "Trần Văn Trực"));
    assert_eq!(kept.subject, "SC-2026-000001: Mã hóa dữ liệu");
    assert!(kept.text.contains("Mức ưu tiên: Khẩn cấp"));
    assert!(kept.html.contains("<h1") && kept.html.contains("Tiếp nhận</a>"));
    assert_eq!(kept.links, ["https://dieuphoi.example/su-co/SC-2026-000001"]);
    assert_eq!(kept.buttons[0].label, "Tiếp nhận");
}

#[tokio::test]
async fn a_bot_message_keeps_its_local_buttons() {
    let drawer = Arc::new(Drawer::default());
    let mailbox = LocalMailbox::new(ChannelKind::Telegram, Arc::clone(&drawer));
    let mut local = envelope(1, "42");
    local.letter.buttons[0].url = "http://127.0.0.1:8080/a/k".to_owned();
    mailbox.send(&local).await;
    let kept = drawer.kept.lock().unwrap()[0].clone();
    assert_eq!(kept.buttons[0].url, "http://127.0.0.1:8080/a/k");
    assert_eq!(kept.links, ["http://127.0.0.1:8080/a/k"]);
    assert!(kept.html.starts_with("<b>SC-2026-000001") && !kept.text.contains("<b>"));
    let json = serde_json::to_value(&kept).unwrap();
    assert_eq!(json["channel"], "telegram");
}

#[tokio::test]
async fn a_jammed_drawer_is_a_retry() {
    let mailbox =
        LocalMailbox::new(ChannelKind::Mail, Drawer { jammed: true, ..Drawer::default() });
    let outcome = mailbox.send(&envelope(1, "lan@xa.example")).await;
    let why = "the drawer is jammed".to_owned();
    assert_eq!(outcome, Outcome::Retry { after: None, why });
}

#[tokio::test]
async fn a_script_is_played_and_everything_is_remembered() {
    let channel = Scripted::new(ChannelKind::Mail);
    let busy = Outcome::Retry { after: Some(Duration::from_secs(9)), why: "busy".to_owned() };
    let gone = Outcome::Undeliverable { why: "gone".to_owned() };
    channel.then(busy.clone()).then_turn(Turn::Hang);
    channel.always("gone@xa.example", Turn::Answer(gone.clone()));
    let (first, second) = (envelope(1, "lan@xa.example"), envelope(2, "lan@xa.example"));
    assert_eq!(channel.send(&first).await, busy);
    assert_eq!(channel.send(&envelope(9, "gone@xa.example")).await, gone);
    let hanging = tokio::time::timeout(Duration::from_millis(20), channel.send(&second));
    assert!(hanging.await.is_err());
    assert!(matches!(channel.send(&second).await, Outcome::Sent { .. }));
    assert_eq!(channel.heard().len(), 4);
    assert_eq!(channel.heard_by("lan@xa.example").len(), 3);
    channel.in_trouble(Some("no network"));
    assert_eq!(channel.check().await, Err("no network".to_owned()));
    assert_eq!("telegram".parse(), Ok(ChannelKind::Telegram));
    assert!("fax".parse::<ChannelKind>().is_err());
}
