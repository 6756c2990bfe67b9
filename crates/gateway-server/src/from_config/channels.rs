//! From `channels` and `session.dmScope` to accounts of channels.
//!
//! A mistake costs the account or the value that it stands in, and is told.

mod access;
mod telegram;
mod webhook;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;

use openclaw_config::Loaded;
use openclaw_policy::address::{is_loopback, is_private, is_tailnet};
use openclaw_policy::session_key::DmScope;
use serde_json::{Map, Value};
use url::{Host, Url};

use super::agents::{Reader, RunSecretCommand, text};
use crate::channels::options::{ChannelAccount, ChannelMake, ChannelOptions};

/// The account that is meant where none is named.
const DEFAULT: &str = "default";

/// What the configuration says about channels. Secret references are followed; `run` is called for
/// those that a command answers.
#[must_use]
pub fn channels(loaded: &Loaded, run: &RunSecretCommand<'_>) -> ChannelOptions {
    let reader = Reader::new(loaded, run);
    let mut options = ChannelOptions::default();
    let session = reader.section("session");
    if let Some(word) = text(session, "dmScope") {
        match DmScope::of(&word) {
            Some(scope) => options.dm_scope = scope,
            None => options.problems.push(format!(
                "session.dmScope: `{word}` is none of main, per-peer, per-channel-peer, \
                 per-account-channel-peer; `main` holds"
            )),
        }
    }
    let section = reader.section("channels");
    let at = |name: &str| section.and_then(|section| section.get(name));
    telegram::read(&reader, loaded, at("telegram"), &mut options);
    webhook::read(&reader, at("webhook"), &mut options);
    for name in section.and_then(Value::as_object).into_iter().flatten() {
        if !matches!(
            name.0.as_str(),
            "telegram" | "webhook" | "defaults" | "modelByChannel"
        ) {
            let name = name.0;
            options.problems.push(format!(
                "channels.{name}: this Gateway has no such channel; it has telegram and webhook"
            ));
        }
    }
    one_each(&mut options);
    options
}

/// One account of a section: its members, those of the section where it has none.
struct Account<'a> {
    id: String,
    /// Where it stands, for people.
    at: String,
    own: Option<&'a Map<String, Value>>,
    base: &'a Map<String, Value>,
}

impl<'a> Account<'a> {
    /// What holds for it.
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.own
            .and_then(|own| own.get(key))
            .or_else(|| self.base.get(key))
    }

    /// What was said for this account alone: secrets, paths.
    fn only(&self, key: &str) -> Option<&'a Value> {
        let own = self.own.and_then(|own| own.get(key));
        own.or_else(|| {
            self.base
                .get(key)
                .filter(|_| self.id.eq_ignore_ascii_case(DEFAULT))
        })
    }

    fn is_default(&self) -> bool {
        self.id.eq_ignore_ascii_case(DEFAULT)
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        said(self.get(key)?)
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?.as_f64().filter(|number| *number > 0.0)
    }

    /// Both the section and the account want it.
    fn is_enabled(&self) -> bool {
        let says = |map: &Map<String, Value>| map.get("enabled").and_then(Value::as_bool);
        says(self.base) != Some(false) && self.own.and_then(says) != Some(false)
    }
}

fn said(value: &Value) -> Option<&str> {
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The accounts of a section. `default` is one of them where it is listed, where none is, and
/// where one of `keys` stands in the section itself.
fn accounts<'a>(
    name: &str,
    base: &'a Map<String, Value>,
    keys: &[&str],
    problems: &mut Vec<String>,
) -> Vec<Account<'a>> {
    let listed = base.get("accounts").and_then(Value::as_object);
    let mut found = Vec::new();
    for (id, own) in listed.into_iter().flatten() {
        let at = format!("channels.{name}.accounts.{id}");
        match own.as_object() {
            Some(own) if is_word(id) => found.push(Account {
                id: id.to_ascii_lowercase(),
                at,
                own: Some(own),
                base,
            }),
            Some(_) => problems.push(format!(
                "{at}: the name of an account has letters, digits, `-` and `_`, at most 64"
            )),
            None => problems.push(format!("{at}: expected an object")),
        }
    }
    let has_own = keys.iter().any(|key| base.contains_key(*key));
    if found.is_empty() || (has_own && !found.iter().any(Account::is_default)) {
        let account = Account {
            id: DEFAULT.to_owned(),
            at: format!("channels.{name}"),
            own: None,
            base,
        };
        found.insert(0, account);
    }
    found
}

fn is_word(id: &str) -> bool {
    openclaw_policy::session_key::is_agent_id(id)
}

