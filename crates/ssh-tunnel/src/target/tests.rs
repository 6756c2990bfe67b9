use proptest::prelude::*;

use super::{MAX_BYTES, SshTarget, TargetError, TargetPart};

fn refused(text: &str) -> TargetError {
    SshTarget::parse(text).unwrap_err()
}

#[test]
fn reads_what_people_write() {
    for (text, user, host, port) in [
        ("host", None, "host", None),
        ("ann@host", Some("ann"), "host", None),
        ("ann@host:2222", Some("ann"), "host", Some(2222)),
        ("host:1", None, "host", Some(1)),
        ("host:65535", None, "host", Some(65535)),
        (
            "  ann@host.example.org  ",
            Some("ann"),
            "host.example.org",
            None,
        ),
        ("ssh ann@host", Some("ann"), "host", None),
        ("ssh \t ann@host:22", Some("ann"), "host", Some(22)),
        ("ssh", None, "ssh", None),
        ("sshd", None, "sshd", None),
        ("my_alias-2", None, "my_alias-2", None),
        ("192.0.2.7:22", None, "192.0.2.7", Some(22)),
        ("[::1]", None, "::1", None),
        (
            "ann@[2001:DB8::1]:2222",
            Some("ann"),
            "2001:db8::1",
            Some(2222),
        ),
        ("[fe80::1%eth0]:22", None, "fe80::1%eth0", Some(22)),
        ("user.name+tag@h", Some("user.name+tag"), "h", None),
    ] {
        let target = SshTarget::parse(text).unwrap();
        assert_eq!(
            (target.user(), target.host(), target.port()),
            (user, host, port),
            "{text}"
        );
    }
}

#[test]
fn an_ipv6_destination_has_no_brackets_and_its_text_has() {
    let target = SshTarget::parse("ann@[::1]:2222").unwrap();
    assert_eq!(target.to_destination(), "ann@::1");
    assert_eq!(target.to_string(), "ann@[::1]:2222");
}

#[test]
fn every_refusal_has_its_name() {
    let user = TargetPart::User;
    let host = TargetPart::Host;
    for (text, error) in [
        ("", TargetError::Empty),
        (" \t\n", TargetError::Empty),
        ("-oProxyCommand=id", TargetError::LeadingDash { part: host }),
        (
            "ssh -oProxyCommand=id",
            TargetError::LeadingDash { part: host },
        ),
        ("-ann@host", TargetError::LeadingDash { part: user }),
        (
            "ann@-oProxyCommand=id",
            TargetError::LeadingDash { part: host },
        ),
        ("ann@-host:22", TargetError::LeadingDash { part: host }),
        ("@host", TargetError::EmptyPart { part: user }),
        ("ann@", TargetError::EmptyPart { part: host }),
        ("ann@host@evil", TargetError::SecondAt),
        ("@@", TargetError::SecondAt),
        ("ann@:22", TargetError::ColonAtEdge),
        ("host:", TargetError::ColonAtEdge),
        (":", TargetError::ColonAtEdge),
        ("::1", TargetError::BareIpv6),
        ("a:b:22", TargetError::BareIpv6),
        ("[::1", TargetError::Brackets),
        ("[::1]22", TargetError::Brackets),
        ("[host]:22", TargetError::Brackets),
        ("[127.0.0.1]:22", TargetError::Brackets),
        ("[]", TargetError::Brackets),
        ("[fe80::1%]", TargetError::Brackets),
        ("[fe80::1%$(id)]", TargetError::Brackets),
        ("[::1]:", TargetError::Port),
        ("host:0", TargetError::Port),
        ("host:65536", TargetError::Port),
        ("host:+22", TargetError::Port),
        ("host:-22", TargetError::Port),
        ("host:22x", TargetError::Port),
        ("host:٢٢", TargetError::Port),
        ("ann@host -p 22", TargetError::Blank { character: ' ' }),
        ("ann@ho\nst", TargetError::Blank { character: '\n' }),
        ("ann@ho\0st", TargetError::Blank { character: '\0' }),
        (
            "ann@ho\u{a0}st",
            TargetError::Blank {
                character: '\u{a0}',
            },
        ),
        (
            "ann@ho\u{7f}st",
            TargetError::Blank {
                character: '\u{7f}',
            },
        ),
        (
            "host;id",
            TargetError::Character {
                part: host,
                character: ';',
            },
        ),
        (
            "$(id)",
            TargetError::Character {
                part: host,
                character: '$',
            },
        ),
        (
            "`id`@host",
            TargetError::Character {
                part: user,
                character: '`',
            },
        ),
        (
            "ann:secret@host",
            TargetError::Character {
                part: user,
                character: ':',
            },
        ),
        (
            "ann@h%h",
            TargetError::Character {
                part: host,
                character: '%',
            },
        ),
        (
            "ann@a/b",
            TargetError::Character {
                part: host,
                character: '/',
            },
        ),
        (
            "ann@höst",
            TargetError::Character {
                part: host,
                character: 'ö',
            },
        ),
        (
            "ssh://ann@host",
            TargetError::Character {
                part: user,
                character: ':',
            },
        ),
        ("ssh://host", TargetError::Port),
    ] {
        assert_eq!(refused(text), error, "{text:?}");
    }
}

