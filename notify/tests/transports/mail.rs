//! Mail: what is sent, what each answer of the server means, and what is never sent.

use std::time::Duration;

use notify::{Channel, Mail, MailSettings, MailSetupError, Outcome, Tls};

use crate::envelope;
use crate::smtp_server::{Conduct, Do, SmtpServer};

const TO: &str = "truc.ban@so.example";

fn settings(port: u16) -> MailSettings {
    MailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        username: None,
        password: None,
        from_name: "Điều phối sự cố".to_owned(),
        from_address: "dieuphoi@so.example".to_owned(),
        ca_file: None,
        helo: Some("dieuphoi.example".to_owned()),
    }
}

fn mail(port: u16) -> Mail {
    Mail::new(settings(port)).unwrap()
}

/// Gives up soon: for servers that fall silent.
fn hasty(port: u16) -> Mail {
    mail(port).with_timeouts(Duration::from_millis(500), Duration::from_millis(300))
}

fn signed_in(port: u16) -> Mail {
    let (username, password) = (Some("dieuphoi".to_owned()), Some("mat-khau-bi-mat".to_owned()));
    Mail::new(MailSettings { username, password, ..settings(port) }).unwrap()
}

#[track_caller]
fn retry(outcome: Outcome) -> String {
    match outcome {
        Outcome::Retry { why, .. } => why,
        other => panic!("not a retry: {other:?}"),
    }
}

#[track_caller]
fn undeliverable(outcome: Outcome) -> String {
    match outcome {
        Outcome::Undeliverable { why } => why,
        other => panic!("not undeliverable: {other:?}"),
    }
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let server = SmtpServer::start([]).await;
    let outcome = mail(server.port).send(&envelope(1, TO)).await;
    assert_eq!(outcome, Outcome::Sent { reference: Some("2.0.0 queued as 4X1".to_owned()) });

    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].from, "MAIL FROM:<dieuphoi@so.example>");
    assert_eq!(received[0].to, ["RCPT TO:<truc.ban@so.example>"]);
    let header = |name: &str| received[0].header(name).unwrap_or_else(|| panic!("one {name}"));
    assert_eq!(header("Message-ID"), "<delivery-1@dieuphoi.example>");
    assert_eq!(header("In-Reply-To"), "<SC-2026-000001@dieuphoi.example>");
    assert_eq!(header("References"), "<SC-2026-000001@dieuphoi.example>");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("Importance"), "high");
    assert!(header("Content-Type").starts_with("multipart/alternative"));
    assert!(header("To").ends_with("<truc.ban@so.example>"));
    assert!(!header("Date").is_empty());
    assert!(server.commands().contains(&"EHLO dieuphoi.example".to_owned()));
}

