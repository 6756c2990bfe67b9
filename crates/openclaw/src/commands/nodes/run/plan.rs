//! What is to run: as it was typed, and as the node says that it would run.

use openclaw_node_host::approvals::{Ask, Security};
use serde_json::{Value, json};

use super::super::on::{Call, OnNode, members, payload};
use super::order::{NodePolicy, Wish};
use crate::cli::nodes::run::NodesRunArgs;
use crate::commands::operator::key;
use crate::error::CliError;
use crate::render::field::{text, texts};

/// The node's command.
const PREPARE: &str = "system.run.prepare";

/// What is to run.
#[derive(Debug)]
pub(super) struct Prepared {
    argv: Vec<String>,
    /// The line for a shell; only where there is no plan, for a plan says it itself.
    raw: Option<String>,
    text: String,
    cwd: Option<String>,
    plan: Option<Value>,
    policy: NodePolicy,
}

/// Asks the node, if it can say it.
///
/// The newest node hosts tie every plan to files and programs, and refuse a line for a shell that
/// they cannot tie, unless both sides say that nobody has to be asked. So the wish goes along; the
/// node takes the stricter of the two.
pub(super) async fn prepare(
    node: &OnNode,
    args: &NodesRunArgs,
    wish: &Wish,
) -> Result<Prepared, CliError> {
    let typed = Prepared::typed(args, node.platform());
    if !node.offers(PREPARE) {
        return Ok(typed);
    }
    let security = wish.security().unwrap_or(Security::Full);
    let ask = wish.ask().unwrap_or(Ask::Off);
    let call = Call {
        command: PREPARE,
        params: members([
            ("command", Some(json!(typed.argv))),
            ("rawCommand", typed.raw.clone().map(Value::from)),
            ("cwd", typed.cwd.clone().map(Value::from)),
            ("agentId", Some(json!(args.agent))),
            ("security", Some(json!(security.as_str()))),
            ("ask", Some(json!(ask.as_str()))),
        ]),
        within: super::RUN,
        key: key(None),
    };
    let answer = node.invoke(&call).await?;
    typed.planned(payload(&answer))
}

impl Prepared {
    fn typed(args: &NodesRunArgs, platform: &str) -> Self {
        let argv = match &args.raw {
            Some(line) => shell(line, platform),
            None => args.command.clone(),
        };
        Self {
            text: args.raw.clone().unwrap_or_else(|| argv.join(" ")),
            argv,
            raw: args.raw.clone(),
            cwd: args.cwd.clone(),
            plan: None,
            policy: NodePolicy::default(),
        }
    }

    /// The same as the node would run it: `{plan, execPolicy?}`.
    fn planned(self, answer: &Value) -> Result<Self, CliError> {
        let bad =
            || CliError::failure(format!("invalid {PREPARE} payload")).kind("invalid_payload");
        let plan = answer.get("plan").ok_or_else(bad)?;
        let argv: Vec<String> = texts(plan, "argv").into_iter().map(str::to_owned).collect();
        // The node may name the program by its path; it may not name another command.
        if argv.len() != self.argv.len() || argv.get(1..) != self.argv.get(1..) {
            return Err(CliError::failure(format!(
                "the node prepared another command than the one that was asked for: {}",
                argv.join(" ")
            ))
            .kind("invalid_payload"));
        }
        let policy = answer.get("execPolicy").unwrap_or(&Value::Null);
        Ok(Self {
            text: text(plan, "commandText").ok_or_else(bad)?.to_owned(),
            argv,
            raw: None,
            cwd: text(plan, "cwd").map(str::to_owned),
            plan: Some(without_null_script(plan)),
            // A word that nobody knows is the strictest one.
            policy: NodePolicy {
                security: text(policy, "security")
                    .map(|word| Security::parse(word).unwrap_or(Security::Deny)),
                ask: text(policy, "ask").map(|word| Ask::parse(word).unwrap_or(Ask::Always)),
            },
        })
    }

