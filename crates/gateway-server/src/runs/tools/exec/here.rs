//! Whether a command may run on the Gateway's machine: what `tools.exec` and
//! `exec-approvals.json` say, and a person where they want one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use openclaw_agent::tool::ToolContext;
use openclaw_agent::tools::exec::ExecFault;
use openclaw_exec_approvals::{
    AllowlistEntry, ApprovalsStore, Ask, ConfiguredPolicy, Document, ExecPolicy, Rules, Security,
    is_display_variable,
};
use openclaw_policy::exec_approval::{ExecFacts, digest_of_env};

use super::local::{self, Begun};
use crate::agents::ExecRules;
use crate::approvals::people::{self, Said, Wanted};
use crate::clock::now_ms;
use crate::core::Core;
use crate::runs::tools::nodes::asker;

/// The file of this machine.
const FILE: &str = "exec-approvals.json";

/// What the rules say of a command.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Runs,
    Denied(&'static str),
    /// A person decides.
    Asks,
}

/// Comes back when the command may run.
pub(super) async fn permit(
    core: &Core,
    cx: &ToolContext,
    rules: &ExecRules,
    begun: &Begun<'_>,
    own_env: &BTreeMap<String, String>,
) -> Result<(), ExecFault> {
    let store = core.options.state_dir.as_ref();
    let store = store.map(|dir| ApprovalsStore::new(dir.join(FILE)));
    let policy = policy(store.as_ref(), rules, &cx.agent_id).await;
    let program = program(begun.command, begun.env.get("PATH"));
    // What the list says is said of programs as this Gateway would start them: with other
    // variables they may run others.
    let is_as_usual = own_env.keys().all(|name| is_display_variable(name));
    let listable = program.clone().filter(|_| is_as_usual);
    let home = local::home(core).map(Path::new);
    match verdict(&policy, begun.command, listable.as_deref(), home) {
        Verdict::Runs => return Ok(()),
        Verdict::Denied(why) => return Err(ExecFault::Denied(why.to_owned())),
        Verdict::Asks => {}
    }
    let wanted = Wanted {
        host: "gateway",
        facts: ExecFacts {
            text: begun.command.to_owned(),
            argv: None,
            cwd: begun.cwd.as_ref().map(|cwd| cwd.display().to_string()),
            env: digest_of_env(own_env),
            agent: Some(cx.agent_id.clone()),
            session: Some(cx.session_key.clone()),
            node: None,
        },
        plan: None,
        program: program
            .as_ref()
            .map(|program| program.display().to_string()),
        may_always: listable.is_some() && policy.ask != Ask::Always,
        env: own_env.clone(),
    };
    let said = people::ask(core, wanted, &asker(&cx.session_key), &cx.cancel).await;
    if let Some(refusal) = said.refusal() {
        return Err(ExecFault::Denied(refusal.to_owned()));
    }
    if let (Said::Yes { always: true, .. }, Some(store), Some(program)) = (said, store, listable) {
        keep(
            store,
            cx.agent_id.clone(),
            program,
            begun.command.to_owned(),
        )
        .await;
    }
    Ok(())
}

/// What holds for this agent. A file that cannot be read allows nothing.
async fn policy(store: Option<&ApprovalsStore>, rules: &ExecRules, agent: &str) -> ExecPolicy {
    let configured = ConfiguredPolicy {
        security: rules.security,
        ask: rules.ask,
    };
    let of_file = match store.map(|store| ApprovalsStore::new(store.path())) {
        None => Rules::default(),
        Some(store) => {
            let agent = agent.to_owned();
            let read = move || {
                store
                    .load()
                    .map(|snapshot| snapshot.document.rules_for(&agent))
            };
            match tokio::task::spawn_blocking(read).await {
                Ok(Ok(rules)) => rules,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "no command may run");
                    return ExecPolicy::deny_all();
                }
                Err(_) => return ExecPolicy::deny_all(),
            }
        }
    };
    ExecPolicy::resolve(configured, of_file)
}

fn verdict(
    policy: &ExecPolicy,
    command: &str,
    program: Option<&Path>,
    home: Option<&Path>,
) -> Verdict {
    let text = command.split_whitespace().collect::<Vec<_>>().join(" ");
    let covers =
        |entry: &AllowlistEntry| program.is_some_and(|program| entry.covers(program, &text, home));
    let is_listed = policy.allowlist.iter().any(covers);
    match (policy.security, policy.ask) {
        (Security::Deny, _) => Verdict::Denied(
            "commands on the Gateway's machine are switched off: tools.exec.security or \
             exec-approvals.json says deny (openclaw approvals get --gateway)",
        ),
        (_, Ask::Always) => Verdict::Asks,
        (Security::Full, _) => Verdict::Runs,
        (Security::Allowlist, _) if is_listed => Verdict::Runs,
        (Security::Allowlist, Ask::OnMiss) => Verdict::Asks,
        (Security::Allowlist, Ask::Off) => Verdict::Denied(
            "the command is not on the list, and nobody is to be asked (tools.exec.ask is off); \
             a program is added with `openclaw approvals allowlist add --gateway PATH`",
        ),
    }
}

