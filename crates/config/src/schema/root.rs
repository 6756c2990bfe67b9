//! The whole configuration.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config_path::Segment;
use crate::decode::{Codec, Decoder, Field, Kind, Note, Section, Unknown, Untyped};
use crate::schema::{Discovery, EnvBlock, Gateway, Logging, Meta, NodeHost, unserved};

/// The whole configuration, checked and with defaults.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `gateway`.
    pub gateway: Gateway,
    /// `discovery`.
    pub discovery: Discovery,
    /// `logging`.
    pub logging: Logging,
    /// `nodeHost`.
    pub node_host: NodeHost,
    /// `env`.
    pub env: EnvBlock,
    /// `meta`.
    pub meta: Meta,
    others: BTreeMap<String, Untyped>,
}

impl Config {
    /// A section that is not ours, such as `channels`, after `$include` and `${NAME}`.
    #[must_use]
    pub fn other(&self, section: &str) -> Option<&Value> {
        self.others.get(section).map(|value| &**value)
    }

    pub(crate) fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<Self> {
        let map = at.object(value, ROOT)?;
        let others = map
            .iter()
            .filter(|(key, _)| OTHERS.iter().any(|other| other.key == key.as_str()))
            .map(|(key, value)| (key.clone(), Untyped::new(value.clone())));
        let others = others.collect();
        warn_of_missing(at);
        unserved::warn(at, map);
        Some(Self {
            gateway: at.field::<Gateway>(map, "gateway").unwrap_or_default(),
            discovery: at.field::<Discovery>(map, "discovery").unwrap_or_default(),
            logging: at.field::<Logging>(map, "logging").unwrap_or_default(),
            node_host: at.field::<NodeHost>(map, "nodeHost").unwrap_or_default(),
            env: at.field::<EnvBlock>(map, "env").unwrap_or_default(),
            meta: at.field::<Meta>(map, "meta").unwrap_or_default(),
            others,
        })
    }
}

/// Warns of `${NAME}` without a value in sections that are not ours: the text stays as it is,
/// and whatever needs it is unavailable.
fn warn_of_missing(at: &mut Decoder<'_>) {
    for (path, names) in &at.context().missing {
        let ours = path.segments().first().is_some_and(|first| {
            OURS.iter()
                .any(|field| *first == Segment::Key(field.key.to_owned()))
        });
        if !ours {
            for name in names {
                at.warn_missing(path, name);
            }
        }
    }
}

/// The top of the configuration.
pub const ROOT: &Section = &Section {
    doc: "The whole configuration.",
    fields: &{
        let mut fields = [OURS[0]; OURS.len() + OTHERS.len()];
        let mut at = 0;
        while at < fields.len() {
            fields[at] = if at < OURS.len() {
                OURS[at]
            } else {
                OTHERS[at - OURS.len()]
            };
            at += 1;
        }
        fields
    },
    retired: &[],
    refused: &[],
    unknown: Unknown::Refused,
};

const fn ours(key: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        key,
        kind,
        doc,
        default: None,
        note: Note::Both,
        required: false,
    }
}

const fn other(key: &'static str, doc: &'static str) -> Field {
    ours(key, Kind::Any, doc)
}

/// Sections that this program reads.
const OURS: &[Field] = &[
    ours(
        "gateway",
        Gateway::KIND,
        "The Gateway: where it listens, who may connect.",
    ),
    ours("discovery", Discovery::KIND, "How Gateways are found."),
    ours("logging", Logging::KIND, "What is logged, and where."),
    ours(
        "nodeHost",
        NodeHost::KIND,
        "The node that runs on this machine.",
    ),
    ours(
        "env",
        EnvBlock::KIND,
        "Environment variables for everything below.",
    ),
    ours("meta", Meta::KIND, "Who wrote this file last."),
];

