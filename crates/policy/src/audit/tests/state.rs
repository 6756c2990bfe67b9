//! Files, devices, certificates, the node.

use super::super::Severity::{Critical, Info, Warn};
use super::super::audit;
use super::super::facts::{
    BrowserFacts, DeviceFacts, ExecFacts, ExecRule, FileFacts, FileKind, HostReach, OutgoingFacts,
    PendingFacts, SecretFacts, Speaker,
};
use super::sample::{
    DAY, NOW, certificate, change, device, file, found, only, sound, with_device, with_file,
};
use openclaw_protocol::{Role, Scope, ScopeSet};

#[test]
fn secrets_in_files_and_flags() {
    let plain = |mode| {
        change(with_file(file(FileKind::Config, mode)), |facts| {
            facts.plain_secrets = vec!["gateway.auth.token".to_owned()];
        })
    };
    assert_eq!(found(&plain(0o600)), []);
    assert_eq!(
        found(&plain(0o644)),
        [
            ("config.plaintext_secrets".to_owned(), Critical),
            ("fs.config.perms_world_readable".to_owned(), Critical),
        ]
    );
    let password = change(sound(), |facts| {
        facts.plain_secrets = vec!["gateway.auth.password".to_owned()];
    });
    only(&password, "config.secrets.gateway_password_in_config", Warn);
    let flags = change(sound(), |facts| {
        facts.dangerous_flags = vec!["a.dangerouslyB=true".to_owned()];
    });
    only(&flags, "config.insecure_or_dangerous_flags", Warn);
    let redact = change(sound(), |facts| facts.redact_off = true);
    only(&redact, "logging.redact_off", Warn);
}

#[test]
fn browsers_and_other_gateways() {
    let browser = |is_plain_remote| {
        change(sound(), |facts| {
            facts.browser = vec![BrowserFacts {
                profile: "r".to_owned(),
                url: "http://x".to_owned(),
                is_plain_remote,
            }];
        })
    };
    only(&browser(true), "browser.remote_cdp_http", Warn);
    assert_eq!(found(&browser(false)), []);
    let to = |who, is_secure, host| {
        change(sound(), |facts| {
            facts.outgoing = vec![OutgoingFacts {
                who,
                url: "ws://x".to_owned(),
                is_secure,
                host,
            }];
        })
    };
    for (who, id) in [
        (Speaker::Operator, "remote.plaintext_url"),
        (Speaker::Node, "node_host.plaintext_gateway"),
    ] {
        only(&to(who, false, HostReach::Public), id, Critical);
        only(&to(who, false, HostReach::Private), id, Warn);
        for harmless in [
            to(who, true, HostReach::Public),
            to(who, false, HostReach::Loopback),
            to(who, false, HostReach::Tailnet),
        ] {
            assert_eq!(found(&harmless), []);
        }
    }
}

#[test]
fn certificates() {
    only(
        &certificate(-400, -1, false),
        "tls.certificate_expired",
        Critical,
    );
    only(
        &certificate(2, 400, false),
        "tls.certificate_expired",
        Critical,
    );
    only(
        &certificate(-400, 29, false),
        "tls.certificate_expires_soon",
        Warn,
    );
    assert_eq!(found(&certificate(-400, 31, false)), []);
    only(&certificate(-400, 400, true), "tls.weak_key", Critical);
    let unreadable = change(certificate(0, 1, false), |facts| {
        facts.certificate.as_mut().unwrap().state = Err("no key".to_owned());
    });
    only(&unreadable, "tls.certificate_unreadable", Warn);
}

#[test]
fn what_the_node_runs() {
    let rules = |runs_everything, asks| {
        change(sound(), |facts| {
            facts.exec = Some(ExecFacts {
                path: "/e.json".to_owned(),
                rules: Ok(vec![ExecRule {
                    agent: "main".to_owned(),
                    runs_everything,
                    asks,
                }]),
            });
        })
    };
    only(
        &rules(true, false),
        "tools.exec.security_full_configured",
        Critical,
    );
    only(
        &rules(true, true),
        "tools.exec.security_full_configured",
        Warn,
    );
    assert_eq!(found(&rules(false, false)), []);
    let unreadable = change(rules(true, false), |facts| {
        facts.exec.as_mut().unwrap().rules = Err("bad".to_owned());
    });
    only(&unreadable, "node_host.exec_approvals_unreadable", Warn);
}

