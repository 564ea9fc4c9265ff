//! The province's own working days: what is imported, what is refused, and that it counts.

use super::{Import, import, in_force, year};
use crate::actions::Ctx;
use crate::domain::refusal::Refusal;
use crate::error::Error;
use crate::testing::{Stage, on_each};

const TINH: &str = "calendar: tinh
title: Lịch làm việc của tỉnh năm 2027
utc_offset: \"+07:00\"
weekend: [saturday, sunday]
years: [2027]
off:
  - {from: \"2027-03-03\", title: Lễ hội của tỉnh}
worked:
  - {from: \"2027-03-06\", title: Làm bù ngày 03/03/2027}
";

async fn admin(stage: &Stage) -> Ctx {
    stage.as_person("admin@so-ttt.example").await
}

async fn works(stage: &Stage, day: &'static str) -> bool {
    let day = day.parse().unwrap();
    stage.office.db.read(move |c| Ok(in_force(c)?.is_worked(day))).await.unwrap()
}

async fn imported(stage: &Stage, text: &str) {
    let done = import(&stage.office, &admin(stage).await, text.to_owned()).await.unwrap();
    assert!(matches!(done, Import::Done(_)), "{done:?}");
}

#[actix_web::test]
async fn an_imported_year_counts_in_place_of_the_shipped_one() {
    on_each(|stage| async move {
        stage.province().await;
        assert!(works(&stage, "2027-03-03").await && !works(&stage, "2027-09-02").await);
        imported(&stage, TINH).await;
        assert!(!works(&stage, "2027-03-03").await && works(&stage, "2027-03-06").await);
        assert!(works(&stage, "2027-09-02").await, "that year is the file's, whole");
        assert!(!works(&stage, "2026-09-02").await, "other years stay");

        let seen = year(&stage.office, &admin(&stage).await, Some(2027)).await.unwrap();
        assert_eq!(seen.title, "Lịch làm việc của tỉnh năm 2027");
        assert_eq!(seen.days.len(), 2);
        assert_eq!((seen.days[0].date.as_str(), seen.days[0].worked), ("2027-03-03", false));
        assert_eq!(seen.days[0].weekday, "wednesday");
        assert!(seen.imported_by.is_some() && seen.source == TINH);
        let shipped = year(&stage.office, &admin(&stage).await, None).await.unwrap();
        assert_eq!((shipped.year, shipped.imported_by), (2026, None));
        assert!(shipped.known && shipped.days.len() > 8);
        let far = year(&stage.office, &admin(&stage).await, Some(2040)).await.unwrap();
        assert!(!far.known && far.days.is_empty());

        // A newer file replaces it; the older one is kept.
        imported(&stage, &TINH.replace("2027-03-03", "2027-03-04")).await;
        assert!(works(&stage, "2027-03-03").await && !works(&stage, "2027-03-04").await);
        assert_eq!(stage.count("calendar_years").await, 2);
    })
    .await;
}

#[actix_web::test]
async fn what_is_wrong_is_told_at_its_place_and_nothing_is_written() {
    on_each(|stage| async move {
        stage.province().await;
        let ctx = admin(&stage).await;
        let bad = TINH.replace("weekend: [saturday, sunday]", "weekend: [funday]");
        match import(&stage.office, &ctx, bad).await.unwrap() {
            Import::Bad(problems) => {
                assert_eq!((problems[0].line, problems[0].code), (4, "expected_word"));
            }
            done => panic!("{done:?}"),
        }
        for (from, to, key) in [
            ("+07:00", "+08:00", "field-calendar-offset"),
            ("[2027]", "[]", "field-calendar-years"),
            ("[2027]", "[2027, 2027]", "field-calendar-years"),
            ("[2027]", "[2028]", "field-calendar-outside"),
        ] {
            let why = import(&stage.office, &ctx, TINH.replace(from, to)).await.unwrap_err();
            match why {
                Error::Refused(Refusal::Fields(fields)) => assert_eq!(fields[0].key, key),
                other => panic!("{from}: {other:?}"),
            }
        }
        assert_eq!(stage.count("calendar_years").await, 0);
        for who in ["coordinator@so-ttt.example", "unit_head@xa-b.example"] {
            let other = stage.as_person(who).await;
            let why = import(&stage.office, &other, TINH.to_owned()).await.unwrap_err();
            assert_eq!(why.face(), (403, "not_allowed"), "{who}");
        }
        let unit = stage.as_person("unit_head@xa-b.example").await;
        assert_eq!(year(&stage.office, &unit, None).await.unwrap_err().face().0, 403);
    })
    .await;
}
