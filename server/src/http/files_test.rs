//! Files of a case at the doors on both databases: a disk that is full, the police's hold, handing
//! on, the task and TLP of a file, and who may have a file of a dispatch.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use serde_json::{Value, json};

use super::application;
use crate::actions::dispatches::{self, NewDispatch};
use crate::actions::evidence::{self, Staged};
use crate::actions::files::Files;
use crate::actions::reports::{NewReport, receive};
use crate::actions::{Ctx, Office};
use crate::app::App;
use crate::clock::Clock;
use crate::domain::ids::DispatchId;
use crate::store::engine;
use crate::testing::{Stage, on_each};

/// A disk with so many bytes left.
#[derive(Debug)]
struct Disk {
    room: Arc<AtomicI64>,
    inner: InMemory,
}

impl Disk {
    fn with(room: i64) -> Arc<Self> {
        Arc::new(Self { room: Arc::new(AtomicI64::new(room)), inner: InMemory::new() })
    }

    async fn names(&self) -> Vec<String> {
        let all: Vec<ObjectMeta> = self.inner.list(None).try_collect().await.unwrap();
        all.into_iter().map(|one| one.location.to_string()).collect()
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a small disk")
    }
}

fn spend(room: &AtomicI64, bytes: usize) -> Result<()> {
    let bytes = i64::try_from(bytes).unwrap();
    if room.fetch_sub(bytes, Ordering::SeqCst) >= bytes {
        return Ok(());
    }
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    Err(object_store::Error::Generic { store: "disk", source: Box::new(full) })
}

#[derive(Debug)]
struct Upload {
    room: Arc<AtomicI64>,
    inner: Box<dyn MultipartUpload>,
}

#[async_trait::async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        match spend(&self.room, data.content_length()) {
            Ok(()) => self.inner.put_part(data),
            Err(why) => async move { Err(why) }.boxed(),
        }
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.inner.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}

