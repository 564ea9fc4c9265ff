//! Reports and files through the web's own doors, on both databases: bad input gets an answer,
//! keeps what was typed, and changes nothing that it should not.

use std::io::Write as _;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use futures_util::future::join_all;
use unicode_normalization::UnicodeNormalization as _;

use super::application;
use crate::actions::evidence;
use crate::actions::tracking::{self, Answer, Door};
use crate::config::Security;
use crate::domain::ids::EvidenceId;
use crate::http::limits::Limits;
use crate::testing::{Stage, on_each};

const NONCE: &str = "nonce-0123456789-abcdefghij";

/// A form's fields and files as a browser sends them.
#[derive(Clone)]
struct Sent {
    fields: Vec<(&'static str, Vec<u8>)>,
    files: Vec<(String, Vec<u8>)>,
}

fn report() -> Sent {
    let fields = [
        ("nonce", NONCE),
        ("secret", "no"),
        ("category", "malware"),
        ("description", "Máy một cửa hiện cửa sổ lạ"),
        ("detected_at", "2026-11-22T07:45"),
        ("still_happening", "yes"),
        ("services", "degraded"),
        ("people", "group"),
        ("name", "Nguyễn Thị Thử"),
        ("phone", "0000000009"),
        ("email", ""),
    ];
    let fields = fields.into_iter().map(|(name, value)| (name, value.as_bytes().to_vec()));
    Sent { fields: fields.collect(), files: Vec::new() }
}

impl Sent {
    fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.fields.retain(|(other, _)| *other != name);
        self.fields.push((name, value.as_ref().to_vec()));
        self
    }

    fn file(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.files.push((name.to_owned(), bytes.as_ref().to_vec()));
        self
    }

    fn to(&self, path: &str) -> TestRequest {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            let head = format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        }
        for (name, bytes) in &self.files {
            let head = format!(
                "--X\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
                 Content-Type: text/html\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--X--\r\n");
        TestRequest::post()
            .uri(path)
            .insert_header(("content-type", "multipart/form-data; boundary=X"))
            .set_payload(body)
    }
}

/// The whole application around an [`App`]; its type has no name.
macro_rules! service {
    ($app:expr) => {
        init_service(application($app)).await
    };
}

/// Sends and answers status, the place it leads to, and the page.
async fn send(stage: &Stage, sent: &Sent, path: &str) -> (StatusCode, String, String) {
    let service = service!(stage.app());
    let response = call_service(&service, sent.to(path).to_request()).await;
    let status = response.status();
    let place = response.headers().get("location").map(|place| place.to_str().unwrap().to_owned());
    let page = String::from_utf8_lossy(&read_body(response).await).into_owned();
    (status, place.unwrap_or_default(), page)
}

async fn get(stage: &Stage, path: &str) -> (StatusCode, String) {
    let service = service!(stage.app());
    let response = call_service(&service, TestRequest::get().uri(path).to_request()).await;
    let status = response.status();
    (status, String::from_utf8_lossy(&read_body(response).await).into_owned())
}

/// Every file below the evidence folder.
pub(super) fn on_disk(stage: &Stage) -> Vec<std::path::PathBuf> {
    let mut waiting = vec![stage.office.config.evidence.folder.clone()];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found
}

fn disk_holds(stage: &Stage, words: &str) -> bool {
    let words = words.as_bytes();
    on_disk(stage)
        .iter()
        .any(|path| std::fs::read(path).unwrap().windows(words.len()).any(|piece| piece == words))
}

fn docx(words: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("[Content_Types].xml", options).unwrap();
    zip.write_all(b"<Types/>").unwrap();
    zip.start_file("word/document.xml", options).unwrap();
    let (head, tail) = words.split_at(words.chars().next().unwrap().len_utf8());
    let xml = format!(
        "<w:document><w:p><w:t>UBND XÃ</w:t></w:p><w:p><w:r><w:t>{head}</w:t></w:r><w:r><w:t>\
         {tail}</w:t></w:r></w:p><w:p><w:t>Kính gửi TAILIEU-DAU-VET</w:t></w:p></w:document>"
    );
    zip.write_all(xml.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A PDF whose first page shows these words in a font of two-byte codes, as office suites write.
fn pdf(words: &str) -> Vec<u8> {
    use lopdf::content::{Content, Operation};
    use lopdf::{Document, Object, Stream, StringFormat, dictionary};
    let letters: Vec<char> = words.chars().collect();
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def \
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n",
    );
    map.push_str(&format!("{} beginbfchar\n", letters.len()));
    let mut codes = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let code = u16::try_from(at + 1).unwrap();
        let mut units = [0; 2];
        let hex: String =
            letter.encode_utf16(&mut units).iter().map(|unit| format!("{unit:04X}")).collect();
        map.push_str(&format!("<{code:04X}> <{hex}>\n"));
        codes.extend_from_slice(&code.to_be_bytes());
    }
    map.push_str("endbfchar endcmap CMapName currentdict /CMap defineresource pop end end");
    let mut doc = Document::with_version("1.5");
    let pages = doc.new_object_id();
    let unicode = doc.add_object(Stream::new(dictionary! {}, map.into_bytes()));
    let descendant = doc.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "Thu",
    });
    let font = doc.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "Thu", "Encoding" => "Identity-H",
        "DescendantFonts" => vec![Object::from(descendant)], "ToUnicode" => unicode,
    });
    let resources = doc.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let content = Content {
        operations: vec![
            Operation::new("BT", vec![]),
            Operation::new("Tf", vec!["F1".into(), 14.into()]),
            Operation::new("Td", vec![100.into(), 700.into()]),
            Operation::new("Tj", vec![Object::String(codes, StringFormat::Hexadecimal)]),
            Operation::new("ET", vec![]),
        ],
    };
    let content = doc.add_object(Stream::new(dictionary! {}, content.encode().unwrap()));
    let page = doc.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content, "Resources" => resources,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    doc.objects.insert(
        pages,
        dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 }.into(),
    );
    let catalog = doc.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    doc.trailer.set("Root", catalog);
    doc.compress();
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).unwrap();
    bytes
}

