//! A line for an agent that it reads with its next turn.

use openclaw_agent::tool::untrusted;
use openclaw_store::StoreError;

use crate::clock::now_ms;
use crate::core::Core;

/// Characters of a line.
const MAX_LINE: usize = 16 * 1024;

/// Queues what another program says, marked as such. `false`: the newest line that waits says the
/// same.
///
/// # Errors
///
/// When the store fails.
pub(super) async fn push(
    core: &Core,
    key: &str,
    source: &str,
    text: &str,
) -> Result<bool, StoreError> {
    let text: String = text.trim().chars().take(MAX_LINE).collect();
    let line = untrusted::wrap(source, &text);
    let waiting = core.home.system_events(key).await?;
    if waiting
        .last()
        .is_some_and(|newest| is_same(&newest.text, &line))
    {
        return Ok(false);
    }
    core.home.push_system_event(key, &line, now_ms()).await
}

/// Two marked texts that differ in nothing but the id of their marks.
fn is_same(one: &str, other: &str) -> bool {
    fn id(text: &str) -> Option<&str> {
        let (_, rest) = text.split_once(" id=\"")?;
        Some(rest.split_once('"')?.0)
    }
    match (id(one), id(other)) {
        (Some(left), Some(right)) => one.replace(left, right) == other,
        _ => one == other,
    }
}

/// A name for people: one line, no marks, not long.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|one| !one.is_control() && !matches!(one, '"' | '<' | '>'))
        .take(80)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_known_again() {
        let (one, other) = (untrusted::wrap("s", "hello"), untrusted::wrap("s", "hello"));
        assert!(one != other && is_same(&one, &other));
        assert!(!is_same(&one, &untrusted::wrap("s", "hullo")));
        assert!(!is_same(&one, &untrusted::wrap("t", "hello")));
        assert!(is_same("plain", "plain") && !is_same("plain", &one));
    }

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(plain(" a\n\"b\" <c>"), "ab c");
        assert_eq!(plain(&"x".repeat(200)).len(), 80);
    }
}