#[async_trait::async_trait]
impl ObjectStore for Disk {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        spend(&self.room, payload.content_length())?;
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(location, opts).await?;
        Ok(Box::new(Upload { room: Arc::clone(&self.room), inner }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

async fn incident(stage: &Stage) -> String {
    let report = NewReport {
        category: "phishing".to_owned(),
        description: "Thư lạ".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        ..NewReport::default()
    };
    let unit = Some("xa-b".to_owned());
    receive(&stage.office, &stage.nobody(), report, Vec::new(), unit, None).await.unwrap().code
}

fn form(cookie: &str, path: &str, fields: &[(&str, &str)], files: &[&str]) -> TestRequest {
    let mut body = String::new();
    for (name, value) in fields {
        body +=
            &format!("--X\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    for (number, text) in files.iter().enumerate() {
        body += &format!(
            "--X\r\ncontent-disposition: form-data; name=\"files\"; \
             filename=\"tep-{number}.txt\"\r\n\r\n{text}\r\n"
        );
    }
    body += "--X--\r\n";
    TestRequest::post()
        .uri(path)
        .insert_header(("cookie", cookie))
        .insert_header(("x-csrf-token", "csrf"))
        .insert_header(("content-type", "multipart/form-data; boundary=X"))
        .set_payload(Bytes::from(body))
}

macro_rules! send {
    ($app:expr, $request:expr) => {{
        let answer = call_service($app, $request.to_request()).await;
        let status = answer.status();
        (status, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
    }};
}

#[actix_web::test]
async fn a_full_disk_is_said_and_leaves_nothing_half_written() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let disk = Disk::with(1_500_000);
        let store: Arc<dyn ObjectStore> = disk.clone();
        let files = Files::over(&stage.office.config.evidence, store);
        let office = Office { files, ..stage.office.clone() };
        let clock: Arc<dyn Clock> = stage.clock.clone();
        let app = init_service(application(App::new(office, clock))).await;
        let desk = stage.signed_in("coordinator@so-ttt.example").await;
        let large = "nhật ký\n".repeat(300_000);
        let api = format!("/api/v1/incidents/{code}/evidence");

        // The first file fits, the second does not: neither stays, and the next small one fits.
        let (status, body) = send!(&app, form(&desk, &api, &[], &["nhỏ", &large]));
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (problem["code"].as_str(), problem["status"].as_i64()),
            (Some("unavailable"), Some(503))
        );
        assert_eq!(stage.count("evidence").await, 0);
        assert_eq!(disk.names().await, Vec::<String>::new());

        disk.room.store(0, Ordering::SeqCst);
        let page = format!("/su-co/{code}/chung-cu");
        let typed = [
            ("csrf", "csrf"),
            ("note", "Lấy từ máy chủ thư"),
            ("audience", "coordination"),
            ("tlp", "RED"),
            ("secret", "no"),
        ];
        let (status, body) = send!(&app, form(&desk, &page, &typed, &["nhỏ"]));
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        assert!(body.contains("Lấy từ máy chủ thư"), "what was typed is gone");
        assert!(body.contains("hết chỗ chứa tệp"), "{body}");
        assert!(body.contains("value=\"RED\" selected"), "{body}");
        let report = [
            ("nonce", "nonce-0123456789-abcdefghij"),
            ("secret", "no"),
            ("category", "malware"),
            ("description", "Máy một cửa hiện cửa sổ lạ"),
        ];
        let (status, body) = send!(&app, form("", "/bao-su-co/xa-b", &report, &["nhỏ"]));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(body.contains("Máy một cửa hiện cửa sổ lạ"), "what was typed is gone");
        assert!(body.contains("hết chỗ chứa tệp"), "{body}");
        assert_eq!(stage.count("evidence").await, 0);
        assert_eq!(stage.count("incidents").await, 1);
        assert_eq!(disk.names().await, Vec::<String>::new());

        disk.room.store(1_000_000, Ordering::SeqCst);
        let (status, body) = send!(&app, form(&desk, &api, &[], &["nhỏ"]));
        assert_eq!(status, StatusCode::CREATED, "{body}");
        assert_eq!((stage.count("evidence").await, disk.names().await.len()), (1, 1));
    })
    .await;
}

async fn refer(stage: &Stage, code: &str, to: &str) -> dispatches::Sent {
    let wanted = NewDispatch {
        to: to.to_owned(),
        kind: "handle".to_owned(),
        ground: "Điều 11.2".to_owned(),
        content: "Xử lý".to_owned(),
        ..NewDispatch::default()
    };
    let desk = stage.as_person("coordinator@so-ttt.example").await;
    dispatches::send(&stage.office, &desk, code, wanted, None).await.unwrap()
}

#[actix_web::test]
async fn a_file_names_its_task_and_tlp_and_the_police_hold_it() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        refer(&stage, &code, "cat").await;
        let app = init_service(application(stage.app())).await;
        let desk = stage.signed_in("coordinator@so-ttt.example").await;
        let police = stage.signed_in("police_liaison@cat.example").await;
        let post = |cookie: &str, path: &str, body: Value| {
            TestRequest::post()
                .uri(path)
                .insert_header(("cookie", cookie))
                .insert_header(("x-csrf-token", "csrf"))
                .set_json(body)
        };
        let get = |cookie: &str, path: &str| {
            TestRequest::get().uri(path).insert_header(("cookie", cookie))
        };
        let task = json!({"role": "it_officer", "text": "Chụp màn hình máy chủ"});
        let (status, body) =
            send!(&app, post(&desk, &format!("/api/v1/incidents/{code}/tasks"), task));
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let task: Value = serde_json::from_str(&body).unwrap();
        let task = task["id"].as_str().unwrap();

