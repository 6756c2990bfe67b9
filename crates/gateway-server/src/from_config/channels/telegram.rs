//! `channels.telegram`

use std::fs::File;
use std::io::Read as _;
use std::time::Duration;

use openclaw_agent::slash::COMMANDS;
use openclaw_channels::telegram::{BotCommand, Receive, ReplyMode, TelegramOptions, Token};
use openclaw_config::Loaded;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{Account, Reader, accounts, common, hook_path, proxy, web};
use crate::channels::options::{ChannelMake, ChannelOptions};

/// The variable that holds the token of the account `default`.
const VARIABLE: &str = "TELEGRAM_BOT_TOKEN";
/// Bytes of a file that holds a token.
const MAX_TOKEN_FILE: u64 = 4096;

pub(super) fn read(
    reader: &Reader<'_>,
    loaded: &Loaded,
    section: Option<&Value>,
    options: &mut ChannelOptions,
) {
    let section = match section {
        // Without the section the channel is not wanted, even if the variable is there.
        None | Some(Value::Null) => return,
        Some(Value::Object(section)) => section,
        Some(_) => {
            let problem = "channels.telegram: expected an object".to_owned();
            return options.problems.push(problem);
        }
    };
    let problems = &mut options.problems;
    for account in accounts("telegram", section, &["botToken", "tokenFile"], problems) {
        let (source, found) = token(reader, loaded, &account);
        let make = found.and_then(|token| {
            let options = bot(reader, &account, token, problems)?;
            Ok(ChannelMake::Telegram(Box::new(options)))
        });
        let account = common("telegram", &account, source, make, problems);
        options.accounts.push(account);
    }
}

fn token(
    reader: &Reader<'_>,
    loaded: &Loaded,
    account: &Account<'_>,
) -> (&'static str, Result<SecretString, String>) {
    let at = &account.at;
    let (source, found) = if let Some(file) = account.only("tokenFile").and_then(super::said) {
        let read = file_text(file).map(Some);
        let read = read.map_err(|error| format!("{at}.tokenFile: {file}: {error}"));
        ("tokenFile", read)
    } else if let Some(value) = account.only("botToken").filter(|value| !value.is_null()) {
        ("config", reader.secret(value, &format!("{at}.botToken")))
    } else if account.is_default() {
        let found = loaded.env.text(VARIABLE).map(|text| text.to_owned().into());
        ("env", Ok(found))
    } else {
        ("none", Ok(None))
    };
    let missing = || {
        let variable = if account.is_default() {
            "TELEGRAM_BOT_TOKEN or "
        } else {
            ""
        };
        format!("Telegram bot token missing. Set {variable}{at}.botToken.")
    };
    match found {
        Err(why) => (source, Err(why)),
        Ok(None) => ("none", Err(missing())),
        Ok(Some(token)) => {
            let trimmed = token.expose_secret().trim();
            match trimmed.split_once(':') {
                Some((id, rest))
                    if !id.is_empty()
                        && id.bytes().all(|byte| byte.is_ascii_digit())
                        && !rest.is_empty()
                        && rest.bytes().all(|byte| {
                            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
                        }) =>
                {
                    (source, Ok(trimmed.to_owned().into()))
                }
                // A token stands in addresses: nothing else may.
                _ => {
                    let why = "the bot token is none: BotFather gives one like 123456:ABC…";
                    (source, Err(why.to_owned()))
                }
            }
        }
    }
}

fn file_text(path: &str) -> std::io::Result<SecretString> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    let mut text = String::new();
    file.take(MAX_TOKEN_FILE).read_to_string(&mut text)?;
    Ok(text.into())
}

fn bot(
    reader: &Reader<'_>,
    account: &Account<'_>,
    token: SecretString,
    problems: &mut Vec<String>,
) -> Result<TelegramOptions, String> {
    let at = &account.at;
    let mut options = TelegramOptions::new(account.id.as_str(), token);
    if let Some(root) = account.text("apiRoot") {
        options.api_root = web(&format!("{at}.apiRoot"), root)?;
    }
    options.proxy = proxy(account, problems);
    if account.text("proxy").is_some() && options.proxy.is_none() {
        return Err(format!("{at}.proxy is no address of a proxy"));
    }
    options.receive = receive(reader, account)?;
    if let Some(limit) = account.number("textChunkLimit") {
        options.text_limit = (limit as usize).clamp(1, 4096);
    }
    if let Some(most) = account.number("mediaMaxMb") {
        options.media_max_bytes = ((most * 1024.0 * 1024.0) as usize).min(20 * 1024 * 1024);
    }
    if let Some(seconds) = account.number("timeoutSeconds") {
        options.timeout = Duration::from_secs_f64(seconds.clamp(1.0, 600.0));
    }
    options.link_preview = account.flag("linkPreview").unwrap_or(true);
    options.reply_mode = match account.text("replyToMode") {
        None | Some("off") => ReplyMode::Off,
        Some("first" | "batched") => ReplyMode::First,
        Some("all") => ReplyMode::All,
        Some(word) => {
            problems.push(format!(
                "{at}.replyToMode: `{word}` is none of off, first, all; `off` holds"
            ));
            ReplyMode::Off
        }
    };
    let native = account
        .get("commands")
        .and_then(|commands| commands.get("native"));
    if native.and_then(Value::as_bool) != Some(false) {
        options.commands = COMMANDS
            .iter()
            .filter_map(|one| {
                let word = one.usage.split_whitespace().next()?;
                Some(BotCommand {
                    command: word.strip_prefix('/')?.to_owned(),
                    description: one.about.to_owned(),
                })
            })
            .collect();
    }
    Ok(options)
}

fn receive(reader: &Reader<'_>, account: &Account<'_>) -> Result<Receive, String> {
    let at = &account.at;
    let Some(url) = account.only("webhookUrl").and_then(super::said) else {
        return Ok(Receive::Polling);
    };
    let url = web(&format!("{at}.webhookUrl"), url)?;
    let secret = account.get("webhookSecret");
    let secret = secret.map(|value| reader.secret(value, &format!("{at}.webhookSecret")));
    let secret = secret.transpose()?.flatten().ok_or_else(|| {
        format!("{at}.webhookSecret is missing: anybody could speak in Telegram's name")
    })?;
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let text = secret.expose_secret();
    if text.len() > 256 || !text.bytes().all(is_fit) {
        return Err(format!(
            "{at}.webhookSecret: Telegram takes at most 256 letters, digits, `-` and `_`"
        ));
    }
    let given = account.only("webhookPath").and_then(super::said);
    let path = hook_path(
        &format!("{at}.webhookPath"),
        given,
        "/telegram-webhook",
        &account.id,
    )?;
    Ok(Receive::Webhook {
        url,
        secret: Token(secret),
        path,
    })
}