/// The program of a command that is nothing but a program and plain words. Everything that a
/// shell reads in another way, a program that runs others among it, is for a person.
fn program(command: &str, path: Option<&String>) -> Option<PathBuf> {
    /// Programs whose arguments are programs, or text that one of them runs.
    const RUNNERS: &[&str] = &[
        "env",
        "sudo",
        "doas",
        "su",
        "nice",
        "nohup",
        "timeout",
        "xargs",
        "find",
        "watch",
        "ssh",
        "sh",
        "bash",
        "dash",
        "zsh",
        "fish",
        "ksh",
        "busybox",
        "awk",
        "gawk",
        "mawk",
        "sed",
        "perl",
        "ruby",
        "node",
        "bun",
        "deno",
        "php",
        "lua",
        "tclsh",
        "osascript",
        "git",
        "tar",
        "make",
        "vim",
        "vi",
        "ed",
        "systemd-run",
        "chroot",
        "unshare",
        "nsenter",
        "setsid",
        "strace",
        "gdb",
        "script",
        "expect",
        "parallel",
        "time",
        "stdbuf",
        "flock",
        "docker",
        "podman",
        "crontab",
        "at",
        "eval",
        "exec",
        "source",
        ".",
        "command",
        "builtin",
    ];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " ./_-+:,@%=".contains(c);
    if !command.chars().all(is_plain) {
        return None;
    }
    let first = command.split(' ').find(|word| !word.is_empty())?;
    let name = first.rsplit('/').next()?;
    let is_runner = RUNNERS.contains(&name) || name.starts_with("python") || name.contains('=');
    if is_runner || name.is_empty() {
        return None;
    }
    if first.starts_with('/') {
        return Some(PathBuf::from(first));
    }
    if first.contains('/') {
        return None;
    }
    let mut folders = path?.split(':').filter(|folder| folder.starts_with('/'));
    folders
        .by_ref()
        .map(|folder| Path::new(folder).join(first))
        .find(|program| program.is_file())
}

/// Keeps that a program is allowed for good.
async fn keep(store: ApprovalsStore, agent: String, program: PathBuf, command: String) {
    let kept = tokio::task::spawn_blocking(move || {
        let pattern = program.display().to_string();
        store.update(|document: &mut Document| document.allow(&agent, &pattern, &command, now_ms()))
    });
    match kept.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "what was allowed for good is not kept"),
        Err(error) => tracing::warn!(%error, "what was allowed for good is not kept"),
    }
}

#[cfg(test)]
mod tests {
    use openclaw_exec_approvals::OnlyCommand;

    use super::*;

    fn policy(security: Security, ask: Ask, pattern: &str) -> ExecPolicy {
        let mut document = Document::default();
        document.allow("main", pattern, "x", 0);
        let rules = Rules {
            security: Some(security),
            ask: Some(ask),
            ..document.rules_for("main")
        };
        ExecPolicy::resolve(ConfiguredPolicy::default(), rules)
    }

    #[test]
    fn the_list_covers_programs_and_nothing_around_them() {
        let path = "/nowhere:/usr/bin:/bin".to_owned();
        let of = |command: &str| program(command, Some(&path));
        assert_eq!(
            of("/usr/bin/uptime -p"),
            Some(PathBuf::from("/usr/bin/uptime"))
        );
        let listed = of("ls -la /tmp/x").unwrap();
        assert!(listed.ends_with("bin/ls"), "{listed:?}");
        for command in [
            "ls; rm -r x",
            "ls | sh",
            "ls $(id)",
            "ls `id`",
            "ls > x",
            "ls\nid",
            "ls & id",
            "ls \"a\"",
            "A=1 ls",
            "./ls",
            "bin/ls",
            "env ls",
            "/usr/bin/sudo ls",
            "python3 x.py",
            "no-such-program-anywhere",
            "",
            "~/ls",
        ] {
            assert_eq!(of(command), None, "{command}");
        }
    }

    #[test]
    fn rules_decide_and_a_person_where_they_say_so() {
        let program = Path::new("/usr/bin/uptime");
        let of = |security, ask, program| {
            let policy = policy(security, ask, "/usr/bin/uptime");
            verdict(&policy, "/usr/bin/uptime -p", program, None)
        };
        let listed = Some(program);
        assert_eq!(of(Security::Full, Ask::OnMiss, None), Verdict::Runs);
        assert_eq!(of(Security::Full, Ask::Always, listed), Verdict::Asks);
        assert_eq!(of(Security::Allowlist, Ask::OnMiss, listed), Verdict::Runs);
        assert_eq!(of(Security::Allowlist, Ask::Off, listed), Verdict::Runs);
        assert_eq!(of(Security::Allowlist, Ask::OnMiss, None), Verdict::Asks);
        assert_eq!(of(Security::Allowlist, Ask::Always, listed), Verdict::Asks);
        let is_denied = |verdict| matches!(verdict, Verdict::Denied(_));
        assert!(is_denied(of(Security::Allowlist, Ask::Off, None)));
        assert!(is_denied(of(Security::Deny, Ask::Always, listed)));
    }

    #[test]
    fn an_entry_for_one_command_line_covers_no_other() {
        let program = Path::new("/usr/bin/curl");
        let of = |only: Option<OnlyCommand>, command| {
            let mut policy = policy(Security::Allowlist, Ask::OnMiss, "/usr/bin/curl");
            policy.allowlist[0].only_command = only;
            verdict(&policy, command, Some(program), None)
        };
        let health = || Some(OnlyCommand::Text("curl https://x/health".to_owned()));
        assert_eq!(of(health(), "curl  https://x/health"), Verdict::Runs);
        assert_eq!(of(health(), "curl https://y/"), Verdict::Asks);
        let unknown = Some(OnlyCommand::Unknown);
        assert_eq!(of(unknown, "curl https://x/health"), Verdict::Asks);
    }

    #[test]
    fn where_nothing_is_said_a_person_decides() {
        let policy = ExecPolicy::resolve(ConfiguredPolicy::default(), Rules::default());
        assert_eq!(verdict(&policy, "x", None, None), Verdict::Asks);
        assert!(matches!(
            verdict(&ExecPolicy::deny_all(), "x", None, None),
            Verdict::Denied(_)
        ));
    }
}
