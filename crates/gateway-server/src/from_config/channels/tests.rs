use std::path::Path;
use std::time::Duration;

use openclaw_channels::access::{DmPolicy, GroupPolicy};
use openclaw_channels::telegram::{Receive, ReplyMode, TelegramOptions};
use openclaw_channels::webhook::WebhookOptions;
use openclaw_config::{Env, check_text};
use openclaw_policy::session_key::DmScope;
use secrecy::ExposeSecret as _;

use super::channels;
use crate::channels::options::{ChannelMake, ChannelOptions};

fn read_with(text: &str, env: &[(&str, &str)]) -> ChannelOptions {
    let env = env
        .iter()
        .fold(Env::empty(), |env, (name, value)| env.with(name, *value));
    let loaded = check_text(Path::new("/x/openclaw.json"), text.to_owned(), &env).unwrap();
    channels(&loaded, &|_| Ok("77:from-a-command".to_owned().into()))
}

fn read(text: &str) -> ChannelOptions {
    read_with(text, &[])
}

fn telegram(options: &ChannelOptions, at: usize) -> &TelegramOptions {
    match options.accounts[at].make.as_ref().unwrap() {
        ChannelMake::Telegram(options) => options,
        other => panic!("{other:?}"),
    }
}

fn webhook(options: &ChannelOptions, at: usize) -> &WebhookOptions {
    match options.accounts[at].make.as_ref().unwrap() {
        ChannelMake::Webhook(options) => options,
        other => panic!("{other:?}"),
    }
}

fn token(options: &ChannelOptions, at: usize) -> String {
    telegram(options, at).token.0.expose_secret().to_owned()
}

#[test]
fn without_the_section_there_is_no_channel_even_with_a_token() {
    let options = read_with("{}", &[("TELEGRAM_BOT_TOKEN", "1:a")]);
    assert_eq!(options, ChannelOptions::default());
}

#[test]
fn one_bot_is_the_default_account() {
    let options = read(
        r#"{ session: { dmScope: "per-peer" }, channels: { telegram: {
            enabled: true, botToken: "1:abc", dmPolicy: "allowlist", allowFrom: [42, "tg:43"],
            groupPolicy: "open", groups: { "-100": { requireMention: false, allowFrom: ["9"] } },
            apiRoot: "http://127.0.0.1:9", textChunkLimit: 9000, replyToMode: "first",
            mediaMaxMb: 1, timeoutSeconds: 7, streaming: "partial", linkPreview: false,
        } } }"#,
    );
    assert_eq!(options.problems, Vec::<String>::new());
    assert_eq!(options.dm_scope, DmScope::PerPeer);
    let account = &options.accounts[0];
    assert_eq!(
        (account.channel.as_str(), account.account.as_str()),
        ("telegram", "default")
    );
    assert!(account.is_enabled && account.streams);
    assert_eq!(account.token_source, "config");
    assert_eq!(account.access.dm, DmPolicy::Allowlist);
    assert!(account.access.allow_from.names("42") && account.access.allow_from.names("43"));
    assert_eq!(account.access.group, GroupPolicy::Open);
    let group = &account.access.groups["-100"];
    assert_eq!(group.require_mention, Some(false));
    assert!(group.allow_from.as_ref().unwrap().names("9"));
    let bot = telegram(&options, 0);
    assert_eq!(bot.api_root.as_str(), "http://127.0.0.1:9/");
    assert_eq!((bot.text_limit, bot.media_max_bytes), (4096, 1024 * 1024));
    assert_eq!(
        (bot.timeout, bot.reply_mode),
        (Duration::from_secs(7), ReplyMode::First)
    );
    assert_eq!(bot.receive, Receive::Polling);
    assert!(!bot.link_preview && bot.commands.iter().any(|one| one.command == "help"));
}

#[test]
fn a_token_comes_from_the_file_the_variable_or_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, " 5:from-file\n").unwrap();
    let text = format!(
        r#"{{ channels: {{ telegram: {{ tokenFile: "{}", botToken: "6:b" }} }} }}"#,
        file.display()
    );
    let options = read(&text);
    assert_eq!(token(&options, 0), "5:from-file");
    assert_eq!(options.accounts[0].token_source, "tokenFile");
    let options = read_with(
        "{ channels: { telegram: {} } }",
        &[("TELEGRAM_BOT_TOKEN", "7:env")],
    );
    assert_eq!(token(&options, 0), "7:env");
    assert_eq!(options.accounts[0].token_source, "env");
}

#[test]
fn accounts_take_what_the_section_says_but_no_secret_of_another() {
    let options = read_with(
        r#"{ channels: { telegram: { dmPolicy: "disabled", botToken: "1:base",
            accounts: { Work: { botToken: "2:work", dmPolicy: "pairing", name: "Work bot" },
                        bare: {}, off: { enabled: false } } } } }"#,
        &[("TELEGRAM_BOT_TOKEN", "9:env")],
    );
    let names: Vec<&str> = options
        .accounts
        .iter()
        .map(|one| one.account.as_str())
        .collect();
    assert_eq!(names, ["default", "work", "bare", "off"]);
    assert_eq!(token(&options, 0), "1:base");
    assert_eq!(token(&options, 1), "2:work");
    assert_eq!(options.accounts[0].access.dm, DmPolicy::Disabled);
    assert_eq!(options.accounts[1].access.dm, DmPolicy::Pairing);
    assert_eq!(options.accounts[1].name.as_deref(), Some("Work bot"));
    let why = options.accounts[2].make.clone().unwrap_err();
    assert!(
        why.contains("channels.telegram.accounts.bare.botToken"),
        "{why}"
    );
    assert!(!options.accounts[3].is_enabled);
    // What is switched off is not complained about.
    assert_eq!(options.problems.len(), 1, "{:?}", options.problems);
}

