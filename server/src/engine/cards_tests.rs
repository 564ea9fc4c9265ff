//! Stories of the team's groups: a case has its place, its card shows how things are, and bad days
//! leave nothing in the dark and nothing twice.

use std::sync::Arc;

use chrono::Duration;
use notify::room::{Chat, Incoming, RoomError, What};

use super::{Cards, Chore as _};
use crate::actions::chat::cards::{incident_of, next};
use crate::actions::chat::groups::{self, GroupView};
use crate::actions::notes;
use crate::actions::reports::{NewReport, receive};
use crate::actions::states::reopen;
use crate::actions::triage::{Because, Triage, reject, triage};
use crate::app::App;
use crate::domain::refusal::Refusal;
use crate::domain::words::Room::Telegram;
use crate::error::Error;
use crate::store::{Place, chat_groups};
use crate::testing::room::{Card, FakeRoom};
use crate::testing::{Stage, on_each};

pub(super) const CHAT: &str = "-1001";
pub(super) const COORDINATOR: &str = "coordinator@so-ttt.example";

pub(super) fn chat(id: &str, topics: bool) -> Chat {
    Chat {
        id: id.to_owned(),
        direct: false,
        topics,
        title: "Đội ứng cứu \u{202E}tỉnh\n".to_owned(),
        topic: None,
    }
}

pub(super) fn heard(id: &str, topics: bool, what: What) -> Incoming {
    Incoming { id: 1, sender: None, chat: Some(chat(id, topics)), what }
}

pub(super) struct Team {
    stage: Arc<Stage>,
    pub(super) app: App,
    pub(super) port: Arc<FakeRoom>,
    pub(super) chore: Cards,
}

impl Team {
    /// The province with one group of the team.
    pub(super) async fn new(stage: &Arc<Stage>, topics: bool) -> Self {
        stage.province().await;
        let (app, port) = (stage.app(), Arc::new(FakeRoom::default()));
        let chore = Cards::new(app.clone(), Telegram, Arc::clone(&port) as _, "one".to_owned());
        let team = Self { stage: Arc::clone(stage), app, port, chore };
        let ctx = stage.as_person(COORDINATOR).await;
        let added = groups::add(&stage.office, &ctx, Telegram, &chat(CHAT, topics)).await.unwrap();
        assert!(added.new);
        assert_eq!(added.group.title, "Đội ứng cứu tỉnh");
        team
    }

    /// A report, triaged unless its group shall hear nothing of it yet.
    pub(super) async fn case(&self, triaged: bool) -> String {
        let report = NewReport {
            category: "data_encryption".to_owned(),
            description: "Máy ở bộ phận một cửa bị khóa <b>".to_owned(),
            detected_at: "2026-11-22T07:45".to_owned(),
            still_happening: true,
            services: "stopped".to_owned(),
            people: "unit".to_owned(),
            secret: "no".to_owned(),
            contact_name: "Nguyễn Thị Kín".to_owned(),
            contact_email: "kin@xa-b.example".to_owned(),
            ..NewReport::default()
        };
        let (office, nobody) = (&self.stage.office, self.stage.nobody());
        let through = Some("xa-b".to_owned());
        let code = receive(office, &nobody, report, Vec::new(), through, None).await.unwrap().code;
        if triaged {
            self.triage(&code, |wanted| wanted.priority = Some("high".to_owned())).await;
        }
        code
    }

    pub(super) async fn triage(&self, code: &str, set: impl FnOnce(&mut Triage)) {
        let mut wanted = Triage::default();
        set(&mut wanted);
        let ctx = self.stage.as_person(COORDINATOR).await;
        triage(&self.stage.office, &ctx, code, wanted).await.unwrap();
    }

    /// Lets so many seconds pass, a round each.
    pub(super) async fn pass(&self, seconds: i32) {
        for _ in 0..seconds {
            self.chore.tick().await.unwrap();
            self.stage.clock.pass(Duration::seconds(1));
        }
        self.chore.tick().await.unwrap();
    }

    pub(super) async fn event(&self, incoming: Incoming) {
        let ctx = self.app.own("engine");
        groups::event(&self.stage.office, &ctx, Telegram, &incoming).await.unwrap();
    }

    pub(super) async fn group(&self) -> GroupView {
        let ctx = self.stage.as_person("admin@so-ttt.example").await;
        groups::list(&self.stage.office, &ctx).await.unwrap().remove(0)
    }

    /// The one card.
    pub(super) fn card(&self) -> Card {
        let cards = self.port.cards();
        assert_eq!(cards.len(), 1, "{cards:?}");
        cards.into_values().next().unwrap()
    }
}

pub(super) fn text(card: &Card) -> String {
    let letter = &card.letter;
    let facts = letter.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value));
    let lines = std::iter::once(letter.subject.clone()).chain(letter.paragraphs.clone());
    lines.chain(facts).collect::<Vec<_>>().join("\n")
}

pub(super) fn gone(why: &str) -> RoomError {
    RoomError::Retry { after: None, why: why.to_owned() }
}

