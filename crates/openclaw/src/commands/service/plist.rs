//! The text of a launchd agent.

use std::fmt::Write as _;

use super::Kind;
use super::definition::Definition;

/// The property list.
pub(crate) fn text(of: &Definition) -> String {
    let mut body = String::new();
    let word = of.kind.word();
    key(&mut body, "Label", &string(&of.id));
    key(&mut body, "Comment", &string(&of.description));
    let mut arguments = String::from("<array>\n");
    for word in [&of.program].into_iter().chain(&of.args) {
        let _ = writeln!(arguments, "      {}", string(word));
    }
    arguments.push_str("    </array>");
    key(&mut body, "ProgramArguments", &arguments);
    let mut environment = String::from("<dict>\n");
    for (name, value) in &of.environment {
        let _ = writeln!(
            environment,
            "      <key>{name}</key>\n      {}",
            string(value)
        );
    }
    environment.push_str("    </dict>");
    key(&mut body, "EnvironmentVariables", &environment);
    key(&mut body, "RunAtLoad", "<true/>");
    key(
        &mut body,
        "KeepAlive",
        "<dict>\n      <key>SuccessfulExit</key>\n      <false/>\n    </dict>",
    );
    key(&mut body, "ThrottleInterval", "<integer>10</integer>");
    key(&mut body, "ExitTimeOut", "<integer>60</integer>");
    key(&mut body, "ProcessType", &string("Interactive"));
    if of.kind == Kind::Gateway {
        // Decimal, as property lists have no octal numbers: 077.
        key(&mut body, "Umask", "<integer>63</integer>");
    }
    let log = |end: &str| string(&format!("{}/{word}{end}", of.logs));
    key(&mut body, "StandardOutPath", &log(".log"));
    key(&mut body, "StandardErrorPath", &log(".err.log"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n  <dict>\n{body}  </dict>\n</plist>\n"
    )
}

fn key(body: &mut String, name: &str, value: &str) {
    let _ = writeln!(body, "    <key>{name}</key>\n    {value}");
}

fn string(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<string>{text}</string>")
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::commands::service::Kind;
    use crate::commands::service::definition::tests::sample;

    #[test]
    fn the_agent_of_a_gateway() {
        insta::assert_snapshot!(text(&sample(Kind::Gateway, "ai.openclaw.work")));
    }

    #[test]
    fn the_agent_of_a_node_restricts_nothing_and_logs_under_its_own_name() {
        let text = text(&sample(Kind::Node, "ai.openclaw.node"));
        assert!(!text.contains("Umask"), "{text}");
        assert!(text.contains("logs/node.err.log"), "{text}");
    }
}
