//! The whole demo, loaded through the real actions on both databases: the first long story that
//! everything has to tell together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::actions::{audit, rota as rota_verbs};
use crate::clock::Clock as _;
use crate::config::Config;
use crate::domain::words::{Role, State};
use crate::store::incidents::{Filter, Order};
use crate::store::{accounts, demo as store, engine, incidents, sight};
use crate::testing::{Stage, on_each};

/// The stage's database with the demo's rules.
fn office(stage: &Stage) -> Office {
    let mut config = Config { demo: true, ..(*stage.office.config).clone() };
    config.province.official_domains = vec!["thanhhoa.example".to_owned()];
    Office { config: Arc::new(config), ..stage.office.clone() }
}

#[actix_web::test]
async fn the_whole_demo_loads_and_holds_together() {
    on_each(|stage| async move {
        let office = office(&stage);
        let now = stage.clock.now();
        let entries = load(&office, now).await.unwrap();

        // Every role can be tried, and nobody has to change the password first.
        for role in Role::ALL {
            let entry = entries.iter().find(|entry| entry.role == role.as_word());
            let entry = entry.unwrap_or_else(|| panic!("nobody is {role}"));
            let email = entry.email.clone();
            let account =
                office.db.read(move |c| accounts::find_by_email(c, &email)).await.unwrap().unwrap();
            assert!(!account.must_change_password);
        }
        assert!(province::can_sign_in(&office, &entries).await.unwrap());
        assert!(stage.count("organisations").await >= 150);
        assert!(stage.count("systems").await >= 30);

        // `load` has compared every story's state; here is that all states are there to see.
        let mut states: BTreeMap<State, usize> = BTreeMap::new();
        for story in story::all().unwrap() {
            *states.entry(story.state).or_default() += 1;
        }
        assert_eq!(states.len(), State::ALL.len(), "{states:?}");
        let stories: usize = states.values().sum();
        assert_eq!(stage.count("incidents").await, i64::try_from(stories).unwrap());

        let verdict = audit::verify(&office.db).await.unwrap();
        assert_eq!((verdict.broken, verdict.unsealed), (None, 0));
        assert!(verdict.entries > 500);

        // Nothing waits to be sent, nothing waits to fire: the past is over.
        let (waiting, _) = office.db.read(engine::waiting).await.unwrap();
        assert_eq!(waiting, 0);
        let next = office.db.read(engine::next_timer).await.unwrap();
        assert!(next.is_none_or(|due| due > now));
        assert_eq!(stage.count("mailbox").await, 50);
        // What waits for an answer has buttons that act; what was answered has none left.
        let acting = stage.count("mailbox where buttons like '%\"press\"%'").await;
        assert!(acting > 0);
        assert_eq!(
            stage.count("outbox where card = 'live' and reference is not null").await,
            acting
        );
        assert_eq!(stage.count("outbox where card = 'stale'").await, 0);

        // The queue shows work: somebody to acknowledge, something late.
        let coordinator = stage.as_person("diemnd@sottt.thanhhoa.example").await;
        let queue = office
            .db
            .read(move |c| {
                let ways = sight::ways(&coordinator.sight());
                let mut all = Vec::new();
                for way in ways {
                    let filter = Filter::default();
                    all.extend(incidents::list(c, way, Order::Queue, &filter, None, 100)?);
                }
                Ok(all)
            })
            .await
            .unwrap();
        assert!(queue.iter().any(|incident| incident.queue_rank == 0), "nothing unacknowledged");
        assert!(queue.iter().any(|incident| incident.queue_rank == 1), "nothing overdue");
        assert!(queue.iter().any(|incident| incident.queue_rank == 2), "nothing in hand");
        assert_eq!(found(&stage), store::Found::Demo);

        // The first duty officer of the list is on duty, for days; a gap lies nine days ahead.
        let outlook = office.db.read(move |c| rota_verbs::outlook(c, now)).await.unwrap();
        let first = entries.iter().find(|entry| entry.role == "duty_officer").unwrap();
        let boss = stage.as_person("diemnd@sottt.thanhhoa.example").await;
        let duty = rota_verbs::views::duty(&office, &boss).await.unwrap();
        assert!(outlook.counts && !outlook.nobody && outlook.next_gap.is_none());
        assert_eq!(duty.on_duty.len(), 1);
        assert_eq!(duty.on_duty[0].email, first.email);
        let rotas = rota_verbs::views::whole(&office, &boss, None, None).await.unwrap();
        assert!(rotas[0].until.unwrap() > now + chrono::Duration::days(5));
        assert_eq!(rotas[0].gaps.len(), 1);
        let ahead = (rotas[0].gaps[0].from - now).num_hours();
        assert!((8 * 24..10 * 24).contains(&ahead), "{ahead} hours ahead");
        assert!(rotas[0].handovers.is_empty(), "both hand-overs are taken");
        assert_eq!(stage.count("rota_handovers").await, 2);
    })
    .await;
}

fn found(stage: &Stage) -> store::Found {
    store::found(stage.office.db.place()).unwrap()
}

#[actix_web::test]
async fn only_a_demo_s_database_is_emptied() {
    on_each(|stage| async move {
        // A real one, even without a single incident.
        assert_eq!(found(&stage), store::Found::Foreign);
        let place = stage.office.db.place().clone();
        assert!(store::empty(&place).is_err());
        assert_eq!(stage.count("organisations").await, 0, "and nothing is touched");

        let now = stage.clock.now();
        stage.office.db.write(move |tx| store::mark(tx, false, now)).await.unwrap();
        assert_eq!(found(&stage), store::Found::Unfinished);
        if let crate::store::Place::Postgres(_) = &place {
            store::empty(&place).unwrap();
            assert_eq!(found(&stage), store::Found::Empty);
        }
    })
    .await;
}

#[actix_web::test]
async fn a_kept_demo_keeps_its_password_while_it_fits() {
    on_each(|stage| async move {
        let office = office(&stage);
        let now = stage.clock.now();
        let entries = province_only(&office, now).await;
        let place = tempfile::tempdir().unwrap();
        let folder = DemoFolder::open(place.path()).unwrap();
        folder.write_accounts(&serde_json::to_string(&entries).unwrap()).unwrap();
        assert_eq!(welcome_back(&office, &folder, now).await.unwrap(), entries);

        // The list of another demo does not open this one's doors.
        let mut foreign = entries.clone();
        for entry in &mut foreign {
            entry.password.push('x');
        }
        folder.write_accounts(&serde_json::to_string(&foreign).unwrap()).unwrap();
        let fresh = welcome_back(&office, &folder, now).await.unwrap();
        assert_ne!(fresh[0].password, entries[0].password);
        assert!(province::can_sign_in(&office, &fresh).await.unwrap());
        assert!(!province::can_sign_in(&office, &entries).await.unwrap());
    })
    .await;
}

async fn province_only(office: &Office, now: Timestamp) -> Vec<Entry> {
    province::directory(office, now).await.unwrap();
    province::accounts(office, now).await.unwrap()
}
