//! What a node brings along besides commands: tools, skills, whether it hosts sessions, and when
//! a person last used it. Words of the node: bounded, checked, and shown as the node's.

use std::collections::HashSet;

use openclaw_protocol::events::node::presence::{NodePresence, NodePresencePayload};
use openclaw_protocol::events::skills::changed::{SkillsChanged, SkillsChangedPayload};
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::node::plugin_tools::update::NodePluginTool;
use openclaw_protocol::methods::node::skills::update::NodeSkill;
use openclaw_protocol::methods::nullable::Nullable;
use serde_json::{Map, Value, json};

use crate::core::Core;
use crate::nodes::invoke::cut;
use crate::nodes::registry::LiveNode;
use crate::state::hub::publish;

/// What a node brings along.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// What it published, bounded; which of it holds depends on what is approved.
    tools: Vec<NodePluginTool>,
    pub(crate) skills: Vec<NodeSkill>,
    /// Whether it offers to host sessions.
    pub(crate) session_host: bool,
    pub(crate) used: Option<Used>,
}

/// When a person last used a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    /// Milliseconds since the epoch.
    pub(crate) last_active_at_ms: u64,
    /// When the node said so.
    pub(crate) updated_at_ms: u64,
}

impl Extras {
    /// Replaces the tools.
    pub(crate) fn set_tools(&mut self, tools: Vec<NodePluginTool>) {
        self.tools = bounded_tools(tools);
    }

    /// The tools whose command may be invoked.
    pub(crate) fn tools(&self, commands: &[String]) -> Vec<NodePluginTool> {
        let holds = |tool: &&NodePluginTool| {
            tool.command
                .as_ref()
                .is_some_and(|command| commands.contains(command))
        };
        self.tools.iter().filter(holds).cloned().collect()
    }

    /// Replaces the skills; says whether they are others than before.
    pub(crate) fn set_skills(&mut self, skills: Vec<NodeSkill>) -> bool {
        let skills = bounded_skills(skills);
        let changed = skills != self.skills;
        self.skills = skills;
        changed
    }

    /// A person used the node this long ago. A report that only says "at least" takes nothing
    /// back, nor does one that is older.
    pub(crate) fn use_seen(&mut self, idle_ms: u64, now_ms: u64) -> Used {
        let at = now_ms.saturating_sub(idle_ms);
        let before = self.used.map_or(0, |used| used.last_active_at_ms);
        let used = Used {
            // A clock that was set back must not keep a node the last used one for ever.
            last_active_at_ms: at.max(before).min(now_ms),
            updated_at_ms: now_ms,
        };
        self.used = Some(used);
        used
    }
}

/// Tells operators when a person last used a node; `None` when that is no longer known.
pub(crate) fn publish_use(core: &Core, id: &NodeId, used: Option<Used>) {
    let member =
        |of: fn(Used) -> u64| used.map_or(Nullable::Null, |used| Nullable::Value(of(used)));
    let payload = NodePresencePayload {
        last_active_at_ms: member(|used| used.last_active_at_ms),
        presence_updated_at_ms: member(|used| used.updated_at_ms),
        ..NodePresencePayload::new(id.clone())
    };
    publish::<NodePresence>(&*core.bus, &payload, None);
}

/// Tells operators that skills came or went.
pub(crate) fn publish_skills(core: &Core) {
    let payload = SkillsChangedPayload {
        reason: "remote-node".to_owned(),
    };
    publish::<SkillsChanged>(&*core.bus, &payload, None);
}

/// A node is gone, and what it brought goes with it.
pub(crate) fn node_left(core: &Core, node: &LiveNode) {
    let (had_skills, was_used) = node.extras(|extras| {
        let extras = extras.map(|extras| (!extras.skills.is_empty(), extras.used.is_some()));
        extras.unwrap_or_default()
    });
    if had_skills {
        publish_skills(core);
    }
    if was_used {
        publish_use(core, &node.id, None);
    }
}

/// Most tools of one node.
const MAX_TOOLS: usize = 128;
/// Most bytes of a tool's JSON Schema, and of all of a node's together.
const MAX_SCHEMA: usize = 32 * 1024;
const MAX_SCHEMAS: usize = 256 * 1024;
/// Longest description of a tool or skill, bytes.
const MAX_DESCRIPTION: usize = 1024;
/// Longest name of a plugin, a command or an MCP server, bytes.
const MAX_NAME: usize = 128;
/// Most skills of one node.
const MAX_SKILLS: usize = 64;
/// Most bytes of one skill, and of all of a node's together.
const MAX_SKILL: usize = 64 * 1024;
const MAX_ALL_SKILLS: usize = 512 * 1024;

