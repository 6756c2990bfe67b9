//! `skills.bins`

use openclaw_protocol::methods::skills::bins::{SkillsBins, SkillsBinsResult};

use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    // No skill is installed: none needs a program of a node.
    router.now::<SkillsBins>(|_, _| Ok(SkillsBinsResult { bins: Vec::new() }));
}
