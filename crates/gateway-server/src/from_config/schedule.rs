//! From `cron` and `agents.*.heartbeat` to what happens by itself.
//!
//! A mistake costs the part that it stands in and nothing else.

use openclaw_config::Loaded;
use openclaw_policy::schedule::{ActiveHours, Zone, span};
use openclaw_protocol::methods::cron::delivery::FailureMode;
use openclaw_protocol::methods::cron::failure_alert::FailureAlertRule;
use serde_json::{Map, Value};
use url::Url;

use super::agents::{Reader, RunSecretCommand, flag, number, text, texts};
use super::channels::web;
use crate::host;
use crate::schedule::options::{HeartbeatRules, HeartbeatTarget, ScheduleOptions};

/// What the configuration says about scheduled jobs and heartbeats. Secret references are
/// followed; `run` is called for those that a command answers.
#[must_use]
pub fn schedule(loaded: &Loaded, run: &RunSecretCommand<'_>) -> ScheduleOptions {
    let reader = Reader::new(loaded, run);
    let mut options = ScheduleOptions {
        zone: host_zone(loaded),
        ..ScheduleOptions::default()
    };
    if let Some(cron) = reader.section("cron") {
        jobs(&reader, cron, &mut options);
    }
    heartbeats(&reader, &mut options);
    options
}

/// The zone of this host: `TZ`, or what the system says.
fn host_zone(loaded: &Loaded) -> Zone {
    let told = loaded
        .env
        .text("TZ")
        .map(|name| name.trim_start_matches(':'));
    let told = told.and_then(|name| Zone::named(name).ok());
    told.or_else(|| Zone::named(&host::time_zone()?).ok())
        .unwrap_or_else(Zone::utc)
}

fn jobs(reader: &Reader<'_>, cron: &Value, options: &mut ScheduleOptions) {
    let cron_at = Some(cron);
    options.is_enabled = flag(cron, "enabled").unwrap_or(true);
    options.skip_missed = flag(cron, "skipMissedJobs").unwrap_or(false);
    if let Some(most) = number(cron_at, "maxConcurrentRuns").filter(|most| *most > 0) {
        options.max_running = usize::try_from(most).unwrap_or(usize::MAX).min(64);
    }
    if let Some(token) = cron.get("webhookToken") {
        match reader.secret(token, "cron.webhookToken") {
            Ok(token) => options.webhook_token = token,
            Err(error) => options.problems.push(error),
        }
    }
    let allowed = texts(cron.get("webhookSsrfPolicy"), "allowedHostnames");
    for name in allowed.unwrap_or_default() {
        match name.parse() {
            Ok(address) => options.webhook_addresses.push(address),
            Err(_) => match format!("https://{name}/").parse::<Url>() {
                Ok(url) if is_public_name(&url, &name) => options.webhook_origins.push(url),
                _ => options.problems.push(format!(
                    "cron.webhookSsrfPolicy.allowedHostnames: `{name}` is no address and no public \
                     name; on this network only addresses can be allowed, because names may lead \
                     elsewhere"
                )),
            },
        }
    }
    if let Some(given) = text(cron_at, "webhook") {
        match web("cron.webhook", &given) {
            Ok(url) => options.webhook_origins.push(url),
            Err(problem) => options.problems.push(problem),
        }
    }
    match cron.get("failureAlert") {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(alert) if flag(alert, "enabled") == Some(false) => {}
        Some(Value::Bool(true)) => options.failure_alert = Some(FailureAlertRule::default()),
        Some(alert) => {
            let mut rule = alert.clone();
            if let Value::Object(members) = &mut rule {
                members.remove("enabled");
            }
            match serde_json::from_value(rule) {
                Ok(rule) => {
                    options.webhook_origins.extend(alerted(&rule));
                    options.failure_alert = Some(rule);
                }
                Err(error) => options.problems.push(format!("cron.failureAlert: {error}")),
            }
        }
    }
}

/// The address on the web that failures are told, if it is one.
fn alerted(rule: &FailureAlertRule) -> Option<Url> {
    let to = rule.to.as_deref()?;
    web("cron.failureAlert.to", to)
        .ok()
        .filter(|_| rule.mode == Some(FailureMode::Webhook))
}

/// A name that may be shown the token, by TLS. It opens nothing on this network.
fn is_public_name(url: &Url, name: &str) -> bool {
    let is_local = ["localhost", "local", "internal", "lan"]
        .iter()
        .any(|one| name.rsplit('.').next() == Some(*one));
    url.host_str() == Some(name) && name.contains('.') && !is_local
}