fn bounded_tools(given: Vec<NodePluginTool>) -> Vec<NodePluginTool> {
    let mut seen = HashSet::new();
    let mut schemas = 0;
    let mut kept = Vec::new();
    for tool in given {
        let tool = NodePluginTool {
            description: cut(tool.description.trim(), MAX_DESCRIPTION).to_owned(),
            parameters: Some(tool.parameters.unwrap_or_else(any_object)),
            ..tool
        };
        let fits = |name: &str| !name.trim().is_empty() && name.len() <= MAX_NAME;
        let command = tool.command.as_deref().unwrap_or_default();
        let mcp_fits = tool
            .mcp
            .as_ref()
            .is_none_or(|mcp| fits(&mcp.server) && fits(&mcp.tool));
        // Only the runner of MCP servers may speak for them.
        let is_mcp = tool.plugin_id == "node-mcp";
        let may_be_mcp = !is_mcp || (tool.mcp.is_some() && command == "mcp.tools.call.v1");
        let bytes = tool
            .parameters
            .as_ref()
            .and_then(|schema| serde_json::to_string(schema).ok())
            .map_or(usize::MAX, |text| text.len());
        let is_good = is_tool_name(&tool.name)
            && fits(&tool.plugin_id)
            && fits(command)
            && !tool.description.is_empty()
            && mcp_fits
            && may_be_mcp
            && bytes <= MAX_SCHEMA
            && schemas + bytes <= MAX_SCHEMAS
            && kept.len() < MAX_TOOLS;
        if is_good && seen.insert(tool.name.clone()) {
            schemas += bytes;
            kept.push(tool);
        }
    }
    kept
}

fn any_object() -> Map<String, Value> {
    let schema = json!({ "type": "object", "properties": {}, "additionalProperties": true });
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

/// A letter, then letters, digits, `_` and `-`, at most 64.
fn is_tool_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn bounded_skills(given: Vec<NodeSkill>) -> Vec<NodeSkill> {
    let mut seen = HashSet::new();
    let mut bytes = 0;
    let mut kept = Vec::new();
    for skill in given {
        let description = skill.description.trim();
        let is_good = is_skill_name(&skill.name)
            && !description.is_empty()
            && description.len() <= MAX_DESCRIPTION
            && !skill.content.is_empty()
            && skill.content.len() <= MAX_SKILL
            && bytes + skill.content.len() <= MAX_ALL_SKILLS
            && kept.len() < MAX_SKILLS;
        if is_good && seen.insert(skill.name.clone()) {
            bytes += skill.content.len();
            kept.push(skill);
        }
    }
    kept
}

/// Lower-case words joined by single `-`, at most 64 characters.
fn is_skill_name(name: &str) -> bool {
    name.len() <= 64
        && name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str, command: &str) -> NodePluginTool {
        NodePluginTool {
            command: Some(command.to_owned()),
            ..NodePluginTool::new("lamp".to_owned(), name.to_owned(), "a lamp".to_owned())
        }
    }

    #[test]
    fn tools_are_checked_one_by_one_and_hold_with_their_command() {
        let mut wide = tool("wide", "lamp.on");
        let schema = json!({ "x": "y".repeat(MAX_SCHEMA) });
        wide.parameters = schema.as_object().cloned();
        let mut mcp = tool("mcp", "lamp.on");
        mcp.plugin_id = "node-mcp".to_owned();
        let mut extras = Extras::default();
        extras.set_tools(vec![
            tool("lamp_on", "lamp.on"),
            tool("lamp_on", "lamp.other"),
            tool("9lamp", "lamp.on"),
            tool("lamp off", "lamp.on"),
            tool("secret", "lamp.off"),
            NodePluginTool::new("lamp".to_owned(), "none".to_owned(), "d".to_owned()),
            wide,
            mcp,
        ]);
        let names = |commands: &[String]| -> Vec<String> {
            let tools = extras.tools(commands);
            tools.into_iter().map(|tool| tool.name).collect()
        };
        assert_eq!(names(&["lamp.on".to_owned()]), ["lamp_on"]);
        assert_eq!(names(&["lamp.off".to_owned()]), ["secret"]);
        assert!(names(&[]).is_empty());
    }

    #[test]
    fn more_tools_than_a_node_may_have_are_cut() {
        let mut extras = Extras::default();
        extras.set_tools((0..10_000).map(|n| tool(&format!("t{n}"), "c")).collect());
        assert_eq!(extras.tools(&["c".to_owned()]).len(), MAX_TOOLS);
    }

    #[test]
    fn skills_are_checked_one_by_one_and_bounded_together() {
        let skill = |name: &str, content: &str| NodeSkill {
            name: name.to_owned(),
            description: "d".to_owned(),
            content: content.to_owned(),
        };
        let large = "x".repeat(MAX_SKILL);
        let mut given = vec![
            skill("a-b", "1"),
            skill("a-b", "2"),
            skill("a--b", "1"),
            skill("A", "1"),
            skill("", "1"),
            skill("c", ""),
            skill("d", &format!("{large}x")),
        ];
        given.extend((0..20).map(|n| skill(&format!("s{n}"), &large)));
        let mut extras = Extras::default();
        assert!(extras.set_skills(given.clone()));
        assert!(!extras.set_skills(given), "nothing changed");
        assert_eq!(extras.skills.len(), 8);
        assert_eq!(extras.skills[0].content, "1");
        assert!(extras.set_skills(Vec::new()));
    }

    #[test]
    fn the_last_use_never_goes_back_and_is_never_in_the_future() {
        let mut extras = Extras::default();
        assert_eq!(extras.use_seen(1000, 5000).last_active_at_ms, 4000);
        assert_eq!(extras.use_seen(3000, 6000).last_active_at_ms, 4000);
        // The clock was set back.
        assert_eq!(extras.use_seen(0, 100).last_active_at_ms, 100);
    }
}
