//! Three servers on one PostgreSQL share a thousand deadlines that pass together. One is killed, one
//! freezes in the middle and wakes when all is done: each deadline has one effect.

use std::time::{Duration, Instant};

use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi_tests::cases::cases;
use dieuphoi_tests::chance::Chance;
use dieuphoi_tests::database::{Database, number};
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::promises::{
    asked, each_deadline_had_one_effect, no_message_came_twice_without_a_fault, settled,
};
use dieuphoi_tests::smtp::Sink;
use dieuphoi_tests::wire::Wire;

const CASES: u64 = 100;
const STEPS: u64 = 10;
/// Longer than a frozen server's transaction (10 s), and than a dead server's claim (25 s).
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(60);
const SETTLES_WITHIN: Duration = Duration::from_secs(150);

/// Ten questions to the coordinator; each goes to the leader when it stays unanswered.
fn playbook() -> String {
    let mut text =
        "playbook: proof\nversion: 1\ntitle: Thử\nfirst_aid: 1. Gọi trực ban.\nsteps:\n".to_owned();
    for n in 0..STEPS {
        text.push_str(&format!(
            "  - id: proof{n}\n    notify: {{to: coordinator, ask: acknowledge, text: Việc {n}.}}\n    \
             within: 15m\n    late:\n      - id: proof{n}-late\n        notify: {{to: leader, text: Việc \
             {n} chưa ai nhận.}}\n"
        ));
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_deadlines_on_three_servers_one_killed_one_frozen() {
    let Some(database) = Database::postgres() else { return };
    let seed = asked("DIEUPHOI_TEST_SEED", u64::from(std::process::id()));
    println!("DIEUPHOI_TEST_SEED={seed}");
    let mut chance = Chance::new(seed);
    let sink = Sink::start().await;
    database.migrate();
    // They were asked a quarter of an hour ago: the deadlines pass as the servers start to look.
    let asked_at = SystemClock.now() - chrono::Duration::minutes(14);
    cases(&database, CASES, &playbook(), asked_at).await;

    let first = Plan::over(&database, sink.port);
    let plans = [first.beside(), first.beside(), first];
    let mut servers: Vec<_> = plans.iter().map(Plan::start).collect();
    for server in &mut servers {
        server.ready().await;
    }
    let mut look = database.open();
    let due = "select count(*) as value from timers where kind = 'run' and key like 'proof%/late'";
    assert_eq!(number(&mut look, due), i64::try_from(CASES * STEPS).unwrap());
    // Time passes, for all of them at once.
    diesel::connection::SimpleConnection::batch_execute(
        &mut look,
        "update timers set due_at = now() where kind = 'run' and key like 'proof%/late'",
    )
    .unwrap();
    let began = Instant::now();

    let mut faults = Vec::new();
    let share = i64::try_from(CASES * STEPS).unwrap();
    let (kill_below, freeze_below) = (
        share - 50 - i64::try_from(chance.below(300)).unwrap(),
        share - 50 - i64::try_from(chance.below(300)).unwrap(),
    );
    let (mut killed, mut frozen) = (false, false);
    loop {
        let left = number(&mut look, due);
        if !frozen && left <= freeze_below {
            servers[1].freeze();
            faults.push(Instant::now());
            frozen = true;
        }
        if !killed && left <= kill_below {
            servers[0].kill();
            faults.push(Instant::now());
            killed = true;
        }
        if left == 0 {
            break;
        }
        assert!(began.elapsed() < TAKEN_OVER_WITHIN, "{left} deadlines have had no effect");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(killed && frozen, "it was over before anything failed");
    println!("1,000 deadlines in {:.1} s", began.elapsed().as_secs_f64());

    // The one that is left sends what the others had claimed; then the frozen one wakes.
    settled(&mut look, SETTLES_WITHIN).await;
    faults.push(Instant::now());
    servers[1].thaw();
    answers_again(plans[1].port).await;
    settled(&mut look, SETTLES_WITHIN).await;
    for server in &mut servers[1..] {
        assert!(server.stop().success(), "it ends as it should");
    }

    each_deadline_had_one_effect(&mut look, None);
    let late = "select count(*) as value from timeline where kind = 'step_late' \
                and data like '%\"step\":\"proof%'";
    assert_eq!(number(&mut look, late), share, "one entry for each deadline");
    let told = "select count(*) as value from outbox where dedup_key like 'run:%:proof%-late:0|%' \
                and status = 'sent'";
    assert_eq!(number(&mut look, told), share, "one message for each deadline");
    let doubles = no_message_came_twice_without_a_fault(&mut look, &sink, &faults);
    println!("doubles by fault: {doubles:?}");
    assert!(doubles.values().all(|count| *count <= 1), "one double for each fault: {doubles:?}");
    let (status, said) = plans[2].run(&["audit", "verify"]);
    assert!(status.success(), "the chain does not hold: {said}");
}

/// Waits until this server does its work again.
async fn answers_again(port: u16) {
    let (began, mut wire) = (Instant::now(), Wire::to(port));
    while !matches!(wire.get("/readyz", "").await, Ok(answer) if answer.status == 200) {
        assert!(began.elapsed() < SETTLES_WITHIN, "it does not wake");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
