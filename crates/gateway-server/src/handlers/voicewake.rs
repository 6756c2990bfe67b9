//! `voicewake.get`, `voicewake.set`

use openclaw_protocol::events::voicewake::changed::VoicewakeChanged;
use openclaw_protocol::limits;
use openclaw_protocol::methods::voicewake::triggers::VoiceWakeTriggers;
use openclaw_protocol::methods::voicewake::{get::VoicewakeGet, set::VoicewakeSet};

use crate::fault::Fault;
use crate::router::Router;
use crate::state::hub::{publish, target};
use crate::state::settings::default_triggers;

pub(super) fn register(router: &mut Router) {
    router.now::<VoicewakeGet>(|ctx, _| {
        Ok(VoiceWakeTriggers {
            triggers: ctx.core().settings.voicewake(),
        })
    });
    router.later::<VoicewakeSet, _>(|ctx, params| async move {
        let core = ctx.core();
        let triggers = cleaned(&params.triggers);
        core.settings
            .set_voicewake(core.book.store(), triggers.clone())
            .await
            .map_err(|error| Fault::internal("voice wake words not changed", error))?;
        let payload = VoiceWakeTriggers { triggers };
        publish::<VoicewakeChanged>(&*core.bus, &payload, None);
        // Nodes are told one by one: they are not in the audience of operators' events.
        for node in core.nodes.all() {
            target::<VoicewakeChanged>(&node.conn, &payload);
        }
        Ok(payload)
    });
}

/// Trimmed, without empty words, within the limits; the defaults where nothing is left.
fn cleaned(given: &[String]) -> Vec<String> {
    let kept: Vec<String> = given
        .iter()
        .map(|word| word.trim())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(limits::VOICEWAKE_TRIGGER_CHARS).collect())
        .take(limits::VOICEWAKE_TRIGGERS)
        .collect();
    if kept.is_empty() {
        default_triggers()
    } else {
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::cleaned;

    #[test]
    fn words_are_trimmed_and_never_none() {
        assert_eq!(cleaned(&[" a ".to_owned(), String::new()]), ["a"]);
        assert_eq!(cleaned(&[]), ["openclaw", "claude", "computer"]);
        let many: Vec<String> = (0..100)
            .map(|n| format!("{n}{}", "x".repeat(100)))
            .collect();
        let kept = cleaned(&many);
        assert_eq!(kept.len(), 32);
        assert!(kept.iter().all(|word| word.chars().count() <= 64));
    }
}