/// Sections that are carried as they stand, of either release.
const OTHERS: &[Field] = &[
    other("$schema", "Address of a JSON Schema, for editors."),
    other("accessGroups", "Groups of senders."),
    other("acp", "Agents behind the Agent Client Protocol."),
    other("agents", "Agents: models, workspace, limits."),
    other("approvals", "Where approvals are asked for."),
    other("attachments", "How long attachments are kept."),
    other("audio", "Transcription."),
    other("auth", "Profiles of model credentials."),
    other("bindings", "Which agent answers which channel."),
    other("broadcast", "Groups that several agents answer."),
    other("browser", "The browser tool."),
    other("canvasHost", "The canvas server of February 2026."),
    other("channels", "Chat channels, such as Telegram."),
    other("cli", "The command line of the original."),
    other("cloudWorkers", "Agents on rented machines."),
    other("commands", "Slash commands."),
    other("commitments", "Promises that the agent keeps track of."),
    other("crestodian", "The rescue agent."),
    other("cron", "Scheduled work."),
    other("desktop", "The desktop tool."),
    other("diagnostics", "Traces and telemetry."),
    other("hooks", "Webhooks."),
    other(
        "identity",
        "The agent's name and face, before `agents` had them.",
    ),
    other("mcp", "Servers of the Model Context Protocol."),
    other("media", "How media files are kept."),
    other("memory", "What the agent remembers."),
    other("messages", "How messages are queued and acknowledged."),
    other("models", "Model providers."),
    other("plugins", "Plugins."),
    other("proxy", "The outgoing proxy."),
    other("routing", "The router of releases before 2026."),
    other("secrets", "Where secret references lead."),
    other("security", "Security audit."),
    other("session", "Sessions: scope, reset, storage."),
    other("skills", "Skills."),
    other("surfaces", "How each surface behaves."),
    other("talk", "Talk mode."),
    other("tools", "Tools and their permissions."),
    other("transcripts", "Transcripts of meetings."),
    other("tts", "Speech."),
    other("ui", "Looks of the apps."),
    other("update", "Updates of the original."),
    other("vault", "A store for notes."),
    other("web", "The web channel."),
    other("wizard", "What onboarding did."),
    other("worktreeRoot", "Where worktrees are made."),
    other("worktrees", "Worktrees."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Config, ROOT};
    use crate::decode::{Context, Decoder, Kind, Section};

    fn each(section: &'static Section, at: &str, visit: &mut dyn FnMut(&str, &'static Section)) {
        visit(at, section);
        for field in section.fields {
            each_kind(&field.kind, &format!("{at}.{}", field.key), visit);
        }
    }

    fn each_kind(kind: &'static Kind, at: &str, visit: &mut dyn FnMut(&str, &'static Section)) {
        match kind {
            Kind::Section(section) => each(section, at, visit),
            Kind::List(item) | Kind::Table(item) => each_kind(item, at, visit),
            Kind::OneOf(kinds) => kinds.iter().for_each(|kind| each_kind(kind, at, visit)),
            _ => {}
        }
    }

    #[test]
    fn every_key_is_unique_and_explained() {
        each(ROOT, "", &mut |at, section| {
            let mut keys = BTreeSet::new();
            for field in section.fields {
                assert!(keys.insert(field.key), "{at}.{} twice", field.key);
                assert!(field.doc.trim().len() > 5, "{at}.{} unexplained", field.key);
            }
            for key in section
                .retired
                .iter()
                .chain(section.refused)
                .map(|(key, _)| key)
            {
                assert!(keys.insert(key), "{at}.{key} twice");
            }
        });
    }

    #[test]
    fn every_default_could_stand_in_the_file() {
        fn with_defaults(section: &Section) -> Value {
            let entries = section.fields.iter().filter_map(|field| {
                let value = match field.kind {
                    Kind::Section(below) if !below.fields.iter().any(|field| field.required) => {
                        with_defaults(below)
                    }
                    _ => field.default?().value,
                };
                Some((field.key.to_owned(), value))
            });
            Value::Object(entries.collect())
        }
        let file = with_defaults(ROOT);
        assert_eq!(
            file["gateway"]["auth"]["rateLimit"]["lockoutMs"],
            json!(300_000)
        );
        let context = Context::default();
        let mut decoder = Decoder::new(&context);
        let config = Config::decode(&mut decoder, &file).unwrap();
        assert_eq!(decoder.problems, []);
        assert_eq!(
            format!("{:?}", config.gateway.tls),
            format!("{:?}", Config::default().gateway.tls)
        );
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        let context = Context::default();
        let mut decoder = Decoder::new(&context);
        let config = Config::decode(&mut decoder, &json!({})).unwrap();
        assert_eq!(decoder.problems, []);
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    /// Values made of the schema's own keys, so that every codec meets every type.
    fn any_value() -> impl Strategy<Value = Value> {
        let mut keys = vec!["nonsense"];
        each(ROOT, "", &mut |_, section| {
            keys.extend(section.fields.iter().map(|f| f.key))
        });
        let key = proptest::sample::select(keys);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 60, 6, move |inner| {
            let entries = proptest::collection::vec((key.clone(), inner.clone()), 0..6);
            prop_oneof![
                1 => proptest::collection::vec(inner, 0..3).prop_map(Value::from),
                4 => entries.prop_map(|entries| {
                    Value::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_value_panics_and_refusals_name_a_place_that_is_there(gateway in any_value(), env in any_value()) {
            let file = json!({"gateway": gateway, "env": env});
            let context = Context::default();
            let mut decoder = Decoder::new(&context);
            let _ = Config::decode(&mut decoder, &file);
            for problem in &decoder.problems {
                let missing = problem.message.ends_with(" is required");
                prop_assert!(missing || crate::edit::get(&file, &problem.path).is_some(), "{problem:?}");
            }
        }
    }
}
