//! What is read, which source wins, and what is refused in which words.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Config::of(text, "thu.toml", environment.iter().map(own))
        .map_err(|why| why.words(Texts(Language::En)))
}

#[test]
fn nothing_set_is_the_default_and_holds() {
    let config = read("", &[]).unwrap();
    assert_eq!(config.server.listen, "127.0.0.1:8080");
    assert!(config.security.rate_limits, "what is no key of the file keeps its default");
    assert!(config.remarks.is_empty());
}

#[test]
fn the_environment_wins_over_the_file_and_fits_each_kind() {
    let text = "[server]\nlisten = '0.0.0.0:1'\nbase_url = 'https://a.example'\n\
                [mail]\nport = 25\n[database]\nurl_file = '/nowhere'";
    let config = read(
        text,
        &[
            ("DIEUPHOI_SERVER__LISTEN", "127.0.0.1:9"),
            ("DIEUPHOI_SERVER__TRUSTED_PROXIES", "10.0.0.2/32, 10.0.0.3"),
            ("DIEUPHOI_MAIL__PORT", "2525"),
            ("DIEUPHOI_ENGINE__ENABLED", "false"),
            ("DIEUPHOI_PROVINCE__MAIL_CEILING", "AMBER+STRICT"),
            ("DIEUPHOI_DATABASE_URL", "postgres://x@db.example/x"),
            ("DIEUPHOI_MAIL__CA_FILE", ""),
            ("DIEUPHOI_TIME_SCALE", "60"),
            ("DIEUPHOI_TEST_POSTGRES", "x"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.listen, "127.0.0.1:9");
    assert_eq!(config.server.base_url, "https://a.example");
    assert_eq!(config.server.trusted_proxies, ["10.0.0.2/32", "10.0.0.3"]);
    assert_eq!(config.mail.port, 2525);
    assert!(!config.engine.enabled);
    assert_eq!(config.province.mail_ceiling.as_word(), "AMBER+STRICT");
    assert_eq!(config.database.url.reveal(), "postgres://x@db.example/x");
    assert_eq!(config.mail.ca_file, None);
}

#[test]
fn all_slips_are_told_at_once_with_the_nearest_known_key() {
    let text = "lisen = 'x'\n[sever]\nlisten = 'x'\n[log]\nretention_dais = 400\n\
                [mail]\nport = 'many'\n[province]\nmail_ceiling = 'PURPLE'\n\
                [database]\nurl = 5\n[engine]\nenabled = 'yes'";
    let said =
        read(text, &[("DIEUPHOI_SERVER__WORKERZ", "2"), ("DIEUPHOI_EVIDENCE__MAX_FILE_MIB", "-1")])
            .unwrap_err();
    let all = said.join("\n");
    for words in [
        "lisen",
        "server.listen",
        "[sever]",
        "log.retention_dais",
        "log.retention_days",
        "mail.port",
        "PURPLE",
        "AMBER+STRICT",
        "database.url",
        "engine.enabled",
        "DIEUPHOI_SERVER__WORKERZ",
        "server.workers",
        "DIEUPHOI_EVIDENCE__MAX_FILE_MIB",
    ] {
        assert!(all.contains(words), "{words} is not in:\n{all}");
    }
    assert_eq!(said.len(), 9, "{all}");
}

#[test]
fn the_lift_of_rate_limits_is_no_key() {
    let said = read("[security]\nrate_limits = false", &[]).unwrap_err();
    assert!(said[0].contains("security.rate_limits"), "{said:?}");
    assert!(read("", &[("DIEUPHOI_SECURITY__RATE_LIMITS", "false")]).is_err());
}

#[test]
fn what_would_be_unsafe_is_refused() {
    let cases = [
        ("[log]\nretention_days = 29", "Điều 6.1"),
        ("[server]\nlisten = '0.0.0.0:80'", "https"),
        ("[server]\nbase_url = 'ftp://x'", "ftp://x"),
        ("[server]\nbase_url = 'https://x/y'", "https://x/y"),
        ("[server]\nlisten = 'everywhere'", "everywhere"),
        ("[server]\ntrusted_proxies = ['10.0.0.0/33']", "10.0.0.0/33"),
        ("[server]\nmetrics_from = ['home']", "home"),
        ("[database]\nurl = 'mysql://x'", "database.url"),
        (
            "[mail]\nhost = 'mail.example'\ntls = 'none'\nfrom_address = 'a@b.example'",
            "mail.example",
        ),
        ("[mail]\ntls = 'maybe'", "starttls, implicit, none"),
        ("[mail]\nhost = 'mail.example'\nfrom_address = 'nobody'", "nobody"),
        (
            "[mail]\nhost = 'mail.example'\nfrom_address = 'a@b.example'\nusername = 'dieuphoi'",
            "deploy/secrets/mail_password",
        ),
        ("[log]\nformat = 'xml'", "json, text"),
        ("[log]\nlevel = 'info,,=='", "log.level"),
        ("[province]\nregime = 'vn-1999'", "vn-2017"),
        ("[security]\nsession_hours = 0", "security.session_hours"),
        ("[security]\ntracking_days = 99999999999", "security.tracking_days"),
        ("[evidence]\nmax_file_mib = 100", "evidence.max_file_mib"),
    ];
    for (text, words) in cases {
        let said = read(text, &[]).unwrap_err();
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert!(said[0].contains(words), "{text}: {said:?}");
    }
    let mail = "[mail]\nhost = 'localhost'\ntls = 'none'\nfrom_address = 'a@b.example'";
    assert!(read(mail, &[]).is_ok(), "plain mail to this machine is fine");
    let relay = "[mail]\nhost = 'mail.example'\nfrom_address = 'a@b.example'\nusername = ''";
    assert!(read(relay, &[]).is_ok(), "a relay that asks for no password is fine");
}

#[test]
fn what_is_wrong_is_said_once_in_each_language() {
    let half = "[mail]\nhost = 'mail.example'\nfrom_address = 'a@b.example'\nusername = 'dieuphoi'";
    let said = Config::of(half, "thu.toml", []).unwrap_err().to_string();
    assert_eq!(said.matches("mail.password:").count(), 2, "{said}");
    let (vi, en) = (said.find("mật khẩu"), said.find("without a password"));
    assert!(vi.is_some() && vi < en, "Vietnamese first: {said}");
}

#[test]
fn broken_toml_says_where() {
    let said = read("[server]\nlisten = ", &[]).unwrap_err();
    assert!(said[0].contains("thu.toml") && said[0].contains("line 2"), "{said:?}");
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail_password");
    std::fs::write(&file, "  bí mật của thư \n").unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        "[mail]\nhost = 'mail.example'\nfrom_address = 'a@b.example'\nusername = 'u'\n\
         password = 'khac'\npassword_file = '{}'\n\
         [database]\nurl = 'postgres://u:matkhau@db.example/x'\n[telegram]\ntoken = '1:AbC'",
        file.display()
    );
    let config = read(&text, &[]).unwrap();
    assert_eq!(config.mail.password.reveal(), "bí mật của thư");
    assert!(config.remarks.is_empty());
    for shown in [config.shown(), format!("{config:?}")] {
        for secret in ["bí mật", "khac", "matkhau", "1:AbC"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("mail.example"));
    }

    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let open = read(&text, &[]).unwrap();
    assert!(open.remarks[0].words(Texts(Language::En)).contains("mail_password"));
    std::fs::remove_file(&file).unwrap();
    let said = read(&text, &[]).unwrap_err();
    assert!(said[0].contains("mail.password_file"), "{said:?}");
}

#[test]
fn every_key_is_documented_in_the_example_and_every_example_is_a_key() {
    let text = include_str!("../../../../deploy/dieuphoi.toml");
    let mut section = "";
    let mut documented = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches("# ").trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((key, _)) = line.split_once(" = ") {
            documented.push(format!("{section}.{key}"));
        }
    }
    let missing: Vec<_> =
        Config::keys().into_iter().filter(|key| !documented.contains(key)).collect();
    assert_eq!(missing, Vec::<String>::new(), "not in deploy/dieuphoi.toml");
    let secrets =
        [("DIEUPHOI_MAIL__PASSWORD", "x"), ("DIEUPHOI_SERVER__BASE_URL", "https://a.example")];
    for example in [text, include_str!("../../../../deploy/compose.toml")] {
        read(example, &secrets).unwrap();
    }
}
