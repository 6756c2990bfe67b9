//! What the configuration says about the browser of this machine.

use std::path::{Path, PathBuf};

use openclaw_browser::BrowserOptions;
use openclaw_config::{Config, Env};
use serde::Deserialize;

/// The section `browser`, as far as it is about a browser of this machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Section {
    enabled: bool,
    executable_path: Option<PathBuf>,
    headless: Option<bool>,
    no_sandbox: bool,
    evaluate_enabled: bool,
}

impl Default for Section {
    fn default() -> Self {
        Self {
            enabled: true,
            executable_path: None,
            headless: None,
            no_sandbox: false,
            evaluate_enabled: true,
        }
    }
}

/// How the browser of this machine is started, where the configuration offers it to agents:
/// `nodeHost.browserProxy.enabled`, and not `browser.enabled: false`.
///
/// Its profile is `browser/openclaw/user-data` in the state directory, as the original's.
#[must_use]
pub fn browser_of_config(config: &Config, state_dir: &Path, env: &Env) -> Option<BrowserOptions> {
    let offered = &config.node_host.browser_proxy;
    let profiles = &offered.allow_profiles;
    let has_ours = profiles.is_empty() || profiles.iter().any(|name| name == PROFILE);
    if !offered.enabled || !has_ours {
        return None;
    }
    let section = match config.other("browser") {
        None => Section::default(),
        Some(value) => Section::deserialize(value).unwrap_or_else(|error| {
            tracing::error!(%error, "`browser` cannot be read; the browser is not offered");
            Section {
                enabled: false,
                ..Section::default()
            }
        }),
    };
    if !section.enabled {
        return None;
    }
    let profile = state_dir.join("browser").join(PROFILE).join("user-data");
    let mut options = BrowserOptions::new(profile);
    options.executable = section.executable_path;
    options.search_path = env.os("PATH").map(Into::into);
    options.headless = section.headless.unwrap_or_else(|| !has_screen(env));
    options.no_sandbox = section.no_sandbox;
    options.evaluate = section.evaluate_enabled;
    Some(options)
}

/// Whether a window could be seen.
fn has_screen(env: &Env) -> bool {
    cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| env.text(name).is_some_and(|value| !value.is_empty()))
}

/// The one profile that a node has.
const PROFILE: &str = "openclaw";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use openclaw_browser::BrowserOptions;
    use openclaw_config::{Env, load};
    use serde_json::{Value, json};

    use super::browser_of_config;

    fn options(config: &Value, env: &Env) -> Option<BrowserOptions> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("openclaw.json");
        std::fs::write(&path, config.to_string()).unwrap();
        let loaded = load(&path, env).unwrap();
        browser_of_config(&loaded.config, Path::new("/state"), env)
    }

    #[test]
    fn no_browser_is_offered_unless_somebody_asked_for_it() {
        let env = Env::empty();
        let on = json!({"enabled": true});
        for refused in [
            json!({}),
            json!({"browser": {"enabled": true}}),
            json!({"nodeHost": {"browserProxy": {"enabled": false}}}),
            json!({"nodeHost": {"browserProxy": on}, "browser": {"enabled": false}}),
            json!({"nodeHost": {"browserProxy": on}, "browser": {"noSandbox": "perhaps"}}),
            json!({"nodeHost": {"browserProxy": {"enabled": true, "allowProfiles": ["work"]}}}),
        ] {
            assert!(options(&refused, &env).is_none(), "{refused}");
        }
        let offered = options(&json!({"nodeHost": {"browserProxy": on}}), &env).unwrap();
        let profile = "/state/browser/openclaw/user-data";
        assert_eq!(offered.profile_dir, Path::new(profile));
        assert!(offered.headless && !offered.no_sandbox && offered.evaluate);
    }

    #[test]
    fn it_is_started_as_the_configuration_says() {
        let env = Env::empty().with("PATH", "/a:/b").with("DISPLAY", ":0");
        let mut config = json!({
            "nodeHost": {"browserProxy": {"enabled": true, "allowProfiles": ["openclaw"]}},
            "browser": {"executablePath": "/x", "noSandbox": true, "evaluateEnabled": false,
                        "color": "#FF4500"},
        });
        let offered = options(&config, &env).unwrap();
        assert_eq!(offered.executable.as_deref(), Some(Path::new("/x")));
        assert_eq!(offered.search_path, Some("/a:/b".into()));
        assert!(!offered.headless && offered.no_sandbox && !offered.evaluate);
        config["browser"]["headless"] = json!(true);
        assert!(options(&config, &env).unwrap().headless);
    }
}
