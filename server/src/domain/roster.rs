//! Rows of a spreadsheet become checked records, and records are checked against each other and
//! against what is known: doubles, unknown keys, cycles. No database here.

use std::collections::{BTreeMap, BTreeSet};

use super::directory::{
    self, ContactFacts, ContactText, LEVELS, OrganisationFacts, OrganisationText, SystemFacts,
    SystemText,
};
use super::refusal::FieldError;
use super::sheet::{Problem, Row, Sheet, TableKind};
use super::words::{Function, Rank};

/// A record with the line it came from.
#[derive(Debug, Clone)]
pub struct Lined<T> {
    /// Line of the file.
    pub line: u64,
    /// The record.
    pub of: T,
}

/// A row of the organisations' table.
#[derive(Debug, Clone)]
pub struct OrganisationRow {
    /// What the organisation is.
    pub facts: OrganisationFacts,
    /// The functions it holds while it is in force.
    pub functions: Vec<Function>,
}

/// A row of the contact points' table.
#[derive(Debug, Clone)]
pub struct ContactRow {
    /// Key of the organisation.
    pub organisation: String,
    /// Who it is.
    pub facts: ContactFacts,
}

/// The good rows of a table.
#[derive(Debug, Clone)]
pub enum Roster {
    /// Organisations.
    Organisations(Vec<Lined<OrganisationRow>>),
    /// Contact points.
    Contacts(Vec<Lined<ContactRow>>),
    /// Systems.
    Systems(Vec<Lined<SystemFacts>>),
}

/// What is known besides the file: each organisation's key with its parent's.
pub type Known = BTreeMap<String, Option<String>>;

/// Turns rows into records; what is wrong in a row takes that row out.
pub fn records(sheet: &Sheet) -> (Roster, Vec<Problem>) {
    let mut problems = sheet.problems.clone();
    let roster = match sheet.kind {
        TableKind::Organisations => Roster::Organisations(each(sheet, &mut problems, organisation)),
        TableKind::Contacts => Roster::Contacts(each(sheet, &mut problems, contact)),
        TableKind::Systems => Roster::Systems(each(sheet, &mut problems, system)),
    };
    (roster, problems)
}

fn each<T>(
    sheet: &Sheet,
    problems: &mut Vec<Problem>,
    read: impl Fn(&Row) -> Result<T, Vec<FieldError>>,
) -> Vec<Lined<T>> {
    let mut good = Vec::new();
    for row in &sheet.rows {
        match read(row) {
            Ok(of) => good.push(Lined { line: row.line, of }),
            Err(bad) => problems.extend(
                bad.into_iter().map(|why| Problem::at(row.line, why.field, why.key, why.value)),
            ),
        }
    }
    good
}

fn organisation(row: &Row) -> Result<OrganisationRow, Vec<FieldError>> {
    let facts = directory::organisation(&OrganisationText {
        key: row.cell("key"),
        name: row.cell("name"),
        short_name: row.cell("short_name"),
        kind: row.cell("kind"),
        parent: row.cell("parent"),
        address: row.cell("address"),
        phone: row.cell("phone"),
        email: row.cell("email"),
        mail_domain: row.cell("mail_domain"),
        valid_from: row.cell("valid_from"),
        valid_to: row.cell("valid_to"),
        successor: row.cell("successor"),
    });
    match (facts, directory::functions("functions", &row.cell("functions"))) {
        (Ok(facts), Ok(functions)) => Ok(OrganisationRow { facts, functions }),
        (Ok(_), Err(why)) => Err(vec![why]),
        (Err(mut bad), functions) => {
            bad.extend(functions.err());
            Err(bad)
        }
    }
}

fn contact(row: &Row) -> Result<ContactRow, Vec<FieldError>> {
    let facts = directory::contact(&ContactText {
        rank: row.cell("rank"),
        role: row.cell("role"),
        name: row.cell("name"),
        title: row.cell("title"),
        phone: row.cell("phone"),
        mobile: row.cell("mobile"),
        email: row.cell("email"),
        hours: row.cell("hours"),
        telegram: row.cell("telegram"),
        last_verified: row.cell("last_verified"),
    });
    match (facts, directory::key("organisation", &row.cell("organisation"))) {
        (Ok(facts), Ok(organisation)) => Ok(ContactRow { organisation, facts }),
        (Ok(_), Err(why)) => Err(vec![why]),
        (Err(mut bad), organisation) => {
            bad.extend(organisation.err());
            Err(bad)
        }
    }
}