/// Where some agents have a heartbeat of their own, they alone wake up; else the default agent.
fn heartbeats(reader: &Reader<'_>, options: &mut ScheduleOptions) {
    let agents = reader.section("agents");
    let defaults = agents.and_then(|agents| agents.get("defaults"));
    let general = defaults.and_then(|defaults| defaults.get("heartbeat"));
    let host = options.zone.clone();
    let user = text(defaults, "userTimezone").and_then(|name| Zone::named(&name).ok());
    let user = user.unwrap_or_else(|| host.clone());
    let listed = listed(agents);
    let own: Vec<&(String, &Value)> = listed
        .iter()
        .filter(|(_, agent)| agent.get("heartbeat").is_some())
        .collect();
    if own.is_empty() {
        let default = listed
            .iter()
            .find(|(_, agent)| flag(agent, "default") == Some(true))
            .or_else(|| listed.first())
            .map_or("main", |(id, _)| id.as_str())
            .to_owned();
        let empty = Value::Object(Map::new());
        let section = general.unwrap_or(&empty);
        let rules = rules(
            section,
            None,
            "agents.defaults.heartbeat",
            (&host, &user),
            options,
        );
        options.heartbeats.insert(default, rules);
        return;
    }
    for (id, agent) in own {
        let Some(section) = agent.get("heartbeat") else {
            continue;
        };
        let at = format!("agents: {id}.heartbeat");
        let rules = rules(section, general, &at, (&host, &user), options);
        options.heartbeats.insert(id.clone(), rules);
    }
}

/// The agents, by id, in order.
fn listed(agents: Option<&Value>) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    if let Some(Value::Array(list)) = agents.and_then(|agents| agents.get("list")) {
        let named = list
            .iter()
            .filter_map(|one| Some((text(Some(one), "id")?, one)));
        found.extend(named);
    }
    if let Some(Value::Object(entries)) = agents.and_then(|agents| agents.get("entries")) {
        found.extend(entries.iter().map(|(id, one)| (id.clone(), one)));
    }
    for (id, _) in &mut found {
        id.make_ascii_lowercase();
    }
    found
}

fn rules(
    own: &Value,
    general: Option<&Value>,
    at: &str,
    (host, user): (&Zone, &Zone),
    options: &mut ScheduleOptions,
) -> HeartbeatRules {
    let mut rules = HeartbeatRules::default();
    let word = |name: &str| text(Some(own), name).or_else(|| text(general, name));
    if let Some(every) = word("every") {
        match span(&every) {
            Ok(ms) => (rules.every_ms, rules.every) = (ms, every),
            Err(error) => options.problems.push(format!("{at}.every: {error}")),
        }
    }
    rules.prompt = word("prompt");
    rules.model = word("model");
    let most = number(Some(own), "ackMaxChars").or_else(|| number(general, "ackMaxChars"));
    if let Some(most) = most {
        rules.ack_max_chars = usize::try_from(most).unwrap_or(usize::MAX);
    }
    rules.target = match word("target").as_deref() {
        // The newer word for whoever the bot belongs to: the one that it talked to.
        None | Some("last" | "owner") => HeartbeatTarget::Last,
        Some("none") => HeartbeatTarget::None,
        Some(channel) => HeartbeatTarget::Channel {
            channel: channel.to_ascii_lowercase(),
            account: word("accountId"),
            to: word("to"),
        },
    };
    let hours = own
        .get("activeHours")
        .or_else(|| general.and_then(|general| general.get("activeHours")));
    if let Some(hours) = hours.filter(|hours| hours.is_object()) {
        match active(hours, host, user) {
            Ok(hours) => rules.active = Some(hours),
            Err(why) => options.problems.push(format!("{at}.{why}")),
        }
    }
    rules
}

