//! Where secret references lead.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use openclaw_config::secrets::{FoundSecret, SecretCommand, SecretError, Secrets};
use openclaw_config::{Loaded, load};
use secrecy::ExposeSecret as _;

use crate::home::Home;

const AT: &str = "gateway.auth.token";

fn resolve(loaded: &Loaded) -> Result<FoundSecret, SecretError> {
    let input = loaded
        .config
        .gateway
        .auth
        .token
        .as_ref()
        .expect("every row configures it");
    Secrets::of(loaded).resolve(input, AT)
}

fn ready(found: FoundSecret) -> String {
    match found {
        FoundSecret::Ready(secret) => secret.expose_secret().to_owned(),
        FoundSecret::Command(command) => panic!("{command:?}"),
    }
}

/// A home whose token is this reference, with these providers.
fn home(reference: &str, providers: &str) -> Home {
    Home::with(&format!(
        "{{gateway: {{auth: {{token: {reference}}}}}, secrets: {{providers: {{{providers}}}, defaults: {{file: 'files'}}}}}}"
    ))
}

#[test]
fn variables_and_files_give_their_secret() {
    for (reference, providers, expected) in [
        ("'inline'", "", "inline"),
        ("'${TOK}'", "", "from-env"),
        (
            "{source: 'env', provider: 'default', id: 'TOK'}",
            "",
            "from-env",
        ),
        ("{source: 'env', id: 'TOK'}", "", "from-env"),
        (
            "{source: 'file', provider: 'f', id: '/a/b~1c'}",
            "f: {source: 'file', path: '~/secrets.json'}",
            "in-json",
        ),
        (
            "{source: 'file', id: '/a/b~1c'}",
            "files: {source: 'file', path: '~/secrets.json', mode: 'jsonPointer'}",
            "in-json",
        ),
        (
            "{source: 'file', provider: 'f', id: 'value'}",
            "f: {source: 'file', path: '~/token', mode: 'singleValue'}",
            "in-file",
        ),
    ] {
        let home = home(reference, providers);
        std::fs::write(
            home.path().join("secrets.json"),
            r#"{"a": {"b/c": "in-json"}}"#,
        )
        .unwrap();
        std::fs::write(home.path().join("token"), "in-file\n").unwrap();
        let loaded = load(&home.config(), &home.env.clone().with("TOK", "from-env")).unwrap();
        assert_eq!(ready(resolve(&loaded).unwrap()), expected, "{reference}");
    }
}

#[test]
fn what_is_unavailable_says_where_and_why_and_shows_nothing() {
    for (reference, providers, expected) in [
        ("'${TOK}'", "", "environment variable TOK is not set"),
        (
            "{source: 'env', id: 'TOK'}",
            "",
            "environment variable TOK is not set",
        ),
        (
            "{source: 'store', id: 'X'}",
            "",
            "source \"store\" are not supported",
        ),
        (
            "{source: 'file', provider: 'f', id: '/a'}",
            "",
            "secrets.providers.f is not configured",
        ),
        (
            "{source: 'file', provider: 'f', id: '/a'}",
            "f: {source: 'exec'}",
            "its source is \"exec\"",
        ),
        (
            "{source: 'file', provider: 'f', id: '/a'}",
            "f: {source: 'file'}",
            "path: path is required",
        ),
        (
            "{source: 'file', provider: 'f', id: '/a'}",
            "f: {source: 'file', path: '~/none'}",
            "cannot read secret file",
        ),
        (
            "{source: 'file', provider: 'f', id: '/none'}",
            "f: {source: 'file', path: '~/secrets.json'}",
            "it has no /none",
        ),
        (
            "{source: 'file', provider: 'f', id: '/n'}",
            "f: {source: 'file', path: '~/secrets.json'}",
            "/n is no string",
        ),
        (
            "{source: 'file', provider: 'f', id: '/e'}",
            "f: {source: 'file', path: '~/secrets.json'}",
            "the secret is empty",
        ),
        (
            "{source: 'file', provider: 'f', id: '/a'}",
            "f: {source: 'file', path: '~/bad.json'}",
            "it is no JSON",
        ),
        (
            "{source: 'file', provider: 'f', id: '/a'}",
            "f: {source: 'file', path: '~/secrets.json', mode: 'singleValue'}",
            "whose id is \"value\"",
        ),
        (
            "{source: 'file', provider: 'f', id: '/a'}",
            "f: {source: 'file', path: '~/open.json'}",
            "others may write it",
        ),
        (
            "{source: 'exec', provider: 'x', id: 'a'}",
            "x: {source: 'exec', command: 'relative'}",
            "expected an absolute path",
        ),
        (
            "{source: 'exec', provider: 'x', id: 'a'}",
            "x: {source: 'exec', command: '/none/such'}",
            "No such file",
        ),
        (
            "{source: 'exec', provider: 'x', id: 'a'}",
            "x: {source: 'exec', command: '~/link'}",
            "it is a link",
        ),
        (
            "{source: 'exec', provider: 'x', id: 'a'}",
            "x: {source: 'exec', command: '~/open.json'}",
            "others may write it",
        ),
        (
            "{source: 'exec', provider: 'x', id: 'a'}",
            "x: {source: 'exec', command: '~'}",
            "it is no file",
        ),
        (
            "{source: 'exec', provider: 'x', id: 'a'}",
            "x: {source: 'exec', command: '~/tool', trustedDirs: ['/usr']}",
            "outside trustedDirs",
        ),
    ] {
        let home = home(reference, providers);
        let in_home = |name: &str| home.path().join(name);
        std::fs::write(
            in_home("secrets.json"),
            r#"{"a": "hunter2", "n": 5, "e": " "}"#,
        )
        .unwrap();
        std::fs::write(in_home("bad.json"), "hunter2").unwrap();
        std::fs::write(in_home("open.json"), r#"{"a": "hunter2"}"#).unwrap();
        std::fs::write(in_home("tool"), "").unwrap();
        let open = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(in_home("open.json"), open).unwrap();
        std::os::unix::fs::symlink(in_home("tool"), in_home("link")).unwrap();
        let error = resolve(&home.load()).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected), "{reference} {providers}: {error}");
        assert!(error.to_string().starts_with(AT), "{error}");
        assert_eq!(error.at(), AT);
        assert!(!text.contains("hunter2"), "{text}");
    }
}