#[test]
fn devices() {
    assert_eq!(found(&with_device(device())), []);
    let with = |edit: fn(&mut DeviceFacts)| {
        let mut device = device();
        edit(&mut device);
        with_device(device)
    };
    only(
        &with(|at| at.scopes = ScopeSet::from([Scope::Admin])),
        "devices.admin",
        Info,
    );
    only(
        &with(|at| at.scopes.insert(Scope::from("operator.*"))),
        "devices.wildcard_scope",
        Critical,
    );
    only(
        &with(|at| at.tokens[0].1.insert(Scope::Write)),
        "devices.token_wider_than_approved",
        Critical,
    );
    only(
        &with(|at| at.tokens.push((Role::Node, ScopeSet::empty()))),
        "devices.token_wider_than_approved",
        Critical,
    );
    assert_eq!(
        found(&with(|at| {
            at.roles.push(Role::Node);
            at.scopes = ScopeSet::from([Scope::Admin]);
        })),
        [
            ("devices.node_is_admin".to_owned(), Warn),
            ("devices.admin".to_owned(), Info)
        ]
    );
    only(
        &with(|at| at.commands = vec!["system.run".to_owned()]),
        "devices.node_runs_commands",
        Info,
    );
    only(
        &with(|at| {
            at.was_silent = true;
            at.remote_ip = Some("192.168.1.9".parse().unwrap());
        }),
        "devices.silent_remote",
        Warn,
    );
    assert_eq!(
        found(&with(|at| {
            at.was_silent = true;
            at.remote_ip = Some("127.0.0.1".parse().unwrap());
        })),
        []
    );
    only(
        &with(|at| at.last_active_ms = NOW - 91 * DAY),
        "devices.stale",
        Warn,
    );
    assert_eq!(found(&with(|at| at.last_active_ms = NOW - 90 * DAY)), []);
    let no_token = with(|at| {
        at.last_active_ms = 0;
        at.tokens.clear();
    });
    assert_eq!(
        found(&no_token),
        [],
        "a device without a token is no danger"
    );
    let unreadable = change(with_device(device()), |facts| {
        facts.pairing.as_mut().unwrap().unreadable = Some("damaged".to_owned());
    });
    only(&unreadable, "devices.unreadable", Warn);
    for (wants_admin, severity) in [(false, Info), (true, Warn)] {
        let pending = change(with_device(device()), |facts| {
            facts.pairing.as_mut().unwrap().pending = vec![PendingFacts {
                request_id: "r1".to_owned(),
                name: "phone".to_owned(),
                wants_admin,
                remote_ip: None,
            }];
        });
        only(&pending, "devices.pending", severity);
    }
}

#[test]
fn files() {
    use FileKind::{
        Config, ConfigInclude, CredentialsDir, DeviceKey, ExecApprovals, LogFile, StateDir,
    };
    for (kind, mode, expected) in [
        (StateDir, 0o700, None),
        (StateDir, 0o755, Some(("fs.state_dir.perms_readable", Warn))),
        (StateDir, 0o711, Some(("fs.state_dir.perms_readable", Warn))),
        (
            StateDir,
            0o775,
            Some(("fs.state_dir.perms_group_writable", Warn)),
        ),
        (
            StateDir,
            0o777,
            Some(("fs.state_dir.perms_world_writable", Critical)),
        ),
        (Config, 0o600, None),
        (Config, 0o400, None),
        (
            Config,
            0o640,
            Some(("fs.config.perms_group_readable", Warn)),
        ),
        (
            Config,
            0o644,
            Some(("fs.config.perms_world_readable", Critical)),
        ),
        (Config, 0o660, Some(("fs.config.perms_writable", Critical))),
        (
            ConfigInclude,
            0o644,
            Some(("fs.config_include.perms_world_readable", Critical)),
        ),
        (
            CredentialsDir,
            0o755,
            Some(("fs.credentials_dir.perms_readable", Warn)),
        ),
        (
            CredentialsDir,
            0o777,
            Some(("fs.credentials_dir.perms_writable", Critical)),
        ),
        (
            DeviceKey,
            0o640,
            Some(("fs.device_key.perms_readable", Critical)),
        ),
        (
            ExecApprovals,
            0o644,
            Some(("fs.exec_approvals.perms_readable", Warn)),
        ),
        (
            ExecApprovals,
            0o646,
            Some(("fs.exec_approvals.perms_writable", Critical)),
        ),
        (LogFile, 0o644, Some(("fs.log_file.perms_readable", Warn))),
    ] {
        let expected: Vec<_> = expected
            .map(|(id, at)| (id.to_owned(), at))
            .into_iter()
            .collect();
        assert_eq!(
            found(&with_file(file(kind, mode))),
            expected,
            "{kind:?} {mode:o}"
        );
    }
    let link = FileFacts {
        is_symlink: true,
        ..file(Config, 0o600)
    };
    only(&with_file(link), "fs.config.symlink", Warn);
    let foreign = FileFacts {
        is_foreign: true,
        ..file(Config, 0o600)
    };
    only(&with_file(foreign), "fs.config.owner", Critical);
    let spaced = FileFacts {
        path: "/a b/it's".to_owned(),
        ..file(Config, 0o644)
    };
    let findings = audit(&with_file(spaced));
    assert_eq!(
        findings[0].remediation.as_deref(),
        Some("chmod 600 '/a b/it'\\''s'")
    );
}

#[test]
fn facts_about_a_secret_do_not_hold_it() {
    let facts = SecretFacts::of("hunter2-hunter2", "config gateway.auth.token");
    assert!(!format!("{facts:?}").contains("hunter2"));
}