#[actix_web::test]
async fn twenty_sendings_of_one_form_are_one_report() {
    on_each(|stage| async move {
        stage.province().await;
        let sent = report().file("man-hinh.txt", "ảnh chụp");
        let service = service!(stage.app());
        let answers = join_all((0..20).map(|_| {
            let request = sent.to("/bao-su-co/xa-b").to_request();
            call_service(&service, request)
        }))
        .await;
        let places: std::collections::BTreeSet<String> = answers
            .iter()
            .map(|answer| {
                assert_eq!(answer.status(), StatusCode::SEE_OTHER);
                answer.headers().get("location").unwrap().to_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(places.len(), 1, "everybody is led to the same place");
        assert_eq!(stage.count("incidents").await, 1);
        assert_eq!(stage.count("reports").await, 1);
        assert_eq!(stage.count("evidence").await, 1);
        assert_eq!(on_disk(&stage).len(), 1, "no copy is left behind: {:?}", on_disk(&stage));

        let place = places.into_iter().next().unwrap();
        let (status, page) = get(&stage, &place).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("SC-2026-000001") && page.contains("man-hinh.txt"));
        assert!(page.contains("Rút dây mạng") || page.contains("class=\"first-aid\""));
    })
    .await;
}

#[actix_web::test]
async fn every_bad_field_is_named_and_nothing_is_kept() {
    on_each(|stage| async move {
        stage.province().await;
        let long = "x".repeat(10_001);
        for (field, value, id) in [
            ("secret", "", "secret"),
            ("category", "ufo", "category"),
            ("category", "", "category"),
            ("description", " \n ", "description"),
            ("description", long.as_str(), "description"),
            ("description", "a\u{0}b", "description"),
            ("detected_at", "", "detected_at"),
            ("detected_at", "hôm qua", "detected_at"),
            ("detected_at", "2027-01-01T00:00", "detected_at"),
            ("detected_at", "1999-01-01T00:00", "detected_at"),
            ("services", "", "services"),
            ("people", "everybody", "people"),
            ("name", "Thử\r\nBcc: ai@do.example", "name"),
            ("phone", &"0".repeat(50), "phone"),
            ("email", "khong-phai-thu", "email"),
            ("email", "a@b.example\r\nBcc: c@d.example", "email"),
            ("description", "Công văn\nTỐI MẬT\nnội dung", "secret_confirmed"),
        ] {
            let sent = report().with(field, value).with("system_other", "Máy của chị Thử");
            let (status, _, page) = send(&stage, &sent, "/bao-su-co/xa-b").await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value:?}");
            assert!(page.contains(&format!("href=\"#{id}\"")), "{field}={value:?} is not named");
            assert!(page.contains("Máy của chị Thử"), "{field}: what was typed is gone");
        }
        for table in ["incidents", "reports", "outbox", "timeline", "evidence"] {
            assert_eq!(stage.count(table).await, 0, "{table}");
        }
    })
    .await;
}