fn active(hours: &Value, host: &Zone, user: &Zone) -> Result<ActiveHours, String> {
    let zone = match text(Some(hours), "timezone").as_deref() {
        None | Some("user") => user.clone(),
        Some("local") => host.clone(),
        Some(name) => {
            Zone::named(name).map_err(|error| format!("activeHours.timezone: {error}"))?
        }
    };
    let start = text(Some(hours), "start").unwrap_or_else(|| "00:00".to_owned());
    let end = text(Some(hours), "end").unwrap_or_else(|| "24:00".to_owned());
    ActiveHours::parse(&start, &end, zone).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use openclaw_config::{Env, check_text};
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(text: &str) -> ScheduleOptions {
        let env = Env::empty().with("TZ", "Europe/Vienna");
        let loaded = check_text(Path::new("/x/openclaw.json"), text.to_owned(), &env).unwrap();
        schedule(&loaded, &|_| Ok("from-a-command".to_owned().into()))
    }

    #[test]
    fn nothing_said_is_the_usual() {
        let options = read("{}");
        assert_eq!(options.problems, Vec::<String>::new());
        assert!(options.is_enabled && !options.skip_missed);
        assert_eq!(options.zone.name(), "Europe/Vienna");
        let rules = &options.heartbeats["main"];
        assert_eq!((rules.every_ms, rules.ack_max_chars), (1_800_000, 300));
        assert_eq!(rules.target, HeartbeatTarget::Last);
        assert_eq!(options.heartbeats.len(), 1);
    }

    #[test]
    fn what_is_said_is_read() {
        let options = read(
            r#"{
                cron: { enabled: false, maxConcurrentRuns: 2, skipMissedJobs: true,
                        webhookToken: "hunter2", failureAlert: { enabled: true, after: 3 },
                        webhook: "https://done.example.net/cron",
                        webhookSsrfPolicy: { allowedHostnames: ["127.0.0.1", "hooks.example.net"] } },
                agents: {
                    defaults: { userTimezone: "UTC", heartbeat: { every: "1h", ackMaxChars: 5,
                        activeHours: { start: "08:00", end: "22:00" } } },
                    list: [{ id: "Main", default: true },
                           { id: "ann", heartbeat: { target: "telegram", to: "42", prompt: "look" } },
                           { id: "bob", heartbeat: { every: "0m", target: "none" } }],
                },
            }"#,
        );
        assert_eq!(options.problems, Vec::<String>::new());
        assert!(!options.is_enabled && options.skip_missed);
        assert_eq!(
            (options.max_running, options.webhook_addresses.len()),
            (2, 1)
        );
        assert_eq!(
            options.webhook_token.as_ref().unwrap().expose_secret(),
            "hunter2"
        );
        assert_eq!(options.failure_alert.as_ref().unwrap().after, Some(3));
        assert!(!format!("{options:?}").contains("hunter2"));
        let origins: Vec<&str> = options.webhook_origins.iter().map(Url::as_str).collect();
        assert_eq!(
            origins,
            [
                "https://hooks.example.net/",
                "https://done.example.net/cron"
            ]
        );
        // Those with a heartbeat of their own, and nobody else.
        let names: Vec<&str> = options.heartbeats.keys().map(String::as_str).collect();
        assert_eq!(names, ["ann", "bob"]);
        let ann = &options.heartbeats["ann"];
        assert_eq!((ann.every_ms, ann.ack_max_chars), (3_600_000, 5));
        let hours = ann.active.as_ref().unwrap();
        assert!(hours.contain(8 * 3_600_000) && !hours.contain(7 * 3_600_000));
        let HeartbeatTarget::Channel { channel, to, .. } = &ann.target else {
            panic!("{:?}", ann.target)
        };
        assert_eq!((channel.as_str(), to.as_deref()), ("telegram", Some("42")));
        let bob = &options.heartbeats["bob"];
        assert_eq!((bob.every_ms, &bob.target), (0, &HeartbeatTarget::None));
    }

    #[test]
    fn a_mistake_costs_its_part_and_is_named() {
        let options = read(
            r#"{
                cron: { webhookSsrfPolicy: { allowedHostnames: ["localhost", "printer.lan", "a.b/c"] },
                        webhook: "http://done.example.net/cron",
                        failureAlert: { when: "always" } },
                agents: { defaults: { heartbeat: { every: "often",
                    activeHours: { start: "8", end: "22:00" } } } },
            }"#,
        );
        let told = options.problems.join("\n");
        for part in [
            "cron.webhookSsrfPolicy.allowedHostnames: `localhost`",
            "cron.webhookSsrfPolicy.allowedHostnames: `printer.lan`",
            "cron.webhookSsrfPolicy.allowedHostnames: `a.b/c`",
            "cron.webhook: secrets do not go over plain http",
            "cron.failureAlert",
            "agents.defaults.heartbeat.every: `often`",
            "agents.defaults.heartbeat.activeHours.start: `8`",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(options.heartbeats["main"].every_ms, 1_800_000);
        assert!(options.webhook_origins.is_empty());
        assert!(options.webhook_addresses.is_empty() && options.failure_alert.is_none());
    }
}