fn system(row: &Row) -> Result<SystemFacts, Vec<FieldError>> {
    directory::system(&SystemText {
        key: row.cell("key"),
        name: row.cell("name"),
        owner: row.cell("owner"),
        operator: row.cell("operator"),
        providers: row.cell("providers"),
        level: row.cell("level"),
        kind: row.cell("kind"),
        domains: row.cell("domains"),
        addresses: row.cell("addresses"),
        priority_rules: row.cell("priority_rules"),
    })
}

/// Checks records against each other and against what is known, takes out what is wrong, and adds
/// the good organisations to what is known.
pub fn reconcile(roster: &mut Roster, known: &mut Known) -> Vec<Problem> {
    match roster {
        Roster::Organisations(rows) => organisations(rows, known),
        Roster::Contacts(rows) => contacts(rows, known),
        Roster::Systems(rows) => systems(rows, known),
    }
}

fn organisations(rows: &mut Vec<Lined<OrganisationRow>>, known: &mut Known) -> Vec<Problem> {
    let mut problems = doubles(rows, |row| Some(row.facts.key.clone()), "key", "import-key-twice");
    // Taking a row out may leave others without their parent: until nothing more falls.
    loop {
        let mut tree = known.clone();
        tree.extend(rows.iter().map(|row| (row.of.facts.key.clone(), row.of.facts.parent.clone())));
        let found: Vec<Problem> = rows.iter().filter_map(|row| misplaced(row, &tree)).collect();
        if found.is_empty() {
            *known = tree;
            return problems;
        }
        let lines: BTreeSet<u64> = found.iter().map(|problem| problem.line).collect();
        rows.retain(|row| !lines.contains(&row.line));
        problems.extend(found);
    }
}

/// What is wrong with an organisation's place in the tree.
fn misplaced(row: &Lined<OrganisationRow>, tree: &Known) -> Option<Problem> {
    let facts = &row.of.facts;
    for (column, other) in [("parent", &facts.parent), ("successor", &facts.successor)] {
        if let Some(other) = other
            && !tree.contains_key(other)
        {
            return Some(Problem::at(row.line, column, "import-unknown-organisation", other));
        }
    }
    place(&facts.key, tree)
        .err()
        .map(|key| Problem::at(row.line, "parent", key, facts.parent.clone().unwrap_or_default()))
}

/// Whether the way up from an organisation ends at a root, and soon enough.
///
/// # Errors
/// `field-dir-cycle`, `field-dir-deep`.
pub fn place(key: &str, tree: &Known) -> Result<(), &'static str> {
    let mut seen = vec![key];
    while let Some(Some(parent)) = seen.last().and_then(|last| tree.get(*last)) {
        if seen.contains(&parent.as_str()) {
            return Err("field-dir-cycle");
        }
        if seen.len() >= LEVELS {
            return Err("field-dir-deep");
        }
        seen.push(parent);
    }
    Ok(())
}

fn contacts(rows: &mut Vec<Lined<ContactRow>>, known: &Known) -> Vec<Problem> {
    let main = |row: &ContactRow| (row.facts.rank == Rank::Main).then(|| row.organisation.clone());
    let mut problems = doubles(rows, main, "rank", "import-main-twice");
    unknown(rows, &mut problems, |row| vec![("organisation", row.organisation.clone())], known);
    problems
}

fn systems(rows: &mut Vec<Lined<SystemFacts>>, known: &Known) -> Vec<Problem> {
    let mut problems = doubles(rows, |row| Some(row.key.clone()), "key", "import-key-twice");
    let named = |row: &SystemFacts| {
        let mut all = vec![("owner", row.owner.clone())];
        all.extend(row.operator.iter().map(|key| ("operator", key.clone())));
        all.extend(row.providers.iter().map(|key| ("providers", key.clone())));
        all
    };
    unknown(rows, &mut problems, named, known);
    problems
}

/// The second row of the same name is wrong; its reason names the line of the first.
fn doubles<T>(
    rows: &mut Vec<Lined<T>>,
    name: impl Fn(&T) -> Option<String>,
    column: &str,
    key: &'static str,
) -> Vec<Problem> {
    let mut first: BTreeMap<String, u64> = BTreeMap::new();
    let mut problems = Vec::new();
    rows.retain(|row| {
        let Some(name) = name(&row.of) else { return true };
        match first.get(&name) {
            Some(line) => {
                problems.push(Problem::at(row.line, column, key, format!("{name} ({line})")));
                false
            }
            None => {
                first.insert(name, row.line);
                true
            }
        }
    });
    problems
}

