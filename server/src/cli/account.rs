//! `dieuphoi account …`: for a new installation, where nobody can sign in yet, and for the day when
//! nobody can any more. It works on the database itself.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::actions::accounts::{self, Details, Linked, Wanted};
use crate::actions::{Ctx, Office, organisations, second_factor};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::directory::OrganisationText;
use crate::domain::ids::AccountId;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::words::{Language, LinkPurpose, OrganisationKind, Role};
use crate::error::Error;
use crate::store::{accounts as store, organisations as organisation_store};
use crate::texts::Texts;

/// Accounts from the command line.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Make an account and print its one-time activation link.
    Add(Add),
    /// List the accounts.
    List(List),
    /// Lock an account at once: sessions, keys and links die, open tasks move.
    Lock(Lock),
    /// Print a one-time link to set a new password, when mail cannot help.
    Reset(Reset),
}

/// `account add`
#[derive(Debug, Args)]
pub struct Add {
    /// What the person may be; several times for several roles.
    #[arg(long = "role", required = true)]
    roles: Vec<Role>,
    /// The official mail address, which is what one signs in with.
    #[arg(long)]
    email: String,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// Key of the organisation.
    #[arg(long)]
    organisation: String,
    /// Makes the organisation under this name when the key is not there yet.
    #[arg(long)]
    organisation_name: Option<String>,
    /// What the new organisation is.
    #[arg(long, default_value = "department")]
    organisation_kind: OrganisationKind,
    /// What the new organisation holds, for example provincial_coordinator.
    #[arg(long, default_value = "")]
    function: String,
    /// The office held.
    #[arg(long, default_value = "")]
    title: String,
    /// Telephone.
    #[arg(long, default_value = "")]
    phone: String,
    /// Language of the person and of what is printed: vi or en.
    #[arg(long, default_value = "vi")]
    language: Language,
}

/// `account list`
#[derive(Debug, Args)]
pub struct List {
    /// Words of name, address or organisation, with or without accents.
    #[arg(default_value = "")]
    words: String,
    /// Language of what is printed: vi or en.
    #[arg(long, default_value = "vi")]
    language: Language,
}

/// `account lock`
#[derive(Debug, Args)]
pub struct Lock {
    /// The account's address.
    #[arg(long)]
    email: String,
    /// Why, for the audit trail.
    #[arg(long)]
    reason: String,
    /// Number of the letter; may follow (Điều 4.3.b).
    #[arg(long, default_value = "")]
    letter: String,
    /// Language of what is printed: vi or en.
    #[arg(long, default_value = "vi")]
    language: Language,
}

/// `account reset`
#[derive(Debug, Args)]
pub struct Reset {
    /// The account's address.
    #[arg(long)]
    email: String,
    /// Also takes the second factor away: device and recovery codes are lost.
    #[arg(long)]
    second_factor: bool,
    /// Language of what is printed: vi or en.
    #[arg(long, default_value = "vi")]
    language: Language,
}

