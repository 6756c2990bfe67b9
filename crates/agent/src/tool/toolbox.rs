//! The tools of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{BadToolName, Tool, ToolError, ToolPolicy, ToolSpec};

/// The tools of a run, by name.
#[derive(Debug, Clone, Default)]
pub struct Toolbox {
    tools: BTreeMap<String, Arc<dyn Tool>>,
}

impl Toolbox {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool. Of two with one name the first stays: what comes from outside cannot take
    /// the place of what is built in. Says whether it was added.
    ///
    /// Errors: [`BadToolName`].
    pub fn add(&mut self, tool: Arc<dyn Tool>) -> Result<bool, BadToolName> {
        tool.spec().check()?;
        let name = tool.spec().name.clone();
        if self.tools.contains_key(&name) {
            return Ok(false);
        }
        self.tools.insert(name, tool);
        Ok(true)
    }

    /// The same with only what a policy allows.
    #[must_use]
    pub fn within(&self, policy: &ToolPolicy) -> Self {
        let tools = self.tools.iter().filter(|(name, _)| policy.allows(name));
        Self {
            tools: tools
                .map(|(name, tool)| (name.clone(), Arc::clone(tool)))
                .collect(),
        }
    }

    /// What models are told, sorted by name: the same tools always make the same text, which
    /// keeps caches of providers warm.
    pub fn specs(&self) -> Vec<Arc<ToolSpec>> {
        self.tools
            .values()
            .map(|tool| Arc::clone(tool.spec()))
            .collect()
    }

    /// The tool of this name.
    ///
    /// Errors: [`ToolError::Unknown`], which names those that there are.
    pub fn find(&self, name: &str) -> Result<&Arc<dyn Tool>, ToolError> {
        self.tools.get(name).ok_or_else(|| ToolError::Unknown {
            name: name.chars().take(80).collect(),
            known: self.tools.keys().cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::testing::Echo;

    #[test]
    fn what_comes_later_takes_no_place() {
        let mut tools = Toolbox::new();
        assert_eq!(tools.add(Echo::named("exec")), Ok(true));
        assert_eq!(tools.add(Echo::named("exec")), Ok(false));
        assert!(tools.add(Echo::named("no spaces")).is_err());
        assert!(tools.add(Echo::named("")).is_err());
    }

    #[test]
    fn a_policy_takes_tools_away() {
        let mut tools = Toolbox::new();
        tools.add(Echo::named("exec")).unwrap();
        tools.add(Echo::named("read")).unwrap();
        let policy = ToolPolicy {
            allow: None,
            deny: vec!["exec".parse().unwrap()],
        };
        let narrowed = tools.within(&policy);
        assert_eq!(narrowed.specs().len(), 1);
        let told = narrowed.find("exec").unwrap_err().to_string();
        assert_eq!(told, "there is no tool `exec`; there are: read");
    }
}
