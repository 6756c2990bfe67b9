//! What the host offers: caps and commands.

use crate::commands::{approvals, browser, notify, prepare, run, which};

/// What this machine and its configuration permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Whether commands may be run at all. Off: the node offers none that run something.
    pub run: bool,
    /// Whether the desktop takes notifications.
    pub notify: bool,
    /// Whether agents may use a browser of this machine.
    pub browser: bool,
}

/// What a `connect` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surface {
    /// Abilities by name.
    pub caps: Vec<&'static str>,
    /// Commands by name.
    pub commands: Vec<&'static str>,
}

/// Caps and commands for these abilities, in the order in which they are declared.
///
/// The same for both generations: a February Gateway drops `system.run.prepare`, which it does not
/// know, without a word.
#[must_use]
pub fn surface(abilities: Abilities) -> Surface {
    let mut commands = Vec::new();
    if abilities.run {
        commands.extend([run::NAME, prepare::NAME]);
    }
    commands.extend([which::NAME, approvals::GET, approvals::SET]);
    if abilities.notify {
        commands.push(notify::NAME);
    }
    let mut caps = vec!["system"];
    if abilities.browser {
        caps.push(browser::CAP);
        commands.push(browser::NAME);
    }
    Surface { caps, commands }
}

#[cfg(test)]
mod tests {
    use super::{Abilities, surface};

    #[test]
    fn commands_follow_the_abilities() {
        let all = surface(Abilities {
            run: true,
            notify: true,
            browser: true,
        });
        assert_eq!(all.caps, ["system", "browser"]);
        assert_eq!(
            all.commands,
            [
                "system.run",
                "system.run.prepare",
                "system.which",
                "system.execApprovals.get",
                "system.execApprovals.set",
                "system.notify",
                "browser.proxy"
            ]
        );
        let none = surface(Abilities {
            run: false,
            notify: false,
            browser: false,
        });
        assert_eq!(none.caps, ["system"]);
        assert_eq!(
            none.commands,
            [
                "system.which",
                "system.execApprovals.get",
                "system.execApprovals.set"
            ]
        );
    }
}
