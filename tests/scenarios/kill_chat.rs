//! The server is killed without warning, again and again, while people write commands to the bot. No
//! command is lost, whether Telegram had its confirmation or not; none has two effects; each is answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dieuphoi::actions::Ctx;
use dieuphoi::actions::reports::{NewReport, receive};
use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::domain::ids::Id;
use dieuphoi::domain::person::Actor;
use dieuphoi::domain::words::Room;
use dieuphoi::records::ChatLink;
use dieuphoi::store::{accounts, chat_links};
use dieuphoi::testing::province;
use dieuphoi_tests::bot_api::{BotApi, Phone, TOKEN};
use dieuphoi_tests::chance::Chance;
use dieuphoi_tests::database::{Database, number, texts};
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::promises::{asked, moment};
use dieuphoi_tests::smtp::Sink;

/// Who writes: each with a phone of their own.
const WRITERS: [(&str, i64); 4] = [
    ("duty_officer@so-ttt.example", 701),
    ("coordinator@so-ttt.example", 702),
    ("leader@so-ttt.example", 703),
    ("it_officer@xa-b.example", 704),
];
/// Telegram takes one message a second for a chat: answers leave no faster.
const SETTLES_WITHIN: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_no_command_on_sqlite() {
    story(Database::sqlite(), asked("DIEUPHOI_TEST_CHAT_KILLS", 25)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_no_command_on_postgres() {
    // A dead server's lease lasts 45 s there: asked for by the number of kills.
    let kills = asked("DIEUPHOI_TEST_CHAT_KILLS", 0) / 5;
    if kills > 0
        && let Some(database) = Database::postgres()
    {
        story(database, kills).await;
    }
}

/// The province, its linked phones, and one case.
async fn prepared(database: &Database) -> String {
    database
        .with_office(async |office| {
            let now = SystemClock.now();
            let made = office.db.write(move |tx| {
                province(tx, now)?;
                for (email, phone) in WRITERS {
                    let account = accounts::find_by_email(tx, email)?.expect("no such account");
                    let link = ChatLink {
                        id: Id::new(now),
                        account_id: account.id,
                        room: Room::Telegram,
                        person: phone.to_string(),
                        chat: phone.to_string(),
                        name: account.name,
                        linked_at: now,
                        broken_at: None,
                        broken_why: None,
                        ended_at: None,
                        ended_why: None,
                    };
                    chat_links::insert(tx, &link)?;
                }
                Ok(())
            });
            made.await.unwrap();
            let ctx = Ctx { actor: Actor::Nobody, ..Ctx::service("proof", now) };
            let report = NewReport {
                category: "other".to_owned(),
                description: "Máy in tự in nhiều trang lạ".to_owned(),
                detected_at: now.rfc3339(),
                still_happening: true,
                services: "degraded".to_owned(),
                people: "group".to_owned(),
                secret: "no".to_owned(),
                ..NewReport::default()
            };
            let unit = Some("xa-b".to_owned());
            receive(&office, &ctx, report, Vec::new(), unit, None).await.unwrap().code
        })
        .await
}

async fn story(database: Database, kills: u64) {
    let seed = asked("DIEUPHOI_TEST_SEED", u64::from(std::process::id()));
    println!("{}: {kills} kills, DIEUPHOI_TEST_SEED={seed}", database.name());
    let mut chance = Chance::new(seed);
    let (sink, api) = (Sink::start().await, Arc::new(BotApi::start()));
    database.migrate();
    let code = prepared(&database).await;
    let mut plan = Plan::over(&database, sink.port);
    plan.set("DIEUPHOI_TELEGRAM__TOKEN", TOKEN);
    plan.set("DIEUPHOI_TELEGRAM__API_URL", &api.url);
    // One telephone writes for many.
    plan.set("DIEUPHOI_SECURITY__BOT_COMMANDS_PER_MINUTE", "1000000");

    let mut server = plan.start();
    server.ready().await;
    let written = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicU64::new(0));
    let writers: Vec<_> = WRITERS
        .iter()
        .map(|(email, id)| {
            let (api, code) = (Arc::clone(&api), code.clone());
            let (written, over) = (Arc::clone(&written), Arc::clone(&over));
            let mut chance = Chance::new(seed ^ id.unsigned_abs());
            let phone: Phone = api.phone(*id, email);
            tokio::spawn(async move {
                while over.load(Ordering::Relaxed) == 0 {
                    let n = written.fetch_add(1, Ordering::Relaxed);
                    api.writes(&phone, &phone, &format!("/ghichu {code} ghi-chu-so-{n}."));
                    moment(&mut chance, 900).await;
                }
            })
        })
        .collect();
    let mut caught = 0;
    for _ in 0..kills {
        // In the middle of something: something was just kept and is not handled.
        let mut look = database.open();
        let until = Instant::now() + Duration::from_millis(50 + chance.below(700));
        while Instant::now() < until {
            let open = number(
                &mut look,
                "select count(*) as value from chat_updates where handled_at is null",
            );
            if open > 0 {
                caught += 1;
                break;
            }
        }
        drop(look);
        moment(&mut chance, 4).await;
        server.kill();
        server = plan.start();
        server.ready().await;
    }
    over.store(1, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let total = written.load(Ordering::Relaxed);
    let mut look = database.open();
    let began = Instant::now();
    loop {
        let open = number(
            &mut look,
            "select (select count(*) from chat_updates where handled_at is null) + (select count(*) \
             from outbox where channel = 'telegram' and status in ('waiting', 'sending')) as value",
        );
        if open == 0 && api.pending() == 0 {
            break;
        }
        let so_long = began.elapsed();
        assert!(so_long < SETTLES_WITHIN, "{open} open, {} not confirmed", api.pending());
        // The next look; the condition decides.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    let mut notes: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts(&mut look, "select text as value from timeline where kind = 'note'") {
        *notes.entry(text).or_default() += 1;
    }
    for n in 0..total {
        let text = format!("ghi-chu-so-{n}.");
        assert_eq!(notes.get(&text), Some(&1), "{text}: {:?} times", notes.get(&text));
    }
    assert_eq!(u64::try_from(notes.len()).unwrap(), total, "and nothing else");
    let answers = number(
        &mut look,
        "select count(*) as value from outbox where purpose = 'bot_answer' and status = 'sent'",
    );
    assert_eq!(u64::try_from(answers).unwrap(), total, "each is answered once");
    let shown: usize = WRITERS.iter().map(|(_, id)| api.shown(*id).len()).sum();
    let said = number(
        &mut look,
        "select count(*) as value from outbox where channel = 'telegram' and status = 'sent'",
    );
    let said = usize::try_from(said).unwrap();
    let most = said + usize::try_from(kills).unwrap();
    assert!((said..=most).contains(&shown), "{shown} messages stand there, {said} were sent");
    println!(
        "{}: {total} commands, {caught} of {kills} kills met one on its way, {} messages twice",
        database.name(),
        shown - said,
    );
    assert!(total > kills, "too little load to prove anything");
    assert!(caught > 0, "no kill has met a command");
    let (status, said) = plan.run(&["audit", "verify"]);
    assert!(status.success(), "the chain does not hold: {said}");
}
