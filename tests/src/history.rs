//! Years of history in a minute: incidents with everything that hangs on them, written in bulk and
//! shaped as in real life, so that a measurement sees what a province will see. Nearly all cases
//! are closed; a few hundred are open. The links of the audit chain are made up: nobody verifies
//! this database.

use std::fmt::Write as _;

use diesel::connection::SimpleConnection;
use dieuphoi::clock::Timestamp;
use dieuphoi::domain::text::folded;
use dieuphoi::store::Conn;

use crate::database::Database;

/// Open cases, however long the history is.
pub const OPEN: u64 = 300;
/// Organisations that had them.
pub const ORGANISATIONS: u64 = 60;
/// Rows of one transaction.
const BATCH: u64 = 50_000;
/// Seconds between two incidents.
const BETWEEN: i64 = 40;

/// What people wrote, without and with accents; each stands in one incident of twelve.
const WORDS: [(&str, &str); 12] = [
    ("phishing", "Thư giả mạo ngân hàng yêu cầu cán bộ nhập mật khẩu thư công vụ"),
    ("malware", "Phần mềm diệt vi-rút báo mã độc trên máy trạm bộ phận kế toán"),
    ("defacement", "Trang thông tin điện tử hiển thị nội dung lạ, đã chụp màn hình"),
    ("data_encryption", "Toàn bộ tệp trong thư mục dùng chung bị đổi đuôi, đòi tiền chuộc"),
    ("denial_of_service", "Cổng dịch vụ công chậm rồi không truy cập được từ đầu giờ sáng"),
    ("unauthorised_access", "Tài khoản quản trị đăng nhập lúc nửa đêm từ địa chỉ nước ngoài"),
    ("system_failure", "Máy chủ cơ sở dữ liệu dừng đột ngột, khởi động lại không được"),
    ("line_or_power", "Đường truyền số liệu chuyên dùng mất tín hiệu sau cơn dông"),
    ("operator_error", "Nhân viên xóa nhầm bảng danh mục trong hệ thống một cửa"),
    ("data_theft", "Danh sách hồ sơ công dân xuất hiện trên một diễn đàn mua bán"),
    ("risk", "Thiết bị tường lửa chưa cập nhật bản vá, cảnh báo từ trung tâm giám sát"),
    ("other", "Máy in mạng tự in nhiều trang ký tự lạ, chưa rõ nguyên nhân"),
];

/// The end of a word that stands in every twelfth incident.
pub const COMMON: &str = "tường lửa";
/// A word of one incident in five thousand.
pub const RARE: &str = "may4711";

/// SQL of one backend.
struct Dialect {
    sqlite: bool,
    /// When the first of the history was received, seconds since 1970.
    first: i64,
}

impl Dialect {
    /// A UUID (version 7 in form and order) of the `kind`-th kind and the number `n`.
    fn id(&self, kind: u16, n: &str) -> String {
        let at = self.first * 1000;
        if self.sqlite {
            format!("unhex(printf('%012x7{kind:03x}8000%012x', {at} + ({n}) * 40000, {n}))")
        } else {
            format!(
                "(lpad(to_hex({at} + ({n})::bigint * 40000), 12, '0') || '7{kind:03x}8000' || \
                 lpad(to_hex(({n})::bigint), 12, '0'))::uuid"
            )
        }
    }

    /// The instant so many seconds after the `n`-th incident was received.
    fn time(&self, n: &str, after: i64) -> String {
        let at = format!("{} + ({n}) * {BETWEEN} + {after}", self.first);
        if self.sqlite {
            format!("strftime('%Y-%m-%dT%H:%M:%S.000000Z', {at}, 'unixepoch')")
        } else {
            format!("to_timestamp({at})")
        }
    }

