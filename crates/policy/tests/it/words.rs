//! Words of the configuration and of platforms, and what they mean.

use std::collections::BTreeSet;

use openclaw_policy::node_commands::{
    NodeCommandRules, NodePlatform, canonical_platform, surface_needs_admin,
};
use openclaw_policy::setup_code::Profile;
use openclaw_policy::{AuthMode, BindMode, TailscaleMode};
use openclaw_protocol::events::device::pair::setup::completed::SetupAccess;
use proptest::prelude::*;

#[test]
fn every_word_reads_as_itself_and_no_other_does() {
    for mode in BindMode::ALL {
        assert_eq!(mode.as_str().parse(), Ok(*mode));
        assert_eq!(mode.to_string(), mode.as_str());
    }
    for mode in AuthMode::ALL {
        assert_eq!(mode.as_str().parse(), Ok(*mode));
    }
    for mode in TailscaleMode::ALL {
        assert_eq!(mode.as_str().parse(), Ok(*mode));
    }
    for word in ["", "LAN", " lan", "0.0.0.0", "lan,loopback"] {
        let error = word.parse::<BindMode>().unwrap_err();
        assert_eq!(error.found, word);
        assert_eq!(
            error.to_string(),
            format!("`{word}` is none of \"auto\", \"lan\", \"loopback\", \"custom\", \"tailnet\"")
        );
    }
    assert!("no".parse::<AuthMode>().is_err() && "on".parse::<TailscaleMode>().is_err());
}

/// Each platform by its word, its families, and a command that only some have.
#[test]
fn platforms_offer_their_own_commands() {
    let rules = NodeCommandRules::default();
    for (platform, family, expected, runs, snaps, lists) in [
        ("linux", "Linux", NodePlatform::Linux, true, false, false),
        (
            "win32",
            "Windows",
            NodePlatform::Windows,
            true,
            false,
            false,
        ),
        ("darwin", "Mac", NodePlatform::Macos, true, false, false),
        ("iOS 18", "iPad", NodePlatform::Ios, false, false, true),
        (
            "android",
            "Android",
            NodePlatform::Android,
            false,
            false,
            true,
        ),
        (
            "watchOS",
            "Watch",
            NodePlatform::Watchos,
            false,
            false,
            false,
        ),
        (
            "toaster",
            "Toaster",
            NodePlatform::Unknown,
            false,
            false,
            false,
        ),
    ] {
        let resolved = NodePlatform::resolve(platform, Some(family));
        assert_eq!(resolved, expected, "{platform}");
        assert_eq!(
            rules.allows(platform, Some(family), "system.run"),
            runs,
            "{platform}"
        );
        // Never without being listed: it takes a picture.
        assert_eq!(
            rules.allows(platform, Some(family), "camera.snap"),
            snaps,
            "{platform}"
        );
        let personal = rules.allows(platform, Some(family), "contacts.search");
        assert_eq!(
            personal,
            lists || expected == NodePlatform::Macos,
            "{platform}"
        );
    }
}

#[test]
fn platform_words_are_distinct_and_commands_are_not_repeated() {
    let all = [
        NodePlatform::Ios,
        NodePlatform::Watchos,
        NodePlatform::Android,
        NodePlatform::Macos,
        NodePlatform::Windows,
        NodePlatform::Linux,
        NodePlatform::Unknown,
    ];
    let words: BTreeSet<&str> = all.iter().map(|platform| platform.as_str()).collect();
    assert_eq!(words.len(), all.len());
    for platform in all {
        let commands: Vec<&str> = platform.default_commands().collect();
        let distinct: BTreeSet<&&str> = commands.iter().collect();
        assert_eq!(commands.len(), distinct.len(), "{platform:?}");
        let has_shell = commands
            .iter()
            .any(|command| command.starts_with("system.run"));
        let is_desktop = matches!(
            platform,
            NodePlatform::Linux | NodePlatform::Macos | NodePlatform::Windows
        );
        assert_eq!(has_shell, is_desktop, "{platform:?}");
    }
}

#[test]
fn profiles_say_what_they_give() {
    for (profile, access) in [
        (Profile::Full, SetupAccess::Full),
        (Profile::Limited, SetupAccess::Limited),
        (Profile::VoiceNode, SetupAccess::Limited),
        (Profile::Node, SetupAccess::Node),
    ] {
        assert_eq!(profile.access(), access);
        assert_eq!(profile.scopes().is_empty(), access == SetupAccess::Node);
    }
}

proptest! {
    /// Whoever claims another family than its platform's gets no shell.
    #[test]
    fn a_claimed_family_never_adds_a_shell(platform in "[a-zA-Z0-9 ./]{0,12}", family in "[a-zA-Z]{1,8}") {
        let rules = NodeCommandRules::default();
        if rules.allows(&platform, Some(&family), "system.run") {
            prop_assert!(rules.allows(&platform, None, "system.run"));
        }
        let canonical = canonical_platform(&platform);
        prop_assert_eq!(canonical_platform(&canonical), canonical);
    }

    /// What is denied is denied, whatever is listed besides.
    #[test]
    fn deny_wins(command in "[a-z]{1,6}\\.[a-z]{1,6}", platform in "[a-z]{1,8}") {
        let rules = NodeCommandRules { allow: vec![command.clone()], deny: vec![command.clone()] };
        prop_assert!(!rules.allows(&platform, None, &command));
        let open = NodeCommandRules { allow: vec![command.clone()], deny: vec![] };
        prop_assert!(open.allows(&platform, None, &command));
    }

    /// More commands never need less.
    #[test]
    fn a_larger_surface_needs_no_less(
        few in proptest::collection::vec("(system\\.run|camera\\.list|fs\\.listDir|browser\\.proxy)", 0..3),
        more in proptest::collection::vec("[a-z.]{1,10}", 0..3),
    ) {
        let all: Vec<String> = few.iter().chain(&more).cloned().collect();
        prop_assert!(!surface_needs_admin(&few) || surface_needs_admin(&all));
    }
}
