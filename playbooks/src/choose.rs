//! Which playbook an incident gets: one pure rule over whatever set of playbooks is in use.

use std::collections::HashSet;

use crate::definition::{Kind, Playbook, Step};
use crate::facts::Facts;

/// The name of the playbook for whatever has no own one.
pub const DEFAULT_PLAYBOOK: &str = "default";

/// Those of a set that an incident can get. One that another calls and whose `when` does not ask
/// about the category is a part of that other one, and is never chosen by itself.
pub fn candidates(playbooks: &[&Playbook]) -> Vec<bool> {
    let calls = |step: &Step| match &step.kind {
        Kind::Call { playbook, .. } => Some(playbook.clone()),
        _ => None,
    };
    let called: HashSet<String> =
        playbooks.iter().flat_map(|book| book.all_steps()).filter_map(calls).collect();
    let by_category = |book: &Playbook| {
        book.when.as_ref().is_some_and(|when| when.names().iter().any(|n| n == "incident.category"))
    };
    playbooks.iter().map(|book| !called.contains(&book.name) || by_category(book)).collect()
}

/// The playbook for an incident of which this is known, among [`candidates`]. Of those whose `when`
/// holds the narrowest wins: the one that asks about the most different names; where two ask about as
/// many, the first of the set. A playbook without `when` comes after all that have one, and `default`
/// after everything. `None` when not one is left.
///
/// A condition that cannot be told does not hold: an incident must not follow a procedure that
/// nobody can say is meant for it.
pub fn choose<'p>(
    playbooks: impl IntoIterator<Item = &'p Playbook>,
    facts: &Facts,
) -> Option<&'p Playbook> {
    playbooks
        .into_iter()
        .filter(|book| book.when.as_ref().is_none_or(|when| when.holds_of(facts) == Some(true)))
        .min_by_key(|book| (book.name == DEFAULT_PLAYBOOK, std::cmp::Reverse(book.narrowness())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{CATEGORIES, for_category, library_read};
    use crate::notation::parse;

    fn book(name: &str, when: &str) -> Playbook {
        let when = if when.is_empty() { String::new() } else { format!("when: {when}\n") };
        let text = format!(
            "playbook: {name}\nversion: 1\ntitle: T\n{when}first_aid: 1. Gọi.\nsteps:\n  - wait: 1m\n"
        );
        parse(&text).expect("a playbook")
    }

    fn chosen<'p>(books: &'p [Playbook], facts: &Facts) -> &'p str {
        choose(books, facts).map_or("none", |book| book.name.as_str())
    }

    #[test]
    fn the_narrowest_that_holds_wins_and_default_is_last() {
        let books = [
            book("default", ""),
            book("anything", ""),
            book("phishing", "incident.category == \"phishing\""),
            book("a-phishing", "incident.category == \"phishing\""),
            book("phishing-data", "incident.category == \"phishing\" && incident.personal_data"),
            book(
                "high-level",
                "system.level >= 4 && incident.services == \"stopped\" && !incident.drill",
            ),
        ];
        let mut facts = Facts::default();
        facts.incident.category = "malware".to_owned();
        assert_eq!(chosen(&books, &facts), "anything");
        assert_eq!(chosen(&books[..1], &facts), "default");
        assert_eq!(chosen(&books[2..], &facts), "none");
        facts.incident.category = "phishing".to_owned();
        assert_eq!(chosen(&books, &facts), "phishing", "as narrow: the first of the set");
        facts.incident.personal_data = true;
        assert_eq!(chosen(&books, &facts), "phishing-data");
        facts.system.level = 4;
        facts.incident.services = "stopped".to_owned();
        assert_eq!(chosen(&books, &facts), "high-level");
        let mut turned = books.clone();
        turned.reverse();
        assert_eq!(chosen(&turned, &facts), "high-level", "the order of the set does not matter");
    }

    #[test]
    fn every_category_gets_the_shipped_playbook_that_is_its_own() {
        let all: Vec<&Playbook> = library_read().iter().collect();
        let free = candidates(&all);
        let heads = || all.iter().zip(&free).filter(|(_, free)| **free).map(|(book, _)| *book);
        let mut parts: Vec<_> = all
            .iter()
            .zip(&free)
            .filter(|(_, free)| !**free)
            .map(|(book, _)| &*book.name)
            .collect();
        parts.sort_unstable();
        assert_eq!(parts, ["personal_data", "police_referral", "serious"]);
        for category in CATEGORIES {
            let mut facts = Facts::default();
            facts.incident.category = (*category).to_owned();
            // What parts ask about chooses no whole.
            facts.incident.personal_data = true;
            facts.incident.signs_of_crime = true;
            facts.system.level = 5;
            let chosen = choose(heads(), &facts).map(|book| book.name.as_str());
            assert_eq!(chosen, Some(for_category(category)), "{category}");
        }
    }

    #[test]
    fn a_name_counts_once_however_often_it_is_asked() {
        let twice = "incident.category == \"phishing\" || incident.category == \"malware\"";
        assert_eq!(book("x", twice).narrowness(), 1);
        assert!(book("x", twice).goes_by_category() && book("x", "").goes_by_category());
        let lists = "size(incident.indicators.ip) > 0 && incident.drill";
        assert_eq!(book("x", lists).narrowness(), 2);
        assert!(!book("x", lists).goes_by_category());
    }
}
