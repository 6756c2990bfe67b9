//! The text of a systemd user unit.
//!
//! Only restrictions that hold without mount namespaces: those fail in containers and under
//! kernels without user namespaces, and hide files that users expect to be there. A node is not
//! restricted at all: it runs what its owner tells it to. Nor is a tunnel, whose `ssh` does.

use std::fmt::Write as _;

use super::Kind;
use super::definition::Definition;

/// The unit.
pub(crate) fn text(of: &Definition) -> String {
    // Variables are put into arguments, and never into the program's own path.
    let arguments = of.args.iter().map(|word| word.replace('$', "$$"));
    let command: Vec<String> = [of.program.clone()]
        .into_iter()
        .chain(arguments)
        .map(|word| quoted(&word))
        .collect();
    let mut environment = String::new();
    for (name, value) in &of.environment {
        let _ = writeln!(
            environment,
            "Environment={}",
            quoted(&format!("{name}={value}"))
        );
    }
    let restrictions = match of.kind {
        Kind::Gateway => GATEWAY_RESTRICTIONS,
        // `ssh` runs what the user's own configuration names.
        Kind::Node | Kind::Tunnel => "",
    };
    format!(
        "[Unit]\n\
         Description={description}\n\
         After=network-online.target\n\
         Wants=network-online.target\n\
         StartLimitBurst=10\n\
         StartLimitIntervalSec=300\n\
         \n\
         [Service]\n\
         Type=notify\n\
         NotifyAccess=main\n\
         ExecStart={command}\n\
         ExecReload=/bin/kill -HUP $MAINPID\n\
         Restart=on-failure\n\
         RestartSec=5\n\
         RestartPreventExitStatus={config}\n\
         TimeoutStartSec=30\n\
         TimeoutStopSec=60\n\
         KillMode=mixed\n\
         {environment}\
         {restrictions}\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        description = of.description.replace('%', "%%"),
        command = command.join(" "),
        config = openclaw_config::EXIT_CONFIG,
    )
}

const GATEWAY_RESTRICTIONS: &str = "UMask=0077\n\
     NoNewPrivileges=yes\n\
     LockPersonality=yes\n\
     RestrictRealtime=yes\n\
     RestrictSUIDSGID=yes\n";

/// A word as systemd reads it back: in quotes where it needs them, with `%` doubled.
fn quoted(word: &str) -> String {
    let mut text = String::with_capacity(word.len() + 2);
    for character in word.chars() {
        match character {
            '%' => text.push_str("%%"),
            '"' | '\\' => text.extend(['\\', character]),
            other => text.push(other),
        }
    }
    let is_plain = word
        .chars()
        .all(|c| c.is_alphanumeric() || "/._-=:,+@%$".contains(c));
    if is_plain && !word.is_empty() {
        text
    } else {
        format!("\"{text}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::{quoted, text};
    use crate::commands::service::Kind;
    use crate::commands::service::definition::tests::sample;

    #[test]
    fn the_unit_of_a_gateway() {
        insta::assert_snapshot!(text(&sample(
            Kind::Gateway,
            "openclaw-gateway-work.service"
        )));
    }

    #[test]
    fn the_unit_of_a_node_restricts_nothing() {
        let text = text(&sample(Kind::Node, "openclaw-node.service"));
        for line in ["UMask", "NoNewPrivileges", "Restrict", "Protect", "Private"] {
            assert!(!text.contains(&format!("\n{line}")), "{line}: {text}");
        }
    }

    #[test]
    fn words_are_quoted_where_they_must_be() {
        for (word, expected) in [
            ("/usr/bin/openclaw", "/usr/bin/openclaw"),
            ("a b", "\"a b\""),
            ("", "\"\""),
            ("50%", "50%%"),
            ("a\"b", "\"a\\\"b\""),
            ("a\\b", "\"a\\\\b\""),
            ("a;b", "\"a;b\""),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