#[test]
fn a_target_without_end_is_refused() {
    let text = "a".repeat(MAX_BYTES + 1);
    assert!(matches!(refused(&text), TargetError::TooLong { .. }));
    SshTarget::parse(&text[1..]).unwrap();
}

#[test]
fn a_refusal_repeats_no_password_and_no_escape() {
    for text in ["ann:hunter2@host", "hunter2\u{1b}[31m@host", "hunter2@a@b"] {
        let error = refused(text).to_string();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(!error.contains('\u{1b}'), "{error}");
    }
}

/// Whatever is accepted is one word that is no option and no shell's business.
fn assert_harmless(target: &SshTarget) {
    let destination = target.to_destination();
    assert!(!destination.starts_with('-'), "{destination:?}");
    assert!(!target.host().starts_with('-'), "{destination:?}");
    assert!(
        destination
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-+@:%".contains(c)),
        "{destination:?}"
    );
    assert!(destination.matches('@').count() <= 1, "{destination:?}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_is_harmless(text in "\\PC{0,40}") {
        if let Ok(target) = SshTarget::parse(&text) {
            assert_harmless(&target);
        }
    }

    #[test]
    fn texts_near_targets_are_harmless_too(text in "[-a@:.%\\[\\]0-9 $;`'\"\n\\\\/=ssh]{0,24}") {
        if let Ok(target) = SshTarget::parse(&text) {
            assert_harmless(&target);
            prop_assert_eq!(SshTarget::parse(&target.to_string()).unwrap(), target);
        }
    }

    #[test]
    fn what_is_written_reads_back(
        user in proptest::option::of("[a-z_][a-z0-9._-]{0,12}"),
        host in "[a-zA-Z0-9][a-zA-Z0-9._-]{0,20}",
        port in proptest::option::of(1_u16..),
    ) {
        let mut text = String::new();
        if let Some(user) = &user {
            text += &format!("{user}@");
        }
        text += &host;
        if let Some(port) = port {
            text += &format!(":{port}");
        }
        let target = SshTarget::parse(&text).unwrap();
        prop_assert_eq!(target.to_string(), text);
        prop_assert_eq!(target.user(), user.as_deref());
        prop_assert_eq!(target.host(), host);
        prop_assert_eq!(target.port(), port);
    }

    #[test]
    fn any_ipv6_address_works_in_brackets(address: std::net::Ipv6Addr, port in 1_u16..) {
        let target = SshTarget::parse(&format!("ann@[{address}]:{port}")).unwrap();
        prop_assert_eq!(target.host(), address.to_string());
        prop_assert_eq!(SshTarget::parse(&target.to_string()).unwrap(), target);
    }
}
