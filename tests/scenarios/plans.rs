//! Cost does not grow with history: the hot functions of the store run over a long history, every
//! statement that they really send is asked for its plan, and none may read or sort a whole table.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::{Connection, QueryableByName, RunQueryDsl};
use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::domain::words::{Audience, Category, Channel, Priority, State};
use dieuphoi::each_backend;
use dieuphoi::error::Result;
use dieuphoi::records::Incident;
use dieuphoi::store::incidents::{self, After, Filter, Order};
use dieuphoi::store::sight::Through;
use dieuphoi::store::{Conn, audit, dispatches, engine, search, timeline};
use dieuphoi_tests::database::{Database, number};
use dieuphoi_tests::history;

const INCIDENTS: u64 = 20_000;
/// What one step of a plan may touch: more than is open, far less than there is.
const MOST_ROWS: f64 = 1_500.0;
/// The tables that grow with history.
const GROWING: [&str; 7] =
    ["incidents", "reports", "timeline", "clocks", "outbox", "audit", "dispatches"];

type Work = Box<dyn Fn(&mut Conn, &Incident) -> Result<()>>;

#[test]
fn no_hot_query_reads_or_sorts_a_whole_table_on_sqlite() {
    story(&Database::sqlite());
}

#[test]
fn no_hot_query_reads_or_sorts_a_whole_table_on_postgres() {
    if let Some(database) = Database::postgres() {
        story(&database);
    }
}

/// How SQLite is compiled stands in a file that another way of building may not read.
#[test]
fn sqlite_keeps_a_plan_whatever_is_bound() {
    let mut conn = Database::sqlite().open();
    let kept = "select sqlite_compileoption_used('ENABLE_QPSG') as value";
    assert_eq!(number(&mut conn, kept), 1, ".cargo/config.toml was not read");
}

fn story(database: &Database) {
    database.migrate();
    history::write(database, INCIDENTS, SystemClock.now());
    let mut conn = database.open();
    let one = incidents::find_by_number(&mut conn, 8).unwrap();
    let mut complaints = String::new();
    for (name, work) in hot() {
        for sql in sent_by(&mut conn, |tx| work(tx, &one).unwrap()) {
            for complaint in judged(&mut conn, &sql) {
                let _written = writeln!(complaints, "{name}: {complaint}\n    {sql}");
            }
        }
    }
    assert!(complaints.is_empty(), "{}\n{complaints}", database.name());

    // The judge knows a bad plan when it meets one.
    for bad in [
        "select * from outbox where recipient_name = 'x'",
        "select * from incidents order by title limit 5",
    ] {
        assert!(!judged(&mut conn, bad).is_empty(), "{bad}");
    }
}

