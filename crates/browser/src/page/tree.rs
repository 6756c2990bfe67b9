//! The accessibility tree of a page, as the browser gives it, and as an agent reads it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Value, json};

/// A node as the browser gives it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawNode {
    node_id: String,
    #[serde(default)]
    ignored: bool,
    role: Option<Text>,
    name: Option<Text>,
    value: Option<Text>,
    description: Option<Text>,
    #[serde(default)]
    properties: Vec<Property>,
    #[serde(default)]
    child_ids: Vec<String>,
    #[serde(rename = "backendDOMNodeId")]
    backend_node_id: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Text {
    value: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Property {
    name: String,
    value: Text,
}

/// A node that says something.
#[derive(Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) reference: Option<String>,
    pub(crate) backend_node_id: Option<i64>,
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) description: String,
    pub(crate) states: Vec<String>,
    pub(crate) depth: usize,
}

/// The nodes that say something, in reading order, at most `limit`; and whether there are more.
pub(crate) fn read(raw: &[RawNode], limit: usize) -> (Vec<Node>, bool) {
    let by_id: HashMap<&str, &RawNode> = raw.iter().map(|it| (it.node_id.as_str(), it)).collect();
    let mut nodes: Vec<Node> = Vec::new();
    let mut seen = HashSet::new();
    let mut refs = 0_usize;
    // A stack, not recursion: pages are untrusted, and may be deep.
    let mut open: Vec<(&str, usize)> = raw
        .first()
        .map(|root| (root.node_id.as_str(), 0))
        .into_iter()
        .collect();
    while let Some((id, depth)) = open.pop() {
        let Some(node) = by_id.get(id).filter(|_| seen.insert(id)) else {
            continue;
        };
        let role = text(node.role.as_ref());
        let name = text(node.name.as_ref());
        let says = !node.ignored
            && !SILENT.contains(&role.as_str())
            && (acts(&role) || !name.is_empty() || KEPT.contains(&role.as_str()));
        if says {
            if nodes.len() == limit {
                return (nodes, true);
            }
            let points = node.backend_node_id.is_some() && role != "StaticText";
            refs += usize::from(points);
            nodes.push(Node {
                reference: points.then(|| format!("e{refs}")),
                backend_node_id: node.backend_node_id,
                value: text(node.value.as_ref()),
                description: text(node.description.as_ref()),
                states: states(node),
                role,
                name,
                depth,
            });
        }
        // What a button says is its name already.
        if !(says && is_leaf(nodes.last())) {
            let below = depth + usize::from(says);
            let children = node.child_ids.iter().rev();
            open.extend(children.map(|child| (child.as_str(), below)));
        }
    }
    (nodes, false)
}

/// What the references of nodes stand for.
pub(crate) fn refs(nodes: &[Node]) -> HashMap<String, i64> {
    nodes
        .iter()
        .filter_map(|node| node.reference.clone().zip(node.backend_node_id))
        .collect()
}

/// As an indented list for a model.
pub(crate) fn as_text(nodes: &[Node]) -> String {
    let mut out = String::new();
    for node in nodes {
        let indent = node.depth.min(MAX_INDENT) * 2;
        // Writing to a String does not fail.
        let _ = write!(out, "{:indent$}- {}", "", node.role);
        if !node.name.is_empty() {
            let _ = write!(out, " {}", quoted(&node.name));
        }
        for state in &node.states {
            let _ = write!(out, " [{state}]");
        }
        if let Some(reference) = &node.reference {
            let _ = write!(out, " [ref={reference}]");
        }
        if !node.value.is_empty() {
            let _ = write!(out, ": {}", quoted(&node.value));
        }
        out.push('\n');
    }
    out
}

/// As a list for a program.
pub(crate) fn as_list(nodes: &[Node]) -> Vec<Value> {
    nodes
        .iter()
        .map(|node| {
            let mut item = json!({"role": node.role, "name": node.name, "depth": node.depth});
            if let Some(reference) = &node.reference {
                item["ref"] = json!(reference);
            }
            for (name, text) in [("value", &node.value), ("description", &node.description)] {
                if !text.is_empty() {
                    item[name] = json!(text);
                }
            }
            if let Some(id) = node.backend_node_id {
                item["backendDOMNodeId"] = json!(id);
            }
            item
        })
        .collect()
}