#[actix_web::test]
async fn triage_opens_a_topic_and_its_card_follows_the_case_to_its_end_and_back() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let office = &stage.office;
        let code = team.case(true).await;
        team.pass(2).await;
        assert_eq!(team.port.calls(), ["open", "put", "pin"]);
        let (topic, now) = team.port.topics().into_iter().next().unwrap();
        assert_eq!(now.title, format!("{code} · Cao"));
        let card = team.card();
        assert!(card.pinned && card.letter.form.silent);
        assert_eq!(card.address, format!("{CHAT}/{topic}"));
        let words = text(&card);
        for part in ["Cao", "Đang xác minh", "coordinator so-ttt", "Thời hạn", "Việc đang mở"]
        {
            assert!(words.contains(part), "{part} in {words}");
        }
        assert!(!words.contains("Kín") && !words.contains("kin@"), "{words}");
        let labels: Vec<_> = card.letter.presses.iter().map(|one| one.label.as_str()).collect();
        assert_eq!(labels, ["Việc", "Chuyển bước", "Mức ưu tiên", "Ghi chú"]);
        assert!(card.letter.presses.iter().all(|one| one.id.len() <= 64));
        let here = incident_of(office, Telegram, CHAT, Some(&topic)).await.unwrap();
        assert_eq!(here.as_deref(), Some(code.as_str()));
        for (chat, topic) in [(CHAT, Some("77")), ("-1002", Some(topic.as_str())), (CHAT, None)] {
            assert_eq!(incident_of(office, Telegram, chat, topic).await.unwrap(), None);
        }

        team.triage(&code, |wanted| wanted.priority = Some("urgent".to_owned())).await;
        team.pass(12).await;
        assert_eq!(team.port.count("rename"), 1);
        assert_eq!(team.port.topics()[&topic].title, format!("{code} · Khẩn cấp"));
        assert!(team.card().letter.subject.ends_with("Khẩn cấp"));
        assert_eq!(team.port.count("put"), 1, "changed where it stands");

        let ctx = stage.as_person(COORDINATOR).await;
        let because =
            Because { reason: "Báo nhầm, máy vẫn chạy".to_owned(), version: None };
        reject(office, &ctx, &code, because.clone()).await.unwrap();
        team.pass(12).await;
        assert!(team.port.topics()[&topic].closed);
        assert!(team.card().letter.presses.is_empty(), "nothing can be pressed");
        assert_eq!(team.group().await.open, 0);
        reopen(office, &ctx, &code, because).await.unwrap();
        team.pass(12).await;
        assert!(!team.port.topics()[&topic].closed);
        assert!(text(&team.card()).contains("Đang xác minh"));
        assert_eq!((team.port.count("open"), team.port.count("put")), (1, 1));
    })
    .await;
}

#[actix_web::test]
async fn ten_changes_in_a_second_are_one_edit_and_nothing_is_edited_without_a_change() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let code = team.case(true).await;
        team.pass(20).await;
        let before = team.port.calls().len();
        for round in 0..10 {
            let word = if round % 2 == 0 { "medium" } else { "low" };
            team.triage(&code, |wanted| wanted.priority = Some(word.to_owned())).await;
            team.chore.tick().await.unwrap();
            stage.clock.pass(Duration::milliseconds(90));
        }
        assert_eq!(team.port.calls().len(), before);
        team.pass(3).await;
        assert_eq!(&team.port.calls()[before..], ["rename", "change"]);
        // A note changes nothing that the card shows.
        let ctx = stage.as_person(COORDINATOR).await;
        let note = notes::NewNote {
            text: "Đã gọi đơn vị".to_owned(), ..notes::NewNote::default()
        };
        notes::add(&stage.office, &ctx, &code, note).await.unwrap();
        team.pass(3).await;
        assert_eq!(team.port.calls().len(), before + 2);
        assert_eq!(stage.count("chat_cards where stale_at is not null").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn a_group_takes_no_more_than_twenty_calls_a_minute_and_the_most_urgent_case_is_first() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let mut codes = Vec::new();
        for _ in 0..12 {
            codes.push(team.case(true).await);
        }
        let urgent = team.case(false).await;
        team.triage(&urgent, |wanted| wanted.priority = Some("urgent".to_owned())).await;
        team.pass(0).await;
        let first = team.port.topics().into_values().next().unwrap();
        assert_eq!(first.title, format!("{urgent} · Khẩn cấp"));
        for _ in 0..4 {
            let before = team.port.calls().len();
            team.pass(59).await;
            assert!(team.port.calls().len() - before <= 20);
        }
        assert_eq!(team.port.topics().len(), 13);
        assert!(team.port.cards().values().all(|card| card.pinned));
    })
    .await;
}

#[actix_web::test]
async fn a_pause_that_the_room_asks_for_is_kept_to_the_second() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let after = Some(std::time::Duration::from_secs(37));
        team.port.then(RoomError::Retry { after, why: "pause".to_owned() });
        team.case(true).await;
        team.pass(36).await;
        assert_eq!(team.port.calls(), ["open"]);
        team.pass(1).await;
        assert_eq!(team.port.calls(), ["open", "open"]);
        team.pass(9).await;
        assert_eq!(team.port.calls(), ["open", "open", "put", "pin"]);
        assert_eq!(team.group().await.doubtful, 0, "it said no: nothing was opened");
    })
    .await;
}

