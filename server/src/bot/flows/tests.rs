//! Guided verbs from a telephone, on both databases: every form to its end, what is typed wrong, who
//! may not, what comes twice, what is left in the middle.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use notify::room::{Chat, Doing, FileRef, Incoming, Me, Raw, RoomError, Scope, Sender, What};
use notify::{
    Channel, ChannelKind, Checking, Envelope, Letter, Outcome as Sent, Room as Port, Sending,
};

use crate::actions::chat::turns;
use crate::actions::closing::obstacles;
use crate::actions::dispatches::{NewDispatch, send};
use crate::actions::incident_view::{self, IncidentView};
use crate::actions::once::Claim;
use crate::actions::reports::{NewReport, receive};
use crate::actions::states::{self, ChangeState};
use crate::actions::triage::{self, Triage};
use crate::actions::{incidents as desk, procedure};
use crate::bot::{Answer, Heard, Outcome, handle};
use crate::clock::Clock as _;
use crate::domain::words::{Room, State};
use crate::store::{chat_presses, incidents};
use crate::testing::{Stage, on_each};

const DESK: &str = "coordinator@so-ttt.example";
const LEADER: &str = "leader@so-ttt.example";
const IT: &str = "it_officer@xa-b.example";

/// A room whose files are written beforehand and that reaches nobody.
#[derive(Default)]
struct Drawer(BTreeMap<String, Vec<u8>>);

fn nothing<'a, T: Send + 'a>(value: T) -> Doing<'a, T> {
    Box::pin(async move { Ok(value) })
}

impl Channel for Drawer {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }
    fn send<'a>(&'a self, _: &'a Envelope) -> Sending<'a> {
        Box::pin(async { Sent::Sent { reference: None } })
    }
    fn check<'a>(&'a self) -> Checking<'a> {
        Box::pin(async { Ok(String::new()) })
    }
}

impl Port for Drawer {
    fn me(&self) -> Doing<'_, Me> {
        nothing(Me { id: "1".to_owned(), username: "DieuPhoiBot".to_owned() })
    }
    fn updates(&self, _: Option<i64>, _: Duration) -> Doing<'_, Vec<Raw>> {
        nothing(Vec::new())
    }
    fn bring_to<'a>(&'a self, _: Option<(&'a str, &'a str)>) -> Doing<'a, ()> {
        nothing(())
    }
    fn read(&self, _: &str) -> Result<Incoming, String> {
        Err("nothing is read here".to_owned())
    }
    fn put<'a>(&'a self, _: &'a str, _: &'a Letter) -> Doing<'a, String> {
        nothing(String::new())
    }
    fn change<'a>(&'a self, _: &'a str, _: &'a str, _: &'a Letter) -> Doing<'a, ()> {
        nothing(())
    }
    fn remove<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        nothing(())
    }
    fn pin<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        nothing(())
    }
    fn answer_press<'a>(&'a self, _: &'a str, _: &'a str, _: bool) -> Doing<'a, ()> {
        nothing(())
    }
    fn open_topic<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, String> {
        nothing(String::new())
    }
    fn rename_topic<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        nothing(())
    }
    fn close_topic<'a>(&'a self, _: &'a str, _: &'a str, _: bool) -> Doing<'a, ()> {
        nothing(())
    }
    fn fetch<'a>(&'a self, file: &'a FileRef, _: u64) -> Doing<'a, Vec<u8>> {
        let found = self.0.get(&file.id).cloned();
        let gone = RoomError::Refused { why: "gone".to_owned() };
        Box::pin(async move { found.ok_or(gone) })
    }
    fn offer<'a>(
        &'a self,
        _: Scope,
        _: Option<&'a str>,
        _: &'a [(String, String)],
    ) -> Doing<'a, ()> {
        nothing(())
    }
}

/// Somebody's telephone.
struct Phone {
    stage: Arc<Stage>,
    number: &'static str,
    files: BTreeMap<String, Vec<u8>>,
    last: i64,
}

impl Phone {
    async fn of(stage: &Arc<Stage>, email: &str, number: &'static str) -> Self {
        stage.linked(email, number).await;
        let stage = Arc::clone(stage);
        let last = number.parse::<i64>().unwrap() * 1_000;
        Self { stage, number, files: BTreeMap::new(), last }
    }