#[actix_web::test]
async fn what_may_be_a_state_secret_leaves_no_trace() {
    on_each(|stage| async move {
        stage.province().await;
        let audited = stage.count("audit").await;
        let sent = report()
            .with("secret", "maybe")
            .with("description", "DAU-VET-BI-MAT")
            .file("a.txt", "DAU-VET-BI-MAT");
        let (status, _, page) = send(&stage, &sent, "/bao-su-co/xa-b").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!page.contains("DAU-VET-BI-MAT"));
        assert!(page.contains("data-draft-done"), "the browser forgets the draft");
        for table in ["incidents", "reports", "timeline", "evidence", "idempotency_keys"] {
            assert_eq!(stage.count(table).await, 0, "{table}");
        }
        assert_eq!(stage.count("audit").await, audited);
        assert_eq!(on_disk(&stage).len(), 0);

        let service = service!(stage.app());
        let body = serde_json::json!({"secret": "maybe", "description": "DAU-VET-BI-MAT",
            "organisation": "xa-b"});
        let request = TestRequest::post().uri("/api/v1/reports").set_json(body).to_request();
        let response = call_service(&service, request).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem: serde_json::Value = test::read_body_json(response).await;
        assert_eq!(problem["code"], "state_secret");
        assert!(problem["offline_route"].as_str().unwrap().len() > 40);
        assert_eq!(stage.count("incidents").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn marked_files_are_refused_and_the_report_is_kept() {
    on_each(|stage| async move {
        stage.province().await;
        let decomposed: String = "UBND TỈNH\nTUYỆT MẬT\nTAILIEU-DAU-VET".nfd().collect();
        let long = format!("UBND\nMẬT\nTAILIEU-DAU-VET {}", "x".repeat(300_000));
        let decomposed_name: String = "BC [TỐI MẬT].txt".nfd().collect();
        let files = [
            ("bao-cao.txt", "UBND TỈNH\n\n  MẬT  \nTAILIEU-DAU-VET".as_bytes().to_vec()),
            ("nfd.txt", decomposed.into_bytes()),
            ("long.txt", long.into_bytes()),
            ("cv.docx", docx("TỐI MẬT")),
            ("cv2.docx", docx(&"MẬT".nfd().collect::<String>())),
            ("stamp.pdf", pdf("TUYỆT MẬT")),
            ("MẬT_12.bin", b"TAILIEU-DAU-VET".to_vec()),
            (decomposed_name.as_str(), b"TAILIEU-DAU-VET".to_vec()),
        ];
        let mut sent = report();
        for (name, bytes) in files {
            sent = sent.file(name, bytes);
        }
        sent = sent.file("mật khẩu cũ.txt", "danh sách máy").file("thuong.pdf", pdf("Công văn"));
        let service = service!(stage.app());
        let response = call_service(&service, sent.to("/bao-su-co/xa-b").to_request()).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let place = response.headers().get("location").unwrap().to_str().unwrap().to_owned();
        let cookies: Vec<String> = response
            .response()
            .cookies()
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect();
        assert_eq!(stage.count("incidents").await, 1, "the report is kept");
        assert_eq!(stage.count("evidence").await, 2, "what carries no mark is kept");
        assert!(!disk_holds(&stage, "TAILIEU-DAU-VET"));
        assert_eq!(on_disk(&stage).len(), 2);

        let request = TestRequest::get()
            .uri(&place)
            .insert_header(("cookie", cookies.join("; ")))
            .to_request();
        let page =
            String::from_utf8(read_body(call_service(&service, request).await).await.to_vec());
        let page = page.unwrap();
        for name in ["bao-cao.txt", "cv.docx", "stamp.pdf", "MẬT_12", "long.txt"] {
            assert!(page.contains(name), "{name} is not named");
        }
        assert!(page.contains("Điều 3.2"));
    })
    .await;
}

#[actix_web::test]
async fn a_hundred_megabytes_are_refused_and_the_report_is_kept() {
    let stage = Arc::new(Stage::sqlite());
    stage.province().await;
    let sent = report().file("dump.bin", vec![7; 100 * 1024 * 1024]).file("nho.txt", "nhật ký");
    let (status, place, _) = send(&stage, &sent, "/bao-su-co/xa-b").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(place.starts_with("/theo-doi/"));
    assert_eq!(stage.count("evidence").await, 1);
    assert_eq!(on_disk(&stage).len(), 1, "{:?}", on_disk(&stage));
}

#[actix_web::test]
async fn names_escape_nowhere_and_html_stays_text() {
    on_each(|stage| async move {
        stage.province().await;
        let evil = "<script>alert(1)</script>";
        let sent = report()
            .with("description", evil)
            .with("system_other", "\"><img src=x onerror=alert(1)>")
            .with("name", "<b>Thử</b>")
            .file("../../../../etc/passwd", "x")
            .file("..\\..\\<svg onload=alert(1)>.html", "<html>");
        let outside = stage.folder().join("etc");
        let (status, place, _) = send(&stage, &sent, "/bao-su-co/xa-b").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(!outside.exists());
        let (_, page) = get(&stage, &place).await;
        for raw in [evil, "<img src=x", "<b>Thử", "<svg onload"] {
            assert!(!page.contains(raw), "{raw}");
        }
        assert!(page.contains("passwd.txt"));
        let (status, _, page) =
            send(&stage, &report().with("name", evil).with("category", ""), "/bao-su-co/xa-b")
                .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!page.contains(evil));
        let broken = report().with("description", [b'a', 0xff, 0xfe, b'b']);
        let (status, _, _) = send(&stage, &broken, "/bao-su-co/xa-b").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, _, _) = send(&stage, &report(), "/bao-su-co/khong-co").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    })
    .await;
}

async fn one_file(stage: &Stage) -> (String, EvidenceId, std::path::PathBuf) {
    let sent = report().file("nhat-ky.txt", "dòng một");
    let (status, place, _) = send(stage, &sent, "/bao-su-co/xa-b").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let duty = stage.as_person("duty_officer@so-ttt.example").await;
    let evidence::Listed { files, .. } =
        evidence::list(&stage.office, &duty, "SC-2026-000001").await.unwrap();
    let file = files.first().unwrap().file.clone();
    let path = stage.office.config.evidence.folder.join(&file.storage_key);
    (place.trim_start_matches("/theo-doi/").trim_end_matches("?moi=1").to_owned(), file.id, path)
}

#[actix_web::test]
async fn wrong_bytes_are_never_handed_out() {
    on_each(|stage| async move {
        stage.province().await;
        let (_, id, path) = one_file(&stage).await;
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        assert!(evidence::download(&stage.office, &duty, id).await.is_ok());
        std::fs::write(&path, "dòng mốt").unwrap();
        let why = evidence::download(&stage.office, &duty, id).await.err().unwrap();
        assert_eq!(why.face(), (410, "evidence_damaged"));
        std::fs::remove_file(&path).unwrap();
        let why = evidence::download(&stage.office, &duty, id).await.err().unwrap();
        assert_eq!(why.face(), (410, "evidence_damaged"));
        let evidence::Listed { files, .. } =
            evidence::list(&stage.office, &duty, "SC-2026-000001").await.unwrap();
        let log: Vec<&str> = files[0].custody.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(log, ["received", "downloaded", "damaged", "damaged"]);
    })
    .await;
}

#[actix_web::test]
async fn files_are_seen_by_those_of_the_case_and_held_by_the_police() {
    on_each(|stage| async move {
        stage.province().await;
        let (_, id, _) = one_file(&stage).await;
        for stranger in
            ["liaison@vnpt.example", "unit_head@xa-c.example", "police_liaison@cat.example"]
        {
            let ctx = stage.as_person(stranger).await;
            let why = evidence::download(&stage.office, &ctx, id).await.err().unwrap();
            assert_eq!(why.face().0, 404, "{stranger}");
        }
        let head = stage.as_person("unit_head@xa-b.example").await;
        assert!(evidence::download(&stage.office, &head, id).await.is_ok());
        let why = evidence::hold(&stage.office, &head, id, "điều tra").await.unwrap_err();
        assert_eq!(why.face().0, 403);
        let anybody = evidence::download(&stage.office, &stage.nobody(), id).await.err().unwrap();
        assert_eq!(anybody.face().0, 404);
    })
    .await;
}

#[actix_web::test]
async fn a_reporter_follows_answers_and_is_asked_by_the_link_alone() {
    on_each(|stage| async move {
        stage.province().await;
        let (token, _, _) = one_file(&stage).await;
        let door = Door::Token(token.clone());
        let nobody = stage.nobody();
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        let told = tracking::ask(&stage.office, &duty, "SC-2026-000001", "Máy nào?").await.unwrap();
        assert_eq!(told.len(), 1, "the telephone that was left: somebody has to call");
        let answer =
            Answer { text: "Máy số 3".to_owned(), secret: "no".to_owned(), ..Answer::default() };
        tracking::answer(&stage.office, &nobody, &door, answer.clone(), Vec::new()).await.unwrap();
        let secret = Answer { secret: "maybe".to_owned(), ..answer.clone() };
        let why = tracking::answer(&stage.office, &nobody, &door, secret, Vec::new()).await;
        assert_eq!(why.unwrap_err().face().1, "state_secret");
        let view = tracking::view(&stage.office, &nobody, &door).await.unwrap();
        let kinds: Vec<&str> = view.entries.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["received", "reporter_asked", "reporter_answered"]);
        assert_eq!(view.files.len(), 1);
        let (_, page) = get(&stage, &format!("/theo-doi/{token}")).await;
        assert!(page.contains("Máy nào?") && page.contains("Máy số 3"));

        let sent = Sent { fields: Vec::new(), files: Vec::new() }
            .with("what", "answer")
            .with("nonce", NONCE)
            .with("secret", "no")
            .with("text", "Gửi thêm")
            .file("them.log", "x y z");
        let (status, place, _) = send(&stage, &sent, &format!("/theo-doi/{token}")).await;
        assert_eq!((status, place), (StatusCode::SEE_OTHER, format!("/theo-doi/{token}")));
        assert_eq!(stage.count("evidence").await, 2);
        let (status, _, _) =
            send(&stage, &sent.clone().with("secret", ""), &format!("/theo-doi/{token}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

        for forged in ["x", &token[1..], &format!("{token}x")] {
            let (status, page) = get(&stage, &format!("/theo-doi/{forged}")).await;
            assert_eq!(status, StatusCode::GONE, "{forged}");
            assert!(page.contains("/theo-doi"));
            let (status, _, _) = send(&stage, &sent, &format!("/theo-doi/{forged}")).await;
            assert_eq!(status, StatusCode::GONE);
        }
        assert_eq!(stage.count("evidence").await, 2, "a forged link keeps no file");
        stage.clock.pass(chrono::Duration::days(400));
        let (status, _) = get(&stage, &format!("/theo-doi/{token}")).await;
        assert_eq!(status, StatusCode::GONE, "over looks like forged");
    })
    .await;
}

#[actix_web::test]
async fn somebody_who_sends_too_much_keeps_what_was_typed() {
    let stage = Arc::new(Stage::sqlite());
    stage.province().await;
    let mut app = stage.app();
    let tight = Security { report_burst: 1, report_per_hour: 1, ..Security::default() };
    app.limits = Arc::new(Limits::new(&tight));
    let service = service!(app);
    let first = call_service(&service, report().to("/bao-su-co/xa-b").to_request()).await;
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    let again = call_service(&service, report().to("/bao-su-co/xa-b").to_request()).await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER, "a repeat is not one more");
    let other = report().with("nonce", "another-nonce-0123456789").file("a.txt", "x");
    let third = call_service(&service, other.to("/bao-su-co/xa-b").to_request()).await;
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    let page = String::from_utf8(read_body(third).await.to_vec()).unwrap();
    assert!(page.contains("Máy một cửa hiện cửa sổ lạ"));
    assert_eq!(stage.count("incidents").await, 1);
    assert_eq!(on_disk(&stage).len(), 0, "files of a flood are not kept");
}

#[actix_web::test]
async fn the_same_incident_is_asked_for_and_files_wait_through_that_step() {
    on_each(|stage| async move {
        stage.province().await;
        let (status, _, _) = send(&stage, &report(), "/bao-su-co/xa-b").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let second = report().with("nonce", "another-nonce-0123456789").file("b.txt", "hai");
        let (status, _, page) = send(&stage, &second, "/bao-su-co/xa-b").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("SC-2026-000001") && page.contains("b.txt"));
        assert!(page.contains("Máy một cửa hiện cửa sổ lạ"), "all that was typed is carried");
        assert_eq!(stage.count("reports").await, 1, "nothing is kept before the answer");
        let mut answered = second.with("same_as", "SC-2026-000001");
        answered.files.clear();
        let (status, _, _) = send(&stage, &answered, "/bao-su-co/xa-b").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(stage.count("incidents").await, 1);
        assert_eq!(stage.count("reports").await, 2);
        assert_eq!(stage.count("evidence").await, 1, "the file came along");

        let left = report()
            .with("nonce", "third-nonce-0123456789-")
            .with("category", "")
            .file("c.txt", "ba");
        let (status, _, page) = send(&stage, &left, "/bao-su-co/xa-b").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("c.txt"), "a file that arrived need not be chosen again");
        stage.clock.pass(chrono::Duration::hours(2));
        let now = stage.nobody().now;
        assert_eq!(stage.office.files.sweep(&stage.office.db, now).await.unwrap(), 1);
        assert_eq!(on_disk(&stage).len(), 1);
    })
    .await;
}