/// Text of a page on one line. A page cannot make itself look like another line of the list.
fn quoted(text: &str) -> String {
    Value::from(text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
}

fn text(text: Option<&Text>) -> String {
    match text.and_then(|text| text.value.as_ref()) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn states(node: &RawNode) -> Vec<String> {
    let shown = node
        .properties
        .iter()
        .filter(|it| STATES.contains(&it.name.as_str()));
    shown
        .filter_map(|property| match property.value.value.as_ref()? {
            Value::Bool(true) => Some(property.name.clone()),
            Value::String(text) if text == "true" => Some(property.name.clone()),
            Value::String(text) if text != "false" => Some(format!("{}={text}", property.name)),
            Value::Number(number) => Some(format!("{}={number}", property.name)),
            _ => None,
        })
        .collect()
}

fn acts(role: &str) -> bool {
    ACTING.contains(&role)
}

fn is_leaf(node: Option<&Node>) -> bool {
    node.is_some_and(|node| LEAVES.contains(&node.role.as_str()))
}

const MAX_INDENT: usize = 20;

/// What a person can act on.
const ACTING: [&str; 18] = [
    "button",
    "link",
    "textbox",
    "searchbox",
    "combobox",
    "checkbox",
    "radio",
    "switch",
    "slider",
    "spinbutton",
    "menuitem",
    "menuitemcheckbox",
    "menuitemradio",
    "tab",
    "option",
    "treeitem",
    "listbox",
    "scrollbar",
];

/// Parts whose content is their name.
const LEAVES: [&str; 9] = [
    "button",
    "checkbox",
    "radio",
    "switch",
    "menuitem",
    "tab",
    "option",
    "StaticText",
    "heading",
];

/// What is shown although it has no name.
const KEPT: [&str; 8] = [
    "form",
    "list",
    "table",
    "row",
    "navigation",
    "main",
    "dialog",
    "img",
];

/// What says nothing that is not said elsewhere.
const SILENT: [&str; 4] = ["InlineTextBox", "none", "LineBreak", "generic"];

const STATES: [&str; 8] = [
    "checked", "disabled", "expanded", "focused", "level", "pressed", "required", "selected",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{RawNode, as_list, as_text, read, refs};

    fn raw() -> Vec<RawNode> {
        let node = |id: &str, role: &str, name: &str, dom: i64, children: &[&str]| {
            json!({"nodeId": id, "role": {"value": role}, "name": {"value": name},
                   "backendDOMNodeId": dom, "childIds": children})
        };
        let mut checkbox = node("5", "checkbox", "Agree", 15, &[]);
        checkbox["properties"] = json!([
            {"name": "checked", "value": {"value": "true"}},
            {"name": "disabled", "value": {"value": false}},
        ]);
        let mut field = node("6", "textbox", "", 16, &["1"]);
        field["value"] = json!({"value": "typed"});
        let all = json!([
            node("1", "RootWebArea", "Shop", 11, &["2", "5", "6", "missing"]),
            node("2", "generic", "", 12, &["3", "7"]),
            node("3", "button", "Buy\n- link \"x\" [ref=e9]", 13, &["4"]),
            node("4", "StaticText", "Buy", 14, &[]),
            checkbox,
            field,
            {"nodeId": "7", "ignored": true, "role": {"value": "link"}, "name": {"value": "ad"}},
        ]);
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn a_page_reads_as_a_list_with_a_reference_for_what_can_be_acted_on() {
        let (nodes, more) = read(&raw(), 100);
        assert!(!more);
        let text = "- RootWebArea \"Shop\" [ref=e1]\n  \
                    - button \"Buy - link \\\"x\\\" [ref=e9]\" [ref=e2]\n  \
                    - checkbox \"Agree\" [checked] [ref=e3]\n  \
                    - textbox [ref=e4]: \"typed\"\n";
        assert_eq!(as_text(&nodes), text);
        assert_eq!(refs(&nodes).get("e3"), Some(&15));
        let list = as_list(&nodes);
        assert_eq!(list[3]["value"], "typed");
        assert_eq!(list[3]["ref"], "e4");
        assert!(list[1].get("value").is_none());
    }

    #[test]
    fn a_long_page_is_cut_and_says_so() {
        let (nodes, more) = read(&raw(), 2);
        assert_eq!((nodes.len(), more), (2, true));
        assert_eq!(read(&[], 2), (Vec::new(), false));
    }

    #[test]
    fn a_tree_that_bites_its_tail_ends() {
        let loops = json!([{"nodeId": "1", "role": {"value": "main"}, "childIds": ["1", "1"]}]);
        let raw: Vec<RawNode> = serde_json::from_value(loops).unwrap();
        assert_eq!(read(&raw, 10).0.len(), 1);
    }
}
