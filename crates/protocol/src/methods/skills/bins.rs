//! `skills.bins`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::method::NoParams;
use crate::{Access, Method};

/// The programs that skills use, for a node that allows them by itself.
///
/// Shape: `{}` → `{bins}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unauthorized role: operator` for anybody but a node.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SkillsBins {}

impl Method for SkillsBins {
    const NAME: &'static str = "skills.bins";
    const ACCESS: Access = Access::Node;
    type Params = NoParams;
    type Result = SkillsBinsResult;
}

/// Result of [`SkillsBins`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkillsBinsResult {
    /// Names of programs.
    pub bins: Vec<String>,
}
