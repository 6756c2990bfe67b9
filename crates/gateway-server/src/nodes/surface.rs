//! What a node may do: declared by it, allowed for its platform, approved by a person.

use openclaw_policy::node_commands::NodeCommandRules;
use openclaw_protocol::connect::ConnectParams;
use openclaw_store::{DeviceRecord, Surface};

use super::registry::bounded_permissions;

/// Most caps, commands or permissions that are read from a node; the rest is cut.
pub(crate) const MAX_NAMES: usize = 512;
/// Longest name of one.
const MAX_NAME_BYTES: usize = 128;

/// What a node declares, after the allowlist of its platform.
///
/// Platform and family are the pinned ones where the device is known: what a node says of itself
/// gains it nothing.
pub(crate) fn declared(
    params: &ConnectParams,
    pinned: Option<&DeviceRecord>,
    rules: &NodeCommandRules,
) -> Surface {
    let facts = pinned.map(|device| &device.facts);
    let platform = facts
        .and_then(|facts| facts.platform.as_deref())
        .unwrap_or(&params.client.platform);
    let family = facts
        .and_then(|facts| facts.device_family.as_deref())
        .or(params.client.device_family.as_deref());
    Surface {
        caps: bounded_names(params.caps.as_deref()),
        commands: bounded_names(params.commands.as_deref())
            .into_iter()
            .filter(|command| rules.allows(platform, family, command))
            .collect(),
        permissions: bounded_permissions(params.permissions.as_ref()),
    }
}

/// Names as a peer gave them: bounded, sorted, each once.
pub(crate) fn bounded_names(given: Option<&[String]>) -> Vec<String> {
    let mut kept: Vec<String> = given
        .unwrap_or_default()
        .iter()
        .filter(|name| !name.is_empty() && name.len() <= MAX_NAME_BYTES)
        .take(MAX_NAMES)
        .cloned()
        .collect();
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// What of the declared surface is approved.
pub(crate) fn effective(declared: &Surface, approved: Option<&Surface>) -> Surface {
    let Some(approved) = approved else {
        return Surface::default();
    };
    let both = |own: &[String], other: &[String]| -> Vec<String> {
        own.iter()
            .filter(|name| other.contains(name))
            .cloned()
            .collect()
    };
    Surface {
        caps: both(&declared.caps, &approved.caps),
        commands: both(&declared.commands, &approved.commands),
        permissions: declared.permissions.clone(),
    }
}

/// Whether a node declares more than is approved.
pub(crate) fn asks_for_more(declared: &Surface, approved: Option<&Surface>) -> bool {
    let Some(approved) = approved else {
        return true;
    };
    declared.caps.iter().any(|cap| !approved.caps.contains(cap))
        || declared
            .commands
            .iter()
            .any(|command| !approved.commands.contains(command))
}

#[cfg(test)]
mod tests {
    use openclaw_store::Surface;

    use super::{asks_for_more, effective};

    fn surface(commands: &[&str]) -> Surface {
        Surface {
            commands: commands.iter().map(|c| (*c).to_owned()).collect(),
            ..Surface::default()
        }
    }

    #[test]
    fn a_node_may_do_what_it_declares_and_a_person_approved() {
        let declared = surface(&["a", "b"]);
        assert_eq!(effective(&declared, None), Surface::default());
        assert_eq!(
            effective(&declared, Some(&surface(&["b", "c"]))),
            surface(&["b"])
        );
        assert!(asks_for_more(&declared, None));
        assert!(asks_for_more(&declared, Some(&surface(&["b"]))));
        assert!(!asks_for_more(&declared, Some(&surface(&["a", "b", "c"]))));
    }
}