        let page = format!("/su-co/{code}/chung-cu");
        let (_, body) = send!(&app, get(&desk, &page));
        assert!(body.contains("name=\"task\"") && body.contains("name=\"tlp\""), "{body}");
        assert!(body.contains("value=\"AMBER\" selected"), "the incident's TLP is proposed");
        let typed = |task: &'static str, tlp: &'static str| {
            [("csrf", "csrf"), ("secret", "no"), ("task", task), ("tlp", tlp)]
        };
        let (status, body) = send!(&app, form(&desk, &page, &typed("nowhere", "GREEN"), &["ảnh"]));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let fields = [("csrf", "csrf"), ("secret", "no"), ("task", task), ("tlp", "GREEN")];
        let (status, body) = send!(&app, form(&desk, &page, &fields, &["ảnh"]));
        assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
        let list = format!("/api/v1/incidents/{code}/evidence");
        let (_, body) = send!(&app, get(&desk, &list));
        let items: Value = serde_json::from_str(&body).unwrap();
        let file = &items["items"][0];
        assert_eq!((file["task"].as_str(), file["tlp"].as_str()), (Some(task), Some("GREEN")));
        let (_, body) = send!(&app, get(&desk, &page));
        assert!(body.contains("Thuộc nhiệm vụ: Chụp màn hình máy chủ"), "{body}");

        // Handed on by the desk; then held, and handed on by the police alone.
        let at = |rest: &str| format!("/api/v1/evidence/{}/{rest}", file["id"].as_str().unwrap());
        let give = json!({"to": "Tổ giám định", "reason": "Biên bản 01"});
        let (status, body) = send!(&app, post(&desk, &at("hand-over"), give.clone()));
        assert_eq!(status, StatusCode::OK, "{body}");
        let (status, _) = send!(&app, post(&desk, &at("hold"), json!({"reason": "Thử"})));
        assert_eq!(status, StatusCode::FORBIDDEN);
        let hold = json!({"reason": "Quyết định số 5"});
        let (status, body) = send!(&app, post(&police, &at("hold"), hold.clone()));
        assert_eq!(status, StatusCode::OK, "{body}");
        let held: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(held["held"], true);
        let (status, body) = send!(&app, post(&desk, &at("hand-over"), give.clone()));
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(body.contains("\"evidence_held\""), "{body}");
        let (status, _) = send!(&app, post(&police, &at("hand-over"), give));
        assert_eq!(status, StatusCode::OK);
        let (_, body) = send!(&app, get(&police, &list));
        let items: Value = serde_json::from_str(&body).unwrap();
        let log = items["items"][0]["custody"].as_array().unwrap();
        let log: Vec<_> = log
            .iter()
            .map(|line| (line["action"].as_str().unwrap(), line["detail"].as_str().unwrap()))
            .collect();
        assert!(log[0].0 == "received" && log[0].1.starts_with("sha256:"));
        assert_eq!(
            log[1..],
            [
                ("handed_over", "Tổ giám định: Biên bản 01"),
                ("held", "Quyết định số 5"),
                ("handed_over", "Tổ giám định: Biên bản 01"),
            ]
        );
    })
    .await;
}

async fn token(stage: &Stage, id: DispatchId, to: &'static str) -> String {
    let found = stage.office.db.read(move |c| engine::deliveries_of_dispatch(c, id)).await.unwrap();
    let row = found.iter().rev().find(|row| row.address == to).unwrap();
    row.letter.split_once("/a/").unwrap().1.split('"').next().unwrap().to_owned()
}

/// An answer with one file, by link.
async fn answered(stage: &Stage, token: &str, text: &str) -> Staged {
    let now = Clock::now(&*stage.clock);
    let mut intake = stage.office.files.intake(None, now);
    intake.begin("nhat-ky.txt").await.unwrap();
    intake.write(&Bytes::from(text.to_owned())).await.unwrap();
    let (kept, _) = intake.finish().await.unwrap();
    let ctx: Ctx = stage.nobody();
    let given = dispatches::NewAnswer {
        answer: "accept".to_owned(),
        text: "Đã nhận".to_owned(),
        ..dispatches::NewAnswer::default()
    };
    let office = &stage.office;
    dispatches::answer_by_link(office, &ctx, token, given, kept.clone()).await.unwrap();
    kept[0].clone()
}

