//! A letter as what is asked of the Bot API: where it goes, its words, its buttons, its form.

use reqwest::Url;
use teloxide::payloads::{EditMessageText, SendMessage};
use teloxide::types::{
    ChatId, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageId,
    ParseMode, Recipient, ReplyMarkup, ReplyParameters, ThreadId,
};

use crate::{Button, Letter, Press, clean, render};

/// A chat, and the topic in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) chat: Recipient,
    pub(super) topic: Option<ThreadId>,
}

/// The general topic of a forum: it has no number where one writes.
const GENERAL: i32 = 1;
/// What Telegram takes behind a button, bytes.
const DATA: usize = 64;
/// Buttons that act under one message at most.
const PRESSES: usize = 60;
/// So many share a row when their words are short.
const IN_A_ROW: usize = 3;
/// What the words of one row may take, UTF-16 units: a phone held upright.
const ROW: usize = 34;

/// `CHAT` or `CHAT/TOPIC`; a chat is its number, or the `@name` of a public group or channel.
pub(super) fn place(address: &str) -> Option<Place> {
    let (chat, topic) = match address.split_once('/') {
        Some((chat, topic)) => (chat, Some(thread(topic)?)),
        None => (address, None),
    };
    Some(Place { chat: chat_of(chat)?, topic: topic.filter(|topic| topic.0.0 != GENERAL) })
}

/// A topic's number.
pub(super) fn thread(topic: &str) -> Option<ThreadId> {
    message(topic).map(ThreadId)
}

/// A message's number.
pub(super) fn message(id: &str) -> Option<MessageId> {
    id.parse().ok().filter(|id| *id > 0).map(MessageId)
}

fn chat_of(address: &str) -> Option<Recipient> {
    if let Some(name) = address.strip_prefix('@') {
        let fine = (4..=32).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return fine.then(|| Recipient::ChannelUsername(address.to_owned()));
    }
    address.parse().ok().filter(|id| *id != 0).map(|id| Recipient::Id(ChatId(id)))
}

/// A new message. With `links` addresses become buttons where Telegram takes them.
pub(super) fn new(place: &Place, letter: &Letter, links: bool) -> SendMessage {
    let form = &letter.form;
    let presses = keyboard(&letter.presses);
    // A question opens the keyboard of its reader; Telegram has that or buttons, not both.
    let asks = form.asks && presses.is_empty();
    let note = render::telegram(letter, |url| links && !asks && is_button_address(url));
    let mut post = SendMessage::new(place.chat.clone(), note.html);
    post.message_thread_id = place.topic;
    post.parse_mode = Some(ParseMode::Html);
    post.link_preview_options = Some(no_preview());
    post.disable_notification = form.silent.then_some(true);
    post.reply_parameters = form
        .reply_to
        .as_deref()
        .and_then(message)
        .map(|id| ReplyParameters::new(id).allow_sending_without_reply());
    post.reply_markup = if asks {
        let force = ForceReply::new();
        // In a group only whoever is answered is asked.
        Some(ReplyMarkup::ForceReply(if form.reply_to.is_some() {
            force.selective()
        } else {
            force
        }))
    } else {
        markup(presses, note.keyboard).map(ReplyMarkup::InlineKeyboard)
    };
    post
}

/// The same in place of a message that is there.
pub(super) fn edit(place: &Place, id: MessageId, letter: &Letter, links: bool) -> EditMessageText {
    let note = render::telegram(letter, |url| links && is_button_address(url));
    let mut edit = EditMessageText::new(place.chat.clone(), id, note.html);
    edit.parse_mode = Some(ParseMode::Html);
    edit.link_preview_options = Some(no_preview());
    // Without one the buttons that hang there go.
    edit.reply_markup = markup(keyboard(&letter.presses), note.keyboard);
    edit
}

/// No preview: it would have Telegram open our one-person links.
const fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

fn markup(
    mut rows: Vec<Vec<InlineKeyboardButton>>,
    links: Vec<Button>,
) -> Option<InlineKeyboardMarkup> {
    for Button { label, url } in links {
        if let Ok(url) = Url::parse(&url) {
            rows.push(vec![InlineKeyboardButton::url(label, url)]);
        }
    }
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows))
}

/// The buttons that act, short ones side by side.
fn keyboard(presses: &[Press]) -> Vec<Vec<InlineKeyboardButton>> {
    let mut rows: Vec<Vec<InlineKeyboardButton>> = Vec::new();
    let mut used = 0;
    // What Telegram would refuse would take the whole message with it.
    let fits = |press: &&Press| (1..=DATA).contains(&press.id.len());
    for press in presses.iter().filter(fits).take(PRESSES) {
        let label = clean::one_line(&press.label, 64);
        let label = if label.is_empty() { "…".to_owned() } else { label };
        let width = clean::units(&label);
        let button = InlineKeyboardButton::callback(label, press.id.clone());
        match rows.last_mut() {
            Some(row) if row.len() < IN_A_ROW && used + width <= ROW => {
                used += width;
                row.push(button);
            }
            _ => {
                used = width;
                rows.push(vec![button]);
            }
        }
    }
    rows
}

