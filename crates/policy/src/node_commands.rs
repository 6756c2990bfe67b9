//! Which commands a node may offer, by its platform.
//!
//! A command must be on the platform's list (or in `gateway.nodes.commands.allow`), declared by
//! the node, and approved with the node's surface.

/// Commands beyond the platform's list, and commands taken off it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeCommandRules {
    /// `gateway.nodes.commands.allow`, February's `gateway.nodes.allowCommands`.
    pub allow: Vec<String>,
    /// `gateway.nodes.commands.deny`, February's `gateway.nodes.denyCommands`. Wins.
    pub deny: Vec<String>,
}

impl NodeCommandRules {
    /// Whether a node of this platform and family may offer the command.
    #[must_use]
    pub fn allows(&self, platform: &str, family: Option<&str>, command: &str) -> bool {
        if self.deny.iter().any(|denied| denied == command) {
            return false;
        }
        NodePlatform::resolve(platform, family)
            .default_commands()
            .any(|c| c == command)
            || self.allow.iter().any(|allowed| allowed == command)
    }
}

/// The platform of a node, as far as commands go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodePlatform {
    /// iPhone, iPad.
    Ios,
    /// Apple Watch.
    Watchos,
    /// Android phones and tablets.
    Android,
    /// Mac.
    Macos,
    /// Windows.
    Windows,
    /// Linux.
    Linux,
    /// Anything else: only what is harmless everywhere.
    Unknown,
}

impl NodePlatform {
    /// The platform of a node. A desktop platform needs its family, or none given: a phone that
    /// calls itself `linux` gains nothing.
    #[must_use]
    pub fn resolve(platform: &str, family: Option<&str>) -> Self {
        let platform = canonical_platform(platform);
        let family = family
            .map(canonical_family)
            .filter(|family| !family.is_empty());
        let fits = |wanted: &str| family.as_deref().is_none_or(|family| family == wanted);
        match platform.as_str() {
            "ios"
                if family
                    .as_deref()
                    .is_none_or(|f| matches!(f, "iphone" | "ipad" | "ios")) =>
            {
                Self::Ios
            }
            "watchos" => Self::Watchos,
            "android" if fits("android") => Self::Android,
            "macos" if fits("mac") => Self::Macos,
            "windows" if fits("windows") => Self::Windows,
            "linux" if fits("linux") => Self::Linux,
            _ => Self::Unknown,
        }
    }

    /// The word for messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Watchos => "watchos",
            Self::Android => "android",
            Self::Macos => "macos",
            Self::Windows => "windows",
            Self::Linux => "linux",
            Self::Unknown => "unknown",
        }
    }

    /// Commands that a node of this platform may offer without being listed.
    pub fn default_commands(self) -> impl Iterator<Item = &'static str> {
        let groups: &[&[&str]] = match self {
            Self::Linux => &[HOST, SCREEN],
            Self::Windows => &[HOST, SCREEN, DEVICE, &["camera.list", "location.get"]],
            Self::Macos => &[HOST, SCREEN, DEVICE, CANVAS, PERSONAL, MAC],
            Self::Ios => &[DEVICE, CANVAS, PERSONAL, &["system.notify"]],
            Self::Android => &[DEVICE, CANVAS, PERSONAL, ANDROID],
            Self::Watchos => &[DEVICE, &["system.notify"]],
            Self::Unknown => &[&["camera.list", "location.get", "system.notify"]],
        };
        groups.iter().flat_map(|group| group.iter().copied())
    }
}

