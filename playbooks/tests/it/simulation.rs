//! The simulation and the schema for editors.

use playbooks::{
    Calendar, Facts, Language, Reply, Role, Scenario, Scripted, Span, What, parse, picture, schema,
    shipped_calendar, simulate, table,
};
use serde_json::Value;

fn scenario(silent: &[&str], answers: &[&str]) -> Scenario<'static> {
    Scenario {
        facts: Facts::default(),
        silent: silent.iter().map(|word| Role::parse(word).expect("a role")).collect(),
        answers: answers.iter().map(|text| Scripted::parse(text).expect("an answer")).collect(),
        from: "2026-02-13T08:00:00Z".parse().expect("a time"),
        calendar: shipped_calendar(),
    }
}

const BOOK: &str = "
playbook: story
version: 1
title: Câu chuyện
first_aid: 1. Gọi trực ban.
steps:
  - id: receive
    notify: {to: duty_officer, ask: acknowledge}
    within: 15m
    late:
      - id: second
        notify: {to: coordinator, ask: acknowledge}
        within: 15m
        late: [{notify: {to: leader}, repeat: {every: 30m, times: 1}}]
  - id: police
    if: incident.signs_of_crime
    approve: {by: leader, question: '<script>Chuyển & hỏi?</script>'}
    then: [{id: send, dispatch: {to: police, kind: investigate, ground: Điều 10, text: Đề nghị.}}]
    otherwise: [{notify: {to: coordinator}}]
";

fn lines(rows: &[playbooks::Row]) -> Vec<(u32, What, String)> {
    rows.iter()
        .map(|row| {
            let whom: Vec<String> = row.whom.iter().map(Role::as_word).collect();
            (row.after / 60, row.what, whom.join("+"))
        })
        .collect()
}

#[test]
fn silence_climbs_and_an_answer_ends_it() {
    let book = parse(BOOK).expect("reads");
    let rows = simulate(&book, &scenario(&["duty_officer"], &[]));
    assert_eq!(
        lines(&rows),
        [
            (0, What::Asked, "duty_officer".into()),
            (0, What::Skipped, String::new()),
            (15, What::Asked, "coordinator".into()),
            (20, What::Reply(Reply::Ok), "coordinator".into()),
            (20, What::Over, String::new()),
        ]
    );
    let rows = simulate(&book, &scenario(&["duty_officer", "coordinator", "leader"], &[]));
    let told: Vec<u32> = rows
        .iter()
        .filter(|row| row.whom == [Role::Leader] && row.what == What::Told)
        .map(|row| row.after / 60)
        .collect();
    assert_eq!(told, [30, 60]);
    assert_eq!(rows.last().map(|row| row.what), Some(What::StillWaits));
}

#[test]
fn a_script_decides_and_says_when() {
    let book = parse(BOOK).expect("reads");
    let mut asked = scenario(&["leader", "police"], &["police=no@30m", "receive=ok@20m"]);
    asked.facts.incident.signs_of_crime = true;
    let rows = lines(&simulate(&book, &asked));
    assert!(rows.contains(&(20, What::Reply(Reply::Ok), "duty_officer".into())), "{rows:?}");
    assert!(rows.contains(&(30, What::Reply(Reply::No), "leader".into())), "{rows:?}");
    assert!(rows.contains(&(30, What::Told, "coordinator".into())), "{rows:?}");
    asked.answers = vec![Scripted::parse("police=yes@1h").expect("reads")];
    let rows = lines(&simulate(&book, &asked));
    assert!(rows.contains(&(60, What::Dispatch, "police".into())), "{rows:?}");
    assert!(rows.contains(&(60, What::StillWaits, "police".into())), "{rows:?}");
}

#[test]
fn scripts_are_read_strictly() {
    let read = Scripted::parse("a/late/0=refused@1h30m").expect("reads");
    assert_eq!((read.reply, read.after), (Reply::Refused, Span::minutes(90)));
    for text in ["", "a", "a=ok", "a=ok@", "a=ok@30", "=ok@5m", "a=maybe@5m", "a=ok@-5m"] {
        assert_eq!(Scripted::parse(text), None, "{text}");
    }
}

#[test]
fn table_and_picture_show_every_row_and_escape_what_is_written() {
    let book = parse(BOOK).expect("reads");
    let mut asked = scenario(&["duty_officer"], &[]);
    asked.facts.incident.signs_of_crime = true;
    let rows = simulate(&book, &asked);
    let vi = table(&rows, &asked, Language::Vi);
    assert_eq!(vi.lines().count(), rows.len() + 1);
    assert!(vi.contains("trực ban") && vi.contains("13/02/2026 15:15"), "{vi}");
    assert!(vi.contains("“receive” im lặng 15m"), "{vi}");
    assert!(table(&rows, &asked, Language::En).contains("`receive` silent for 15m"));
    let svg = picture(&rows, &asked, Language::Vi);
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;Chuyển &amp; hỏi?"), "{svg}");
    assert_eq!(svg.matches('<').count(), svg.matches('>').count());
}

#[test]
fn every_shipped_playbook_comes_to_rest_whoever_is_silent() {
    for (name, text) in playbooks::library() {
        let book = parse(text).expect("reads");
        for silent in [
            &[] as &[&str],
            &["duty_officer"],
            &["duty_officer", "coordinator", "leader", "it_officer"],
        ] {
            let rows = simulate(&book, &scenario(silent, &[]));
            let last = rows.last().expect("rows").what;
            assert!(matches!(last, What::Over | What::StillWaits), "{name}");
            assert!(rows.iter().all(|row| row.what != What::StillWaits || !row.whom.is_empty()));
        }
    }
}

#[test]
fn a_calendar_of_weekends_is_there_without_a_file() {
    let calendar = Calendar::default();
    assert!(!calendar.is_worked("2026-11-22".parse().expect("a Sunday")));
    assert!(calendar.is_worked("2026-02-17".parse().expect("Tết, which it does not know")));
}

/// What an editor sees: YAML read by somebody else's rules into JSON.
fn as_json(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("YAML")
}

#[test]
fn the_schema_takes_the_shipped_playbooks_and_refuses_slips() {
    let schema = schema();
    let checker = jsonschema::validator_for(&schema).expect("a schema");
    for (name, text) in playbooks::library() {
        let found: Vec<String> =
            checker.iter_errors(&as_json(text)).map(|e| e.to_string()).collect();
        assert!(found.is_empty(), "{name}: {found:?}");
    }
    assert!(checker.is_valid(&as_json(BOOK)));
    for (good, bad) in [
        ("to: duty_officer", "to: duty_oficer"),
        ("within: 15m", "within: 15 minutes"),
        ("kind: investigate", "kind: arrest"),
        ("version: 1", "version: one"),
        ("otherwise:", "otherwize:"),
        ("    within: 15m\n    late:", "    late:"),
        ("  - id: receive\n", "  - id: receive\n    set: {a: 1}\n"),
    ] {
        let text = BOOK.replacen(good, bad, 1);
        assert_ne!(text, BOOK);
        assert!(!checker.is_valid(&as_json(&text)), "{bad}");
        assert!(parse(&text).is_err(), "{bad}");
    }
}