#[tokio::test]
async fn one_connection_carries_many_mails() {
    let server = SmtpServer::start([]).await;
    let mail = mail(server.port);
    for n in 1..=5 {
        assert!(matches!(mail.send(&envelope(n, TO)).await, Outcome::Sent { .. }));
    }
    assert_eq!((server.received().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn a_refused_recipient_is_final_and_the_connection_goes_on() {
    let rcpt = Do::Say("550 5.1.1 No such user here");
    let server = SmtpServer::start([Conduct { rcpt, ..Conduct::default() }]).await;
    let mail = mail(server.port);
    let why = undeliverable(mail.send(&envelope(1, TO)).await);
    assert_eq!(why, "the mail server refuses the recipient (550 5.1.1 No such user here)");
    undeliverable(mail.send(&envelope(2, TO)).await);
    assert_eq!(server.connections(), 1);
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn what_each_answer_means() {
    let good = Conduct::default();
    let say = Do::Say;
    for (conduct, is_final) in [
        (Conduct { body: say("554 5.7.1 Message rejected"), ..good }, true),
        (Conduct { data: say("554 5.5.1 No valid recipients"), ..good }, true),
        (Conduct { rcpt: say("553-5.1.3 Bad\r\n553 5.1.3 mailbox syntax"), ..good }, true),
        (Conduct { rcpt: say("451 4.7.1 Greylisted, try again"), ..good }, false),
        (Conduct { rcpt: say("452 4.2.2 Mailbox full"), ..good }, false),
        (Conduct { rcpt: say("421 4.3.2 Shutting down"), ..good }, false),
        (Conduct { rcpt: say("530 5.7.0 Authentication required"), ..good }, false),
        (Conduct { rcpt: say("535 5.7.8 Who are you"), ..good }, false),
        (Conduct { rcpt: say("538 5.7.11 Encryption required"), ..good }, false),
        (Conduct { mail: say("550 5.7.1 Sender refused"), ..good }, false),
        (Conduct { mail: say("530 5.7.0 Must issue a STARTTLS command first"), ..good }, false),
        (Conduct { body: say("452 4.3.1 Disk full"), ..good }, false),
        (Conduct { greeting: say("554 5.3.2 No mail service for you"), ..good }, false),
        (Conduct { greeting: say("421 4.3.2 Too busy"), ..good }, false),
        (Conduct { greeting: say("SSH-2.0-OpenSSH_9.2"), ..good }, false),
        (Conduct { greeting: Do::HangUp, ..good }, false),
        (Conduct { mail: Do::HangUp, ..good }, false),
        (Conduct { rcpt: Do::HangUp, ..good }, false),
        (Conduct { body: Do::HangUp, ..good }, false),
    ] {
        let server = SmtpServer::start([conduct]).await;
        let outcome = mail(server.port).send(&envelope(1, TO)).await;
        let why = if is_final { undeliverable(outcome) } else { retry(outcome) };
        assert!(why.contains("mail"), "{conduct:?}: {why}");
    }
}

#[tokio::test]
async fn silence_is_given_up_and_tried_again() {
    let good = Conduct::default();
    let silent = Do::FallSilent;
    for conduct in [
        Conduct { greeting: silent, ..good },
        Conduct { mail: silent, ..good },
        Conduct { rcpt: silent, ..good },
        Conduct { data: silent, ..good },
        Conduct { body: silent, ..good },
    ] {
        let server = SmtpServer::start([conduct]).await;
        let why = retry(hasty(server.port).send(&envelope(1, TO)).await);
        assert!(why.contains("did not finish within 300ms"), "{why}");
    }
}

/// The trap of a pool that takes back a connection whose send was given up: the next mail reads
/// the answers meant for the one before.
#[tokio::test]
async fn a_given_up_connection_is_never_used_again() {
    let slow = Conduct { body: Do::FallSilent, ..Conduct::default() };
    let server = SmtpServer::start([slow]).await;
    let mail = hasty(server.port);
    retry(mail.send(&envelope(1, TO)).await);
    assert!(matches!(mail.send(&envelope(2, TO)).await, Outcome::Sent { .. }));
    let received = server.received();
    let ids: Vec<_> = received.iter().filter_map(|r| r.header("Message-ID")).collect();
    assert_eq!(ids, ["<delivery-1@dieuphoi.example>", "<delivery-2@dieuphoi.example>"]);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_attempt_that_may_have_arrived_is_repeated_under_the_same_id() {
    let lost = Conduct { body: Do::HangUp, ..Conduct::default() };
    let server = SmtpServer::start([lost]).await;
    let mail = mail(server.port);
    let why = retry(mail.send(&envelope(1, TO)).await);
    assert!(
        why.starts_with("the connection to the mail server broke before the mail was confirmed"),
        "{why}"
    );
    assert!(matches!(mail.send(&envelope(1, TO)).await, Outcome::Sent { .. }));
    let received = server.received();
    assert_eq!(received.len(), 2, "doubled, as SMTP cannot avoid");
    assert_eq!(received[0].header("Message-ID"), received[1].header("Message-ID"));
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced_within_the_attempt() {
    let closes = Conduct { patience: 1, ..Conduct::default() };
    let server = SmtpServer::start([closes]).await;
    let mail = mail(server.port);
    for n in 1..=3 {
        assert!(matches!(mail.send(&envelope(n, TO)).await, Outcome::Sent { .. }), "{n}");
    }
    assert_eq!((server.received().len(), server.connections()), (3, 2));
}

#[tokio::test]
async fn nobody_there_is_a_retry() {
    let free = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let why = retry(mail(free).send(&envelope(1, TO)).await);
    assert!(why.starts_with("the mail server cannot be reached"), "{why}");
    let nowhere =
        MailSettings { host: "khong-co.invalid".to_owned(), tls: Tls::StartTls, ..settings(free) };
    let nowhere =
        Mail::new(nowhere).unwrap().with_timeouts(Duration::from_secs(2), Duration::from_secs(2));
    retry(nowhere.send(&envelope(1, TO)).await);
}

#[tokio::test]
async fn without_starttls_nothing_is_said() {
    let server = SmtpServer::start([]).await;
    let strict = MailSettings { tls: Tls::StartTls, ..settings(server.port) };
    let strict = Mail::new(MailSettings {
        username: Some("dieuphoi".to_owned()),
        password: Some("mat-khau-bi-mat".to_owned()),
        ..strict
    });
    let why = retry(strict.unwrap().send(&envelope(1, TO)).await);
    assert!(why.starts_with("the connection to the mail server cannot be encrypted"), "{why}");
    assert_eq!(server.commands(), ["EHLO dieuphoi.example"], "no AUTH, no MAIL");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_ours_to_repair_and_is_not_repeated_in_words() {
    let echo = "535 5.7.8 AUTH PLAIN AGRpZXVwaG9pAG1hdC1raGF1LWJpLW1hdA== mat-khau-bi-mat is wrong";
    let conduct = Conduct {
        features: "250-thu.example\r\n250 AUTH PLAIN LOGIN",
        auth: Do::Say(echo),
        ..Conduct::default()
    };
    let server = SmtpServer::start([conduct, conduct]).await;
    let mail = signed_in(server.port);
    let why = retry(mail.send(&envelope(1, TO)).await);
    assert_eq!(why, "the mail server refuses our user name or password (535 5.7.8)");
    assert_eq!(mail.check().await, Err(why));
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn sign_in_comes_before_mail() {
    let features = "250-thu.example\r\n250 AUTH PLAIN LOGIN";
    let server = SmtpServer::start([Conduct { features, ..Conduct::default() }; 2]).await;
    let mail = signed_in(server.port);
    assert!(matches!(mail.send(&envelope(1, TO)).await, Outcome::Sent { .. }));
    let commands = server.commands();
    let verbs: Vec<&str> = commands.iter().map(|c| c.split([' ', ':']).next().unwrap()).collect();
    assert_eq!(verbs, ["EHLO", "AUTH", "MAIL", "RCPT", "DATA"]);
    let words = mail.check().await.unwrap();
    assert!(words.ends_with("(this machine only), signed in"), "{words}");
    assert_eq!(server.received().len(), 1, "a check sends nothing");
}

#[tokio::test]
async fn nothing_can_be_injected() {
    let server = SmtpServer::start([]).await;
    let mail = mail(server.port);
    let mut sly = envelope(1, TO);
    sly.to_name = "Lan\r\nBcc: x@evil.example".to_owned();
    sly.letter.subject = "Sự cố\r\nContent-Type: text/html\r\n\r\n<script>".to_owned();
    sly.letter.paragraphs = vec!["a\r\n.\r\nMAIL FROM:<x@evil.example>\r\n".to_owned()];
    assert!(matches!(mail.send(&sly).await, Outcome::Sent { .. }));
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].to, ["RCPT TO:<truc.ban@so.example>"]);
    assert_eq!(received[0].header("Bcc"), None);
    assert!(received[0].header("Content-Type").unwrap().starts_with("multipart/alternative"));

    for address in ["a@b.example>\r\nRCPT TO:<x@evil.example", "\"a\\\r\n\"@b.example", "", "a b@c"]
    {
        let mut bad = envelope(2, TO);
        bad.to_address = address.to_owned();
        undeliverable(mail.send(&bad).await);
    }
    let mut bad = envelope(2, TO);
    bad.message_id = "<a@b>\r\nBcc: x@evil.example".to_owned();
    undeliverable(mail.send(&bad).await);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn settings_that_can_never_work_are_refused_at_start() {
    let base = || settings(25);
    let refused = |settings| Mail::new(settings).err().expect("must be refused");
    for host in ["mail.so.example", "10.0.0.5", "127.0.0.1.evil.example", "0.0.0.0"] {
        let error = refused(MailSettings { host: host.to_owned(), ..base() });
        assert!(matches!(error, MailSetupError::PlaintextAbroad(_)), "{host}");
    }
    for host in ["localhost", "::1", "[::1]", "127.0.0.2"] {
        assert!(Mail::new(MailSettings { host: host.to_owned(), ..base() }).is_ok(), "{host}");
    }
    let error = refused(MailSettings { from_address: "không phải".to_owned(), ..base() });
    assert!(matches!(error, MailSetupError::BadSender(_)));
    let error = refused(MailSettings { username: Some("a".to_owned()), ..base() });
    assert!(matches!(error, MailSetupError::HalfCredentials));
    let error = refused(MailSettings { helo: Some("a\r\nMAIL".to_owned()), ..base() });
    assert!(matches!(error, MailSetupError::BadHelo(_)));
    let missing = Some("/khong/co.pem".into());
    let error = refused(MailSettings { tls: Tls::Implicit, ca_file: missing, ..base() });
    assert!(matches!(error, MailSetupError::CaFile { .. }));
    let secret = MailSettings { password: Some("bi-mat".to_owned()), ..base() };
    assert!(!format!("{secret:?}").contains("bi-mat"));
}

#[test]
fn an_address_that_forms_may_let_in() {
    for good in ["a@xa.example", "dau.moi+1@so-tttt.tinh.example"] {
        assert!(notify::email::is_address(good), "{good}");
    }
    for bad in
        ["a@localhost", "a", "a@b.example\r\n", "Lan <a@b.example>", "a@b.example, c@d.example"]
    {
        assert!(!notify::email::is_address(bad), "{bad}");
    }
}