/// Will Telegram take this address on a button? It refuses names without a dot; addresses of
/// one's own machine are useless on a phone.
pub(super) fn is_button_address(url: &str) -> bool {
    let Some(url) = clean::web_link(url) else { return false };
    url.as_str().len() <= 2048
        && url.host_str().is_some_and(|host| {
            host.contains('.')
                && !host.starts_with('[')
                && !host.starts_with("127.")
                && host != "0.0.0.0"
                && !host.trim_end_matches('.').ends_with(".localhost")
        })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Form;

    #[test]
    fn addresses_that_may_be_buttons() {
        for good in ["https://dieuphoi.example/a/x", "http://10.0.0.5:8080/a"] {
            assert!(is_button_address(good), "{good}");
        }
        for bad in [
            "http://localhost:8080/",
            "http://127.0.0.1:8080/a/x",
            "http://[::1]/",
            "http://may-chu/",
            "http://app.localhost/",
            "ftp://a.example/",
            "javascript:alert(1)",
            "mailto:a@b.example",
        ] {
            assert!(!is_button_address(bad), "{bad}");
        }
        assert!(!is_button_address(&format!("https://a.example/{}", "x".repeat(2048))));
    }

    #[test]
    fn chats_are_numbers_or_public_names_with_or_without_a_topic() {
        let group = Recipient::Id(ChatId(-1_001_234_567_890));
        let at = |address: &str| place(address).map(|place| (place.chat, place.topic));
        assert_eq!(at("-1001234567890"), Some((group.clone(), None)));
        let topic = Some(ThreadId(MessageId(17)));
        assert_eq!(at("-1001234567890/17"), Some((group.clone(), topic)));
        assert_eq!(at("-1001234567890/1"), Some((group, None)), "the general topic has no number");
        let public = Recipient::ChannelUsername("@ungcuu_tinh".to_owned());
        assert_eq!(at("@ungcuu_tinh"), Some((public, None)));
        for bad in ["", "0", "abc", "12 3", "@a/b", "@", "99999999999999999999", "42/", "42/x"] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    fn letter(presses: &[(&str, &str)]) -> Letter {
        let press =
            |(label, id): &(&str, &str)| Press { label: (*label).to_owned(), id: (*id).to_owned() };
        Letter {
            subject: "Cần tiếp nhận".to_owned(),
            presses: presses.iter().map(press).collect(),
            ..Letter::default()
        }
    }

    fn sent(letter: &Letter) -> Value {
        serde_json::to_value(new(&place("-100200/17").unwrap(), letter, true)).unwrap()
    }

    #[test]
    fn buttons_that_act_stand_before_links_short_ones_side_by_side() {
        let mut asked = letter(&[
            ("Tiếp nhận", "a"),
            ("Nhận vụ", "b"),
            ("Hoãn 15 phút", "c"),
            ("Chuyển cấp trên ngay bây giờ", "d"),
            ("quá dài", &"x".repeat(65)),
        ]);
        let url = "https://dieuphoi.example/su-co/SC-1".to_owned();
        asked.buttons = vec![Button { label: "Mở".to_owned(), url }];
        let body = sent(&asked);
        assert_eq!(body["message_thread_id"], 17);
        assert_eq!(
            body["reply_markup"]["inline_keyboard"],
            json!([
                [
                    {"text": "Tiếp nhận", "callback_data": "a"},
                    {"text": "Nhận vụ", "callback_data": "b"},
                    {"text": "Hoãn 15 phút", "callback_data": "c"},
                ],
                [{"text": "Chuyển cấp trên ngay bây giờ", "callback_data": "d"}],
                [{"text": "Mở", "url": "https://dieuphoi.example/su-co/SC-1"}],
            ])
        );
    }

    #[test]
    fn a_question_answers_its_asker_and_opens_the_keyboard() {
        let mut question = letter(&[]);
        question.form =
            Form { reply_to: Some("9".to_owned()), asks: true, silent: true, ..Form::default() };
        let body = sent(&question);
        assert_eq!(
            body["reply_parameters"],
            json!({"message_id": 9, "allow_sending_without_reply": true})
        );
        assert_eq!(body["reply_markup"], json!({"force_reply": true, "selective": true}));
        assert_eq!(body["disable_notification"], true);
    }

    #[test]
    fn an_edit_names_the_message_and_takes_its_buttons_away() {
        let place = place("42").unwrap();
        let body = serde_json::to_value(edit(&place, MessageId(5), &letter(&[]), true)).unwrap();
        assert_eq!((&body["chat_id"], &body["message_id"]), (&json!(42), &json!(5)));
        assert!(body.get("reply_markup").is_none_or(Value::is_null));
    }
}
