//! Pages of the coordination desk over a short and a long history, asked in turns so that both meet
//! the same machine; and how soon the server starts over the long one.

use std::time::{Duration, Instant};

use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::testing::province;
use dieuphoi_tests::chance::Chance;
use dieuphoi_tests::database::Database;
use dieuphoi_tests::figures::{ms, percentile};
use dieuphoi_tests::history;
use dieuphoi_tests::people::signed_in;
use dieuphoi_tests::process::{Plan, Server};
use dieuphoi_tests::smtp::Sink;
use dieuphoi_tests::wire::Wire;

use crate::Extent;
use crate::table::Table;

const SHORT: u64 = 1_000;

/// A server over a history.
struct Side {
    count: u64,
    wire: Wire,
    cookie: String,
    chance: Chance,
    server: Server,
}

/// Measures on two databases of one kind.
pub(crate) async fn measure(short: &Database, long: &Database, extent: &Extent, table: &mut Table) {
    let name = long.name();
    let sink = Sink::start().await;
    let began = Instant::now();
    let mut sides = Vec::new();
    for (database, count) in [(short, SHORT), (long, extent.history)] {
        database.migrate();
        let now = SystemClock.now();
        database.write(|tx| province(tx, now));
        history::write(database, count, now);
        let plan = Plan::over(database, sink.port);
        if count == extent.history {
            table.note(
                &format!("{name}: {count} incidents written for the measurement"),
                &format!("{:.0} s", began.elapsed().as_secs_f64()),
            );
            start_up(&plan, name, table).await;
        }
        let mut server = plan.start();
        server.ready().await;
        let cookie = signed_in(database, "duty_officer@so-ttt.example");
        let wire = Wire::to(plan.port);
        sides.push(Side { count, wire, cookie, chance: Chance::new(7), server });
    }
    let common = format!("/dieu-phoi?q={}", escaped(history::COMMON));
    let rare = format!("/dieu-phoi?q={}", history::RARE);
    type Path<'a> = Box<dyn Fn(&mut Chance, u64) -> String + 'a>;
    let pages: [(&str, Path<'_>); 5] = [
        ("queue", Box::new(|_, _| "/dieu-phoi".to_owned())),
        ("all incidents, newest first", Box::new(|_, _| "/dieu-phoi?state=all".to_owned())),
        ("search, words of every twelfth incident", Box::new(|_, _| common.clone())),
        ("search, a word of few incidents", Box::new(|_, _| rare.clone())),
        (
            "incident",
            Box::new(|chance, count| format!("/su-co/SC-2026-{:06}", 1 + chance.below(count))),
        ),
    ];
    for (page, path) in &pages {
        let mut times = [Vec::new(), Vec::new()];
        for n in 0..extent.requests + 10 {
            for (side, times) in sides.iter_mut().zip(&mut times) {
                let path = path(&mut side.chance, side.count);
                let began = Instant::now();
                let answer = side.wire.get(&path, &side.cookie).await.unwrap();
                let time = began.elapsed();
                assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                // The first of them fill caches on both sides.
                if n >= 10 {
                    times.push(time);
                }
            }
        }
        let of = |times: &[Duration]| (ms(percentile(times, 50.0)), ms(percentile(times, 99.0)));
        let (short, long) = (of(&times[0]), of(&times[1]));
        let ratio = long.1 / short.1;
        table.judge(
            &format!("{name}: {page}, {} against {SHORT} incidents", extent.history),
            &format!(
                "p50 {:.1} ms, p99 {:.1} ms against p50 {:.1} ms, p99 {:.1} ms: p99 × {ratio:.2}",
                long.0, long.1, short.0, short.1
            ),
            "p99 ≤ 2 ×",
            ratio <= 2.0,
        );
    }
    let resident = sides.last().map_or(0, |side| side.server.resident_kib());
    table.note(
        &format!("{name}: resident memory after the pages of the long history"),
        &format!("{} MB", resident / 1024),
    );
}

async fn start_up(plan: &Plan, name: &str, table: &mut Table) {
    let mut starts = Vec::new();
    for _ in 0..5 {
        let mut server = plan.start();
        starts.push(server.ready().await);
        server.stop();
    }
    let (half, most) = (ms(percentile(&starts, 50.0)), ms(percentile(&starts, 100.0)));
    table.judge(
        &format!("{name}: start over the long history, until /readyz"),
        &format!("p50 {half:.0} ms, longest of five {most:.0} ms"),
        "≤ 300 ms",
        half <= 300.0,
    );
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
