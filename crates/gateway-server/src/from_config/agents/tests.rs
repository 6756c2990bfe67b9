use std::path::Path;

use openclaw_agent::model::{Api, Thinking};
use openclaw_config::{Env, check_text};
use secrecy::ExposeSecret as _;

use super::agents;
use crate::agents::{AgentOptions, ExecAsk, ExecPlace, ExecSecurity};

fn read(text: &str, env: &[(&str, &str)]) -> AgentOptions {
    let env = env
        .iter()
        .fold(Env::empty(), |env, (name, value)| env.with(name, *value));
    let loaded = check_text(Path::new("/x/openclaw.json"), text.to_owned(), &env).unwrap();
    agents(&loaded, Some(Path::new("/x")), &|_| {
        Ok("from-a-command".to_owned().into())
    })
}

fn names(options: &AgentOptions) -> Vec<String> {
    options
        .default_agent()
        .models
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn an_empty_configuration_has_one_agent_and_no_model() {
    let options = read("{}", &[]);
    assert_eq!(options.problems, Vec::<String>::new());
    assert_eq!(options.agents.len(), 1);
    let agent = options.default_agent();
    assert_eq!(agent.id, "main");
    assert_eq!(agent.workspace.as_deref(), Some(Path::new("/x/workspace")));
    assert!(agent.models.is_empty() && options.providers.is_empty());
    assert_eq!(options.exec.security, None);
}

#[test]
fn providers_and_models_are_read() {
    let options = read(
        r#"{
            models: { providers: { local: {
                baseUrl: "http://127.0.0.1:11434/v1", apiKey: "${KEY}", api: "openai-completions",
                headers: { "X-Org": "acme" }, authHeader: true,
                models: [{ id: "m1", name: "One", reasoning: true, input: ["text", "image"],
                           contextWindow: 4096, maxTokens: 100, cost: { input: 1.5 } }],
            } } },
            agents: { defaults: { model: { primary: "fast", fallbacks: ["local/m2"] },
                                  models: { "local/m1": { alias: "Fast" } },
                                  thinkingDefault: "low", maxConcurrent: 2, timeoutSeconds: 5 } },
        }"#,
        &[("KEY", "hunter2")],
    );
    assert_eq!(options.problems, Vec::<String>::new());
    assert_eq!(names(&options), ["local/m1", "local/m2"]);
    let provider = &options.providers[0];
    assert_eq!(provider.api, Api::OpenAiChat);
    assert_eq!(
        provider.api_key.as_ref().unwrap().expose_secret(),
        "hunter2"
    );
    assert_eq!(provider.headers[0].0, "X-Org");
    let model = &provider.models[0];
    assert!(model.reasoning && model.images);
    assert_eq!((model.context_window, model.max_tokens), (4096, 100));
    assert_eq!(options.default_agent().thinking, Thinking::Low);
    assert_eq!((options.max_concurrent, options.timeout.as_secs()), (2, 5));
    assert!(!format!("{options:?}").contains("hunter2"));
}

#[test]
fn keys_come_from_where_references_lead() {
    let options = read(
        r#"{
            secrets: { providers: { vault: { source: "exec", command: "/bin/true" } } },
            models: { providers: {
                a: { baseUrl: "http://h/v1", apiKey: { source: "env", id: "A_KEY" } },
                b: { baseUrl: "http://h/v1", apiKey: { source: "exec", provider: "vault", id: "b" } },
            } },
        }"#,
        &[("A_KEY", "from-env")],
    );
    let key = |at: usize| {
        options.providers[at]
            .api_key
            .as_ref()
            .unwrap()
            .expose_secret()
    };
    assert_eq!(options.problems, Vec::<String>::new());
    assert_eq!((key(0), key(1)), ("from-env", "from-a-command"));
}

#[test]
fn one_mistake_does_not_take_the_others_away() {
    let options = read(
        r#"{
            models: { providers: {
                a: { baseUrl: "http://h/v1", apiKey: "${NOT_SET}" },
                b: { models: [] },
                c: { baseUrl: "http://h/v1", api: "google-generative-ai" },
                d: { baseUrl: "http://h/v1", models: [{ name: "no id" }, { id: "m" }] },
            } },
            agents: { defaults: { model: "gpt-5" },
                      list: [{ name: "nobody" }, { id: "../up" }, { id: "Ann" }, { id: "ann" }] },
        }"#,
        &[],
    );
    let told = options.problems.join("\n");
    for part in [
        "models.providers.a.apiKey: environment variable NOT_SET is not set",
        "models.providers.b.baseUrl is missing",
        "models.providers.c.api: `google-generative-ai`",
        "models.providers.d.models[0]: a model without id",
        "agents.defaults.model: `gpt-5` names no model",
        "agents.list[0]: an agent without id",
        "agents.list[1]: agent id: expected letters",
        "agents.list[3]: agent ann is there twice",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert_eq!(options.providers.len(), 1);
    assert_eq!(options.providers[0].models[0].id, "m");
    assert_eq!(options.agents.len(), 1);
}