    /// Program and arguments.
    pub(super) fn argv(&self) -> &[String] {
        &self.argv
    }

    /// The line for a shell.
    pub(super) fn raw(&self) -> Option<&str> {
        self.raw.as_deref()
    }

    /// The command as a person reads it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where it runs.
    pub(super) fn cwd(&self) -> Option<&str> {
        self.cwd.as_deref()
    }

    /// The node's plan.
    pub(super) const fn plan(&self) -> Option<&Value> {
        self.plan.as_ref()
    }

    /// The node's rules.
    pub(super) const fn policy(&self) -> NodePolicy {
        self.policy
    }
}

/// The plan as every Gateway takes it: the newest ones refuse one that says `null` where it names
/// no script, and want it left out.
fn without_null_script(plan: &Value) -> Value {
    let mut plan = plan.clone();
    if let Value::Object(members) = &mut plan {
        members.retain(|name, value| name != "mutableFileOperand" || !value.is_null());
    }
    plan
}

/// The line in the shell of the node's platform.
fn shell(line: &str, platform: &str) -> Vec<String> {
    let words: &[&str] = if platform.trim().to_ascii_lowercase().starts_with("win") {
        &["cmd.exe", "/d", "/s", "/c"]
    } else {
        &["/bin/sh", "-lc"]
    };
    words
        .iter()
        .map(|&word| word.to_owned())
        .chain([line.to_owned()])
        .collect()
}

#[cfg(test)]
mod tests {
    use openclaw_node_host::approvals::{Ask, Security};
    use serde_json::json;

    use super::{NodePolicy, Prepared, shell};

    fn typed(argv: &[&str]) -> Prepared {
        Prepared {
            argv: argv.iter().map(|&word| word.to_owned()).collect(),
            raw: None,
            text: argv.join(" "),
            cwd: Some("/typed".to_owned()),
            plan: None,
            policy: NodePolicy::default(),
        }
    }

    #[test]
    fn the_shell_is_the_platforms() {
        assert_eq!(shell("ls | wc", "linux"), ["/bin/sh", "-lc", "ls | wc"]);
        assert_eq!(shell("dir", "win32")[0], "cmd.exe");
        // `darwin` has a `win` in it.
        assert_eq!(shell("ls", "darwin")[0], "/bin/sh");
    }

    #[test]
    fn the_plan_says_what_runs_where() {
        let answer = json!({
            "plan": { "argv": ["/usr/bin/ls", "-a"], "commandText": "/usr/bin/ls -a", "cwd": null, "mutableFileOperand": null },
            "execPolicy": { "security": "allowlist", "ask": "sometimes" },
        });
        let planned = typed(&["ls", "-a"]).planned(&answer).unwrap();
        assert_eq!(planned.argv(), ["/usr/bin/ls", "-a"]);
        assert_eq!((planned.text(), planned.cwd()), ("/usr/bin/ls -a", None));
        let policy = planned.policy();
        assert_eq!(policy.security, Some(Security::Allowlist));
        assert_eq!(policy.ask, Some(Ask::Always));
        let mut plan = answer["plan"].clone();
        plan.as_object_mut().unwrap().remove("mutableFileOperand");
        assert_eq!(planned.plan(), Some(&plan));
    }

    #[test]
    fn a_plan_for_something_else_is_refused() {
        for argv in [
            json!(["ls", "-la"]),
            json!(["ls"]),
            json!(["ls", "-a", "x"]),
            json!([]),
        ] {
            let answer = json!({ "plan": { "argv": argv, "commandText": "x" } });
            let error = typed(&["ls", "-a"]).planned(&answer).unwrap_err();
            assert!(error.message().contains("another command"), "{error}");
        }
        for answer in [json!({}), json!({ "plan": { "argv": ["ls", "-a"] } })] {
            assert!(typed(&["ls", "-a"]).planned(&answer).is_err());
        }
    }
}
