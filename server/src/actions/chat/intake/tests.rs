//! Kept once, in order, put off and given up where it can be seen, silence told once.

use crate::testing::{Stage, on_each};

use super::*;

fn update(id: i64, chat: i64, text: &str) -> (Raw, Option<Incoming>) {
    let body = json!({"update_id": id, "message": {"message_id": id, "date": 1, "text": text,
        "chat": {"id": chat, "type": "private", "first_name": "Lan"},
        "from": {"id": chat, "is_bot": false, "first_name": "Lan"}}})
    .to_string();
    let read = notify::telegram::read::read(&body, None).ok();
    (Raw { id, body }, read)
}

async fn keep_all(stage: &Stage, updates: Vec<(Raw, Option<Incoming>)>) -> usize {
    keep(&stage.office, Room::Telegram, now(stage), updates).await.unwrap()
}

fn now(stage: &Stage) -> Timestamp {
    stage.nobody().now
}

async fn due_now(stage: &Stage) -> Vec<ChatUpdate> {
    due(&stage.office, Room::Telegram, now(stage)).await.unwrap()
}

#[actix_web::test]
async fn an_update_is_kept_once_and_each_chat_keeps_its_order() {
    on_each(|stage| async move {
        let all = vec![update(3, 7, "c"), update(1, 7, "a"), update(2, 8, "b")];
        assert_eq!(keep_all(&stage, all.clone()).await, 3);
        for _ in 0..10 {
            assert_eq!(keep_all(&stage, all.clone()).await, 0, "a replay is nothing new");
        }
        let ids = |all: &[ChatUpdate]| all.iter().map(|one| one.update_id).collect::<Vec<_>>();
        let open = due_now(&stage).await;
        assert_eq!(ids(&open), [1, 2, 3], "in the room's order, however they came");
        assert_eq!((open[0].chat.as_str(), open[0].sender.as_str()), ("7", "7"));

        // What is put off holds back what came after it in its chat, and nobody else.
        let ctx = Ctx::service("engine", now(&stage));
        assert_eq!(failed(&stage.office, &ctx, &open[0]).await.unwrap(), Again::Later);
        assert_eq!(ids(&due_now(&stage).await), [2]);
        stage.clock.pass(Duration::seconds(2));
        let open = due_now(&stage).await;
        assert_eq!(ids(&open), [1, 2, 3]);

        let reply = Reply {
            to: "8".to_owned(),
            letter: Letter { subject: "Đã rõ".to_owned(), ..Letter::default() },
            presses: Vec::new(),
        };
        let settled = |replies| {
            let handled = Handled { outcome: "done", replies, asides: Vec::new() };
            settle(&stage.office, now(&stage), &open[1], handled)
        };
        assert!(settled(vec![reply.clone()]).await.unwrap());
        assert!(!settled(vec![reply]).await.unwrap(), "only once");
        assert_eq!(stage.count("outbox").await, 1);
        assert_eq!(ids(&due_now(&stage).await), [1, 3]);
    })
    .await;
}

#[actix_web::test]
async fn what_cannot_be_handled_is_given_up_within_minutes_and_its_author_told() {
    on_each(|stage| async move {
        stage.province().await;
        stage.linked("coordinator@so-ttt.example", "7").await;
        keep_all(&stage, vec![update(1, 7, "a"), update(2, 9, "x")]).await;
        let began = now(&stage);
        for number in 0..2 * TRIES {
            let ctx = Ctx::service("engine", now(&stage));
            for one in due_now(&stage).await {
                failed(&stage.office, &ctx, &one).await.unwrap();
            }
            stage.clock.pass(Duration::seconds(LONGEST));
            if due_now(&stage).await.is_empty() {
                assert!(number >= TRIES - 2, "tried {number} times");
                break;
            }
        }
        assert!(now(&stage) - began < Duration::minutes(15));
        assert!(due_now(&stage).await.is_empty());
        let since = began - Duration::days(1);
        let count = stage.office.db.read(move |c| chat_updates::given_up(c, since)).await.unwrap();
        assert_eq!(count, 2);
        assert_eq!(stage.count("outbox").await, 1, "a stranger is told nothing");
    })
    .await;
}

#[actix_web::test]
async fn after_a_day_of_silence_everybody_linked_is_told_once() {
    on_each(|stage| async move {
        stage.province().await;
        stage.linked("coordinator@so-ttt.example", "7").await;
        stage.linked("leader@so-ttt.example", "8").await;
        let hear = || async {
            let ctx = Ctx::service("engine", now(&stage));
            heard(&stage.office, &ctx, Room::Telegram).await.unwrap()
        };
        assert_eq!(hear().await, 0, "the first word ever breaks no silence");
        stage.clock.pass(Duration::hours(23));
        assert_eq!(hear().await, 0);
        stage.clock.pass(Duration::hours(24) + Duration::minutes(1));
        assert_eq!(hear().await, 2);
        assert_eq!(hear().await, 0);
        assert_eq!(stage.count("outbox").await, 2);
    })
    .await;
}

#[actix_web::test]
async fn old_words_go_and_old_numbers_after_them() {
    on_each(|stage| async move {
        keep_all(&stage, vec![update(1, 7, "a"), update(2, 7, "b"), update(3, 7, "c")]).await;
        let open = due_now(&stage).await;
        for (one, outcome) in open.iter().zip(["done", "ignored"]) {
            let handled = Handled { outcome, ..Handled::default() };
            settle(&stage.office, now(&stage), one, handled).await.unwrap();
        }
        let sweep_now = || async {
            let at = now(&stage);
            stage.office.db.write(move |tx| sweep(tx, at)).await.unwrap();
            stage.count("chat_updates").await
        };
        assert_eq!(sweep_now().await, 3);
        stage.clock.pass(Duration::days(3));
        assert_eq!(sweep_now().await, 2, "what was nothing to us");
        stage.clock.pass(Duration::days(5));
        assert_eq!(sweep_now().await, 2, "words go, the number stays");
        stage.clock.pass(Duration::days(23));
        assert_eq!(sweep_now().await, 1, "what nobody handled stays");
    })
    .await;
}
