//! The truth table of credentials: what is sent, from where, and what disagrees.

use openclaw_config::Source;
use openclaw_remote::{Chosen, SecretValue, TargetRefused};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::target::Home;

/// A secret and where it came from.
type Shown = Option<(String, String)>;

fn shown(chosen: Option<&Chosen>) -> Shown {
    chosen.map(|chosen| {
        let SecretValue::Ready(secret) = &chosen.value else {
            panic!("{chosen:?}")
        };
        (secret.expose_secret().to_owned(), chosen.from.to_string())
    })
}

fn chosen(home: &Home) -> (Shown, Shown) {
    let credentials = home.resolve().unwrap().credentials;
    (
        shown(credentials.token.as_ref()),
        shown(credentials.password.as_ref()),
    )
}

fn pair(value: &str, from: &str) -> Shown {
    Some((value.to_owned(), from.to_owned()))
}

fn both_env(home: Home) -> Home {
    home.env("OPENCLAW_GATEWAY_TOKEN", "env-t")
        .env("OPENCLAW_GATEWAY_PASSWORD", "env-p")
}

fn config(mode: &str, auth: Value, remote: Value) -> Home {
    Home::new(json!({"gateway": {"mode": mode, "auth": auth, "remote": remote}}))
}

fn secrets(name: &str) -> Value {
    json!({"token": format!("{name}-t"), "password": format!("{name}-p")})
}

fn remote_secrets() -> Value {
    let mut remote = secrets("rem");
    remote["url"] = "wss://gate.example".into();
    remote
}

#[test]
fn on_this_machine_the_configuration_comes_first() {
    let all = || both_env(config("local", secrets("cfg"), remote_secrets()));
    assert_eq!(
        chosen(&all()),
        (
            pair("cfg-t", "config gateway.auth.token"),
            pair("cfg-p", "config gateway.auth.password")
        )
    );
    let env = both_env(config("local", json!({}), remote_secrets()));
    assert_eq!(
        chosen(&env),
        (
            pair("env-t", "env OPENCLAW_GATEWAY_TOKEN"),
            pair("env-p", "env OPENCLAW_GATEWAY_PASSWORD")
        )
    );
    let mixed = config("local", json!({"token": "cfg-t"}), json!({}))
        .env("OPENCLAW_GATEWAY_PASSWORD", "env-p");
    assert_eq!(
        chosen(&mixed),
        (
            pair("cfg-t", "config gateway.auth.token"),
            pair("env-p", "env OPENCLAW_GATEWAY_PASSWORD")
        )
    );
}

#[test]
fn secrets_of_the_remote_gateway_serve_here_only_when_there_is_no_other() {
    let only = config("local", json!({}), remote_secrets());
    assert_eq!(
        chosen(&only),
        (
            pair("rem-t", "config gateway.remote.token"),
            pair("rem-p", "config gateway.remote.password")
        )
    );
    let one = config("local", json!({"token": "cfg-t"}), remote_secrets());
    assert_eq!(
        chosen(&one),
        (pair("cfg-t", "config gateway.auth.token"), None),
        "the other Gateway's password stays at home"
    );
}

#[test]
fn for_the_remote_gateway_its_own_token_comes_first_and_the_environments_password() {
    let all = || both_env(config("remote", secrets("cfg"), remote_secrets()));
    assert_eq!(
        chosen(&all()),
        (
            pair("rem-t", "config gateway.remote.token"),
            pair("env-p", "env OPENCLAW_GATEWAY_PASSWORD")
        )
    );
    let bare = json!({"url": "wss://gate.example"});
    let env = both_env(config("remote", secrets("cfg"), bare.clone()));
    assert_eq!(chosen(&env).0, pair("env-t", "env OPENCLAW_GATEWAY_TOKEN"));
    let auth = config("remote", secrets("cfg"), bare);
    assert_eq!(
        chosen(&auth),
        (
            pair("cfg-t", "config gateway.auth.token"),
            pair("cfg-p", "config gateway.auth.password")
        )
    );
    let own = config("remote", secrets("cfg"), remote_secrets());
    assert_eq!(
        chosen(&own).1,
        pair("rem-p", "config gateway.remote.password")
    );
}

#[test]
fn one_flag_alone_is_all_that_is_sent() {
    for mode in ["local", "remote"] {
        let home = both_env(config(mode, secrets("cfg"), remote_secrets())).token(" flag-t ");
        assert_eq!(chosen(&home), (pair("flag-t", "--token"), None), "{mode}");
    }
}

#[test]
fn a_url_by_hand_takes_nothing_that_was_not_given_with_it() {
    for url in ["wss://gate.example", "ws://127.0.0.1:18789"] {
        let home = both_env(config("remote", secrets("cfg"), remote_secrets())).url(url);
        assert!(
            matches!(
                home.resolve(),
                Err(TargetRefused::UrlNeedsCredentials { .. })
            ),
            "{url}"
        );
        assert_eq!(
            chosen(&home.token("flag-t")),
            (pair("flag-t", "--token"), None)
        );
    }
}

#[test]
fn a_url_of_the_environment_takes_nothing_from_the_configuration() {
    let home = config("remote", secrets("cfg"), remote_secrets())
        .env("OPENCLAW_GATEWAY_URL", "wss://gate.example");
    assert!(matches!(
        home.resolve(),
        Err(TargetRefused::UrlNeedsCredentials { .. })
    ));
    let home = home.env("OPENCLAW_GATEWAY_PASSWORD", "env-p");
    assert_eq!(
        chosen(&home),
        (None, pair("env-p", "env OPENCLAW_GATEWAY_PASSWORD"))
    );
}

#[test]
fn what_disagrees_is_told_and_what_agrees_is_not() {
    let home = both_env(config("local", secrets("cfg"), json!({})));
    let token = home.resolve().unwrap().credentials.token.unwrap();
    assert_eq!(token.disagreeing, [Source::Env("OPENCLAW_GATEWAY_TOKEN")]);
    assert!(!format!("{token:?}").contains("cfg-t"));
    let same = config("local", secrets("env"), json!({}));
    let token = both_env(same).resolve().unwrap().credentials.token.unwrap();
    assert_eq!(token.disagreeing, []);
}

#[test]
fn an_unavailable_secret_is_an_error_only_if_nothing_else_is_there() {
    let reference = json!({"token": {"source": "env", "id": "NOT_SET"}});
    let home = config("local", reference.clone(), json!({}));
    let refused = home.resolve().unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("gateway.auth.token is configured"),
        "{refused}"
    );
    assert!(refused.cause().unwrap().contains("NOT_SET"), "{refused}");
    let home = home.env("OPENCLAW_GATEWAY_TOKEN", "env-t");
    assert_eq!(chosen(&home).0, pair("env-t", "env OPENCLAW_GATEWAY_TOKEN"));
    let by_hand = config("local", reference.clone(), json!({})).token("flag-t");
    assert_eq!(chosen(&by_hand).0, pair("flag-t", "--token"));
    let elsewhere = config("local", reference, remote_secrets());
    assert!(
        elsewhere.resolve().is_err(),
        "a secret for here is not replaced by one for elsewhere"
    );
}

#[test]
fn a_secret_file_is_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("secrets.json");
    std::fs::write(&path, r#"{"gateway": {"token": "file-t"}}"#).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let home = Home::new(json!({
        "gateway": {"auth": {"token": {"source": "file", "provider": "vault", "id": "/gateway/token"}}},
        "secrets": {"providers": {"vault": {"source": "file", "path": path}}},
    }));
    assert_eq!(chosen(&home).0, pair("file-t", "config gateway.auth.token"));
}