    /// One update through the door, in a process that knows nothing of the one before; its answer
    /// is kept as the intake keeps it, unless the process dies first.
    async fn update(&self, id: i64, what: What, dies: bool) -> Answer {
        let sender = Sender {
            id: self.number.to_owned(),
            name: "Ai đó".to_owned(),
            language: None,
            is_bot: false,
        };
        let chat = Chat {
            id: self.number.to_owned(),
            direct: true,
            topics: false,
            title: String::new(),
            topic: None,
        };
        let incoming = Incoming { id, sender: Some(sender), chat: Some(chat), what };
        let (app, port) = (self.stage.app(), Drawer(self.files.clone()));
        let heard = Heard { app: &app, room: Room::Telegram, port: &port, incoming: &incoming };
        let now = self.stage.clock.now();
        let claim = Claim::new("chat:telegram".to_owned(), id.to_string(), now);
        claim.describe(id.to_string().as_bytes()).unwrap();
        let answer = claim.around(handle(heard)).await.unwrap();
        if dies {
            return answer;
        }
        let presses: Vec<_> =
            answer.says.iter().flat_map(|say| say.presses.iter().cloned()).collect();
        let asides = answer.asides.clone();
        let kept = self.stage.office.db.write(move |tx| {
            for press in &presses {
                chat_presses::insert(tx, press)?;
            }
            turns::keep(tx, now, &asides)
        });
        kept.await.unwrap();
        answer
    }

    async fn sends(&mut self, what: What) -> Answer {
        self.last += 1;
        self.update(self.last, what, false).await
    }

    async fn writes(&mut self, text: &str) -> Answer {
        let text = text.to_owned();
        self.sends(What::Text { message: "7".to_owned(), text, quoted: None }).await
    }

    /// Presses the button whose label begins so.
    async fn presses(&mut self, under: &Answer, label: &str) -> Answer {
        let data = button(under, label);
        self.sends(What::Press { press: "p".to_owned(), message: Some("8".to_owned()), data }).await
    }

    async fn file(&mut self, id: &str, bytes: &[u8], caption: &str, album: Option<&str>) -> Answer {
        self.files.insert(id.to_owned(), bytes.to_vec());
        let file = FileRef {
            id: id.to_owned(),
            name: format!("{id}.txt"),
            media_type: "text/plain".to_owned(),
            size: u64::try_from(bytes.len()).unwrap(),
        };
        self.sends(What::File {
            message: "9".to_owned(),
            caption: caption.to_owned(),
            file,
            album: album.map(str::to_owned),
            quoted: None,
        })
        .await
    }
}

fn button(under: &Answer, label: &str) -> String {
    let all = under.says.iter().flat_map(|say| &say.letter.presses);
    let labels: Vec<_> = all.clone().map(|key| key.label.clone()).collect();
    let found = all.clone().find(|key| key.label.starts_with(label));
    found.unwrap_or_else(|| panic!("no {label:?} among {labels:?}: {}", said(under))).id.clone()
}

/// Everything that was answered, in one text.
fn said(answer: &Answer) -> String {
    let mut text: Vec<String> = Vec::new();
    for say in &answer.says {
        let letter = &say.letter;
        text.push(letter.subject.clone());
        text.extend(letter.paragraphs.clone());
        text.extend(letter.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)));
        text.extend(letter.steps.clone());
        text.extend(letter.buttons.iter().map(|button| button.url.clone()));
    }
    text.extend(answer.toast.iter().map(|toast| toast.text.clone()));
    text.join("\n")
}

async fn reported(stage: &Stage) -> String {
    let report = NewReport {
        category: "phishing".to_owned(),
        description: "Thư giả mạo".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "none".to_owned(),
        people: "one".to_owned(),
        secret: "no".to_owned(),
        contact_phone: "0000000009".to_owned(),
        contact_email: "thu@rieng.example".to_owned(),
        ..NewReport::default()
    };
    let unit = Some("xa-b".to_owned());
    let code =
        receive(&stage.office, &stage.nobody(), report, Vec::new(), unit, None).await.unwrap().code;
    // Words of a case at this level may be said in the room.
    let office = &stage.office;
    let ctx = stage.as_person(DESK).await;
    let green = Triage { tlp: Some("CLEAR".to_owned()), ..Triage::default() };
    triage::triage(office, &ctx, &code, green).await.unwrap();
    code
}

