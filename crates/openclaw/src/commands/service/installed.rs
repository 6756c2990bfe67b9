//! What an installed service runs, read back from its file: ours, or one of the original.

use std::path::{Path, PathBuf};

use super::Manager;

/// What a service file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Installed {
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    /// Its environment.
    pub(crate) environment: Vec<(String, String)>,
}

impl Installed {
    /// Reads it; `None` where it cannot be read or runs nothing.
    pub(crate) fn read(manager: Manager, file: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(file).ok()?;
        let found = match manager {
            Manager::Systemd => of_unit(&text),
            Manager::Launchd => of_plist(&text),
        };
        (!found.command.is_empty()).then_some(found)
    }

    /// The program.
    pub(crate) fn program(&self) -> PathBuf {
        PathBuf::from(self.command.first().map_or("", String::as_str))
    }

    /// A variable of its environment.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of an option of its command: `--port 18789` or `--port=18789`.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        let mut words = self.command.iter().map(String::as_str);
        while let Some(word) = words.next() {
            if word == name {
                return words.next();
            }
            if let Some(value) = word
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('='))
            {
                return Some(value);
            }
        }
        None
    }
}

fn of_unit(text: &str) -> Installed {
    let mut found = Installed::default();
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        match key.trim() {
            "ExecStart" => {
                found.command = words(value)
                    .iter()
                    .map(|word| word.replace("$$", "$"))
                    .collect();
            }
            "Environment" => {
                for word in words(value) {
                    if let Some((name, value)) = word.split_once('=') {
                        found.environment.push((name.to_owned(), value.to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// Words of a unit's line: separated by blanks, with quotes, `\` and `%%`.
fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.trim().chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => word.get_or_insert_default().extend(characters.next()),
            '%' if characters.peek() == Some(&'%') => {
                characters.next();
                word.get_or_insert_default().push('%');
            }
            '"' | '\'' if quote.is_none() => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            _ if quote == Some(character) => quote = None,
            _ if character.is_whitespace() && quote.is_none() => all.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    all.extend(word);
    all
}

/// The strings of the two keys that matter. Property lists of services are written by programs,
/// a value a line.
fn of_plist(text: &str) -> Installed {
    let body = |key: &str, end: &str| {
        let (_, rest) = text.split_once(&format!("<key>{key}</key>"))?;
        rest.split_once(end).map(|(body, _)| body)
    };
    let tagged = |body: &str, tag: &str| -> Vec<String> {
        body.split(&format!("<{tag}>"))
            .skip(1)
            .filter_map(|rest| rest.split_once(&format!("</{tag}>")))
            .map(|(value, _)| unescaped(value))
            .collect()
    };
    let command = body("ProgramArguments", "</array>");
    let environment = body("EnvironmentVariables", "</dict>").unwrap_or_default();
    Installed {
        command: tagged(command.unwrap_or_default(), "string"),
        environment: tagged(environment, "key")
            .into_iter()
            .zip(tagged(environment, "string"))
            .collect(),
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::{Installed, of_plist, of_unit};
    use crate::commands::service::definition::tests::sample;
    use crate::commands::service::{Kind, plist, unit};

    #[test]
    fn what_we_write_is_read_back_as_it_was() {
        let sample = sample(Kind::Gateway, "x");
        let mut command = vec![sample.program.clone()];
        command.extend(sample.args.clone());
        let expected = Installed {
            command,
            environment: sample
                .environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        };
        assert_eq!(of_unit(&unit::text(&sample)), expected);
        assert_eq!(of_plist(&plist::text(&sample)), expected);
        assert_eq!(expected.option("--port"), Some("20330"));
        assert_eq!(expected.option("--bind"), None);
        assert_eq!(expected.variable("OPENCLAW_PROFILE"), Some("work"));
    }

    #[test]
    fn a_unit_of_the_original_is_understood() {
        let text = "[Service]\nExecStart=/usr/bin/node \"/opt/open claw/openclaw.mjs\" gateway \
                    --port=18789\nEnvironment=OPENCLAW_SERVICE_VERSION=2026.2.6-3 'A=b c'\n";
        let found = of_unit(text);
        assert_eq!(found.command[1], "/opt/open claw/openclaw.mjs");
        assert_eq!(found.option("--port"), Some("18789"));
        assert_eq!(found.variable("A"), Some("b c"));
        assert!(of_unit("garbage").command.is_empty());
    }
}