    const fn no(&self) -> &'static str {
        if self.sqlite { "0" } else { "false" }
    }

    const fn yes(&self) -> &'static str {
        if self.sqlite { "1" } else { "true" }
    }

    /// `n` with six digits at least.
    fn padded(&self, n: &str) -> String {
        if self.sqlite {
            format!("printf('%06d', {n})")
        } else {
            format!("(case when {n} < 1000000 then lpad(({n})::text, 6, '0') else ({n})::text end)")
        }
    }

    /// A column over the numbers from `a` to `b`.
    fn fill(&self, table: &str, columns: &[(&str, String)], a: u64, b: u64) -> String {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        if self.sqlite {
            format!(
                "with recursive s(n) as (select {a} union all select n + 1 from s where n < {b}) \
                 insert into {table} ({names}) select {values} from s;"
            )
        } else {
            format!(
                "insert into {table} ({names}) select {values} \
                 from generate_series({a}::bigint, {b}::bigint) as s(n);"
            )
        }
    }
}

/// Writes a history of `count` incidents, `OPEN` of them open, into a database that has its schema
/// and no incidents. The last was received shortly before `now`.
pub fn write(database: &Database, count: u64, now: Timestamp) {
    let count_signed = i64::try_from(count).unwrap();
    let dialect = Dialect {
        sqlite: database.is_sqlite(),
        first: now.micros() / 1_000_000 - 600 - count_signed * BETWEEN,
    };
    let mut conn = database.open();
    let run = |conn: &mut Conn, sql: &str| {
        conn.batch_execute(sql).unwrap_or_else(|why| panic!("{why}\n{sql}"));
    };
    if dialect.sqlite {
        // A history that is lost is written again: only this connection is careless.
        run(&mut conn, "pragma synchronous = off; pragma cache_size = -200000;");
    } else {
        run(&mut conn, "set synchronous_commit = off; set work_mem = '64MB'");
    }
    run(&mut conn, "begin");
    run(&mut conn, &organisations(&dialect));
    run(&mut conn, "commit");
    let mut from = 1;
    while from <= count {
        let to = (from + BATCH - 1).min(count);
        run(&mut conn, "begin");
        for sql in batch(&dialect, count, from, to) {
            run(&mut conn, &sql);
        }
        run(&mut conn, "commit");
        from = to + 1;
    }
    if dialect.sqlite {
        run(&mut conn, &format!("update counters set value = {count} where name = 'incident'"));
        run(&mut conn, "pragma wal_checkpoint(truncate)");
    } else {
        run(&mut conn, &format!("select setval('incident_number', {count})"));
        // What autovacuum does within a minute of such an import.
        run(&mut conn, "vacuum analyze");
    }
}

fn organisations(d: &Dialect) -> String {
    let columns = [
        ("id", d.id(1, "n")),
        ("key", "'don-vi-' || n".to_owned()),
        ("name", "'Ủy ban nhân dân xã Thử số ' || n".to_owned()),
        ("short_name", "'Xã Thử ' || n".to_owned()),
        ("kind", "'commune'".to_owned()),
        ("valid_from", d.time("0", -1_000_000)),
        ("created_at", d.time("0", 0)),
        ("updated_at", d.time("0", 0)),
    ];
    d.fill("organisations", &columns, 1, ORGANISATIONS)
}

/// Whose incident the `n`-th is.
fn whose(d: &Dialect) -> String {
    d.id(1, &format!("(1 + n % {ORGANISATIONS})"))
}

fn pick(of: impl Iterator<Item = String>) -> String {
    let mut text = "case n % 12".to_owned();
    for (at, value) in of.enumerate() {
        let _written = write!(text, " when {at} then '{value}'");
    }
    text.push_str(" end");
    text
}