#[actix_web::test]
async fn a_partner_has_the_files_of_its_own_dispatch_and_of_no_other() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let one = refer(&stage, &code, "vnpt").await;
        let two = refer(&stage, &code, "viettel").await;
        let vnpt = token(&stage, one.id, "chinh@vnpt.example").await;
        let viettel = token(&stage, two.id, "chinh@viettel.example").await;
        let file = answered(&stage, &vnpt, "dong 1").await;
        let app = init_service(application(stage.app())).await;
        let fetch = |path: String, cookie: String| {
            TestRequest::get().uri(&path).insert_header(("cookie", cookie)).to_request()
        };
        let none = String::new;

        // The page names it; the link's holder gets it as an attachment, on record.
        let page = call_service(&app, fetch(format!("/a/{vnpt}"), none())).await;
        let page = String::from_utf8(read_body(page).await.to_vec()).unwrap();
        let path = format!("/a/{vnpt}/tep/{}", file.id);
        assert!(page.contains(&format!("href=\"{path}\"")), "{page}");
        let downloads = || async { stage.count("evidence_custody").await };
        let before = downloads().await;
        let answer = call_service(&app, fetch(path, none())).await;
        assert_eq!(answer.status(), StatusCode::OK);
        for (name, value) in [
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.headers().get(name).unwrap(), value, "{name}");
        }
        let how = answer.headers().get("content-disposition").unwrap().to_str().unwrap();
        assert!(how.starts_with("attachment; filename="), "{how}");
        assert_eq!(read_body(answer).await, "dong 1");
        assert_eq!(downloads().await, before + 1);

        // The partner's account and the desk by the page of files; other partners not at all.
        let by_account = format!("/chung-cu/{}", file.id);
        let liaison = stage.signed_in("liaison@vnpt.example").await;
        let foreign = stage.signed_in("liaison@viettel.example").await;
        let reporter = stage.signed_in("reporter@xa-b.example").await;
        let page = call_service(&app, fetch(format!("/phieu/{}", one.code), liaison.clone())).await;
        let page = String::from_utf8(read_body(page).await.to_vec()).unwrap();
        assert!(page.contains(&format!("href=\"{by_account}\"")), "{page}");
        let answer = call_service(&app, fetch(by_account.clone(), liaison)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let audited = stage.count("audit").await;
        for (path, cookie, expected) in [
            (format!("/a/{viettel}/tep/{}", file.id), none(), StatusCode::NOT_FOUND),
            (format!("/a/{vnpt}x/tep/{}", file.id), none(), StatusCode::GONE),
            (format!("/a/{vnpt}/tep/khong-co"), none(), StatusCode::NOT_FOUND),
            (by_account.clone(), foreign, StatusCode::NOT_FOUND),
            (by_account, reporter, StatusCode::NOT_FOUND),
        ] {
            let answer = call_service(&app, fetch(path.clone(), cookie)).await;
            assert_eq!(answer.status(), expected, "{path}");
        }
        assert_eq!(stage.count("audit").await, audited);

        // A withdrawn dispatch takes its files back.
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let reason = "Nhầm đơn vị".to_owned();
        dispatches::cancel(&stage.office, &desk, &one.code, reason, None).await.unwrap();
        let path = format!("/a/{vnpt}/tep/{}", file.id);
        let answer = call_service(&app, fetch(path, none())).await;
        assert_eq!(answer.status(), StatusCode::GONE);
        let (_, bytes) = evidence::download(&stage.office, &desk, file.id).await.unwrap();
        drop(bytes);
    })
    .await;
}
