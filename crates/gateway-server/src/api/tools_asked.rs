//! Tools that a client brings, and whether the model must call one of them.

use openclaw_agent::tool::ToolSpec;
use serde_json::{Value, json};

use super::fault::ApiFault;
use crate::runs::ClientTool;

/// Tools of one request.
const MAX_TOOLS: usize = 128;

/// The tools of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct AskedTools {
    /// Those that the model may call.
    pub(super) tools: Vec<ClientTool>,
    /// It must call one.
    pub(super) is_required: bool,
}

impl AskedTools {
    /// Reads `tools` and `tool_choice`. `is_nested`: names stand in `function`, as
    /// `/v1/chat/completions` has it.
    ///
    /// # Errors
    ///
    /// 400 for tools that are no functions, names that are none, and choices that cannot be met.
    pub(super) fn read(
        tools: Option<&Value>,
        choice: Option<&Value>,
        is_nested: bool,
    ) -> Result<Self, ApiFault> {
        let mut found = Vec::new();
        match tools {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) if list.len() <= MAX_TOOLS => {
                for (at, one) in list.iter().enumerate() {
                    found.push(tool(one, at, is_nested)?);
                }
            }
            Some(Value::Array(_)) => {
                return Err(ApiFault::invalid(format!("`tools`: at most {MAX_TOOLS}")));
            }
            Some(_) => return Err(ApiFault::invalid("`tools` must be an array")),
        }
        for (at, one) in found.iter().enumerate() {
            if found[..at].iter().any(|other| other.name == one.name) {
                return Err(ApiFault::invalid(format!(
                    "`tools`: `{}` is there twice",
                    one.name
                )));
            }
        }
        choose(found, choice, is_nested)
    }

    /// What the model is told about that.
    pub(super) fn instruction(&self) -> Option<String> {
        if !self.is_required {
            return None;
        }
        let names: Vec<&str> = self.tools.iter().map(|tool| tool.name.as_str()).collect();
        Some(format!(
            "The program that asks requires that you call one of these tools before you answer: \
             {}.",
            names.join(", ")
        ))
    }
}

fn tool(value: &Value, at: usize, is_nested: bool) -> Result<ClientTool, ApiFault> {
    let wrong = |why: &str| ApiFault::invalid(format!("`tools[{at}]`: {why}"));
    if value["type"] != "function" {
        return Err(wrong("only tools with `type: \"function\"` are taken"));
    }
    let function = if is_nested { &value["function"] } else { value };
    let name = function["name"].as_str().unwrap_or_default().trim();
    if name.is_empty() {
        let place = if is_nested { "function.name" } else { "name" };
        return Err(wrong(&format!("`{place}` is missing")));
    }
    let parameters = match &function["parameters"] {
        Value::Null => json!({ "type": "object", "properties": {} }),
        Value::Object(schema) => Value::Object(schema.clone()),
        _ => return Err(wrong("`parameters` must be a JSON Schema object")),
    };
    let spec = ToolSpec {
        name: name.to_owned(),
        description: function["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        parameters,
    };
    spec.check().map_err(|error| wrong(&error.to_string()))?;
    Ok(ClientTool {
        name: spec.name,
        description: spec.description,
        parameters: spec.parameters,
    })
}

fn choose(
    tools: Vec<ClientTool>,
    choice: Option<&Value>,
    is_nested: bool,
) -> Result<AskedTools, ApiFault> {
    let wrong = |why: String| Err(ApiFault::invalid(format!("`tool_choice`: {why}")));
    let (tools, is_required) = match choice {
        None | Some(Value::Null) => (tools, false),
        Some(Value::String(word)) => match word.as_str() {
            "auto" => (tools, false),
            "none" => (Vec::new(), false),
            "required" if tools.is_empty() => return wrong("`required` needs `tools`".to_owned()),
            "required" => (tools, true),
            other => return wrong(format!("`{other}` is not known")),
        },
        Some(value) if value["type"] == "function" => {
            let name = if is_nested {
                &value["function"]["name"]
            } else {
                &value["name"]
            };
            let name = name.as_str().unwrap_or_default();
            let pinned: Vec<ClientTool> =
                tools.into_iter().filter(|tool| tool.name == name).collect();
            if pinned.is_empty() {
                return wrong(format!("`{name}` is not among `tools`"));
            }
            (pinned, true)
        }
        Some(_) => {
            return wrong("expected `auto`, `none`, `required` or a function".to_owned());
        }
    };
    Ok(AskedTools { tools, is_required })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weather() -> Value {
        json!([{"type": "function", "function": {"name": "weather", "description": "d"}}])
    }

    #[test]
    fn tools_are_read_in_both_shapes() {
        let nested = AskedTools::read(Some(&weather()), None, true).unwrap();
        let flat = json!([{"type": "function", "name": "weather", "description": "d"}]);
        assert_eq!(AskedTools::read(Some(&flat), None, false).unwrap(), nested);
        assert_eq!(nested.tools[0].parameters["type"], "object");
        assert_eq!(nested.instruction(), None);
    }

    #[test]
    fn a_choice_narrows() {
        let read = |choice: Value| AskedTools::read(Some(&weather()), Some(&choice), true);
        assert!(read(json!("none")).unwrap().tools.is_empty());
        assert!(!read(json!("auto")).unwrap().is_required);
        let pinned = json!({"type": "function", "function": {"name": "weather"}});
        for choice in [json!("required"), pinned] {
            assert!(
                read(choice)
                    .unwrap()
                    .instruction()
                    .unwrap()
                    .contains("weather")
            );
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (tools, choice) in [
            (json!({}), json!(null)),
            (json!([{"type": "web_search"}]), json!(null)),
            (json!([{"type": "function", "function": {}}]), json!(null)),
            (
                json!([{"type": "function", "function": {"name": "no space"}}]),
                json!(null),
            ),
            (
                json!([{"type": "function", "function": {"name": "a", "parameters": 1}}]),
                json!(null),
            ),
            (json!([weather()[0], weather()[0]]), json!(null)),
            (json!([]), json!("required")),
            (weather(), json!("maybe")),
            (weather(), json!({"type": "allowed_tools"})),
            (
                weather(),
                json!({"type": "function", "function": {"name": "other"}}),
            ),
        ] {
            let fault = AskedTools::read(Some(&tools), Some(&choice), true).unwrap_err();
            assert_eq!(fault.status, 400, "{tools} {choice}");
        }
    }
}