async fn view(stage: &Stage, email: &str, code: &str) -> IncidentView {
    let ctx = stage.as_person(email).await;
    incident_view::one(&stage.office, &ctx, code).await.unwrap()
}

async fn kinds(stage: &Stage, code: &str, kind: &str) -> usize {
    let ctx = stage.as_person(DESK).await;
    let page = incident_view::history(&stage.office, &ctx, code, None, 200).await.unwrap();
    page.items.iter().filter(|entry| entry.kind == kind).count()
}

#[actix_web::test]
async fn a_dispatch_is_guided_looked_over_and_sent_once() {
    on_each(|stage| async move {
        stage.province().await;
        let code = reported(&stage).await;
        let mut phone = Phone::of(&stage, DESK, "501").await;
        let asked = phone.writes(&format!("/phieu {code}")).await;
        assert!(said(&asked).contains("cơ quan nào"), "{}", said(&asked));
        assert!(said(&phone.writes("không có đâu").await).contains("Không có lựa chọn"));
        let asked = phone.writes("vnpt").await;
        let asked = phone.presses(&asked, "Chặn lọc").await;
        assert!(said(&asked).contains("Căn cứ nào"), "{}", said(&asked));
        phone.writes("Điều 11.2").await;
        phone.writes("Chặn xau.example đến hết tuần").await;
        assert!(said(&phone.writes("bao giờ cũng được").await).contains("ngày giờ"));
        phone.writes("+2h").await;
        let whole = phone.writes("-").await;
        let text = said(&whole);
        for part in ["Đơn vị vnpt", "Chặn lọc", "Điều 11.2", "xau.example", "10:00"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(stage.count("dispatches").await, 0, "nothing before the last press");
        // The process dies after its commit and before its answer: the repeat says that it is done.
        phone.last += 1;
        let data = button(&whole, "Thực hiện");
        let press = || What::Press {
            press: "p".to_owned(),
            message: Some("8".to_owned()),
            data: data.clone(),
        };
        phone.update(phone.last, press(), true).await;
        let again = phone.update(phone.last, press(), false).await;
        assert!(said(&again).contains("đã thực hiện"), "{}", said(&again));
        for _ in 0..2 {
            let again = phone.presses(&whole, "Thực hiện").await;
            assert!(said(&again).contains("đã thực hiện"), "{}", said(&again));
        }
        assert_eq!(stage.count("dispatches").await, 1);
        let one = &view(&stage, DESK, &code).await.dispatches[0];
        assert_eq!((one.to.key.as_str(), one.kind.as_word()), ("vnpt", "block"));

        // Left in the middle, by /thoi and by the button.
        phone.writes(&format!("/phieu {code}")).await;
        assert!(said(&phone.writes("/thoi").await).contains("Đã thôi"));
        assert_eq!(phone.writes("vnpt").await.outcome, Outcome::Refused);
        let stop = phone.presses(&whole, "Thôi").await;
        assert!(said(&stop).contains("Đã thôi"));
        // Whoever may not is told so at once; somebody else's button is nothing.
        let mut other = Phone::of(&stage, IT, "502").await;
        assert_eq!(other.writes(&format!("/phieu {code}")).await.outcome, Outcome::Refused);
        assert!(said(&other.presses(&whole, "Thực hiện").await).contains("không còn dùng"));
        let mut stranger = Phone::of(&stage, "it_officer@xa-c.example", "503").await;
        let unknown = said(&stranger.writes(&format!("/phieu {code}")).await);
        let never = said(&stranger.writes("/phieu SC-2026-099999").await);
        assert_eq!(unknown, never, "what may not be seen does not exist");
    })
    .await;
}

#[actix_web::test]
async fn a_situation_report_with_a_doubtful_word_asks_before_it_is_kept() {
    on_each(|stage| async move {
        stage.province().await;
        let code = reported(&stage).await;
        let mut phone = Phone::of(&stage, IT, "511").await;
        let asked = phone.writes(&format!("/tinhhinh {code} Tài liệu [MẬT] bị mã hóa")).await;
        assert!(said(&asked).contains("Đã làm gì"), "{}", said(&asked));
        phone.writes("Đã rút mạng <b>hai</b> máy").await;
        let whole = phone.writes("-").await;
        let doubtful = phone.presses(&whole, "Thực hiện").await;
        assert!(said(&doubtful).contains("từ chỉ độ mật"), "{}", said(&doubtful));
        assert_eq!(kinds(&stage, &code, "situation").await, 0);
        let done = phone.presses(&doubtful, "Không phải bí mật").await;
        assert!(said(&done).contains("Đã lưu báo cáo"), "{}", said(&done));
        assert_eq!(kinds(&stage, &code, "situation").await, 1);
        // Above the ceiling nothing of it is repeated.
        let ctx = stage.as_person(DESK).await;
        let red = Triage { tlp: Some("RED".to_owned()), ..Triage::default() };
        triage::triage(&stage.office, &ctx, &code, red).await.unwrap();
        phone.writes(&format!("/tinhhinh {code} Canary-4711")).await;
        phone.writes("-").await;
        let whole = phone.writes("-").await;
        assert!(!said(&whole).contains("Canary-4711"), "{}", said(&whole));
        phone.presses(&whole, "Thực hiện").await;
        assert_eq!(kinds(&stage, &code, "situation").await, 2);
    })
    .await;
}

#[actix_web::test]
async fn a_partner_answers_a_dispatch_and_knows_nothing_of_others() {
    on_each(|stage| async move {
        stage.province().await;
        let code = reported(&stage).await;
        let ctx = stage.as_person(DESK).await;
        let wanted = NewDispatch {
            to: "vnpt".to_owned(),
            kind: "handle".to_owned(),
            ground: "Điều 11.2".to_owned(),
            content: "Xử lý máy chủ".to_owned(),
            ..NewDispatch::default()
        };
        let sent = send(&stage.office, &ctx, &code, wanted, None).await.unwrap();
        let mut other = Phone::of(&stage, "liaison@viettel.example", "521").await;
        let hidden = said(&other.writes(&format!("/traloi {}", sent.code)).await);
        assert_eq!(hidden, said(&other.writes("/traloi PDP-2026-099999").await));
        let mut phone = Phone::of(&stage, "liaison@vnpt.example", "522").await;
        let list = phone.writes("/traloi").await;
        let shown = phone.presses(&list, &sent.code).await;
        assert!(said(&shown).contains("Xử lý máy chủ"), "{}", said(&shown));
        let ask = phone.presses(&shown, "Hỏi lại").await;
        assert!(said(&ask).contains("viết nội dung"), "{}", said(&ask));
        let done = phone.writes("Máy nào?").await;
        assert!(said(&done).contains("Đã trả lời"), "{}", said(&done));
        assert_eq!(kinds(&stage, &code, "dispatch_answered").await, 1);
        // A question is open: an acceptance is refused in words, and nothing is written.
        let early = phone.presses(&shown, "Tiếp nhận").await;
        assert_eq!(early.outcome, Outcome::Refused, "{}", said(&early));
        let reply = crate::actions::dispatches::reply;
        reply(&stage.office, &ctx, &sent.code, "Máy số 2".to_owned()).await.unwrap();
        phone.presses(&shown, "Tiếp nhận").await;
        let state = view(&stage, DESK, &code).await.dispatches[0].state;
        assert_eq!(state.as_word(), "accepted");
    })
    .await;
}

const ASK: &str = "
playbook: refer
version: 1
title: Chuyển hồ sơ
first_aid: 1. Gọi trực ban.
steps:
  - id: refer
    approve: {by: leader, question: Chuyển hồ sơ cho Công an tỉnh?}
    within: 30m
    late:
      - notify: {to: coordinator}
";

#[actix_web::test]
async fn decisions_escalation_silence_and_questions_to_the_reporter() {
    on_each(|stage| async move {
        stage.province().await;
        let code = reported(&stage).await;
        let (office, ctx, name) = (stage.office.clone(), stage.nobody(), code.clone());
        let desk_ctx = stage.as_person(DESK).await;
        let follow = move |tx: &mut crate::store::Conn| {
            let (incident, _) = desk::find_seen(tx, &desk_ctx, &name)?;
            let incident = incidents::hold(tx, incident.id)?;
            procedure::follow(tx, &office, &ctx, &incident, ASK)
        };
        stage.office.db.write(follow).await.unwrap();
        let mut leader = Phone::of(&stage, LEADER, "531").await;
        let mut coordinator = Phone::of(&stage, DESK, "532").await;
        let wrong = coordinator.writes(&format!("/duyet {code}")).await;
        assert_eq!(wrong.outcome, Outcome::Refused, "{}", said(&wrong));
        let list = leader.writes(&format!("/khongduyet {code}")).await;
        let why = leader.presses(&list, "Không đồng ý").await;
        assert!(said(&why).contains("Vì sao"), "{}", said(&why));
        leader.writes("Chưa đủ căn cứ").await;
        assert_eq!(kinds(&stage, &code, "question_no").await, 1);
        let late = leader.presses(&list, "Đồng ý").await;
        assert!(said(&late).contains("đã có quyết định"), "{}", said(&late));

        coordinator.writes(&format!("/baocaptren {code}")).await;
        let done = coordinator.writes("Lan rất nhanh").await;
        assert!(said(&done).contains("Đã báo cấp trên"), "{}", said(&done));
        let again = coordinator.writes("/baocaptren vẫn lan").await;
        assert!(said(&again).contains("vừa có người"), "{}", said(&again));
        assert_eq!(kinds(&stage, &code, "escalated").await, 1);

        let quiet = coordinator.writes(&format!("/hoan {code} 1h")).await;
        assert!(said(&quiet).contains("22/11/2026 09:00"), "{}", said(&quiet));
        let choose = coordinator.writes("/hoan").await;
        coordinator.presses(&choose, "4 giờ").await;
        assert_eq!(kinds(&stage, &code, "snoozed").await, 2);

        coordinator.writes(&format!("/hoinguoibao {code}")).await;
        coordinator.writes("Máy nào bị?").await;
        assert_eq!(kinds(&stage, &code, "reporter_asked").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn evidence_comes_with_a_caption_in_an_album_and_never_too_large() {
    on_each(|stage| async move {
        stage.province().await;
        let code = reported(&stage).await;
        let mut phone = Phone::of(&stage, IT, "541").await;
        let unasked = phone.file("anh", b"noi dung", "", None).await;
        assert_eq!(unasked.outcome, Outcome::Refused);
        let caption = format!("/chungcu {code} ảnh màn hình");
        let kept = phone.file("mot", b"mot", &caption, Some("a1")).await;
        assert!(said(&kept).contains("Đã nhận chứng cứ"), "{}", said(&kept));
        phone.file("hai", b"hai", "", Some("a1")).await;
        phone.file("ba", b"ba", "", Some("a1")).await;
        assert_eq!(stage.count("evidence").await, 3);
        // Another file is no part of the album.
        phone.file("bon", b"bon", "", None).await;
        assert_eq!(stage.count("evidence").await, 3);
        let secret = phone.file("TUYỆT MẬT", b"x", &format!("/chungcu {code}"), None).await;
        assert!(said(&secret).contains("không được nhận"), "{}", said(&secret));
        let large = FileRef {
            id: "lon".to_owned(),
            name: "lon.zip".to_owned(),
            media_type: "application/zip".to_owned(),
            size: 21 * 1024 * 1024,
        };
        let what = What::File {
            message: "9".to_owned(),
            caption: format!("/chungcu {code}"),
            file: large,
            album: None,
            quoted: None,
        };
        let refused = phone.sends(what).await;
        assert!(said(&refused).contains("20 MB"), "{}", said(&refused));
        assert!(said(&refused).contains(&format!("/su-co/{code}/chung-cu")), "{}", said(&refused));
        // Asked for a file, words are no file; then it comes.
        phone.writes(&format!("/chungcu {code}")).await;
        assert!(said(&phone.writes("đây").await).contains("chờ tệp"));
        phone.file("nam", b"nam", "máy chủ", None).await;
        assert_eq!(stage.count("evidence").await, 4);
        let mut other = Phone::of(&stage, "it_officer@xa-c.example", "542").await;
        let hidden = other.file("sau", b"sau", &format!("/chungcu {code}"), None).await;
        assert_eq!(hidden.outcome, Outcome::Refused);
        assert_eq!(stage.count("evidence").await, 4);
    })
    .await;
}

#[actix_web::test]
async fn an_incident_is_reported_and_a_drill_started_from_a_telephone() {
    on_each(|stage| async move {
        stage.province().await;
        let mut phone = Phone::of(&stage, "reporter@xa-b.example", "551").await;
        let asked = phone.writes("/baosuco").await;
        let stop = phone.presses(&asked, "Có thể có").await;
        assert!(said(&stop).contains("bí mật nhà nước"), "{}", said(&stop));
        assert_eq!(stage.count("chat_turns").await, 0, "nothing is asked any more");
        let asked = phone.writes("/baosuco").await;
        let asked = phone.presses(&asked, "Không").await;
        phone.presses(&asked, "Tấn công sử dụng mã độc").await;
        let asked = phone.writes("Máy tự tắt").await;
        let asked = phone.presses(&asked, "Bây giờ").await;
        let asked = phone.presses(&asked, "Có").await;
        let asked = phone.presses(&asked, "Ngừng hẳn").await;
        phone.presses(&asked, "Một nhóm").await;
        let whole = phone.writes("-").await;
        assert!(said(&whole).contains("Máy tự tắt"), "{}", said(&whole));
        assert_eq!(stage.count("incidents").await, 0);
        let done = phone.presses(&whole, "Thực hiện").await;
        assert!(said(&done).contains("SC-2026-"), "{}", said(&done));
        assert!(!said(&done).contains("/theo-doi/"), "the tracking link is a secret");
        phone.presses(&whole, "Thực hiện").await;
        assert_eq!(stage.count("incidents").await, 1);

        let mut desk = Phone::of(&stage, DESK, "552").await;
        let asked = desk.writes("/dientap").await;
        assert!(said(&asked).contains("kịch bản nào"), "{}", said(&asked));
        desk.writes("Sự cố chưa rõ loại").await;
        let asked = desk.writes("Đơn vị xa-b").await;
        assert!(said(&asked).contains("Tình huống"), "{}", said(&asked));
        desk.writes("Máy chủ bị khóa").await;
        let asked = desk.writes("-").await;
        let whole = desk.presses(&asked, "×60").await;
        let done = desk.presses(&whole, "Thực hiện").await;
        assert!(said(&done).contains("diễn tập SC-2026-"), "{}", said(&done));
        assert_eq!(stage.count("drills").await, 1);
        assert_eq!(phone.writes("/dientap").await.outcome, Outcome::Refused);
    })
    .await;
}

#[actix_web::test]
async fn a_case_is_closed_by_somebody_who_did_not_lead_it() {
    on_each(|stage| async move {
        stage.province().await;
        let code = reported(&stage).await;
        let mut leader = Phone::of(&stage, LEADER, "561").await;
        let early = leader.writes(&format!("/dong {code}")).await;
        assert_eq!(early.outcome, Outcome::Refused, "{}", said(&early));
        let ctx = stage.as_person(DESK).await;
        for to in ["containing", "eradicating", "recovering", "reviewing"] {
            let wanted = ChangeState { to: to.to_owned(), ..ChangeState::default() };
            states::change(&stage.office, &ctx, &code, wanted).await.unwrap();
        }
        let name = code.clone();
        let free = move |c: &mut crate::store::Conn| {
            let (incident, _) = desk::find_seen(c, &ctx, &name)?;
            obstacles(c, &incident)
        };
        assert!(stage.office.db.read(free).await.unwrap().is_empty());
        let mut led = Phone::of(&stage, DESK, "562").await;
        assert!(said(&led.writes(&format!("/dong {code}")).await).contains("chủ trì"));
        let asked = leader.writes(&format!("/dong {code}")).await;
        leader.presses(&asked, "Bây giờ").await;
        leader.writes("Đã gỡ mã độc").await;
        let whole = leader.writes("-").await;
        let done = leader.presses(&whole, "Thực hiện").await;
        assert!(said(&done).contains("Đã đóng"), "{}", said(&done));
        assert_eq!(view(&stage, LEADER, &code).await.state, State::Closed);
        let again = leader.presses(&whole, "Thực hiện").await;
        assert!(said(&again).contains("đã thực hiện"), "{}", said(&again));
    })
    .await;
}