/// Takes out the rows that name an organisation which does not exist.
fn unknown<T>(
    rows: &mut Vec<Lined<T>>,
    problems: &mut Vec<Problem>,
    named: impl Fn(&T) -> Vec<(&'static str, String)>,
    known: &Known,
) {
    rows.retain(|row| {
        let missing = named(&row.of).into_iter().find(|(_, key)| !known.contains_key(key));
        if let Some((column, key)) = &missing {
            let why = Problem::at(row.line, column, "import-unknown-organisation", key);
            problems.push(why);
        }
        missing.is_none()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sheet;

    fn told(text: &str, known: &mut Known) -> (usize, Vec<(u64, String, &'static str)>) {
        let (mut roster, mut problems) = records(&sheet::read(text.as_bytes(), None).unwrap());
        problems.extend(reconcile(&mut roster, known));
        let good = match &roster {
            Roster::Organisations(rows) => rows.len(),
            Roster::Contacts(rows) => rows.len(),
            Roster::Systems(rows) => rows.len(),
        };
        (good, problems.into_iter().map(|why| (why.line, why.column, why.key)).collect())
    }

    const HEAD: &str = "key,name,kind,parent,successor,valid_from\n";

    fn known() -> Known {
        Known::from([("ubnd-tinh".to_owned(), None)])
    }

    #[test]
    fn parents_and_successors_may_stand_later() {
        let text = format!(
            "{HEAD}xa-a,A,commune,huyen,xa-b,2017-01-01\nxa-b,B,commune,huyen,,2020-01-01\n\
             huyen,H,district,ubnd-tinh,,2017-01-01\n"
        );
        let mut known = known();
        assert_eq!(told(&text, &mut known), (3, vec![]));
        assert_eq!(known["xa-a"], Some("huyen".to_owned()));
    }

    #[test]
    fn a_bad_parent_takes_its_children_out() {
        let text = format!(
            "{HEAD}huyen,H,district,nowhere,,2017-01-01\nxa-a,A,commune,huyen,,2017-01-01\n\
             xa-b,B,commune,ubnd-tinh,,2017-13-01\n"
        );
        let mut tree = known();
        let unknown = "import-unknown-organisation";
        assert_eq!(
            told(&text, &mut tree),
            (
                0,
                vec![
                    (4, "valid_from".into(), "field-dir-day"),
                    (2, "parent".into(), unknown),
                    (3, "parent".into(), unknown),
                ]
            )
        );
        assert_eq!(tree, known());
    }

    #[test]
    fn circles_doubles_and_towers_are_found() {
        let text = format!(
            "{HEAD}a,A,commune,b,,2017-01-01\nb,B,commune,c,,2017-01-01\nc,C,commune,a,,2017-01-01\n\
             d,D,commune,,,2017-01-01\nd,D2,commune,,,2017-01-01\n"
        );
        let (good, problems) = told(&text, &mut known());
        assert_eq!(good, 1);
        assert_eq!(problems[0], (6, "key".into(), "import-key-twice"));
        assert_eq!(problems.iter().filter(|why| why.2 == "field-dir-cycle").count(), 3);

        let mut tower = HEAD.to_owned();
        for level in 0..8 {
            let parent = if level == 0 { String::new() } else { format!("l{}", level - 1) };
            tower.push_str(&format!("l{level},L,commune,{parent},,2017-01-01\n"));
        }
        let (good, problems) = told(&tower, &mut known());
        assert_eq!((good, problems.len(), problems[0].2), (6, 2, "field-dir-deep"));
    }

    #[test]
    fn contacts_and_systems_name_known_organisations() {
        let text = "organisation;rank;role;name;phone\nubnd-tinh;main;unit_head;A;000 1\n\
                    ubnd-tinh;main;contact;B;000 2\nubnd-tinh;deputy;contact;C;000 3\n\
                    xa-x;main;contact;D;000 4\nubnd-tinh;deputy;boss;E;\n";
        let (good, problems) = told(text, &mut known());
        assert_eq!(good, 2);
        assert_eq!(
            problems,
            [
                (6, "role".into(), "field-dir-word"),
                (6, "phone".into(), "field-dir-no-way"),
                (3, "rank".into(), "import-main-twice"),
                (5, "organisation".into(), "import-unknown-organisation"),
            ]
        );
        let text = "key,name,owner,providers,level,kind\ns1,S,ubnd-tinh,,6,public\n\
                    s2,S,ubnd-tinh,vnpt,3,public\ns3,S,ubnd-tinh,,,public\n";
        let (good, problems) = told(text, &mut known());
        assert_eq!(good, 1);
        assert_eq!(problems[0], (2, "level".into(), "field-dir-level"));
        assert_eq!(problems[1].1, "providers");
    }
}
