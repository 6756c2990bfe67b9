//! What a node declares of itself in its `connect`, and may change while it runs.

use std::collections::{BTreeMap, BTreeSet};

/// What a node declares: abilities, permissions, and which of its commands it offers.
///
/// A Gateway learns of changes by a new connection only, so a node that is told to change them
/// finishes the calls under way (for at most ten seconds), and reconnects at once. A Gateway of
/// protocol 4 lets more than was approved count only after a person approved it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    pub(crate) caps: Vec<String>,
    pub(crate) permissions: BTreeMap<String, bool>,
    pub(crate) path_env: Option<String>,
    pub(crate) withheld: BTreeSet<String>,
}

impl Surface {
    /// Says whether the node's platform permits something, `camera` for example.
    pub fn set_permission(&mut self, name: impl Into<String>, granted: bool) {
        self.permissions.insert(name.into(), granted);
    }

    /// Says nothing more about a permission.
    pub fn forget_permission(&mut self, name: &str) {
        self.permissions.remove(name);
    }

    /// Adds an ability or takes it away.
    pub fn set_cap(&mut self, cap: impl Into<String>, present: bool) {
        let cap = cap.into();
        let position = self.caps.iter().position(|known| *known == cap);
        match (position, present) {
            (None, true) => self.caps.push(cap),
            (Some(at), false) => {
                self.caps.remove(at);
            }
            (Some(_), true) | (None, false) => {}
        }
    }

    /// Offers a command or withholds it. A command that is withheld is not declared, and a call of
    /// it is answered as if there were none. Names without a handler are of no effect.
    pub fn set_command(&mut self, command: impl Into<String>, offered: bool) {
        let command = command.into();
        if offered {
            self.withheld.remove(&command);
        } else {
            self.withheld.insert(command);
        }
    }

    /// The `PATH` that commands of the node use.
    pub fn set_path_env(&mut self, path: Option<String>) {
        self.path_env = path;
    }

    /// The abilities.
    #[must_use]
    pub fn caps(&self) -> &[String] {
        &self.caps
    }

    /// What is permitted, by name; `None` where nothing is said.
    #[must_use]
    pub fn permission(&self, name: &str) -> Option<bool> {
        self.permissions.get(name).copied()
    }

    /// Whether a command is offered, if it has a handler.
    #[must_use]
    pub fn offers(&self, command: &str) -> bool {
        !self.withheld.contains(command)
    }
}

#[cfg(test)]
mod tests {
    use super::Surface;

    #[test]
    fn what_is_said_twice_counts_once_and_can_be_taken_back() {
        let mut surface = Surface::default();
        for cap in ["camera", "camera", "thermo"] {
            surface.set_cap(cap, true);
        }
        surface.set_cap("camera", false);
        surface.set_cap("nothing", false);
        assert_eq!(surface.caps(), ["thermo"]);

        surface.set_permission("camera", false);
        surface.set_permission("camera", true);
        assert_eq!(surface.permission("camera"), Some(true));
        surface.forget_permission("camera");
        assert_eq!(surface.permission("camera"), None);

        surface.set_command("camera.snap", false);
        assert!(!surface.offers("camera.snap") && surface.offers("thermo.read"));
        surface.set_command("camera.snap", true);
        assert_eq!(surface.withheld.len(), 0);
    }
}