/// What runs at every page, every report and every beat of the engine.
fn hot() -> Vec<(String, Work)> {
    let now = SystemClock.now();
    let mut all: Vec<(String, Work)> = Vec::new();
    let mut add = |name: String, work: Work| all.push((name, work));

    type Way = fn(&Incident) -> Through;
    let ways: [(&str, Way); 4] = [
        ("all", |_| Through::All),
        ("organisation", |one| Through::Organisation(one.organisation_id)),
        ("member", |one| Through::Member(one.id.cast())),
        ("referred", |one| Through::Referred(one.organisation_id)),
    ];
    let after = After { queue_rank: 1, priority_rank: 1, number: 10_000 };
    for (name, way) in ways {
        for order in [Order::Queue, Order::Newest] {
            for after in [None, Some(after)] {
                let text = format!("incidents::list through {name}, {order:?}, after {after:?}");
                add(
                    text,
                    Box::new(move |c, one| {
                        incidents::list(c, way(one), order, &Filter::default(), after, 51).map(drop)
                    }),
                );
            }
        }
    }
    let filters: [(Order, Filter); 6] = [
        (Order::Queue, Filter { state: Some(State::Received), ..Filter::default() }),
        (Order::Newest, Filter { state: Some(State::Rejected), ..Filter::default() }),
        (Order::Queue, Filter { priority: Some(Priority::Urgent), ..Filter::default() }),
        (Order::Newest, Filter { category: Some(Category::Risk), ..Filter::default() }),
        (Order::Queue, Filter { queue_rank: Some(0), ..Filter::default() }),
        (Order::Newest, Filter { numbers: Some(vec![7, 8, 9_000]), ..Filter::default() }),
    ];
    for (order, filter) in filters {
        add(
            format!("incidents::list {order:?} {filter:?}"),
            Box::new(move |c, _| {
                incidents::list(c, Through::All, order, &filter, None, 51).map(drop)
            }),
        );
    }
    for order in [Order::Queue, Order::Newest] {
        add(
            format!("incidents::list {order:?} of one organisation"),
            Box::new(move |c, one| {
                let filter =
                    Filter { organisation: Some(one.organisation_id), ..Filter::default() };
                incidents::list(c, Through::All, order, &filter, None, 51).map(drop)
            }),
        );
        add(
            format!("incidents::list {order:?} of mine"),
            Box::new(move |c, one| {
                let filter = Filter { mine: Some(one.id.cast()), ..Filter::default() };
                incidents::list(c, Through::All, order, &filter, None, 51).map(drop)
            }),
        );
    }

    let mut plain = |name: &str, work: Work| add(name.to_owned(), work);
    plain(
        "incidents::open_of",
        Box::new(move |c, one| incidents::open_of(c, one.organisation_id, now, 20).map(drop)),
    );
    plain("incidents::reports_of", Box::new(|c, one| incidents::reports_of(c, one.id).map(drop)));
    plain("incidents::family", Box::new(|c, one| incidents::family(c, one.id).map(drop)));
    plain("incidents::clocks_of", Box::new(|c, one| incidents::clocks_of(c, one.id).map(drop)));
    plain("timeline::next_seq", Box::new(|c, one| timeline::next_seq(c, one.id).map(drop)));
    plain(
        "timeline::list",
        Box::new(|c, one| {
            let all = [Audience::Everyone, Audience::Coordination];
            timeline::list(c, one.id, &all, None, 50).map(drop)
        }),
    );
    plain("engine::deliveries", Box::new(|c, one| engine::deliveries(c, one.id, 200).map(drop)));
    plain(
        "engine::claim",
        Box::new(move |c, _| engine::claim(c, "me", Channel::Mail, now, now, 8).map(drop)),
    );
    plain("engine::waiting", Box::new(|c, _| engine::waiting(c).map(drop)));
    plain("engine::failed", Box::new(|c, _| engine::failed(c, 50).map(drop)));
    plain(
        "engine::expire_leases",
        Box::new(move |c, _| engine::expire_leases(c, "me", now).map(drop)),
    );
    plain("engine::next_timer", Box::new(|c, _| engine::next_timer(c).map(drop)));
    plain(
        "engine::due_timers",
        Box::new(move |c, _| engine::due_timers(c, now, None, 32).map(drop)),
    );
    plain("engine::failing_timers", Box::new(|c, _| engine::failing_timers(c).map(drop)));
    plain("audit::unsealed", Box::new(|c, _| audit::unsealed(c, 500).map(drop)));
    plain("audit::count_unsealed", Box::new(|c, _| audit::count_unsealed(c).map(drop)));
    plain("audit::head", Box::new(|c, _| audit::head(c).map(drop)));
    plain(
        "dispatches::of_incident",
        Box::new(|c, one| dispatches::of_incident(c, one.id).map(drop)),
    );
    plain("dispatches::list", Box::new(|c, _| dispatches::list(c, None, None, 51).map(drop)));
    plain(
        "dispatches::to_organisation",
        Box::new(|c, one| {
            dispatches::to_organisation(c, one.organisation_id, None, Some(4_000), 51).map(drop)
        }),
    );
    for words in [history::COMMON, history::RARE, "ma19999", "khong co chu nay"] {
        plain(
            &format!("search::numbers {words}"),
            Box::new(move |c, _| search::numbers(c, words, i64::MAX, 200).map(drop)),
        );
    }
    all
}

/// The statements that this work sends, as it sends them, their values put in. Nothing stays.
fn sent_by(conn: &mut Conn, work: impl FnOnce(&mut Conn)) -> Vec<String> {
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let keep = Arc::clone(&sent);
    conn.batch_execute("begin").unwrap();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            keep.lock().unwrap().push(query.to_string());
        }
    });
    work(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    conn.batch_execute("rollback").unwrap();
    let sent = sent.lock().unwrap();
    assert!(!sent.is_empty(), "nothing was asked");
    let sqlite = matches!(conn, Conn::Sqlite(_));
    sent.iter()
        .map(|sql| {
            let (text, values) = sql.rsplit_once(" -- binds: ").unwrap_or((sql, "[]"));
            // SQLite plans before it knows the values, PostgreSQL after.
            if sqlite { text.to_owned() } else { with_values(text, values) }
        })
        .collect()
}

/// Puts the values that diesel prints after the statement into their places.
fn with_values(text: &str, values: &str) -> String {
    let inside = values.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap();
    let values: Vec<String> = split(inside).iter().map(|value| literal(value)).collect();
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        out.push_str(before);
        out.push_str(&values[after[..digits].parse::<usize>().unwrap() - 1]);
        rest = &after[digits..];
    }
    out.push_str(rest);
    out
}

