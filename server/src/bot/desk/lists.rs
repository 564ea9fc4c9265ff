//! What is mine, what waits, what is found, who is on duty.

use serde_json::json;

use crate::actions::queue::{self, Query};
use crate::actions::{rota, tasks};
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::domain::text::shortened;
use crate::error::Result;

/// Lines of a list; the rest is on the page.
const LINES: &str = "10";

pub(super) async fn mine(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let query = Query { mine: "1".to_owned(), ..Query::default() };
    listed(talk, query, "bot-mine", "/dieu-phoi?mine=1").await
}

pub(super) async fn waiting(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let query = Query { state: "unacknowledged".to_owned(), ..Query::default() };
    listed(talk, query, "bot-waiting", "/dieu-phoi?state=unacknowledged").await
}

pub(super) async fn search(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let words = match &asked.code {
        Some(code) if asked.rest.is_empty() => code.clone(),
        _ => asked.rest.clone(),
    };
    if words.trim().is_empty() {
        let said = Words::new(talk.t.t("bot-ask-search"));
        return talk.ask("search", json!({}), About::Nothing, said).await;
    }
    found(talk, &words).await
}

pub(super) async fn answer_search(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    found(talk, &turned.text).await
}

async fn found(talk: &mut Talk<'_>, words: &str) -> Result<()> {
    let words: String = words.chars().take(200).collect();
    let query = Query { q: words, state: "all".to_owned(), ..Query::default() };
    listed(talk, query, "bot-found", "/dieu-phoi").await
}

async fn listed(
    talk: &mut Talk<'_>,
    query: Query,
    key: &'static str,
    page: &'static str,
) -> Result<()> {
    let query = Query { limit: LINES.to_owned(), ..query };
    let found = queue::list(talk.office(), &talk.ctx, query).await?;
    let count = i64::try_from(found.items.len()).unwrap_or(i64::MAX);
    let mut words = Words::new(talk.t.count(key, count)).link("bot-open-queue", page);
    if found.next.is_some() {
        words = words.text(talk.t.t("bot-more"));
    }
    words.cases = found.items.into_iter().map(|item| (item, String::new())).collect();
    talk.say(About::Nothing, words).await
}

pub(super) async fn my_tasks(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let found = tasks::mine(talk.office(), &talk.ctx).await?;
    let t = talk.t;
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let mut words = Words::new(t.count("bot-my-tasks", count)).link("bot-open-queue", "/dieu-phoi");
    words.cases = found
        .into_iter()
        .map(|mine| {
            let mut more = format!("#{} {}", mine.number, shortened(&mine.text, 140));
            if let Some(due) = mine.due_at {
                more = format!("{more} ({} {})", t.t("fact-due"), due.local());
            }
            (mine.incident, more)
        })
        .collect();
    talk.say(About::Nothing, words).await
}

pub(super) async fn duty(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let duty = rota::views::duty(talk.office(), &talk.ctx).await?;
    let t = talk.t;
    let head = match (duty.rota, duty.nobody) {
        (false, _) => t.t("bot-duty-none"),
        (true, true) => t.t("bot-duty-nobody"),
        (true, false) => t.t("bot-duty"),
    };
    let people = duty.on_duty.iter().map(|one| format!("{} · {}", one.name, one.phone));
    let text = people.collect::<Vec<_>>().join("\n");
    talk.say(About::House, Words::new(head).text(text).link("bot-open-rota", "/truc-ban")).await
}