#[test]
fn a_bot_that_is_called_needs_a_secret_and_an_address() {
    let options = read(
        r#"{ channels: { telegram: { accounts: {
            a: { botToken: "1:a", webhookUrl: "https://example.com/t", webhookSecret: "s-e_c" },
            b: { botToken: "2:b", webhookUrl: "https://example.com/t" },
            c: { botToken: "3:c", webhookUrl: "https://example.com/t", webhookSecret: "no spaces" },
            d: { botToken: "4:d", webhookUrl: "http://example.com/t", webhookSecret: "s" },
            e: { botToken: "5:e", webhookUrl: "https://example.com/t", webhookSecret: "s",
                 webhookPath: "/health" } } } } }"#,
    );
    let Receive::Webhook { path, .. } = &telegram(&options, 0).receive else {
        panic!("polls")
    };
    assert_eq!(path, "/telegram-webhook/a");
    for (at, part) in [
        (1, "webhookSecret is missing"),
        (2, "at most 256 letters"),
        (3, "plain http"),
        (4, "no path that can be called"),
    ] {
        let why = options.accounts[at].make.clone().unwrap_err();
        assert!(why.contains(part), "{why}");
        assert!(!why.contains("no spaces"), "{why}");
    }
}

#[test]
fn a_mistake_is_named_and_lets_nobody_in() {
    let options = read(
        r#"{ session: { dmScope: "each" }, channels: { signal: {}, telegram: {
            botToken: "1:abc", dmPolicy: "everybody", groupPolicy: "all", allowFrom: ["@ann", {}],
            replyToMode: "some", streaming: "often" } } }"#,
    );
    let account = &options.accounts[0];
    assert_eq!(account.access.dm, DmPolicy::Disabled);
    assert_eq!(account.access.group, GroupPolicy::Disabled);
    assert!(account.access.allow_from.ids.is_empty());
    let told = options.problems.join("\n");
    for part in [
        "session.dmScope: `each`",
        "channels.signal",
        "dmPolicy: `everybody`",
        "groupPolicy: `all`",
        "allowFrom: `@ann`",
        "replyToMode: `some`",
        "streaming: expected",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let open = read(r#"{ channels: { telegram: { botToken: "1:a", dmPolicy: "open" } } }"#);
    assert!(open.problems[0].contains("needs allowFrom"), "{open:?}");
}

#[test]
fn no_token_that_would_change_an_address() {
    for token in ["abc", "1:a/../b", "x:y", "1:", ":a", "1:a b", "1:a?x"] {
        let text = format!(r#"{{ channels: {{ telegram: {{ botToken: "{token}" }} }} }}"#);
        let options = read(&text);
        let why = options.accounts[0].make.clone().unwrap_err();
        assert!(why.contains("the bot token is none"), "{why}");
    }
    let options = read(
        r#"{ channels: { telegram: { botToken: "1:a", apiRoot: "http://user:pw@api.example.com" } } }"#,
    );
    let why = options.accounts[0].make.clone().unwrap_err();
    assert!(why.contains("plain http") && !why.contains("pw"), "{why}");
}

#[test]
fn the_same_token_or_path_twice_is_one_too_many() {
    let options = read(
        r#"{ channels: { telegram: { accounts: { a: { botToken: "1:a" }, b: { botToken: "1:a" } } },
            webhook: { accounts: { x: { secret: "0123456789abcdef", path: "/in" },
                                   y: { secret: "0123456789abcdef", path: "/in" } } } } }"#,
    );
    let told = options.problems.join("\n");
    assert!(
        told.contains("(b): another account has the same token"),
        "{told}"
    );
    assert!(
        told.contains("(y): another account is called at /in"),
        "{told}"
    );
    assert!(options.accounts[0].make.is_ok() && options.accounts[2].make.is_ok());
}

#[test]
fn a_program_signs_with_a_secret_that_is_long_enough() {
    let options = read(
        r#"{ channels: { webhook: { secret: "0123456789abcdef", dmPolicy: "open",
            allowFrom: ["*"], deliverTo: "http://127.0.0.1:7/in" } } }"#,
    );
    assert_eq!(options.problems, Vec::<String>::new());
    let hook = webhook(&options, 0);
    assert_eq!(hook.path, "/channels/webhook");
    assert_eq!(
        hook.deliver_to.as_ref().unwrap().as_str(),
        "http://127.0.0.1:7/in"
    );
    for (text, part) in [
        (r#"{ secret: "short" }"#, "at least 16 bytes"),
        ("{}", "secret is missing"),
        (
            r#"{ secret: "0123456789abcdef", deliverTo: "ftp://x" }"#,
            "expected an address with https",
        ),
        (
            r#"{ secret: "0123456789abcdef", proxy: "nowhere" }"#,
            "no address of a proxy",
        ),
    ] {
        let options = read(&format!("{{ channels: {{ webhook: {text} }} }}"));
        let why = options.accounts[0].make.clone().unwrap_err();
        assert!(why.contains(part), "{text}: {why}");
    }
}