/// The parts between commas that stand in no string and no list.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '[' | '(' if !quoted => depth += 1,
            ']' | ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    if !part.trim().is_empty() {
        parts.push(part);
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

fn literal(value: &str) -> String {
    let value = value.strip_prefix("Some(").and_then(|v| v.strip_suffix(')')).unwrap_or(value);
    if value == "None" {
        return "null".to_owned();
    }
    if let Some(list) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let each: Vec<String> = split(list).iter().map(|one| literal(one)).collect();
        if each.is_empty() {
            return "'{}'".to_owned();
        }
        return format!("array[{}]", each.join(", "));
    }
    if let Some(text) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return format!("'{}'", text.replace("\\\"", "\"").replace('\'', "''"));
    }
    match (value.matches('-').count(), value.len()) {
        (4, 36) => format!("'{value}'::uuid"),
        _ if value.ends_with('Z') => format!("'{value}'::timestamptz"),
        _ => value.to_owned(),
    }
}

/// What is wrong with the plan of a statement.
fn judged(conn: &mut Conn, sql: &str) -> Vec<String> {
    match conn {
        Conn::Sqlite(_) => judged_by_sqlite(conn, sql),
        Conn::Pg(_) => judged_by_postgres(conn, sql),
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// SQLite says in advance what it will do: a search by an index, a walk along one that the page's
/// end stops, or the whole table.
fn judged_by_sqlite(conn: &mut Conn, sql: &str) -> Vec<String> {
    let steps: Vec<Step> = each_backend!(conn, c => diesel::sql_query(
        format!("explain query plan {sql}")
    ).load(c))
    .unwrap();
    let paged = sql.to_ascii_lowercase().contains(" limit ");
    // What belongs to one incident, is due, is open, or came to one partner, is sorted cheaply.
    let few = ["(incident_id=?", "(parent_id=?", "(rowid=?", "(number=?", "incident_members"]
        .into_iter()
        .chain(["outbox_due_idx", "audit_unsealed_idx", "(seq=?", "dispatches_organisation"])
        .any(|mark| steps.iter().any(|step| step.detail.contains(mark)))
        || (sql.contains("`queue_rank` < ?") && sql.contains("`state` = ?"));
    let whole = |detail: &str| {
        let Some(rest) = detail.strip_prefix("SCAN ") else { return false };
        let table = rest.split(' ').next().unwrap_or_default();
        let walks = rest.contains(" USING ") && paged;
        // These hold nothing but what is to be done.
        let partial = rest.contains("_due_idx") || rest.contains("_unsealed_idx");
        GROWING.contains(&table) && !walks && !partial
    };
    let sorts = |detail: &str| detail.starts_with("USE TEMP B-TREE FOR ORDER BY") && !few;
    steps
        .into_iter()
        .map(|step| step.detail)
        .filter(|detail| whole(detail) || sorts(detail))
        .collect()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}

/// PostgreSQL does it and counts: how many rows did each step touch, kept or thrown away?
fn judged_by_postgres(conn: &mut Conn, sql: &str) -> Vec<String> {
    conn.batch_execute("begin").unwrap();
    let Conn::Pg(c) = conn else { return Vec::new() };
    let lines: Vec<Line> =
        diesel::sql_query(format!("explain (analyze, timing off) {sql}")).load(c).unwrap();
    conn.batch_execute("rollback").unwrap();
    // A statement may say itself how far it walks at most.
    let most = sql.split("limit ").skip(1).fold(MOST_ROWS, |most: f64, rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        most.max(digits.parse().unwrap_or(0.0))
    });
    let (mut complaints, mut loops) = (Vec::new(), 1.0);
    for line in lines {
        let figure = |name: &str| -> Option<f64> {
            let rest = line.line.split_once(name)?.1;
            rest.split([' ', ')']).next()?.parse().ok()
        };
        let mut rows = 0.0;
        if let Some((_, actual)) = line.line.split_once("(actual ") {
            loops = actual
                .split_once("loops=")
                .map_or(1.0, |(_, rest)| rest.trim_end_matches(')').parse().unwrap_or(1.0));
            rows = actual.split_once("rows=").map_or(0.0, |(_, rest)| {
                rest.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0.0)
            });
        } else if line.line.contains("Rows Removed by") {
            rows = figure(": ").unwrap_or(0.0);
        }
        if rows * loops > most {
            complaints.push(line.line.trim().to_owned());
        }
    }
    complaints
}