/// Runs the command; the exit code is 1 when the rules said no, with the reason on standard error.
///
/// # Errors
/// The database's.
pub async fn run(args: Account, office: Office) -> anyhow::Result<ExitCode> {
    let (language, done) = match args {
        Account::Add(args) => (args.language, add(args, &office).await),
        Account::List(args) => (args.language, list(args, &office).await),
        Account::Lock(args) => (args.language, lock(args, &office).await),
        Account::Reset(args) => (args.language, reset(args, &office).await),
    };
    match done {
        Ok(text) => {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Err(why @ (Error::Refused(_) | Error::NotFound(_))) => {
            let text = reasons(Texts(language), &why);
            std::io::stderr().lock().write_all(text.as_bytes())?;
            Ok(ExitCode::FAILURE)
        }
        Err(why) => Err(why.into()),
    }
}

/// Why the rules said no, line by line.
fn reasons(t: Texts, why: &Error) -> String {
    let lines: Vec<String> = match why {
        Error::Refused(Refusal::Fields(fields)) => fields
            .iter()
            .map(|bad| format!("{}: {}", bad.field, t.t1(bad.key, "value", &bad.value)))
            .collect(),
        Error::Refused(Refusal::Exists { what }) => vec![t.t1("refusal-exists", "what", what)],
        Error::Refused(refusal) => vec![t.t(&format!("refusal-{}", refusal.code()))],
        _ => vec![t.t("cli-account-unknown")],
    };
    lines.join("\n") + "\n"
}

fn ctx(command: &'static str, language: Language) -> Ctx {
    Ctx { language, ..Ctx::service(command, SystemClock.now()) }
}

async fn add(args: Add, office: &Office) -> Result<String, Error> {
    let ctx = ctx("account add", args.language);
    let (key, now) = (args.organisation.clone(), ctx.now);
    let there = office.db.read(move |c| organisation_store::find_by_key(c, &key, now)).await;
    match (there, args.organisation_name) {
        (Err(Error::NotFound(_)), Some(name)) => {
            let typed = OrganisationText {
                key: args.organisation.clone(),
                name,
                kind: args.organisation_kind.to_string(),
                valid_from: now.local_input().chars().take(10).collect(),
                ..OrganisationText::default()
            };
            organisations::create(office, &ctx, typed, &args.function).await?;
        }
        (Err(Error::NotFound(_)), None) => {
            let bad = FieldError::new("organisation", "field-no-organisation");
            return Err(bad.into());
        }
        (Err(why), _) => return Err(why),
        (Ok(_), _) => {}
    }
    let details = Details {
        organisation: args.organisation,
        name: args.name,
        title: args.title,
        email: args.email,
        phone: args.phone,
        language: args.language.to_string(),
        roles: args.roles.iter().map(|role| role.as_word().to_owned()).collect(),
    };
    let linked = accounts::create(office, &ctx, details).await?;
    Ok(link(Texts(args.language), office, &linked))
}

/// The one-time link, in words that say what it is.
fn link(t: Texts, office: &Office, linked: &Linked) -> String {
    let base = office.config.server.base_url.trim_end_matches('/');
    let key = match linked.purpose {
        LinkPurpose::Activation => "cli-account-activation",
        LinkPurpose::Reset => "cli-account-reset",
    };
    format!("{}\n{base}{}\n", t.t1(key, "email", &linked.account.email), linked.path)
}

async fn list(args: List, office: &Office) -> Result<String, Error> {
    let (t, ctx) = (Texts(args.language), ctx("account list", args.language));
    let mut text = String::new();
    let mut cursor = None;
    loop {
        let wanted = Wanted { q: args.words.clone(), cursor, limit: Some(200) };
        let page = accounts::list(office, &ctx, wanted).await?;
        for one in &page.items {
            let roles: Vec<&str> = one.roles.iter().map(|role| role.as_word()).collect();
            let account = &one.account;
            let state = accounts::state(account);
            text.push_str(&format!(
                "{}\t{}\t{}\t{}\t{}\n",
                account.email,
                account.name,
                one.organisation.key,
                roles.join(","),
                t.t(&format!("account-state-{state}"))
            ));
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    if text.is_empty() { Ok(t.t("accounts-none") + "\n") } else { Ok(text) }
}

/// The account of an address, however it is written.
async fn by_email(office: &Office, email: &str) -> Result<AccountId, Error> {
    let email = email.trim().to_lowercase();
    let found = office.db.read(move |c| store::find_by_email(c, &email)).await?;
    Ok(found.ok_or(Error::NotFound("account"))?.id)
}

async fn lock(args: Lock, office: &Office) -> Result<String, Error> {
    let (t, ctx) = (Texts(args.language), ctx("account lock", args.language));
    let id = by_email(office, &args.email).await?;
    let left = accounts::lock(office, &ctx, id, &args.reason, &args.letter).await?;
    let mut text = t.t("flash-account-locked") + "\n";
    for one in left {
        let to = match one.now {
            Some(name) => t.t1("account-left-to", "name", &name),
            None => t.t("account-left-nobody"),
        };
        text.push_str(&format!("{}: {to}\n", one.incident));
    }
    Ok(text)
}

async fn reset(args: Reset, office: &Office) -> Result<String, Error> {
    let ctx = ctx("account reset", args.language);
    let id = by_email(office, &args.email).await?;
    if args.second_factor {
        second_factor::reset(office, &ctx, id).await?;
    }
    let linked = accounts::reset(office, &ctx, id).await?;
    Ok(link(Texts(args.language), office, &linked))
}