#[actix_web::test]
async fn two_servers_open_one_topic_and_a_crash_leaves_one_in_use() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let office = &stage.office;
        team.case(true).await;
        let ctx = team.app.own("engine");
        // One server claims the step and dies before it tells.
        let job = next(office, &ctx, Telegram, "dead", Vec::new()).await.unwrap().unwrap();
        let other = next(office, &ctx, Telegram, "two", Vec::new()).await.unwrap();
        assert!(other.is_none(), "it is claimed");
        team.pass(74).await;
        assert_eq!(team.port.calls(), Vec::<String>::new());
        team.pass(20).await;
        assert_eq!(team.port.calls(), ["open", "put", "pin"]);
        assert_eq!(team.group().await.doubtful, 1, "there may be an empty one, and it is said");
        // The dead one was only slow: what it brings counts for nothing.
        let ctx = team.app.own("engine");
        let late = Ok("99".to_owned());
        crate::actions::chat::cards::settle(office, &ctx, "dead", job, late).await.unwrap();
        assert_eq!(incident_of(office, Telegram, CHAT, Some("99")).await.unwrap(), None);
        if let Place::Sqlite(_) = office.db.place() {
            super::cards::take_over(&team.app).await.unwrap();
        }
        // Two that look at the same time do the work once.
        let other =
            Cards::new(team.app.clone(), Telegram, Arc::clone(&team.port) as _, "two".to_owned());
        team.case(true).await;
        for _ in 0..20 {
            let (a, b) = futures_util::join!(team.chore.tick(), other.tick());
            a.unwrap();
            b.unwrap();
            stage.clock.pass(Duration::seconds(1));
        }
        assert_eq!((team.port.count("open"), team.port.count("put")), (2, 2));
    })
    .await;
}

#[actix_web::test]
async fn above_the_ceiling_a_card_says_code_priority_and_deadline() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let code = team.case(false).await;
        let title = "Lộ dữ liệu CANARY-7 của bệnh viện".to_owned();
        team.triage(&code, |wanted| {
            wanted.tlp = Some("RED".to_owned());
            wanted.title = Some(title);
        })
        .await;
        team.pass(5).await;
        let card = team.card();
        let all = serde_json::to_string(&card.letter).unwrap();
        for canary in ["CANARY-7", "một cửa", "coordinator so-ttt", "Đang xác minh", "Kín", "xa-b"]
        {
            assert!(!all.contains(canary), "{canary} in {all}");
        }
        assert!(all.contains(&code) && all.contains("Thời hạn") && all.contains("/su-co/"));
        team.triage(&code, |wanted| wanted.tlp = Some("AMBER".to_owned())).await;
        team.pass(5).await;
        assert!(text(&team.card()).contains("CANARY-7"), "at the ceiling it is said");
    })
    .await;
}

#[actix_web::test]
async fn a_case_opens_where_it_is_asked_for_by_whoever_may() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let office = &stage.office;
        let code = team.case(false).await;
        team.pass(3).await;
        assert!(team.port.calls().is_empty(), "nothing opens before triage");
        let elsewhere = chat("-2002", true);
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        let no = groups::open(office, &duty, Telegram, &elsewhere, &code).await.unwrap_err();
        assert!(matches!(no, Error::Refused(Refusal::NotReady { key: "group-unknown" })), "{no}");
        let head = stage.as_person("unit_head@xa-b.example").await;
        let no = groups::open(office, &head, Telegram, &elsewhere, &code).await.unwrap_err();
        assert_eq!(no.face(), (403, "not_allowed"));
        let other = stage.as_person("unit_head@xa-c.example").await;
        let no = groups::open(office, &other, Telegram, &elsewhere, &code).await.unwrap_err();
        assert_eq!(no.face(), (403, "not_allowed"), "the same for what they may not see");
        let ctx = stage.as_person(COORDINATOR).await;
        let direct = Chat { direct: true, ..elsewhere.clone() };
        let no = groups::add(office, &ctx, Telegram, &direct).await.unwrap_err();
        assert_eq!(no.face(), (422, "bad_fields"));
        let opened = groups::open(office, &ctx, Telegram, &elsewhere, &code).await.unwrap();
        assert!(opened.new && opened.added);
        let again = groups::open(office, &ctx, Telegram, &elsewhere, &code).await.unwrap();
        assert!(!again.new && !again.added);
        team.pass(5).await;
        assert_eq!(team.card().address.split('/').next(), Some("-2002"));
        let labels: Vec<_> = team.card().letter.presses.into_iter().map(|one| one.label).collect();
        assert_eq!(labels[..2], ["Tiếp nhận", "Nhận chủ trì"]);
        assert_eq!(stage.count("audit where action = 'chat_group.add'").await, 2);
        let known = office.db.read(|c| chat_groups::active(c, 10)).await.unwrap();
        assert_eq!(known.len(), 2);
    })
    .await;
}