/// An address on the web that may be given secrets: by TLS, or near.
pub(super) fn web(at: &str, given: &str) -> Result<Url, String> {
    // The address itself may hold a password: it is not repeated.
    let url: Url = given
        .parse()
        .map_err(|error| format!("{at} is no address: {error}"))?;
    let is_near = |addr: IpAddr| is_loopback(addr) || is_private(addr) || is_tailnet(addr);
    let may_be_plain = match url.host() {
        Some(Host::Ipv4(addr)) => is_near(addr.into()),
        Some(Host::Ipv6(addr)) => is_near(addr.into()),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    };
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if may_be_plain => Ok(url),
        "http" => Err(format!(
            "{at}: secrets do not go over plain http to another network; write https"
        )),
        _ => Err(format!("{at}: expected an address with https")),
    }
}

fn proxy(account: &Account<'_>, problems: &mut Vec<String>) -> Option<Url> {
    let given = account.text("proxy")?;
    match given.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") => Some(url),
        _ => {
            let at = &account.at;
            problems.push(format!(
                "{at}.proxy: expected an address with http, https or socks5; nothing is sent \
                 without it"
            ));
            None
        }
    }
}

/// The path on the Gateway's port that the other side calls.
fn hook_path(at: &str, given: Option<&str>, usual: &str, id: &str) -> Result<String, String> {
    let path = match given {
        Some(path) => path.to_owned(),
        None if id == DEFAULT => usual.to_owned(),
        None => format!("{usual}/{id}"),
    };
    let is_path = path.starts_with('/')
        && path.len() > 1
        && path.bytes().all(|byte| byte.is_ascii_graphic())
        && !path.contains(['?', '#', '%']);
    let is_ours = [
        "/health",
        "/healthz",
        "/ready",
        "/readyz",
        "/startup",
        "/startupz",
    ]
    .contains(&path.as_str())
        || path.starts_with("/v1/");
    if is_path && !is_ours {
        Ok(path)
    } else {
        Err(format!(
            "{at}: `{path}` is no path that can be called; write one such as {usual}"
        ))
    }
}

/// Two accounts must not be one: the service would have them fight, or nobody could tell whom a
/// request is for. The later one is left out.
fn one_each(options: &mut ChannelOptions) {
    let mut tokens = Vec::new();
    let mut paths = BTreeSet::new();
    for account in &mut options.accounts {
        let path = match &account.make {
            Ok(ChannelMake::Telegram(telegram)) if account.is_enabled => {
                if tokens.contains(&telegram.token) {
                    account.make = Err("another account has the same token".to_owned());
                    continue;
                }
                tokens.push(telegram.token.clone());
                match &telegram.receive {
                    openclaw_channels::telegram::Receive::Webhook { path, .. } => path.clone(),
                    openclaw_channels::telegram::Receive::Polling => continue,
                }
            }
            Ok(ChannelMake::Webhook(webhook)) if account.is_enabled => webhook.path.clone(),
            _ => continue,
        };
        if !paths.insert(path.clone()) {
            account.make = Err(format!("another account is called at {path} as well"));
        }
    }
    for account in &options.accounts {
        if let (true, Err(why)) = (account.is_enabled, &account.make) {
            let (channel, id) = (&account.channel, &account.account);
            options
                .problems
                .push(format!("channels.{channel} ({id}): {why}"));
        }
    }
}

/// What every account has, whatever it is made of.
fn common(
    name: &str,
    account: &Account<'_>,
    token_source: &'static str,
    make: Result<ChannelMake, String>,
    problems: &mut Vec<String>,
) -> ChannelAccount {
    ChannelAccount {
        channel: name.to_owned(),
        account: account.id.clone(),
        name: account.only("name").and_then(said).map(str::to_owned),
        is_enabled: account.is_enabled(),
        access: access::read(account, problems),
        streams: streams(account, problems),
        token_source,
        make,
    }
}

/// Whether answers are shown while they are written: `streaming`, or `streamMode` as it was.
fn streams(account: &Account<'_>, problems: &mut Vec<String>) -> bool {
    let value = account
        .get("streaming")
        .or_else(|| account.get("streamMode"));
    let word = match value {
        None | Some(Value::Null) => return false,
        Some(Value::Bool(on)) => return *on,
        Some(Value::Object(map)) => map.get("mode").and_then(said).unwrap_or("off"),
        Some(other) => said(other).unwrap_or_default(),
    };
    match word {
        "off" => false,
        "partial" | "block" | "progress" => true,
        _ => {
            let at = &account.at;
            problems.push(format!(
                "{at}.streaming: expected off, partial or block; answers are sent when they are \
                 complete"
            ));
            false
        }
    }
}