fn command(provider: &str) -> (SecretCommand, PathBuf) {
    let home = home("{source: 'exec', provider: 'x', id: 'gw/token'}", provider);
    let tool = home.path().join("tool");
    std::fs::write(&tool, "").expect("a provider that is right");
    std::os::unix::fs::symlink(&tool, home.path().join("link")).expect("a provider that is right");
    let loaded = load(
        &home.config(),
        &home.env.with("VAULT", "v").with("OTHER", "o"),
    )
    .expect("a provider that is right");
    match resolve(&loaded).expect("a provider that is right") {
        FoundSecret::Command(command) => (
            command,
            std::fs::canonicalize(tool).expect("a provider that is right"),
        ),
        FoundSecret::Ready(_) => panic!("a command was configured"),
    }
}

#[test]
fn a_command_is_described_and_gets_nothing_it_was_not_given() {
    let (command, tool) = command(
        "x: {source: 'exec', command: '~/link', allowSymlinkCommand: true, args: ['-p', 'a b'], passEnv: ['VAULT', 'NONE'], env: {FIXED: '1'}, timeoutMs: 250, maxOutputBytes: 10}",
    );
    assert_eq!(command.program, tool);
    assert_eq!(command.args, ["-p", "a b"]);
    assert_eq!(
        command.env,
        [
            ("VAULT".to_owned(), "v".into()),
            ("FIXED".to_owned(), "1".into())
        ]
    );
    assert_eq!(
        command.stdin,
        r#"{"protocolVersion":1,"provider":"x","ids":["gw/token"]}"#
    );
    assert_eq!(
        (command.timeout.as_millis(), command.max_output_bytes),
        (250, 10)
    );
}

#[test]
fn an_answer_is_read_by_the_rules_of_the_protocol() {
    let (strict, _) = command("x: {source: 'exec', command: '~/tool'}");
    let (loose, _) = command("x: {source: 'exec', command: '~/tool', jsonOnly: false}");
    let good = r#"{"protocolVersion":1,"values":{"gw/token":" s3cret "}}"#;
    for command in [&strict, &loose] {
        assert_eq!(
            command.read(good.as_bytes()).unwrap().expose_secret(),
            "s3cret"
        );
    }
    assert_eq!(loose.read(b"s3cret\n").unwrap().expose_secret(), "s3cret");
    assert_eq!(loose.read(b"\"s3cret\"").unwrap().expose_secret(), "s3cret");
    assert_eq!(loose.read(b"123456").unwrap().expose_secret(), "123456");
    for (answer, expected) in [
        (&b"s3cret"[..], "its answer is no JSON object"),
        (b"\"s3cret\"", "its answer is no JSON object"),
        (b"\xff", "its answer is no UTF-8"),
        (
            br#"{"values":{"gw/token":"s3cret"}}"#,
            "its answer has no protocolVersion 1",
        ),
        (
            br#"{"protocolVersion":1,"values":{"other":"s3cret"}}"#,
            "its answer has no gw/token",
        ),
        (
            br#"{"protocolVersion":1,"values":{"gw/token":7}}"#,
            "its answer has no gw/token",
        ),
        (
            br#"{"protocolVersion":1,"values":{"gw/token":""}}"#,
            "the secret is empty",
        ),
        (
            br#"{"protocolVersion":1,"values":{},"errors":{"gw/token":{"message":"sealed"}}}"#,
            "gw/token: sealed",
        ),
    ] {
        let error = strict.read(answer).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(
            error.starts_with(AT) && !error.contains("s3cret"),
            "{error}"
        );
    }
}
