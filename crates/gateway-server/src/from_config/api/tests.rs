use std::path::Path;

use openclaw_config::{Env, check_text};
use openclaw_policy::AuthGate;

use super::api;
use crate::api::options::{ApiOptions, ToolRules};

fn read(text: &str) -> ApiOptions {
    let env = Env::empty().with("HOOK", "hook-secret");
    let loaded = check_text(Path::new("/x/openclaw.json"), text.to_owned(), &env).unwrap();
    api(&loaded, &AuthGate::token("tok1"), &|_| {
        Ok("from-a-command".to_owned().into())
    })
}

fn hooks(section: &str) -> ApiOptions {
    read(&format!(
        "{{ hooks: {{ enabled: true, token: 'h1', {section} }} }}"
    ))
}

#[test]
fn everything_is_off_until_it_is_switched_on() {
    let nothing = ApiOptions {
        tools: Some(ToolRules::default()),
        ..ApiOptions::default()
    };
    assert_eq!(read("{}"), nothing);
    assert_eq!(read("{ hooks: { token: 'h1', path: '/x' } }").hooks, None);
    let on = read(
        "{ gateway: { http: { endpoints: {
            chatCompletions: { enabled: true, images: { allowedMimes: ['image/png', 'image/heic'] } },
            responses: { enabled: true, files: { maxChars: 9, maxBytes: 7 } },
        } }, tools: { allow: ['nodes'], deny: ['web_fetch'] } } }",
    );
    assert!(on.chat_completions && on.responses);
    assert_eq!(on.chat_files.image_kinds, ["image/png"]);
    assert_eq!(
        (on.responses_files.file_chars, on.responses_files.file_bytes),
        (9, 7)
    );
    let tools = on.tools.as_ref().unwrap();
    assert!(tools.allow[0].matches("nodes") && tools.deny[0].matches("web_fetch"));
    assert_eq!(on.problems, Vec::<String>::new());
}

#[test]
fn fetching_is_said_not_to_be_done() {
    let on = read(
        "{ gateway: { http: { endpoints: { responses: { enabled: true, files: { allowUrl: true } } } } } }",
    );
    assert!(
        on.problems[0].contains("responses.files.allowUrl"),
        "{:?}",
        on.problems
    );
}

#[test]
fn hooks_are_read() {
    let options = read(
        "{ hooks: { enabled: true, token: '${HOOK}', path: 'in/', allowedAgentIds: ['Main'],
            defaultSessionKey: 'hook:all', allowRequestSessionKey: true,
            allowedSessionKeyPrefixes: ['Hook:', ' '], presets: ['gmail'],
            mappings: [{ id: 'gh', match: { path: '/github/', source: 's' }, action: 'wake',
                         wakeMode: 'next-heartbeat', textTemplate: 'x {{a}}' }] } }",
    );
    assert_eq!(options.problems, Vec::<String>::new());
    let hooks = options.hooks.unwrap();
    assert!(hooks.token.matches("hook-secret"));
    assert_eq!(
        (hooks.path.as_str(), hooks.agents.as_deref()),
        ("/in", Some(&["main".to_owned()][..]))
    );
    assert!(hooks.admits("HOOK:x") && !hooks.admits("main"));
    let [github, gmail] = hooks.mappings.as_slice() else {
        panic!("{hooks:?}")
    };
    assert_eq!(
        (github.path.as_deref(), github.is_wake, github.waits),
        (Some("github"), true, true)
    );
    assert_eq!(
        (gmail.for_each.as_deref(), &gmail.refused),
        (Some("messages"), &None)
    );
}

#[test]
fn what_is_not_safe_is_not_served() {
    for (text, why) in [
        ("{ hooks: { enabled: true } }", "hooks.token"),
        ("{ hooks: { enabled: true, token: ' ' } }", "hooks.token"),
        (
            "{ hooks: { enabled: true, token: 'tok1' } }",
            "the Gateway's own",
        ),
        (
            "{ hooks: { enabled: true, token: 'h1', path: '/' } }",
            "hooks.path",
        ),
        (
            "{ hooks: { enabled: true, token: 'h1', path: '/a?b' } }",
            "hooks.path",
        ),
        (
            "{ hooks: { enabled: true, token: 'h1', allowedSessionKeyPrefixes: ['web:'] } }",
            "allowedSessionKeyPrefixes",
        ),
        (
            "{ hooks: { enabled: true, token: 'h1', defaultSessionKey: 'main',
                allowedSessionKeyPrefixes: ['hook:'] } }",
            "`main`",
        ),
    ] {
        let options = read(text);
        assert_eq!(options.hooks, None, "{text}");
        let problem = options.problems.first().expect(text);
        assert!(
            problem.contains(why) && problem.contains("not served"),
            "{text}: {problem}"
        );
        assert!(
            !problem.contains("h1") && !problem.contains("tok1"),
            "{problem}"
        );
    }
}

#[test]
fn a_mapping_that_cannot_be_carried_out_is_refused_and_named() {
    for (mapping, why) in [
        ("transform: { module: 'x.js' }", "runs no code"),
        ("action: 'shell'", "`shell`"),
        ("wakeMode: 'later'", "`later`"),
        ("sessionMode: 'persistent'", "persistent needs"),
        ("sessionKey: 'hook:{{id}}'", "out of a payload"),
        ("forEach: 'a.b'", "forEach"),
        ("forEach: '__proto__'", "forEach"),
    ] {
        let options = hooks(&format!("mappings: [{{ {mapping} }}]"));
        assert!(
            options.problems[0].contains("hooks.mappings[0]"),
            "{:?}",
            options.problems
        );
        let refused = options.hooks.unwrap().mappings[0].refused.clone();
        assert!(refused.unwrap().contains(why), "{mapping}");
    }
    let gmail = hooks("presets: ['gmail', 'fax'], gmail: { account: 'a@b' }");
    assert_eq!(gmail.problems.len(), 3, "{:?}", gmail.problems);
    assert!(gmail.hooks.unwrap().mappings[0].refused.is_some());
}
