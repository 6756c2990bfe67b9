//! `channels.webhook`

use std::time::Duration;

use openclaw_channels::webhook::WebhookOptions;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::{Account, Reader, accounts, common, hook_path, proxy, web};
use crate::channels::options::{ChannelMake, ChannelOptions};

/// The shortest secret, in bytes.
const MIN_SECRET: usize = 16;

pub(super) fn read(reader: &Reader<'_>, section: Option<&Value>, options: &mut ChannelOptions) {
    let section = match section {
        None | Some(Value::Null) => return,
        Some(Value::Object(section)) => section,
        Some(_) => {
            let problem = "channels.webhook: expected an object".to_owned();
            return options.problems.push(problem);
        }
    };
    let problems = &mut options.problems;
    for account in accounts("webhook", section, &["secret"], problems) {
        let made = made(reader, &account, problems);
        let source = if account.only("secret").is_some() {
            "config"
        } else {
            "none"
        };
        let make = made.map(|options| ChannelMake::Webhook(Box::new(options)));
        let account = common("webhook", &account, source, make, problems);
        options.accounts.push(account);
    }
}

fn made(
    reader: &Reader<'_>,
    account: &Account<'_>,
    problems: &mut Vec<String>,
) -> Result<WebhookOptions, String> {
    let at = &account.at;
    let secret = account.only("secret");
    let secret = secret.map(|value| reader.secret(value, &format!("{at}.secret")));
    let secret = secret.transpose()?.flatten().ok_or_else(|| {
        format!("{at}.secret is missing: both sides sign with it (at least {MIN_SECRET} bytes)")
    })?;
    if secret.expose_secret().len() < MIN_SECRET {
        return Err(format!(
            "{at}.secret: at least {MIN_SECRET} bytes, so that nobody guesses it"
        ));
    }
    let given = account.only("path").and_then(super::said);
    let path = hook_path(
        &format!("{at}.path"),
        given,
        "/channels/webhook",
        &account.id,
    )?;
    let mut options = WebhookOptions::new(account.id.as_str(), secret, path);
    if let Some(url) = account.only("deliverTo").and_then(super::said) {
        options.deliver_to = Some(web(&format!("{at}.deliverTo"), url)?);
    }
    options.proxy = proxy(account, problems);
    if account.text("proxy").is_some() && options.proxy.is_none() {
        return Err(format!("{at}.proxy is no address of a proxy"));
    }
    if let Some(seconds) = account.number("timeoutSeconds") {
        options.timeout = Duration::from_secs_f64(seconds.clamp(1.0, 600.0));
    }
    if let Some(limit) = account.number("textChunkLimit") {
        options.text_limit = (limit as usize).max(1);
    }
    if let Some(most) = account.number("mediaMaxMb") {
        options.media_max_bytes = ((most * 1024.0 * 1024.0) as usize).min(20 * 1024 * 1024);
    }
    Ok(options)
}