fn batch(d: &Dialect, count: u64, a: u64, b: u64) -> Vec<String> {
    let text = |text: &str| format!("'{text}'");
    let category = pick(WORDS.iter().map(|(word, _)| (*word).to_owned()));
    let what = pick(WORDS.iter().map(|(_, what)| (*what).to_owned()));
    let what_folded = pick(WORDS.iter().map(|(_, what)| folded(what)));
    let open = format!("n > {count} - {OPEN}");
    let of_open = |open_value: &str, closed: &str| {
        format!("case when {open} then {open_value} else {closed} end")
    };
    let state = of_open(
        "case n % 6 when 0 then 'received' when 1 then 'verifying' when 2 then 'containing' \
         when 3 then 'eradicating' when 4 then 'recovering' else 'reviewing' end",
        "case n % 50 when 0 then 'rejected' else 'closed' end",
    );
    let priority = "case n % 10 when 0 then 'urgent' when 1 then 'high' when 2 then 'high' \
                    when 3 then 'low' when 4 then 'low' else 'medium' end";
    let priority_rank = "case n % 10 when 0 then 0 when 1 then 1 when 2 then 1 \
                         when 3 then 3 when 4 then 3 else 2 end";
    let code = format!("'SC-2026-' || {}", d.padded("n"));
    let incident = d.id(2, "n");
    let mut all = vec![d.fill(
        "incidents",
        &[
            ("id", incident.clone()),
            ("code", code.clone()),
            ("number", "n".to_owned()),
            ("title", format!("'Sự cố ' || n || ': ' || {what}")),
            ("description", format!("{what} || ', máy may' || (n % 5000) || ', hồ sơ ma' || n")),
            ("category", category.clone()),
            ("priority", priority.to_owned()),
            ("proposed_priority", priority.to_owned()),
            ("legal_class", text("ordinary")),
            ("tlp", text("AMBER")),
            ("state", state),
            ("organisation_id", whose(d)),
            ("regime", text("vn-2017")),
            ("signs_of_crime", d.no().to_owned()),
            ("beyond_capacity", d.no().to_owned()),
            ("personal_data", d.no().to_owned()),
            ("drill", d.no().to_owned()),
            ("services", text("degraded")),
            ("people", text("group")),
            ("still_happening", d.no().to_owned()),
            ("detected_at", d.time("n", -1800)),
            ("reported_at", d.time("n", 0)),
            ("received_at", d.time("n", 0)),
            ("acknowledged_at", of_open("null", &d.time("n", 300))),
            ("closed_at", of_open("null", &d.time("n", 500_000))),
            ("queue_rank", of_open("n % 3", "9")),
            ("priority_rank", priority_rank.to_owned()),
            ("next_due_at", of_open(&d.time("n", 7200), "null")),
            ("updated_at", d.time("n", 300)),
        ],
        a,
        b,
    )];
    all.push(d.fill(
        "reports",
        &[
            ("id", d.id(3, "n")),
            ("incident_id", incident.clone()),
            ("source", text("web")),
            ("organisation_id", whose(d)),
            ("contact_name", text("Nguyễn Thị Thử")),
            ("contact_email", "'nguoi' || n || '@dan.example'".to_owned()),
            ("category", category),
            ("description", what),
            ("services", text("degraded")),
            ("people", text("group")),
            ("still_happening", d.no().to_owned()),
            ("detected_at", d.time("n", -1800)),
            ("received_at", d.time("n", 0)),
            ("tracking_hash", unlike(d)),
            ("tracking_expires_at", d.time("n", 15_000_000)),
        ],
        a,
        b,
    ));
    for (seq, kind, audience) in
        [(1, "received", "everyone"), (2, "acknowledged", "everyone"), (3, "state", "coordination")]
    {
        all.push(d.fill(
            "timeline",
            &[
                ("id", d.id(3 + seq, "n")),
                ("incident_id", incident.clone()),
                ("seq", seq.to_string()),
                ("at", d.time("n", i64::from(seq) * 100)),
                ("kind", text(kind)),
                ("audience", text(audience)),
                ("reporter_may_read", d.yes().to_owned()),
                ("tlp", text("AMBER")),
                ("actor_name", text("Trực ban")),
                ("text", text("")),
                ("data", text(r#"{"from":"received","to":"verifying","source":"web"}"#)),
            ],
            a,
            b,
        ));
    }
    all.push(d.fill(
        "clocks",
        &[
            ("id", d.id(8, "n")),
            ("incident_id", incident.clone()),
            ("kind", text("notify_ordinary")),
            ("owner", text("unit_head")),
            ("source", text("Điều 12.2")),
            ("started_at", d.time("n", 0)),
            ("due_at", d.time("n", 432_000)),
            ("stopped_at", of_open("null", &d.time("n", 400))),
            ("lapsed", d.no().to_owned()),
        ],
        a,
        b,
    ));
    for (kind, purpose) in [(9, "opening"), (10, "acknowledge")] {
        all.push(d.fill(
            "outbox",
            &[
                ("id", d.id(kind, "n")),
                ("dedup_key", format!("'history:{purpose}:' || n")),
                ("incident_id", incident.clone()),
                ("organisation_id", whose(d)),
                ("purpose", text(purpose)),
                ("channel", text("mail")),
                ("recipient_name", text("Trần Văn Thử")),
                ("address", "'it@don-vi-' || (1 + n % 60) || '.example'".to_owned()),
                ("letter", text(LETTER)),
                ("urgent", d.no().to_owned()),
                ("status", text("sent")),
                ("attempts", "1".to_owned()),
                ("due_at", d.time("n", 0)),
                ("maybe_duplicate", d.no().to_owned()),
                ("created_at", d.time("n", 0)),
                ("sent_at", d.time("n", 1)),
            ],
            a,
            b,
        ));
    }
    all.push(d.fill(
        "audit",
        &[
            ("id", d.id(11, "n")),
            ("at", d.time("n", 0)),
            ("actor", text("")),
            ("action", text("report.received")),
            ("object_kind", text("incident")),
            ("object", code.clone()),
            ("seq", "n".to_owned()),
            ("previous", text("")),
            ("hash", text("")),
        ],
        a,
        b,
    ));
    // Every fourth case went to one of two partners.
    all.push(d.fill(
        "dispatches",
        &[
            ("id", d.id(12, "n")),
            ("number", "n".to_owned()),
            ("code", "'DP-2026-' || n".to_owned()),
            ("incident_id", d.id(2, "(n * 4)")),
            ("organisation_id", d.id(1, "(1 + n % 2)")),
            ("kind", text("support")),
            ("ground", text("Điều 11.2")),
            ("content", text("Đề nghị phối hợp xử lý")),
            ("police_only", d.no().to_owned()),
            ("tlp", text("AMBER")),
            ("state", text("done")),
            ("overdue", d.no().to_owned()),
            ("created_at", d.time("n * 4", 900)),
        ],
        a.div_ceil(4),
        b / 4,
    ));
    let words = format!(
        "lower({code}) || ' su co ' || n || ' ' || {what_folded} || ' may' || (n % 5000) || ' ma' || n || ' xa thu ' || (1 + n % {ORGANISATIONS})"
    );
    all.push(if d.sqlite {
        d.fill("incident_search", &[("rowid", "n".to_owned()), ("document", words)], a, b)
    } else {
        let document = format!("to_tsvector('simple', {words})");
        d.fill("incident_search", &[("number", "n".to_owned()), ("document", document)], a, b)
    });
    all
}

/// 32 bytes that are like no other's.
fn unlike(d: &Dialect) -> String {
    if d.sqlite {
        "unhex(printf('%064x', n))".to_owned()
    } else {
        "decode(lpad(to_hex(n), 64, '0'), 'hex')".to_owned()
    }
}

/// A letter as the outbox keeps it.
const LETTER: &str = r#"{"language":"vi","subject":"[SC-2026] Sự cố mới","greeting":null,"paragraphs":["Đơn vị vừa báo một sự cố an toàn thông tin mạng."],"facts":[],"steps":[],"buttons":[],"footer":[],"urgent":false}"#;