#[test]
fn a_key_in_the_environment_is_all_that_a_known_provider_needs() {
    let config = r#"{ agents: { defaults: { model: "anthropic/claude-x" } } }"#;
    let options = read(config, &[("ANTHROPIC_API_KEY", "k")]);
    assert_eq!(
        options.providers[0].base_url.as_str(),
        "https://api.anthropic.com/"
    );
    assert_eq!(options.providers[0].models[0].id, "claude-x");
    assert!(read(config, &[]).providers.is_empty());
}

#[test]
fn the_default_agent_stands_first_and_agents_have_folders_of_their_own() {
    let options = read(
        r#"{ agents: { list: [
                { id: "a", workspace: "~/a" },
                { id: "b", default: true, identity: { name: "Bee", emoji: "B" }, model: "x/y" },
            ] } }"#,
        &[("HOME", "/home/u")],
    );
    let [b, a] = options.agents.as_slice() else {
        panic!("{:?}", options.agents)
    };
    assert_eq!((b.id.as_str(), b.name.as_deref()), ("b", Some("Bee")));
    assert_eq!(b.workspace.as_deref(), Some(Path::new("/x/workspace")));
    assert_eq!(a.workspace.as_deref(), Some(Path::new("/home/u/a")));
    assert!(options.agent("B").is_some() && options.agent("c").is_none());
}

#[test]
fn tools_are_narrowed_and_never_widened() {
    let options = read(
        r#"{
            tools: { profile: "coding", deny: ["exec"],
                     exec: { host: "node", node: "box", security: "full", ask: "off" } },
            agents: { list: [{ id: "main", tools: { allow: ["*"] } }] },
        }"#,
        &[],
    );
    let allows = |tool: &str| {
        options
            .default_agent()
            .tools
            .iter()
            .all(|policy| policy.allows(tool))
    };
    assert!(allows("read") && !allows("exec") && !allows("message"));
    assert_eq!(options.exec.host, ExecPlace::Node);
    assert_eq!(options.exec.security, Some(ExecSecurity::Full));
    assert_eq!(options.exec.ask, Some(ExecAsk::Off));
}

#[test]
fn a_word_that_is_not_known_takes_the_safe_side() {
    let options = read(
        r#"{ tools: { exec: { host: "sandbox", security: "yolo", ask: "sometimes" } } }"#,
        &[],
    );
    assert_eq!(options.exec.security, Some(ExecSecurity::Deny));
    assert_eq!(options.exec.ask, Some(ExecAsk::Always));
    assert_eq!(options.problems.len(), 3, "{:?}", options.problems);
}

#[test]
fn a_tool_that_is_switched_off_may_not_be_used() {
    let may_fetch = |text: &str| {
        let options = read(text, &[]);
        assert_eq!(options.problems, Vec::<String>::new());
        let mut policies = options.agents[0].tools.iter();
        policies.all(|policy| policy.allows("web_fetch"))
    };
    assert!(may_fetch("{}"));
    assert!(may_fetch(
        "{ tools: { web: { fetch: { enabled: true } } } }"
    ));
    assert!(!may_fetch(
        "{ tools: { web: { fetch: { enabled: false } } } }"
    ));
}

#[test]
fn tools_of_guests_are_those_that_are_named() {
    let options = read(
        r#"{
            tools: { toolsBySender: { "*": { allow: ["web_fetch"] }, "id:7": { deny: ["exec"] },
                                      "username:ann": { allow: ["*"] } } },
            agents: { list: [
                { id: "main" },
                { id: "ann", tools: { toolsBySender: { "*": { alsoAllow: ["read"] } } } },
            ] },
        }"#,
        &[],
    );
    let may = |agent: &str, sender: &str, is_guest, tool: &str| {
        let agent = options.agent(agent).unwrap();
        agent
            .senders
            .policy("telegram", sender, is_guest)
            .allows(tool)
    };
    assert!(may("main", "9", true, "web_fetch") && !may("main", "9", true, "exec"));
    assert!(may("main", "7", false, "read") && !may("main", "7", false, "exec"));
    assert!(
        !may("main", "7", true, "read"),
        "who may not exec may not read for that"
    );
    assert!(may("ann", "9", true, "read") && !may("ann", "9", true, "web_fetch"));
    let told = options.problems.join("\n");
    assert!(told.contains("tools.toolsBySender.username:ann"), "{told}");
}

#[test]
fn nothing_said_leaves_guests_without_tools() {
    let options = read(r#"{ tools: { allow: ["*"] } }"#, &[]);
    let agent = options.default_agent();
    assert!(
        !agent
            .senders
            .policy("telegram", "9", true)
            .allows("web_fetch")
    );
    assert!(agent.senders.policy("telegram", "9", false).allows("exec"));
}