const HOST: &[&str] = &[
    "system.run.prepare",
    "system.run",
    "system.which",
    "system.execApprovals.get",
    "system.execApprovals.set",
    "system.notify",
    "fs.listDir",
    "terminal.upload",
    "browser.proxy",
    "browser.proxy.upload.v1",
    "mcp.tools.call.v1",
    "agent.cli.claude.run.v1",
];
const SCREEN: &[&str] = &["screen.snapshot", "desktop.stream", "computer.act"];
const DEVICE: &[&str] = &["device.info", "device.status"];
const CANVAS: &[&str] = &[
    "canvas.present",
    "canvas.hide",
    "canvas.navigate",
    "canvas.eval",
    "canvas.snapshot",
    "canvas.a2ui.push",
    "canvas.a2ui.pushJSONL",
    "canvas.a2ui.reset",
];
const PERSONAL: &[&str] = &[
    "camera.list",
    "location.get",
    "contacts.search",
    "calendar.events",
    "reminders.list",
    "photos.latest",
    "motion.activity",
    "motion.pedometer",
];
const MAC: &[&str] = &["camera.ptz.status", "device.apps"];
const ANDROID: &[&str] = &[
    "notifications.list",
    "notifications.actions",
    "system.notify",
    "device.permissions",
    "device.health",
    "device.apps",
    "callLog.search",
    "mobile.ui.observe",
    "mobile.ui.act",
];

/// Scopes that approving a node surface needs, by the commands it declares.
#[must_use]
pub fn surface_needs_admin(commands: &[String]) -> bool {
    commands.iter().any(|command| {
        command.starts_with("system.run")
            || command.starts_with("browser.proxy")
            || command.starts_with("system.execApprovals.")
            || matches!(
                command.as_str(),
                "system.which" | "fs.listDir" | "terminal.upload"
            )
    })
}

/// One spelling for a platform: `darwin` and `macOS 15.1` are `macos`, `win32` is `windows`.
#[must_use]
pub fn canonical_platform(platform: &str) -> String {
    let lower = platform.trim().to_ascii_lowercase();
    let first = lower.split([' ', '/']).next().unwrap_or_default();
    match first {
        "darwin" | "mac" | "macos" => "macos".to_owned(),
        "win32" | "windows" => "windows".to_owned(),
        "ios" | "ipados" => "ios".to_owned(),
        "linux" | "android" | "watchos" => first.to_owned(),
        _ => lower,
    }
}

/// One spelling for a device family.
#[must_use]
pub fn canonical_family(family: &str) -> String {
    family.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{NodeCommandRules, NodePlatform, canonical_platform, surface_needs_admin};

    #[test]
    fn platforms() {
        for (platform, family, expected) in [
            ("linux", Some("Linux"), NodePlatform::Linux),
            ("linux", None, NodePlatform::Linux),
            ("darwin", None, NodePlatform::Macos),
            ("macOS 15.1", Some("Mac"), NodePlatform::Macos),
            ("win32", Some("Windows"), NodePlatform::Windows),
            ("linux", Some("iPhone"), NodePlatform::Unknown),
            ("toaster", None, NodePlatform::Unknown),
            ("ios", Some("iPhone"), NodePlatform::Ios),
        ] {
            assert_eq!(
                NodePlatform::resolve(platform, family),
                expected,
                "{platform} {family:?}"
            );
        }
        assert_eq!(canonical_platform("darwin"), canonical_platform("macos"));
    }

    #[test]
    fn deny_wins_and_dangerous_commands_need_to_be_listed() {
        let rules = NodeCommandRules {
            allow: vec!["camera.snap".to_owned(), "system.run".to_owned()],
            deny: vec!["system.run".to_owned()],
        };
        let none = NodeCommandRules::default();
        assert!(none.allows("linux", None, "system.run"));
        assert!(!rules.allows("linux", None, "system.run"));
        assert!(!none.allows("ios", None, "camera.snap"));
        assert!(rules.allows("ios", None, "camera.snap"));
        assert!(!none.allows("ios", None, "system.run"));
        assert!(!none.allows("linux", Some("iPhone"), "system.run"));
    }

    #[test]
    fn shell_surfaces_need_an_admin() {
        assert!(surface_needs_admin(&["system.which".to_owned()]));
        assert!(!surface_needs_admin(&["camera.list".to_owned()]));
    }
}
